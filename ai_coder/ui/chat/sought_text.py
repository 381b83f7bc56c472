"""What is looked for in a chat: a text as it was typed, or words that a search found there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ai_coder.chat.search import match_expression

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARKUP = str.maketrans("", "", "*_`~\\")
_HIDING = "[<&"
"""Links, HTML and entities: what is written stands differently in the source."""

_TERM = re.compile(r'"([^"]+)"(\*?)')
_LETTER = r"[^\W_]"


class SoughtText(NamedTuple):
    """A text or several; any of them counts."""

    text: str
    """As it stands in the field."""

    pattern: re.Pattern[str]
    """Each text is a group of it, if there are several."""

    words: tuple[tuple[str, ...], ...]
    """The source of a place holds all of one of these, as `may_be_in` reads it."""

    def may_be_in(self, source: str) -> bool:
        """Whether the words stand in a source, which may divide and mark them up."""
        if any(character in source for character in _HIDING):
            return True
        source = source.casefold().translate(_MARKUP)
        return any(all(word in source for word in words) for words in self.words)


def as_typed(text: str) -> SoughtText | None:
    """Return that *text* is looked for, ignoring case; None where there is none."""
    if not text.strip():
        return None
    pattern = re.compile(_expression(text), re.IGNORECASE)
    return SoughtText(text, pattern, (_words(text),))


def as_found(query: str, found: Iterable[str]) -> SoughtText | None:
    """Return that the words of a *query* are looked for where a search over all chats saw them.

    *found* are words that it marked; they may have accents where the query has none.
    """
    terms = dict(_TERM.findall(match_expression(query)))
    terms = dict.fromkeys(found, "") | terms
    parts = [_whole(*term) for term in sorted(terms.items(), key=lambda term: -len(term[0]))]
    if not parts:
        return None
    pattern = re.compile("|".join(parts), re.IGNORECASE)
    return SoughtText(query, pattern, tuple(map(_words, terms)))


def _expression(text: str) -> str:
    parts = re.split(r"\s+", text)  # the words may stand in two lines
    return r"\s+".join(map(re.escape, parts))


def _whole(text: str, star: str) -> str:
    """Return a group for whole words; with a star the last one may go on.

    Where letters have no cases, words may not be divided by spaces, and parts of them count.
    """
    expression = _expression(text)
    if any(letter.isalpha() and letter.lower() == letter.upper() for letter in text):
        return f"({expression})"
    end = f"{_LETTER}*" if star else f"(?!{_LETTER})"
    start = f"(?<!{_LETTER})" if text[:1].isalnum() else ""
    return f"({start}{expression}{end if text[-1:].isalnum() else ''})"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.casefold().translate(_MARKUP).split())
