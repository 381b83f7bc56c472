"""The text of a paragraph with its styles and links, from Markdown's inline tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntFlag
from itertools import zip_longest
from typing import TYPE_CHECKING

from ai_coder.markdown.utf16 import utf16_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

LINE_BREAK = "\u2028"
"""Ends a line inside a paragraph."""

BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)


class Style(IntFlag):
    """How a run of characters is drawn."""

    PLAIN = 0
    BOLD = 1
    ITALIC = 2
    CODE = 4
    STRIKE = 8
    LINK = 16


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters that is not plain; positions count UTF-16 code units."""

    start: int
    length: int
    style: Style
    href: str = ""


@dataclass(frozen=True, slots=True)
class RichText:
    """Characters and the runs among them that are not plain."""

    text: str
    spans: tuple[Span, ...] = ()

    def common_units(self, other: RichText) -> int:
        """Return how many code units at the start look the same in *other*."""
        text = self.text[: _common_length(self.text, other.text)]
        units = utf16_length(text)
        for own, its in zip_longest(self.spans, other.spans):
            if own != its:
                starts = [span.start for span in (own, its) if span is not None]
                return min(units, *starts)
        return units


_STYLES = {"strong": Style.BOLD, "em": Style.ITALIC, "s": Style.STRIKE, "link": Style.LINK}


def rich_text(tokens: Sequence[Token], *, keep_breaks: bool = False) -> RichText:
    """Return the text of inline tokens; HTML stays visible as the characters it is.

    *keep_breaks* shows line ends of the source, as people expect of what they typed.
    """
    parts: list[str] = []
    spans: list[Span] = []
    depth = dict.fromkeys(_STYLES.values(), 0)
    href = ""
    position = 0
    for token in tokens:
        name, _, edge = token.type.rpartition("_")
        style = _STYLES.get(name)
        if style is not None and edge in ("open", "close"):
            depth[style] += 1 if edge == "open" else -1
            if style is Style.LINK:
                href = str(token.attrGet("href") or "") if edge == "open" else ""
            continue
        text, own, target = _content(token, keep_breaks=keep_breaks)
        if not text:
            continue
        length = utf16_length(text)
        for flag, count in depth.items():
            if count > 0:
                own |= flag
        if own:
            spans.append(Span(position, length, own, target or href))
        parts.append(text)
        position += length
    return RichText("".join(parts), tuple(spans))


def _common_length(first: str, second: str) -> int:
    """Return how many characters two texts begin with in common."""
    low, high = 0, min(len(first), len(second))
    if first[:high] == second[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _content(token: Token, *, keep_breaks: bool) -> tuple[str, Style, str]:
    match token.type:
        case "softbreak":
            return (LINE_BREAK if keep_breaks else " "), Style.PLAIN, ""
        case "hardbreak":
            return LINE_BREAK, Style.PLAIN, ""
        case "code_inline":
            return token.content, Style.CODE, ""
        case "html_inline" if BREAK_TAG.fullmatch(token.content):
            return LINE_BREAK, Style.PLAIN, ""
        case "image":
            source = str(token.attrGet("src") or "")
            if source.startswith("data:"):
                return token.content, Style.ITALIC, ""
            return token.content or source, Style.LINK, source
        case _:
            return token.content.replace("\n", LINE_BREAK), Style.PLAIN, ""
