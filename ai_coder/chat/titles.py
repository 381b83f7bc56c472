"""Titles of conversations, made on this computer."""

from __future__ import annotations

import re

from ai_coder.llm.models import ChatMessage, ChatRequest, GenerationParameters, Role

MAX_LENGTH = 48

_PROMPT_LENGTH = 2000
_FENCED = re.compile(r"(```+|~~~+).*?(?:\1|\Z)", re.DOTALL)
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_CODE = r"`[^`\n]*`|__\w+__"
"""What Markdown, or a programmer, reads as it stands."""

_IMAGE_OR_LINK = re.compile(rf"{_CODE}|!?\[(?P<words>[^\]]*)\]\([^)]*\)")
_LINE_START = re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+|\d{1,3}[.)]\s+)", re.MULTILINE)
_EMPHASIS = re.compile(rf"{_CODE}|(?<!\w)([*_]{{1,3}}|~~)(?P<words>\S(?:.*?\S)?)\1(?!\w)")
_CLAUSE_END = re.compile(r"(?<=[\w()\[\]]{2})(?<!\bvs)[.!?;:](?=\s|$)|[。！？]|\s[–—-]\s|\n")
_GREETING = re.compile(
    r"^\s*(?:hi|hello|hey|dear all|good (?:morning|afternoon|evening)|thanks|thank you)"
    r"(?:\s+(?:there|all|everyone|again))?\s*(?:[,!.…]+\s*|$)",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^\s*(?:(?:please|kindly)[,\s]+"
    r"|(?:can|could|would|will) you (?:please )?(?=\w)"
    r"|i(?: would|['’]d)? (?:want|need|like) you to (?=\w)"
    r"|help me (?:to )?(?=(?:write|make|build|find|fix|understand|create|solve|set)\b))",
    re.IGNORECASE,
)
"""Words in front of what a prompt asks for; they say nothing in a list of chats."""

_EDGE = " \t\n,;:–—"
_END = _EDGE + ".-"
_QUOTES = "\"'“”‘’«»"

_SIGN_OF_CODE = re.compile(r"[(){}\[\]<>=_\\/;$@]|--")
_CODE_WORDS = re.compile(
    r"async|await|const|def|elif|enum|fn|func|git|impl|lambda|np[mx]|pip|struct|sudo|var"
)
"""Words with which a line of code begins, and hardly a sentence."""


def title_from(prompt: str) -> str:
    """Return a short title for a first prompt: its first clause; empty when it has no words."""
    text = _plain(_FENCED.sub(" \n", prompt)).strip() or _plain(prompt).strip("`~ \n")
    clauses = [clause for clause in _CLAUSE_END.split(text) if _has_words(clause)]
    for clause in clauses:
        if telling := _without_manners(clause):
            return _shortened(telling)
    return _shortened(clauses[0]) if clauses else ""


def title_request(model: str, prompt: str, answer: str) -> ChatRequest:
    """Return what the chat's own model is asked for a title; `model` without the provider."""
    instruction = (
        "Give this conversation a title of at most six words in the language of the user."
        " Reply with the title only.\n\n"
        f"User: {prompt[:_PROMPT_LENGTH]}\n\nAssistant: {answer[:_PROMPT_LENGTH]}"
    )
    return ChatRequest(
        model,
        (ChatMessage(Role.USER, instruction),),
        GenerationParameters(temperature=0.2, max_tokens=200),
    )


def cleaned_title(reply: str) -> str:
    """Return the title in a model's reply; empty when there is none."""
    lines = [line for line in _plain(_THOUGHTS.sub("", reply)).splitlines() if _has_words(line)]
    if len(lines) > 1 and lines[0].rstrip().endswith((":", "：")):
        del lines[0]  # it announces the title
    line = lines[0] if lines else ""
    return _shortened(re.sub(r"^\s*title\s*[:：]\s*", "", line, flags=re.IGNORECASE))


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _without_manners(clause: str) -> str:
    """Take greeting and politeness off the front; empty when nothing else is there."""
    clause = _GREETING.sub("", clause)
    while (shorter := _POLITE.sub("", clause)) != clause:
        clause = shorter
    return clause if _has_words(clause) else ""


def _plain(text: str) -> str:
    """Take the Markdown out of a text."""
    text = _IMAGE_OR_LINK.sub(_without_marks, text)
    text = _LINE_START.sub("", text)
    text = _EMPHASIS.sub(_without_marks, text)
    return text.replace("`", "")


def _without_marks(found: re.Match[str]) -> str:
    words = found["words"]
    return found[0] if words is None else words


def _shortened(text: str) -> str:
    """Cut a text at the end of a word."""
    text = _unframed(" ".join(text.split()))
    if len(text) > MAX_LENGTH:
        cut = text[: MAX_LENGTH - 1]
        words = cut.rpartition(" ")[0]
        text = (words if len(words) > MAX_LENGTH // 2 else cut).rstrip(_END) + "…"
    return text[:1].upper() + text[1:] if _is_prose(text) else text


def _unframed(text: str) -> str:
    """Take off what stands around a title, quotation marks only in pairs."""
    text = text.lstrip(_EDGE).rstrip(_END)
    while len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1].lstrip(_EDGE).rstrip(_END)
    return text


def _is_prose(text: str) -> bool:
    """Whether a text can begin with a capital without becoming another: it is not code."""
    first = text.partition(" ")[0].rstrip(",!?…'’")
    is_word = first.islower() and first.replace("-", "").replace("'", "").replace("’", "").isalpha()
    return is_word and not _CODE_WORDS.fullmatch(first) and not _SIGN_OF_CODE.search(text)
