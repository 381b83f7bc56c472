"""Reads the questions and answers of the guide from Markdown; needs nothing but Python.

A file holds one subject. Each `## question` is followed by a list of other phrasings, a blank
line, and the answer. Phrasings marked `held out:` are never trained on. Those with
`[one|another]` choices stand for many; a choice may be empty. A section named `Patterns` holds
sentences with `{word}` places and the lists that fill them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "guide"
UNKNOWN_FILE = "unknown.md"

_HELD_OUT = "held out: "
_PLACE = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")


class GuideSyntaxError(Exception):
    """A file of the guide is not written as described above."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer with the phrasings that ask for it; the first phrasing is its heading."""

    subject: str
    phrasings: tuple[str, ...]
    choices: tuple[str, ...]
    held_out: tuple[str, ...]
    answer: str

    def question(self, rng: random.Random) -> str:
        """Return a phrasing to train on; `choices` are taken as often as the others."""
        if self.choices and rng.random() < 0.5:
            return choose(rng.choice(self.choices), rng)
        return rng.choice(self.phrasings)


def choose(phrasing: str, rng: random.Random) -> str:
    """Return the phrasing with one word of each `[one|another]`."""
    chosen = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), phrasing)
    return " ".join(chosen.split())


@dataclass(frozen=True, slots=True)
class Patterns:
    """Sentences that ask for things outside the guide's subject, to be filled at random."""

    sentences: tuple[str, ...]
    words: dict[str, tuple[str, ...]]

    def fill(self, rng: random.Random) -> str:
        """Return a random sentence with every place filled."""
        sentence = rng.choice(self.sentences)
        return _PLACE.sub(lambda place: rng.choice(self.words[place[1]]), sentence)


@dataclass(frozen=True, slots=True)
class Guide:
    """Everything the guide knows, and what it says about the rest."""

    entries: tuple[Entry, ...]
    unknown: Entry
    patterns: Patterns

    @property
    def all_entries(self) -> tuple[Entry, ...]:
        """The entries and, last, the one for questions outside the subject."""
        return (*self.entries, self.unknown)


def read_guide(folder: Path = FOLDER) -> Guide:
    """Read all files of the folder; raises GuideSyntaxError."""
    entries: list[Entry] = []
    for path in sorted(folder.glob("*.md")):
        if path.name != UNKNOWN_FILE:
            entries.extend(_entry(path, *section) for section in _sections(path))
    path = folder / UNKNOWN_FILE
    unknown, patterns = _sections(path)
    return Guide(tuple(entries), _entry(path, *unknown), _patterns(*patterns))


def _sections(path: Path) -> list[tuple[str, list[str]]]:
    """Return heading and lines of each `##` section; code fences hide headings."""
    sections: list[tuple[str, list[str]]] = []
    in_code = False
    for line in path.read_text(encoding="utf-8").splitlines():
        in_code ^= line.startswith("```")
        if line.startswith("## ") and not in_code:
            sections.append((line[3:].strip(), []))
        elif sections:
            sections[-1][1].append(line)
    if in_code:
        raise GuideSyntaxError(f"{path.name}: a code fence is not closed")
    return sections


def _entry(path: Path, heading: str, lines: list[str]) -> Entry:
    count = next((i for i, line in enumerate(lines) if not line.startswith("- ")), len(lines))
    listed = [line[2:].strip() for line in lines[:count]]
    answer = "\n".join(lines[count:]).strip()
    if not answer or (count < len(lines) and lines[count].strip()):
        raise GuideSyntaxError(f"{path.name}: '{heading}' needs phrasings, a blank line, an answer")
    trained = [heading, *(text for text in listed if not text.startswith(_HELD_OUT))]
    plain = tuple(text for text in trained if not _CHOICE.search(text))
    choices = tuple(text for text in trained if _CHOICE.search(text))
    held_out = [text.removeprefix(_HELD_OUT) for text in listed if text.startswith(_HELD_OUT)]
    return Entry(path.stem, plain, choices, tuple(held_out), answer)


def _patterns(heading: str, lines: list[str]) -> Patterns:
    sentences: list[str] = []
    words: dict[str, tuple[str, ...]] = {}
    for line in filter(str.strip, lines):
        kind, _, text = line.removeprefix("- ").partition(": ")
        if kind == "pattern":
            sentences.append(text)
        elif kind.startswith("list "):
            words[kind[5:]] = tuple(word.strip() for word in text.split(", "))
        else:
            raise GuideSyntaxError(f"{heading}: '{line}' is neither a pattern nor a list")
    for place in _PLACE.findall(" ".join(sentences)):
        if place not in words:
            raise GuideSyntaxError(f"{heading}: there is no list named '{place}'")
    return Patterns(tuple(sentences), words)
