"""The states of a company's service, in words that fit keys instead of servers of one's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_coder.errors import (
    AccessDeniedError,
    AuthenticationFailedError,
    AuthenticationNeededError,
)
from ai_coder.llm import connection_states
from ai_coder.llm.providers import certificates
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from ai_coder.errors import ProviderError
    from ai_coder.llm.connection import ConnectionState

_NEEDED = (
    QT_TRANSLATE_NOOP("connection", "{provider} needs a key."),
    QT_TRANSLATE_NOOP("connection", "key needed"),
    QT_TRANSLATE_NOOP("connection", "Enter it in Settings under Cloud Providers."),
)
_REFUSED = (
    QT_TRANSLATE_NOOP("connection", "{provider} refused the key."),
    QT_TRANSLATE_NOOP("connection", "key refused"),
    QT_TRANSLATE_NOOP("connection", "The key is wrong, has expired, or may not do this."),
)
_DENIED = (
    QT_TRANSLATE_NOOP("connection", "{provider} does not allow this."),
    QT_TRANSLATE_NOOP("connection", "not allowed"),
    QT_TRANSLATE_NOOP("connection", "{reason}"),
)


def key_needed(provider: str, url: str, *, raw: str = "") -> ConnectionState:
    """Say that no key is set; the service was not asked."""
    return _reworded(connection_states.auth_needed(provider, url, raw=raw), _NEEDED)


def state_of(provider: str, url: str, error: ProviderError) -> ConnectionState:
    """Return the state of a service whose answer to a question was *error*."""
    match error:
        case AuthenticationNeededError():
            return key_needed(provider, url, raw=error.raw)
        case AccessDeniedError():
            refused = connection_states.token_refused(provider, url, raw=error.raw)
            return _reworded(refused, _DENIED, reason=error.details["reason"])
        case AuthenticationFailedError():
            refused = connection_states.token_refused(provider, url, raw=error.raw)
            return _reworded(refused, _REFUSED)
        case _:
            return certificates.state_of(provider, url, error)


def _reworded(
    state: ConnectionState, templates: tuple[str, str, str], **more: str
) -> ConnectionState:
    values = {**dict(state.values), **more}
    sentence, short, cause = (template.format(**values) for template in templates)
    return replace(
        state,
        sentence=sentence,
        short=short,
        cause=cause,
        templates=templates,
        values=tuple(values.items()),
    )
