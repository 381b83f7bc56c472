"""The tree of a conversation: which messages are shown, and what stands beside them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Branches:
    """Who follows whom, by message id; ids grow with time.

    Built from (id, parent id) in the order of the ids.
    """

    def __init__(self, links: Iterable[tuple[int, int | None]] = ()) -> None:
        self.parents = dict(links)
        self._last_path: tuple[int | None, list[int]] = (None, [])

    @cached_property
    def children(self) -> dict[int | None, list[int]]:
        """What stands below each message, oldest first; only needed once somebody looks."""
        children: dict[int | None, list[int]] = {}
        for message_id, parent_id in self.parents.items():
            children.setdefault(parent_id, []).append(message_id)
        return children

    def add(self, message_id: int, parent_id: int | None) -> None:
        """Put a message under its parent, as its newest child."""
        self.children.setdefault(parent_id, []).append(message_id)
        self.parents[message_id] = parent_id
        self._last_path = (None, [])

    def rename(self, ids: Mapping[int, int]) -> None:
        """Give messages other ids; their places stay."""
        self.parents = {
            ids.get(own, own): ids.get(parent or 0, parent) for own, parent in self.parents.items()
        }
        self.__dict__.pop("children", None)
        self._last_path = (None, [])

    def path(self, head: int | None) -> list[int]:
        """Return the ids from the first message down to *head*; the last one asked is kept."""
        if head != self._last_path[0]:
            self._last_path = (head, self._walk(head))
        return self._last_path[1].copy()

    def _walk(self, head: int | None) -> list[int]:
        ids: list[int] = []
        while head is not None and head in self.parents:
            ids.append(head)
            head = self.parents[head]
        ids.reverse()
        return ids

    def siblings(self, message_id: int) -> list[int]:
        """Return the branches at this place, the message itself among them."""
        return self.children[self.parents[message_id]]

    def position(self, message_id: int) -> tuple[int, int]:
        """Return which branch this is, counted from 1, and how many there are."""
        siblings = self.siblings(message_id)
        return siblings.index(message_id) + 1, len(siblings)

    def neighbour(self, message_id: int, direction: int) -> int:
        """Return the branch *direction* steps aside; at the ends the last one there is."""
        siblings = self.siblings(message_id)
        index = siblings.index(message_id) + direction
        return siblings[min(max(index, 0), len(siblings) - 1)]

    def newest_leaf(self, message_id: int) -> int:
        """Return the end of the branch below a message, following the newest child."""
        while below := self.children.get(message_id):
            message_id = below[-1]
        return message_id
