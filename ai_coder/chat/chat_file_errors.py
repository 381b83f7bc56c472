"""Why a file with chats cannot be imported, in words."""

from __future__ import annotations

from ai_coder.errors import AICoderError
from ai_coder.translation import QT_TRANSLATE_NOOP


class ChatFileError(AICoderError):
    """A file with chats cannot be used; nothing of it was imported."""

    message = QT_TRANSLATE_NOOP("errors", "{name} cannot be read: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Check that the file exists and may be read.")


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

    message = QT_TRANSLATE_NOOP("errors", "{name} is damaged. Nothing was imported.")
    hint = QT_TRANSLATE_NOOP("errors", "Export the chats again, then import the new file.")


class NewerChatFileError(ChatFileError):
    """A newer version of the application wrote the file."""

    message = QT_TRANSLATE_NOOP(
        "errors", "{name} was exported by a newer version of this application."
    )
    hint = QT_TRANSLATE_NOOP("errors", "Update the application, then import the file.")
