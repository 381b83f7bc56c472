"""The real llama.cpp in real child processes, with a tiny model."""

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from ai_coder.errors import EngineError
from ai_coder.llama_server import engine as engine_module
from ai_coder.llama_server.engine import LlamaEngine
from ai_coder.llama_server.options import EngineOptions
from ai_coder.llama_server.process import CRASHED, KILLED
from tests.conftest import until
from tests.tiny_gguf import write_tiny_gguf

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path):
    return write_tiny_gguf(tmp_path / "tiny.gguf")


@pytest.fixture
def make_engine(loop):
    engines = []

    def make(**arguments):
        engines.append(LlamaEngine(**arguments))
        return engines[-1]

    yield make
    for engine in engines:
        loop.run_until_complete(engine.aclose())


@pytest.fixture
def engine(make_engine):
    return make_engine()


def ask(url, key, path, body=None):
    headers = {"Authorization": f"Bearer {key}"}
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url + path, data, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def pid_of(engine, file):
    return engine._children[file].process._process.pid


def is_alive(pid):
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except OSError:  # not Linux
        return True
    return state != "Z"


def kill(engine, file):
    engine._children[file].process._process.kill()


async def test_model_is_served_on_this_computer_under_its_name(engine, file):
    url, key = await engine.serve(file, "my-tiny", 512)

    body = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4}
    status, answer = await asyncio.to_thread(ask, url, key, "/v1/chat/completions", body)

    assert url.startswith("http://127.0.0.1:")
    assert status == 200
    assert answer["model"] == "my-tiny"
    assert answer["usage"]["completion_tokens"] == 4
    assert engine.running() == {file: 512}


async def test_window_is_the_one_that_was_asked_for(engine, file):
    url, key = await engine.serve(file, "tiny", 768)

    _, models = await asyncio.to_thread(ask, url, key, "/v1/models")

    assert models["data"][0]["meta"]["n_ctx"] == 768


async def test_nobody_else_can_use_the_server(engine, file):
    url, _ = await engine.serve(file, "tiny", 512)

    status, _ = await asyncio.to_thread(ask, url, "guess", "/v1/models")

    assert status == 401


async def test_key_is_not_on_the_command_line(engine, file):
    _, key = await engine.serve(file, "tiny", 512)

    process = engine._children[file].process._process

    assert key not in " ".join(process.args)
    assert str(file) not in " ".join(process.args)


async def test_running_model_is_used_again(engine, file):
    first = await engine.serve(file, "tiny", 512)

    assert await engine.serve(file, "tiny", 512) == first


async def test_two_at_once_start_one_child(engine, file):
    first, second = await asyncio.gather(
        engine.serve(file, "tiny", 512), engine.serve(file, "tiny", 512)
    )

    assert first == second


async def test_another_window_replaces_the_child(engine, file):
    await engine.serve(file, "tiny", 512)
    pid = pid_of(engine, file)

    await engine.serve(file, "tiny", 1024)

    assert engine.running() == {file: 1024}
    assert not is_alive(pid)


async def test_child_in_use_is_not_replaced_before_it_is_free(engine, file):
    await engine.serve(file, "tiny", 512)
    with engine.hold(file):
        waiting = asyncio.get_running_loop().create_task(engine.serve(file, "tiny", 1024))
        await asyncio.wait({waiting}, timeout=0.3)
        assert engine.running() == {file: 512}

    await waiting

    assert engine.running() == {file: 1024}


async def test_least_recently_used_model_makes_room(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(engine_module, "is_small", lambda _file: False)
    files = [write_tiny_gguf(tmp_path / f"{name}.gguf") for name in "abc"]
    await engine.serve(files[0], "a", 512)
    await engine.serve(files[1], "b", 512)
    await engine.serve(files[0], "a", 512)

    await engine.serve(files[2], "c", 512)

    assert set(engine.running()) == {files[0], files[2]}


async def test_small_models_need_no_room(make_engine, tmp_path):
    engine = make_engine(options=EngineOptions(most_models=1))
    files = [write_tiny_gguf(tmp_path / f"{name}.gguf") for name in "abc"]

    for file in files:
        await engine.serve(file, file.stem, 512)

    assert set(engine.running()) == set(files)


async def test_unused_model_leaves_memory(make_engine, file):
    engine = make_engine(options=EngineOptions(idle_seconds=0.05))
    await engine.serve(file, "tiny", 512)
    pid = pid_of(engine, file)

    await until(lambda: not engine.running())

    await until(lambda: not is_alive(pid))


async def test_model_in_use_is_not_idle(make_engine, file):
    engine = make_engine(options=EngineOptions(idle_seconds=0.05))
    await engine.serve(file, "tiny", 512)

    with engine.hold(file):
        await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=0.3)
        assert file in engine.running()

    await until(lambda: not engine.running())


async def test_changes_are_told(make_engine, file):
    news = []
    engine = make_engine(on_change=lambda: news.append(dict(engine.running())))

    await engine.serve(file, "tiny", 512)
    await engine.stop(file)

    assert news == [{file: 512}, {}]


async def test_dead_child_is_noticed_and_replaced(engine, file):
    first, _ = await engine.serve(file, "tiny", 512)
    kill(engine, file)
    await until(lambda: not engine.running())

    failure = await engine.failure(file)
    second, _ = await engine.serve(file, "tiny", 512)

    assert failure.details["reason"] == KILLED
    assert second != first
    assert await engine.failure(file) is None or file in engine.running()


async def test_third_quick_death_ends_the_attempts(engine, file, monkeypatch):
    monkeypatch.setattr(engine_module, "_FIRST_PAUSE", 0.01)
    for _ in range(3):
        await engine.serve(file, "tiny", 512)
        kill(engine, file)
        await until(lambda: not engine.running())

    with pytest.raises(EngineError, match="ended from outside"):
        await engine.serve(file, "tiny", 512)


async def test_stopping_by_wish_is_no_death(engine, file):
    await engine.serve(file, "tiny", 512)

    await engine.stop(file)

    assert await engine.failure(file) is None


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no model at all" * 100])
async def test_broken_file_is_explained_with_the_log(engine, tmp_path, content):
    file = tmp_path / "broken.gguf"
    file.write_bytes(content)

    with pytest.raises(EngineError) as caught:
        await engine.serve(file, "broken", 512)

    assert "could not run broken" in str(caught.value)
    assert "failed to load model" in caught.value.raw
    assert not engine.running()


async def test_incomplete_file_is_explained_in_the_words_of_the_engine(engine, file):
    file.write_bytes(file.read_bytes()[:-4000])

    with pytest.raises(EngineError, match="corrupted or incomplete"):
        await engine.serve(file, "cut", 512)


async def test_worker_that_cannot_start_is_explained(make_engine, file):
    engine = make_engine(command=("/nowhere/python",))

    with pytest.raises(EngineError, match="could not be started"):
        await engine.serve(file, "tiny", 512)


async def test_worker_that_crashes_while_loading_is_explained(make_engine, file):
    engine = make_engine(command=(sys.executable, "-c", "import os; os.abort()"))

    with pytest.raises(EngineError) as caught:
        await engine.serve(file, "tiny", 512)

    assert caught.value.details["reason"] == CRASHED


async def test_worker_that_says_why_it_cannot_is_believed(make_engine, file):
    script = 'import sys; sys.stdin.readline(); print(\'{"error": "no engine here"}\')'
    engine = make_engine(command=(sys.executable, "-c", script))

    with pytest.raises(EngineError) as caught:
        await engine.serve(file, "tiny", 512)

    assert caught.value.details["reason"] == "no engine here"
    assert "no engine here" in caught.value.raw


async def test_cancelling_while_it_loads_ends_the_child(make_engine, file, tmp_path):
    note = tmp_path / "pid"
    script = "import os, sys; print(os.getpid(), file=open(sys.argv[1], 'w')); sys.stdin.read()"
    engine = make_engine(command=(sys.executable, "-c", script, str(note)))
    loading = asyncio.get_running_loop().create_task(engine.serve(file, "tiny", 512))
    await until(lambda: note.is_file() and note.read_text().endswith("\n"))
    pid = int(note.read_text())
    assert is_alive(pid)

    loading.cancel()
    await asyncio.wait({loading})

    assert loading.cancelled()
    assert not engine.running()
    await until(lambda: not is_alive(pid))


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX process ids")
async def test_children_end_when_the_application_is_killed(file):
    script = (
        "import asyncio, pathlib, sys\n"
        "from ai_coder.llama_server.engine import LlamaEngine\n"
        "async def main():\n"
        "    engine, file = LlamaEngine(), pathlib.Path(sys.argv[1])\n"
        "    await engine.serve(file, 'tiny', 512)\n"
        "    print(engine._children[file].process._process.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(  # noqa: ASYNC220  # returns as soon as the process is there
        [sys.executable, "-c", script, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as application:
        child = int(application.stdout.readline())
        assert is_alive(child)

        application.kill()
        application.wait()

    await until(lambda: not is_alive(child))


def test_child_ends_with_its_input(file):
    worker = ROOT / "ai_coder" / "llama_server" / "worker.py"
    job = {"model": str(file), "alias": "tiny", "context_length": 512, "key": "k", "threads": 1}
    with subprocess.Popen(
        [sys.executable, "-P", str(worker)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        process.stdin.write(json.dumps({**job, "parent": os.getpid()}).encode() + b"\n")
        process.stdin.flush()
        assert "url" in json.loads(process.stdout.readline())

        process.stdin.close()

        assert process.wait(timeout=20) == 0


def test_worker_imports_nothing_of_the_application():
    source = (ROOT / "ai_coder" / "llama_server" / "worker.py").read_text()

    assert "ai_coder" not in source
