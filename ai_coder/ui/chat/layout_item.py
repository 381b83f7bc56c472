"""What every laid-out piece of a message can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import QRectF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PyQt6.QtCore import QPointF
    from PyQt6.QtGui import QPainter


class Target(NamedTuple):
    """Something a click acts on: a link with its address, or a button with its action."""

    kind: str
    value: str
    rect: QRectF


class Highlight(NamedTuple):
    """A range of characters painted on another paper; `role` names its colour."""

    start: int
    end: int
    role: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What is special about an item in this frame."""

    highlights: tuple[Highlight, ...] = ()
    hovered: Target | None = None


NO_MARKS = Marks()


class LayoutItem(ABC):
    """A paragraph, code, table, rule or picture, laid out for one width.

    Positions inside count UTF-16 code units; coordinates begin at the item's corner. `x` and
    `y` are its place in its block.
    """

    x = 0
    y = 0
    width = 0
    height = 0

    @property
    @abstractmethod
    def text(self) -> str:
        """The characters that positions count."""

    @abstractmethod
    def lay_out(self, width: int) -> int:
        """Break lines for *width* unless done, and return the height."""

    @abstractmethod
    def paint(self, painter: QPainter, top: float, bottom: float, marks: Marks) -> None:
        """Paint the part between *top* and *bottom*."""

    def offset_at(self, point: QPointF) -> int:
        """Return the position of the character boundary nearest to *point*."""
        return 0 if point.y() < self.height / 2 else len(self.text)

    def rect_of(self, start: int, end: int) -> QRectF:
        """Return a rectangle that shows where a range begins."""
        del start, end
        return QRectF(0, 0, self.width, self.height)

    def links(self) -> Iterable[str]:
        """Return the addresses that the text refers to, in reading order."""
        return ()

    def target_at(self, point: QPointF) -> Target | None:
        """Return the link or button at *point*."""
        del point
        return None
