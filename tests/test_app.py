"""The application as a process: it starts, ends cleanly, and answers on the command line."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import until
from tests.fake_lm_studio import FakeLMStudio, LMModel

ROOT = Path(__file__).parent.parent
HEAVY = {"openai", "httpx2", "anthropic", "google.genai", "pygments.lexers", "markdown_it"}
ARRIVED = "SELECT 1 FROM message WHERE text = 'first ' UNION SELECT 1 FROM journal"
posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def environment(tmp_path, unused_tcp_port_factory):
    """A user who starts the application for the first time, with no server running."""
    return {
        **os.environ,
        "AI_CODER_HOME": str(tmp_path / "home"),
        "QT_QPA_PLATFORM": "offscreen",
        "LM_STUDIO_BASE_URL": f"http://127.0.0.1:{unused_tcp_port_factory()}/v1",
        "OLLAMA_HOST": f"127.0.0.1:{unused_tcp_port_factory()}",
    }


@pytest.fixture
def start(environment, tmp_path):
    """Return a function that starts a module; whatever it started is ended afterwards."""
    started = []

    def begin(*arguments):
        with (tmp_path / "output").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def output(tmp_path):
    """Return a function that reads what the processes printed."""
    return lambda: (tmp_path / "output").read_text("utf-8", "replace")


@pytest.fixture
def database(environment):
    return Path(environment["AI_CODER_HOME"]) / "data" / "chats.sqlite3"


@pytest.fixture
def lm_studio(loop, environment):
    model = LMModel("qwen2.5-coder-7b-instruct")
    model.load(32768)
    server = FakeLMStudio(models=[model])
    loop.run_until_complete(server.start())
    environment["LM_STUDIO_BASE_URL"] = f"{server.url}/v1"
    yield server
    server.close()


def rows(database, query):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []  # not made yet
    finally:
        connection.close()


def is_up(database):
    return database.exists() and bool(rows(database, "SELECT id FROM conversation"))


def children(parent):
    """Return the ids of the processes whose parent is *parent*."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, owner = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(owner) == parent and state != "Z":
            found.append(int(stat.parent.name))
    return found


def is_running(process_id):
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def run(environment, *arguments, piped=""):
    return subprocess.run(
        [sys.executable, "-m", "ai_coder", *arguments],
        cwd=ROOT,
        env=environment,
        input=piped,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# The window


async def test_closing_the_window_ends_the_process(start, output):
    process = start("tests.app_driver", "close")

    await until(lambda: process.poll() is not None, timeout=30)

    assert (process.returncode, "Traceback" in output()) == (0, False)


async def test_the_window_can_be_closed_before_anything_else_is_there(start, output):
    process = start("tests.app_driver", "close-at-once")

    await until(lambda: process.poll() is not None, timeout=30)

    assert (process.returncode, "Traceback" in output()) == (0, False)


@posix_only
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
async def test_a_signal_ends_it_cleanly(start, output, database, name):
    process = start("ai_coder")
    await until(lambda: is_up(database), timeout=30)
    assert process.poll() is None

    process.send_signal(signal.Signals[name])
    await until(lambda: process.poll() is not None)

    assert (process.returncode, "Traceback" in output()) == (0, False)


@posix_only
async def test_a_signal_keeps_what_arrived(start, database, lm_studio):
    lm_studio.reply = ["first ", "never sent"]
    lm_studio.stall_after = 1
    process = start("tests.app_driver", "ask", "lm_studio/qwen2.5-coder-7b-instruct", "Go")
    await until(lambda: database.exists() and rows(database, ARRIVED), timeout=30)

    process.terminate()
    await until(lambda: process.poll() is not None)

    assert process.returncode == 0
    kept = rows(database, "SELECT text, status FROM message WHERE role = 'assistant'")
    assert kept == [("first ", "stopped")]
    await until(lm_studio.disconnected.is_set)


@posix_only
async def test_a_log_that_cannot_be_written_is_told(start, output, environment, tmp_path):
    environment["AI_CODER_HOME"] = str(tmp_path)
    (tmp_path / "logs").touch()  # a file where a folder should be

    start("ai_coder")

    await until(lambda: "ai-coder.log cannot be written" in output(), timeout=30)


@linux_only
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
async def test_the_engine_ends_with_the_application(start, name):
    process = start("tests.app_driver", "ask", "llama_cpp/guide", "Hello")
    await until(lambda: children(process.pid), timeout=30)
    engine = children(process.pid)

    process.send_signal(signal.Signals[name])

    await until(lambda: process.poll() is not None)
    await until(lambda: not any(is_running(child) for child in engine))


async def test_the_first_frame_needs_no_heavy_package(start, output):
    process = start("tests.app_driver", "first-frame")

    await until(lambda: process.poll() is not None, timeout=30)

    imported = set(output().split())
    assert process.returncode == 0
    assert "PyQt6.QtWidgets" in imported
    assert not imported & (HEAVY | {"pydantic", "sqlite3", "asyncio", "dataclasses", "inspect"})


# The command line


def test_version(environment):
    result = run(environment, "--version")

    assert result.returncode == 0
    assert result.stdout.startswith("AI Coder Assistant ")


def test_doctor_says_how_each_server_is(environment):
    result = run(environment, "doctor", "--json")

    report = json.loads(result.stdout)
    assert (result.returncode, report["can_chat"]) == (0, True)
    assert report["providers"]["lm_studio"]["state"] == "unreachable"
    remedy = report["providers"]["ollama"]["remedy"]
    assert remedy in {"start_server", "get_server"}, "what is installed here decides"
    assert report["providers"]["llama_cpp"]["state"] == "ready"
    assert result.stderr == ""


def test_models_lists_what_can_be_asked(environment):
    result = run(environment, "models", "--json")

    assert result.returncode == 0
    assert [model["ref"] for model in json.loads(result.stdout)] == ["llama_cpp/guide"]


def test_ask_reads_the_pipe(environment):
    result = run(environment, "ask", piped="How do I connect LM Studio?\n")

    assert result.returncode == 0
    assert "http://127.0.0.1:1234/v1" in result.stdout


async def test_ask_prints_the_answer_of_a_server(environment, start, output, lm_studio):
    lm_studio.reply = ["Hel", "lo"]

    process = start("ai_coder", "ask", "Hi", "--model", "lm_studio/qwen2.5-coder-7b-instruct")
    await until(lambda: process.poll() is not None, timeout=30)

    assert (process.returncode, output()) == (0, "Hello\n")


def test_complete_continues_a_text(environment):
    result = run(environment, "complete", "How do I", "--max-tokens", "4")

    assert result.returncode == 0
    assert result.stdout.strip()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("ask",), 2, "Nothing to ask"),
        (("complete",), 2, "Nothing to complete"),
        (("ask", "Hi", "--model", "nobody/x"), 1, "ai-coder models"),
        (("ask", "Hi", "--model", "unheard-of"), 1, "unheard-of"),
        (("ask", "Hi", "--model", "llama_cpp/unheard-of"), 1, "no model named unheard-of"),
        (("ask", "Hi", "--model", "lm_studio/qwen"), 1, "LM Studio does not answer at http"),
        (("complete", "x", "--max-tokens", "-3"), 2, "--max-tokens"),
        (("frobnicate",), 2, "frobnicate"),
    ],
)
def test_bad_input_is_answered_in_words(environment, arguments, code, words):
    result = run(environment, *arguments)

    assert result.returncode == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
