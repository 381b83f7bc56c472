"""HTTP headers that the user adds for a server behind a gateway."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ai_coder.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OF_THE_KEY = frozenset(
    {"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"}
)
_OF_THE_REQUEST = frozenset(
    {"host", "connection", "content-length", "content-type", "transfer-encoding"}
)


def check_header(name: str, value: str) -> None:
    """Raise `SettingsError` for what no request can carry."""
    if not _NAME.fullmatch(name):
        raise SettingsError(reason=f"“{name}” is not the name of a header.")
    if not all(" " <= sign <= "~" for sign in value):
        raise SettingsError(reason=f"the value of {name} holds more than plain letters and signs.")


def parsed_headers(text: str) -> dict[str, str]:
    """Return the headers of *text*, one on each line; raises `SettingsError`.

    Keys are refused: the settings file is no place for them.
    """
    headers: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, separator, value = (part.strip() for part in line.partition(":"))
        if not separator:
            raise SettingsError(reason=f"write “{line.strip()}” as a name, a colon and a value.")
        check_header(name, value)
        if name.casefold() in _OF_THE_KEY:
            raise SettingsError(reason=f"{name} belongs to the key. Enter it there.")
        if name.casefold() in _OF_THE_REQUEST:
            raise SettingsError(reason=f"{name} is set by each request itself.")
        headers[name] = value
    return headers


def headers_text(headers: Mapping[str, str]) -> str:
    """Return *headers* one on each line."""
    return "\n".join(f"{name}: {value}" for name, value in headers.items())
