"""Starting a server: with a real child process that serves a fake Ollama."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from ai_coder.errors import UnknownModelError
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.discovery import Finding
from ai_coder.llm.models import ProviderConfig
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.ollama import OllamaProvider
from ai_coder.llm.server_control import (
    OutputLine,
    ServerExited,
    ServerProcess,
    ServerReady,
    ServerStartError,
    start_command,
)
from ai_coder.llm.server_program import StartCommand
from ai_coder.llm.surroundings import Surroundings

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def around(tmp_path):
    return Surroundings({}, tmp_path, "plan9")


@pytest.fixture
def make_process(loop):
    started = []

    def make(command, url="http://127.0.0.1:1", is_up=None):
        async def never():
            return False

        started.append(ServerProcess(command, url, is_up=is_up or never, poll=0.05))
        return started[-1]

    yield make
    for process in started:
        loop.run_until_complete(process.stop())


def script(tmp_path, text):
    path = tmp_path / "server"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return path


async def events_of(process):
    async with aclosing(process.run()) as events:
        return [event async for event in events]


async def test_the_server_is_started_watched_and_ended(
    tmp_path, make_process, unused_tcp_port_factory
):
    port = unused_tcp_port_factory()
    text = (
        "import os, sys\n"
        f"sys.path.insert(0, {str(CHECKOUT)!r})\n"
        "from tests.fake_ollama import main\n"
        "sys.argv[1:] = ['--port', os.environ['OLLAMA_HOST'].split(':')[1]]\n"
        "main()\n"
    )
    url = f"http://127.0.0.1:{port}"
    finding = Finding("ollama", url, False, True, script(tmp_path, text))
    provider = OllamaProvider("ollama", ProviderConfig(base_url=url), ProviderServices(Network()))

    async def is_up():
        return (await provider.probe()).state.kind is not ConnectionKind.UNREACHABLE

    process = make_process(start_command(finding), url, is_up)
    seen = []
    async with aclosing(process.run()) as events, asyncio.timeout(20):
        async for event in events:
            seen.append(event)
            if isinstance(event, ServerReady):
                assert process.is_running
                assert (await provider.probe()).state.can_chat
                break

    assert seen[-1] == ServerReady(url)
    assert any(isinstance(event, OutputLine) and str(port) in event.text for event in seen)
    assert not process.is_running
    assert (await provider.probe()).state.kind is ConnectionKind.UNREACHABLE
    await provider.aclose()


async def test_output_comes_line_by_line_without_colours(tmp_path, make_process):
    text = "print('\\x1b[32mSuccess!\\x1b[0m Running'); print('two', end=''); raise SystemExit(3)"
    command = StartCommand(str(script(tmp_path, text)))

    events = await events_of(make_process(command))

    assert events == [OutputLine("Success! Running"), OutputLine("two"), ServerExited(3)]


async def test_a_starter_that_ends_well_is_followed_by_ready(tmp_path, make_process):
    answers = [False, False, False]

    async def is_up():
        return not answers or answers.pop()

    command = StartCommand(str(script(tmp_path, "print('started')")))

    events = await events_of(make_process(command, "http://127.0.0.1:1234", is_up))

    assert ServerReady("http://127.0.0.1:1234") in events
    assert events[-1] == ServerExited(0)
    assert sum(isinstance(event, ServerReady) for event in events) == 1


async def test_a_program_that_cannot_run_is_explained(tmp_path, make_process):
    process = make_process(StartCommand(str(tmp_path / "missing")))

    with pytest.raises(ServerStartError, match="could not be started"):
        await events_of(process)


async def test_a_question_that_fails_ends_the_program(tmp_path, make_process):
    async def is_up():
        raise UnknownModelError(model="ollama")

    text = "import time\nprint('warming up', flush=True)\ntime.sleep(60)"
    process = make_process(StartCommand(str(script(tmp_path, text))), is_up=is_up)

    async with asyncio.timeout(20):
        with pytest.raises(UnknownModelError):
            await events_of(process)

    assert not process.is_running


async def test_stopping_ends_the_events(tmp_path, make_process):
    text = "import time\nprint('up', flush=True)\ntime.sleep(60)"
    process = make_process(StartCommand(str(script(tmp_path, text))))
    seen = []

    async with aclosing(process.run()) as events, asyncio.timeout(10):
        async for event in events:
            seen.append(event)
            if event == OutputLine("up"):
                await process.stop()

    assert isinstance(seen[-1], ServerExited)
    assert seen[-1].code != 0


def test_lm_studio_keeps_the_port_bind_and_cors_it_had(tmp_path, around):
    folder = tmp_path / ".lmstudio" / ".internal"
    folder.mkdir(parents=True)
    saved = {"port": 1300, "networkInterface": "0.0.0.0", "cors": True}
    (folder / "http-server-config.json").write_text(json.dumps(saved))
    finding = Finding("lm_studio", "http://127.0.0.1:1300", False, True, Path("/bin/lms"))

    command = start_command(finding, around)

    assert command.text == "/bin/lms server start --port 1300 --bind 0.0.0.0 --cors"


def test_the_port_of_the_settings_goes_before_the_last_one(around):
    finding = Finding("lm_studio", "http://127.0.0.1:4321", False, True, Path("/bin/lms"))

    assert start_command(finding, around).text == "/bin/lms server start --port 4321"


def test_ollama_gets_its_address_only_where_it_is_unusual():
    usual = Finding("ollama", "http://127.0.0.1:11434", False, True, Path("/bin/ollama"))
    other = Finding("ollama", "http://127.0.0.1:9000", False, True, Path("/bin/ollama"))

    assert start_command(usual).text == "/bin/ollama serve"
    assert start_command(other).text == "OLLAMA_HOST=127.0.0.1:9000 /bin/ollama serve"


@pytest.mark.parametrize("bind", ["0.0.0.0:11500", "http://0.0.0.0:11500"])
def test_ollama_keeps_the_bind_that_it_is_given(tmp_path, bind):
    around = Surroundings({"OLLAMA_HOST": bind}, tmp_path, "plan9")
    same = Finding("ollama", "http://127.0.0.1:11500", False, True, Path("/bin/ollama"))
    other = Finding("ollama", "http://127.0.0.1:11434", False, True, Path("/bin/ollama"))

    assert start_command(same, around).text == "/bin/ollama serve"
    assert start_command(other, around).text == "OLLAMA_HOST=127.0.0.1:11434 /bin/ollama serve"


def test_what_is_not_installed_cannot_be_started():
    with pytest.raises(ServerStartError, match="not installed"):
        start_command(Finding("ollama", "http://127.0.0.1:11434", is_running=False))
