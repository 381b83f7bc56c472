"""What real servers sent, byte for byte, through the provider."""

from contextlib import aclosing

import pytest

from ai_coder import errors
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    ModelType,
    ProviderConfig,
    ReasoningDelta,
    Role,
    TextDelta,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.lm_studio import LMStudioProvider
from tests.fake_lm_studio import FakeLMStudio
from tests.fake_payloads import replay

CODER = "qwen2.5-coder-7b-instruct"
CHAT, NATIVE = "/v1/chat/completions", "/api/v1/chat"


@pytest.fixture
def server(loop):
    server = FakeLMStudio()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def provider(server, loop):
    config = ProviderConfig(base_url=server.url, timeout=5)
    provider = LMStudioProvider("lm_studio", config, ProviderServices(Network()))
    yield provider
    loop.run_until_complete(provider.aclose())


async def turn(provider, *texts):
    """Return the text, the thoughts and the error of a turn."""
    roles = (Role.USER, Role.ASSISTANT)
    messages = tuple(ChatMessage(roles[i % 2], text) for i, text in enumerate(texts))
    pieces = {TextDelta: "", ReasoningDelta: ""}
    error = None
    try:
        async with aclosing(provider.stream_chat(ChatRequest(CODER, messages))) as events:
            async for event in events:
                if type(event) in pieces:
                    pieces[type(event)] += event.text
    except errors.AICoderError as caught:
        error = caught
    return *pieces.values(), error


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("report_context_overflow_stream_0.4.21.http", errors.ContextOverflowError, "too long"),
        ("report_image_url_400.json", errors.RequestRefusedError, "base64"),
        ("report_model_not_found_404.json", errors.ModelNotFoundError, CODER),
        ("report_null_content_400.json", errors.RequestRefusedError, "null"),
        ("report_response_format_400.json", errors.RequestRefusedError, "json_schema"),
        ("report_stream_compute_error.json", errors.ServerFailedError, "Compute error"),
        ("report_tool_choice_object_400.json", errors.RequestRefusedError, "tool_choice"),
        ("report_unexpected_endpoint_200.http", errors.WrongPathError, "path"),
        ("report_auth_missing_token_native.json", errors.AuthenticationNeededError, "token"),
        ("docs_v1_chat_tool_calls.json", errors.EmptyAnswerError, "asked for a tool"),
    ],
)
async def test_recorded_failures_are_understood(server, provider, name, error, words):
    server.always(CHAT, replay(f"lmstudio/{name}"))

    _text, _thoughts, caught = await turn(provider, "Hi", "a", "b")

    assert isinstance(caught, error), repr(caught)
    assert words in str(caught)


async def test_the_overflow_of_a_recorded_stream_has_its_numbers(server, provider):
    server.always(CHAT, replay("lmstudio/report_context_overflow_stream_0.4.21.http"))

    _text, _thoughts, error = await turn(provider, "Hi", "a", "b")

    assert (error.prompt_tokens, error.context_length) == (31430, 30000)


@pytest.mark.parametrize("cut", [None, 1, 7])
async def test_the_native_events_of_the_documentation_are_an_answer(server, provider, cut):
    answer = replay("lmstudio/assembled_v1_native_chat_all_events.sse", split_every=cut)
    server.always(NATIVE, answer)

    text, thoughts, _error = await turn(provider, "Hi")

    assert text
    assert thoughts


async def test_recorded_chunks_of_the_cloud_are_read(server, provider):
    server.always(CHAT, replay("cloud/openai_chat_stream.sse"))

    text, _thoughts, error = await turn(provider, "Hi", "a", "b")

    assert text == ""
    assert isinstance(error, errors.EmptyAnswerError)
    assert "asked for a tool" in str(error)


async def test_recorded_lists_of_every_level_are_read(server, provider):
    server.always("/api/v1/models", replay("lmstudio/report_unexpected_endpoint_200.http"))
    server.always("/api/v0/models", replay("lmstudio/report_v0_models_loaded_0.3.20.json"))
    older = (await provider.probe()).models
    server.always("/api/v0/models", replay("lmstudio/report_unexpected_endpoint_200.http"))
    server.always("/v1/models", replay("lmstudio/report_v1_models_0.4.15.json"))
    plain = (await provider.probe()).models

    assert any(model.is_loaded and model.served_context for model in older)
    assert ModelType.EMBEDDING in {model.model_type for model in plain}
    assert not any(model.is_loaded for model in plain)
