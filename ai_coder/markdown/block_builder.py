"""Put lines of Markdown together to blocks, deciding line by line what goes on and what ends."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from ai_coder.markdown.block import Block, BlockKind
from ai_coder.markdown.containers import begins_beside
from ai_coder.markdown.formulas import math_end
from ai_coder.markdown.line_starts import (
    CODE_INDENT,
    FENCE,
    HEADING,
    QUOTE,
    RULE,
    TABLE_RULE,
    UNDERLINE,
    ItemStart,
    html_start,
    indent,
    interrupts_paragraph,
    item_start,
    language_of,
    unindent,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from ai_coder.markdown.parser import MarkdownParser


class _State(Enum):
    NOTHING = 0
    PARAGRAPH = 1
    QUOTE = 2
    ITEM = 3
    TABLE = 4
    FENCE = 5
    INDENTED = 6
    HTML = 7
    MATH = 8


class BlockBuilder:
    """Holds the open block; a line is compared with it exactly as CommonMark does.

    *container* tells whether the lines are those inside a list item (L) or a quote (Q).
    """

    def __init__(self, parser: MarkdownParser, container: str = "") -> None:
        self._parser = parser
        self._container = container
        self._state = _State.NOTHING
        self._lines: list[str] = []
        self._fence = ("", 0, "")
        self._html_end: re.Pattern[str] | None = None
        self._math_end: re.Pattern[str] | None = None
        self._item_indent = 0
        self._is_lazy = False
        self._blank_before = False
        self._list: tuple[str, int | None] | None = None
        self._number: int | None = None
        self._is_tight = False
        self._done: list[Block] = []

    def open_block(self, partial: str) -> Block | None:
        """Return the unfinished block with the unfinished line *partial*."""
        kind = self._kind()
        lines = self._lines
        if kind is BlockKind.CODE and self._state is _State.FENCE:
            shown = (*lines, partial) if partial and not self._may_close(partial) else tuple(lines)
            return Block(kind, shown, self._fence[2])
        if not lines and not partial:
            return None
        if partial and not lines and (fence := FENCE.match(partial)):
            return Block(BlockKind.CODE, (), language_of(fence[3]))
        shown = (*lines, partial) if partial else tuple(lines)
        return Block(kind, shown, "", self._number, self._is_tight)

    def finish(self) -> None:
        """End the open block."""
        state, lines = self._state, self._lines
        if state is _State.INDENTED:
            while lines and not lines[-1].strip(" \t"):
                lines.pop()
        if lines or state is _State.FENCE:
            kind = self._kind()
            language = self._fence[2] if state is _State.FENCE else ""
            if state is _State.INDENTED:
                lines = [unindent(line, CODE_INDENT) for line in lines]
            number = self._number if state is _State.ITEM else None
            self._done.append(Block(kind, tuple(lines), language, number, self._is_tight))
        self._state, self._lines = _State.NOTHING, []
        self._is_lazy = False
        self._number, self._is_tight = None, False

    def blocks_with(self, lines: Sequence[str]) -> list[Block]:
        """Return what would be finished if *lines* were the last ones; nothing changes by that."""
        before = dict(vars(self))
        self._lines, self._done = [*self._lines], []
        for line in lines:
            self.take(line)
        self.finish()
        blocks = self.finished()
        vars(self).update(before)
        return blocks

    def finished(self) -> list[Block]:
        """Return the blocks that were finished since the last time."""
        done, self._done = self._done, []
        return done

    def take(self, line: str) -> None:
        """Read a line, which ends the open block, goes on with it, or begins one."""
        state = self._state
        if state is _State.FENCE:
            self._take_fenced(line)
        elif state is _State.HTML:
            self._take_html(line)
        elif not line.strip(" \t"):
            self._take_blank(line)
        else:
            match state:
                case _State.NOTHING:
                    self._start(line)
                case _State.PARAGRAPH:
                    self._take_paragraph(line)
                case _State.ITEM:
                    self._take_item(line)
                case _State.QUOTE:
                    self._take_quoted(line)
                case _State.TABLE:
                    self._take_row(line)
                case _State.MATH:
                    self._take_formula(line)
                case _:
                    self._take_indented(line)
            self._blank_before = False

    def _take_blank(self, line: str) -> None:
        self._blank_before = True
        match self._state:
            case _State.ITEM:
                if len(self._lines) == 1 and self._is_empty_item:
                    self.finish()
                else:
                    self._lines.append(line)
            case _State.INDENTED:
                self._lines.append(line)
            case _:
                self.finish()

    def _start(self, line: str) -> None:
        """Begin a block with *line*, which stands below no open one."""
        column = indent(line)
        item = item_start(line) if column < CODE_INDENT and not RULE.match(line) else None
        if item is not None:
            self._start_item(line, item)
            return
        self._list = None
        self._lines = [line]
        if column >= CODE_INDENT:
            self._state = _State.INDENTED
        elif fence := FENCE.match(line):
            self._state, self._lines = _State.FENCE, []
            self._fence = (fence[2], len(fence[1]), language_of(fence[3]))
        elif HEADING.match(line) or RULE.match(line):
            self.finish()
        elif QUOTE.match(line):
            self._state = _State.QUOTE
        elif end := math_end(line):
            self._state, self._math_end = _State.MATH, end
        elif html := html_start(line):
            self._state, self._html_end = _State.HTML, html.end
            if html.end.search(line):
                self.finish()
        else:
            self._state = _State.PARAGRAPH
            self._is_tight = self._container == "L" and not self._blank_before

    def _start_item(self, line: str, item: ItemStart) -> None:
        continues = self._list is not None and self._list[0] == item.marker
        number = item.number
        if continues and self._list is not None and self._list[1] is not None:
            number = self._list[1] + 1
        self._list = (item.marker, number)
        self._state, self._lines = _State.ITEM, [line]
        self._item_indent = item.content_indent
        self._is_empty_item = item.is_empty
        is_close = continues or bool(self._container)
        self._number, self._is_tight = number, is_close and not self._blank_before

    def _restart(self, line: str) -> None:
        self.finish()
        self._start(line)

    def _take_paragraph(self, line: str) -> None:
        if indent(line) >= CODE_INDENT:
            self._lines.append(line)
        elif TABLE_RULE.match(line) and self._parser.is_table(self._lines[-1], line):
            header = self._lines.pop()
            self.finish()
            self._state, self._lines = _State.TABLE, [header, line]
        elif UNDERLINE.match(line):
            self._take_underline(line)
        elif interrupts_paragraph(line) or self._follows_definitions(line):
            self._restart(line)
        else:
            self._lines.append(line)

    def _take_underline(self, line: str) -> None:
        """Make the paragraph a heading, unless it is nothing but link definitions."""
        if self._lines[0].lstrip(" ").startswith("["):
            container = self._parser.last_container([*self._lines, line])
            if container in ("hr", "bullet_list_close"):
                self._restart(line)
                return
            if container == "paragraph_close":
                self._lines.append(line)
                return
        self._lines.append(line)
        self._is_tight = False
        self.finish()

    def _follows_definitions(self, line: str) -> bool:
        """Whether *line* starts a block right below link definitions, which are no paragraph."""
        if not self._lines[0].lstrip(" ").startswith("["):
            return False
        if html_start(line) is None and item_start(line) is None:
            return False
        container = self._parser.last_container([*self._lines, line])
        return container in ("html_block", "bullet_list_close", "ordered_list_close")

    def _take_item(self, line: str) -> None:
        column = indent(line)
        if column >= self._item_indent:
            self._is_lazy = False
            self._lines.append(line)
        elif self._blank_before or (column < CODE_INDENT and begins_beside(line, "L")):
            self._restart(line)
        else:
            self._take_lazy(line, ("bullet_list_close", "ordered_list_close"))

    def _take_quoted(self, line: str) -> None:
        if QUOTE.match(line) or item_start(line):
            self._is_lazy = False
        if QUOTE.match(line):
            self._lines.append(line)
        elif indent(line) < CODE_INDENT and begins_beside(line, "Q"):
            self._restart(line)
        else:
            self._take_lazy(line, ("blockquote_close",))

    def _take_lazy(self, line: str, closers: tuple[str, ...]) -> None:
        """Continue a paragraph inside the open list or quote, or end that.

        The parser is asked once per run of such lines: whether a paragraph is open in there
        cannot be told from the line.
        """
        if not self._is_lazy:
            probe = line if item_start(line) else "text"  # a link definition would leave no trace
            container = self._parser.last_container([*self._lines, probe])
            if container and container not in closers:
                self._restart(line)
                return
            self._is_lazy = True
        self._lines.append(line)

    def _take_row(self, line: str) -> None:
        is_blank = not line.strip()  # to a table, spaces of every kind are
        is_other = indent(line) >= CODE_INDENT or item_start(line) or interrupts_paragraph(line)
        if is_blank or is_other:
            self._restart(line)
        else:
            self._lines.append(line)

    def _take_indented(self, line: str) -> None:
        if indent(line) >= CODE_INDENT:
            self._lines.append(line)
        else:
            self._restart(line)

    def _take_html(self, line: str) -> None:
        assert self._html_end is not None
        if self._html_end.search(""):
            if not line.strip(" \t"):
                self.finish()
                self._blank_before = True
                return
            self._lines.append(line)
            return
        self._lines.append(line)
        if self._html_end.search(line):
            self.finish()

    def _take_formula(self, line: str) -> None:
        assert self._math_end is not None
        self._lines.append(line)
        if self._math_end.search(line):
            self.finish()

    def _take_fenced(self, line: str) -> None:
        marker, lead, _language = self._fence
        stripped = line.strip(" \t")
        closes = len(stripped) >= len(marker) and not stripped.strip(marker[0])
        if closes and indent(line) < CODE_INDENT:
            self.finish()
            self._blank_before = False
        else:
            self._lines.append(unindent(line, lead) if lead else line)

    def _kind(self) -> BlockKind:
        match self._state:
            case _State.FENCE | _State.INDENTED:
                return BlockKind.CODE
            case _State.TABLE:
                return BlockKind.TABLE
            case _:
                return BlockKind.TEXT

    def _may_close(self, line: str) -> bool:
        return not line.strip(" \t" + self._fence[0][0])
