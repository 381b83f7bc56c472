"""What stands in a cell of a table: text, or a picture that is alone in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QCoreApplication

from ai_coder.chat.data_pictures import data_of_url
from ai_coder.markdown.inline import RichText, rich_text
from ai_coder.markdown.pieces import is_picture
from ai_coder.ui.chat.image_block import ImageItem
from ai_coder.ui.chat.text_block import TextItem, natural_text_width

if TYPE_CHECKING:
    from markdown_it.token import Token

    from ai_coder.ui.chat.rendering import Rendering
    from ai_coder.ui.chat.transcript_style import TranscriptStyle

_MARKUP = frozenset("`*_[<~\\&!$:@w")
_HIGHEST_PICTURE = 160


def table_cell(
    source: str,
    rendering: Rendering,
    environment: dict[str, Any],
    *,
    alignment: str,
    is_header: bool,
) -> TextItem | ImageItem:
    """Return the cell with that Markdown."""
    content = RichText(source)
    if not _MARKUP.isdisjoint(source):
        tokens = rendering.parser.inline(source, environment)
        picture = _picture_in(tokens, rendering, alignment)
        if picture is not None:
            return picture
        content = rich_text([_in_words(token) for token in tokens])
    return TextItem(content, rendering.style, is_bold=is_header, alignment=alignment)


def natural_cell_width(
    cell: TextItem | ImageItem, style: TranscriptStyle, *, is_header: bool
) -> float:
    """Return how wide a cell would like to be."""
    if isinstance(cell, ImageItem):
        return cell.natural_width
    return natural_text_width(cell.content, style, is_bold=is_header)


def _picture_in(tokens: list[Token], rendering: Rendering, alignment: str) -> ImageItem | None:
    """Return the picture that is all of a cell, if it is one and can be shown."""
    if len(tokens) != 1 or not is_picture(tokens[0]):
        return None
    picture = ImageItem(
        data_of_url(str(tokens[0].attrGet("src"))),
        tokens[0].content,
        rendering.style,
        rendering.images,
        max_height=_HIGHEST_PICTURE,
        alignment=alignment,
    )
    return picture if picture.natural_width else None


def _in_words(token: Token) -> Token:
    """Let the description of a picture among words say that it is one."""
    if not is_picture(token):
        return token
    words = _tr("[picture: {0}]").format(token.content) if token.content else _tr("[picture]")
    return token.copy(content=words)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Transcript", text)
