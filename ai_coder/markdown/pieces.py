"""The pieces a block of Markdown is shown as: paragraphs, code, tables, rules and pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ai_coder.markdown.block import Block, BlockKind
from ai_coder.markdown.inline import LINE_BREAK, RichText, rich_text
from ai_coder.markdown.tables import alignments, split_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

    from ai_coder.markdown.parser import MarkdownParser

TASKS = {"[ ] ": "\u2610", "[x] ": "\u2611", "[X] ": "\u2611"}
_BULLETS = "\u2022\u25e6\u25aa"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece stands: one letter per surrounding list (L) or quote (Q)."""

    path: str = ""
    marker: str = ""
    """The bullet, number or box in front of it."""

    is_tight: bool = False
    """Whether it stands close below the piece before it."""


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A paragraph, or a heading when `level` is not 0; verbatim text is HTML shown as text."""

    place: Place
    content: RichText
    level: int = 0
    is_verbatim: bool = False


@dataclass(frozen=True, slots=True)
class CodePiece:
    """Lines of code."""

    place: Place
    lines: tuple[str, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class TablePiece:
    """A table as Markdown source of its cells; the first row is the header."""

    place: Place
    rows: tuple[tuple[str, ...], ...]
    alignments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulePiece:
    """A horizontal line."""

    place: Place


@dataclass(frozen=True, slots=True)
class ImagePiece:
    """A picture that came with the text as a data: URL."""

    place: Place
    url: str
    description: str


Piece: TypeAlias = TextPiece | CodePiece | TablePiece | RulePiece | ImagePiece


def pieces_of(
    block: Block,
    parser: MarkdownParser,
    environment: dict[str, Any] | None = None,
    *,
    keep_breaks: bool = False,
    path: str = "",
) -> list[Piece]:
    """Return what *block* is shown as; reference links are read from *environment*.

    *path* tells the lists and quotes around the block.
    """
    match block.kind:
        case BlockKind.CODE:
            return [CodePiece(Place(path), block.lines, block.language)]
        case BlockKind.TABLE if len(block.lines) > 1:
            columns = alignments(block.lines[1])
            rows = (block.lines[0], *block.lines[2:])
            cells = tuple(split_row(row, len(columns)) for row in rows)
            return [TablePiece(Place(path), cells, columns)]
        case _:
            tokens = parser.tokens(block.source, environment)
            pieces = PieceReader(block.number, keep_breaks=keep_breaks, path=path).read(tokens)
            if pieces:  # what begins a list stands as far from a heading as a paragraph does
                place = replace(pieces[0].place, is_tight=block.is_tight)
                pieces[0] = replace(pieces[0], place=place)
            return pieces


class PieceReader:
    """Walks over the tokens of some Markdown and collects its pieces.

    *number* overrides what the first numbered item counts as.
    """

    def __init__(
        self, number: int | None = None, *, keep_breaks: bool = False, path: str = ""
    ) -> None:
        self._number = number
        self._keep_breaks = keep_breaks
        self._path = path
        self._lists: list[int | None] = []
        self._marker = ""
        self._begins_item = False
        self._level = 0
        self._is_hidden = False
        self._pieces: list[Piece] = []

    def read(self, tokens: Sequence[Token]) -> list[Piece]:
        """Return the pieces of all *tokens*."""
        skip_until = -1
        for index, token in enumerate(tokens):
            if index <= skip_until:
                continue
            if token.type == "table_open":
                skip_until = _closing(tokens, index)
                self._add_table(tokens[index:skip_until])
            else:
                self._take(token)
        return self._pieces

    def _take(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._add_text(token)
            case "heading_open":
                self._level = int(token.tag[1])
            case "heading_close":
                self._level = 0
            case "paragraph_open":
                self._is_hidden = token.hidden
            case "bullet_list_open":
                self._lists.append(None)
                self._path += "L"
            case "ordered_list_open":
                start = token.attrGet("start")
                first = int(start) if start is not None else 1
                if self._number is not None:
                    first, self._number = self._number, None
                self._lists.append(first)
                self._path += "L"
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                self._path = self._path[:-1]
            case "list_item_open":
                self._begin_item()
            case "list_item_close" | "blockquote_close":
                self._end_container(token.type)
            case "blockquote_open":
                self._path += "Q"
                self._begins_item = True
            case "fence" | "code_block":
                self._add_code(token)
            case "hr":
                self._pieces.append(RulePiece(self._place()))
            case "math_block":
                text = token.content.replace("\n", LINE_BREAK)
                self._pieces.append(TextPiece(self._place(), RichText(text)))
            case "html_block":
                text = token.content.rstrip("\n").replace("\n", LINE_BREAK)
                self._pieces.append(TextPiece(self._place(), RichText(text), is_verbatim=True))

    def _place(self, *, is_tight: bool = False) -> Place:
        marker, self._marker = self._marker, ""
        self._begins_item = False
        return Place(self._path, marker, is_tight)

    def _begin_item(self) -> None:
        self._begins_item = True
        number = self._lists[-1]
        self._marker = marker_of(number, self._path)
        if number is not None:
            self._lists[-1] = number + 1

    def _end_container(self, token_type: str) -> None:
        if self._begins_item:  # nothing was in it, yet it is visible
            self._pieces.append(TextPiece(self._place(), RichText("")))
        if token_type == "blockquote_close":
            self._path = self._path[:-1]

    def _add_text(self, token: Token) -> None:
        parts = _around_pictures(token.children or [])
        for part in parts:
            if isinstance(part, list):
                self._add_words(part, is_alone=len(parts) == 1)
            else:
                url = str(part.attrGet("src") or "")
                self._pieces.append(ImagePiece(self._place(), url, part.content))
        self._is_hidden = False

    def _add_words(self, children: Sequence[Token], *, is_alone: bool) -> None:
        content = rich_text(children, keep_breaks=self._keep_breaks)
        if not is_alone:  # the space beside a picture would be one at the edge of a line
            content = _without_start(content, len(content.text) - len(content.text.lstrip()))
            if not content.text:
                return
        place = self._place(is_tight=self._is_hidden and not self._level)
        self._pieces.append(with_box(TextPiece(place, content, self._level)))

    def _add_code(self, token: Token) -> None:
        lines = tuple(token.content.removesuffix("\n").split("\n")) if token.content else ()
        words = token.info.split(None, 1)
        self._pieces.append(CodePiece(self._place(), lines, words[0] if words else ""))

    def _add_table(self, tokens: Sequence[Token]) -> None:
        rows: list[list[str]] = []
        columns: list[str] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                columns.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
            elif token.type == "inline":
                rows[-1].append(token.content)
        cells = tuple(tuple(row) for row in rows)
        self._pieces.append(TablePiece(self._place(), cells, tuple(columns)))


def marker_of(number: int | None, path: str) -> str:
    """Return the bullet or number of an item; *path* tells the lists around its text."""
    if number is not None:
        return f"{number}."
    return _BULLETS[min(path.count("L"), len(_BULLETS)) - 1]


def with_box(piece: TextPiece) -> TextPiece:
    """Return the text of an item with its box as the marker, if it is a task."""
    box = TASKS.get(piece.content.text[:4]) if piece.place.marker else None
    if box is None:
        return piece
    content = _without_start(piece.content, 4)
    return replace(piece, place=replace(piece.place, marker=box), content=content)


def _closing(tokens: Sequence[Token], start: int) -> int:
    level = tokens[start].level
    for index in range(start + 1, len(tokens)):
        if tokens[index].type == "table_close" and tokens[index].level == level:
            return index
    return len(tokens) - 1


def _around_pictures(children: Sequence[Token]) -> list[list[Token] | Token]:
    """Return inline tokens in parts: words, and the pictures that came with them.

    What is bold or a link before a picture is so behind it, too.
    """
    if not any(map(is_picture, children)):
        return [list(children)]
    words: list[Token] = []
    parts: list[list[Token] | Token] = [words]
    opened: list[Token] = []
    for token in children:
        if is_picture(token):
            words = opened.copy()
            parts += [token, words]
            continue
        if token.nesting == 1:
            opened.append(token)
        elif token.nesting == -1 and opened:
            opened.pop()
        words.append(token)
    return parts


def is_picture(token: Token) -> bool:
    """Whether an inline token is a picture that came with the text."""
    return token.type == "image" and str(token.attrGet("src") or "").startswith("data:image/")


def _without_start(content: RichText, count: int) -> RichText:
    spans = []
    for span in content.spans:
        start, end = max(0, span.start - count), span.start + span.length - count
        if end > start:
            spans.append(replace(span, start=start, length=end - start))
    return RichText(content.text[count:], tuple(spans))
