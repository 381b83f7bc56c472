"""The one door to the network: who may be dialled, and what was."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2


class Network:
    """Makes every HTTP client of the application."""

    def client(self, *, purpose: str, connect_timeout: float = 5.0) -> httpx2.AsyncClient:
        """Return a client whose requests are checked against the allow-list and recorded."""
        raise NotImplementedError
