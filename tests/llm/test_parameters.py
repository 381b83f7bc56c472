import pytest

from ai_coder.llm.models import GenerationParameters, ModelConfig, ResponseFormat
from ai_coder.llm.parameters import (
    Limits,
    accepted_for,
    changed_fields,
    limits_of,
    reasoning_options_for,
    unused_fields,
)
from ai_coder.llm.providers import PROVIDERS, provider_class

ALL = frozenset(GenerationParameters.model_fields)


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("temperature", Limits(0, 2)),
        ("top_p", Limits(0, 1)),
        ("top_k", Limits(0, None, is_whole=True)),
        ("presence_penalty", Limits(-2, 2)),
        ("max_tokens", Limits(1, None, is_whole=True)),
        ("seed", Limits(None, None, is_whole=True)),
    ],
)
def test_limits_are_those_of_the_model_class(name, limits):
    assert limits_of(name) == limits


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_providers_accept_fields_that_exist(kind):
    assert provider_class(kind).accepted_parameters <= ALL


def test_a_model_can_take_less_than_its_provider():
    plain = ModelConfig(name="a", provider="openai")
    told = {"accepted_parameters": ["max_tokens", "reasoning_effort", "min_p"]}
    thinks = ModelConfig(name="b", provider="openai", reasoning_options=("low",), metadata=told)
    by_provider = frozenset({"temperature", "max_tokens", "reasoning_effort"})

    assert accepted_for(by_provider, None) == by_provider
    assert accepted_for(by_provider, plain) == {"temperature", "max_tokens"}
    assert accepted_for(by_provider, thinks) == {"max_tokens", "reasoning_effort"}
    assert reasoning_options_for(thinks) == ("low",)
    assert reasoning_options_for(plain) == ("low", "medium", "high")


def test_changed_and_unused_values_are_known():
    parameters = GenerationParameters(
        temperature=0.0, response_format=ResponseFormat.JSON_SCHEMA, json_schema={"type": "object"}
    )

    assert changed_fields(parameters) == {"temperature", "response_format"}
    assert unused_fields(parameters, frozenset({"temperature"})) == {"response_format"}
    assert changed_fields(GenerationParameters()) == frozenset()
