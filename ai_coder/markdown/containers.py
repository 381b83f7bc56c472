"""What list items and quotes hold: their lines without what makes them an item or a quote."""

from __future__ import annotations

from dataclasses import dataclass

from ai_coder.markdown.line_starts import (
    CODE_INDENT,
    QUOTE,
    RULE,
    indent,
    interrupts_paragraph,
    item_start,
    unindent,
)


@dataclass(frozen=True, slots=True)
class Container:
    """A list item or a quote."""

    letter: str
    """L or Q, as in the path of a place."""

    number: int | None = None
    """What an item of a numbered list counts as."""

    content_indent: int = 0
    """The column that the lines of an item reach."""

    def first_inside(self, line: str) -> str:
        """Return what the line that begins the container has in it."""
        return line[self.content_indent :] if self.letter == "L" else _unquoted(line)

    def inside(self, line: str) -> str | None:
        """Return what a line below has in it; none if it is not certainly in here."""
        if "\t" in line:  # how wide that is depends on where it stands
            return None
        if self.letter == "Q":
            return _unquoted(line) if QUOTE.match(line) else None
        is_inside = not line.strip(" ") or indent(line) >= self.content_indent
        return unindent(line, self.content_indent) if is_inside else None

    def is_left_by(self, line: str, above: str) -> bool:
        """Whether *line*, below *above*, certainly begins something beside the container."""
        if "\t" in line or not line.strip(" ") or self.inside(line) is not None:
            return False
        if self.letter == "L" and not above.strip(" "):
            return True
        return indent(line) < CODE_INDENT and begins_beside(line, self.letter)


def begins_beside(line: str, letter: str) -> bool:
    """Whether *line*, which is not in an item (L) or quote (Q), goes on with no paragraph in it."""
    if letter == "L" and (item_start(line) or RULE.match(line)):
        return True
    return interrupts_paragraph(line)


def container_of(line: str) -> Container | None:
    """Return the item or quote that *line* begins."""
    if "\t" in line:
        return None
    if QUOTE.match(line):
        return Container("Q")
    start = None if RULE.match(line) else item_start(line)
    return Container("L", start.number, start.content_indent) if start is not None else None


def _unquoted(line: str) -> str:
    return line.lstrip(" ")[1:].removeprefix(" ")
