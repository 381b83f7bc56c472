"""Somebody who does by chance what can be done to chats, and what a search has to find then."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

from ai_coder.chat import search, unspaced_index
from ai_coder.chat.conversation import Message, MessageStatus
from ai_coder.chat.search import SearchQuery
from ai_coder.chat.store import ChatStore
from ai_coder.chat.unspaced import is_unspaced, pieces
from ai_coder.llm.models import Role
from tests.chat.conftest import begin_turn, go_on_in_memory

WORDS = [
    "中文", "测试", "文", "中", "ファイル", "を読", "ไทย", "Python", "API", "ab", "x",
    "ß", "é", "\0", " ", "，", "…",
]  # fmt: skip


def agrees(db):
    """Check that nothing is left to do and the index is what a new one would be."""
    db.execute("CREATE VIRTUAL TABLE temp.entry USING fts5vocab(main, unspaced_index, instance)")
    entries = db.execute("SELECT term, doc FROM entry").fetchall()
    db.execute("DROP TABLE temp.entry")
    messages = db.execute("SELECT id, text FROM message").fetchall()
    assert sorted(entries) == sorted((e, number) for number, text in messages for e in pieces(text))
    assert not left(db)
    db.execute("INSERT INTO unspaced_index (unspaced_index) VALUES ('integrity-check')")


def left(db):
    """What the index has to catch up with."""
    return db.execute(
        "SELECT message_id FROM unspaced_added UNION ALL SELECT message_id FROM unspaced_removed"
    ).fetchall()


def read(db, text):
    """What reading every message finds, newest first."""
    terms = [each.encode().lower() for each in search._terms(text)]
    rows = db.execute(
        "SELECT m.id, m.text FROM message m JOIN conversation c ON c.id = m.conversation_id"
        " WHERE c.deleted_at IS NULL ORDER BY m.id DESC"
    ).fetchall()
    return [number for number, said in rows if all(t in said.encode().lower() for t in terms)]


async def found(store, text, **how):
    return [hit.message_id for hit in await store.search(SearchQuery(text, **how))]


def message(chat, text, parent=None, role=Role.USER, **fields):
    return Message(0, chat, parent, role, text, datetime.now(UTC), **fields)


class Wanderer:
    """Does by chance whatever can be done to chats."""

    def __init__(self, path, seed):
        self.path = path
        self.chance = random.Random(seed)
        self.store = ChatStore(path)

    def text(self):
        return "".join(self.chance.choices(WORDS, k=self.chance.randrange(8)))

    async def chat(self):
        chats = await self.store.conversations() + await self.store.deleted_conversations()
        return self.chance.choice(chats) if chats else await self.store.create_conversation()

    async def turn(self):
        chat = await self.chat()
        tree, _ = await self.store.messages(chat.id, chat.head)
        parent = self.chance.choice([None, *tree.parents])
        prompt = message(chat.id, self.text(), parent)
        answer = message(chat.id, "", role=Role.ASSISTANT, status=MessageStatus.RUNNING)
        _, answer = await begin_turn(self.store, prompt, answer)
        self.store.journal_soon(answer.id, 0, self.text(), "")
        await self.finish(answer)

    async def finish(self, answer):
        status = self.chance.choice((MessageStatus.COMPLETE, MessageStatus.STOPPED))
        ended = replace(answer, text=answer.text + self.text(), status=status)
        await asyncio.wrap_future(self.store.finish_soon(ended))

    async def go_on(self):
        chat = await self.chat()
        _, messages = await self.store.messages(chat.id, chat.head)
        if messages:
            await self.store.resume(messages[-1])
            await self.finish(messages[-1])

    async def bin(self):
        await self.store.delete((await self.chat()).id)

    async def undo(self):
        await self.store.restore((await self.chat()).id)

    async def erase(self):
        await self.store.erase((await self.chat()).id)

    async def empty_bin(self):
        await self.store.purge(0)

    async def duplicate(self):
        await self.store.duplicate((await self.chat()).id, "copy")

    async def import_again(self):
        await self.store.add_archived([await self.store.archive((await self.chat()).id)])

    async def step(self):
        await self.store._file.writer.read(unspaced_index.step)

    async def catch_up(self):
        await self.store.unspaced_index.catch_up()

    async def lose_the_file(self):
        if not self.store.is_in_memory:
            await go_on_in_memory(self.store, sqlite3.SQLITE_FULL)

    async def find_the_file(self):
        await self.store.return_to_file()

    async def back_up(self):
        await self.store.back_up()

    async def restore_backup(self):
        for backup in self.store.backups():
            await self.store.aclose()
            self.path.write_bytes(b"no database" * 1000)
            self.store = ChatStore(self.path)
            await self.store.open()
            assert await self.store.replace_file(backup) is None

    async def reopen(self):
        await self.store.aclose()
        self.store = ChatStore(self.path)
        assert await self.store.open() is None

    async def compare(self):
        text = self.text()
        if any(map(is_unspaced, search._terms(text))):
            ids = await self.store._file.writer.read(read, text)
            assert await found(self.store, text, limit=1000) == ids

    async def wander(self, steps):
        does = (
            *(self.turn,) * 8, *(self.go_on,) * 3, *(self.step,) * 8, self.catch_up,
            self.bin, self.undo, self.erase, self.empty_bin, self.duplicate, self.import_again,
            self.lose_the_file, *(self.find_the_file,) * 2, self.back_up, self.restore_backup,
            self.reopen,
        )  # fmt: skip
        await self.store.open()
        for _ in range(steps):
            await self.chance.choice(does)()
            await self.compare()
        await self.store.return_to_file()
        await self.store.unspaced_index.catch_up()
        await self.store._file.writer.read(agrees)
        await self.store.aclose()
