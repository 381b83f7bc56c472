"""Attachments that take a while to be read, in the real window: nothing is sent without them."""

from __future__ import annotations

import os
import threading

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QLabel

from ai_coder.chat.attachments import AttachmentError, read_file
from tests.conftest import until
from tests.window import (
    ask,
    asked,
    choose,
    is_answered,
    last_sent,
    messages,
    opened,
    press,
    prompt,
)

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def slow_disk(monkeypatch):
    """A disk that gives files whose names begin with "slow" when it is told to."""
    may_go = threading.Event()

    def read(path):
        if path.name.startswith("slow"):
            may_go.wait()
        if path.name.endswith("broken.txt"):
            raise AttachmentError(name=path.name, reason="Input/output error")
        return read_file(path)

    monkeypatch.setattr("ai_coder.ui.chat.attachments.read_file", read)
    yield may_go
    may_go.set()


def chips(app):
    """What the chips above the prompt say."""
    found = [chip.findChild(QLabel) for chip in app.pane.view.prompt_bar._chips._chips]
    return [words.accessibleName() or words.text() for words in found]


def give(app, folder, *names):
    for name in names:
        (folder / name).write_text(f"content of {name}")
    app.pane.attachments.add_files([folder / name for name in names])


def readers():
    return [thread for thread in threading.enumerate() if thread.name == "attachment"]


def is_waiting(app):
    return app.pane.view.prompt_bar.is_waiting


async def test_a_prompt_waits_for_its_attachment_and_is_sent_with_it(
    paths, theme, qtbot, lm_studio, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        give(app, tmp_path, "slow.txt", "quick.txt")
        assert chips(app) == ["slow.txt · reading…", "quick.txt · reading…"]
        await until(lambda: chips(app)[1] == "quick.txt · about 6 tokens")

        ask(app, qtbot, "one")
        ask(app, qtbot, "two")
        assert is_waiting(app)
        assert prompt(app).toPlainText() == ""
        slow_disk.set()

        await until(lambda: is_answered(app, 4))
        assert [m.text for m in messages(app)][::2] == ["one", "two"]
        assert [a.name for a in messages(app)[0].attachments] == ["slow.txt", "quick.txt"]
        assert messages(app)[2].attachments == ()
        assert "content of slow.txt" in str(last_sent(lm_studio))
        assert (chips(app), is_waiting(app)) == ([], False)


@pytest.mark.parametrize("how", ["escape", "chip", "stop"])
async def test_a_prompt_that_waits_for_its_attachment_can_be_called_off(
    paths, theme, qtbot, servers, tmp_path, slow_disk, how
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        give(app, tmp_path, "slow.txt")
        ask(app, qtbot, "one")
        ask(app, qtbot, "two")
        prompt(app).setPlainText("and three")

        if how == "escape":
            qtbot.keyClick(prompt(app), Qt.Key.Key_Escape)
        elif how == "chip":
            close = app.pane.view.prompt_bar._waiting.stops()[0]
            qtbot.mouseClick(close, LEFT)
        else:
            app.turns.stop()

        assert prompt(app).toPlainText() == "one\n\ntwo\n\nand three"
        assert not is_waiting(app)
        slow_disk.set()
        await until(lambda: chips(app) == ["slow.txt · about 5 tokens"])
        await until(lambda: not app.turns.sending._tasks.is_running)
        assert messages(app) == []


async def test_a_prompt_goes_without_an_attachment_that_is_taken_off_while_it_is_read(
    paths, theme, qtbot, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        give(app, tmp_path, "slow.txt", "quick.txt")
        ask(app, qtbot, "one")

        qtbot.mouseClick(app.pane.view.prompt_bar._chips.stops()[0], LEFT)

        await until(lambda: is_answered(app))
        assert [a.name for a in messages(app)[0].attachments] == ["quick.txt"]
        slow_disk.set()
        await asked(app, qtbot, "two", 4)
        assert messages(app)[2].attachments == ()


async def test_a_prompt_comes_back_when_its_attachment_cannot_be_read(
    paths, theme, qtbot, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        give(app, tmp_path, "slow and broken.txt", "quick.txt")
        ask(app, qtbot, "one")
        slow_disk.set()

        await until(lambda: prompt(app).toPlainText() == "one")
        await until(lambda: "Input/output error" in app.window.notice.text())
        await until(lambda: chips(app) == ["quick.txt · about 6 tokens"])
        assert messages(app) == []


async def test_a_file_comes_to_the_chat_it_was_given_to_however_long_that_takes(
    paths, theme, qtbot, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        first = app.pane.chat.id
        give(app, tmp_path, "slow.txt")
        ask(app, qtbot, "two")
        for _chat in range(2):
            before = app.pane.chat.id
            app.pane.new_chat()
            await until(lambda before=before: app.pane.chat.id != before)
            await choose(app)
            await asked(app, qtbot, "elsewhere")
            assert (chips(app), is_waiting(app)) == ([], False)

        slow_disk.set()
        app.pane.open(first)
        await until(lambda: app.pane.chat.id == first)

        await until(lambda: is_answered(app, 4))
        assert [a.name for a in messages(app)[2].attachments] == ["slow.txt"]


async def test_an_edit_that_waits_for_its_attachment_leaves_the_draft_alone(
    paths, theme, qtbot, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        give(app, tmp_path, "draft.txt")
        await until(lambda: chips(app) == ["draft.txt · about 6 tokens"])
        press(app, qtbot, messages(app)[0], "edit")
        assert chips(app) == []
        give(app, tmp_path, "slow.txt")
        ask(app, qtbot, "differently")
        qtbot.keyClick(prompt(app), Qt.Key.Key_Escape)
        assert (prompt(app).toPlainText(), app.pane.view.prompt_bar.is_editing) == (
            "differently",
            True,
        )

        qtbot.keyClick(prompt(app), Qt.Key.Key_Return)
        slow_disk.set()

        await until(lambda: is_answered(app) and messages(app)[0].text == "differently")
        assert [a.name for a in messages(app)[0].attachments] == ["slow.txt"]
        assert chips(app) == ["draft.txt · about 6 tokens"]


async def test_an_edit_that_is_cancelled_while_it_waits_is_not_sent(
    paths, theme, qtbot, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        prompt(app).setPlainText("half a thought")
        press(app, qtbot, messages(app)[0], "edit")
        give(app, tmp_path, "slow.txt")
        ask(app, qtbot, "differently")

        qtbot.mouseClick(app.pane.view.prompt_bar._editing.stops()[0], LEFT)

        slow_disk.set()
        await until(lambda: not app.turns.sending._tasks.is_running)
        assert [m.text for m in messages(app)][::2] == ["one"]
        assert (prompt(app).toPlainText(), chips(app)) == ("half a thought", [])


async def test_a_prompt_that_waits_stays_unsent_in_a_chat_that_is_deleted(
    paths, theme, qtbot, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        chat = app.pane.chat
        give(app, tmp_path, "slow.txt")
        ask(app, qtbot, "two")
        app.commands.run("delete_chat")
        await until(lambda: "is in the bin" in app.window.notice.text())
        slow_disk.set()
        await until(lambda: not app.turns.sending._tasks.is_running)
        await until(lambda: not app.pane.care.tasks.is_running)

        app.window.notice._button.click()
        await until(lambda: app.pane.chat.id == chat.id)

        assert prompt(app).toPlainText() == "two"
        assert len(messages(app)) == 2


async def test_what_was_added_to_an_edit_goes_on_with_the_draft_when_another_one_is_begun(
    paths, theme, qtbot, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        give(app, tmp_path, "sent.txt")
        await until(lambda: len(app.pane.chat.files) == 1)
        await asked(app, qtbot, "one")
        await asked(app, qtbot, "two", 4)
        press(app, qtbot, messages(app)[0], "edit")
        await until(lambda: len(app.pane.chat.files) == 1)
        give(app, tmp_path, "slow.txt", "added.txt")

        press(app, qtbot, messages(app)[2], "edit")

        assert (prompt(app).toPlainText(), chips(app)) == ("two", [])
        slow_disk.set()
        app.pane.view.prompt_bar.cancel_editing()
        await until(lambda: [f.name for f in app.pane.chat.files] == ["slow.txt", "added.txt"])
        assert prompt(app).toPlainText() == ""


async def test_a_draft_that_waits_is_no_edit_when_an_edit_is_begun_meanwhile(
    paths, theme, qtbot, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        give(app, tmp_path, "slow.txt")
        ask(app, qtbot, "two")
        press(app, qtbot, messages(app)[0], "edit")
        slow_disk.set()

        await until(lambda: is_answered(app, 4))

        assert [m.text for m in messages(app)][::2] == ["one", "two"]
        assert [a.name for a in messages(app)[2].attachments] == ["slow.txt"]
        assert (prompt(app).toPlainText(), app.pane.view.prompt_bar.is_editing) == ("one", True)


async def test_a_chip_says_that_the_encoding_is_only_a_guess(
    paths, theme, qtbot, servers, tmp_path
):
    (tmp_path / "a.txt").write_bytes("表示".encode("shift_jis"))
    async with opened(paths, theme, qtbot, **servers) as app:
        app.pane.attachments.add_files([tmp_path / "a.txt"])

        await until(lambda: chips(app) == ["a.txt · about 1 token · read as Windows-1252"])


async def test_a_pasted_picture_is_made_into_a_file_beside_the_window(
    paths, theme, qtbot, servers, monkeypatch
):
    import ai_coder.ui.chat.attachments as module

    threads, encode = [], module._png

    def recorded(image):
        threads.append(threading.current_thread())
        return encode(image)

    monkeypatch.setattr(module, "_png", recorded)
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(0)
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        app.pane.view.prompt_bar.image_pasted.emit(image)
        assert chips(app) == ["picture.png · reading…"]
        await until(lambda: chips(app) == ["picture.png · picture"])

        assert threading.main_thread() not in threads
        assert app.pane.chat.files[0].content.startswith(b"\x89PNG")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes among its files")
async def test_a_named_pipe_is_refused_in_words(paths, theme, qtbot, servers, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    async with opened(paths, theme, qtbot, **servers) as app:
        app.pane.attachments.add_files([tmp_path / "pipe"])

        await until(lambda: "pipe is not a file" in app.window.notice.text())
        assert chips(app) == []


async def test_closing_does_not_wait_for_a_file_that_is_never_read(
    paths, theme, qtbot, servers, tmp_path, slow_disk
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        give(app, tmp_path, "slow.txt")
        ask(app, qtbot, "one")
        await until(lambda: readers() != [])
        reader = readers()[0]

    assert reader.is_alive()
    assert reader.daemon
    async with opened(paths, theme, qtbot, **servers) as app:
        assert prompt(app).toPlainText() == "one"
