"""What a failed proof of identity means: a wrong clock, or somebody in between."""

from __future__ import annotations

import ssl
from contextlib import aclosing
from typing import TYPE_CHECKING

from ai_coder.errors import ProviderError, ProviderUnreachableError, Remedy
from ai_coder.llm import connection_states
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.models import StreamEvent

_OUT_OF_TIME = ("expired", "not yet valid")
CLOCK_CAUSE = QT_TRANSLATE_NOOP(
    "connection", "The date or the time of this computer is wrong, or the certificate ran out."
)
PROXY_CAUSE = QT_TRANSLATE_NOOP(
    "connection", "A proxy or a virus scanner stands in between, and is not trusted."
)


class UntrustedCertificateError(ProviderError):
    """The service could not prove who it is."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} could not prove who it is: {reason}.")
    hint = QT_TRANSLATE_NOOP(
        "errors", "A proxy or a virus scanner may stand in between. Ask who runs this network."
    )
    remedy = Remedy.RETRY
    cause = PROXY_CAUSE


class WrongClockError(UntrustedCertificateError):
    """The certificate is not valid at the time that this computer shows."""

    hint = QT_TRANSLATE_NOOP(
        "errors", "Check the date and the time of this computer, then try again."
    )
    cause = CLOCK_CAUSE


def certificate_problem(provider: str, error: BaseException) -> UntrustedCertificateError | None:
    """Return what is wrong with the certificate, when that is why *error* came."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            words = found.verify_message or str(found)
            is_late = any(sign in words for sign in _OUT_OF_TIME)
            kind = WrongClockError if is_late else UntrustedCertificateError
            return kind(provider=provider, reason=words, raw=str(found))
        found = found.__cause__ or found.__context__
    return None


async def with_certificate_problem(
    provider: str, events: AsyncGenerator[StreamEvent, None]
) -> AsyncGenerator[StreamEvent, None]:
    """Yield *events*; a failure to connect because of a certificate is raised as that."""
    try:
        async with aclosing(events):
            async for event in events:
                yield event
    except ProviderUnreachableError as error:
        raise certificate_problem(provider, error) or error from error.__cause__


def state_of(provider: str, url: str, error: ProviderError) -> ConnectionState:
    """Return the state of a service whose answer to a question was *error*."""
    problem = certificate_problem(provider, error)
    if problem is None:
        return connection_states.from_error(provider, url, error)
    return connection_states.unreachable(
        provider, url, raw=problem.raw, cause=problem.cause, remedy=Remedy.RETRY
    )
