"""What Google says when it fails, as errors for the reader (cloud.md 3)."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from ai_coder.errors import (
    AccessDeniedError,
    ContextOverflowError,
    ModelNotFoundError,
    OverloadedError,
    ProviderError,
    QuotaExceededError,
    RateLimitedError,
    RequestRefusedError,
    RequestTooLargeError,
    ServerFailedError,
)
from ai_coder.llm.providers.failures import (
    ParameterRefusedError,
    auth_error,
    is_passing_failure,
    redacted,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_coder.llm.providers.failures import Asked

_OVERFLOW = re.compile(
    r"input token count \(?(?P<prompt>\d+)\)? exceeds the maximum number of tokens allowed"
    r" \(?(?P<context>\d+)",
    re.IGNORECASE,
)
_REFUSED = (
    ("thinking_config", re.compile(r"thinking", re.I)),
    ("presence_penalty", re.compile(r"presence.?penalty|penalty is not", re.I)),
    ("frequency_penalty", re.compile(r"frequency.?penalty", re.I)),
    ("top_k", re.compile(r"top.?k\b", re.I)),
    ("response_json_schema", re.compile(r"response.?(json.?)?schema", re.I)),
    ("response_mime_type", re.compile(r"response.?mime|json mode", re.I)),
    ("system_instruction", re.compile(r"(system|developer) instruction", re.I)),
    ("seed", re.compile(r"\bseed\b", re.I)),
)
_IS_REFUSAL = re.compile(r"not support|unsupported|not enabled|unknown name|unable to", re.I)


def gemini_error(asked: Asked, status: int, told: object) -> ProviderError:
    """Return what the decoded body *told* means; *status* is used where it names none."""
    if isinstance(told, list) and told:
        told = told[0]
    error = told.get("error", told) if isinstance(told, dict) else {}
    error = error if isinstance(error, dict) else {"message": str(error)}
    message, kind = str(error.get("message") or ""), str(error.get("status") or "")
    code = error.get("code")
    status = code if isinstance(code, int) and code else status
    details = [each for each in error.get("details") or () if isinstance(each, dict)]
    raw = redacted(message, asked.token)
    reasons = {each.get("reason") for each in details}
    if reasons & {"API_KEY_INVALID", "API_KEY_EXPIRED"}:
        return auth_error(asked, raw)
    if found := _OVERFLOW.search(message):
        return ContextOverflowError(
            model=asked.model,
            provider=asked.provider,
            prompt_tokens=int(found["prompt"]),
            context_length=int(found["context"]),
            raw=raw,
        )
    if status == HTTPStatus.BAD_REQUEST and _IS_REFUSAL.search(message):
        for place, words in _REFUSED:
            if words.search(message):
                reason = shortened(raw)
                return ParameterRefusedError(
                    parameter=place, provider=asked.provider, reason=reason, raw=raw
                )
    return _by_status(asked, status, kind, details, raw)


def _by_status(
    asked: Asked, status: int, kind: str, details: list[dict[str, object]], raw: str
) -> ProviderError:
    provider = asked.provider
    reason = shortened(raw) or f"HTTP {status}"
    match status:
        case _ if raw and (status == HTTPStatus.FORBIDDEN or kind == "FAILED_PRECONDITION"):
            return AccessDeniedError(provider=provider, reason=reason, raw=raw)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return auth_error(asked, raw)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return RequestTooLargeError(provider=provider, reason=reason, raw=raw)
        case HTTPStatus.NOT_FOUND:
            return ModelNotFoundError(provider=provider, model=asked.model, raw=raw)
        case HTTPStatus.PAYMENT_REQUIRED:
            return QuotaExceededError(provider=provider, raw=raw)
        case HTTPStatus.TOO_MANY_REQUESTS:
            if any("PerDay" in quota for quota in _quotas(details)):
                return QuotaExceededError(provider=provider, raw=raw)
            return RateLimitedError(provider=provider, retry_after=_delay(details), raw=raw)
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return OverloadedError(provider=provider, retry_after=_delay(details), raw=raw)
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR or kind in ("INTERNAL", "UNKNOWN"):
            is_passing = is_passing_failure(status)
            return ServerFailedError(
                provider=provider, reason=reason, is_passing=is_passing, raw=raw
            )
    return RequestRefusedError(provider=provider, reason=reason, raw=raw)


def _quotas(details: list[dict[str, object]]) -> Iterator[str]:
    for detail in details:
        violations = detail.get("violations")
        for violation in violations if isinstance(violations, list) else ():
            if isinstance(violation, dict):
                yield str(violation.get("quotaId") or "")


def _delay(details: list[dict[str, object]]) -> float | None:
    """Return the seconds of `RetryInfo`, which come as text such as 47s or 0.5s."""
    for detail in details:
        text = detail.get("retryDelay")
        if isinstance(text, str):
            try:
                return float(text.removesuffix("s"))
            except ValueError:
                continue
    return None
