import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QLabel, QListWidget, QPlainTextEdit, QPushButton

from ai_coder.llm.inspector import Inspector
from ai_coder.ui.chat.inspector_dialog import InspectorDialog


@pytest.fixture
def inspector():
    inspector = Inspector(lambda: ["sk-secret-key"])
    inspector.is_on = True
    for number in (1, 2):
        recorder = inspector.begin(
            "LM Studio: answers",
            "POST",
            f"http://127.0.0.1:1234/v1/{number}",
            {"Authorization": "Bearer sk-secret-key", "Content-Type": "application/json"},
            b'{"model": "a"}',
        )
        recorder.answered(200, {"content-type": "text/event-stream"})
        recorder.received(b"data: <b>hi</b>\n\n")
        recorder.ended()
    return inspector


@pytest.fixture
def dialog(qtbot, theme):
    dialog = InspectorDialog(theme)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def text(dialog):
    return "\n".join(page.toPlainText() for page in dialog.findChildren(QPlainTextEdit))


def test_the_latest_exchange_is_shown_as_it_was(dialog, inspector):
    dialog.set_exchanges(inspector.exchanges())

    assert dialog.findChild(QListWidget).count() == 2
    assert "POST http://127.0.0.1:1234/v1/2" in text(dialog)
    assert "data: <b>hi</b>" in text(dialog)
    assert '"model": "a"' in text(dialog)
    assert "sk-secret-key" not in text(dialog)
    assert "17 bytes" in dialog.findChild(QLabel, "exchangeTiming").text()


def test_the_chosen_one_stays_chosen(dialog, inspector):
    dialog.set_exchanges(inspector.exchanges())
    dialog.findChild(QListWidget).setCurrentRow(1)
    inspector.begin("x: answers", "GET", "http://x/3", {}, b"")

    dialog.set_exchanges(inspector.exchanges())

    assert dialog.findChild(QListWidget).currentRow() == 2
    assert "/v1/1" in text(dialog)


def test_the_request_is_copied_as_curl(dialog, inspector, qtbot):
    dialog.set_exchanges(inspector.exchanges())

    qtbot.mouseClick(dialog.findChild(QPushButton, "copyCurlButton"), Qt.MouseButton.LeftButton)

    assert QGuiApplication.clipboard().text() == inspector.exchanges()[0].as_curl()


def test_nothing_recorded_says_what_to_do(dialog):
    assert not dialog.findChild(QPushButton, "copyCurlButton").isEnabled()
    words = [each.text() for each in dialog.findChildren(QLabel) if each.isVisible()]
    assert any("Switch recording on" in each for each in words)


def test_nothing_touches_the_lines_between_the_parts(look, dialog, inspector, theme):
    dialog.set_exchanges(inspector.exchanges())

    page = next(page for page in dialog.findChildren(QPlainTextEdit) if page.isVisible())
    requests = dialog.findChild(QListWidget, "exchangeList")
    timing = dialog.findChild(QLabel, "exchangeTiming")

    assert page.y() >= theme.px(8)
    assert requests.parentWidget().width() - requests.geometry().right() > theme.px(8)
    assert timing.y() > page.parentWidget().parentWidget().y()
