"""A table: each cell is laid out once, new rows are added below."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QPainter, QPainterPath, QPen

from ai_coder.markdown.utf16 import utf16_length
from ai_coder.ui.chat.image_block import ImageItem
from ai_coder.ui.chat.layout_item import Highlight, Marks, Target
from ai_coder.ui.chat.sideways_item import SidewaysItem
from ai_coder.ui.chat.table_cell import natural_cell_width, table_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from PyQt6.QtGui import QImage

    from ai_coder.ui.chat.rendering import Rendering
    from ai_coder.ui.chat.text_block import TextItem

_NARROWEST = 120
"""No column of text is made narrower than this."""

_STEP = 8
"""Column widths are multiples of this, so that they rarely change while rows arrive."""


class TableItem(SidewaysItem):
    """The cells of a table in a grid; positions count cells divided by tabs and line ends.

    Text wraps in its cell as long as columns stay readable; a wider table scrolls sideways.
    """

    def __init__(
        self,
        rows: Sequence[Sequence[str]],
        alignments: Sequence[str],
        rendering: Rendering,
        environment: dict[str, Any],
    ) -> None:
        style = rendering.style
        super().__init__(style)
        self._rendering = rendering
        self._environment = environment
        self._alignments = tuple(alignments)
        self._sources: list[tuple[str, ...]] = []
        self._cells: list[list[TextItem | ImageItem]] = []
        self._naturals = [[float(style.px(24))] * len(self._alignments)]
        """How wide the columns would like to be: without rows, with the first, and so on."""

        self._columns: list[int] = []
        self._tops: list[int] = [0]
        self._starts: list[list[int]] = []
        self._pad_x = style.px(12)
        self._pad_y = style.px(6)
        self.set_rows(rows)

    def set_rows(self, rows: Sequence[Sequence[str]]) -> int:
        """Show *rows*, which begin with what was there; the last old one may have changed.

        Returns the height from which on the table looks different.
        """
        kept = max(0, len(self._sources) - 1)
        if len(rows) > kept and self._sources[kept:] and self._sources[kept] == tuple(rows[kept]):
            kept += 1
        del self._sources[kept:], self._cells[kept:], self._starts[kept:]
        del self._tops[kept + 1 :], self._naturals[kept + 1 :]
        for row in rows[kept:]:
            self._add_row(tuple(row))
        is_same = bool(self._columns) and self._fitted(self.width) == self._columns
        unchanged = self._tops[-1] if is_same else 0
        self.width = 0
        return max(0, unchanged - self._style.radius - 2)

    def _add_row(self, row: tuple[str, ...]) -> None:
        is_header = not self._sources
        self._sources.append(row)
        self._cells.append(
            [
                table_cell(
                    source,
                    self._rendering,
                    self._environment,
                    alignment=self._alignments[column],
                    is_header=is_header,
                )
                for column, source in enumerate(row)
            ]
        )

    def _natural_widths(self) -> list[float]:
        """Return how wide the columns would like to be; cells are measured when this is asked."""
        for index in range(len(self._naturals) - 1, len(self._cells)):
            naturals = [*self._naturals[-1]]
            for column, cell in enumerate(self._cells[index]):
                wanted = natural_cell_width(cell, self._style, is_header=index == 0)
                naturals[column] = max(naturals[column], wanted)
            self._naturals.append(naturals)
        return self._naturals[-1]

    def show_image(self, image_item: object, image: QImage) -> bool:
        """Show a decoded picture if *image_item* is a cell; return whether it is."""
        pictures = [cell for row in self._cells for cell in row if cell is image_item]
        for picture in pictures:
            if isinstance(picture, ImageItem):
                picture.set_image(image)
        return bool(pictures)

    @property
    def text(self) -> str:
        """The cells, divided by tabs and line ends."""
        return "\n".join("\t".join(cell.text for cell in row) for row in self._cells)

    def lay_out(self, width: int) -> int:
        """Fit the columns into *width* and return the height."""
        if width == self.width:
            return self.height
        columns = self._fitted(width)
        if columns != self._columns:
            self._columns = columns
            self._tops = [0]
        for row in self._cells[len(self._tops) - 1 :]:
            heights = [cell.lay_out(columns[index]) for index, cell in enumerate(row)]
            self._tops.append(self._tops[-1] + max(heights, default=0) + 2 * self._pad_y)
        self.width = width
        self.scroll_by(0)
        self.height = self._tops[-1] + 1 + (self._style.px(10) if self.scroll_range else 0)
        return self.height

    def _fitted(self, width: int) -> list[int]:
        """Share *width* among the columns: narrow ones get what they want, wide ones shrink.

        None gets narrower than a few words, even if that makes the table wider than *width*.
        """
        wanted = [-(-int(natural + 1) // _STEP) * _STEP for natural in self._natural_widths()]
        columns = [min(size, self._style.px(_NARROWEST)) for size in wanted]
        spare = width - 1 - 2 * self._pad_x * len(wanted) - sum(columns)
        growing = [index for index, size in enumerate(wanted) if size > columns[index]]
        growing.sort(key=lambda index: wanted[index])
        for position, index in enumerate(growing):
            share = max(0, spare) // (len(growing) - position)
            more = min(share, wanted[index] - columns[index])
            columns[index] += more
            spare -= more
        return columns

    @property
    def content_width(self) -> int:
        """How wide the grid is."""
        return sum(self._columns) + 2 * self._pad_x * len(self._columns) + 1

    def paint(self, painter: QPainter, top: float, bottom: float, marks: Marks) -> None:
        """Paint the rows between *top* and *bottom*."""
        style = self._style
        width = min(self.content_width, self.width) - 1
        box = QRectF(0.5, 0.5, width, self._tops[-1])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(box, style.radius, style.radius)
        first = max(0, bisect_right(self._tops, top) - 1)
        painter.save()
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        if first == 0 and self._cells:
            painter.fillRect(QRectF(0, 0, width + 1, self._tops[1]), style.color("code"))
        for row in range(first, len(self._cells)):
            if self._tops[row] > bottom:
                break
            if row:
                painter.fillRect(QRectF(0, self._tops[row], width, 1), style.color("line"))
            self._paint_row(painter, row, marks)
        painter.restore()
        painter.setPen(QPen(style.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        self.paint_scroll_bar(painter, bottom)

    def _paint_row(self, painter: QPainter, row: int, marks: Marks) -> None:
        for column, (cell, x, y) in enumerate(self._placed(row)):
            own = NO_HIGHLIGHTS if not marks.highlights else self._marks_of(row, column, marks)
            painter.translate(x, y)
            cell.paint(painter, 0, cell.height, own)
            painter.translate(-x, -y)

    def _placed(self, row: int) -> Iterator[tuple[TextItem | ImageItem, int, int]]:
        x = self._pad_x - self.scroll_x
        y = self._tops[row] + self._pad_y
        for column, cell in enumerate(self._cells[row]):
            yield cell, x, y
            x += self._columns[column] + 2 * self._pad_x

    def _marks_of(self, row: int, column: int, marks: Marks) -> Marks:
        start = self._start_of(row, column)
        length = utf16_length(self._cells[row][column].text)
        found = [
            Highlight(max(0, mark.start - start), min(length, mark.end - start), mark.role)
            for mark in marks.highlights
            if mark.start < start + length and mark.end > start
        ]
        return Marks(tuple(found))

    def _start_of(self, row: int, column: int) -> int:
        while len(self._starts) <= row:
            known = len(self._starts)
            position = 0
            if known:
                last = self._cells[known - 1]
                position = self._starts[-1][-1] + utf16_length(last[-1].text) + 1
            starts = []
            for cell in self._cells[known]:
                starts.append(position)
                position += utf16_length(cell.text) + 1
            self._starts.append(starts)
        return self._starts[row][column]

    def _cell_at(self, point: QPointF) -> tuple[int, int, QPointF]:
        row = max(0, min(bisect_right(self._tops, point.y()) - 1, len(self._cells) - 1))
        column, origin = 0, QPointF(0, 0)
        for index, (_cell, x, y) in enumerate(self._placed(row)):
            if index == 0 or point.x() >= x - self._pad_x:
                column, origin = index, QPointF(x, y)
        return row, column, point - origin

    def offset_at(self, point: QPointF) -> int:
        """Return the position nearest to *point*."""
        row, column, inside = self._cell_at(point)
        return self._start_of(row, column) + self._cells[row][column].offset_at(inside)

    def rect_of(self, start: int, end: int) -> QRectF:
        """Return where a range begins in its cell."""
        self._start_of(len(self._cells) - 1, 0)
        row = max(0, bisect_right([starts[0] for starts in self._starts], start) - 1)
        column = max(0, bisect_right(self._starts[row], start) - 1)
        cell, x, y = list(self._placed(row))[column]
        first = start - self._starts[row][column]
        return cell.rect_of(first, first + end - start).translated(x, y)

    def links(self) -> Iterable[str]:
        """Return the addresses that the cells refer to."""
        return (link for row in self._cells for cell in row for link in cell.links())

    def target_at(self, point: QPointF) -> Target | None:
        """Return the link, or the scroll bar, at *point*."""
        bar = self.scroll_target_at(point)
        if bar is not None:
            return bar
        row, column, inside = self._cell_at(point)
        target = self._cells[row][column].target_at(inside)
        if target is None:
            return None
        return Target(target.kind, target.value, target.rect.translated(point - inside))


NO_HIGHLIGHTS = Marks()
