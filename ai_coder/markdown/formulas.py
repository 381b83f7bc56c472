"""Formulas in TeX, which are shown as they were written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

MATH_START = re.compile(r" {0,3}(\$\$|\\\[)[ \t]*$")
"""The line above a displayed formula."""

_INLINE = re.compile(
    r"\\\((?:(?!\\\().)+?\\\)|\\\[(?:(?!\\\[).)+?\\\]"
    r"|\$\$[^$]+?\$\$|\$(?=[^\s$])[^$\n]*?[^\s$\\]\$(?!\d)",
    re.DOTALL,
)
"""A formula ends before another one begins: many that are never closed are read quickly."""

_CODE_INDENT = 4
"""Columns from which on a line is code beside a list."""

_ENDS = {
    "$$": re.compile(r"\$\$[.,;]?[ \t]*$"),
    "\\[": re.compile(r"\\\][.,;]?[ \t]*$"),
}


def math_end(line: str) -> re.Pattern[str] | None:
    """Return what ends the displayed formula that *line* begins; none for any other line."""
    start = MATH_START.match(line)
    return _ENDS[start[1]] if start is not None else None


def add_math(parser: MarkdownIt) -> None:
    """Let *parser* recognise formulas: their _, * and - are no marks of Markdown.

    A displayed formula lasts until the line that closes it, or an empty one, as in TeX.
    """
    parser.inline.ruler.before("escape", "math", _inline)
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "math_block", _block, {"alt": interrupted})


def _inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "\\$":
        return False
    match = _INLINE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.push("math_inline", "", 0).content = match.group()
    state.pos = match.end()
    return True


def _block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    if state.is_code_block(first) or _goes_on_with_an_item(state, first):
        return False
    end = _ENDS.get(_line(state, first).rstrip(" \t"))
    if end is None:
        return False
    if silent:
        return True
    line = first + 1
    while line < last and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        line += 1
        if end.search(_line(state, line - 1)):
            break
    state.line = line
    token = state.push("math_block", "", 0)
    token.content = state.getLines(first, line, state.blkIndent, False)
    token.map = [first, line]
    return True


def _goes_on_with_an_item(state: StateBlock, number: int) -> bool:
    """Whether a line left of an item's text is too far to the right to begin anything beside it."""
    beside = state.sCount[number] - state.listIndent
    return (
        state.listIndent >= 0 and beside >= _CODE_INDENT and state.sCount[number] < state.blkIndent
    )


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
