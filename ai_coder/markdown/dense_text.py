"""Paragraphs with thousands of marks, which nobody writes, are taken as plain text.

A paragraph that grows is read again in each frame, and each mark takes its time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.token import Token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

_MARK = re.compile(r"[*_`\[\]!<&\\~$]")
_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)
_MARKS_OF_ADDRESS = 15
"""As many marks take about as long as one address."""

_MOST_MARKS = 2_000
_MOST_BRACKETS = 200
"""More would take the search for links seconds."""

_SURELY_FEW = 500


def limit_marks(parser: MarkdownIt) -> None:
    """Let *parser* look for no marks in a paragraph that has too many, or just for no links."""
    parser.core.ruler.at("inline", _inline)


def is_dense(text: str) -> bool:
    """Whether a paragraph has too many marks and addresses to be read as Markdown."""
    if len(text) < _SURELY_FEW:
        return False
    addresses = len(_ADDRESS.findall(text)) * _MARKS_OF_ADDRESS
    return addresses + len(_MARK.findall(text)) > _MOST_MARKS


def _inline(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline":
            token.children = _children(token.content, state)


def _children(text: str, state: StateCore) -> list[Token]:
    if is_dense(text):
        return list(_plain(text))
    children: list[Token] = []
    if text.count("[") > _MOST_BRACKETS:
        with state.md.reset_rules():
            state.md.disable(["link", "image"])
            state.md.inline.parse(text, state.md, state.env, children)
    else:
        state.md.inline.parse(text, state.md, state.env, children)
    return children


def _plain(text: str) -> Iterator[Token]:
    for number, line in enumerate(text.split("\n")):
        if number:
            yield Token("softbreak", "br", 0)
        yield Token("text", "", 0, content=line.strip(" "))
