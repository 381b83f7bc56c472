"""Read files with chats: our own, ChatGPT's, LM Studio's."""

from __future__ import annotations

import asyncio
import json
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from ai_coder.chat import archive_format
from ai_coder.chat.chat_file_errors import (
    ChatFileError,
    DamagedChatFileError,
    NotAChatFileError,
    UnreadChat,
    UnreadChatsError,
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


class Imported(NamedTuple):
    """The chats that were stored, and what could not be read."""

    conversations: list[Conversation]
    problems: list[ChatFileError]


class FoundChats(NamedTuple):
    """The chats of a file, and what of it could not be read."""

    archived: list[ArchivedConversation]
    problem: UnreadChatsError | None = None


async def import_chats(store: ChatStore, paths: Sequence[Path]) -> Imported:
    """Import what can be read of these files, all at once."""
    archived: list[ArchivedConversation] = []
    problems: list[ChatFileError] = []
    for path in paths:
        try:
            found = await asyncio.to_thread(read_chats, path)
        except ChatFileError as error:
            problems.append(error)
            continue
        archived += found.archived
        if found.problem is not None:
            problems.append(found.problem)
    return Imported(await store.add_archived(archived) if archived else [], problems)


def read_chats(path: Path) -> FoundChats:
    """Return the chats of a file; raises ChatFileError when there is none that can be read."""
    content = _content(path)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotAChatFileError(name=path.name, raw=str(error)) from error
    unread: list[UnreadChat] = []
    if archive_format.is_ours(document):
        archived = archive_format.from_json(path.name, content)
    elif is_chatgpt(document):
        archived, unread = from_chatgpt(document)
    elif is_lm_studio(document):
        archived = from_lm_studio(path.name, document)
    else:
        raise NotAChatFileError(name=path.name)
    if not archived and unread:
        raise DamagedChatFileError(name=path.name, raw="\n".join(chat.raw for chat in unread))
    if not archived:
        raise NotAChatFileError(name=path.name)
    return FoundChats(archived, UnreadChatsError(path.name, unread) if unread else None)


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
