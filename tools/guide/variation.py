"""Says a question in other ways, so that the model learns the words that matter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_BEFORE_TOPIC = (
    "what is", "tell me about", "explain", "i have a question about", "help with",
    "what about", "info on", "can you explain", "please explain", "question about",
    "describe", "how does it work:", "i need help with", "i want to know about",
)  # fmt: skip
_BEFORE_SENTENCE = (
    "please", "hi,", "hello,", "hey,", "please tell me", "can you tell me", "tell me",
    "i want to know", "i would like to know", "could you explain", "quick question:",
    "i need to know", "do you know", "so", "ok,", "can you help me:", "excuse me,",
    "show me", "i wonder", "explain to me",
)  # fmt: skip
_AFTER = (
    "please", "thanks", "thank you", "in this app", "here", "in this application",
    "in this program", "exactly", "again", "for me", "now", "in ai coder assistant",
)  # fmt: skip
_QUESTION_STARTS = (
    ("how do i", "how can i", "how to", "how could i", "how should i", "how would i",
     "how does one", "what do i do to", "how am i supposed to", "i want to", "i need to",
     "i would like to", "is there a way to", "can i", "tell me how to", "show me how to",
     "please tell me how to", "what is the way to", "steps to", "is it possible to", "help me",
     "i am trying to", "where do i", "where can i", "how is it possible to", "can you help me"),
    ("what is", "what's", "whats", "what are", "explain", "tell me about", "define", "describe",
     "what does it mean:", "meaning of", "what exactly is", "can you explain", "please explain"),
    ("where is", "where's", "where are", "where can i find", "where do i find", "where do i see",
     "how do i find", "in which place is", "location of", "where can i see"),
    ("why is", "why's", "why are", "what is the reason that", "how come", "why does"),
    ("which", "what"),
    ("write a", "show me a", "give me a", "i need a", "make a", "create a", "can you write a",
     "please write a", "could you write a", "show a"),
)  # fmt: skip
_SYNONYMS = (
    ("connect", "link", "hook up", "attach", "set up", "get connected to", "connect to"),
    ("change", "set", "modify", "adjust", "edit", "alter", "switch", "configure"),
    ("delete", "remove", "erase", "get rid of", "throw away"),
    ("show", "display", "view", "see"),
    ("start", "launch", "run", "begin", "open", "turn on", "switch on"),
    ("stop", "cancel", "abort", "interrupt", "halt", "end"),
    ("app", "application", "program", "assistant", "tool", "software"),
    ("chat", "conversation", "discussion"), ("chats", "conversations", "discussions"),
    ("answer", "reply", "response", "output"), ("answers", "replies", "responses"),
    ("folder", "directory"), ("file", "document"), ("computer", "pc", "machine", "laptop"),
    ("bigger", "larger", "longer", "more"), ("save", "store", "keep"),
    ("setting", "option", "preference"), ("settings", "options", "preferences", "configuration"),
    ("url", "address", "endpoint"), ("key", "token"), ("memory", "ram"),
    ("model", "llm", "language model"), ("get", "obtain", "download", "fetch"),
    ("example", "sample", "snippet"), ("code", "snippet"), ("crash", "crashed", "dies", "broke"),
    ("slow", "sluggish", "not fast"), ("error", "problem", "failure", "message"),
    ("pick", "choose", "select"), ("find", "locate", "look up"), ("use", "work with", "employ"),
    ("explain", "describe", "clarify"), ("message", "prompt", "question"), ("install", "set up"),
    ("good", "recommended", "suitable"), ("picture", "image", "photo"), ("free", "gratis"),
    ("quick", "fast"), ("make", "create"), ("fix", "solve", "repair"), ("empty", "blank"),
    ("broken", "corrupt", "damaged"), ("lm studio", "lmstudio", "lm-studio"),
    ("function", "code", "method"), ("text", "words"), ("fails", "does not work", "is failing"),
    ("write", "show me", "give me"), ("without", "with no"), ("my", "the"), ("a", "the", "some"),
)  # fmt: skip
_SMALL_WORDS = frozenset((
    "a", "an", "the", "my", "your", "is", "are", "do", "does", "did", "i", "it", "to", "of", "in",
    "on", "for", "with", "this", "that", "can", "how", "what", "me", "you", "please", "be", "at",
    "and", "so", "from",
))  # fmt: skip
_PLAIN_WORDS = _SMALL_WORDS | frozenset((
    "does", "where", "why", "when", "who", "which", "should", "would", "could", "need", "want",
    "there", "tell", "about", "explain", "use", "get", "make", "have", "has", "here", "not", "no",
    "will", "any", "some", "or", "if", "by", "it's", "what's", "mean", "meaning", "help", "show",
    "write", "give", "i'm", "am", "was", "were", "into", "one", "all", "like", "work", "works",
    "happens", "way", "know", "see",
))  # fmt: skip
_LOWER = "abcdefghijklmnopqrstuvwxyz"


class Variation:
    """Changes questions at random: other beginnings, synonyms, lost words, slips of the finger."""

    def __init__(self, rng: random.Random, words: list[str]) -> None:
        self._rng = rng
        self._words = words
        self._synonyms: dict[str, list[str]] = {}
        for group in _SYNONYMS:
            for word in group:
                others = self._synonyms.setdefault(word, [])
                others.extend(other for other in group if other != word)
        longest_first = sorted(self._synonyms, key=len, reverse=True)
        alternatives = "|".join(map(re.escape, longest_first))
        self._replaceable = re.compile(rf"\b(?:{alternatives})\b")

    def vary(self, question: str, *, is_foreign: bool = False) -> str:
        """Return the question in other words that still ask the same."""
        rng = self._rng
        text = question.lower().rstrip("?!. ")
        chance = rng.random()
        if chance < 0.1:
            return text
        if chance < 0.2:
            text = self._keywords(text)
        else:
            if rng.random() < 0.5:
                text = self._other_start(text)
            if rng.random() < 0.5:
                text = self._replaceable.sub(self._maybe_synonym, text)
            if rng.random() < 0.45:
                text = self._lose_words(text)
            if rng.random() < 0.06:
                text = self._swap_words(text)
        if not is_foreign and rng.random() < 0.1:
            text = self._with_noise(text)
        text = self._wrap(text)
        if rng.random() < 0.2:
            text = self._slip(text)
        return text + rng.choice(("", "", "", "", ".", " ...", "??"))

    def nonsense(self) -> str:
        """Return a few words that mean nothing."""
        rng = self._rng
        words = []
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.3:
                words.append("".join(rng.choices(_LOWER, k=rng.randint(2, 9))))
                continue
            syllables = [
                rng.choice("bcdfghjklmnprstvwz") + rng.choice("aeiou") + rng.choice(" lmnrstx")
                for _ in range(rng.randint(1, 4))
            ]
            words.append("".join(syllables).replace(" ", ""))
        return " ".join(words)

    def unheard(self) -> str:
        """Return one or two words that look like English and were never seen."""
        return " ".join(self._unheard() for _ in range(self._rng.randint(1, 2)))

    def estranged(self, question: str, share: float = 1.0) -> str:
        """Return the question about something else: its words of weight are others."""
        words = question.lower().rstrip("?!. ").split()
        return " ".join(
            word
            if word in _PLAIN_WORDS or self._rng.random() > share
            else self._rng.choice((self._unheard(), self._rng.choice(self._words)))
            for word in words
        )

    def pasted(self, text: str) -> str:
        """Return a few lines of the text in disorder, as one pastes code or notes."""
        lines = [line for line in text.splitlines() if line and not line.startswith("```")]
        words = " ".join(self._rng.sample(lines, min(len(lines), 4))).split()
        return " ".join(words[:30])

    def _unheard(self) -> str:
        one, other = self._rng.choice(self._words), self._rng.choice(self._words)
        return one[: self._rng.randint(2, 5)] + other[-self._rng.randint(2, 5) :]

    def _with_noise(self, text: str) -> str:
        words = text.split()
        words.insert(self._rng.randrange(len(words) + 1), self._unheard())
        return " ".join(words)

    def _keywords(self, text: str) -> str:
        """Return only the words of weight, sometimes in another order."""
        words = [word for word in text.split() if word not in _PLAIN_WORDS]
        if self._rng.random() < 0.3:
            self._rng.shuffle(words)
        return " ".join(words) or text

    def _other_start(self, text: str) -> str:
        for group in _QUESTION_STARTS:
            for start in group:
                if text.startswith(start + " "):
                    return self._rng.choice(group) + text[len(start) :]
        return text

    def _maybe_synonym(self, match: re.Match[str]) -> str:
        if self._rng.random() < 0.6:
            return match[0]
        return self._rng.choice(self._synonyms[match[0]])

    def _lose_words(self, text: str) -> str:
        words = text.split()
        if len(words) < 3:
            return text
        kept = [
            word for word in words if self._rng.random() > (0.35 if word in _SMALL_WORDS else 0.05)
        ]
        return " ".join(kept) if kept and set(kept) - _SMALL_WORDS else text

    def _swap_words(self, text: str) -> str:
        words = text.split()
        if len(words) > 2:
            place = self._rng.randrange(len(words) - 1)
            words[place], words[place + 1] = words[place + 1], words[place]
        return " ".join(words)

    def _wrap(self, text: str) -> str:
        rng = self._rng
        chance = rng.random()
        if chance < 0.25 and len(text.split()) <= 3:
            text = f"{rng.choice(_BEFORE_TOPIC)} {text}"
        elif chance < 0.4:
            text = f"{rng.choice(_BEFORE_SENTENCE)} {text}"
        if rng.random() < 0.15:
            text = f"{text} {rng.choice(_AFTER)}"
        return text

    def _slip(self, text: str) -> str:
        rng = self._rng
        places = [i for i in range(1, len(text) - 1) if text[i - 1 : i + 2].isalpha()]
        if not places:
            return text
        at = rng.choice(places)
        kind = rng.randrange(4)
        if kind == 0:
            return text[:at] + text[at + 1 :]
        if kind == 1:
            return text[:at] + text[at] + text[at:]
        if kind == 2:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        return text[:at] + rng.choice(_LOWER) + text[at + 1 :]
