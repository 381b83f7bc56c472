"""The rows of a GFM table, split one line at a time so that a table can grow."""

from __future__ import annotations


def split_row(line: str, columns: int) -> tuple[str, ...]:
    """Return the cells of *line* as Markdown, exactly *columns* of them."""
    cells = _cells(line.strip())
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    cells = [cell.strip() for cell in cells[:columns]]
    return (*cells, *[""] * (columns - len(cells)))


def alignments(delimiter: str) -> tuple[str, ...]:
    """Return left, right, center or nothing for each column of a delimiter row."""
    found = []
    for cell in delimiter.strip().strip("|").split("|"):
        marks = cell.strip()
        if marks.endswith(":"):
            found.append("center" if marks.startswith(":") else "right")
        else:
            found.append("left" if marks.startswith(":") else "")
    return tuple(found)


def _cells(line: str) -> list[str]:
    """Split at each | that no backslash precedes; the backslash goes away."""
    cells: list[str] = []
    current = ""
    rest = line
    while True:
        before, bar, after = rest.partition("|")
        if bar and before.endswith("\\"):
            current += before[:-1] + "|"
        else:
            cells.append(current + before)
            current = ""
        if not bar:
            if current:
                cells.append(current)
            return cells
        rest = after
