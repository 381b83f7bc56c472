"""Separates what a model thinks aloud in <think> tags from its answer."""

from __future__ import annotations

_OPEN = "<think>"
_CLOSE = "</think>"


class ThinkingSplitter:
    """Reads an answer in any portions; only a tag at its very beginning counts."""

    def __init__(self) -> None:
        self._held = ""
        self._is_thinking = False
        self._is_decided = False
        self._skips_blank = False

    def feed(self, text: str) -> tuple[str, str]:
        """Return the thinking and the answer in the next portion."""
        if not self._is_decided:
            self._held += text
            begun = self._held.lstrip()
            if begun.startswith(_OPEN):
                self._is_decided = self._is_thinking = True
                text = begun[len(_OPEN) :].lstrip("\n")
                self._held = ""
            elif _OPEN.startswith(begun):
                return "", ""
            else:
                self._is_decided = True
                text, self._held = self._held, ""
        if not self._is_thinking:
            return "", self._answer(text)
        text = self._held + text
        thought, tag, answer = text.partition(_CLOSE)
        if tag:
            self._is_thinking = False
            self._skips_blank = True
            self._held = ""
            return thought, self._answer(answer)
        kept = _possible_tag(text)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept], ""

    def close(self) -> tuple[str, str]:
        """Return what was held back."""
        held, self._held = self._held, ""
        return (held, "") if self._is_thinking else ("", held)

    def _answer(self, text: str) -> str:
        """Drop the empty lines between thinking and answer."""
        if self._skips_blank:
            text = text.lstrip("\n")
            self._skips_blank = not text
        return text


def split_thinking(text: str) -> tuple[str, str]:
    """Return thinking and answer of a whole text."""
    if "<think>" not in text[:64]:
        return "", text
    splitter = ThinkingSplitter()
    thought, answer = splitter.feed(text)
    late_thought, late_answer = splitter.close()
    return thought + late_thought, answer + late_answer


def _possible_tag(text: str) -> int:
    """Return how many characters at the end may be the beginning of the closing tag."""
    for length in range(min(len(_CLOSE) - 1, len(text)), 0, -1):
        if _CLOSE.startswith(text[-length:]):
            return length
    return 0
