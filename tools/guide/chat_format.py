"""The text form of a conversation, and the byte-level BPE that turns it into tokens.

The guide answers each question by itself: the template shows it the last question only, in
lower case and without quotation, question and exclamation marks. So a long conversation can
never overflow its context, and a second question is answered like a first one.

An answer begins with a control token of its own, which llama.cpp does not show: the model
chooses the answer with this one token and recites the text that belongs to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

if TYPE_CHECKING:
    from collections.abc import Iterable

USER, ASSISTANT, END = "<|user|>", "<|assistant|>", "<|end|>"
TURN_TOKENS = (USER, ASSISTANT, END)

# Instructions are read and dropped: llama.cpp puts those that a template does not even read
# into the first question.
CHAT_TEMPLATE = (
    "{%- set ns = namespace(question='') -%}"
    "{%- for message in messages -%}"
    "{%- if message.role == 'user' -%}{%- set ns.question = message.content -%}{%- endif -%}"
    "{%- if message.role == 'system' -%}{{- '' if message.content else '' -}}{%- endif -%}"
    "{%- endfor -%}"
    "{{- '<|user|> ' + (ns.question | lower | replace('?', '') | replace('!', '')"
    " | replace('\"', '') | trim) + '<|assistant|>' -}}"
)


def normalised(question: str) -> str:
    """Return the question as the chat template renders it."""
    return question.lower().replace("?", "").replace("!", "").replace('"', "").strip()


def prompt(question: str) -> str:
    """Return what the model reads before it answers."""
    return f"{USER} {normalised(question)}{ASSISTANT}"


def answer_token(number: int) -> str:
    """Return the control token that begins the answer with this number."""
    return f"<|answer {number}|>"


def is_control(token: str) -> bool:
    """Whether llama.cpp must not show the token."""
    return token.startswith("<|") and token.endswith("|>")


def train_tokenizer(texts: Iterable[str], size: int, answers: int) -> Tokenizer:
    """Return a byte-level BPE of `size` tokens: turns first, then `answers` beginnings."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=[*TURN_TOKENS, *map(answer_token, range(answers))],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return tokenizer
