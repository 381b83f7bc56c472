"""What is chosen and written but not sent yet, in the real window: kept, never overwritten."""

from __future__ import annotations

import asyncio

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QListView, QPushButton

from ai_coder.chat.store import ChatStore
from tests.conftest import until
from tests.fake_lm_studio import FakeLMStudio, LMModel, Reply
from tests.server_fixtures import CLAUDE, KEYS, QWEN
from tests.window import (
    MODEL,
    answered,
    ask,
    asked,
    choose,
    find,
    is_answered,
    messages,
    opened,
    prompt,
    question,
    ready,
    refs,
    reply,
)

OTHER = "lm_studio/qwen3-4b"


@pytest.fixture
def lm_studio(loop):
    coder, other = LMModel("qwen2.5-coder-7b-instruct"), LMModel("qwen3-4b")
    coder.load(32768)
    server = FakeLMStudio(models=[coder, other])
    loop.run_until_complete(server.start())
    yield server
    server.close()


def type_text(qtbot, app, text):
    qtbot.keyClicks(prompt(app), text)


async def new_chat(app):
    """Ask for a new chat and return in the very moment it is there."""
    before = app.pane.chat
    shown = []
    app.pane.chat_shown.connect(lambda _chat: shown.append(True))
    app.pane.new_chat()
    await until(lambda: app.pane.chat is not before)
    return shown


async def test_a_model_chosen_in_the_moment_a_chat_appears_stays_chosen(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await until(lambda: OTHER in refs(app))
        picker = app.picker

        shown = await new_chat(app)
        assert shown  # nothing comes after the chat that could choose for the user
        picker.setCurrentIndex(picker.findData(OTHER, Qt.ItemDataRole.UserRole))
        app.servers.models_changed.emit()
        app.pane.chat_shown.emit(app.pane.chat)

        assert picker.current_ref() == OTHER
        await until(lambda: app.pane.chat.session.conversation.model_ref == OTHER)
        await until(lambda: not app.chats.choice._unstored)
        await asked(app, qtbot, "two")
        assert messages(app)[-1].model_ref == OTHER


async def test_words_typed_while_another_chat_opens_are_not_lost(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        first = app.pane.chat.id

        app.pane.new_chat()
        type_text(qtbot, app, "typed too early")
        await until(lambda: app.pane.chat.id != first)
        assert prompt(app).toPlainText() == ""
        app.pane.open(first)
        await until(lambda: app.pane.chat.id == first)

        assert prompt(app).toPlainText() == "typed too early"


async def test_chats_asked_for_quickly_end_with_the_last_and_are_opened_once(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        first = app.pane.chat.id
        app.pane.new_chat()
        await until(lambda: app.pane.chat.id != first)
        second = app.pane.chat.id

        for wanted in (first, first, second, first):
            app.pane.open(wanted)
        await until(lambda: not app.pane.tasks.is_running)

        assert app.pane.chat.id == first
        assert app.pane.chats.get(first) is app.pane.chat


async def test_a_draft_and_its_attachments_survive_a_restart(
    paths, theme, qtbot, servers, tmp_path
):
    note = tmp_path / "note.txt"
    note.write_text("attached words")
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        type_text(qtbot, app, "half a thought")
        app.pane.attachments.add_files([note])
        await until(lambda: len(app.pane.chat.files) == 1)

    note.unlink()
    async with opened(paths, theme, qtbot, **servers) as app:
        assert prompt(app).toPlainText() == "half a thought"
        assert [(file.name, file.text) for file in app.pane.chat.files] == [
            ("note.txt", "attached words")
        ]
        qtbot.keyClick(prompt(app), Qt.Key.Key_Return)
        await until(lambda: len(messages(app)) == 4)
        await until(lambda: not app.pane.chat.is_running)
        assert [a.name for a in messages(app)[2].attachments] == ["note.txt"]

    async with opened(paths, theme, qtbot, **servers) as app:
        assert prompt(app).toPlainText() == ""
        assert app.pane.chat.files == []


async def test_a_chat_with_nothing_but_an_attachment_is_not_used_again_for_a_new_one(
    paths, theme, qtbot, servers, tmp_path
):
    note = tmp_path / "note.txt"
    note.write_text("attached words")
    async with opened(paths, theme, qtbot, **servers) as app:
        app.pane.attachments.add_files([note])
        await until(lambda: len(app.pane.chat.files) == 1)
        first = app.pane.chat.id
        app.pane.new_chat()
        await until(lambda: app.pane.chat.id != first)
        assert app.pane.chat.files == []
        view = find(app, QListView, "conversationList")
        await until(lambda: view.model().rowCount() == 3)  # the day, and both chats

        app.pane.open(first)
        await until(lambda: app.pane.chat.id == first)

        assert [file.name for file in app.pane.chat.files] == ["note.txt"]


async def test_two_windows_show_what_the_other_one_wrote(paths, theme, qtbot, lm_studio, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        lm_studio.reply = ["first answer"]
        await asked(app, qtbot, "first")
        chat = app.pane.chat
        async with opened(paths, theme, qtbot, **servers) as other:
            assert other.pane.chat.id == chat.id
            type_text(qtbot, app, "half a thought")
            await choose(other)
            lm_studio.reply = ["second answer"]
            await asked(other, qtbot, "second", 4)

            await until(lambda: [m.text for m in messages(app)][2:] == ["second", "second answer"])

            assert prompt(app).toPlainText() == "half a thought"
            await until(lambda: app.pane.view.transcript.find("second answer") == 1)
            lm_studio.reply = ["third answer"]
            await asked(app, qtbot, "third", 6)
            await until(lambda: len(messages(other)) == 6)
        assert [m.text for m in messages(app)][4:] == ["third", "third answer"]

    store = ChatStore(paths.database_file)
    await store.open()
    _, stored = await store.messages(chat.id, chat.session.conversation.head)
    assert len(stored) == 6
    await store.aclose()


async def test_new_chats_of_two_windows_are_two(paths, theme, qtbot, servers):
    async with (
        opened(paths, theme, qtbot, **servers) as app,
        opened(paths, theme, qtbot, **servers) as other,
    ):
        for window, text in ((app, "mine"), (other, "theirs")):
            await choose(window)
            await window.pane.show_new()
            type_text(qtbot, window, text)

        for window in (app, other):
            qtbot.keyClick(prompt(window), Qt.Key.Key_Return)
            await until(lambda window=window: is_answered(window))

        assert app.pane.chat.id != other.pane.chat.id
        stored = await app.store.conversations()
        assert sorted(chat.title for chat in stored) == ["Mine", "Theirs"]


async def test_a_chat_that_another_window_deleted_comes_back_with_the_next_prompt(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        other = ChatStore(paths.database_file)
        await other.open()
        await other.delete(app.pane.chat.id)
        assert MODEL in refs(app)

        await asked(app, qtbot, "two", 4)

        assert [chat.id for chat in await other.conversations()] == [app.pane.chat.id]
        await other.aclose()


async def test_prompts_that_wait_survive_a_restart_and_are_offered(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(Reply(content=["a ", "b"], stall_after=1), ["waited"])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        ask(app, qtbot, "one")
        await until(lambda: [m.text for m in messages(app)] == ["one", "a "])
        ask(app, qtbot, "queued and precious")
        await until(lambda: len(app.pane.chat.session.queue.prompts) == 1)

    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        assert app.pane.view.prompt_bar._queue.isVisible()
        send = find(app, QPushButton, "send_queuedButton")
        assert send.isVisible()

        qtbot.mouseClick(send, Qt.MouseButton.LeftButton)

        await until(
            lambda: [m.text for m in messages(app)][2:] == ["queued and precious", "waited"]
        )
        await until(lambda: not app.pane.chat.is_running)
        assert not app.pane.view.prompt_bar._queue.isVisible()


async def stored_draft(app):
    return (await app.store.conversation(app.pane.chat.id)).draft


async def wait_for_draft(app, text):
    async with asyncio.timeout(20):
        while await stored_draft(app) != text:
            await asyncio.sleep(0)


async def test_a_prompt_that_a_question_holds_back_is_on_disk(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await answered(app, qtbot, QWEN, "one")
        await choose(app, CLAUDE)
        ask(app, qtbot, "and now?")
        await until(lambda: question(app, "cloudQuestion") is not None)
        assert prompt(app).toPlainText() == ""
        await wait_for_draft(app, "and now?")

    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        assert prompt(app).toPlainText() == "and now?"
        await choose(app, CLAUDE)
        qtbot.keyClick(prompt(app), Qt.Key.Key_Return)
        await reply(app, "cloudQuestion", "Keep it local")
        await until(lambda: prompt(app).toPlainText() == "and now?")
        assert not app.pane.chat.draft.asked
        await until(lambda: not app.pane.chat.has_unsaved_draft)
        assert await stored_draft(app) == "and now?"

        qtbot.keyClick(prompt(app), Qt.Key.Key_Return)
        await reply(app, "cloudQuestion", "Send")
        await until(lambda: is_answered(app, 4))
        await wait_for_draft(app, "")


async def test_a_prompt_taken_back_from_the_queue_is_on_disk_at_once(
    paths, theme, qtbot, lm_studio, servers, monkeypatch
):
    lm_studio.then(Reply(content=["a ", "b"], stall_after=1))
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        ask(app, qtbot, "one")
        await until(lambda: [m.text for m in messages(app)] == ["one", "a "])
        ask(app, qtbot, "precious")
        await until(lambda: len(app.pane.chat.session.queue.prompts) == 1)
        await until(lambda: not app.pane.chat.has_unsaved_draft)
        monkeypatch.setattr("ai_coder.ui.chat.drafts._PAUSE_MS", 1 << 30)

        app.pane.view.prompt_bar.queued_edited.emit(0)

        assert prompt(app).toPlainText() == "precious"
        await wait_for_draft(app, "precious")
        app.turns.stop()
        await until(lambda: not app.pane.chat.is_running)
