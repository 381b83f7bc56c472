"""One question to a provider, which is answered however it goes wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ai_coder.errors import AICoderError, HostBlockedError, ProxyDownError, ServerSilentError
from ai_coder.llm import connection_states
from ai_coder.llm.providers.base import Probe

if TYPE_CHECKING:
    from ai_coder.llm.providers.base import BaseProvider


async def probed(
    provider: BaseProvider, limit: float | None = None
) -> tuple[Probe, BaseException | None]:
    """Return what *provider* says within *limit* seconds, and the bug that kept it from that.

    Packages from outside may have bugs of their own, which must not end the questions to others:
    the caller reports them with `report_bug`.
    """
    told = (await asyncio.gather(_told(provider, limit), return_exceptions=True))[0]
    if isinstance(told, Probe):
        return told, None
    url = provider.config.base_url or provider.default_url
    raw = type(told).__name__  # its words may hold a key
    return Probe(connection_states.not_asked(provider.name, url, raw=raw)), told


def report_bug(provider: BaseProvider, bug: BaseException) -> None:
    """Hand *bug* to whoever shows the application's own mistakes."""
    asyncio.get_running_loop().call_exception_handler(
        {"message": f"Bug while asking {provider.id}", "exception": bug}
    )


async def _told(provider: BaseProvider, limit: float | None) -> Probe:
    try:
        async with asyncio.timeout(limit):
            return await provider.probe()
    except TimeoutError:
        return _failed(provider, ServerSilentError(provider=provider.name))
    except AICoderError as error:
        return _failed(provider, error)
    except SystemExit as error:  # which would end the loop before anybody could report it
        message = f"{provider.id} tried to end the application"
        raise RuntimeError(message) from error


def _failed(provider: BaseProvider, error: AICoderError) -> Probe:
    """Return the probe of a server that could not be asked because of *error*."""
    url = provider.config.base_url or provider.default_url
    match error:
        case HostBlockedError():
            return Probe(connection_states.blocked(provider.name, url))
        case ProxyDownError():
            return Probe(connection_states.behind_proxy(provider.name, url, error))
        case ServerSilentError():
            return Probe(connection_states.silent(provider.name, url, raw=error.raw))
        case _:
            return Probe(connection_states.unreachable(provider.name, url, raw=str(error)))
