import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QLineEdit, QListWidget, QPlainTextEdit, QPushButton

from ai_coder.llm.models import GenerationParameters
from ai_coder.llm.templates import Template
from ai_coder.ui.chat.templates_dialog import TemplatesDialog

SQL = Template(
    name="sql", title="SQL", prompt="Write {input}", parameters=GenerationParameters(seed=1)
)
MINE = Template(name="mine", title="Mine")


@pytest.fixture
def dialog(qtbot, theme):
    dialog = TemplatesDialog(theme)
    qtbot.addWidget(dialog)
    dialog.set_templates([MINE, SQL], {"mine"})
    dialog.show()
    return dialog


def press(qtbot, dialog, name):
    qtbot.mouseClick(dialog.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_a_changed_template_keeps_what_is_not_shown(dialog, qtbot):
    dialog.findChild(QListWidget).setCurrentRow(1)
    dialog.findChild(QPlainTextEdit, "templateSystemPrompt").setPlainText("Be brief.")

    with qtbot.waitSignal(dialog.save_requested) as saved:
        press(qtbot, dialog, "saveTemplateButton")

    assert saved.args == [SQL.model_copy(update={"system_prompt": "Be brief."})]


def test_a_new_one_gets_a_name_that_is_free(dialog, qtbot):
    press(qtbot, dialog, "newTemplateButton")
    assert not dialog.findChild(QPushButton, "saveTemplateButton").isEnabled()
    qtbot.keyClicks(dialog.findChild(QLineEdit, "templateTitle"), "SQL")

    with qtbot.waitSignal(dialog.save_requested) as saved:
        press(qtbot, dialog, "saveTemplateButton")

    assert saved.args == [Template(name="sql-2", title="SQL")]


def test_only_own_ones_can_be_deleted(dialog, qtbot):
    dialog.findChild(QListWidget).setCurrentRow(1)
    assert not dialog.findChild(QPushButton, "removeTemplateButton").isEnabled()
    dialog.findChild(QListWidget).setCurrentRow(0)

    with qtbot.waitSignal(dialog.remove_requested) as removed:
        press(qtbot, dialog, "removeTemplateButton")

    assert removed.args == ["mine"]


def test_the_chosen_one_stays_chosen(dialog):
    dialog.findChild(QListWidget).setCurrentRow(1)

    dialog.set_templates([Template(name="a", title="A"), MINE, SQL], {"mine"})

    assert dialog.findChild(QLineEdit, "templateTitle").text() == "SQL"


def test_what_else_a_template_sets_is_named(dialog):
    dialog.findChild(QListWidget).setCurrentRow(1)
    assert dialog.findChild(QLabel, "templateExtras").text() == "Sets too: Seed 1"

    dialog.findChild(QListWidget).setCurrentRow(0)
    assert dialog.findChild(QLabel, "templateExtras").isHidden()
