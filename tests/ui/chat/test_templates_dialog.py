import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListWidget,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
)

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


def title(dialog):
    return dialog.findChild(QLineEdit, "templateTitle")


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


def test_a_new_one_is_chosen_once_it_is_saved(dialog, qtbot):
    press(qtbot, dialog, "newTemplateButton")
    qtbot.keyClicks(title(dialog), "Zebra")
    with qtbot.waitSignal(dialog.save_requested) as saved:
        press(qtbot, dialog, "saveTemplateButton")

    dialog.set_templates([MINE, SQL, *saved.args], {"mine", "zebra"})

    assert dialog.findChild(QListWidget).currentItem().text() == "Zebra"
    assert title(dialog).text() == "Zebra"


def test_what_is_written_stays_while_another_one_is_looked_at(dialog, qtbot):
    rows = dialog.findChild(QListWidget)
    rows.setCurrentRow(0)
    qtbot.keyClicks(title(dialog), "!")
    rows.setCurrentRow(1)
    assert title(dialog).text() == "SQL"
    assert [rows.item(row).text() for row in range(2)] == ["Mine · not saved", "SQL"]
    press(qtbot, dialog, "newTemplateButton")
    qtbot.keyClicks(title(dialog), "Third")

    rows.setCurrentRow(0)
    assert title(dialog).text() == "Mine!"
    press(qtbot, dialog, "newTemplateButton")
    assert title(dialog).text() == "Third"

    rows.setCurrentRow(0)
    with qtbot.waitSignal(dialog.save_requested) as saved:
        press(qtbot, dialog, "saveTemplateButton")
    dialog.set_templates([*saved.args, SQL], {"mine"})
    assert rows.item(0).text() == "Mine!"


def question(dialog):
    return dialog.findChild(QMessageBox, "unsavedTemplatesDialog")


def answer(dialog, text):
    next(button for button in question(dialog).buttons() if button.text() == text).click()


def test_closing_asks_about_what_is_not_saved(dialog, qtbot):
    dialog.findChild(QListWidget).setCurrentRow(0)
    qtbot.keyClicks(title(dialog), "!")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    answer(dialog, "Stay")
    qtbot.waitUntil(lambda: question(dialog) is None)
    assert title(dialog).text() == "Mine!"

    dialog.close()
    with qtbot.waitSignal(dialog.save_requested) as saved:
        answer(dialog, "Save")

    assert saved.args == [MINE.model_copy(update={"title": "Mine!"})]
    assert not dialog.isVisible()


def test_closing_can_let_go_of_what_is_not_saved(dialog, qtbot):
    press(qtbot, dialog, "newTemplateButton")
    dialog.findChild(QPlainTextEdit, "templatePrompt").setPlainText("Write {input}")
    dialog.close()
    assert [button.text() for button in question(dialog).buttons()] == ["Stay", "Discard"]

    answer(dialog, "Discard")

    assert not dialog.isVisible()
    dialog.open()
    press(qtbot, dialog, "newTemplateButton")
    assert dialog.findChild(QPlainTextEdit, "templatePrompt").toPlainText() == ""
    dialog.close()
    assert not dialog.isVisible()


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
