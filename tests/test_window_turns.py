"""Asking in the real window: branches, the queue, what is too long, attachments."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PyQt6.QtWidgets import QPushButton

from ai_coder.ui.chat.message_view import START, Position
from ai_coder.ui.chat.transcript_state import Selection
from tests.conftest import until
from tests.fake_lm_studio import FakeLMStudio, LMModel, Reply
from tests.window import (
    MODEL,
    ask,
    asked,
    choose,
    find,
    give_keyboard,
    is_answered,
    last_sent,
    messages,
    opened,
    press,
    prompt,
)

LEFT = Qt.MouseButton.LeftButton
OTHER = "ollama/llama3.2:3b"


@pytest.fixture
def lm_studio(loop):
    model = LMModel("qwen2.5-coder-7b-instruct", vision=False)
    model.load(8192)
    server = FakeLMStudio(models=[model])
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def servers(lm_studio, ollama):
    return {"LM_STUDIO_BASE_URL": f"{lm_studio.url}/v1", "OLLAMA_HOST": ollama.url}


def act(app, message, action):
    app.pane.view.transcript.action_requested.emit(message.id, action)


def texts(app):
    return [m.text for m in messages(app)]


def click(app, qtbot, name):
    button = find(app, QPushButton, name)
    assert button.isVisible()
    qtbot.mouseClick(button, LEFT)


def shown(app, message):
    return app.pane.view.shown._display_of(message)


async def test_prompts_are_edited_answers_regenerated_and_branches_switched(
    paths, theme, qtbot, lm_studio, ollama, servers
):
    lm_studio.reply = ["from LM Studio"]
    ollama.reply = ["from Ollama"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "first wording")

        act(app, messages(app)[0], "edit")
        assert prompt(app).toPlainText() == "first wording"
        ask(app, qtbot, "second wording")
        await until(lambda: texts(app) == ["second wording", "from LM Studio"])
        await until(lambda: is_answered(app))
        assert (shown(app, messages(app)[0]).branch, shown(app, messages(app)[0]).branches) == (
            2,
            2,
        )

        act(app, messages(app)[0], "previous_branch")
        await until(lambda: texts(app)[0] == "first wording")
        act(app, messages(app)[0], "next_branch")
        await until(lambda: texts(app)[0] == "second wording")

        await choose(app, OTHER)
        act(app, messages(app)[1], "regenerate")
        await until(lambda: texts(app)[-1] == "from Ollama" and is_answered(app))
        assert messages(app)[-1].model_ref == OTHER

        act(app, messages(app)[-1], "copy")
        assert QGuiApplication.clipboard().text() == "from Ollama"
        assert app.window.status._message.text() == "Copied"
        act(app, messages(app)[-1], "quote")
        assert prompt(app).toPlainText() == "> from Ollama\n\n"
        act(app, messages(app)[-1], "quote")
        assert prompt(app).toPlainText() == "> from Ollama\n\n> from Ollama\n\n"
        prompt(app).setPlainText("My question\n")
        act(app, messages(app)[-1], "quote")
        assert prompt(app).toPlainText() == "My question\n\n> from Ollama\n\n"


async def test_an_answer_that_was_cut_goes_on_from_its_card(paths, theme, qtbot, ollama, servers):
    ollama.then(Reply(content=["The first half"], finish_reason="length"), [" and the rest."])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app, OTHER)
        await asked(app, qtbot, "Write much")
        card = shown(app, messages(app)[-1]).card
        assert card is not None
        assert "Cut" in card.title
        assert card.offers[0].text == "Continue"

        press(app, qtbot, messages(app)[-1], "card:continue")

        await until(lambda: texts(app)[-1] == "The first half and the rest.")
        await until(lambda: is_answered(app))
        assert shown(app, messages(app)[-1]).card is None


async def test_a_stopped_answer_goes_on_from_the_button_beside_its_note(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(Reply(content=["half ", "x"], stall_after=1), ["done"])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await give_keyboard(app)
        ask(app, qtbot, "Go")
        await until(lambda: texts(app)[-1:] == ["half "])
        qtbot.keyClick(prompt(app), Qt.Key.Key_Escape)
        await until(lambda: is_answered(app))
        assert "Stopped" in shown(app, messages(app)[-1]).notes[0]

        press(app, qtbot, messages(app)[-1], "continue")

        await until(lambda: texts(app)[-1] == "half done")
        await until(lambda: is_answered(app))
        assert shown(app, messages(app)[-1]).offers == ()


async def test_an_answer_whose_continuation_failed_can_still_be_continued(
    paths, theme, qtbot, ollama, servers
):
    ollama.then(
        Reply(content=["The first half"], finish_reason="length"),
        Reply(content=[" and"], error="out of memory"),
        [" the rest."],
    )
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app, OTHER)
        await asked(app, qtbot, "Write much")
        press(app, qtbot, messages(app)[-1], "card:continue")
        await until(lambda: messages(app)[-1].failure is not None and is_answered(app))
        assert texts(app)[-1] == "The first half and"

        press(app, qtbot, messages(app)[-1], "card:continue")

        await until(lambda: texts(app)[-1] == "The first half and the rest.")
        await until(lambda: is_answered(app))
        assert shown(app, messages(app)[-1]).card is None


async def test_only_the_newest_answer_offers_to_go_on(paths, theme, qtbot, ollama, servers):
    ollama.then(Reply(content=["The first half"], finish_reason="length"), ["Sure."])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app, OTHER)
        await asked(app, qtbot, "Write much")
        layout = app.pane.view.transcript._layout
        assert [offer.action for offer in layout.messages[1].card.offers] == ["continue"]

        await asked(app, qtbot, "Something else", 4)

        assert layout.messages[1].card.offers == ()


async def test_what_waits_is_sent_at_once_with_ctrl_enter_or_after_a_stop_when_asked(
    paths, theme, qtbot, lm_studio, servers
):
    stalled = Reply(content=["a ", "b"], stall_after=1)
    lm_studio.then(stalled, stalled, ["waited"])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await give_keyboard(app)
        ask(app, qtbot, "one")
        await until(lambda: texts(app)[-1:] == ["a "])

        prompt(app).setPlainText("urgent")
        qtbot.keyClick(prompt(app), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: texts(app) == ["one", "a ", "urgent", "a "])
        assert messages(app)[1].status == "stopped"

        ask(app, qtbot, "later")
        await until(lambda: len(app.pane.chat.session.queue.prompts) == 1)
        chip = app.pane.view.prompt_bar._queue
        assert chip.isVisible()
        chip.clicked.emit(0)
        assert prompt(app).toPlainText() == "later"
        ask(app, qtbot, "much later")
        await until(lambda: len(app.pane.chat.session.queue.prompts) == 1)
        qtbot.keyClick(prompt(app), Qt.Key.Key_Escape)
        await until(lambda: not app.pane.chat.is_running)
        assert len(messages(app)) == 4
        await until(find(app, QPushButton, "send_queuedButton").isVisible)

        click(app, qtbot, "send_queuedButton")

        await until(lambda: texts(app)[-2:] == ["much later", "waited"])


async def test_a_conversation_that_is_too_long_is_sent_again_with_a_larger_window(
    paths, theme, qtbot, lm_studio, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        ask(app, qtbot, "many words " * 4000)
        await until(lambda: is_answered(app))
        card = shown(app, messages(app)[-1]).card
        assert "too long" in card.title
        assert card.offers[0].text == "Reload with 16k"
        assert card.offers[1].text == "Start fresh with a summary"

        lm_studio.reply = ["now it fits"]
        press(app, qtbot, messages(app)[-1], "card:reload_larger")

        await until(lambda: texts(app)[-1] == "now it fits")
        assert lm_studio.loads[-1][1] == 16384


async def test_a_fresh_chat_begins_with_a_summary_by_the_same_model(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(["We decided on SQLite."])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "Which database?")
        ask(app, qtbot, "many words " * 4000)
        await until(lambda: is_answered(app, 4))
        lm_studio.then(["The user chose SQLite."])
        before = app.pane.chat.id

        press(app, qtbot, messages(app)[-1], "card:start_fresh")

        await until(lambda: app.pane.chat.id != before)
        await until(lambda: prompt(app).toPlainText().startswith("many words"))
        assert "The user chose SQLite." in texts(app)[0]
        assert messages(app)[0].role == "user"
        assert last_sent(lm_studio)["model"] == MODEL.partition("/")[2]


async def test_too_long_because_of_an_attachment_is_sent_without_it(
    paths, theme, qtbot, lm_studio, servers, tmp_path
):
    large = tmp_path / "large.txt"
    large.write_text("many words " * 4000)
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        app.pane.attachments.add_files([large])
        await until(lambda: len(app.pane.chat.files) == 1)
        ask(app, qtbot, "Summarise it")
        await until(lambda: is_answered(app))
        used = app.pane.view.prompt_bar.meter.text()
        assert used.startswith("about 1"), used
        assert "k of 8k" in used
        lm_studio.reply = ["without"]

        press(app, qtbot, messages(app)[-1], "card:remove_attachments")

        await until(lambda: texts(app) == ["Summarise it", "without"])
        assert messages(app)[0].attachments == ()


async def test_files_are_dropped_anywhere_and_bad_ones_are_named(
    paths, theme, qtbot, servers, tmp_path
):
    good, binary = tmp_path / "good.py", tmp_path / "bad.bin"
    good.write_text("print(1)")
    binary.write_bytes(bytes(range(256)) * 20)
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in (binary, good)])
        how = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
        enter = QDragEnterEvent(QPoint(300, 100), *how)
        drop = QDropEvent(QPointF(300, 100), *how)

        place = app.pane.view.welcome.viewport()
        QGuiApplication.sendEvent(place, enter)
        QGuiApplication.sendEvent(place, drop)

        await until(lambda: [f.name for f in app.pane.chat.files] == ["good.py"])
        await until(lambda: "bad.bin is not a text file" in app.window.notice.text())


async def test_a_quote_takes_only_what_is_selected_in_its_message(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(["first answer"], ["second answer"])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await asked(app, qtbot, "two", 4)
        transcript = app.pane.view.transcript
        transcript._state.selection = Selection((1, START), (1, Position(0, 0, 5)))
        assert transcript.selected_text() == "first"

        act(app, messages(app)[3], "quote")
        assert prompt(app).toPlainText() == "> second answer\n\n"

        prompt(app).clear()
        act(app, messages(app)[1], "quote")
        assert prompt(app).toPlainText() == "> first\n\n"


async def test_an_empty_answer_is_explained(paths, theme, qtbot, lm_studio, servers):
    lm_studio.reply = Reply(content=[], reasoning=["Hm."])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "Say something")

        answer = shown(app, messages(app)[-1])
        said = " ".join(answer.notes) + (answer.card.title if answer.card else "")
        assert "without" in said
