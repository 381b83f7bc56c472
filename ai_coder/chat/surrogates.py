"""Characters that came in halves, which no file and no request can carry."""

from __future__ import annotations


def repaired(text: str) -> str:
    """Return *text* with neighbouring halves joined and a mark in place of each lone one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
