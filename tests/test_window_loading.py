"""What the real window shows of a model that is loaded because a turn needs it."""

from __future__ import annotations

import asyncio

import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QComboBox, QLabel

from tests.conftest import until
from tests.fake_lm_studio import LMModel
from tests.window import ask, choose, find, is_answered, opened

LM_STUDIO, OLLAMA = "lm_studio/gemma-3-12b-it", "ollama/llama3.2:3b"


@pytest.fixture
def cold(lm_studio, ollama):
    """Both servers with a model that is not in memory, and what lets the loading end."""
    loaded = asyncio.Event()
    lm_studio.models.append(LMModel("gemma-3-12b-it"))
    lm_studio.loading = ollama.loading = loaded
    return loaded


def dot(app, theme):
    picker = find(app, QComboBox, "modelPicker")
    middle = QPoint(theme.px(14), picker.height() // 2)
    return picker.grab().toImage().pixelColor(middle)


@pytest.mark.parametrize("ref", [LM_STUDIO, OLLAMA])
async def test_the_dot_of_the_model_is_amber_while_a_turn_loads_it(
    paths, theme, qtbot, world, lm_studio, ollama, cold, ref
):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio, ollama=ollama)) as app:
        await choose(app, ref)
        picker = find(app, QComboBox, "modelPicker")
        assert dot(app, theme) == theme.color("off")

        assert picker.accessibleDescription() == "Local"

        ask(app, qtbot, "one")
        phase = find(app, QLabel, "phaseLabel")
        await until(lambda: phase.text() == "Loading the model")
        assert dot(app, theme) == theme.color("waiting")
        assert picker.accessibleDescription() == "Local, loading"
        cold.set()
        await until(lambda: is_answered(app))

        await until(lambda: dot(app, theme) == theme.color("ok"))
        assert picker.accessibleDescription() == "Local"


async def test_a_load_that_is_given_up_leaves_no_dot_behind(
    paths, theme, qtbot, world, lm_studio, ollama, cold
):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio, ollama=ollama)) as app:
        await choose(app, OLLAMA)
        ask(app, qtbot, "one")
        await until(lambda: dot(app, theme) == theme.color("waiting"))

        app.turns.stop()

        await until(lambda: dot(app, theme) == theme.color("off"))
        cold.set()
