"""How deep quotes and lists go: what is deeper still is shown as the lines it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

_DEEPEST = 60
"""A quote takes one level, an item of a list two."""


def limit_nesting(parser: MarkdownIt) -> None:
    """Let *parser* keep the words of what is nested too deeply, which it would leave out."""
    parser.options.maxNesting = _DEEPEST + 1
    parser.block.ruler.before("table", "too_deep", _verbatim)


def _verbatim(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    if silent or state.level < _DEEPEST:
        return False
    line = first + 1
    while line < last and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        line += 1
    token = state.push("html_block", "", 0)
    token.content = state.getLines(first, line, state.blkIndent, True)
    token.map = [first, line]
    state.line = line
    return True
