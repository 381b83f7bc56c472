import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "example_provider"

USE = """
import asyncio, json
from ai_coder.llm.catalogue import ModelCatalogue
from ai_coder.llm.llm_manager import LLMManager
from ai_coder.llm.models import ChatMessage, ChatRequest, ProviderConfig, Role, TextDelta
from ai_coder.llm.network import Network
from ai_coder.llm.providers import provider_kinds
from ai_coder.llm.providers.base import ProviderServices

async def main():
    catalogue = ModelCatalogue({})
    configs = {name: ProviderConfig() for name in CONFIGS}
    services = ProviderServices(Network())
    manager = LLMManager(configs, {}, lambda _id: services, known_models=catalogue.chat_models)
    for name, provider in manager.providers.items():
        catalogue.update(name, await provider.probe())
    refs = [model.ref for model in catalogue.chat_models()]
    request = ChatRequest("", (ChatMessage(Role.USER, "one two"),))
    words = [
        event.text
        async for event in manager.stream_chat(refs[0], request)
        if isinstance(event, TextDelta)
    ] if refs else []
    problems = {name: str(error) for name, error in manager.problems.items()}
    print(json.dumps([provider_kinds(), refs, "".join(words), problems]))
    await manager.aclose()

asyncio.run(main())
"""


@pytest.fixture
def environment(tmp_path):
    """A folder on the path of a Python of its own, into which packages are installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


def install(folder, package: Path, name: str, points: str) -> None:
    """Put a package and its metadata where an installer would."""
    (folder / package.name).symlink_to(package)
    metadata = folder / f"{name.replace('-', '_')}-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text(points)


def use(folder, *configs):
    """Run the application's core in a new Python that has the packages in *folder*."""
    code = f"CONFIGS = {list(configs)!r}\n{USE}"
    path = os.pathsep.join([str(ROOT), str(folder)])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def entry_points_of_the_example() -> str:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    (group, points), *_ = project["entry-points"].items()
    lines = [f"{name} = {target}" for name, target in points.items()]
    return "\n".join([f"[{group}]", *lines])


def test_the_example_can_be_installed_and_asked(environment):
    install(environment, EXAMPLE / "ai_coder_echo", "ai-coder-echo", entry_points_of_the_example())

    kinds, refs, words, problems = use(environment, "echo")

    assert "echo" in kinds
    assert refs == ["echo/parrot"]
    assert words == "one two"
    assert problems == {}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise RuntimeError('out of order')", "out of order"),
        ("import no_such_package", "no_such_package"),
        ("class Broken: pass", "is not a provider"),
        ("", "Broken"),
    ],
)
def test_a_broken_package_is_reported_and_left_out(environment, tmp_path, source, words):
    package = tmp_path / "broken_provider"
    package.mkdir()
    (package / "__init__.py").write_text(source)
    points = "[ai_coder.providers]\nbroken = broken_provider:Broken\n"
    install(environment, package, "broken-provider", points)
    install(environment, EXAMPLE / "ai_coder_echo", "ai-coder-echo", entry_points_of_the_example())

    kinds, refs, answer, problems = use(environment, "broken", "echo")

    assert {"broken", "echo"} <= set(kinds)
    assert words in problems["broken"]
    assert refs == ["echo/parrot"]
    assert answer == "one two"


def test_a_kind_that_no_package_adds_is_reported(environment):
    _kinds, refs, _answer, problems = use(environment, "martian")

    assert refs == []
    assert problems == {"martian": "There is no kind of server named martian."}
