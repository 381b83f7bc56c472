from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest

from ai_coder.chat.archive_format import to_json
from ai_coder.chat.chat_file import read_chats
from ai_coder.chat.chat_file_errors import CutChatFileError, NotAChatFileError, ReadingEndedError
from ai_coder.chat.imports import ChatImport
from tests.chat.conftest import imported
from tests.chat.foreign_chats import CHATGPT
from tests.conftest import until

CHATS = 600
"""More than one portion."""


@pytest.fixture
def export(tmp_path):
    """A large export of ChatGPT; the chats are called 0, 1 …"""
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([{**CHATGPT[0], "title": str(n)} for n in range(CHATS)]))
    return path


class Watched(ChatImport):
    """An import in which something is done at the first progress behind some chats."""

    def __init__(self, store, path, act):
        super().__init__(store, self._look)
        self.add([path])
        self.seen = []
        self._act = act

    def _look(self, progress):
        self.seen.append(progress)
        if progress.chats and self._act:
            act, self._act = self._act, None
            act()


async def test_others_are_served_by_the_store_while_a_large_file_is_imported(store, export):
    loop = asyncio.get_running_loop()
    others = []
    running = Watched(
        store, export, lambda: others.append(loop.create_task(store.create_conversation("Other")))
    )

    await running.run()

    ids = [chat.id for chat in running.made]
    assert ids[0] < (await others[0]).id < ids[-1]
    assert [chat.title for chat in running.made] == [str(number) for number in range(CHATS)]


async def test_progress_tells_the_share_that_was_read_and_the_chats_that_are_stored(store, export):
    running = Watched(store, export, None)

    await running.run()

    shares = [progress.share for progress in running.seen]
    chats = [progress.chats for progress in running.seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert chats == sorted(chats)
    assert (chats[0], chats[-1]) == (0, CHATS)
    assert len(set(chats)) > 2


async def test_an_import_that_is_given_up_keeps_what_it_has(store, export):
    running = Watched(store, export, lambda: running.cancel())

    await running.run()

    assert running.is_cancelled
    assert not running.problems
    assert 0 < len(running.made) < CHATS
    assert {chat.id for chat in await store.conversations()} == {chat.id for chat in running.made}


async def test_chats_before_the_place_where_a_file_is_cut_are_imported(store, export):
    whole = export.read_text()
    export.write_text(whole[: len(whole) // 2])

    made, (problem,) = await imported(store, [export])

    assert type(problem) is CutChatFileError
    assert [chat.title for chat in made] == [str(number) for number in range(len(made))]
    assert len(made) == pytest.approx(CHATS / 2, abs=2)


async def test_nesting_without_end_behind_a_chat_is_where_a_file_is_cut(store, export):
    export.write_text(json.dumps(CHATGPT)[:-1] + "," + "[" * 100_000)

    made, (problem,) = await imported(store, [export])

    assert type(problem) is CutChatFileError
    assert [chat.title for chat in made] == ["Sorting"]


async def test_the_end_of_what_reads_the_file_is_told_and_nothing_read_is_lost(store, export):
    running = Watched(store, export, lambda: running._process._process.kill())

    await running.run()

    (problem,) = running.problems
    assert type(problem) is ReadingEndedError
    assert 0 < len(await store.conversations()) == len(running.made) < CHATS


async def test_what_reads_the_file_ends_with_the_task_that_imports(store, export):
    begun = asyncio.Event()
    running = Watched(store, export, begun.set)
    task = asyncio.get_running_loop().create_task(running.run())
    await begun.wait()
    process = running._process._process

    task.cancel()

    await until(lambda: process.poll() is not None)
    await until(task.done)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_named_pipe_is_no_file_and_holds_nobody_up(tmp_path):
    path = tmp_path / "pipe.json"
    os.mkfifo(path)

    with pytest.raises(NotAChatFileError):
        list(read_chats(path))


@pytest.mark.parametrize("order", [["format", "version"], ["version", "format"]])
async def test_our_own_file_is_read_whatever_comes_first(store, tmp_path, order):
    path = tmp_path / "ours.json"
    made = await store.create_conversation("Mine")
    archived = await store.archive(made.id)
    document = json.loads(to_json([archived]))
    path.write_text(json.dumps({name: document[name] for name in [*order, "conversations"]}))

    (again,), problems = await imported(store, [path])

    assert (again.title, problems) == ("Mine", [])
