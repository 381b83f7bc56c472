"""Heights of many messages, or other numbers of theirs, with fast sums: a binary indexed tree."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class HeightIndex:
    """Knows where each message begins; changing one height costs O(log n).

    Whatever else a message has a number of is a height as well, such as places found in it.
    """

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._tree: list[int] = [0]

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def reset(self, heights: Iterable[int]) -> None:
        """Replace all heights."""
        self._heights = list(heights)
        tops = list(accumulate(self._heights, initial=0))
        self._tree = [top - tops[index & (index - 1)] for index, top in enumerate(tops)]
        self._tree[0] = 0

    def append(self, height: int) -> None:
        """Add a message at the end."""
        self._heights.append(height)
        index = len(self._heights)
        below = index - (index & -index)
        self._tree.append(self.top(index - 1) - self.top(below) + height)

    def prepend(self, heights: Sequence[int]) -> None:
        """Add messages before the first one."""
        self.reset([*heights, *self._heights])

    def truncate(self, count: int) -> None:
        """Keep only the first *count* messages."""
        del self._heights[count:]
        del self._tree[count + 1 :]

    def set(self, index: int, height: int) -> int:
        """Change a height and return by how much it grew."""
        growth = height - self._heights[index]
        if growth:
            self._heights[index] = height
            node = index + 1
            while node < len(self._tree):
                self._tree[node] += growth
                node += node & -node
        return growth

    def top(self, index: int) -> int:
        """Return where message *index* begins; the number of messages gives the total."""
        total = 0
        while index > 0:
            total += self._tree[index]
            index -= index & -index
        return total

    @property
    def total(self) -> int:
        """The sum of all heights."""
        return self.top(len(self._heights))

    def at(self, y: int) -> int:
        """Return the message at *y*, the nearest one outside of all; needs at least one."""
        node = 0
        step = 1 << len(self._heights).bit_length()
        while step:
            following = node + step
            if following < len(self._tree) and self._tree[following] <= y:
                node = following
                y -= self._tree[following]
            step >>= 1
        return min(node, len(self._heights) - 1)
