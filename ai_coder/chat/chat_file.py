"""What chats a file holds: our own, ChatGPT's, LM Studio's."""

from __future__ import annotations

import json
import re
import stat
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NamedTuple

from ai_coder.chat import archive_format
from ai_coder.chat.chat_file_errors import (
    ChatFileError,
    CutChatFileError,
    DamagedChatFileError,
    NotAChatFileError,
    UnreadChat,
)
from ai_coder.chat.import_chatgpt import from_chatgpt, is_chatgpt
from ai_coder.chat.import_lm_studio import from_lm_studio, is_lm_studio
from ai_coder.chat.json_text import JsonText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ai_coder.chat.archive import ArchivedConversation

_MAX_BYTES = 2 << 30
_CHATGPT_MEMBER = "conversations.json"
_LIST = re.compile(r"\s*\[")
_LOOKED_AT = 100
"""A list whose first entries, so many, are no chats holds none."""

_FULL = 400
"""Messages, or thousands of characters, in a portion."""

_NO_JSON = (json.JSONDecodeError, UnicodeDecodeError, RecursionError)
_NO_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class Portion(NamedTuple):
    """Some of the chats of a file, those among them that cannot be read, the share read so far."""

    archived: list[ArchivedConversation]
    unread: list[UnreadChat]
    share: float


def read_chats(path: Path) -> Iterator[Portion]:
    """Return the chats of a file, a few at a time.

    Raises ChatFileError when there is none that can be read, or at the place from which on the
    file is damaged.
    """
    has_any = False
    unread: list[UnreadChat] = []
    kind: type[ChatFileError]
    try:
        with _opened(path) as (stream, size):
            text = JsonText(stream)
            for portion in _portions(_chats(path.name, text), text, size):
                has_any = has_any or bool(portion.archived)
                unread += portion.unread
                yield portion
    except OSError as error:
        reason = error.strerror or str(error)
        raise ChatFileError(name=path.name, reason=reason, raw=str(error)) from error
    except _NO_JSON as error:
        kind = CutChatFileError if has_any else NotAChatFileError
        raise kind(name=path.name, raw=str(error)) from error
    except _NO_ZIP as error:
        kind = CutChatFileError if has_any else DamagedChatFileError
        raise kind(name=path.name, raw=str(error)) from error
    if not has_any and unread:
        raise DamagedChatFileError(name=path.name, raw="\n".join(chat.raw for chat in unread))
    if not has_any:
        raise NotAChatFileError(name=path.name)


def _portions(
    chats: Iterator[ArchivedConversation | UnreadChat], text: JsonText, size: int
) -> Iterator[Portion]:
    archived: list[ArchivedConversation] = []
    unread: list[UnreadChat] = []
    weight = 0.0
    try:
        for chat in chats:
            if isinstance(chat, UnreadChat):
                unread.append(chat)
                weight += 1
            else:
                archived.append(chat)
                weight += sum(1 + len(message.text) / 1000 for message in chat.messages)
            if weight >= _FULL:
                yield Portion(archived, unread, text.bytes_read / size)
                archived, unread, weight = [], [], 0.0
    except (OSError, *_NO_JSON, *_NO_ZIP):
        yield Portion(archived, unread, text.bytes_read / size)
        raise
    yield Portion(archived, unread, 1)


def _chats(name: str, text: JsonText) -> Iterator[ArchivedConversation | UnreadChat]:
    if head := text.skip(archive_format.HEAD):
        archive_format.check_version(name, head["version"])
        for value, source in text.elements():
            yield archive_format.from_json(value, source)
    elif text.skip(_LIST):
        yield from _listed(name, text)
    else:
        document, _ = text.value()
        yield from _in_document(name, document)


def _listed(name: str, text: JsonText) -> Iterator[ArchivedConversation | UnreadChat]:
    """Read the chats of a list, as ChatGPT exports them."""
    has_any = False
    for number, (value, _) in enumerate(text.elements()):
        has_any = has_any or is_chatgpt(value)
        if not has_any and number >= _LOOKED_AT:
            raise NotAChatFileError(name=name)
        if chat := from_chatgpt(value):
            yield chat
    if not has_any:
        raise NotAChatFileError(name=name)


def _in_document(name: str, document: object) -> Iterator[ArchivedConversation | UnreadChat]:
    """Read the chats of a file that is no list and does not begin as ours does."""
    if archive_format.is_ours(document):
        yield from archive_format.from_document(name, document)
    elif is_chatgpt(document):
        if chat := from_chatgpt(document):
            yield chat
    elif is_lm_studio(document):
        yield from from_lm_studio(name, document)
    else:
        raise NotAChatFileError(name=name)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """Open a file, or the chats in the archive that ChatGPT sends; also return the size."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise NotAChatFileError(name=path.name)
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            yield stream, max(1, status.st_size)
        return
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            is_chats = member.filename.rpartition("/")[2] == _CHATGPT_MEMBER
            if is_chats and member.file_size <= _MAX_BYTES:
                with archive.open(member) as stream:
                    yield stream, max(1, member.file_size)
                return
    raise NotAChatFileError(name=path.name)
