"""The catalogue: servers' lists with the user's settings laid over them."""

from __future__ import annotations

import pytest

from ai_coder.llm import connection_states as states
from ai_coder.llm.catalogue import ModelCatalogue
from ai_coder.llm.models import ModelConfig, ModelType
from ai_coder.llm.providers.base import Probe

URL = "http://127.0.0.1:1234"
SAMPLE = ModelConfig(name="local-model", provider="lm_studio", is_default=True)
QWEN = ModelConfig(
    name="qwen", provider="lm_studio", context_length=32768, metadata={"display_name": "Qwen"}
)
EMBEDDER = ModelConfig(name="embed", provider="lm_studio", model_type=ModelType.EMBEDDING)


def up(*models):
    return Probe(states.ready("LM Studio", URL, models=len(models)), models)


def down():
    return Probe(states.unreachable("LM Studio", URL))


@pytest.fixture
def catalogue():
    return ModelCatalogue({"local-model": SAMPLE})


def test_the_sample_stands_until_the_server_lists_real_models(catalogue):
    assert catalogue.get(SAMPLE.ref) == SAMPLE
    assert [model.ref for model in catalogue.known_models()] == [SAMPLE.ref]
    assert catalogue.chat_models() == []

    catalogue.update("lm_studio", up(QWEN))

    assert [model.ref for model in catalogue.known_models()] == [QWEN.ref]


def test_embedding_models_are_listed_but_not_for_chat(catalogue):
    catalogue.update("lm_studio", up(QWEN, EMBEDDER))

    assert catalogue.models() == [QWEN, EMBEDDER]
    assert catalogue.chat_models() == [QWEN]


def test_settings_win_where_the_user_has_the_say_and_the_server_elsewhere():
    configured = ModelConfig(
        name="qwen",
        provider="lm_studio",
        temperature=0.2,
        cost_per_1k_tokens=0.5,
        context_length=99,
        metadata={"note": "mine"},
    )
    catalogue = ModelCatalogue({"any": configured})

    catalogue.update("lm_studio", up(QWEN))

    model = catalogue.get(QWEN.ref)
    assert (model.temperature, model.cost_per_1k_tokens) == (0.2, 0.5)
    assert model.context_length == 32768
    assert model.metadata == {"display_name": "Qwen", "note": "mine"}


def test_a_model_that_is_switched_off_is_not_offered():
    off = ModelConfig(name="qwen", provider="lm_studio", is_enabled=False)
    catalogue = ModelCatalogue({"any": off})

    catalogue.update("lm_studio", up(QWEN))

    assert catalogue.chat_models() == []
    assert catalogue.is_available(QWEN.ref)


def test_models_of_a_server_that_is_down_are_remembered_but_not_offered(catalogue):
    catalogue.update("lm_studio", up(QWEN))

    catalogue.update("lm_studio", down())

    assert catalogue.models() == []
    assert catalogue.known_models() == [QWEN]
    assert catalogue.get(QWEN.ref) == QWEN
    assert not catalogue.is_available(QWEN.ref)


def test_a_server_that_answers_with_errors_keeps_its_models(catalogue):
    catalogue.update("lm_studio", up(QWEN))

    catalogue.update("lm_studio", Probe(states.degraded("LM Studio", URL, raw="busy")))

    assert catalogue.chat_models() == [QWEN]


def test_a_deleted_model_is_forgotten(catalogue):
    catalogue.update("lm_studio", up(QWEN, EMBEDDER))

    catalogue.update("lm_studio", up(EMBEDDER))

    assert catalogue.get(QWEN.ref) is None


def test_listeners_hear_of_every_change_until_they_leave(catalogue):
    heard = []
    leave = catalogue.subscribe(heard.append)

    catalogue.update("lm_studio", up(QWEN))
    leave()
    catalogue.update("lm_studio", down())

    assert heard == ["lm_studio"]


def test_a_server_that_left_the_settings_is_forgotten(catalogue):
    catalogue.update("lm_studio", up(QWEN))

    catalogue.configure({}, ["ollama"])

    assert catalogue.known_models() == []
    assert catalogue.state("lm_studio") is None


def test_what_is_passed_on_to_a_forbidden_host_is_listed_and_not_offered():
    allowed = set()
    catalogue = ModelCatalogue({}, is_allowed=allowed.__contains__)
    passed_on = ModelConfig(name="gpt", provider="ollama", runs_at="ollama.com")
    catalogue.update("ollama", up(passed_on, QWEN))
    assert catalogue.chat_models() == [QWEN]
    assert passed_on in catalogue.models()

    allowed.add("ollama.com")

    assert catalogue.chat_models() == [passed_on, QWEN]


def test_what_a_turn_lets_a_server_load_is_shown_until_the_last_turn_has_it(catalogue):
    told = []
    catalogue.update("lm_studio", up(QWEN))
    catalogue.subscribe(told.append)

    catalogue.set_loading("one turn", QWEN.ref)
    catalogue.set_loading("another", QWEN.ref)
    catalogue.update("lm_studio", up(QWEN))
    catalogue.set_loading("one turn", None)
    assert catalogue.get(QWEN.ref).is_loading

    catalogue.set_loading("another", None)
    catalogue.set_loading("another", None)

    assert not catalogue.get(QWEN.ref).is_loading
    assert told == ["lm_studio"] * 5
    assert [model.ref for model in catalogue.models()] == [QWEN.ref]
