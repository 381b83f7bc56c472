"""What Ollama's errors mean; it has no error codes, only statuses and wordings (ollama.md §7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import jiter

from ai_coder.errors import (
    AuthenticationFailedError,
    AuthenticationNeededError,
    ContextOverflowError,
    HostNameRefusedError,
    ModelLoadFailedError,
    ModelNotFoundError,
    NotAnApiError,
    OverloadedError,
    ProviderError,
    QuotaExceededError,
    RateLimitedError,
    RequestRefusedError,
    ServerFailedError,
    StreamInterruptedError,
    WrongPathError,
)
from ai_coder.llm.address import host_of, locality
from ai_coder.llm.models import Locality
from ai_coder.llm.providers.failures import PROXY_STATUS, proxy_error

_OVERFLOW = re.compile(
    r"exceed_context_size|exceeds? the (available )?context|context (size|length) exceeded"
)
_LOAD_FAILED = re.compile(
    r"error loading model|failed to load model|process has terminated|unable to load model"
    r"|requires? more system memory|timed out waiting for .*(start|load)|cannot allocate"
    r"|error starting (llama|runner)",
    re.IGNORECASE,
)
_MISSING = re.compile(r"model ['\"]?.*['\"]? not found|file does not exist", re.IGNORECASE)
_QUOTA = re.compile(r"usage limit|quota|upgrade for higher", re.IGNORECASE)
_BAD_VALUE = re.compile(r"^option |^invalid format|^json: |^invalid ", re.IGNORECASE)
_TOKENS = re.compile(r"\((\d+) tokens\)")
_LONGEST_REASON = 240


@dataclass(frozen=True, slots=True)
class Conversation:
    """Who was asked for which model, for the words of an error."""

    provider: str
    url: str
    model: str = ""
    has_token: bool = False


def error_of_response(status: int, content: bytes, asked: Conversation) -> ProviderError:
    """Return the error that an answer with the failing *status* means."""
    raw = content.decode("utf-8", "replace").strip()
    text = _error_text(raw)
    if text is None:
        return _error_of_other_answer(status, raw, asked)
    provider, model = asked.provider, asked.model
    match status:
        case HTTPStatus.UNAUTHORIZED:
            kind = AuthenticationFailedError if asked.has_token else AuthenticationNeededError
            return kind(provider=provider, raw=text)
        case HTTPStatus.NOT_FOUND if _MISSING.search(text):
            return ModelNotFoundError(provider=provider, model=model, raw=text)
        case HTTPStatus.TOO_MANY_REQUESTS if _QUOTA.search(text):
            return QuotaExceededError(provider=provider, raw=text)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimitedError(provider=provider, raw=text)
        case HTTPStatus.BAD_GATEWAY | HTTPStatus.SERVICE_UNAVAILABLE:
            return OverloadedError(provider=provider, raw=text)
        case 499:
            return StreamInterruptedError(provider=provider, raw=text)
    return error_of_text(text, asked, is_refusal=status < HTTPStatus.INTERNAL_SERVER_ERROR)


def error_of_text(text: str, asked: Conversation, *, is_refusal: bool = False) -> ProviderError:
    """Return the error that *text* means, as it stands in the stream or in a failed answer."""
    provider, model = asked.provider, asked.model
    nested = _nested(text)
    if _OVERFLOW.search(text):
        told = _TOKENS.findall(text)
        return ContextOverflowError(
            model=model,
            provider=provider,
            prompt_tokens=_number(nested.get("n_prompt_tokens"), told[:1]),
            context_length=_number(nested.get("n_ctx"), told[1:2]),
            raw=text,
        )
    reason = _reason(str(nested.get("message") or text))
    if _LOAD_FAILED.search(text):
        return ModelLoadFailedError(provider=provider, model=model, reason=reason, raw=text)
    if _MISSING.search(text):
        return ModelNotFoundError(provider=provider, model=model, raw=text)
    if _QUOTA.search(text):
        return QuotaExceededError(provider=provider, raw=text)
    if "server busy" in text:
        return OverloadedError(provider=provider, raw=text)
    if is_refusal or _BAD_VALUE.match(text):
        return RequestRefusedError(provider=provider, reason=reason, raw=text)
    return ServerFailedError(provider=provider, reason=reason, raw=text)


def _error_of_other_answer(status: int, raw: str, asked: Conversation) -> ProviderError:
    """Return the error for an answer that is not Ollama's JSON."""
    provider, url = asked.provider, asked.url
    parts = urlsplit(url)
    is_gos_own = raw in ("404 page not found", "405 method not allowed")
    if is_gos_own and parts.path.strip("/"):
        suggestion = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        return WrongPathError(provider=provider, url=url, suggestion=suggestion, raw=raw)
    match status:
        case HTTPStatus.UNAUTHORIZED:
            kind = AuthenticationFailedError if asked.has_token else AuthenticationNeededError
            return kind(provider=provider, raw=raw)
        case HTTPStatus.FORBIDDEN if not raw:
            # Its guard against foreign host names answers without a word (ollama.md §1).
            return HostNameRefusedError(provider=provider, host=host_of(url), raw="403")
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimitedError(provider=provider, raw=raw)
    if status in PROXY_STATUS and locality(url) is not Locality.CLOUD:
        return proxy_error(status, provider, url, f"{status} {raw[:2000]}".strip())
    if status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE):
        return OverloadedError(provider=provider, raw=raw)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not raw.startswith("<"):
        reason = _reason(raw) or f"status {status}"
        return ServerFailedError(provider=provider, reason=reason, raw=raw)
    return NotAnApiError(provider=provider, url=url, raw=f"{status} {raw[:2000]}".strip())


def _error_text(raw: str) -> str | None:
    """Return the text under `error`; None when *raw* is not JSON with an error in it."""
    try:
        payload = jiter.from_json(raw.encode())
    except ValueError:
        return None
    said = payload.get("error") if isinstance(payload, dict) else None
    if isinstance(said, dict):
        # llama.cpp and other servers on Ollama's port nest it; that is not Ollama.
        return None
    return said if isinstance(said, str) else None


def _nested(text: str) -> dict[str, Any]:
    """Return llama.cpp's own error, which Ollama passes on as JSON within the text."""
    try:
        payload = jiter.from_json(text.encode())
    except ValueError:
        return {}
    inner = payload.get("error") if isinstance(payload, dict) else None
    return inner if isinstance(inner, dict) else {}


def _number(value: object, told: list[str]) -> int | None:
    if isinstance(value, int):
        return value
    return int(told[0]) if told else None


def _reason(text: str) -> str:
    """Return the last meaningful line of *text*, short enough for a sentence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    return first if len(first) <= _LONGEST_REASON else first[:_LONGEST_REASON] + "…"
