"""Finding servers: what runs, what is installed, and nothing woken."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ai_coder.llm.discovery import (
    Discovery,
    Finding,
    find_executable,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.lm_studio_program import (
    LMStudioServerConfig,
    lm_studio_home,
    lm_studio_server_config,
)
from ai_coder.llm.surroundings import Surroundings
from tests.fake_http import Answer, FakeServer
from tests.fake_lm_studio import FakeLMStudio
from tests.fake_ollama import FakeOllama


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def around(home, tmp_path, unused_tcp_port_factory):
    """A computer of its own: no port of the developer's is asked."""
    return Surroundings(
        environment={"PATH": str(tmp_path / "bin")},
        home=home,
        platform="plan9",
        lm_studio_port=unused_tcp_port_factory(),
        ollama_port=unused_tcp_port_factory(),
        llama_cpp_port=unused_tcp_port_factory(),
        limit=20,
    )


@pytest.fixture
def running(loop):
    """Start servers that end with the test."""
    servers = []

    def start(server):
        servers.append(server)
        loop.run_until_complete(server.start())
        return server

    yield start
    for server in servers:
        server.close()


def server_config(home, **fields):
    folder = home / ".lmstudio" / ".internal"
    folder.mkdir(parents=True)
    (folder / "http-server-config.json").write_text(json.dumps(fields))


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def lm_studio(running):
    return running(FakeLMStudio())


@pytest.fixture
def ollama(running):
    return running(FakeOllama())


@pytest.fixture
def other(running):
    server = running(FakeServer())
    server.always("/v1/models", Answer(200, {"object": "list", "data": [{"id": "m"}]}))
    return server


@pytest.fixture
def page(running):
    server = running(FakeServer())
    for path in ("/lmstudio-greeting", "/api/version", "/v1/models"):
        server.always(path, Answer(200, "<html>Welcome</html>"))
    return server


@pytest.fixture
def mute(running):
    server = running(FakeServer())
    server.always("/lmstudio-greeting", Answer(stall_after=0))
    return server


async def test_running_servers_are_recognised_by_their_greeting(around, lm_studio, ollama, other):
    configured = {"a": lm_studio.url, "b": ollama.url, "c": other.url}

    findings = await Discovery(Network(), around).find(configured)

    assert findings == [
        Finding("lm_studio", lm_studio.url, is_running=True),
        Finding("ollama", ollama.url, is_running=True),
        Finding("openai_compatible", other.url, is_running=True),
    ]


async def test_looking_wakes_no_model(around, lm_studio, ollama):
    await Discovery(Network(), around).find({"a": lm_studio.url, "b": ollama.url})

    asked = {(r.method, r.path) for server in (lm_studio, ollama) for r in server.requests}
    assert {method for method, _path in asked} == {"GET"}
    assert ollama.loads == []


async def test_a_web_page_and_a_mute_server_are_nothing(around, page, mute):
    around = replace(around, limit=0.5)

    findings = await Discovery(Network(), around).find({"a": page.url, "b": mute.url})

    assert findings == []


async def test_the_port_lm_studio_last_had_is_asked(around, home, lm_studio):
    server_config(home, port=lm_studio.port)

    findings = await Discovery(Network(), around).find()

    assert findings == [Finding("lm_studio", lm_studio.url, is_running=True)]


async def test_ollamas_own_variable_is_asked(around, ollama):
    around = replace(around, environment={"OLLAMA_HOST": f"0.0.0.0:{ollama.port}"})

    findings = await Discovery(Network(), around).find()

    assert findings == [Finding("ollama", ollama.url, is_running=True)]


async def test_what_is_installed_but_off_can_be_started(around, home, tmp_path):
    server_config(home, port=4321)
    lms = program(home / ".lmstudio" / "bin" / "lms")
    ollama = program(tmp_path / "bin" / "ollama")

    findings = await Discovery(Network(), around).find()

    url = f"http://127.0.0.1:{around.ollama_port}"
    assert findings == [
        Finding("lm_studio", "http://127.0.0.1:4321", False, True, lms),
        Finding("ollama", url, False, True, ollama),
    ]


async def test_a_running_server_knows_its_program(around, home, lm_studio):
    lms = program(home / ".lmstudio" / "bin" / "lms")

    (finding,) = await Discovery(Network(), around).find({"any": lm_studio.url})

    assert (finding.is_installed, finding.executable) == (True, lms)


async def test_an_address_that_is_none_is_skipped(around, ollama):
    findings = await Discovery(Network(), around).find({"a": "http://", "b": ollama.url})

    assert [finding.kind for finding in findings] == ["ollama"]


def test_lm_studios_folder_follows_the_pointer_then_the_old_place(home):
    assert lm_studio_home(home) == home / ".lmstudio"
    (home / ".cache" / "lm-studio").mkdir(parents=True)
    assert lm_studio_home(home) == home / ".cache" / "lm-studio"
    (home / ".lmstudio-home-pointer").write_text("/somewhere/else\n")
    assert str(lm_studio_home(home)) == "/somewhere/else"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"port": "x"}', '{"port": 99999}'])
def test_a_broken_server_config_means_the_defaults(home, around, content):
    server_config(home)
    (home / ".lmstudio" / ".internal" / "http-server-config.json").write_text(content)

    assert lm_studio_server_config(around) == LMStudioServerConfig(around.lm_studio_port)


def test_the_last_bind_and_cors_are_known(home, around):
    server_config(home, port=1300, networkInterface="0.0.0.0", cors=True)

    assert lm_studio_server_config(around) == LMStudioServerConfig(1300, "0.0.0.0", True)


def test_nothing_installed_is_nothing_found(around):
    assert find_executable("lm_studio", around) is None
    assert find_executable("openai_compatible", around) is None
