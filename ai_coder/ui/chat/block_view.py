"""One block of a message: parsed and laid out when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QPointF, QRectF, Qt

from ai_coder.chat.data_pictures import data_of_url
from ai_coder.markdown.block import Block, BlockKind
from ai_coder.markdown.block_reader import BlockReader
from ai_coder.markdown.pieces import (
    CodePiece,
    ImagePiece,
    Piece,
    RulePiece,
    TablePiece,
    TextPiece,
)
from ai_coder.ui.chat.code_block import CodeItem
from ai_coder.ui.chat.image_block import ImageItem
from ai_coder.ui.chat.layout_item import NO_MARKS, LayoutItem, Marks
from ai_coder.ui.chat.list_markers import paint_marker
from ai_coder.ui.chat.rule_block import RuleItem
from ai_coder.ui.chat.table_block import TableItem
from ai_coder.ui.chat.text_block import TextItem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PyQt6.QtGui import QImage, QPainter

    from ai_coder.ui.chat.rendering import Rendering

_ROOM_FOR_TEXT = 160


class BlockView:
    """The items of one block, below each other.

    A block of a running answer is given again and again with `update`; what did not change
    keeps its layout.
    """

    def __init__(
        self,
        block: Block,
        rendering: Rendering,
        environment: dict[str, Any],
        *,
        is_first: bool,
        is_muted: bool = False,
        keep_breaks: bool = False,
    ) -> None:
        self.block = block
        self.width = 0
        self.height = 0
        self.revision = 0
        """Counts what makes an earlier picture of this block wrong."""

        self._rendering = rendering
        self._environment = environment
        self._is_first = is_first
        self._is_muted = is_muted
        self._reader = BlockReader(rendering.parser, keep_breaks=keep_breaks)
        self._pieces: list[Piece] = []
        self._items: list[LayoutItem] | None = None
        self._indents: dict[str, int] = {}
        self._leads: dict[str, int] = {}
        self._guess = (0, 0)

    @property
    def items(self) -> list[LayoutItem]:
        """The items, made on first use."""
        if self._items is None:
            self._pieces = self._parse()
            self._items = [self._item(piece) for piece in self._pieces]
        return self._items

    def update(self, block: Block) -> int:
        """Show what the open block has become and return from which height on it changed."""
        self.block = block
        self._guess = (0, 0)
        self.invalidate()
        if self._items is None:
            return 0
        pieces = self._parse()
        items: list[LayoutItem] = []
        changed_from = self.height
        for index, piece in enumerate(pieces):
            old = self._pieces[index] if index < len(self._pieces) else None
            item = self._items[index] if old is not None else None
            if item is None:
                item = self._item(piece)
            elif old is not piece and old != piece:
                was_mirrored = _is_mirrored(item)
                grown = self._grow(item, old, piece)
                if grown is None:
                    item = self._item(piece)
                is_moved = old is not None and old.place != piece.place
                if grown is None or is_moved or was_mirrored is not _is_mirrored(item):
                    changed_from = min(changed_from, self._bottom(index - 1))
                else:
                    changed_from = min(changed_from, item.y + grown)
            items.append(item)
        if len(items) < len(self._items):
            changed_from = min(changed_from, self._bottom(len(items) - 1))
        self._pieces, self._items = pieces, items
        return changed_from if self._list_indents() == self._indents else 0

    def _bottom(self, index: int) -> int:
        """Return where an item ends; what is below it may move when it changes."""
        if self._items is None or not 0 <= index < len(self._items):
            return 0
        return self._items[index].y + self._items[index].height

    def forget_pieces(self) -> None:
        """Parse again when needed, because a link got its address."""
        self._items = None
        self._reader.forget()
        self.invalidate()

    def invalidate(self) -> None:
        """Lay out and paint again, because an item has changed."""
        self.width = 0
        self.revision += 1

    def estimate(self, width: int) -> int:
        """Guess the height at *width* before anything is laid out."""
        if self._guess[0] != width:
            self._guess = width, self._guessed(width)
        return self._guess[1]

    def _guessed(self, width: int) -> int:
        style = self._rendering.style
        lines = self.block.lines
        if self.block.kind is BlockKind.CODE:
            return len(lines) * style.code_line_height + style.px(62)
        if self.block.kind is BlockKind.TABLE:
            return len(lines) * style.px(33) + style.px(10)
        columns = max(20, width // style.px(7))
        rows = sum(1 + len(line) // columns for line in lines)
        return rows * style.line_height(0) + style.gap

    def lay_out(self, width: int) -> int:
        """Lay out at *width* unless done, and return the height."""
        if width == self.width:
            return self.height
        style = self._rendering.style
        items, y = self.items, 0
        self._indents = self._list_indents()
        self._leads = self._leads_within(width)
        for index, item in enumerate(items):
            piece = self._pieces[index]
            if index or not self._is_first:
                y += self._gap_before(piece)
            lead = self._leads[piece.place.path]
            item.x = 0 if _is_mirrored(item) else lead
            item.y = y
            y += item.lay_out(max(style.px(80), width - lead))
        self.width, self.height = width, y
        return y

    def _list_indents(self) -> dict[str, int]:
        """Return how far the lists in here are indented, by their path, as their markers need."""
        indents: dict[str, int] = {}
        for piece in self._pieces:
            path, marker = piece.place.path, piece.place.marker
            if marker:
                room = self._rendering.style.marker_room(marker)
                indents[path] = max(room, indents.get(path, 0))
        return indents

    def _leads_within(self, width: int) -> dict[str, int]:
        """Return how far items are indented by their path; however deep, text keeps some room."""
        style = self._rendering.style
        most = max(width // 2, width - style.px(_ROOM_FOR_TEXT))
        leads = {"": 0}
        for path in {piece.place.path for piece in self._pieces}:
            for depth in range(len(path)):
                own = style.quote_indent
                if path[depth] == "L":
                    own = self._indents.get(path[: depth + 1], style.indent)
                leads[path[: depth + 1]] = min(most, leads[path[:depth]] + own)
        return leads

    def _gap_before(self, piece: Piece) -> int:
        style = self._rendering.style
        if piece.place.is_tight:
            return style.tight_gap
        if isinstance(piece, TextPiece) and piece.level:
            return style.px(20 if piece.level < 3 else 16)
        return style.gap

    def paint(
        self, painter: QPainter, top: float, bottom: float, marks: Mapping[int, Marks]
    ) -> None:
        """Paint the part between *top* and *bottom*; *marks* go by the index of the item."""
        for index, item in enumerate(self.items):
            if item.y + item.height < top:
                continue
            if item.y - self._rendering.style.px(24) > bottom:
                break
            self._paint_surroundings(painter, index, item)
            painter.save()
            painter.translate(item.x, item.y)
            item.paint(painter, top - item.y, bottom - item.y, marks.get(index, NO_MARKS))
            painter.restore()

    def _paint_surroundings(self, painter: QPainter, index: int, item: LayoutItem) -> None:
        place = self._pieces[index].place
        if not place.path:
            return
        style = self._rendering.style
        before = self._pieces[index - 1].place.path if index else ""
        for depth, container in enumerate(place.path):
            if container == "Q":
                path = place.path[: depth + 1]
                top = item.y
                if before.startswith(path):
                    top = self.items[index - 1].y + self.items[index - 1].height
                bar = style.px(3)
                x = min(self._leads[path[:-1]], self._leads[place.path] - style.quote_indent)
                x = self.width - x - bar if _is_mirrored(item) else x
                height = item.y + item.height - top
                painter.fillRect(QRectF(x, top, bar, height), style.color("line"))
        if place.marker:
            self._paint_marker(painter, item, place.marker)

    def _paint_marker(self, painter: QPainter, item: LayoutItem, marker: str) -> None:
        """Paint the bullet or number before the text, on the side where that begins."""
        style = self._rendering.style
        y = item.y + (style.px(6) if isinstance(item, CodeItem) else 0)
        left, right, side = 0, item.x - style.marker_gap, Qt.AlignmentFlag.AlignRight
        if _is_mirrored(item):
            left, right = item.width + style.marker_gap, self.width
            side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
        rect = QRectF(left, y, right - left, style.line_height(0))
        painter.save()
        if _is_mirrored(item):
            painter.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        paint_marker(painter, marker, rect, side, style)
        painter.restore()

    def marker(self, item: int) -> str:
        """Return the bullet, number or box in front of an item."""
        return self._pieces[item].place.marker

    @property
    def is_settled(self) -> bool:
        """Whether a picture of it will stay right: no code still waits for its colours."""
        return not any(
            isinstance(item, CodeItem) and item.is_catching_up for item in self._items or ()
        )

    def has(self, item: LayoutItem) -> bool:
        """Whether *item* is one of this block."""
        return self._items is not None and item in self._items

    def recolor(self, language: str) -> None:
        """Paint code of *language* again, now in colours."""
        for item in self._items or ():
            if isinstance(item, CodeItem) and item.language.lower() == language:
                item.recolor()
                self.revision += 1

    def show_image(self, image_item: object, image: QImage) -> None:
        """Show a decoded picture if *image_item* is one of this block."""
        for item in self._items or ():
            if item is image_item and isinstance(item, ImageItem):
                item.set_image(image)
                self.revision += 1
            elif isinstance(item, TableItem) and item.show_image(image_item, image):
                self.revision += 1

    def item_at(self, y: float) -> int:
        """Return the index of the item nearest to *y*; the block must be laid out."""
        for index, item in enumerate(self.items):
            if y < item.y + item.height:
                return index
        return len(self.items) - 1

    def point_in(self, item: int, point: QPointF) -> QPointF:
        """Translate a point of the block into one of its items."""
        return point - QPointF(self.items[item].x, self.items[item].y)

    def _parse(self) -> list[Piece]:
        """Read the block; a definition in it that is only half written must not be kept."""
        known = {"references": dict(self._environment["references"])}
        return self._reader.read(self.block, known)

    def _grow(self, item: LayoutItem, old: Piece | None, new: Piece) -> int | None:
        """Add to *item* what makes *old* into *new*; none if that takes a new item.

        Returns the height from which on the item changed.
        """
        match item, old, new:
            case TextItem(), TextPiece(), TextPiece():
                if self._text_look(old) == self._text_look(new):
                    return item.set_content(new.content)
            case CodeItem(), CodePiece(), CodePiece() if old.language == new.language:
                if old.lines[:-1] == new.lines[: max(0, len(old.lines) - 1)]:
                    return item.set_lines(new.lines)
            case TableItem(), TablePiece(), TablePiece() if old.alignments == new.alignments:
                if old.rows[:-1] == new.rows[: max(0, len(old.rows) - 1)]:
                    return item.set_rows(new.rows)
        return None

    def _text_look(self, piece: TextPiece) -> tuple[int, bool]:
        """Return heading level and whether the text is muted."""
        is_muted = self._is_muted or piece.is_verbatim or "Q" in piece.place.path
        return piece.level, is_muted

    def _item(self, piece: Piece) -> LayoutItem:
        rendering = self._rendering
        style = rendering.style
        match piece:
            case TextPiece(content=content):
                level, is_muted = self._text_look(piece)
                return TextItem(content, style, level=level, is_muted=is_muted)
            case CodePiece(lines=lines, language=language):
                return CodeItem(lines, language, style, rendering.lexers)
            case TablePiece(rows=rows, alignments=columns):
                return TableItem(rows, columns, rendering, self._environment)
            case ImagePiece(url=url, description=description):
                return ImageItem(data_of_url(url), description, style, rendering.images)
            case RulePiece():
                return RuleItem(style)


def _is_mirrored(item: LayoutItem) -> bool:
    """Whether its text runs from right to left, so that all of it stands on the other side."""
    return isinstance(item, TextItem) and item.is_mirrored
