"""The provider with the real engine; a tiny model stands for the guide and for other files."""

import asyncio
import json
from contextlib import aclosing

import pytest

from ai_coder.errors import (
    ContextOverflowError,
    EngineError,
    ModelNotFoundError,
    ProviderError,
    RequestRefusedError,
    ServerFailedError,
    StreamInterruptedError,
)
from ai_coder.llama_server.engine import LlamaEngine
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.model_files import lm_studio_models
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    CompletionRequest,
    Finished,
    FinishReason,
    GenerationParameters,
    Locality,
    ModelAnswered,
    ModelType,
    Phase,
    PhaseChanged,
    ProviderConfig,
    Role,
    TextDelta,
    Timings,
    TokenUsage,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ModelPlaces, ProviderServices
from ai_coder.llm.providers.llama_cpp import LlamaCppProvider
from ai_coder.llm.providers.llama_cpp_models import parameters_text
from ai_coder.paths import find_paths
from tests.conftest import until
from tests.tiny_gguf import write_tiny_gguf

QUICK = GenerationParameters(max_tokens=8, temperature=0)
LONG = GenerationParameters(max_tokens=30_000, temperature=0, seed=1)


GUIDE_FILE = find_paths().resources / "models" / "guide.gguf"


@pytest.fixture
def places(tmp_path):
    guide = write_tiny_gguf(tmp_path / "resources" / "guide.gguf")
    return ModelPlaces(guide, tmp_path / "models", tmp_path / "user")


@pytest.fixture
def engine(loop):
    engine = LlamaEngine()
    yield engine
    loop.run_until_complete(engine.aclose())


@pytest.fixture
def make_provider(loop, places, engine):
    providers = []

    def make(**config):
        services = ProviderServices(Network(), engine=engine, places=places)
        providers.append(LlamaCppProvider("llama_cpp", ProviderConfig(**config), services))
        return providers[-1]

    yield make
    for provider in providers:
        loop.run_until_complete(provider.aclose())


@pytest.fixture
def provider(make_provider):
    return make_provider()


def chat(text="Hi", model="guide", parameters=QUICK, **arguments):
    message = ChatMessage(Role.USER, text)
    return ChatRequest(model, (message,), parameters, **arguments)


async def collect(events):
    async with aclosing(events):
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def phases_of(events):
    return list(dict.fromkeys(e.phase for e in events if isinstance(e, PhaseChanged)))


async def names(provider):
    return [model.name for model in await provider.list_models()]


# what is listed


async def test_guide_is_ready_without_a_process(provider, engine):
    probe = await provider.probe()

    (guide,) = probe.models
    assert probe.state.kind is ConnectionKind.READY
    assert (guide.name, guide.display_name) == ("guide", "Built-in guide")
    assert guide.capabilities == ("chat",)
    assert guide.metadata["help_only"] is True
    assert guide.locality is Locality.LOCAL
    assert not guide.is_loaded
    assert engine.running() == {}


async def test_files_of_the_user_and_of_lm_studio_are_listed(provider, places):
    write_tiny_gguf(places.folder / "coder.gguf")
    write_tiny_gguf(places.folder / "sub" / "other.GGUF")
    studio = places.home / ".lmstudio" / "models"
    write_tiny_gguf(studio / "qwen" / "repo" / "qwen-q4.gguf")

    assert await names(provider) == [
        "guide",
        "coder",
        "sub/other",
        "lm-studio/qwen/repo/qwen-q4",
    ]


async def test_what_is_no_model_is_not_listed(provider, places):
    for name in ("mmproj-model-f16.gguf", "half.gguf.part", "notes.txt", ".hidden.gguf"):
        write_tiny_gguf(places.folder / name)
    for number in (1, 2):
        write_tiny_gguf(places.folder / f"big-{number:05}-of-00002.gguf")

    assert await names(provider) == ["guide", "big"]


async def test_same_file_is_listed_once(make_provider, places):
    studio = places.home / ".lmstudio" / "models"
    write_tiny_gguf(studio / "a" / "b" / "c.gguf")

    assert await names(make_provider(base_url=str(studio))) == ["guide", "a/b/c"]


async def test_settings_can_name_the_folder(make_provider, places, tmp_path):
    write_tiny_gguf(places.folder / "elsewhere.gguf")
    write_tiny_gguf(tmp_path / "mine" / "coder.gguf")

    assert await names(make_provider(base_url=str(tmp_path / "mine"))) == ["guide", "coder"]


async def test_file_named_like_the_guide_is_another_model(provider, places):
    write_tiny_gguf(places.folder / "guide.gguf")

    assert await names(provider) == ["guide", "guide.gguf"]


async def test_model_is_described_by_its_header(provider, places):
    write_tiny_gguf(places.folder / "coder.gguf", context=4096, infill=True)

    _, model = await provider.list_models()

    assert model.context_length == 4096
    assert (model.architecture, model.quantization, model.parameters) == ("llama", "F32", "26.8K")
    assert model.size_bytes == (places.folder / "coder.gguf").stat().st_size
    assert "insert" in model.capabilities
    assert model.model_type is ModelType.CHAT


async def test_new_file_appears_at_the_next_look(provider, places):
    assert await names(provider) == ["guide"]

    write_tiny_gguf(places.folder / "new.gguf")

    assert await names(provider) == ["guide", "new"]


async def test_broken_file_is_listed_with_its_reason_and_not_offered(provider, places):
    places.folder.mkdir()
    (places.folder / "page.gguf").write_text("<html>")

    probe = await provider.probe()

    broken = probe.models[1]
    assert not broken.is_enabled
    assert broken.metadata["problem"] == "the file is not a GGUF model."
    assert probe.state.models == 1


async def test_no_file_at_all_is_said(provider, places):
    places.guide.unlink()

    state = await provider.health_check()

    assert state.kind is ConnectionKind.NOTHING_DOWNLOADED
    assert state.sentence == "Built-in has no model file to run."
    assert str(places.folder) in state.cause


async def test_missing_engine_is_said(places):
    services = ProviderServices(Network(), places=places)

    state = await LlamaCppProvider("llama_cpp", ProviderConfig(), services).health_check()

    assert "xllamacpp is not installed" in state.raw
    with pytest.raises(ServerFailedError):
        state.raise_for_failure()


def test_models_folder_of_lm_studio(tmp_path):
    assert lm_studio_models(tmp_path) == tmp_path / ".lmstudio" / "models"
    (tmp_path / ".cache" / "lm-studio").mkdir(parents=True)
    assert lm_studio_models(tmp_path) == tmp_path / ".cache" / "lm-studio" / "models"
    home = tmp_path / "elsewhere"
    home.mkdir()
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{home}\n")
    assert lm_studio_models(tmp_path) == home / "models"
    (home / "settings.json").write_text(json.dumps({"downloadsFolder": str(tmp_path / "big")}))
    assert lm_studio_models(tmp_path) == tmp_path / "big"
    (home / "settings.json").write_text("[broken")
    assert lm_studio_models(tmp_path) == home / "models"


@pytest.mark.parametrize(
    ("count", "text"),
    [(7_615_616_512, "7.6B"), (494_032_768, "494M"), (8_000_000_000, "8B"), (812, None)],
)
def test_weights_are_counted_as_people_do(count, text):
    assert parameters_text(count) == text


# answers


async def test_answer_goes_through_every_phase(provider):
    events = await collect(provider.stream_chat(chat("word " * 60)))

    assert phases_of(events) == [
        Phase.CONNECTING,
        Phase.LOADING_MODEL,
        Phase.READING_PROMPT,
        Phase.WRITING,
    ]
    read = [e for e in events if isinstance(e, PhaseChanged) and e.total]
    assert read[-1].processed == read[-1].total > 60
    assert ModelAnswered("guide", "llama_cpp") in events
    assert text_of(events)
    assert events[-1] == Finished(FinishReason.LENGTH)
    (usage,) = (event for event in events if isinstance(event, TokenUsage))
    assert usage.output_tokens == 8
    (timings,) = (event for event in events if isinstance(event, Timings))
    assert timings.output_per_second > 0


async def test_second_answer_needs_no_loading_and_is_the_same(provider):
    first = await collect(provider.stream_chat(chat()))

    second = await collect(provider.stream_chat(chat()))

    assert Phase.LOADING_MODEL not in phases_of(second)
    assert text_of(second) == text_of(first)


async def test_guide_is_asked_without_chance(provider):
    parameters = GenerationParameters(max_tokens=30)
    first = await collect(provider.stream_chat(chat(parameters=parameters)))

    second = await collect(provider.stream_chat(chat(parameters=parameters)))

    assert text_of(first) == text_of(second)


async def test_text_is_continued(provider):
    request = CompletionRequest("guide", "def ", parameters=QUICK)

    events = await collect(provider.complete(request))

    assert text_of(events)
    assert isinstance(events[-1], Finished)


async def test_gap_is_filled_by_a_model_made_for_it(provider, places):
    write_tiny_gguf(places.folder / "coder.gguf", infill=True)
    request = CompletionRequest("coder", "a", suffix="b", parameters=QUICK)

    events = await collect(provider.complete(request))

    assert text_of(events)
    assert events[-1] == Finished(FinishReason.LENGTH)
    (usage,) = (event for event in events if isinstance(event, TokenUsage))
    assert usage.output_tokens == 8


async def test_gap_for_another_model_is_refused_in_words(provider):
    request = CompletionRequest("guide", "a", suffix="b", parameters=QUICK)

    with pytest.raises(RequestRefusedError, match="not made to fill in text"):
        await collect(provider.complete(request))


async def test_window_wanted_with_the_request_is_served(provider, places, engine):
    file = write_tiny_gguf(places.folder / "coder.gguf", context=4096)

    await collect(provider.stream_chat(chat(model="coder", context_length=1000)))

    assert engine.running() == {file: 1024}


async def test_the_window_of_the_next_request_is_known_before(provider, places, engine):
    file = write_tiny_gguf(places.folder / "coder.gguf", context=4096)
    (model,) = [m for m in await provider.list_models() if m.name == "coder"]

    expected = provider.expected_window(model, wanted=1000, prompt_tokens=5)
    await collect(provider.stream_chat(chat(model="coder", context_length=1000)))

    assert engine.running() == {file: expected}
    assert provider.expected_window(model, wanted=None, prompt_tokens=5) == expected
    assert provider.expected_window(model, wanted=2048, prompt_tokens=5) == 2048


async def test_prompt_beyond_the_window_is_an_overflow(provider):
    with pytest.raises(ContextOverflowError) as caught:
        await collect(provider.stream_chat(chat("word " * 2000)))

    assert caught.value.context_length == 1024
    assert caught.value.prompt_tokens > 2000


async def test_unknown_model_is_named(provider):
    with pytest.raises(ModelNotFoundError, match="no model named gone"):
        await collect(provider.stream_chat(chat(model="gone")))


async def test_broken_file_is_an_engine_error_with_the_reason(provider, places, engine):
    places.folder.mkdir()
    (places.folder / "page.gguf").write_text("<html>")

    with pytest.raises(EngineError, match="not a GGUF model") as caught:
        await collect(provider.stream_chat(chat(model="page")))

    assert isinstance(caught.value, ProviderError)
    assert engine.running() == {}


async def test_file_that_was_mended_works_at_once(provider, places):
    file = write_tiny_gguf(places.folder / "coder.gguf")
    content = file.read_bytes()
    file.write_bytes(content[:500])
    with pytest.raises(EngineError, match="download did not finish"):
        await collect(provider.stream_chat(chat(model="coder")))

    file.write_bytes(content)
    events = await collect(provider.stream_chat(chat(model="coder")))

    assert isinstance(events[-1], Finished)


async def test_file_that_only_the_engine_finds_broken_is_explained(provider, places):
    file = write_tiny_gguf(places.folder / "odd.gguf")
    architecture = b"general.architecture\x08\0\0\0\x05\0\0\0\0\0\0\0"
    content = file.read_bytes()
    file.write_bytes(content.replace(architecture + b"llama", architecture + b"lxama"))

    with pytest.raises(EngineError, match="unknown model architecture") as caught:
        await collect(provider.stream_chat(chat(model="odd")))

    assert "llama_model_load" in caught.value.raw


async def test_file_that_vanished_after_the_list_is_explained(provider, places):
    file = write_tiny_gguf(places.folder / "short-lived.gguf")
    await provider.probe()
    file.unlink()

    with pytest.raises(EngineError, match="could not run short-lived: the file is not there any"):
        await collect(provider.stream_chat(chat(model="short-lived")))


async def test_a_file_in_memory_answers_also_when_it_was_taken_away(provider, places):
    file = write_tiny_gguf(places.folder / "coder.gguf")
    await collect(provider.stream_chat(chat(model="coder")))
    file.unlink()

    again = await collect(provider.stream_chat(chat(model="coder")))

    assert isinstance(again[-1], Finished)


async def test_engine_that_dies_keeps_the_words_and_comes_back(provider, places, engine):
    file = write_tiny_gguf(places.folder / "coder.gguf", context=32768)
    request = chat(model="coder", parameters=LONG, context_length=32768)
    arrived = []

    async def read():
        async with aclosing(provider.stream_chat(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta) and not text_of(arrived):
                    engine._children[file].process.kill()
                arrived.append(event)

    with pytest.raises(StreamInterruptedError) as caught:
        await read()
    again = await collect(provider.stream_chat(chat(model="coder")))

    assert text_of(arrived)
    assert "coder stopped in the middle of its answer: its process was ended" in str(caught.value)
    assert "smaller model" in caught.value.hint_text
    assert caught.value.raw
    assert isinstance(again[-1], Finished)


async def test_stop_hangs_up_and_the_engine_goes_on(provider, places, engine):
    file = write_tiny_gguf(places.folder / "coder.gguf", context=32768)
    request = chat(model="coder", parameters=LONG, context_length=32768)
    arrived = []

    async def read():
        async with aclosing(provider.stream_chat(request)) as events:
            async for event in events:
                arrived.append(event)

    task = asyncio.get_running_loop().create_task(read())
    await until(lambda: text_of(arrived))
    task.cancel()
    await asyncio.wait({task})
    after = await collect(provider.stream_chat(chat(model="coder")))

    assert task.cancelled()
    assert file in engine.running()
    assert Phase.LOADING_MODEL not in phases_of(after)


# loading


async def test_model_is_loaded_with_the_chosen_window(provider, places, engine):
    file = write_tiny_gguf(places.folder / "coder.gguf", context=4096)

    progress = await collect(provider.load_model("coder", context_length=2048))

    assert engine.running() == {file: 2048}
    assert all(step.progress is None and step.seconds > 0 for step in progress)
    (model,) = (m for m in await provider.list_models() if m.name == "coder")
    assert model.served_context == 2048
    assert (await provider.health_check()).loaded == 1


async def test_window_is_never_larger_than_the_model_allows(provider, places, engine):
    file = write_tiny_gguf(places.folder / "coder.gguf", context=1024)

    await collect(provider.load_model("coder", context_length=99999))

    assert engine.running() == {file: 1024}


class SmallEngine(LlamaEngine):
    """An engine on a computer without memory for a window above 2,048 tokens."""

    async def serve(self, file, name, context_length):
        if context_length > 2048:
            raise EngineError(model=name, reason="out of memory")
        return await super().serve(file, name, context_length)


async def test_a_window_that_did_not_fit_is_not_asked_for_again(loop, places):
    write_tiny_gguf(places.folder / "coder.gguf", context=8192)
    engine = SmallEngine()
    services = ProviderServices(Network(), engine=engine, places=places)
    provider = LlamaCppProvider("llama_cpp", ProviderConfig(), services)
    await collect(provider.load_model("coder", context_length=1024))

    with pytest.raises(ProviderError, match="out of memory"):
        await collect(provider.load_model("coder", context_length=8192))
    events = await collect(provider.stream_chat(chat(model="coder")))

    assert isinstance(events[-1], Finished)
    assert list(engine.running().values()) == [1024]
    await provider.aclose()
    await engine.aclose()


async def test_unload_frees_the_memory(provider, engine):
    await collect(provider.load_model("guide"))

    await provider.unload_model("guide")

    assert engine.running() == {}


async def test_guide_that_ships_answers(engine, tmp_path):
    places = ModelPlaces(GUIDE_FILE, tmp_path / "none", tmp_path / "nobody")
    services = ProviderServices(Network(), engine=engine, places=places)
    provider = LlamaCppProvider("llama_cpp", ProviderConfig(), services)

    request = chat("How do I connect LM Studio?", parameters=GenerationParameters())
    events = await collect(provider.stream_chat(request))

    assert "LM Studio" in text_of(events)
    assert events[-1] == Finished(FinishReason.STOP)


def test_guide_is_small():
    assert GUIDE_FILE.stat().st_size <= 4 * 1024**2
