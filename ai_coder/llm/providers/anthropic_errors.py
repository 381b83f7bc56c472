"""What Anthropic says when it fails, as errors for the reader (cloud.md 2)."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from ai_coder.errors import ModelNotFoundError, ProviderError, QuotaExceededError
from ai_coder.llm.providers.failures import (
    Complaint,
    ParameterRefusedError,
    complaint_in,
    error_from_body,
    error_from_complaint,
    redacted,
    shortened,
)
from ai_coder.llm.providers.sse import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_coder.llm.providers.failures import Asked

_STATUS = {
    "invalid_request_error": HTTPStatus.BAD_REQUEST,
    "request_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "authentication_error": HTTPStatus.UNAUTHORIZED,
    "billing_error": HTTPStatus.PAYMENT_REQUIRED,
    "permission_error": HTTPStatus.FORBIDDEN,
    "rate_limit_error": HTTPStatus.TOO_MANY_REQUESTS,
    "api_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "timeout_error": HTTPStatus.GATEWAY_TIMEOUT,
    "overloaded_error": 529,
}
"""The status that a kind of error means, also where it comes after a 200."""

_REFUSED = (
    ("output_config.effort", re.compile(r"effort", re.I)),
    ("thinking", re.compile(r"thinking", re.I)),
    ("output_config.format", re.compile(r"output_config\.format|structured output|schema", re.I)),
    ("stop_sequences", re.compile(r"stop_sequences", re.I)),
    ("cache_control", re.compile(r"cache_control", re.I)),
)
_IS_REFUSAL = re.compile(
    r"not support|unsupported|not permitted|not available|not allowed|deprecated|extra inputs", re.I
)
_NO_CREDIT = re.compile(r"credit balance|billing", re.IGNORECASE)


def anthropic_error(
    asked: Asked, status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """Return the error for an answer with *status* that is not what was asked for."""
    try:
        complaint = complaint_in(parse_json(body))
    except ValueError:
        complaint = None
    if complaint is None:
        return error_from_body(asked, status, body, headers)
    raw = redacted(body.decode("utf-8", "replace"), asked.token)
    return anthropic_complaint(asked, complaint, status, headers, raw=raw)


def anthropic_complaint(
    asked: Asked,
    complaint: Complaint,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    *,
    raw: str = "",
) -> ProviderError:
    """Return what *complaint* means; its kind decides, since a stream's status is 200."""
    raw = redacted(raw or complaint.message, asked.token)
    complaint = replace(complaint, message=redacted(complaint.message, asked.token))
    provider = asked.provider
    if complaint.kind == "not_found_error":
        return ModelNotFoundError(provider=provider, model=asked.model, raw=raw)
    if complaint.kind == "invalid_request_error":
        if _NO_CREDIT.search(complaint.message):
            return QuotaExceededError(provider=provider, raw=raw)
        if _IS_REFUSAL.search(complaint.message):
            for place, words in _REFUSED:
                if words.search(complaint.message):
                    reason = shortened(complaint.message)
                    return ParameterRefusedError(
                        parameter=place, provider=provider, reason=reason, raw=raw
                    )
    status = _STATUS.get(complaint.kind, status)
    return error_from_complaint(asked, complaint, status, headers, raw=raw)
