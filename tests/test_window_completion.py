"""Text without a chat, completed and filled in by models in the whole window."""

from __future__ import annotations

import re

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QPlainTextEdit, QPushButton

from tests.conftest import until
from tests.fake_cloud import event, stream
from tests.fake_http import Answer
from tests.fake_ollama import OllamaModel
from tests.server_fixtures import GUIDE, LLAMA, QWEN
from tests.tiny_gguf import write_tiny_gguf
from tests.window import choose, find, opened, question, ready, reply

LEFT = Qt.MouseButton.LeftButton
CODER = "ollama/qwen2.5-coder:1.5b-base"
CLOUD = "ollama/gpt-oss:120b-cloud"


@pytest.fixture
def ollama(ollama):
    """Ollama with a model that fills in, and with one of a company."""
    name = CODER.partition("/")[2]
    ollama.models.append(OllamaModel(name, capabilities=("completion", "insert")))
    name = CLOUD.partition("/")[2]
    ollama.models.append(OllamaModel(name, remote_host="https://ollama.com:443"))
    return ollama


def field(app, name):
    return find(app, QPlainTextEdit, f"completion{name}")


def run_button(app):
    return find(app, QPushButton, "completionRunButton")


async def completed(app, qtbot, ref, before, after=""):
    """Let the model *ref* complete a text, and return what it wrote."""
    await choose(app, ref)
    app.commands.run("complete_text")
    field(app, "Prefix").setPlainText(before)
    field(app, "Suffix").setPlainText(after)
    await until(run_button(app).isEnabled)
    qtbot.mouseClick(run_button(app), LEFT)
    await until(lambda: not app.completion.tasks.is_running, timeout=60)
    return field(app, "Result").toPlainText()


def problem(app):
    return find(app, QLabel, "completionProblem").text()


def status(app):
    return find(app, QLabel, "completionStatus").text()


async def test_plain_text_is_completed_and_can_be_stopped(paths, theme, qtbot, world, lm_studio):
    lm_studio.reply = [" return", " a + b"]
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await ready(app, QWEN)

        assert await completed(app, qtbot, QWEN, "def add(a, b):") == " return a + b"
        assert "tokens" in status(app)
        assert lm_studio.asked("/v1/completions")[-1].json["prompt"] == "def add(a, b):"

        frame = event({"object": "text_completion", "choices": [{"index": 0, "text": " return"}]})
        lm_studio.next("/v1/completions", stream([frame], stall_after=1))
        qtbot.mouseClick(run_button(app), LEFT)
        await until(lambda: field(app, "Result").toPlainText() == " return")
        assert run_button(app).text() == "Stop"
        qtbot.mouseClick(run_button(app), LEFT)
        await until(lambda: not app.completion.tasks.is_running)
        assert run_button(app).text() == "Run"
        assert field(app, "Result").toPlainText() == " return"
        await until(lm_studio.disconnected.is_set)


async def test_an_error_stays_until_the_next_run_or_another_model(
    paths, theme, qtbot, world, lm_studio, ollama
):
    environment = world(lm_studio=lm_studio, ollama=ollama)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CODER)
        lm_studio.next("/v1/completions", Answer(400, {"error": "no such template"}))
        await completed(app, qtbot, QWEN, "def f(")
        assert "no such template" in problem(app)

        ollama.models.append(OllamaModel("fresh"))
        await ready(app, "ollama/fresh:latest")
        assert "no such template" in problem(app)

        assert await completed(app, qtbot, QWEN, "def f(") != ""
        assert problem(app) == ""

        lm_studio.next("/v1/completions", Answer(400, {"error": "no such template"}))
        await completed(app, qtbot, QWEN, "def f(")
        assert "no such template" in problem(app)
        await choose(app, CODER)
        app.picker.chosen.emit(CODER)
        assert problem(app) == ""


async def test_lm_studio_has_no_field_for_a_suffix(paths, theme, qtbot, world, lm_studio):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await ready(app, QWEN)
        await completed(app, qtbot, QWEN, "def f(", "return x")

        assert not field(app, "Suffix").isVisible()
        assert "suffix" not in lm_studio.asked("/v1/completions")[-1].json


async def test_ollama_fills_in_where_its_model_was_made_for_it(paths, theme, qtbot, world, ollama):
    ollama.reply = ["x, ", "y):"]
    async with opened(paths, theme, qtbot, **world(ollama=ollama)) as app:
        await ready(app, CODER, LLAMA)

        assert await completed(app, qtbot, CODER, "def f(", "return x") == "x, y):"
        assert field(app, "Suffix").isVisible()
        sent = ollama.asked("/api/generate")[-1].json
        assert (sent["prompt"], sent["suffix"]) == ("def f(", "return x")

        await completed(app, qtbot, LLAMA, "def f(", "return x")
        assert not field(app, "Suffix").isVisible()
        assert "suffix" not in ollama.asked("/api/generate")[-1].json


async def test_the_built_in_engine_fills_in_with_a_model_that_has_the_tokens_for_it(
    paths, theme, qtbot, world
):
    paths.models.mkdir(parents=True)
    write_tiny_gguf(paths.models / "coder.gguf", infill=True)
    async with opened(
        paths, theme, qtbot, **world(generation={"parameters": {"max_tokens": 8}})
    ) as app:
        await ready(app, "llama_cpp/coder", GUIDE)

        await completed(app, qtbot, "llama_cpp/coder", "a", "b")
        assert field(app, "Suffix").isVisible()
        assert problem(app) == ""
        assert re.match(r"[1-8] tokens?\b", status(app))  # its random weights may end early

        await choose(app, GUIDE)
        await until(lambda: not field(app, "Suffix").isVisible())


async def test_a_failure_is_told_in_words(paths, theme, qtbot, world, ollama):
    async with opened(paths, theme, qtbot, **world(ollama=ollama)) as app:
        await ready(app, LLAMA)
        ollama.close()

        await completed(app, qtbot, LLAMA, "def f(")

        assert "does not answer" in problem(app)


async def test_text_goes_to_a_company_only_after_a_question(paths, theme, qtbot, world, ollama):
    async with opened(paths, theme, qtbot, **world(ollama=ollama)) as app:
        await ready(app, CLOUD)
        await choose(app, CLOUD)
        app.commands.run("complete_text")
        field(app, "Prefix").setPlainText("secret = ")
        qtbot.mouseClick(run_button(app), LEFT)
        await reply(app, "cloudQuestion", "Keep it local")
        await until(lambda: not app.completion.tasks.is_running)
        assert ollama.asked("/api/generate") == []

        ollama.reply = ["42"]
        qtbot.mouseClick(run_button(app), LEFT)
        await reply(app, "cloudQuestion", "Send")
        await until(lambda: not app.completion.tasks.is_running)
        assert field(app, "Result").toPlainText() == "42"
        assert "price unknown" in status(app)

        ollama.reply = ["43"]
        assert await completed(app, qtbot, CLOUD, "more = ") == "43"


async def test_the_monthly_limit_asks_before_a_text_is_completed_and_counts_it(
    paths, theme, qtbot, world, ollama
):
    models = {"gpt-oss:120b-cloud": {"provider": "ollama", "cost_per_1k_tokens": 100.0}}
    environment = world(
        ollama=ollama,
        model_configurations=models,
        cost={"monthly_limit": 1},
        privacy={"cloud_confirmed": ["ollama"]},
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLOUD)
        await choose(app, CLOUD)
        app.commands.run("complete_text")
        field(app, "Prefix").setPlainText("Who knows how long")
        qtbot.mouseClick(run_button(app), LEFT)
        await until(lambda: question(app, "costQuestion") is not None)
        assert "limit is $1.00" in question(app, "costQuestion").informativeText()
        await reply(app, "costQuestion", "Cancel")
        await until(lambda: not app.completion.tasks.is_running)
        assert ollama.asked("/api/generate") == []

        qtbot.mouseClick(run_button(app), LEFT)
        await reply(app, "costQuestion", "Send anyway")
        await until(lambda: not app.completion.tasks.is_running)
        assert "$" in status(app)
        await until(lambda: "$" in find(app, QLabel, "spendingLabel").text())
