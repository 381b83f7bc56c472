"""The models of an Ollama, and what is known of them."""

from __future__ import annotations

import json
from dataclasses import replace

from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.memory import estimate_model
from ai_coder.llm.model_shape import shape_of_header
from ai_coder.llm.models import (
    Locality,
    ModelType,
)
from ai_coder.llm.providers.ollama_models import read_show
from tests.fake_ollama import OllamaModel
from tests.fake_payloads import replay
from tests.llm.ollama.asking import events_of


async def test_everything_the_server_says_of_a_model_is_listed(provider, server):
    model = OllamaModel("qwen3:4b", "qwen3", "4.0B", capabilities=("completion", "thinking"))
    server.models = [replace(model, tags_capabilities=("completion",))]
    await events_of(provider.load_model("qwen3:4b", context_length=16384))

    (listed,) = (await provider.probe()).models

    assert listed.ref == "ollama/qwen3:4b"
    assert listed.capabilities == ("chat", "completion", "reasoning", "json_schema")
    assert listed.reasoning_options == ("off", "on")
    assert (listed.parameters, listed.quantization) == ("4.0B", "Q4_K_M")
    assert (listed.context_length, listed.served_context) == (131072, 16384)
    assert (listed.size_bytes, listed.locality) == (model.size, Locality.LOCAL)
    assert listed.instances[0].memory_bytes > model.size
    assert listed.digest == model.digest


async def test_the_memory_of_a_model_is_estimated_from_its_header(provider, server):
    server.models = [OllamaModel("qwen3:4b", "qwen3", "4.0B")]

    (listed,) = (await provider.probe()).models
    small = await estimate_model(listed, 8192)
    large = await estimate_model(listed, 65536)

    shape = shape_of_header(listed.metadata["header"])
    assert shape.context_length == 131072
    assert all(isinstance(v, int | float | list | str) for v in listed.metadata["header"].values())
    assert small.total < large.total
    assert (large.cache - small.cache) > 0


async def test_embedding_and_cloud_models_are_told_apart(provider):
    probe = await provider.probe()

    models = {model.name: model for model in probe.models}
    assert models["nomic-embed-text:latest"].model_type is ModelType.EMBEDDING
    assert models["gpt-oss:120b-cloud"].locality is Locality.CLOUD
    assert models["gpt-oss:120b-cloud"].runs_at == "ollama.com"
    assert models["gpt-oss:120b-cloud"].reasoning_options == ("low", "medium", "high")
    assert models["gpt-oss:120b-cloud"].size_bytes is None
    assert "insert" in models["qwen2.5-coder:7b"].capabilities
    assert probe.state.kind is ConnectionKind.NOTHING_LOADED
    assert probe.state.models == 3, "what runs elsewhere is never loaded here"


async def test_a_recorded_list_of_a_real_server_is_read(provider, server):
    server.next("/api/tags", replay("ollama/tags_final"))
    server.next("/api/ps", replay("ollama/ps_loaded"))
    server.always("/api/show", replay("ollama/show_fim"))

    probe = await provider.probe()

    loaded = [model.name for model in probe.models if model.is_loaded]
    assert len(probe.models) == 8
    assert loaded == ["plain:latest"]
    assert probe.state.kind is ConnectionKind.READY


async def test_details_are_asked_once_per_digest_and_unchanged_answers_are_not_read_again(
    provider, server
):
    first = await provider.probe()
    second = await provider.probe()

    assert second is first
    assert len(server.asked("/api/show")) == len(server.models)


def test_a_list_that_was_left_out_is_not_forgotten():
    info = {"general.architecture": "gemma3n", "gemma3n.attention.head_count_kv": None}

    shown = read_show(json.dumps({"model_info": info}).encode())

    assert shown.header == info
