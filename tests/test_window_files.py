"""Files in the real window: attached, pasted, dropped, imported, exported through its dialogs."""

from __future__ import annotations

import json
import struct
import zlib

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PyQt6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QPushButton,
)

from tests.chat.foreign_chats import CHATGPT, LM_STUDIO
from tests.conftest import until
from tests.window import asked, choose, find, is_answered, last_sent, messages, opened

LEFT = Qt.MouseButton.LeftButton


async def chooser(app):
    """Return the file chooser that opens."""
    found = []

    def is_open():
        found[:] = [d for d in app.window.findChildren(QFileDialog) if d.isVisible()]
        return bool(found)

    await until(is_open)
    return found[0]


async def choose_file(app, qtbot, path):
    """Type the name of a file into the chooser and go on, as a user does."""
    dialog = await chooser(app)
    dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
    box = dialog.findChild(QDialogButtonBox)
    accept = (QDialogButtonBox.StandardButton.Open, QDialogButtonBox.StandardButton.Save)
    button = next(box.button(each) for each in accept if box.button(each) is not None)
    await until(button.isEnabled)
    qtbot.mouseClick(button, LEFT)
    await until(lambda: not dialog.isVisible())


def chips(app):
    """Return what the chips above the prompt say."""
    found = [chip.findChild(QLabel) for chip in app.pane.view.prompt_bar._chips._chips]
    return [words.accessibleName() or words.text() for words in found]


def rows(app):
    model = find(app, QListView, "conversationList").model()
    return [model.data(model.index(row, 0)) for row in range(model.rowCount())]


async def test_an_attached_file_shows_its_cost_is_sent_and_can_be_taken_off(
    paths, theme, qtbot, lm_studio, servers, tmp_path
):
    note, other = tmp_path / "note.py", tmp_path / "other.py"
    note.write_text("x = 1\n" * 700)
    other.write_text("y = 2\n")
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        for path in (note, other):
            qtbot.mouseClick(find(app, QPushButton, "attachButton"), LEFT)
            await choose_file(app, qtbot, path)
            await until(lambda path=path: app.pane.chat.files[-1:] != [] and chips(app) != [])
        await until(lambda: len(app.pane.chat.files) == 2)
        assert chips(app) == ["note.py · about 1.2k tokens", "other.py · about 2 tokens"]
        meter = app.pane.view.prompt_bar.meter
        await until(lambda: meter.text().startswith("about 1"))

        remove = app.pane.view.prompt_bar._chips.stops()[1]
        assert remove.accessibleName() == "Remove other.py · about 2 tokens"
        qtbot.mouseClick(remove, LEFT)
        await until(lambda: len(chips(app)) == 1)
        await asked(app, qtbot, "Read it")

        assert [a.name for a in messages(app)[0].attachments] == ["note.py"]
        sent = str(last_sent(lm_studio))
        assert "x = 1" in sent
        assert "y = 2" not in sent
        assert chips(app) == []


async def test_a_long_paste_becomes_a_chip_and_a_short_one_text(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        edit = find(app, QPlainTextEdit, "promptEdit")
        clipboard = QGuiApplication.clipboard()
        clipboard.setText("short")
        edit.paste()
        clipboard.setText("line of a log\n" * 200)
        edit.paste()

        assert edit.toPlainText() == "short"
        assert chips(app) == ["pasted.txt · about 800 tokens"]
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        await until(lambda: is_answered(app))
        assert messages(app)[0].text == "short"
        assert messages(app)[0].attachments[0].size == 14 * 200


async def test_a_file_dropped_on_the_prompt_is_attached(paths, theme, qtbot, servers, tmp_path):
    note = tmp_path / "note.py"
    note.write_text("x = 1\n")
    async with opened(paths, theme, qtbot, **servers) as app:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(note))])
        how = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
        place = find(app, QPlainTextEdit, "promptEdit").viewport()
        QGuiApplication.sendEvent(place, QDragEnterEvent(QPoint(10, 10), *how))
        QGuiApplication.sendEvent(place, QDropEvent(QPointF(10, 10), *how))

        await until(lambda: [file.name for file in app.pane.chat.files] == ["note.py"])
        assert find(app, QPlainTextEdit, "promptEdit").toPlainText() == ""


def drop(app, *files):
    """Drop files on the prompt."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in files])
    find(app, QPlainTextEdit, "promptEdit").insertFromMimeData(data)


def saved_picture(path):
    image = QImage(6, 4, QImage.Format.Format_RGB32)
    image.fill(0)
    assert image.save(str(path))
    return path


@pytest.mark.parametrize("kind", ["bmp", "tiff", "webp", "png"])
async def test_a_picture_of_another_kind_is_sent_as_png(
    paths, theme, qtbot, servers, tmp_path, kind
):
    path = saved_picture(tmp_path / f"p.{kind}")
    async with opened(paths, theme, qtbot, **servers) as app:
        drop(app, path)

        await until(lambda: chips(app) == [f"p.{kind} · picture"])
        assert app.pane.chat.files[0].media_type == "image/png"
        assert app.pane.chat.files[0].content.startswith(b"\x89PNG")


async def test_files_that_cannot_go_along_are_named_together_and_the_others_are_attached(
    paths, theme, qtbot, servers, tmp_path
):
    folder, empty, good = tmp_path / "sub", tmp_path / "empty.txt", tmp_path / "good.py"
    folder.mkdir()
    empty.touch()
    good.write_text("x")
    half = tmp_path / "half.png"
    half.write_bytes(saved_picture(tmp_path / "whole.png").read_bytes()[:40])
    async with opened(paths, theme, qtbot, **servers) as app:
        notice = app.window.notice
        drop(app, half)
        await until(lambda: notice.text().startswith("The picture half.png is damaged."))
        notice.clear()
        drop(app, folder, empty, good, half, tmp_path / "gone.txt")

        await until(lambda: notice.text().startswith("4 files were not attached: "))
        assert chips(app) == ["good.py · about 1 token"]
        assert "attached: sub, empty.txt, half.png, …\n" in notice.text()
        for reason in ("sub is a folder.", "empty.txt is empty.", "gone.txt cannot be read: "):
            assert reason in notice._details.text
        notice.dismiss()
        assert notice.text() == ""


async def test_a_picture_that_is_too_large_to_look_at_here_is_attached_as_it_is(
    paths, theme, qtbot, servers, tmp_path
):
    content = bytearray(saved_picture(tmp_path / "p.png").read_bytes())
    content[16:24] = struct.pack(">II", 30_000, 30_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    (tmp_path / "p.png").write_bytes(content)
    async with opened(paths, theme, qtbot, **servers) as app:
        drop(app, tmp_path / "p.png")

        await until(lambda: chips(app) == ["p.png · picture"])
        assert app.pane.chat.files[0].content == content


@pytest.mark.parametrize(
    ("name", "document", "title", "words"),
    [
        ("conversations.json", CHATGPT, "Sorting", "Sort a list"),
        ("1700000000000.conversation.json", LM_STUDIO, "Hello", "Thanks"),
    ],
)
async def test_chats_of_other_applications_come_in_through_the_chooser(
    paths, theme, qtbot, servers, tmp_path, name, document, title, words
):
    path = tmp_path / name
    path.write_text(json.dumps(document))
    async with opened(paths, theme, qtbot, **servers) as app:
        app.actions.requested.emit("import_chats")
        await choose_file(app, qtbot, path)

        await until(lambda: "1 chat" in app.window.notice.text())
        await until(lambda: app.pane.chat.session.conversation.title == title)
        assert words in [message.text for message in messages(app)]
        await until(lambda: any(row.startswith(title) for row in rows(app)))
        app.pane.view.transcript.find(words)
        await until(lambda: app.pane.view.transcript._find.count > 0)


async def test_the_files_that_can_be_read_are_imported_and_the_others_named(
    paths, theme, qtbot, servers, tmp_path
):
    good, bad = tmp_path / "1.conversation.json", tmp_path / "bad.json"
    good.write_text(json.dumps(LM_STUDIO))
    bad.write_text("{}")
    async with opened(paths, theme, qtbot, **servers) as app:
        app.files.import_files([str(bad), str(good)])

        await until(lambda: "1 chat imported" in app.window.notice.text())
        assert "bad.json holds no chats" in app.window.notice.text()
        await until(lambda: app.pane.chat.session.conversation.title == "Hello")


async def test_an_import_that_is_cancelled_keeps_its_chats_and_says_how_many(
    paths, theme, qtbot, servers, tmp_path
):
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([{**CHATGPT[0], "title": str(number)} for number in range(9000)]))
    async with opened(paths, theme, qtbot, **servers) as app:
        app.files.import_files([str(path)])
        await until(lambda: not find(app, QPushButton, "cancelMessageButton").isHidden())
        await until(lambda: app.files._import.made)

        qtbot.mouseClick(find(app, QPushButton, "cancelMessageButton"), LEFT)

        await until(lambda: "Import cancelled: " in app.window.notice.text())
        count = sum(chat.title.isdigit() for chat in await app.store.conversations())
        assert 0 < count < 9000
        assert f"{count:,} chats were imported" in app.window.notice.text()
        assert find(app, QPushButton, "cancelMessageButton").isHidden()
        await until(lambda: len(rows(app)) >= count)


async def test_closing_the_window_ends_an_import(paths, theme, qtbot, servers, tmp_path):
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([{**CHATGPT[0], "title": str(number)} for number in range(9000)]))
    async with opened(paths, theme, qtbot, **servers) as app:
        app.files.import_files([str(path)])
        await until(lambda: app.files._import.made)
        process = app.files._import._process._process

    await until(lambda: process.poll() is not None)


async def test_all_chats_go_out_and_come_in_again_through_the_choosers(
    paths, theme, qtbot, servers, tmp_path
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "Keep me")
        app.actions.requested.emit("export_all_chats")
        await choose_file(app, qtbot, tmp_path / "all")
        await until((tmp_path / "all.json").exists)  # the ending of the format that is chosen
        await until(lambda: app.window.status._message.text() == "Saved all.json")

        app.actions.requested.emit("import_chats")
        await choose_file(app, qtbot, tmp_path / "all.json")

        await until(lambda: sum(row.startswith("Keep me") for row in rows(app)) == 2)
        assert messages(app)[0].text == "Keep me"


async def test_one_chat_is_exported_in_the_format_that_is_chosen(
    paths, theme, qtbot, servers, tmp_path
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "Keep me")
        qtbot.mouseClick(find(app, QPushButton, "exportButton"), LEFT)
        dialog = await chooser(app)
        assert dialog.selectedNameFilter() == "Markdown (*.md)"
        dialog.selectNameFilter("HTML (*.html)")
        dialog.filterSelected.emit("HTML (*.html)")
        await choose_file(app, qtbot, tmp_path / "page")

        await until(lambda: app.window.status._message.text() == "Saved page.html")
        assert "Keep me" in (tmp_path / "page.html").read_text("utf-8")


async def test_saving_code_proposes_a_name_of_its_language(
    paths, theme, qtbot, lm_studio, servers, tmp_path
):
    lm_studio.reply = ["```python\nx = 1\n```\n"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "Write it")
        app.pane.view.transcript._choose(1, "code:0:save")

        dialog = await chooser(app)
        assert dialog.findChild(QLineEdit, "fileNameEdit").text() == "code.py"
        await choose_file(app, qtbot, tmp_path / "mine.py")

        await until((tmp_path / "mine.py").exists)
        assert (tmp_path / "mine.py").read_text("utf-8") == "x = 1\n"


async def test_a_dot_in_a_name_does_not_change_the_format_that_is_chosen(
    paths, theme, qtbot, servers, tmp_path
):
    (tmp_path / "chat.v2.html").write_text("another")
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "Keep me")
        qtbot.mouseClick(find(app, QPushButton, "exportButton"), LEFT)
        dialog = await chooser(app)
        dialog.selectNameFilter("HTML (*.html)")
        dialog.filterSelected.emit("HTML (*.html)")
        await choose_file(app, qtbot, tmp_path / "chat.v2")

        await until(lambda: app.window.status._message.text() == "Saved chat.v2 2.html")
        assert "<html" in (tmp_path / "chat.v2 2.html").read_text("utf-8")
        assert (tmp_path / "chat.v2.html").read_text() == "another"
        assert not (tmp_path / "chat.v2").exists()
