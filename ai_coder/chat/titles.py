"""Titles of conversations, made on this computer."""

from __future__ import annotations

import re

from ai_coder.llm.models import ChatMessage, ChatRequest, GenerationParameters, Role

MAX_LENGTH = 48

_PROMPT_LENGTH = 2000
_FENCED = re.compile(r"(```+|~~~+).*?(?:\1|\Z)", re.DOTALL)
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_IMAGE_OR_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LINE_START = re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+|\d{1,3}[.)]\s+)", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<!\w)([*_]{1,3}|~~)(\S(?:.*?\S)?)\1(?!\w)")
_CLAUSE_END = re.compile(r"(?<=[\w()\[\]]{2})[.!?;:](?=\s|$)|[。！？]|\s[–—-]\s|\n")
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

_FRAME = " \t\n\"'“”‘’«»`*_#.,;:-–—"


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
    lines = _plain(_THOUGHTS.sub("", reply)).splitlines()
    line = next((line for line in lines if line.strip(_FRAME)), "")
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
    text = _IMAGE_OR_LINK.sub(r"\1", text)
    text = _LINE_START.sub("", text)
    text = _EMPHASIS.sub(r"\2", text)
    return text.replace("`", "")


def _shortened(text: str) -> str:
    """Cut a text at the end of a word."""
    text = " ".join(text.split()).strip(_FRAME)
    if len(text) > MAX_LENGTH:
        cut = text[: MAX_LENGTH - 1]
        words = cut.rpartition(" ")[0]
        text = (words if len(words) > MAX_LENGTH // 2 else cut).rstrip(_FRAME) + "…"
    return text[:1].upper() + text[1:]
