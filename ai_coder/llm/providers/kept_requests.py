"""Questions that are asked every few seconds, built once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2


class KeptRequests:
    """The last GET request to each address; building one costs a fifth of asking it."""

    def __init__(self) -> None:
        self._requests: dict[str, tuple[Mapping[str, str], httpx2.Request]] = {}

    def get(
        self, client: httpx2.AsyncClient, url: str, headers: Mapping[str, str]
    ) -> httpx2.Request:
        """Return the request for *url*, the same as last time while the headers are."""
        kept = self._requests.get(url)
        if kept is None or kept[0] != headers:
            request = client.build_request("GET", url, headers=dict(headers))
            kept = self._requests[url] = (dict(headers), request)
        return kept[1]
