"""Servers on other hosts, and models as they are."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QPushButton, QWidget

from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.models import Locality, ModelConfig
from ai_coder.owners.memory_words import memory_words
from ai_coder.ui.catalogue.model_row import RowAction, context_text
from ai_coder.ui.catalogue.model_table import Column
from tests.conftest import until
from tests.fake_lm_studio import FakeLMStudio, LMModel
from tests.servers.window import (
    CLOUD,
    LLAMA,
    QWEN,
    click,
    kind_of,
    lines_under,
)
from tests.test_window import choose, status
from tests.window import ask, find, is_answered, messages, opened, refs


@pytest.fixture
def other(start):
    return start(FakeLMStudio(models=[LMModel("mistral-small")]))


async def test_a_second_lm_studio_is_an_equal_citizen(
    paths, theme, qtbot, other, lm_studio, both_servers
):
    other.reply = ["from the other one"]
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.READY)
        saved = app.core.loaded.saved
        config = saved.provider_configurations["lm_studio"].model_copy(
            update={"type": "lm_studio", "base_url": other.url, "name": "Study"}
        )
        providers = {**saved.provider_configurations, "study": config}
        app.settings.save(saved.model_copy(update={"provider_configurations": providers}))

        await until(lambda: "study/mistral-small" in refs(app))
        choose(app, "study/mistral-small")
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        assert messages(app)[-1].text == "from the other one"
        assert lines_under(app)[2].subtitle.startswith("Study")
        assert other.loads
        app.servers.loading.unload("study/mistral-small")
        await until(lambda: not other.model("mistral-small").loaded)
        other.close()
        await until(lambda: kind_of(app, "study") is ConnectionKind.UNREACHABLE)
        assert kind_of(app) is ConnectionKind.READY


async def test_what_is_free_on_another_computer_is_unknown():
    far = ModelConfig(name="a", provider="study", size_bytes=10**15, locality=Locality.LAN)

    title, text, role = await memory_words(far, 8192)

    assert "it needs about" in title
    assert text == "How much memory is free there is unknown."
    assert role == "off"


async def test_cloud_models_of_a_local_ollama_are_marked(paths, theme, qtbot, ollama, both_servers):
    ollama.reply = ["from far away"]
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: CLOUD in refs(app))
        picker = find(app, QComboBox, "modelPicker")
        words = picker.itemData(
            picker.findData(CLOUD, Qt.ItemDataRole.UserRole), Qt.ItemDataRole.AccessibleTextRole
        )
        assert "cloud" in words
        await until(lambda: "models" in app.window._views)
        table = app.window.view("models").table
        assert "cloud" in table.row(CLOUD).tags
        assert status(app, "statusOllama") == "Ollama · 1 model, none loaded"

        choose(app, CLOUD)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))
        subtitle = lines_under(app)[2].subtitle
        assert (subtitle.split(" · ")[0], subtitle.split(" · ")[-1]) == ("Ollama", "Cloud")


async def test_nothing_is_loaded_that_runs_elsewhere(paths, theme, qtbot, ollama, both_servers):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: CLOUD in refs(app))
        await until(lambda: "models" in app.window._views)
        row = app.window.view("models").table.row(CLOUD)
        assert row.action is RowAction.NONE
        assert "not loaded" not in context_text(row)
        button = find(app, QPushButton, "modelPopupLoadButton")
        app.picker.showPopup()
        app.picker._popup._mark(LLAMA)
        assert button.isVisible()

        app.picker._popup._mark(CLOUD)

        assert not button.isVisible()
        app.servers.loading.load(CLOUD, 8192)
        await until(lambda: "needs no loading" in app.window.notice.text())
        assert not ollama.asked("/api/chat")


async def test_unloading_names_how_many_go(paths, theme, qtbot, lm_studio, both_servers):
    lm_studio.model("qwen2.5-coder-7b-instruct").load(8192)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        await until(lambda: "models" in app.window._views)
        table = app.window.view("models").table
        position = [row.model.ref for row in table._rows].index(QWEN)
        assert table.index(position, Column.ACTION).data() == "Unload all 2"
        app.picker.showPopup()
        app.picker._popup._mark(QWEN)

        assert find(app, QPushButton, "modelPopupLoadButton").text() == "Unload all 2"


async def test_local_only_takes_cloud_models_away_and_sends_nothing(
    paths, theme, qtbot, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: CLOUD in refs(app))
        choose(app, CLOUD)

        click(qtbot, find(app, QWidget, "localOnlyButton"))

        await until(lambda: CLOUD not in refs(app))
        assert LLAMA in refs(app)
        ask(app, qtbot, "Is anybody listening?")
        await until(lambda: is_answered(app))
        failure = messages(app)[-1].failure
        assert (failure.kind, failure.remedy) == ("HostBlockedError", "unlock")
        assert not ollama.asked("/api/chat")

        click(qtbot, find(app, QWidget, "localOnlyButton"))
        await until(lambda: CLOUD in refs(app))
