"""Why a file with chats cannot be imported, in words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ai_coder.errors import AICoderError
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NAMED = 3
"""So many chats are named in a sentence."""


class UnreadChat(NamedTuple):
    """A chat among others that cannot be read: its title, empty without one, and why."""

    title: str
    raw: str


class ChatFileError(AICoderError):
    """A file with chats cannot be used; nothing of it was imported."""

    message = QT_TRANSLATE_NOOP("errors", "{name} cannot be read: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Check that the file exists and may be read.")

    def __reduce__(self) -> tuple[Callable[[], ChatFileError], tuple[()]]:
        return partial(type(self), raw=self.raw, **self.details), ()


class NotAChatFileError(ChatFileError):
    """The file is none of the kinds that can be imported."""

    message = QT_TRANSLATE_NOOP("errors", "{name} holds no chats that can be imported.")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "Choose a JSON export of this application, the conversations.json of a ChatGPT export,"
        " or a conversation file of LM Studio.",
    )


class DamagedChatFileError(ChatFileError):
    """The kind of file is known, but its content does not fit."""

    message = QT_TRANSLATE_NOOP("errors", "{name} is damaged. Nothing of it was imported.")
    hint = QT_TRANSLATE_NOOP("errors", "Export the chats again, then import the new file.")


class NewerChatFileError(ChatFileError):
    """A newer version of the application wrote the file."""

    message = QT_TRANSLATE_NOOP(
        "errors", "{name} was exported by a newer version of this application."
    )
    hint = QT_TRANSLATE_NOOP("errors", "Update the application, then import the file.")


class CutChatFileError(ChatFileError):
    """The file is damaged behind chats that can be read."""

    message = QT_TRANSLATE_NOOP("errors", "{name} is damaged from some place on.")
    hint = QT_TRANSLATE_NOOP("errors", "The chats before that place were imported.")


class ReadingEndedError(ChatFileError):
    """What was reading the file is gone."""

    message = QT_TRANSLATE_NOOP(
        "errors", "Reading {name} was ended from outside, often because memory ran out."
    )
    hint = QT_TRANSLATE_NOOP("errors", "What had been read before was imported.")


class UnreadChatsError(ChatFileError):
    """Some chats of a file cannot be read; the others were imported."""

    message = QT_TRANSLATE_NOOP("errors", "Not all chats in {name} can be read: {titles}")
    hint = QT_TRANSLATE_NOOP("errors", "The others were imported.")

    def __init__(self, name: str, unread: Sequence[UnreadChat]) -> None:
        titles = [f"“{chat.title}”" for chat in unread[:_NAMED]]
        if len(unread) > _NAMED:
            titles.append("…")
        raw = "\n".join(f"{chat.title}: {chat.raw}" for chat in unread)
        super().__init__(name=name, titles=", ".join(titles), raw=raw)
