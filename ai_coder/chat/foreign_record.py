"""Records that another application wrote, in a format that it may change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from pydantic import (
    BaseModel,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)


class ForeignRecord(BaseModel):
    """A record in which whatever does not fit counts as not given.

    Fields in `needed` hold what was said: what does not fit there is an error.
    """

    needed: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="wrap")
    @classmethod
    def _pass_over(
        cls, value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        name = info.field_name or ""
        field = cls.model_fields[name]
        if value is None and not field.is_required():
            return field.get_default(call_default_factory=True)
        try:
            return handler(value)
        except ValidationError:
            if name in cls.needed or field.is_required():
                raise
            return field.get_default(call_default_factory=True)


def time_of(seconds: float | None, otherwise: datetime) -> datetime:
    """Return the time so many seconds after the beginning of 1970, where that is one."""
    if seconds is None:
        return otherwise
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return otherwise
