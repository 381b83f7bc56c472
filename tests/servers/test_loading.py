"""Loading and unloading from the window."""

from __future__ import annotations

import asyncio

from PyQt6.QtWidgets import QComboBox, QPushButton

from ai_coder.owners.late_views import LateViews
from ai_coder.ui.catalogue.load_dialog import LoadDialog
from ai_coder.ui.widgets.card import InfoCard
from tests.conftest import until
from tests.fake_lm_studio import LMModel
from tests.servers.window import (
    GEMMA,
    LLAMA,
    click,
    loaded_at,
)
from tests.test_window import choose, status
from tests.window import ask, find, is_answered, opened, refs


async def open_load_dialog(app, qtbot, ref):
    """Open the dropdown, mark *ref*, and press what stands below."""
    await until(lambda: "models" in app.window._views)
    await until(lambda: ref in refs(app))
    app.picker.showPopup()
    app.picker._popup._mark(ref)
    button = find(app, QPushButton, "modelPopupLoadButton")
    await until(button.isVisible)
    click(qtbot, button)
    return app.window.findChild(LoadDialog)


async def test_a_wish_to_load_from_the_dropdown_waits_for_the_view_with_its_dialog(
    paths, theme, qtbot, both_servers, monkeypatch
):
    may_go, add = asyncio.Event(), LateViews.add

    async def add_late(views):
        await may_go.wait()
        await add(views)

    monkeypatch.setattr(LateViews, "add", add_late)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: GEMMA in refs(app))
        app.picker.showPopup()
        app.picker._popup._mark(GEMMA)
        click(qtbot, find(app, QPushButton, "modelPopupLoadButton"))
        assert app.window.findChild(LoadDialog) is None

        may_go.set()

        await until(lambda: app.window.findChild(LoadDialog) is not None)
        assert app.window.findChild(LoadDialog).ref == GEMMA


async def test_the_dropdown_loads_with_window_and_options_and_unloads(
    paths, theme, qtbot, lm_studio, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        lm_studio.loading = asyncio.Event()
        dialog = await open_load_dialog(app, qtbot, GEMMA)
        dialog.findChild(QComboBox, "loadContextPicker").choose(16384)
        dialog.findChild(QComboBox, "loadOption_flash_attention").choose(False)
        estimate = dialog.findChild(InfoCard, "memoryEstimate")
        await until(lambda: "it needs about" in estimate.text())
        assert "±" in estimate.text()
        click(qtbot, dialog.findChild(QPushButton, "loadButton"))
        app.servers.loading.load(GEMMA, 16384)

        await until(lambda: "Loading gemma-3-12b for" in app.window.status._message.text())
        lm_studio.loading.set()
        await until(lambda: loaded_at(lm_studio, "gemma-3-12b") == [16384])
        await until(lambda: "2 loaded" in status(app, "statusLmStudio"))
        body = lm_studio.asked("/api/v1/models/load")[-1].json
        assert body["flash_attention"] is False
        assert len(lm_studio.loads) == 1
        await until(lambda: app.window.status._message.text() == "")

        await open_load_dialog(app, qtbot, GEMMA)  # the button says Unload now
        await until(lambda: not lm_studio.model("gemma-3-12b").loaded)


async def test_loading_tells_how_long_it_took_last_time(
    paths, theme, qtbot, lm_studio, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: GEMMA in refs(app))
        said = app.window.status._message
        app.servers._measurements.note_load(GEMMA, 12)
        lm_studio.loading = asyncio.Event()

        app.servers.loading.load(GEMMA, None)

        await until(lambda: "it took 12 s last time" in said.text())
        lm_studio.loading.set()
        await until(lambda: said.text() == "")


async def test_loading_can_be_given_up_in_the_dropdown(
    paths, theme, qtbot, lm_studio, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        lm_studio.loading = asyncio.Event()
        dialog = await open_load_dialog(app, qtbot, GEMMA)
        click(qtbot, dialog.findChild(QPushButton, "loadButton"))
        await until(lambda: lm_studio.asked("/api/v1/models/load"))

        app.picker.showPopup()
        app.picker._popup._mark(GEMMA)
        button = find(app, QPushButton, "modelPopupLoadButton")
        assert button.text() == "Cancel loading"
        click(qtbot, button)

        await until(lambda: lm_studio.abandoned)
        await until(lambda: app.window.status._message.text() == "")
        assert not lm_studio.model("gemma-3-12b").loaded


async def test_ollama_keeps_a_model_as_long_as_was_chosen(
    paths, theme, qtbot, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        dialog = await open_load_dialog(app, qtbot, LLAMA)
        dialog.findChild(QComboBox, "loadContextPicker").choose(16384)
        dialog.findChild(QComboBox, "loadOption_keep_alive").choose(-1)
        click(qtbot, dialog.findChild(QPushButton, "loadButton"))
        await until(lambda: ollama.loads == [("llama3.2:3b", 16384)])
        await until(lambda: "loaded" in status(app, "statusOllama"))

        choose(app, LLAMA)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        sent = ollama.asked("/api/chat")[-1].json
        assert sent["keep_alive"] == -1, "a request without it would shorten the time again"
        assert sent["options"]["num_ctx"] == 16384
        assert sent["truncate"] is False
        assert ollama.loads == [("llama3.2:3b", 16384)], "the message reloaded the model"


async def test_ollama_is_told_again_what_was_chosen_and_does_not_reload(
    paths, theme, qtbot, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        dialog = await open_load_dialog(app, qtbot, LLAMA)
        dialog.findChild(QComboBox, "loadOption_num_gpu").choose(0)
        dialog.findChild(QComboBox, "loadOption_use_mmap").choose(False)
        click(qtbot, dialog.findChild(QPushButton, "loadButton"))
        await until(lambda: len(ollama.loads) == 1)
        await until(lambda: "loaded" in status(app, "statusOllama"))

        choose(app, LLAMA)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        sent = ollama.asked("/api/chat")[-1].json["options"]
        assert (sent["num_gpu"], sent["use_mmap"]) == (0, False)
        assert len(ollama.loads) == 1, "the message reloaded the model"
        await until(lambda: app.window.findChild(LoadDialog) is None)
        app.window.view("models").open_load_dialog(LLAMA)
        again = app.window.findChild(LoadDialog)
        assert again.findChild(QComboBox, "loadOption_num_gpu").currentData() == 0
        assert again.findChild(QComboBox, "loadOption_keep_alive").currentData() is None


async def test_experts_are_asked_for_where_there_are_any(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.models.append(LMModel("qwen3-30b-a3b", params="30B-A3B"))
    async with opened(paths, theme, qtbot, **both_servers) as app:
        plain = await open_load_dialog(app, qtbot, GEMMA)
        assert plain.findChild(QComboBox, "loadOption_num_experts") is None
        plain.reject()
        await until(lambda: app.window.findChild(LoadDialog) is None)
        mixture = await open_load_dialog(app, qtbot, "lm_studio/qwen3-30b-a3b")
        mixture.findChild(QComboBox, "loadOption_num_experts").choose(4)
        click(qtbot, mixture.findChild(QPushButton, "loadButton"))

        await until(lambda: lm_studio.model("qwen3-30b-a3b").loaded)

        assert lm_studio.asked("/api/v1/models/load")[-1].json["num_experts"] == 4


async def test_what_was_chosen_at_loading_outlives_the_window(
    paths, theme, qtbot, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: LLAMA in refs(app))
        app.servers.loading.load(LLAMA, 16384, {"keep_alive": -1})
        assert await app.servers.loading.loaded(LLAMA, 16384)

    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: LLAMA in refs(app))
        choose(app, LLAMA)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

    assert ollama.asked("/api/chat")[-1].json["keep_alive"] == -1


async def test_two_wishes_and_a_question_load_once(paths, theme, qtbot, lm_studio, both_servers):
    lm_studio.load_delay = 0.3
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: GEMMA in refs(app))
        app.servers.loading.load(GEMMA, None)
        app.servers.loading.load(GEMMA, None)
        choose(app, GEMMA)
        ask(app, qtbot, "Hi")

        await until(lambda: is_answered(app))

        assert [name for name, _ in lm_studio.loads] == ["gemma-3-12b"]
