"""The commands without a window, against scripted servers: what they print and how they end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import datetime
from pathlib import Path

import pytest

from ai_coder import cli
from ai_coder.chat.store import ChatStore
from ai_coder.chat.store_spending import this_month
from tests.fake_cloud import KEY
from tests.fake_lm_studio import LMModel
from tests.fake_ollama import OllamaModel
from tests.fake_reply import Reply
from tests.installed import FAILING, make_environment, write_package
from tests.server_fixtures import KEYS, LLAMA
from tests.tiny_gguf import write_tiny_gguf

CHECKOUT = Path(__file__).parents[1]
CODER = "ollama/qwen2.5-coder:1.5b-base"


@pytest.fixture
def lm_studio(lm_studio):
    """LM Studio with one model, which is loaded."""
    lm_studio.models[:] = [LMModel("qwen")]
    lm_studio.models[0].load(32768)
    return lm_studio


@pytest.fixture
def ollama(ollama):
    """Ollama with one model that chats and one that fills in."""
    capabilities = ("completion", "insert")
    ollama.models.append(OllamaModel(CODER.partition("/")[2], capabilities=capabilities))
    return ollama


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a command in a process of its own: (code, stdout, stderr)."""

    async def run(
        *arguments, python=sys.executable, piped=None, out=asyncio.subprocess.PIPE, **environment
    ):
        ours = {name: value for name, value in os.environ.items() if not name.endswith("_KEY")}
        process = await asyncio.create_subprocess_exec(
            *(python, "-m", "ai_coder", *arguments),
            cwd=CHECKOUT,
            env={
                **ours,
                "AI_CODER_HOME": str(tmp_path / "home"),
                "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
                **environment,
            },
            stdin=asyncio.subprocess.DEVNULL if piped is None else asyncio.subprocess.PIPE,
            stdout=out,
            stderr=asyncio.subprocess.PIPE,
        )
        said, err = await process.communicate(piped)
        encoding = environment.get("PYTHONIOENCODING", "utf-8")
        return process.returncode, (said or b"").decode(encoding), err.decode(encoding)

    return run


@pytest.fixture
def both(world, lm_studio, ollama):
    """Both servers, and the built-in engine switched off."""
    return world(lm_studio=lm_studio, ollama=ollama, llama_cpp=None)


async def test_doctor_says_that_a_chat_is_possible(run, both):
    code, out, err = await run("doctor")

    assert code == cli.CAN_CHAT, err
    assert "✔ LM Studio (lm_studio): LM Studio is ready." in out
    assert "Ready to chat." in out


async def test_doctor_fails_when_no_server_can_answer_and_says_why(run, both, lm_studio, ollama):
    lm_studio.close()
    ollama.close()

    code, out, _ = await run("doctor")

    assert code == cli.CANNOT_CHAT
    assert f"✘ LM Studio (lm_studio): LM Studio does not answer at {lm_studio.url}." in out
    assert "\n    LM Studio " in out
    assert "✘ Ollama (ollama): Ollama does not answer" in out
    assert "- Built-in (llama_cpp): Switched off in Settings." in out
    assert "No server can answer yet." in out


async def test_doctor_speaks_json_with_the_remedy(run, both, lm_studio):
    lm_studio.token = "sk-lm-abcdefgh:abcdefghij0123456789"

    code, out, _ = await run("doctor", "--json")

    report = json.loads(out)
    assert code == cli.CAN_CHAT
    assert report["providers"]["lm_studio"]["state"] == "auth_needed"
    assert report["providers"]["lm_studio"]["remedy"] == "enter_token"
    assert report["providers"]["ollama"]["models"] == 2


async def test_doctor_names_all_providers_before_anything_is_set_up(run):
    _, out, _ = await run("doctor")

    told = [line for line in out.splitlines() if line[:1] in "✔✘-"]
    assert [line.partition(" (")[0][2:] for line in told if line] == [
        "LM Studio",
        "Ollama",
        "Built-in",
        "OpenAI",
        "Anthropic",
        "Google Gemini",
        "OpenAI-compatible server",
    ]
    assert "- OpenAI (openai): Switched off in Settings." in out
    assert "(openai_compatible): None was added in Settings." in out
    assert "✔ Built-in (llama_cpp): Built-in is ready." in out
    assert "Only the Built-in guide can answer." in out


async def test_doctor_names_a_broken_model_file(run, paths):
    paths.models.mkdir(parents=True)
    (paths.models / "half.gguf").write_bytes(b"GGUF\x03\0")

    _, out, _ = await run("doctor")

    assert f"✘ {paths.models / 'half.gguf'}: the file" in out


async def test_doctor_tells_missing_good_and_wrong_keys_apart(run, world, claude, gpt, gemini):
    world(anthropic=claude, openai=gpt, google_gemini=gemini)
    keys = {"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": "sk-wrong-0123456789"}

    _, out, err = await run("doctor", **keys)
    _, told, _ = await run("doctor", "--json", **keys)

    assert "✔ Anthropic (anthropic): Anthropic is ready." in out
    assert "Its key comes from ANTHROPIC_API_KEY." in out
    assert "✘ OpenAI (openai): OpenAI refused the key." in out
    assert "✘ Google Gemini (google_gemini): Google Gemini needs a key." in out
    states = {name: told["state"] for name, told in json.loads(told)["providers"].items()}
    assert states["anthropic"] == "ready"
    assert (states["openai"], states["google_gemini"]) == ("token_refused", "auth_needed")
    assert json.loads(told)["not_added"] == ["openai_compatible"]
    for secret in keys.values():
        assert secret not in out + err + told
    assert gemini.requests == []


async def test_doctor_says_that_a_shortened_key_is_not_used(run, world, gpt):
    world(openai=gpt)

    _, out, err = await run("doctor", OPENAI_API_KEY="sk-proj-ab…wxyz")

    assert "✘ OpenAI (openai): OpenAI needs a key." in out
    assert "OPENAI_API_KEY is not used: it holds a sign that no key has." in out
    assert "Traceback" not in out + err
    assert gpt.requests == []


async def test_doctor_names_a_broken_package(run, tmp_path):
    environment = make_environment(tmp_path / "environment")
    environment.install(write_package(tmp_path, "raise RuntimeError('out of order')"))

    code, out, _ = await run("doctor", python=str(environment.python))

    assert code == cli.CAN_CHAT
    assert "✘ broken: Servers of the kind broken cannot be used: RuntimeError: out of order" in out


async def test_doctor_goes_on_when_a_package_makes_a_mistake(run, world, tmp_path, lm_studio):
    environment = make_environment(tmp_path / "environment")
    environment.install(write_package(tmp_path, FAILING))
    world(lm_studio=lm_studio, broken=lm_studio)

    code, out, err = await run("doctor", python=str(environment.python))

    assert code == cli.CAN_CHAT
    assert "✘ Broken (broken): Broken could not be asked." in out
    assert "a package for this provider, made a mistake" in out
    assert "✔ LM Studio (lm_studio): LM Studio is ready." in out
    assert "out of order" in err


async def test_models_tells_what_is_served_and_where_it_runs(run, both):
    code, out, _ = await run("models")

    assert code == cli.CAN_CHAT
    assert "lm_studio/qwen\tloaded\t" in out
    assert "32768 served, 131072 at most · local" in out
    assert f"{LLAMA}\tnot loaded\t" in out


async def test_ask_prints_the_answer_and_nothing_else(run, both, lm_studio):
    lm_studio.reply = ["Hel", "lo"]

    code, out, _ = await run("ask", "Hi", "--model", "lm_studio/qwen")

    assert (code, out) == (cli.CAN_CHAT, "Hello\n")


async def test_a_cloud_model_is_asked_with_the_key_of_the_environment(run, world, claude):
    world(anthropic=claude)

    code, out, err = await run("ask", "Hi", "--model", "anthropic/claude-haiku-4-5", **KEYS)

    assert (code, out) == (cli.CAN_CHAT, "Hello world\n"), err


async def test_piped_text_goes_to_no_company_that_was_not_named(run, world, claude):
    world(anthropic=claude, llama_cpp=None)

    code, out, err = await run("ask", "Explain", piped=b"my private file", **KEYS)
    named = await run("ask", "Hi", "--model", "anthropic/claude-haiku-4-5", **KEYS)

    assert (code, out) == (cli.CANNOT_CHAT, "")
    assert "No model on your own computers can answer." in err
    assert "--model" in err
    assert "[model]" not in err
    assert named[0] == cli.CAN_CHAT
    assert "[model] anthropic/claude-haiku-4-5" in named[2]
    assert "private" not in "".join(str(request.json) for request in claude.requests)


async def test_the_default_of_the_user_may_be_a_company_s_model(run, world, claude):
    general = {"default_model": "anthropic/claude-haiku-4-5"}
    world(anthropic=claude, llama_cpp=None, general=general)

    code, out, err = await run("ask", "Hi", **KEYS)

    assert (code, out) == (cli.CAN_CHAT, "Hello world\n"), err


async def test_a_company_is_not_asked_beyond_the_monthly_limit(run, world, claude):
    world(anthropic=claude, llama_cpp=None, cost={"monthly_limit": 0.03})
    question = ("ask", "Hi", "--model", "anthropic/claude-haiku-4-5")

    allowed = await run(*question, **KEYS)
    asked = len(claude.requests)
    code, out, err = await run(*question, piped=b"word " * 20_000, **KEYS)

    assert allowed[0] == cli.CAN_CHAT, allowed[2]
    assert (code, out) == (cli.CANNOT_CHAT, "")
    assert "more than you want to spend this month" in err
    assert [r for r in claude.requests[asked:] if r.method == "POST"] == []


async def test_what_the_command_line_pays_a_company_counts_for_the_month(run, world, claude, paths):
    world(anthropic=claude, llama_cpp=None)
    code, _, err = await run("ask", "Hi", "--model", "anthropic/claude-haiku-4-5", **KEYS)
    assert code == cli.CAN_CHAT, err

    store = ChatStore(paths.database_file)
    assert await store.open() is None
    (spent,) = await store.spending(*this_month(datetime.now().astimezone()))
    await store.aclose()

    assert (spent.provider, spent.answers, spent.unknown) == ("anthropic", 1, 0)
    assert spent.cost > 0


async def test_a_company_is_asked_although_nothing_can_be_counted_unless_there_is_a_limit(
    run, world, claude, paths
):
    paths.database_file.parent.mkdir(parents=True)
    paths.database_file.mkdir()
    question = ("ask", "Hi", "--model", "anthropic/claude-haiku-4-5")
    world(anthropic=claude, llama_cpp=None)
    free = await run(*question, **KEYS)
    world(anthropic=claude, llama_cpp=None, cost={"monthly_limit": 5})
    limited = await run(*question, **KEYS)

    assert free[:2] == (cli.CAN_CHAT, "Hello world\n"), free[2]
    assert limited[:2] == (cli.CANNOT_CHAT, "")
    assert "Traceback" not in free[2] + limited[2]


async def test_ask_says_when_only_the_guide_answers(run, world):
    world()

    code, _, err = await run("ask", "How do I connect LM Studio?")

    assert code == cli.CAN_CHAT, err
    assert "[model] llama_cpp/guide" in err


async def test_a_failed_question_ends_with_an_explanation_and_a_code(run, both, lm_studio):
    lm_studio.close()

    code, out, err = await run("ask", "Hi", "--model", "lm_studio/qwen")

    assert code == cli.CANNOT_CHAT
    assert out == ""
    assert "does not answer" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("piped", "arrives"),
    [
        (b"caf\xe9\r\n", "café"),
        ("grün\n".encode() + b"gr\xfcn\n", "grün\ngrün"),
        ("grün".encode("utf-16"), "grün"),
        (b"\xef\xbb\xbfgr\xc3\xbcn", "grün"),
        (b"\x1b[31m-old\x1b[0m", "\x1b[31m-old\x1b[0m"),
    ],
    ids=["Latin-1", "mixed", "UTF-16", "byte order mark", "colours"],
)
async def test_text_in_any_encoding_can_be_piped_in(run, both, ollama, piped, arrives):
    code, _, err = await run("ask", "Explain", "--model", LLAMA, piped=piped)

    assert code == cli.CAN_CHAT, err
    message = ollama.asked("/api/chat")[-1].json["messages"][-1]
    assert message["content"] == f"Explain\n\n{arrives}"


async def test_a_binary_file_is_not_asked_about(run, both, ollama):
    code, out, err = await run(
        "ask", "Explain", "--model", LLAMA, piped=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    )

    assert (code, out) == (cli.WRONG_USAGE, "")
    assert "What was piped in is not text." in err
    assert ollama.asked("/api/chat") == []


@pytest.mark.skipif(os.name == "nt", reason="arguments of Windows are Unicode")
async def test_an_argument_that_cannot_be_decoded_is_asked_all_the_same(run, both, ollama):
    code, _, err = await run("ask", b"caf\xe9", "--model", LLAMA)

    assert code == cli.CAN_CHAT, err
    message = ollama.asked("/api/chat")[-1].json["messages"][-1]
    assert message["content"] == "caf\ufffd"


async def test_an_output_that_cannot_show_every_character_gets_all_others(run, both, lm_studio):
    lm_studio.reply = ["A → B ✔ grün"]

    looked_at = await run("doctor", PYTHONIOENCODING="cp1252")
    listed = await run("models", "--json", PYTHONIOENCODING="cp1252")
    code, out, err = await run("ask", "Hi", "--model", "lm_studio/qwen", PYTHONIOENCODING="cp1252")

    assert looked_at[0] == cli.CAN_CHAT
    assert "? LM Studio (lm_studio): LM Studio is ready." in looked_at[1]
    assert json.loads(listed[1])
    assert (code, out.replace("\r", "")) == (cli.CAN_CHAT, "A ? B ? grün\n"), err


@pytest.fixture
def full_disk():
    """An output that takes nothing."""
    with Path("/dev/full").open("wb") as full:
        yield full


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
@pytest.mark.parametrize("command", [("ask", "Hi", "--model", LLAMA), ("models",)])
async def test_an_output_that_cannot_be_written_is_told_in_words(run, both, full_disk, command):
    code, _, err = await run(*command, out=full_disk)

    assert code == cli.CANNOT_CHAT
    assert err == "The output cannot be written: No space left on device.\n"


async def test_what_is_too_long_says_what_can_be_done_here(run, both, lm_studio):
    lm_studio.overflow = "object"

    code, _, err = await run("ask", "Explain", "--model", "lm_studio/qwen", piped=b"word " * 40_000)

    assert code == cli.CANNOT_CHAT
    assert "too long for" in err
    assert "Send or pipe in less, or name a model with a larger window: --model." in err


async def test_an_answer_that_was_cut_off_says_so(run, both, ollama):
    ollama.reply = Reply(content=["Once upon"], finish_reason="length")

    code, out, err = await run("ask", "Hi", "--model", LLAMA)
    _, _, wanted = await run("complete", "Hi", "--model", LLAMA, "--max-tokens", "2")

    assert (code, out) == (cli.CAN_CHAT, "Once upon\n")
    assert "unfinished" in err
    assert wanted == ""


async def test_a_broken_answer_is_explained_on_a_line_of_its_own(run, both, lm_studio):
    lm_studio.reply = Reply(content=["Once ", "upon", " a time"], close_after=2)

    code, out, err = await run("ask", "Hi", "--model", "lm_studio/qwen")

    assert code == cli.CANNOT_CHAT
    assert out == "Once upon\n"
    assert "broke off" in err
    assert "Ask again for the rest." in err


async def test_a_name_with_a_slash_is_looked_for_on_all_servers(run, both, lm_studio):
    lm_studio.models[:] = [LMModel("qwen/qwen3-4b")]
    lm_studio.models[0].load(4096)
    lm_studio.reply = ["Hello"]

    found = await run("ask", "Hi", "--model", "qwen/qwen3-4b")
    missing = await run("ask", "Hi", "--model", "qwen/qwen9")

    assert found[:2] == (cli.CAN_CHAT, "Hello\n"), found[2]
    assert missing[0] == cli.CANNOT_CHAT
    assert "No enabled server offers qwen/qwen9." in missing[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask"], "Nothing to ask"),
        (["complete"], "Nothing to complete"),
        (["complete", "x", "--max-tokens", "0"], "“0” is not a whole number above 0"),
        (["complete", "x", "--max-tokens", "many"], "“many” is not a whole number above 0"),
        (["sing"], "invalid choice"),
    ],
)
async def test_wrong_usage_has_a_code_of_its_own(run, arguments, words):
    code, out, err = await run(*arguments)

    assert (code, out) == (cli.WRONG_USAGE, "")
    assert words in err


async def test_complete_continues_a_text(run, both, lm_studio):
    lm_studio.reply = [" return", " a + b"]

    code, out, _ = await run("complete", "def add(a, b):", "--model", "lm_studio/qwen")

    assert (code, out) == (cli.CAN_CHAT, " return a + b\n")
    assert lm_studio.asked("/v1/completions")[-1].json["prompt"] == "def add(a, b):"


async def test_complete_fills_in_before_a_suffix_with_ollama(run, both, ollama):
    ollama.reply = ["x, ", "y):"]

    code, out, _ = await run("complete", "def f(", "--suffix", "return x", "--model", CODER)

    assert (code, out) == (cli.CAN_CHAT, "x, y):\n")
    sent = ollama.asked("/api/generate")[-1].json
    assert (sent["prompt"], sent["suffix"]) == ("def f(", "return x")


async def test_a_model_that_cannot_fill_in_is_named(run, both):
    code, out, err = await run("complete", "def f(", "--suffix", "return x", "--model", LLAMA)

    assert (code, out) == (cli.CANNOT_CHAT, "")
    assert "llama3.2:3b cannot fill in" in err


async def test_complete_fills_in_with_the_built_in_engine(run, world, paths):
    world(generation={"parameters": {"temperature": 0}})  # chance may find no word at all
    paths.models.mkdir(parents=True)
    write_tiny_gguf(paths.models / "coder.gguf", infill=True)
    gap = ("complete", "def f(", "--suffix", "return x", "--max-tokens", "4")

    code, out, err = await run(*gap, "--model", "llama_cpp/coder")
    refused, nothing, reason = await run(*gap, "--model", "llama_cpp/guide")

    assert code == cli.CAN_CHAT, err
    assert out != ""
    assert (refused, nothing) == (cli.CANNOT_CHAT, "")
    assert "not made to fill in" in reason


async def test_a_wrong_address_in_the_file_is_told_by_every_command(run, world, ollama, paths):
    world(ollama=ollama, llama_cpp=None)
    document = json.loads(paths.settings_file.read_text("utf-8"))
    document["provider_configurations"]["lm_studio"]["base_url"] = "foo bar"
    paths.settings_file.write_text(json.dumps(document), "utf-8")
    words = "The address of LM Studio cannot be used: the address “foo bar” has a space in it."

    listed = await run("models")
    answered = await run("ask", "Hi")
    refused = await run("ask", "Hi", "--model", "lm_studio/qwen")
    looked_at = await run("doctor")

    assert listed[0] == answered[0] == cli.CAN_CHAT
    assert refused[0] == cli.CANNOT_CHAT
    for told in (listed[2], answered[2], refused[2], looked_at[1]):
        assert told.count(words) == 1
        assert "Correct it in Settings." in told
