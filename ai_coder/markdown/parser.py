"""The Markdown dialect: CommonMark with GFM tables, strikethrough, bare links, and math."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from ai_coder.markdown.addresses import add_addresses
from ai_coder.markdown.data_images import add_data_images
from ai_coder.markdown.dense_text import limit_marks
from ai_coder.markdown.formulas import add_math
from ai_coder.markdown.nesting import limit_nesting

if TYPE_CHECKING:
    from markdown_it.token import Token

_MAYBE_ADDRESS = re.compile(r"://|www\.|@|mailto:", re.IGNORECASE)
_ASKED_CHARACTERS = 20_000


class MarkdownParser:
    """Turns Markdown source into tokens.

    HTML is recognised, so that it can be shown as the text it is; nothing here makes HTML.
    Bare addresses are only looked for in text that may have one, because the search is slow.
    """

    def __init__(self) -> None:
        self._plain = _make()
        self._linking = _make(linkify=True)

    def tokens(self, source: str, environment: dict[str, Any] | None = None) -> list[Token]:
        """Parse *source*; *environment* carries the reference links known so far."""
        return self._parser_for(source).parse(source, environment)

    def inline(self, source: str, environment: dict[str, Any] | None = None) -> list[Token]:
        """Parse *source* as the text of one paragraph, heading or table cell."""
        return self._parser_for(source).parseInline(source, environment)[0].children or []

    def _parser_for(self, source: str) -> MarkdownIt:
        return self._linking if _MAYBE_ADDRESS.search(source) else self._plain

    def is_table(self, header: str, delimiter: str) -> bool:
        """Return whether two lines begin a table."""
        tokens = self._plain.parse(f"{header}\n{delimiter}")
        return bool(tokens) and tokens[0].type == "table_open"

    def last_container(self, lines: list[str]) -> str:
        """Return the type of the token that ends *lines*, such as blockquote_close.

        Text too long to be asked about each line counts as still inside: the answer only
        decides how much is laid out together.
        """
        source = "\n".join(lines)
        if len(source) > _ASKED_CHARACTERS:
            return ""
        tokens: list[Token] = []
        self._plain.block.parse(source, self._plain, {}, tokens)
        return tokens[-1].type if tokens else ""


def _make(*, linkify: bool = False) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True})
    parser.enable(["table", "strikethrough"])
    if linkify:
        add_addresses(parser)
    add_math(parser)
    add_data_images(parser)
    limit_nesting(parser)
    limit_marks(parser)
    return parser
