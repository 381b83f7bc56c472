"""What the beginning of one line says about the Markdown block it starts or continues."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it.rules_block.html_block import HTML_SEQUENCES

from ai_coder.markdown.formulas import MATH_START

CODE_INDENT = 4
"""Columns from which on an unindented block becomes indented code."""

FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$")
HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
QUOTE = re.compile(r" {0,3}>")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
TABLE_RULE = re.compile(r" {0,3}[|:-][ \t|:-]*$")
_ITEM = re.compile(r"( {0,3})([-*+]|(\d{1,9})[.)])(?=([ \t]+|$))(.*)$")


@dataclass(frozen=True, slots=True)
class ItemStart:
    """The first line of a list item."""

    marker: str
    """The bullet, or the character behind the number: items with the same one share a list."""

    number: int | None
    content_indent: int
    """The column that the lines of this item must reach."""

    is_empty: bool

    @property
    def interrupts_paragraph(self) -> bool:
        """Whether it begins a list even right below a line of text."""
        return not self.is_empty and self.number in (None, 1)


def indent(line: str) -> int:
    """Return the column of the first character that is neither space nor tab."""
    if line[:1] not in (" ", "\t"):
        return 0
    column = 0
    for character in line:
        if character == " ":
            column += 1
        elif character == "\t":
            column += 4 - column % 4
        else:
            break
    return column


def item_start(line: str) -> ItemStart | None:
    """Return the list item that *line* begins, or none."""
    match = _ITEM.match(line)
    if match is None:
        return None
    lead, marker, number, _gap, rest = match.groups()
    is_empty = not rest.strip(" \t")
    after_marker = len(lead) + len(marker)
    spaces = indent(" " * after_marker + rest) - after_marker
    if is_empty or spaces > CODE_INDENT:
        spaces = 1
    return ItemStart(
        marker=marker[-1],
        number=int(number) if number else None,
        content_indent=after_marker + spaces,
        is_empty=is_empty,
    )


@dataclass(frozen=True, slots=True)
class HtmlStart:
    """The first line of an HTML block and what ends it."""

    end: re.Pattern[str]
    interrupts_paragraph: bool


def html_start(line: str) -> HtmlStart | None:
    """Return the HTML block that *line* begins, or none."""
    stripped = line.lstrip(" \t")
    if not stripped.startswith("<"):
        return None
    for start, end, interrupts in HTML_SEQUENCES:
        if start.search(stripped):
            return HtmlStart(end, interrupts)
    return None


def interrupts_paragraph(line: str) -> bool:
    """Return whether *line* (indented less than code) starts a block below a line of text."""
    first = line.lstrip(" ")[:1]
    if first in ("`", "~"):
        return FENCE.match(line) is not None
    if first == "#":
        return HEADING.match(line) is not None
    if first == ">":
        return True
    if first in ("$", "\\"):
        return MATH_START.match(line) is not None
    if first == "<":
        start = html_start(line)
        return start is not None and start.interrupts_paragraph
    if first in ("-", "*", "_", "+") or first.isdigit():
        if RULE.match(line):
            return True
        item = item_start(line)
        return item is not None and item.interrupts_paragraph
    return False


def language_of(info: str) -> str:
    """Return the first word behind a fence."""
    words = info.strip().split(None, 1)
    return words[0] if words else ""


def unindent(line: str, columns: int) -> str:
    """Return *line* without up to *columns* columns of indentation; a split tab leaves spaces."""
    passed = 0
    for index, character in enumerate(line):
        if passed >= columns or character not in " \t":
            return " " * max(0, passed - columns) + line[index:]
        passed += 1 if character == " " else 4 - passed % 4
    return " " * max(0, passed - columns)
