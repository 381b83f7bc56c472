import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QPlainTextEdit, QPushButton

from ai_coder.llm.models import ModelConfig
from ai_coder.ui.chat.complete_view import CompleteView

MODEL = ModelConfig(name="coder", provider="lm_studio", capabilities=("chat", "completion"))


@pytest.fixture
def view(qtbot, theme):
    view = CompleteView(theme)
    qtbot.addWidget(view)
    view.set_model(MODEL, can_infill=True)
    view.show()
    return view


def field(view, name):
    return view.findChild(QPlainTextEdit, name)


def press(qtbot, view, name):
    qtbot.mouseClick(view.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_running_asks_for_both_texts(view, qtbot):
    field(view, "completionPrefix").setPlainText("def f(")
    field(view, "completionSuffix").setPlainText("return x")

    with qtbot.waitSignal(view.run_requested) as asked:
        press(qtbot, view, "completionRunButton")

    assert asked.args == ["def f(", "return x"]


def test_without_infill_nothing_comes_after(view, qtbot):
    field(view, "completionPrefix").setPlainText("def f(")
    field(view, "completionSuffix").setPlainText("return x")
    view.set_model(MODEL, can_infill=False)

    assert not field(view, "completionSuffix").isVisible()
    with qtbot.waitSignal(view.run_requested) as asked:
        press(qtbot, view, "completionRunButton")
    assert asked.args == ["def f(", ""]


def test_while_running_the_button_stops(view, qtbot):
    view.set_running(True)
    view.append("x")
    view.append("):\n")

    assert view.findChild(QPushButton, "completionRunButton").text() == "Stop"
    with qtbot.waitSignal(view.stop_requested):
        press(qtbot, view, "completionRunButton")
    assert field(view, "completionResult").toPlainText() == "x):\n"


def test_the_result_can_be_taken_and_a_new_run_starts_empty(view, qtbot):
    field(view, "completionPrefix").setPlainText("def f(")
    view.set_running(True)
    view.append("x):")
    view.set_running(False)

    press(qtbot, view, "completionTakeButton")

    assert field(view, "completionPrefix").toPlainText() == "def f(x):"
    assert field(view, "completionResult").toPlainText() == ""
    view.append("old")
    view.set_running(True)
    assert field(view, "completionResult").toPlainText() == ""


def test_a_model_that_only_chats_cannot_run(view):
    field(view, "completionPrefix").setPlainText("def f(")
    view.set_model(MODEL.model_copy(update={"capabilities": ("chat",)}), can_infill=True)

    assert not view.findChild(QPushButton, "completionRunButton").isEnabled()
    assert "completes plain text" in view.findChild(QLabel, "completionProblem").text()
