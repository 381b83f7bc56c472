"""Keep a provider open for as long as somebody is using it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ai_coder.llm.providers.base import BaseProvider


class ProviderLease:
    """A provider with a count of its users.

    When the settings change, the provider is retired: running replies finish on it and
    the last of them closes it.
    """

    def __init__(self, provider: BaseProvider) -> None:
        self.provider = provider
        self._users = 0
        self._is_retired = False
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether its connections are released."""
        return self._is_closed

    @asynccontextmanager
    async def use(self) -> AsyncIterator[BaseProvider]:
        """Lend the provider out for the length of the block.

        A package that calls `sys.exit` makes a mistake like any other: it ends what was asked
        of it, never the application.
        """
        self._users += 1
        try:
            yield self.provider
        except SystemExit as error:
            message = f"{self.provider.id} tried to end the application"
            raise RuntimeError(message) from error
        finally:
            self._users -= 1
            if self._is_retired and not self._users:
                await self.close()

    async def retire(self) -> None:
        """Close the provider now, or as soon as its last user is done."""
        self._is_retired = True
        if not self._users:
            await self.close()

    async def close(self) -> None:
        """Close the provider at once; closing twice does nothing."""
        if not self._is_closed:
            self._is_closed = True
            await self.provider.aclose()
