"""Our own JSON file of chats: everything there is, nothing lost on the way out and in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.chat_file_errors import DamagedChatFileError, NewerChatFileError
from ai_coder.chat.conversation import Conversation, Message  # pydantic reads them

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = "ai-coder-chats"
VERSION = 1


class _Header(BaseModel):
    format: Literal["ai-coder-chats"]
    version: int


class _Conversation(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    conversation: Conversation
    messages: list[Message]
    contents: dict[str, bytes] = {}


class _File(BaseModel):
    format: Literal["ai-coder-chats"] = "ai-coder-chats"
    version: int = VERSION
    conversations: list[_Conversation]


def to_json(archived: Sequence[ArchivedConversation]) -> str:
    """Return conversations as the text of a file."""
    conversations = [
        _Conversation.model_construct(
            conversation=each.conversation,
            messages=list(each.messages),
            contents=each.contents,
        )
        for each in archived
    ]
    return _File.model_construct(conversations=conversations).model_dump_json(indent=1)


def is_ours(document: object) -> bool:
    """Whether a JSON document says that it is a file of this application."""
    return isinstance(document, dict) and document.get("format") == FORMAT


def from_json(name: str, text: str | bytes) -> list[ArchivedConversation]:
    """Read the text of a file; *name* stands in the errors."""
    try:
        header = _Header.model_validate_json(text)
        if header.version > VERSION:
            raise NewerChatFileError(name=name)
        file = _File.model_validate_json(text)
    except ValidationError as error:
        raise DamagedChatFileError(name=name, raw=str(error)) from error
    archived = [
        ArchivedConversation(each.conversation, tuple(each.messages), each.contents)
        for each in file.conversations
    ]
    for each in archived:
        if problem := _inconsistency(each):
            raise DamagedChatFileError(name=name, raw=problem)
    return archived


def _inconsistency(archived: ArchivedConversation) -> str:
    """Say what does not fit together; empty when all does."""
    known: set[int | None] = {None}
    for message in archived.messages:
        if message.id in known:
            return f"message {message.id} stands twice"
        if message.parent_id not in known:
            return f"message {message.id} comes before its parent"
        known.add(message.id)
        for attachment in message.attachments:
            if attachment.digest not in archived.contents:
                return f"the content of {attachment.name} is missing"
    if archived.conversation.head not in known:
        return "the shown branch does not exist"
    for digest, content in archived.contents.items():
        if hashlib.sha256(content).hexdigest() != digest:
            return "an attachment was changed"
    return ""
