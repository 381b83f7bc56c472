"""An edit in progress in the real window: it stays with its chat, also over a restart."""

from __future__ import annotations

import asyncio
import sqlite3

from PyQt6.QtCore import Qt

from tests.conftest import until
from tests.fake_lm_studio import Reply
from tests.server_fixtures import CLAUDE, KEYS, QWEN
from tests.window import (
    answered,
    ask,
    asked,
    choose,
    is_answered,
    messages,
    opened,
    press,
    prompt,
    question,
    ready,
    reply,
)


def written(app):
    """What the composer shows, and whether it asks an earlier prompt differently."""
    return prompt(app).toPlainText(), app.pane.view.prompt_bar.is_editing


def files(app):
    return [file.name for file in app.pane.chat.files]


async def edited(app, qtbot, draft="half a thought"):
    """Have a chat with a draft, and change the words of its prompt."""
    await choose(app)
    await asked(app, qtbot, "one")
    prompt(app).setPlainText(draft)
    press(app, qtbot, messages(app)[0], "edit")
    qtbot.keyClicks(prompt(app), ", differently")
    assert written(app) == ("one, differently", True)


async def is_stored(app):
    await until(lambda: not app.pane.chat.has_unsaved_draft)


def on_disk(paths):
    """What a second program reads: the draft and the edit of each chat."""
    with sqlite3.connect(paths.database_file) as db:
        found = db.execute("SELECT draft, edited_text FROM conversation ORDER BY id").fetchall()
    db.close()
    return found


async def test_an_edit_is_as_it_was_left_when_its_chat_is_opened_again(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await edited(app, qtbot)
        first = app.pane.chat.id
        app.pane.new_chat()
        await until(lambda: app.pane.chat.id != first)
        assert written(app) == ("", False)

        app.pane.open(first)
        await until(lambda: app.pane.chat.id == first)

        assert written(app) == ("one, differently", True)
        app.pane.view.prompt_bar.cancel_editing()
        assert written(app) == ("half a thought", False)
        await is_stored(app)
        assert on_disk(paths)[0] == ("half a thought", None)


async def test_an_edit_survives_a_restart_and_is_forgotten_once_it_is_sent(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await edited(app, qtbot)

    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        assert written(app) == ("one, differently", True)
        qtbot.keyClick(prompt(app), Qt.Key.Key_Return)
        await until(lambda: is_answered(app) and messages(app)[0].text == "one, differently")
        assert app.pane.chat.session.branches.position(messages(app)[0].id) == (2, 2)
        assert written(app) == ("half a thought", False)

    async with opened(paths, theme, qtbot, **servers) as app:
        assert written(app) == ("half a thought", False)
        assert messages(app)[0].text == "one, differently"


async def test_an_edit_is_on_disk_while_it_is_typed(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await edited(app, qtbot)

        async with asyncio.timeout(20):
            while "and on" not in (on_disk(paths)[0][1] or ""):
                qtbot.keyClicks(prompt(app), " and on")  # there is no pause in which to store it
                await asyncio.sleep(0)

        assert on_disk(paths)[0][0] == "half a thought"


async def test_an_edit_has_the_attachments_of_its_prompt_and_the_draft_keeps_its_own(
    paths, theme, qtbot, servers, tmp_path
):
    for name in ("sent.txt", "more.txt", "waits.txt"):
        (tmp_path / name).write_text(name)
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        app.pane.attachments.add_files([tmp_path / "sent.txt"])
        await until(lambda: files(app) == ["sent.txt"])
        await asked(app, qtbot, "one")
        app.pane.attachments.add_files([tmp_path / "waits.txt"])
        await until(lambda: files(app) == ["waits.txt"])

        press(app, qtbot, messages(app)[0], "edit")
        await until(lambda: files(app) == ["sent.txt"])
        app.pane.attachments.add_files([tmp_path / "more.txt"])
        await until(lambda: files(app) == ["sent.txt", "more.txt"])

    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        assert (written(app), files(app)) == (("one", True), ["sent.txt", "more.txt"])
        app.pane.view.prompt_bar.attachment_removed.emit(0)
        qtbot.keyClick(prompt(app), Qt.Key.Key_Return)
        await until(lambda: is_answered(app) and len(app.pane.chat.session.branches.parents) == 4)
        assert [a.name for a in messages(app)[0].attachments] == ["more.txt"]
        assert files(app) == ["waits.txt"]

    async with opened(paths, theme, qtbot, **servers) as app:
        assert (written(app), files(app)) == (("", False), ["waits.txt"])


async def test_the_words_of_an_edit_whose_prompt_is_gone_come_with_the_draft(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await edited(app, qtbot)
    with sqlite3.connect(paths.database_file) as db:
        db.execute("UPDATE conversation SET edited_message = 4711")
    db.close()

    async with opened(paths, theme, qtbot, **servers) as app:
        assert written(app) == ("half a thought\n\none, differently", False)
        await is_stored(app)
        assert on_disk(paths) == [("half a thought\n\none, differently", None)]


async def test_changed_words_are_not_lost_when_another_prompt_is_edited(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await asked(app, qtbot, "two", 4)
        press(app, qtbot, messages(app)[0], "edit")
        press(app, qtbot, messages(app)[2], "edit")
        assert written(app) == ("two", True)
        qtbot.keyClicks(prompt(app), ", differently")
        press(app, qtbot, messages(app)[2], "edit")
        assert written(app) == ("two, differently", True)

        press(app, qtbot, messages(app)[0], "edit")

        assert written(app) == ("one", True)
        app.pane.view.prompt_bar.cancel_editing()
        assert written(app) == ("two, differently", False)


async def test_an_edit_that_a_question_holds_back_is_on_disk_as_an_edit(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await answered(app, qtbot, QWEN, "one")
        await choose(app, CLAUDE)
        press(app, qtbot, messages(app)[0], "edit")
        ask(app, qtbot, "one, differently")
        await until(lambda: question(app, "cloudQuestion") is not None)
        await is_stored(app)
        assert on_disk(paths) == [("", "one, differently")]

    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        assert written(app) == ("one, differently", True)
        await choose(app, CLAUDE)
        qtbot.keyClick(prompt(app), Qt.Key.Key_Return)
        await reply(app, "cloudQuestion", "Keep it local")
        await until(lambda: written(app) == ("one, differently", True))


async def test_a_prompt_that_waits_stays_in_the_queue_while_an_earlier_one_is_edited(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(Reply(content=["half ", "x"], stall_after=1))
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        ask(app, qtbot, "one")
        await until(lambda: [m.text for m in messages(app)] == ["one", "half "])
        ask(app, qtbot, "two")
        await until(lambda: len(app.pane.chat.session.queue.prompts) == 1)
        press(app, qtbot, messages(app)[0], "edit")

        app.pane.view.prompt_bar.queued_edited.emit(0)

        assert "cancel the edit first" in app.window.status._message.whole_text()
        assert written(app) == ("one", True)
        assert [p.text for p in app.pane.chat.session.queue.prompts] == ["two"]
        app.turns.stop()
        await until(lambda: not app.pane.chat.is_running)
