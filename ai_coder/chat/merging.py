"""Bring what memory held into a file that is not the one the memory began with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ai_coder.chat import (
    store_archive,
    store_conversations,
    store_drafts,
    store_messages,
    store_queue,
)
from ai_coder.chat.conversation import attached_files

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from ai_coder.chat.archive import ArchivedConversation
    from ai_coder.chat.conversation import AttachedFile, Message
    from ai_coder.chat.prompt_queue import QueuedPrompt


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """A conversation of the memory with what waits in it to be sent."""

    archived: ArchivedConversation
    queued: list[QueuedPrompt]


def kept_of(db: sqlite3.Connection, owner: str) -> list[KeptConversation]:
    """Return every conversation, the bin included; of what waits only what is *owner*'s."""
    numbers = [conversation.id for conversation in store_conversations.everything(db)]
    archived = (store_archive.archive(db, number) for number in numbers)
    return [
        KeptConversation(each, store_queue.owned(db, number, owner))
        for number, each in zip(numbers, archived, strict=True)
        if each is not None
    ]


def add_missing(db: sqlite3.Connection, kept: Sequence[KeptConversation], owner: str) -> None:
    """Store what is not there of conversations.

    They are told by the time they were begun. One that only grew grows; one that became different
    here and there is added beside it.
    """
    for each in kept:
        number, ids = _placed(db, each.archived)
        _take_over(db, number, ids, each.archived)
        if each.queued or store_queue.is_any(db, number):
            store_queue.replace(db, number, each.queued, owner)


def _placed(db: sqlite3.Connection, archived: ArchivedConversation) -> tuple[int, dict[int, int]]:
    """Store the messages; return the conversation and the present ids by those of the memory."""
    began = archived.conversation.created_at.timestamp()
    rows = db.execute("SELECT id FROM conversation WHERE created_at = ?", (began,)).fetchall()
    here = {number: store_messages.all_of(db, number) for (number,) in rows}
    said = _said(archived.messages)
    for number, there in here.items():
        if _holds(_said(there), said):
            return number, _ids(archived.messages, there)
    for number, there in here.items():
        if _holds(said, _said(there)):
            return number, _grow(db, number, there, archived)
    (added,) = store_archive.add(db, [archived])
    if archived.conversation.deleted_at is not None:
        moment = archived.conversation.deleted_at.timestamp()
        store_conversations.set_deleted(db, added.id, moment)
    return added.id, _ids(archived.messages, store_messages.all_of(db, added.id))


def _grow(
    db: sqlite3.Connection,
    number: int,
    there: Sequence[Message],
    archived: ArchivedConversation,
) -> dict[int, int]:
    """Add the messages that are missing, and bring the others up to date."""
    ids, known = _ids(archived.messages, there), {message.id: message for message in there}
    for message in archived.messages:
        own = ids.get(message.id)
        if own is None:
            store_archive.add_message(db, number, message, ids, archived.contents)
        elif (known[own].text, known[own].status) != (message.text, message.status):
            store_messages.update(db, replace(message, id=own))
    store_archive.set_place(db, number, archived.conversation, ids)
    return ids


def _take_over(
    db: sqlite3.Connection, number: int, ids: dict[int, int], archived: ArchivedConversation
) -> None:
    """Store what is written and not sent, beside what is written there."""
    here = store_conversations.one(db, number)
    assert here is not None
    given, contents = archived.conversation, archived.contents
    draft, edited = _together(here.draft, given.draft), given.edited
    if edited is not None:
        prompt, there = ids.get(edited.message_id), here.edited
        if prompt is not None and (there is None or there.message_id == prompt):
            text = _together(there.text if there else "", edited.text)
            store_drafts.set_edit(db, number, text, message_id=prompt)
            _add_files(db, number, attached_files(edited.attachments, contents), is_edit=True)
        else:
            draft = _together(draft, edited.text)
    if draft != here.draft:
        store_drafts.set_draft(db, number, draft)
    _add_files(db, number, attached_files(given.draft_attachments, contents), is_edit=False)
    if here.is_title_automatic and not given.is_title_automatic:
        store_conversations.rename(db, number, given.title, is_automatic=False)


def _add_files(
    db: sqlite3.Connection, number: int, files: Sequence[AttachedFile], *, is_edit: bool
) -> None:
    read = store_drafts.edit_files if is_edit else store_drafts.draft_files
    write = store_drafts.set_edit_files if is_edit else store_drafts.set_draft_files
    there = read(db, number)
    more = [file for file in files if file not in there]
    if more:
        write(db, number, [*there, *more])


def _together(there: str, given: str) -> str:
    """Return both texts; one that goes on with the other stands for it."""
    if not given.strip() or given in there:
        return there
    return given if there in given else f"{there}\n\n{given}"


def _ids(messages: Iterable[Message], there: Iterable[Message]) -> dict[int, int]:
    known = {(message.created_at, message.role): message.id for message in there}
    keys = {message.id: (message.created_at, message.role) for message in messages}
    return {number: known[key] for number, key in keys.items() if key in known}


def _said(messages: Iterable[Message]) -> dict[tuple[datetime, str], str]:
    """Return the texts by what tells messages from each other in any database."""
    return {(message.created_at, message.role): message.text for message in messages}


def _holds(more: dict[tuple[datetime, str], str], less: dict[tuple[datetime, str], str]) -> bool:
    """Whether nothing of *less* is missing in *more*; an answer may have grown."""
    return all(key in more and more[key].startswith(text) for key, text in less.items())
