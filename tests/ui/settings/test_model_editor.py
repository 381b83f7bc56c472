from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QComboBox

from ai_coder.settings.schema import Settings
from ai_coder.ui.settings.general_tab import GeneralTab

MODELS = [("Qwen Coder 7B · LM Studio", "lm_studio/qwen"), ("Llama · Ollama", "ollama/llama3.2:3b")]


@pytest.fixture
def tab(theme, qtbot):
    tab = GeneralTab(theme)
    qtbot.addWidget(tab)
    tab.show_settings(Settings())
    tab.set_models(MODELS)
    return tab


@pytest.fixture
def box(tab):
    return tab.findChild(QComboBox, "default_modelEdit")


def collected(tab):
    return tab.collect(Settings()).general.default_model


def test_new_chats_take_the_first_model_unless_one_is_chosen(tab, box, qtbot):
    assert box.currentText() == "The first that can answer"
    assert collected(tab) is None

    with qtbot.waitSignal(tab.changed):
        box.setCurrentIndex(2)
        box.activated.emit(2)

    assert collected(tab) == "ollama/llama3.2:3b"


def test_a_model_that_is_away_stays_chosen_and_says_so(tab, box):
    general = Settings().general.model_copy(update={"default_model": "lm_studio/gone"})
    tab.show_settings(Settings().model_copy(update={"general": general}))

    tab.set_models(MODELS[:1])

    assert box.currentText() == "gone (not available)"
    assert collected(tab) == "lm_studio/gone"
    tab.set_models([*MODELS, ("Gone · LM Studio", "lm_studio/gone")])
    assert box.currentText() == "Gone · LM Studio"
