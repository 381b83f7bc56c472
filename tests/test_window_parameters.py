"""Parameters and templates in the whole window."""

from __future__ import annotations

import json

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from ai_coder.llm.models import GenerationParameters
from ai_coder.llm.templates import Template
from tests.conftest import until
from tests.fake_cloud import openai_error
from tests.server_fixtures import CLAUDE, GPT, KEYS, QWEN
from tests.window import (
    answered,
    choose,
    find,
    give_keyboard,
    is_answered,
    last_sent,
    messages,
    opened,
    ready,
    shown,
)

LEFT = Qt.MouseButton.LeftButton


def fields(app):
    """Return the names of the number fields that the panel shows."""
    panel = find(app, QWidget, "parametersPanel")
    return {
        each.objectName().removesuffix("Field")
        for each in panel.findChildren(QLineEdit)
        if each.isVisible()
    }


async def test_the_panel_follows_model_and_chat_and_what_is_set_is_sent(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await choose(app, QWEN)
        qtbot.mouseClick(find(app, QPushButton, "parametersButton"), LEFT)
        panel = find(app, QWidget, "parametersPanel")
        await until(panel.isVisible)
        assert "repeat_penalty" in fields(app)
        assert panel.x() > find(app, QWidget, "transcript").x()

        qtbot.keyClicks(find(app, QLineEdit, "temperatureField"), "0.3")
        find(app, QPlainTextEdit, "systemPromptField").setPlainText("Be brief.")
        settings = lambda: app.pane.chat.session.conversation.settings  # noqa: E731  # one place
        await until(lambda: settings().system_prompt == "Be brief.")
        await answered(app, qtbot, QWEN, "one")
        sent = next(r.json for r in reversed(lm_studio.requests) if r.method == "POST")
        assert sent["temperature"] == 0.3
        assert "Be brief." in json.dumps(sent)
        assert messages(app)[-1].parameters.temperature == 0.3

        await choose(app, CLAUDE)
        await until(lambda: "repeat_penalty" not in fields(app))
        app.commands.run("new_chat")
        await until(lambda: find(app, QLineEdit, "temperatureField").text() == "")


async def test_trying_again_puts_the_results_side_by_side(paths, theme, qtbot, world, lm_studio):
    environment = world(lm_studio=lm_studio)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN)
        lm_studio.reply = ["first"]
        await answered(app, qtbot, QWEN, "one")
        app.commands.run("parameters")
        qtbot.keyClicks(find(app, QLineEdit, "temperatureField"), "1.5")
        lm_studio.reply = ["second"]
        await until(find(app, QPushButton, "tryAgainButton").isEnabled)
        qtbot.mouseClick(find(app, QPushButton, "tryAgainButton"), LEFT)

        await until(lambda: is_answered(app) and messages(app)[-1].text == "second")
        last = messages(app)[-1]
        assert app.pane.chat.session.branches.position(last.id) == (2, 2)
        assert last.parameters.temperature == 1.5
        assert shown(app).footer.startswith("Temperature 1.5 · ")
        app.pane.view.transcript.action_requested.emit(last.id, "previous_branch")
        await until(lambda: messages(app)[-1].text == "first")
        assert "Temperature" not in shown(app).footer


async def test_a_template_is_applied_saved_exported_and_imported(
    paths, theme, qtbot, world, lm_studio, tmp_path
):
    environment = world(lm_studio=lm_studio)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN)
        app.commands.run("parameters")
        picker = find(app, QComboBox, "templateBox")
        row = next(i for i in range(picker.count()) if picker.itemData(i) == "review")
        picker.setCurrentIndex(row)
        picker.activated.emit(row)
        settings = lambda: app.pane.chat.session.conversation.settings  # noqa: E731  # one place
        await until(lambda: settings().template == "review")
        review = app.templates.get("review").system_prompt
        shown = find(app, QPlainTextEdit, "systemPromptField")
        await until(lambda: shown.toPlainText() == review != "")

        qtbot.mouseClick(find(app, QPushButton, "saveTemplateButton"), LEFT)
        dialog = find(app, QDialog, "templateTitleDialog")
        qtbot.keyClicks(dialog.findChild(QLineEdit), "My review")
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
        await until(lambda: app.templates.get("my-review") is not None)
        assert app.templates.get("my-review").model == QWEN

        target = tmp_path / "mine.json"
        app.templates.export_file(str(target), ["my-review"])
        await until(target.exists)
        app.commands.run("templates")
        find(app, QListWidget, "templateList")
        app.templates._remove("my-review")
        assert app.templates.get("my-review") is None
        app.templates.import_file(str(target))
        await until(lambda: app.templates.get("my-review") is not None)
        title = find(app, QLineEdit, "templateTitle")
        await until(lambda: title.text() == "My review")  # it is marked in the list
        (tmp_path / "broken.json").write_text("{")
        app.templates.import_file(str(tmp_path / "broken.json"))
        texts = lambda: [each.text() for each in app.templates._dialog.findChildren(QLabel)]  # noqa: E731  # one place
        await until(lambda: any("broken.json" in text for text in texts()))


async def test_a_template_with_a_model_shows_what_that_model_takes(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await choose(app, QWEN)
        parameters = GenerationParameters(top_k=3, seed=1)
        mine = Template(name="mine", title="Mine", model=CLAUDE, parameters=parameters)
        app.templates._save(mine)
        await until(lambda: app.templates.get("mine") is not None)
        await give_keyboard(app)
        app.commands.run("parameters")
        assert "repeat_penalty" in fields(app)
        picker = find(app, QComboBox, "templateBox")
        picker.setFocus()
        row = next(i for i in range(picker.count()) if picker.itemData(i) == "mine")

        picker.setCurrentIndex(row)
        picker.activated.emit(row)

        await until(lambda: "repeat_penalty" not in fields(app))
        assert picker.hasFocus()
        panel = find(app, QWidget, "parametersPanel")
        assert "not used by this model" in panel._unused.text()


async def test_the_keyboard_goes_along_where_the_panel_covers_the_chat(
    paths, theme, qtbot, world, lm_studio
):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await ready(app, QWEN)
        theme.configure("light", 200)
        app.window.resize(900, 650)
        await give_keyboard(app)
        edit = app.pane.view.prompt_bar.edit
        edit.setFocus()
        assert edit.isVisible()

        app.commands.run("parameters")
        panel = find(app, QWidget, "parametersPanel")
        await until(lambda: panel.isVisible() and not edit.isVisible())
        qtbot.keyClick(app.window.focusWidget(), Qt.Key.Key_Tab)
        assert panel.isAncestorOf(app.window.focusWidget())

        app.commands.run("parameters")
        await until(edit.isVisible)
        assert edit.hasFocus()


async def test_a_template_is_changed_to_what_the_chat_does(paths, theme, qtbot, world, lm_studio):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await ready(app, QWEN)
        await choose(app, QWEN)
        app.commands.run("parameters")
        update = find(app, QPushButton, "updateTemplateButton")
        before = app.templates.get("explain")
        app.parameters.apply_template("explain")
        prompt = find(app, QPlainTextEdit, "systemPromptField")
        await until(lambda: prompt.toPlainText() == before.system_prompt)
        assert update.isHidden()

        qtbot.keyClicks(find(app, QLineEdit, "seedField"), "7")
        await until(update.isVisible)
        assert update.text() == "Update “Explain”"
        qtbot.mouseClick(update, LEFT)

        await until(lambda: app.templates.get("explain").parameters.seed == 7)
        changed = before.parameters.model_copy(update={"seed": 7})
        assert app.templates.get("explain") == before.model_copy(update={"parameters": changed})
        await until(update.isHidden)
        await until(lambda: find(app, QPushButton, "chatSettingsButton").text() == "Explain")


async def test_a_template_saved_from_another_keeps_its_prompt_and_gets_a_title_of_its_own(
    paths, theme, qtbot, world, lm_studio
):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await ready(app, QWEN)
        await choose(app, QWEN)
        app.parameters.apply_template("explain")
        await until(lambda: settings_of(app).template == "explain")

        app.templates._keep("explain")

        await until(lambda: app.templates.get("explain-2") is not None)
        saved = app.templates.get("explain-2")
        assert (saved.title, saved.prompt) == ("explain 2", app.templates.get("explain").prompt)


async def test_a_slash_command_is_offered_and_expanded_on_sending(
    paths, theme, qtbot, world, lm_studio
):
    environment = world(lm_studio=lm_studio)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN)
        await choose(app, QWEN)
        await give_keyboard(app)
        edit = app.pane.view.prompt_bar.edit
        edit.setFocus()
        await until(edit.hasFocus)
        qtbot.keyClicks(edit, "/expl")
        assert app.templates._slash.is_open
        assert app.templates._slash.offered()[0] == "explain"
        qtbot.keyClick(edit, Qt.Key.Key_Escape)

        edit.setPlainText("/explain x = 1")
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        await until(lambda: is_answered(app))
        explain = app.templates.get("explain")
        assert messages(app)[0].text == explain.filled("x = 1").strip()
        assert settings_of(app).template == "explain"
        assert explain.system_prompt in json.dumps(last_sent(lm_studio))


def settings_of(app):
    return app.pane.chat.session.conversation.settings


async def test_a_slash_command_says_that_it_holds_for_the_chat_and_can_be_undone(
    paths, theme, qtbot, world, lm_studio
):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await ready(app, QWEN)
        chip = find(app, QPushButton, "chatSettingsButton")
        await answered(app, qtbot, QWEN, "/review x = 1")

        assert "“Review” holds for this chat" in app.window.notice.text()
        assert chip.isVisible()
        assert chip.text() == "Review"
        assert chip.toolTip() == "Sent with every prompt of this chat: System prompt, Temperature."
        undo = next(b for b in app.window.notice.findChildren(QPushButton) if b.text() == "Undo")
        qtbot.mouseClick(undo, LEFT)
        await until(chip.isHidden)
        assert settings_of(app).template is None

        await answered(app, qtbot, QWEN, "and now?", count=4)
        review = app.templates.get("review")
        assert review.system_prompt not in json.dumps(last_sent(lm_studio))
        assert "temperature" not in last_sent(lm_studio)


async def test_the_header_names_what_a_chat_does_differently(paths, theme, qtbot, world, lm_studio):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await ready(app, QWEN)
        await choose(app, QWEN)
        chip = find(app, QPushButton, "chatSettingsButton")
        assert chip.isHidden()

        app.parameters.apply_template("explain")
        await until(lambda: chip.text() == "Explain" and chip.isVisible())
        qtbot.mouseClick(chip, LEFT)
        panel = find(app, QWidget, "parametersPanel")
        await until(panel.isVisible)
        qtbot.keyClicks(find(app, QLineEdit, "temperatureField"), "0.3")
        await until(lambda: chip.text() == "Explain, changed")

        app.commands.run("new_chat")
        await until(chip.isHidden)
        qtbot.keyClicks(find(app, QLineEdit, "temperatureField"), "0.3")
        await until(lambda: chip.text() == "Changed parameters")


async def test_a_parameter_that_a_model_refuses_is_named_in_plain_words(
    paths, theme, qtbot, world, gpt
):
    environment = world(openai=gpt, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, GPT)
        await choose(app, GPT)
        app.commands.run("parameters")
        qtbot.keyClicks(find(app, QLineEdit, "max_tokensField"), "50")
        await until(lambda: settings_of(app).parameters.max_tokens == 50)
        refused = openai_error(
            400,
            "Unsupported parameter: 'max_completion_tokens' is not supported with this model.",
            code="unsupported_parameter",
            param="max_completion_tokens",
        )
        gpt.next("/v1/chat/completions", refused)

        answer = await answered(app, qtbot, GPT, "one")

        assert answer.text == "Hello world"
        assert "max_completion_tokens" not in gpt.body
        notes = shown(app).notes
        assert notes == ("This model does not accept “Longest answer”; it was left out.",)
