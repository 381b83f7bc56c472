from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QPlainTextEdit, QPushButton

from ai_coder.ui.crash_dialog import CrashDialog


@pytest.fixture
def dialog(theme, qtbot):
    dialog = CrashDialog(theme, lambda text: text.replace("sk-secret", "…"))
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def click(qtbot, dialog, text):
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_report_is_folded_and_can_be_unfolded(dialog, qtbot):
    dialog.add_report("Traceback: boom")
    report = dialog.findChild(QPlainTextEdit, "crashReport")
    assert not report.isVisible()

    click(qtbot, dialog, "Show report")

    assert report.isVisible()
    assert report.toPlainText() == "Traceback: boom"


def test_secrets_are_neither_shown_nor_copied(dialog, qtbot):
    dialog.add_report("Authorization: sk-secret")

    click(qtbot, dialog, "Copy report")

    assert dialog.report == "Authorization: …"
    assert QGuiApplication.clipboard().text() == "Authorization: …"


def test_the_same_fault_is_reported_once(dialog):
    for fault in ("one", "two", "one"):
        dialog.add_report(fault)

    assert dialog.report == "one\n\ntwo"


@pytest.mark.parametrize("zoom", [80, 100, 200])
def test_the_buttons_stand_below_the_report_at_every_zoom(look, theme, qtbot, zoom):
    theme.configure("light", zoom)
    dialog = CrashDialog(theme, str)
    qtbot.addWidget(dialog)
    dialog.add_report("Traceback: boom\n" * 40)
    with qtbot.waitExposed(dialog):
        dialog.open()
    gap = dialog._text.y() - dialog._heading.geometry().bottom()

    click(qtbot, dialog, "Show report")

    report = dialog.findChild(QPlainTextEdit, "crashReport")
    buttons = dialog.findChildren(QPushButton)
    qtbot.waitUntil(lambda: all(b.y() > report.geometry().bottom() for b in buttons))
    assert report.height() >= theme.px(80)
    assert dialog._text.y() - dialog._heading.geometry().bottom() == gap
    assert dialog._text.height() <= dialog._text.heightForWidth(dialog._text.width()) + 1
    tall = dialog.height()
    click(qtbot, dialog, "Hide report")
    qtbot.waitUntil(lambda: dialog.height() < tall)


def test_enter_goes_on(look, theme, qtbot):
    dialog = CrashDialog(theme, str)
    qtbot.addWidget(dialog)
    dialog.open()

    assert dialog.focusWidget().text() == "Go on"
