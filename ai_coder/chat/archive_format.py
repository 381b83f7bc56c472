"""Our own JSON file of chats: everything there is, nothing lost on the way out and in."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Literal, TypeGuard

from pydantic import BaseModel, ConfigDict, ValidationError

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.chat_file_errors import DamagedChatFileError, NewerChatFileError, UnreadChat
from ai_coder.chat.conversation import Conversation, Message  # pydantic reads them

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMAT = "ai-coder-chats"
VERSION = 1
HEAD = re.compile(
    rf'\s*{{\s*"format"\s*:\s*"{FORMAT}"\s*,\s*"version"\s*:\s*(?P<version>\d+)\s*,'
    r'\s*"conversations"\s*:\s*\['
)
"""How a file begins that this application wrote, up to its conversations."""


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


def is_ours(document: object) -> TypeGuard[dict[str, object]]:
    """Whether a JSON document says that it is a file of this application."""
    return isinstance(document, dict) and document.get("format") == FORMAT


def check_version(name: str, version: object) -> None:
    """Raise ChatFileError when a file called *name* cannot be read in this version."""
    try:
        header = _Header.model_validate({"format": FORMAT, "version": version})
    except ValidationError as error:
        raise DamagedChatFileError(name=name, raw=str(error)) from error
    if header.version > VERSION:
        raise NewerChatFileError(name=name)


def from_document(
    name: str, document: dict[str, object]
) -> Iterator[ArchivedConversation | UnreadChat]:
    """Read a document that is ours; *name* stands in the errors."""
    check_version(name, document.get("version"))
    conversations = document.get("conversations")
    if not isinstance(conversations, list):
        raise DamagedChatFileError(name=name)
    for each in conversations:
        yield from_json(each, json.dumps(each))


def from_json(value: object, text: str) -> ArchivedConversation | UnreadChat:
    """Read a conversation, given as it was parsed and as it stands in the file."""
    try:
        read = _Conversation.model_validate_json(text)
    except ValidationError as error:
        return UnreadChat(_title(value), str(error))
    archived = ArchivedConversation(read.conversation, tuple(read.messages), read.contents)
    problem = _inconsistency(archived)
    return UnreadChat(read.conversation.title, problem) if problem else archived


def _title(value: object) -> str:
    conversation = value.get("conversation") if isinstance(value, dict) else None
    return str(conversation.get("title", "")) if isinstance(conversation, dict) else ""


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
