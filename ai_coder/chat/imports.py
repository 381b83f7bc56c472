"""Read files with chats: our own, ChatGPT's, LM Studio's."""

from __future__ import annotations

import asyncio
import json
import zipfile
from typing import TYPE_CHECKING

from ai_coder.chat import archive_format
from ai_coder.chat.chat_file_errors import (
    ChatFileError,
    DamagedChatFileError,
    NotAChatFileError,
)
from ai_coder.chat.import_chatgpt import from_chatgpt, is_chatgpt
from ai_coder.chat.import_lm_studio import from_lm_studio, is_lm_studio

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ai_coder.chat.archive import ArchivedConversation
    from ai_coder.chat.conversation import Conversation
    from ai_coder.chat.store import ChatStore

_MAX_BYTES = 2 << 30
_CHATGPT_MEMBER = "conversations.json"


async def import_chats(store: ChatStore, paths: Sequence[Path]) -> list[Conversation]:
    """Import files: all of them, or nothing when one cannot be used; raises ChatFileError."""
    archived: list[ArchivedConversation] = []
    for path in paths:
        archived += await asyncio.to_thread(read_chats, path)
    return await store.add_archived(archived)


def read_chats(path: Path) -> list[ArchivedConversation]:
    """Return the chats of a file; raises ChatFileError."""
    content = _content(path)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotAChatFileError(name=path.name, raw=str(error)) from error
    if archive_format.is_ours(document):
        archived = archive_format.from_json(path.name, content)
    elif is_chatgpt(document):
        archived = from_chatgpt(path.name, document)
    elif is_lm_studio(document):
        archived = from_lm_studio(path.name, document)
    else:
        raise NotAChatFileError(name=path.name)
    if not archived:
        raise NotAChatFileError(name=path.name)
    return archived


def _content(path: Path) -> bytes:
    try:
        if zipfile.is_zipfile(path):
            return _from_zip(path)
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ChatFileError(name=path.name, reason=reason, raw=str(error)) from error


def _from_zip(path: Path) -> bytes:
    """Return the chats in the archive that ChatGPT sends."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                is_chats = member.filename.rpartition("/")[2] == _CHATGPT_MEMBER
                if is_chats and member.file_size <= _MAX_BYTES:
                    return archive.read(member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise DamagedChatFileError(name=path.name, raw=str(error)) from error
    raise NotAChatFileError(name=path.name)
