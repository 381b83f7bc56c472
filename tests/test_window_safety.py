"""What must not happen in the real window: words lost, local chats leaving, models disturbed."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog, QListWidget, QMessageBox, QPushButton

from ai_coder.settings.schema import TitleSource
from tests.conftest import until
from tests.fake_lm_studio import Reply
from tests.fake_ollama import FakeOllama, OllamaModel
from tests.window import (
    ask,
    asked,
    choose,
    find,
    is_answered,
    messages,
    opened,
    question,
    reply,
)

LEFT = Qt.MouseButton.LeftButton
CLOUD = "ollama/gpt-oss:120b-cloud"


@pytest.fixture
def ollama(loop):
    server = FakeOllama(
        models=[OllamaModel("gpt-oss:120b-cloud", remote_host="https://ollama.com")]
    )
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def servers(lm_studio, ollama):
    return {"LM_STUDIO_BASE_URL": f"{lm_studio.url}/v1", "OLLAMA_HOST": ollama.url}


def title(app):
    return app.pane.chat.session.conversation.title


async def test_a_chat_that_cannot_be_saved_says_so_once_and_can_be_exported(
    paths, theme, qtbot, lm_studio, servers, tmp_path
):
    lm_studio.reply = ["kept in memory"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await app.store.erase(app.pane.chat.id)

        await asked(app, qtbot, "two", 4)
        assert "deleted in another window" in app.window.notice.text()
        assert app.window.notice._button.text() == "Export chat"
        app.window.notice.dismiss()
        await asked(app, qtbot, "three", 6)
        assert app.window.notice.text() == ""

        archived = await app.pane.chat.session.archive()
        await app.files.write(tmp_path / "kept.md", [archived])
        kept = (tmp_path / "kept.md").read_text("utf-8")
        assert "two" in kept
        assert "kept in memory" in kept


async def test_a_chat_comes_back_from_the_bin(paths, theme, qtbot, lm_studio, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "Bin me")
        app.pane.care.delete(app.pane.chat.id)
        await until(lambda: "is in the bin" in app.window.notice.text())

        app.files.show_bin()
        lists = []
        await until(lambda: lists.extend(app.window.findChildren(QListWidget)) or bool(lists))
        lists[0].setCurrentRow(0)
        qtbot.mouseClick(find(app, QPushButton, "restoreButton"), LEFT)

        await until(lambda: title(app) == "Bin me")
        assert await app.store.deleted_conversations() == []


async def binned(app, qtbot, prompt):
    """Have a chat, and move it to the bin."""
    before = app.pane.chat
    if before.session.messages:
        app.pane.new_chat()
        await until(lambda: app.pane.chat is not before)
    await choose(app)
    await asked(app, qtbot, prompt)
    app.pane.care.delete(app.pane.chat.id)
    await until(lambda: not app.pane.care.tasks.is_running)
    app.notices._undo_timer.start(600_000)  # the offer stands as long as the test


async def test_chats_are_deleted_for_good_one_by_one_or_all_after_a_question(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        for prompt in ("first", "second", "third"):
            await binned(app, qtbot, prompt)
        app.actions.requested.emit("show_bin")
        await until(lambda: app.window.findChild(QDialog, "binDialog") is not None)
        chats = find(app, QDialog, "binDialog").findChild(QListWidget)
        erase = find(app, QPushButton, "eraseButton")
        assert chats.count() == 3

        chats.setCurrentRow(1)
        qtbot.mouseClick(erase, LEFT)
        await reply(app, "eraseQuestion", "Cancel")
        assert len(await app.store.deleted_conversations()) == 3
        qtbot.keyClick(chats, Qt.Key.Key_Delete)
        buttons = question(app, "eraseQuestion").buttons()
        assert [b.text() for b in buttons if b.property("look") == "danger"] == ["Delete for good"]
        await reply(app, "eraseQuestion", "Delete for good")
        await until(lambda: chats.count() == 2)
        assert sorted(c.title for c in await app.store.deleted_conversations()) == [
            "First",
            "Third",
        ]

        qtbot.mouseClick(find(app, QPushButton, "emptyBinButton"), LEFT)
        assert "2 chats will be gone" in question(app, "eraseQuestion").informativeText()
        await reply(app, "eraseQuestion", "Delete for good")
        await until(lambda: chats.count() == 0)
        assert await app.store.deleted_conversations() == []
        assert not find(app, QPushButton, "emptyBinButton").isEnabled()

        assert app.window.notice.text() == ""  # there is nothing to undo any more


async def test_one_undo_takes_back_all_that_was_deleted_in_a_row(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        for prompt in ("first", "second", "third"):
            await binned(app, qtbot, prompt)
        assert app.window.notice.text() == "3 chats are in the bin."
        first = next(c for c in await app.store.deleted_conversations() if c.title == "First")

        app.pane.care.restore(first.id)
        await until(lambda: app.window.notice.text() == "2 chats are in the bin.")
        app.window.notice._button.click()

        await until(lambda: title(app) == "Third")
        assert await app.store.deleted_conversations() == []
        assert app.window.notice.text() == ""


async def test_an_offer_that_has_gone_is_not_made_again_with_the_next(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await binned(app, qtbot, "first")
        app.window.notice.dismiss()

        await binned(app, qtbot, "second")

        assert app.window.notice.text() == "“Second” is in the bin."


async def test_undo_of_a_chat_that_another_window_deleted_for_good_says_so(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await binned(app, qtbot, "first")
        (gone,) = await app.store.deleted_conversations()
        await app.store.erase(gone.id)

        app.window.notice._button.click()

        await until(lambda: "deleted for good" in app.window.notice.text())


async def test_the_next_prompt_has_the_server_for_itself(paths, theme, qtbot, lm_studio, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        general = app.settings.settings.general
        update = {"titles": TitleSource.LOCAL_MODEL}
        app.settings.change(general=general.model_copy(update=update))
        await until(lambda: app.settings.settings.general.titles is TitleSource.LOCAL_MODEL)
        await choose(app)
        lm_studio.then(["first"], Reply(content=["A ", "title"], stall_after=1), ["second"])
        await asked(app, qtbot, "Parse the header")
        await until(lambda: any("six words" in str(r.body) for r in lm_studio.requests))

        await asked(app, qtbot, "And the footer", 4)

        await until(lm_studio.disconnected.is_set)
        assert messages(app)[-1].text == "second"
        assert title(app) == "Parse the header"


async def test_regenerating_with_a_cloud_model_asks_before_a_local_chat_leaves(
    paths, theme, qtbot, lm_studio, ollama, servers
):
    lm_studio.reply = ["local"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "My secret plan")
        await choose(app, CLOUD)

        app.pane.view.transcript.action_requested.emit(messages(app)[-1].id, "regenerate")
        boxes = []
        await until(lambda: boxes.extend(app.window.findChildren(QMessageBox)) or bool(boxes))
        boxes[0].reject()

        await until(lambda: not app.turns.sending._tasks.is_running)
        assert is_answered(app)
        assert messages(app)[-1].text == "local"
        assert not any("secret" in str(request.body) for request in ollama.requests)


async def test_two_quick_prompts_keep_their_order(paths, theme, qtbot, lm_studio, servers):
    lm_studio.reply = ["ok"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        ask(app, qtbot, "one")
        ask(app, qtbot, "two")
        ask(app, qtbot, "three")
        await until(lambda: is_answered(app, 6))

        assert [m.text for m in messages(app)[::2]] == ["one", "two", "three"]
