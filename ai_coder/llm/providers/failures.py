"""What a server says when it fails, as errors for the reader (lmstudio.md 2.5, cloud.md 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from ai_coder.errors import (
    AccessDeniedError,
    AnswerBlockedError,
    AuthenticationFailedError,
    AuthenticationNeededError,
    ContextOverflowError,
    MalformedResponseError,
    ModelLoadFailedError,
    ModelNotFoundError,
    ModelNotLoadedError,
    NotAnApiError,
    OverloadedError,
    ProviderError,
    ProxyTimeoutError,
    QuotaExceededError,
    RateLimitedError,
    RequestRefusedError,
    RequestTooLargeError,
    ServerFailedError,
    WrongPathError,
)
from ai_coder.llm.providers.sse import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_RAW_LIMIT = 4000
_REASON_LIMIT = 300
_OVERFLOW = re.compile(
    r"context length|context size|n_ctx|context the overflows|exceed_context_size"
    r"|context_length_exceeded|maximum context|prompt is too long|context window",
    re.IGNORECASE,
)
_NOT_OVERFLOW = re.compile(r"failed to load|insufficient system resources", re.IGNORECASE)
_TOKENS = (
    re.compile(r"has (?P<prompt>\d+) tokens.*?supports (?P<context>\d+)", re.S),
    re.compile(r"n_keep \(?(?P<prompt>\d+)\)? >= n_ctx \(?(?P<context>\d+)"),
    re.compile(r"first (?P<prompt>\d+) tokens.*?length of only (?P<context>\d+)", re.S),
    re.compile(r"request \((?P<prompt>\d+) tokens\).*?size \((?P<context>\d+)", re.S),
    re.compile(
        r"maximum context length is (?P<context>\d+) tokens"
        r".*?(?:requested|resulted in|contains at least) (?P<prompt>\d+)",
        re.S,
    ),
    re.compile(r'"n_prompt_tokens":\s*(?P<prompt>\d+),\s*"n_ctx":\s*(?P<context>\d+)'),
)
_UNLOADED = re.compile(r"model (?:is )?unloaded|no models? loaded", re.IGNORECASE)
_LOAD_FAILED = re.compile(r"failed to load model.*?(?:error: (?P<reason>.*))?$", re.I | re.S)
_CRASHED = re.compile(r"channel error|has crashed|compute error|exit code", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model\b.*(?:not found|does not exist|not available)|unknown model|no such model", re.I | re.S
)
_PARAMETER = re.compile(
    r"(?:unsupported|unrecognized|unknown|unexpected)[^:'\"`]*"
    r"(?:parameter|argument|value|key\(s\) in object|field)[^'\"`]*[:\s]*"
    r"['\"`](?P<name>\w+(?:\.\w+)*)",
    re.IGNORECASE,
)
_SECRET = re.compile(r"(?i)(bearer\s+|\bsk-|\bkey-)[A-Za-z0-9_:.\-]{6,}")
PROXY_STATUS = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


class ParameterRefusedError(RequestRefusedError):
    """The server does not take one parameter; the request may work without it.

    `parameter` is where it stands in the body, such as `text.format`.
    """

    def __init__(self, *, parameter: str, **details: str) -> None:
        self.parameter = parameter
        super().__init__(**details)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom was asked what, for the words of an error; `token` is only used to hide it."""

    provider: str
    url: str
    model: str = ""
    token: str | None = None
    is_local: bool = True


@dataclass(frozen=True, slots=True)
class Complaint:
    """The error in a body, whatever shape it had."""

    message: str
    code: str = ""
    kind: str = ""
    param: str = ""
    prompt_tokens: int | None = None
    context_length: int | None = None


def redacted(text: str, token: str | None) -> str:
    """Return *text*, shortened, without the token and without anything that looks like one."""
    if token:
        text = text.replace(token, "•••")
    return _SECRET.sub(r"\1•••", text)[:_RAW_LIMIT]


def complaint_in(value: object) -> Complaint | None:
    """Return the error that a JSON value holds: an object, a string, a message or a detail."""
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    if isinstance(error, dict):
        fields = {k: str(error.get(k) or "") for k in ("code", "param")}
        kind, message = str(error.get("type") or ""), error.get("message") or error
        prompt, context = error.get("n_prompt_tokens"), error.get("n_ctx")
        return Complaint(
            str(message), **fields, kind=kind, prompt_tokens=prompt, context_length=context
        )
    message = error or value.get("message") or value.get("detail")
    if isinstance(message, str | list) and message and "choices" not in value:
        return Complaint(message if isinstance(message, str) else str(message))
    return None


def error_from_body(
    asked: Asked, status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """Return the error for an answer that is not what was asked for."""
    text = redacted(body.decode("utf-8", "replace").strip(), asked.token)
    try:
        complaint = complaint_in(parse_json(body))
    except ValueError:
        complaint = None
    if complaint is not None:
        return error_from_complaint(asked, complaint, status, headers, raw=text)
    is_page = text[:1] == "<"
    if status in PROXY_STATUS and asked.is_local:
        return proxy_error(status, asked.provider, asked.url, text)
    if is_page and (asked.is_local or status < HTTPStatus.BAD_REQUEST):
        return NotAnApiError(provider=asked.provider, url=asked.url, raw=text)
    if status < HTTPStatus.BAD_REQUEST:
        return MalformedResponseError(provider=asked.provider, raw=text)
    complaint = Complaint("" if is_page else text)
    return error_from_complaint(asked, complaint, status, headers, raw=text)


def proxy_error(status: int, provider: str, url: str, raw: str) -> NotAnApiError:
    """Return the error for an answer with a *status* of `PROXY_STATUS` that no API gave."""
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        return ProxyTimeoutError(provider=provider, url=url, raw=raw)
    return NotAnApiError(provider=provider, url=url, is_proxy=True, raw=raw)


def error_from_complaint(
    asked: Asked,
    complaint: Complaint,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    *,
    raw: str = "",
) -> ProviderError:
    """Return the error that *complaint* means; *status* is 200 inside a stream."""
    raw = redacted(raw or complaint.message, asked.token)
    complaint = replace(complaint, message=redacted(complaint.message, asked.token))
    by_words = _error_by_words(asked, complaint, raw)
    return by_words or _error_by_status(asked, complaint, status, headers or {}, raw)


def _error_by_words(asked: Asked, complaint: Complaint, raw: str) -> ProviderError | None:
    message, code, provider = complaint.message, complaint.code, asked.provider
    says = f"{code} {complaint.kind} {message}"
    if code == "invalid_api_key" or complaint.kind == "authentication_error":
        return auth_error(asked, raw)
    if code == "insufficient_quota":
        return QuotaExceededError(provider=provider, raw=raw)
    if code in ("content_filter", "content_policy_violation"):
        return AnswerBlockedError(provider=provider, reason=shortened(message), raw=raw)
    if _OVERFLOW.search(says) and not _NOT_OVERFLOW.search(message):
        return _overflow(asked, complaint, raw)
    if "Unexpected endpoint" in message:
        return WrongPathError(provider=provider, url=asked.url, suggestion=asked.url, raw=raw)
    if _UNLOADED.search(message):
        return ModelNotLoadedError(provider=provider, model=asked.model, raw=raw)
    if code == "model_load_failed" or _NOT_OVERFLOW.search(message):
        found = _LOAD_FAILED.search(message)
        reason = shortened((found and found["reason"]) or message)
        return ModelLoadFailedError(provider=provider, model=asked.model, reason=reason, raw=raw)
    if code == "model_not_found" and "verified" in message:
        return AccessDeniedError(provider=provider, reason=shortened(message), raw=raw)
    if "model_not_found" in (code, complaint.kind) or _NO_MODEL.search(message):
        return ModelNotFoundError(provider=provider, model=asked.model, raw=raw)
    if _CRASHED.search(message):
        return ServerFailedError(provider=provider, reason=shortened(message), raw=raw)
    return _parameter_error(asked, complaint, raw)


def _parameter_error(asked: Asked, complaint: Complaint, raw: str) -> ProviderError | None:
    found = _PARAMETER.search(complaint.message)
    is_known = complaint.code in ("unsupported_parameter", "unsupported_value", "unrecognized_keys")
    name = (complaint.param if is_known else "") or (found["name"] if found else "")
    if not name:
        return None
    reason = shortened(complaint.message)
    return ParameterRefusedError(parameter=name, provider=asked.provider, reason=reason, raw=raw)


def _error_by_status(
    asked: Asked, complaint: Complaint, status: int, headers: Mapping[str, str], raw: str
) -> ProviderError:
    provider, reason = asked.provider, shortened(complaint.message) or f"HTTP {status}"
    match status:
        case HTTPStatus.FORBIDDEN if asked.token and complaint.message and not asked.is_local:
            return AccessDeniedError(provider=provider, reason=reason, raw=raw)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return auth_error(asked, raw)
        case HTTPStatus.PAYMENT_REQUIRED:
            return QuotaExceededError(provider=provider, raw=raw)
        case HTTPStatus.NOT_FOUND | HTTPStatus.METHOD_NOT_ALLOWED:
            return WrongPathError(provider=provider, url=asked.url, suggestion=asked.url, raw=raw)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimitedError(provider=provider, retry_after=_retry_after(headers), raw=raw)
        case HTTPStatus.SERVICE_UNAVAILABLE | 529:
            return OverloadedError(provider=provider, retry_after=_retry_after(headers), raw=raw)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return RequestTooLargeError(provider=provider, reason=reason, raw=raw)
        case _ if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return RequestRefusedError(provider=provider, reason=reason, raw=raw)
    is_passing = not asked.is_local and is_passing_failure(status)
    return ServerFailedError(provider=provider, reason=reason, is_passing=is_passing, raw=raw)


def is_passing_failure(status: int) -> bool:
    """Tell whether a company's service that failed with *status* may be asked again at once.

    One that ran out of time may still be at work.
    """
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.GATEWAY_TIMEOUT


def auth_error(asked: Asked, raw: str) -> ProviderError:
    """Return the error for a server that wants a token, or another one."""
    if asked.token:
        return AuthenticationFailedError(provider=asked.provider, raw=raw)
    return AuthenticationNeededError(provider=asked.provider, raw=raw)


def _overflow(asked: Asked, complaint: Complaint, raw: str) -> ContextOverflowError:
    prompt, context = complaint.prompt_tokens, complaint.context_length
    for pattern in _TOKENS:
        if context is None and (found := pattern.search(complaint.message)):
            prompt, context = int(found["prompt"]), int(found["context"])
    return ContextOverflowError(
        model=asked.model,
        provider=asked.provider,
        prompt_tokens=prompt,
        context_length=context,
        raw=raw,
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return float(headers.get(name, "")) / unit
        except ValueError:
            continue
    return None


def shortened(message: str) -> str:
    """Return the first paragraph of *message*, at most a few lines long."""
    first = message.strip().partition("\n\n")[0].strip()
    return first if len(first) <= _REASON_LIMIT else f"{first[:_REASON_LIMIT].rstrip()}…"
