"""Bare addresses in text, which become links as in GFM: http(s)://, ftp://, www. and e-mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linkify_it import LinkifyIt

from ai_coder.markdown.dense_text import is_dense

if TYPE_CHECKING:
    from linkify_it.main import Match
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

_WWW = "www."
_HTTP = "http://"
_SCHEME = re.compile(r"(?<![a-z0-9.+-])(?:https?|ftp)$", re.IGNORECASE)
_LONGEST_SCHEME = 5
_INSIDE_A_WORD = frozenset(".:/\\-_@")


def add_addresses(parser: MarkdownIt) -> None:
    """Let *parser* make links of addresses that stand in the text as they are."""
    addresses = _Addresses()
    parser.options.linkify = True
    parser.linkify = addresses
    parser.enable("linkify")
    parser.inline.ruler.at("linkify", addresses.read)


class _Addresses:
    """Finds addresses; other words with a dot name a file more often, in a programmer's chat."""

    def __init__(self) -> None:
        www = {"validate": self._length, "normalize": self._complete}
        finder = LinkifyIt(options={"fuzzy_link": False})
        self._finder = finder.add("//", None).add(_WWW, www)
        self.test = self._finder.test

    def pretest(self, text: str) -> bool:
        """Whether *text*, a paragraph, is worth looking for addresses."""
        return bool(self._finder.pretest(text)) and not is_dense(text)

    def match(self, text: str) -> list[Match]:
        """Return the addresses in *text*."""
        return [found for found in self._finder.match(text) or () if not _is_in_word(found, text)]

    def read(self, state: StateInline, silent: bool) -> bool:
        """Read an address at its ``://``, so that the marks of Markdown in it are none.

        What stands before it may be long: only the place of a scheme is looked at.
        """
        if state.linkLevel or not state.src.startswith("://", state.pos):
            return False
        scheme = _SCHEME.search(state.pending[-_LONGEST_SCHEME - 1 :])
        if scheme is None:
            return False
        length = len(scheme[0])
        found = self._finder.match_at_start(state.src[state.pos - length :])
        if found is None:
            return False
        url = found.url.rstrip("*")
        address = state.md.normalizeLink(url)
        if not state.md.validateLink(address):
            return False
        if not silent:
            state.pending = state.pending[:-length]
            state.push("link_open", "a", 1).attrs = {"href": address}
            state.push("text", "", 0).content = state.md.normalizeLinkText(url)
            state.push("link_close", "a", -1)
        state.pos += len(url) - length
        return True

    def _length(self, text: str, position: int) -> int:
        """Return how many characters behind ``www.`` belong to the address."""
        start = f"{_HTTP}{_WWW}"
        found = self._finder.match_at_start(start + text[position:])
        return max(0, found.last_index - len(start)) if found is not None else 0

    def _complete(self, match: Match) -> None:
        match.url = f"{_HTTP}{match.url}"


def _is_in_word(found: Match, text: str) -> bool:
    before = text[found.index - 1] if found.index else ""
    return found.schema == _WWW and before in _INSIDE_A_WORD
