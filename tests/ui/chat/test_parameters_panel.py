import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QPushButton, QToolButton

from ai_coder.llm.models import GenerationParameters, ResponseFormat
from ai_coder.llm.templates import Template
from ai_coder.ui.chat.parameters_panel import ParametersPanel

ALL = frozenset(GenerationParameters.model_fields)


@pytest.fixture
def panel(qtbot, theme):
    panel = ParametersPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(300, 900)
    panel.set_state(GenerationParameters(), "", ALL, ("low", "high"))
    panel.show()
    return panel


def line(panel, name):
    return panel.findChild(QLineEdit, f"{name}Field")


def type_number(qtbot, panel, name, text):
    edit = line(panel, name)
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def test_nothing_set_shows_defaults_and_no_numbers(panel):
    edits = [edit for edit in panel.findChildren(QLineEdit) if edit.objectName().endswith("Field")]

    assert len(edits) == 9
    assert all(edit.text() == "" and edit.placeholderText() == "default" for edit in edits)
    assert not any(reset.isVisible() for reset in resets(panel))
    assert panel.parameters == GenerationParameters()


def resets(panel):
    return [b for b in panel.findChildren(QToolButton) if b.objectName().endswith("Reset")]


def test_only_what_the_model_takes_is_shown(panel):
    panel.set_state(
        GenerationParameters(), "", frozenset({"max_tokens", "reasoning_effort"}), ("none", "high")
    )

    assert line(panel, "max_tokens").isVisible()
    assert not line(panel, "temperature").isVisible()
    efforts = panel.findChild(QComboBox, "reasoning_effortField")
    assert [efforts.itemText(i) for i in range(efforts.count())] == ["default", "none", "high"]


def test_an_edit_is_told_with_everything_that_is_set(panel, qtbot):
    with qtbot.waitSignal(panel.changed) as told:
        type_number(qtbot, panel, "temperature", "0")
    type_number(qtbot, panel, "max_tokens", "500")
    panel.findChild(QPlainTextEdit, "systemPromptField").setPlainText("Be brief.")

    assert told.args == [GenerationParameters(temperature=0), ""]
    assert panel.parameters == GenerationParameters(temperature=0, max_tokens=500)
    assert panel.system_prompt == "Be brief."


def test_a_changed_value_is_marked_and_goes_back_alone(panel, qtbot):
    type_number(qtbot, panel, "temperature", "0.3")
    type_number(qtbot, panel, "seed", "7")
    reset = panel.findChild(QToolButton, "temperatureReset")
    assert reset.isVisible()
    assert line(panel, "temperature").accessibleDescription() == "changed"

    with qtbot.waitSignal(panel.changed) as told:
        qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)

    assert told.args[0] == GenerationParameters(seed=7)
    assert not reset.isVisible()
    assert line(panel, "temperature").accessibleDescription() == "server's default"


@pytest.mark.parametrize(
    ("name", "text", "words", "good"),
    [
        ("temperature", "3", "From 0 to 2.", None),
        ("temperature", "warm", "A number.", None),
        ("max_tokens", "0", "At least 1.", None),
        ("seed", "1.5", "A whole number.", 1),
    ],
)
def test_what_cannot_be_used_is_said_and_not_told(panel, qtbot, name, text, words, good):
    type_number(qtbot, panel, name, text[:-1])
    with qtbot.assertNotEmitted(panel.changed):
        qtbot.keyClicks(line(panel, name), text[-1])

    assert line(panel, name).accessibleDescription() == words
    assert line(panel, name).property("invalid") is True
    assert panel.parameters == GenerationParameters(**{name: good})


def test_one_field_that_cannot_be_used_does_not_hold_back_the_others(panel, qtbot):
    panel.set_state(GenerationParameters(temperature=0.5), "", ALL)
    panel.set_can_try(True)
    button = panel.findChild(QPushButton, "tryAgainButton")
    type_number(qtbot, panel, "temperature", "9")
    assert not button.isEnabled()

    with qtbot.waitSignal(panel.changed) as told:
        type_number(qtbot, panel, "top_k", "4")

    assert told.args[0] == GenerationParameters(temperature=0.5, top_k=4)
    assert line(panel, "temperature").text() == "9"
    type_number(qtbot, panel, "temperature", "1")
    assert button.isEnabled()


def test_a_broken_schema_that_is_not_asked_for_any_more_disturbs_nothing(panel, qtbot):
    panel.set_can_try(True)
    box = panel.findChild(QComboBox, "response_formatField")
    box.setCurrentIndex(box.findData("json_schema"))
    box.activated.emit(box.currentIndex())
    panel.findChild(QPlainTextEdit, "jsonSchemaField").setPlainText("{ not json")
    assert not panel.findChild(QPushButton, "tryAgainButton").isEnabled()

    with qtbot.waitSignal(panel.changed) as told:
        box.setCurrentIndex(0)
        box.activated.emit(0)
    assert told.args[0].response_format is ResponseFormat.TEXT

    with qtbot.waitSignal(panel.changed) as told:
        panel.findChild(QPlainTextEdit, "systemPromptField").setPlainText("Be brief.")
    assert told.args[1] == "Be brief."
    assert panel.findChild(QPushButton, "tryAgainButton").isEnabled()


def test_a_schema_is_asked_for_when_the_answer_shall_follow_one(panel, qtbot):
    schema = panel.findChild(QPlainTextEdit, "jsonSchemaField")
    assert not schema.isVisible()
    box = panel.findChild(QComboBox, "response_formatField")

    box.setCurrentIndex(box.findData("json_schema"))
    box.activated.emit(box.currentIndex())
    schema.setPlainText('{"type": "object"}')

    assert schema.isVisible()
    assert panel.parameters.response_format is ResponseFormat.JSON_SCHEMA
    assert panel.parameters.json_schema == {"type": "object"}
    schema.setPlainText("{ broken")
    assert schema.accessibleDescription() == "This is not a JSON object."


def test_stop_texts_keep_their_line_breaks(panel):
    panel.set_state(GenerationParameters(stop=("END", "a\nb")), "", ALL)
    edit = panel.findChild(QPlainTextEdit, "stopField")

    assert edit.toPlainText() == "END\na\\nb"
    edit.setPlainText("x\\ny\nz")
    assert panel.parameters.stop == ("x\ny", "z")


def test_values_that_this_model_does_not_take_are_kept_and_said(panel, qtbot):
    panel.set_state(GenerationParameters(temperature=0.5), "", frozenset({"max_tokens"}))

    with qtbot.waitSignal(panel.changed) as told:
        type_number(qtbot, panel, "max_tokens", "9")

    assert told.args[0] == GenerationParameters(temperature=0.5, max_tokens=9)
    assert "not used by this model" in panel._unused.text()
    assert panel._unused.isVisible()


def test_showing_a_state_tells_nobody(panel, qtbot):
    with qtbot.assertNotEmitted(panel.changed):
        panel.set_state(
            GenerationParameters(temperature=0.5, stop=("a",), reasoning_effort="max"), "Hi", ALL
        )

    assert panel.findChild(QComboBox, "reasoning_effortField").currentText() == "max"


def test_reset_all_leaves_the_system_prompt(panel, qtbot):
    panel.set_state(GenerationParameters(temperature=0.5, stop=("a",)), "Be brief.", ALL)

    with qtbot.waitSignal(panel.changed) as told:
        qtbot.mouseClick(
            panel.findChild(QPushButton, "resetParametersButton"), Qt.MouseButton.LeftButton
        )

    assert told.args == [GenerationParameters(), "Be brief."]


def test_a_template_is_asked_for_by_name(panel, qtbot):
    panel.set_templates([Template(name="sql", title="SQL"), Template(name="x", title="X")])
    box = panel.findChild(QComboBox, "templateBox")

    with qtbot.waitSignal(panel.template_chosen) as chosen:
        box.setCurrentIndex(2)
        box.activated.emit(2)

    assert chosen.args == ["x"]
    assert box.currentIndex() == 0


def test_trying_again_needs_an_answer_to_try_again(panel, qtbot):
    button = panel.findChild(QPushButton, "tryAgainButton")
    assert not button.isEnabled()
    panel.set_can_try(True)

    with qtbot.waitSignal(panel.try_requested):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
