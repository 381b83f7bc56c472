"""Text as a block of code in Markdown."""

from __future__ import annotations

import re

_BACKTICKS = re.compile("`{3,}")


def fenced(text: str, language: str = "") -> str:
    """Return *text* between fences that are longer than any in it."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{language}\n{text}{end}{fence}"
