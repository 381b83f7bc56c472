"""Pictures that come with the text, as data: URLs of up to megabytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

_IMAGE = re.compile(
    r"!\[(?P<label>[^\[\]\\`<>*_&]*)\]"
    r"\((?P<url>data:image/(?:gif|png|jpeg|webp);base64,[A-Za-z0-9+/=]*)(?P<end>\)|\Z)"
)
_SHOWN = 60


def add_data_images(parser: MarkdownIt) -> None:
    """Let *parser* read plain base64 at once instead of character by character.

    What has no end (yet) is shown shortened.
    """
    parser.inline.ruler.before("image", "data_image", _inline)


def _inline(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("![", state.pos):
        return False
    match = _IMAGE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    label, url = match["label"], match["url"]
    is_whole = bool(match["end"])
    if not is_whole and (len(url) <= _SHOWN or match.end() < len(state.src)):
        return False
    if not silent and is_whole:
        token = state.push("image", "img", 0)
        token.attrs = {"src": url, "alt": ""}
        token.content = label
        token.children = []
    elif not silent:
        state.push("text", "", 0).content = f"![{label}]({url[:_SHOWN]}\u2026"
    state.pos = match.end()
    return True
