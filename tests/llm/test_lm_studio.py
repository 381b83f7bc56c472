"""LM Studio: its models as they are, its two routes for answers, its versions."""

import asyncio
from contextlib import aclosing

import pytest

from ai_coder.errors import (
    FormerWindowKeptError,
    ModelLoadFailedError,
    ProxyTimeoutError,
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
    LoadedInstance,
    Locality,
    ModelAnswered,
    ModelType,
    Phase,
    PhaseChanged,
    ProviderConfig,
    ResponseFormat,
    Role,
    TextDelta,
    Timings,
    TokenUsage,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.lm_studio import LMStudioProvider
from ai_coder.llm.providers.lm_studio_listing import APILevel
from tests.conftest import until
from tests.fake_http import Answer
from tests.fake_lm_studio import VALID_TOKEN, FakeLMStudio, LMModel, Reply
from tests.fake_lm_studio_errors import GUARDRAIL
from tests.fake_ollama import FakeOllama, OllamaModel
from tests.fake_payloads import replay

CODER = "qwen2.5-coder-7b-instruct"
GEMMA = "gemma-3-12b"
THINKER = "qwen3-coder-30b"
CHAT, NATIVE = "/v1/chat/completions", "/api/v1/chat"


@pytest.fixture
def server(loop):
    server = FakeLMStudio()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def provider(server, loop):
    config = ProviderConfig(base_url=f"{server.url}/v1", timeout=5)
    services = ProviderServices(Network(), token=lambda: server.token)
    provider = LMStudioProvider("lm_studio", config, services)
    yield provider
    loop.run_until_complete(provider.aclose())


async def test_the_port_of_ollama_is_not_taken_for_lm_studio(loop):
    ollama = FakeOllama(models=[OllamaModel("llama3.2:3b")])
    await ollama.start()
    config = ProviderConfig(base_url=f"{ollama.url}/v1", timeout=5)
    provider = LMStudioProvider("lm_studio", config, ProviderServices(Network()))

    probe = await provider.probe()
    await provider.aclose()
    ollama.close()

    assert probe.state.kind is ConnectionKind.SOMETHING_ELSE
    assert "is not LM Studio" in probe.state.sentence
    assert probe.state.raw == "Ollama is running"
    assert probe.models == ()


def question(*texts, model=CODER, system="", context_length=None, **parameters):
    roles = (Role.USER, Role.ASSISTANT)
    messages = [ChatMessage(roles[i % 2], text) for i, text in enumerate(texts)]
    if system:
        messages.insert(0, ChatMessage(Role.SYSTEM, system))
    settings = GenerationParameters(**parameters)
    return ChatRequest(model, tuple(messages), settings, context_length)


async def all_events(stream):
    async with aclosing(stream) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def progress_of(events, phase):
    phases = [e for e in events if isinstance(e, PhaseChanged) and e.phase is phase]
    return [event.progress for event in phases if event.progress is not None]


# models


async def test_the_native_list_tells_everything(server, provider):
    probe = await provider.probe()

    coder, _deepseek, gemma, thinker, embedding = probe.models
    assert provider.level is APILevel.NATIVE
    assert (probe.state.models, probe.state.loaded) == (4, 1)
    assert probe.state.short == "4 models, 1 loaded"
    assert coder.display_name == "Qwen2.5 Coder 7B Instruct"
    assert (coder.publisher, coder.architecture, coder.quantization) == ("qwen", "qwen2", "Q4_K_M")
    assert (coder.parameters, coder.size_bytes) == ("7B", 4_683_074_048)
    options = {
        "eval_batch_size": 512,
        "flash_attention": True,
        "offload_kv_cache_to_gpu": True,
    }
    assert coder.instances == (LoadedInstance(id=CODER, context_length=32768, options=options),)
    assert (coder.served_context, coder.context_length) == (32768, 131072)
    assert coder.locality is Locality.LOCAL
    assert "tools" in coder.capabilities
    assert "vision" in gemma.capabilities
    assert not gemma.is_loaded
    assert thinker.reasoning_options == ("off", "on")
    assert embedding.model_type is ModelType.EMBEDDING


async def test_the_documented_list_is_read(server, provider):
    server.always("/api/v1/models", replay("lmstudio/docs_v1_native_models.json"))

    gemma, *_others, embedding = (await provider.probe()).models

    assert gemma.display_name == "Gemma 4 26B A4B"
    assert gemma.metadata["variant"] == "google/gemma-4-26b-a4b@q4_k_m"
    assert (gemma.served_context, gemma.context_length) == (4096, 262144)
    assert embedding.model_type is ModelType.EMBEDDING


@pytest.mark.parametrize(("level", "expected"), [("v0", APILevel.OLDER), ("v1", APILevel.OPENAI)])
async def test_older_versions_are_read_as_far_as_they_tell(server, provider, level, expected):
    server.level = level

    probe = await provider.probe()

    assert provider.level is expected
    assert probe.state.kind is ConnectionKind.READY
    coder = probe.models[0]
    assert coder.served_context == (32768 if level == "v0" else None)
    assert probe.models[-1].model_type is ModelType.EMBEDDING
    assert text_of(await all_events(provider.stream_chat(question("Hi")))) == "Hello world"


async def test_the_level_is_remembered_and_found_again(server, provider):
    server.level = "v0"
    await provider.probe()
    server.requests.clear()

    await provider.probe()
    assert [request.path for request in server.requests] == ["/api/v0/models"]

    server.level = "native"
    server.always("/api/v0/models", Answer(404, "gone"))
    await provider.probe()
    assert provider.level is APILevel.NATIVE


@pytest.mark.parametrize("answer", [Answer(500, {"error": "busy"}), Answer(200, b'{"models": [')])
async def test_a_list_that_fails_is_no_older_version(server, provider, answer):
    await provider.probe()
    server.next("/api/v1/models", answer)

    failed = await provider.probe()
    again = await provider.probe()

    assert failed.state.kind is ConnectionKind.DEGRADED
    assert again.state.kind is ConnectionKind.READY
    assert provider.level is APILevel.NATIVE
    assert not server.asked("/api/v0/models")
    await load(provider, GEMMA)


async def test_a_list_that_fails_at_first_is_asked_for_again(server, provider):
    server.next("/api/v1/models", Answer(500, {"error": "busy"}))

    first = await provider.probe()
    await provider.probe()

    assert first.state.kind is ConnectionKind.READY
    assert provider.level is APILevel.NATIVE


async def test_a_server_comes_back(server, provider):
    await provider.probe()
    server.close()
    assert (await provider.probe()).state.kind is ConnectionKind.UNREACHABLE

    await server.restart()

    assert (await provider.probe()).state.kind is ConnectionKind.READY


async def test_the_window_is_that_of_the_smallest_instance(server, provider):
    server.model(CODER).load(8192)

    coder = (await provider.probe()).models[0]

    assert [instance.id for instance in coder.instances] == [CODER, f"{CODER}:2"]
    assert coder.served_context == 8192


async def test_the_token_goes_with_every_request_and_into_no_state(server, provider):
    server.token = VALID_TOKEN

    probe = await provider.probe()
    await all_events(provider.stream_chat(question("Hi")))
    await all_events(provider.stream_chat(question("Hi", "a", "b")))

    assert probe.state.kind is ConnectionKind.READY
    assert {request.headers["authorization"] for request in server.requests} == {
        f"Bearer {VALID_TOKEN}"
    }


# answers


async def test_a_first_question_reports_how_far_the_prompt_is_read(server, provider):
    server.reply = Reply(reasoning=["Hm"], content=["Hi"], prompt_tokens=700)

    events = await all_events(provider.stream_chat(question("Hello", system="Be brief.")))

    (request,) = server.asked(NATIVE)
    assert request.json == {
        "model": CODER,
        "input": "Hello",
        "system_prompt": "Be brief.",
        "stream": True,
        "store": False,
    }
    assert progress_of(events, Phase.READING_PROMPT) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert text_of(events) == "Hi"
    assert TokenUsage(700, 2, reasoning_tokens=1) in events
    assert any(isinstance(event, Timings) and event.output_per_second for event in events)


async def test_a_first_question_loads_the_model_with_progress(server, provider):
    events = await all_events(
        provider.stream_chat(question("Hello", model=GEMMA, context_length=16384))
    )

    assert progress_of(events, Phase.LOADING_MODEL) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert server.loads == [(GEMMA, 16384)]
    assert ModelAnswered(GEMMA, "lm_studio") in events
    assert text_of(events) == "Hello world"


async def test_a_later_question_loads_the_model_with_progress_too(server, provider):
    events = await all_events(provider.stream_chat(question("Hi", "a", "b", model=GEMMA)))

    assert progress_of(events, Phase.LOADING_MODEL) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert len(server.loads) == 1
    assert len(server.asked(CHAT)) == 1
    assert text_of(events) == "Hello world"


async def test_a_load_that_nobody_waited_for_is_not_asked_for_again(server, provider):
    server.always(NATIVE, Answer(504, "<html>Gateway Time-out</html>"))

    with pytest.raises(ProxyTimeoutError):
        await all_events(provider.stream_chat(question("Hi", "a", "b", model=GEMMA)))

    assert not server.asked(CHAT)


async def test_a_build_that_loads_otherwise_loads_with_the_question(server, provider):
    server.always(NATIVE, Answer(400, {"error": "Not here"}))

    events = await all_events(provider.stream_chat(question("Hi", "a", "b", model=GEMMA)))

    assert text_of(events) == "Hello world"


async def test_a_model_that_does_not_fit_is_explained_once(server, provider):
    server.load_error = GUARDRAIL.format(size=22.92)

    for texts in (("Hi",), ("Hi", "a", "b")):
        with pytest.raises(ModelLoadFailedError, match="insufficient system resources"):
            await all_events(provider.stream_chat(question(*texts, model=GEMMA)))

    assert server.loads == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"stop": ("END",)},
        {"seed": 1},
        {"temperature": 1.5},
        {"frequency_penalty": 0.5},
        {"response_format": ResponseFormat.JSON},
    ],
)
async def test_what_the_native_route_does_not_take_goes_to_v1(server, provider, parameters):
    await all_events(provider.stream_chat(question("Hi", **parameters)))

    assert not server.asked(NATIVE)
    assert len(server.asked(CHAT)) == 1


@pytest.mark.parametrize(
    ("read", "parameters", "reason"),
    [
        (4050, {}, FinishReason.LENGTH),
        (4043, {}, FinishReason.LENGTH),
        (3000, {}, FinishReason.STOP),
        (3000, {"max_tokens": 46}, FinishReason.LENGTH),
    ],
)
async def test_a_first_answer_that_ends_at_a_limit_is_cut(
    provider, server, read, parameters, reason
):
    server.model(CODER).loaded.clear()
    server.model(CODER).load(4096)
    await provider.probe()
    server.reply = Reply(content=["x "] * 46, prompt_tokens=read)

    events = await all_events(provider.stream_chat(question("Hi", **parameters)))

    assert server.asked(NATIVE)
    assert events[-1] == Finished(reason)


async def test_parameters_of_the_native_route_have_its_names(server, provider):
    server.model(THINKER).load(8192)
    parameters = {"temperature": 0.2, "max_tokens": 99, "top_k": 5, "reasoning_effort": "off"}

    await all_events(provider.stream_chat(question("Hi", model=THINKER, **parameters)))

    sent = server.asked(NATIVE)[0].json
    assert (sent["max_output_tokens"], sent["reasoning"]) == (99, "off")
    assert (sent["temperature"], sent["top_k"]) == (0.2, 5)


@pytest.mark.parametrize(("effort", "sent"), [("on", "medium"), ("off", "none"), ("low", "low")])
async def test_thinking_is_asked_for_in_the_words_of_the_route(server, provider, effort, sent):
    request = question("Hi", "a", "b", reasoning_effort=effort)

    await all_events(provider.stream_chat(request))

    assert server.asked(CHAT)[0].json["reasoning_effort"] == sent


async def test_pictures_on_the_native_route_in_both_spellings(server, provider):
    server.input_text_type = "message"
    picture = ChatMessage(Role.USER, "Look", (Image("image/png", b"\x89PNG"),))

    events = await all_events(provider.stream_chat(ChatRequest(CODER, (picture,))))

    first, second = server.asked(NATIVE)
    assert [item["type"] for item in first.json["input"]] == ["text", "image"]
    assert [item["type"] for item in second.json["input"]] == ["message", "image"]
    assert text_of(events) == "Hello world"


async def test_filling_in_is_refused_and_continuing_is_not(server, provider):
    server.reply = ["return", " 1"]

    with pytest.raises(RequestRefusedError, match="fill in"):
        await all_events(provider.complete(CompletionRequest(CODER, "a", suffix="b")))
    events = await all_events(provider.complete(CompletionRequest(CODER, "def f(): ")))

    assert text_of(events) == "return 1"


async def test_two_first_questions_load_a_model_once(server, provider):
    server.load_delay = 0.1
    await provider.probe()

    answers = await asyncio.gather(
        all_events(provider.stream_chat(question("One", model=GEMMA))),
        all_events(provider.stream_chat(question("Two", model=GEMMA))),
    )

    assert [text_of(events) for events in answers] == ["Hello world", "Hello world"]
    assert len(server.loads) == 1


# loading


async def load(provider, model, context_length=None):
    async with aclosing(provider.load_model(model, context_length=context_length)) as steps:
        return [step async for step in steps]


async def test_loading_takes_the_window_that_was_asked_for(server, provider):
    steps = await load(provider, GEMMA, 16384)

    assert server.loads == [(GEMMA, 16384)]
    assert steps[0].progress is None, "this route tells no progress, so none is made up"
    assert steps[-1].progress == 1.0
    models = {model.name: model for model in (await provider.probe()).models}
    assert models[GEMMA].served_context == 16384


async def test_an_instance_that_fits_is_reused(server, provider):
    await load(provider, CODER)
    await load(provider, CODER, 32768)
    await load(provider, CODER, 4096)

    assert server.loads == []


async def test_a_larger_window_replaces_the_smaller_instance(server, provider):
    await load(provider, CODER, 65536)

    assert server.unloads == [CODER]
    assert server.loads == [(CODER, 65536)]
    assert [instance.id for instance in server.model(CODER).loaded] == [CODER]


async def test_what_was_evicted_comes_back_as_it_was_and_once(server, provider):
    server.model(CODER).loaded[0].options = {"flash_attention": False, "eval_batch_size": 256}
    await provider.probe()
    server.next(CHAT, Answer(400, {"error": "Model is unloaded."}))
    server.model(CODER).loaded.clear()

    events = await all_events(provider.stream_chat(question("Hi", "a", "b", context_length=32768)))

    assert text_of(events) == "Hello world"
    assert server.loads == [(CODER, 32768)]
    sent = server.asked("/api/v1/models/load")[-1].json
    assert (sent["flash_attention"], sent["eval_batch_size"]) == (False, 256)
    assert not server.asked(NATIVE), "the question loaded it a second time"


async def test_without_a_wish_the_evicted_window_comes_back(server, provider):
    await provider.probe()
    server.next(CHAT, Answer(400, {"error": "Model is unloaded."}))
    server.model(CODER).loaded.clear()

    await all_events(provider.stream_chat(question("Hi", "a", "b")))

    assert server.loads == [(CODER, 32768)]


async def test_another_window_keeps_the_other_options(server, provider):
    server.model(CODER).loaded[0].options = {"flash_attention": False}

    await load(provider, CODER, 65536)

    assert server.asked("/api/v1/models/load")[-1].json["flash_attention"] is False


async def test_what_is_loaded_comes_back_when_a_larger_window_is_refused(server, provider):
    server.most_context = 40000

    with pytest.raises(FormerWindowKeptError, match="insufficient system resources") as caught:
        await load(provider, CODER, 65536)

    assert "as it was before" in caught.value.hint_text
    assert [each.context_length for each in server.model(CODER).loaded] == [32768]


async def test_loading_twice_at_once_loads_once(server, provider):
    server.load_delay = 0.1

    await asyncio.gather(load(provider, GEMMA), load(provider, GEMMA))

    assert server.loads == [(GEMMA, server.default_context)]


async def test_a_model_is_shown_as_loading_meanwhile(server, provider, loop):
    server.loading = asyncio.Event()
    loading = loop.create_task(load(provider, GEMMA))
    await until(lambda: server.asked("/api/v1/models/load"))

    models = {model.name: model for model in (await provider.probe()).models}

    assert models[GEMMA].is_loading
    server.loading.set()
    await loading


async def test_loading_can_be_cancelled(server, provider, loop):
    server.loading = asyncio.Event()
    loading = loop.create_task(load(provider, GEMMA))
    await until(lambda: server.asked("/api/v1/models/load"))

    loading.cancel()
    await asyncio.wait({loading})

    assert loading.cancelled()
    await until(server.disconnected.is_set)


async def test_a_refused_load_says_why(server, provider):
    server.load_error = GUARDRAIL.format(size=22.92)

    with pytest.raises(ModelLoadFailedError, match=r"22\.92 GB"):
        await load(provider, GEMMA)


async def test_every_instance_is_unloaded(server, provider):
    server.model(CODER).load(8192)

    await provider.unload_model(CODER)

    assert sorted(server.unloads) == [CODER, f"{CODER}:2"]


async def test_a_version_that_cannot_load_says_so(server, provider):
    server.level = "v0"

    with pytest.raises(RequestRefusedError, match="cannot load models over the network"):
        await load(provider, GEMMA)


async def test_the_local_prefix_of_the_specification_is_kept(server, provider):
    server.models = [LMModel("local-foo-bar")]

    (model,) = (await provider.probe()).models

    assert (model.name, model.display_name) == ("local-foo-bar", "Foo Bar")
