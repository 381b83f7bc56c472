"""The whole application in a test, and what a user does with it."""

from __future__ import annotations

from contextlib import asynccontextmanager

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QComboBox, QMessageBox, QPlainTextEdit

from ai_coder.core import load_settings, open_core
from ai_coder.owners.workbench import Workbench
from ai_coder.ui.main_window import MainWindow
from tests.conftest import until

MODEL = "lm_studio/qwen2.5-coder-7b-instruct"


@asynccontextmanager
async def opened(paths, theme, qtbot, **environment):
    """Open the application as a user would; yields the workbench."""
    store, loaded = load_settings(paths, environment)
    async with open_core(paths, store, loaded, environment) as core:
        window = MainWindow(theme)
        window.announce_views()
        qtbot.addWidget(window)
        workbench = Workbench(core, theme, window)
        window.show()
        try:
            await workbench.start()
            yield workbench
        finally:
            window.hide()  # as the application does; a window that dies on screen sends events
            await workbench.aclose()


async def give_keyboard(workbench):
    """Make the window the active one: shortcuts work only there."""
    workbench.window.activateWindow()
    workbench.window.raise_()
    await until(workbench.window.isActiveWindow)


def find(workbench, kind, name):
    widget = workbench.window.findChild(kind, name)
    assert widget is not None, name
    return widget


def refs(workbench):
    picker = find(workbench, QComboBox, "modelPicker")
    found = [picker.itemData(row, Qt.ItemDataRole.UserRole) for row in range(picker.count())]
    return [ref for ref in found if ref]


async def choose(workbench, ref=MODEL):
    """Choose a model as soon as its server has told of it."""
    await until(lambda: ref in refs(workbench))
    picker = find(workbench, QComboBox, "modelPicker")
    picker.setCurrentIndex(picker.findData(ref, Qt.ItemDataRole.UserRole))
    await until(lambda: workbench.picker.current_ref() == ref)


def prompt(workbench):
    """The field in which the user writes."""
    return find(workbench, QPlainTextEdit, "promptEdit")


def ask(workbench, qtbot, text):
    edit = prompt(workbench)
    edit.setPlainText(text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def messages(workbench):
    return workbench.pane.chat.session.messages


def last_sent(server):
    """Return what *server* was asked to do last; questions after its health are none of that."""
    return next(r.json for r in reversed(server.requests) if r.method == "POST")


def is_answered(workbench, count=2):
    chat = workbench.pane.chat
    return len(chat.session.messages) >= count and not chat.is_running


async def asked(workbench, qtbot, prompt, count=2):
    """Send a prompt and wait for the answer."""
    ask(workbench, qtbot, prompt)
    await until(lambda: is_answered(workbench, count))


async def ready(workbench, *wanted):
    """Wait until the models *wanted* can be chosen and slash commands work."""
    await until(lambda: set(wanted) <= set(refs(workbench)), timeout=30)
    await until(lambda: workbench.turns.sending.prepare is not None, timeout=30)


async def answered(workbench, qtbot, ref, prompt, *, count=2):
    """Ask the model *ref* and wait for its answer, which is returned."""
    await choose(workbench, ref)
    ask(workbench, qtbot, prompt)
    await until(lambda: is_answered(workbench, count), timeout=60)
    return messages(workbench)[-1]


def question(workbench, name):
    """Return the question that is open, or None."""
    return workbench.window.findChild(QMessageBox, name)


async def reply(workbench, name, text):
    """Press a button of the question *name* as soon as it is asked, and wait until it is gone."""
    await until(lambda: question(workbench, name) is not None)
    box = question(workbench, name)
    next(button for button in box.buttons() if button.text() == text).click()
    await until(lambda: question(workbench, name) is None)


def press(workbench, qtbot, message, action):
    """Click a button that is painted in *message*."""
    transcript = workbench.pane.view.transcript
    transcript.scroll_to(message.id)
    transcript.viewport().repaint()
    layout = transcript._layout
    index = layout.index_of(message.id)
    button = next(b for b in layout.view(index).frame.buttons() if b.action == action)
    place = transcript._origin() + QPointF(0, layout.top(index)) + button.rect.center()
    qtbot.mouseClick(transcript.viewport(), Qt.MouseButton.LeftButton, pos=place.toPoint())


def shown(workbench):
    """Return the newest message as the transcript shows it."""
    return workbench.pane.view.shown._display_of(messages(workbench)[-1])
