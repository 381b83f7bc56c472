"""Thinking that a server leaves inline, as `<think>…</think>` before the answer."""

from __future__ import annotations

_OPEN = "<think>"
_CLOSE = "</think>"


class ThinkSplitter:
    """Separates leading thoughts from the answer, however the tags are cut into pieces.

    Only a tag at the very start counts: later ones are part of what the model wrote.
    """

    def __init__(self) -> None:
        self._held = ""
        self._is_thinking = False
        self._has_thought = False
        self._is_after_thoughts = False
        self.is_text = False
        """Whether the rest is certainly text, so that nothing needs to be split any more."""

    def feed(self, piece: str) -> tuple[str, str]:
        """Return the thoughts and the text that *piece* adds."""
        if self.is_text:
            return "", piece
        held = self._held + piece
        if self._is_thinking:
            return self._think(held)
        start = held.lstrip()
        if self._is_after_thoughts:
            self._held = "" if start else held
            self.is_text = bool(start)
            return "", start
        if start.startswith(_OPEN):
            self._is_thinking = True
            return self._think(start.removeprefix(_OPEN))
        if _OPEN.startswith(start):
            self._held = held
            return "", ""
        self.is_text, self._held = True, ""
        return "", held

    def end(self) -> tuple[str, str]:
        """Return what was held back: the start of a tag that never came."""
        held, self._held = self._held, ""
        self.is_text = True
        if self._is_thinking:
            return held, ""
        return "", "" if self._is_after_thoughts else held

    def _think(self, held: str) -> tuple[str, str]:
        if not self._has_thought:
            held = held.lstrip("\n")
            self._has_thought = bool(held)
        thoughts, tag, rest = held.partition(_CLOSE)
        if tag:
            self._is_thinking, self._is_after_thoughts, self._held = False, True, ""
            return thoughts, self.feed(rest)[1] if rest else ""
        keep = next((n for n in range(len(_CLOSE) - 1, 0, -1) if held.endswith(_CLOSE[:n])), 0)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep], ""
