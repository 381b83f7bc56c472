"""What goes to an OpenAI-style server, and what patience it gets."""

import asyncio
from contextlib import aclosing

import pytest

from ai_coder.errors import (
    HostBlockedError,
    ProviderUnreachableError,
    RequestRefusedError,
)
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    CompletionRequest,
    Finished,
    FinishReason,
    GenerationParameters,
    Image,
    ModelType,
    Notice,
    NoticeKind,
    Phase,
    PhaseChanged,
    ProviderConfig,
    ResponseFormat,
    Role,
    TextDelta,
    TokenUsage,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider
from ai_coder.llm.providers.openai_models import is_same_model, readable_name
from tests.conftest import until
from tests.fake_http import Answer
from tests.fake_lm_studio import FakeLMStudio, Reply

CODER = "qwen2.5-coder-7b-instruct"
CHAT = "/v1/chat/completions"
SECRET = "sk-very-secret-key-123456"


@pytest.fixture
def make(loop):
    """Return `make_provider`, whose providers are closed after the test."""

    def make(*arguments, **options):
        made.append(make_provider(*arguments, **options))
        return made[-1]

    made = []
    yield make
    for provider in made:
        loop.run_until_complete(provider.aclose())


def make_provider(url, *, token=None, timeout=5, network=None, headers=None):
    config = ProviderConfig(base_url=url, timeout=timeout, headers=headers or {})
    services = ProviderServices(network or Network(), token=lambda: token)
    return OpenAICompatibleProvider("vllm", config, services)


@pytest.fixture
def server(loop):
    server = FakeLMStudio(level="v1")
    loop.run_until_complete(server.start())
    yield server
    server.close()


def question(*texts, model=CODER, **parameters):
    roles = (Role.USER, Role.ASSISTANT)
    messages = tuple(ChatMessage(roles[i % 2], text) for i, text in enumerate(texts))
    return ChatRequest(model, messages, GenerationParameters(**parameters))


async def all_events(stream):
    async with aclosing(stream) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_a_turn_goes_through_its_phases(server, make):
    server.reply = Reply(reasoning=["Hm"], content=["Hi", " there"], prompt_tokens=7)
    events = await all_events(make(server.url).stream_chat(question("Hello")))

    assert [event.phase for event in events if isinstance(event, PhaseChanged)] == [
        Phase.CONNECTING,
        Phase.READING_PROMPT,
        Phase.THINKING,
        Phase.WRITING,
    ]
    assert text_of(events) == "Hi there"
    assert TokenUsage(7, 3, reasoning_tokens=1) in events
    assert events[-1] == Finished(FinishReason.STOP)


async def test_reading_the_prompt_begins_when_the_question_was_sent(server, make):
    server.prefill = asyncio.Event()
    events = []

    async def listen():
        async for event in make(server.url).stream_chat(question("Hello")):
            events.append(event)

    listening = asyncio.get_running_loop().create_task(listen())
    await until(lambda: PhaseChanged(Phase.READING_PROMPT) in events)

    assert PhaseChanged(Phase.WRITING) not in events
    server.prefill.set()
    await listening
    assert text_of(events) == "Hello world"


async def test_only_what_was_set_is_sent_under_its_name(server, make):
    provider = make(server.url, token=SECRET, headers={"X-Team": "blue"})
    parameters = {"temperature": 0.3, "stop": ("END",), "min_p": 0.1, "max_tokens": 50, "seed": 1}

    await all_events(provider.stream_chat(question("Hello", **parameters)))

    (request,) = server.asked(CHAT)
    assert request.json == {
        "model": CODER,
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.3,
        "stop": ["END"],
        "min_p": 0.1,
        "max_tokens": 50,
        "seed": 1,
    }
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.headers["x-team"] == "blue"
    assert "openai-organization" not in request.headers


async def test_messages_are_tidied_for_strict_templates(server, make):
    messages = (
        ChatMessage(Role.SYSTEM, "Be brief."),
        ChatMessage(Role.ASSISTANT, "I start?"),
        ChatMessage(Role.USER, "One"),
        ChatMessage(Role.USER, "Two"),
        ChatMessage(Role.SYSTEM, "Be kind."),
        ChatMessage(Role.ASSISTANT, "Half an ans", reasoning="secret thoughts"),
    )

    await all_events(make(server.url).stream_chat(ChatRequest(CODER, messages)))

    assert server.asked(CHAT)[0].json["messages"] == [
        {"role": "system", "content": "Be brief.\n\nBe kind."},
        {"role": "user", "content": "One\n\nTwo"},
        {"role": "assistant", "content": "Half an ans"},
        {"role": "user", "content": "Continue."},
    ]


async def test_pictures_are_data_urls_and_other_kinds_are_refused(server, make):
    def with_image(kind):
        image = Image(kind, b"\x89PNG")
        return ChatRequest(CODER, (ChatMessage(Role.USER, "Look", (image,)),))

    provider = make(server.url)

    await all_events(provider.stream_chat(with_image("image/png")))

    (message,) = server.asked(CHAT)[0].json["messages"]
    assert message["content"] == [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
    ]
    with pytest.raises(RequestRefusedError, match="JPEG, PNG"):
        await all_events(provider.stream_chat(with_image("image/webp")))


async def test_a_schema_is_sent_as_one(server, make):
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    parameters = {"response_format": ResponseFormat.JSON_SCHEMA, "json_schema": schema}

    await all_events(make(server.url).stream_chat(question("Hello", **parameters)))

    sent = server.asked(CHAT)[0].json["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"]["schema"] == schema


async def test_plain_text_is_continued(server, make):
    server.reply = ["return", " 1"]
    request = CompletionRequest(CODER, "def f():\n    ", suffix="\n")

    events = await all_events(make(server.url).complete(request))

    assert text_of(events) == "return 1"
    sent = server.asked("/v1/completions")[0].json
    assert (sent["prompt"], sent["suffix"]) == ("def f():\n    ", "\n")


async def test_stopping_hangs_up(server, make):
    server.reply = Reply(content=["a", "b"], stall_after=1)

    async with aclosing(make(server.url).stream_chat(question("Hello"))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break

    await until(server.disconnected.is_set)


async def test_cancelling_while_the_server_is_silent_takes_no_time(server, make, loop):
    server.prefill = asyncio.Event()
    provider = make(server.url)
    taken = []
    for asked in range(5):
        turn = loop.create_task(all_events(provider.stream_chat(question("Hello"))))
        await until(lambda asked=asked: len(server.asked(CHAT)) > asked)

        started = loop.time()
        turn.cancel()
        await asyncio.wait({turn})
        taken.append(loop.time() - started)

        assert turn.cancelled()
    assert min(taken) < 0.1  # other programs may hold up a single one
    await until(server.disconnected.is_set)


async def test_the_key_is_in_no_error(server, make):
    server.always(CHAT, Answer(401, {"error": {"message": f"Incorrect API key: {SECRET}"}}))
    provider = make(server.url, token=SECRET)

    with pytest.raises(Exception, match="refused the key") as caught:
        await all_events(provider.stream_chat(question("Hello")))

    assert SECRET not in caught.value.raw
    assert SECRET not in repr(vars(caught.value))


async def test_a_refused_parameter_is_left_out_once_and_said(server, make):
    refusal = {"message": "Unsupported parameter: 'seed'", "code": "unsupported_parameter"}
    server.next(CHAT, Answer(400, {"error": refusal}))

    events = await all_events(make(server.url).stream_chat(question("Hello", seed=3)))

    assert Notice(NoticeKind.PARAMETER_DROPPED, (("parameter", "seed"),)) in events
    assert text_of(events) == "Hello world"
    first, second = server.asked(CHAT)
    assert "seed" in first.json
    assert "seed" not in second.json


async def test_the_lock_forbids_other_computers(make):
    network = Network(local_only=True)
    provider = make("http://192.0.2.1:8000", network=network)

    assert (await provider.probe()).state.kind is ConnectionKind.BLOCKED
    with pytest.raises(HostBlockedError):
        await all_events(provider.stream_chat(question("Hello")))
    assert all(record.was_blocked for record in network.records())


async def test_what_vllm_and_llama_cpp_tell_about_windows(server, make):
    entries = [
        {"id": "org/model", "max_model_len": 8192},
        {"id": "llama", "meta": {"n_ctx": 4096, "n_ctx_train": 32768, "size": 123}},
        {"id": "local-foo-bar"},
        {"id": "BAAI/bge-large"},
        "nonsense",
    ]
    server.always("/v1/models", Answer(body={"data": entries}))

    probe = await make(server.url).probe()

    vllm, llama, local, embedding = probe.models
    assert (vllm.served_context, vllm.context_length) == (8192, 8192)
    assert (llama.served_context, llama.context_length, llama.size_bytes) == (4096, 32768, 123)
    assert (local.display_name, local.served_context) == ("Foo Bar", None)
    assert embedding.model_type is ModelType.EMBEDDING
    assert probe.state.models == 3


@pytest.mark.parametrize(
    ("asked", "answered", "same"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b:2", True),
        ("a/b", "a/b@q4_k_m", True),
        ("a/b@q4_k_m", "a/b:3", True),
        ("a/b", "a/c", False),
        ("qwen3:8b", "qwen3:4b", False),
    ],
)
def test_variants_and_instances_are_the_same_model(asked, answered, same):
    assert is_same_model(asked, answered) is same


def test_the_local_prefix_is_not_shown():
    assert readable_name("local-foo-bar") == "Foo Bar"
    assert readable_name("qwen3-8b") == "qwen3-8b"


async def test_a_server_that_is_gone_is_named(server, make):
    server.close()

    with pytest.raises(ProviderUnreachableError, match=str(server.port)):
        await all_events(make(server.url).stream_chat(question("Hello")))
