"""Kinds of servers that other packages add: installed by an installer, used, or left out."""

from __future__ import annotations

import pytest

from tests.installed import copy_of_example, make_environment, write_package

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

IN_ITS_CONSTRUCTOR = """
import sys
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider

class Broken(OpenAICompatibleProvider):
    type = "broken"
    display_name = "Broken"

    def __init__(self, *arguments):
        {}
"""


@pytest.fixture(scope="module")
def with_example(tmp_path_factory):
    """An environment with the example of the documentation."""
    folder = tmp_path_factory.mktemp("plugins")
    environment = make_environment(folder / "environment")
    environment.install(copy_of_example(folder))
    return environment


@pytest.fixture(scope="module")
def with_broken(tmp_path_factory):
    """An environment with a package that does not work, beside the example."""
    folder = tmp_path_factory.mktemp("broken")
    environment = make_environment(folder / "environment")
    environment.install(copy_of_example(folder))
    environment.install(write_package(folder, "Broken = None"))
    return environment


def use(environment, *configs):
    """Run the application's core in a new Python that has what is installed."""
    return environment.run(f"CONFIGS = {list(configs)!r}\n{USE}")


def test_the_example_is_installed_and_asked(with_example):
    kinds, refs, words, problems = use(with_example, "echo")

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
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("class Stop(BaseException): pass\nraise Stop('at once')", "Stop: at once"),
        (IN_ITS_CONSTRUCTOR.format("sys.exit(3)"), "SystemExit: 3"),
        (IN_ITS_CONSTRUCTOR.format("raise RuntimeError('out of order')"), "out of order"),
    ],
)
def test_a_broken_package_is_reported_and_left_out(with_broken, source, words):
    (with_broken.packages / "broken_provider" / "__init__.py").write_text(source, "utf-8")

    kinds, refs, answer, problems = use(with_broken, "broken", "echo")

    assert {"broken", "echo"} <= set(kinds)
    assert words in problems["broken"]
    assert refs == ["echo/parrot"]
    assert answer == "one two"


def test_a_kind_that_no_package_adds_is_reported(with_example):
    _kinds, refs, _answer, problems = use(with_example, "martian")

    assert refs == []
    assert problems == {"martian": "There is no kind of server named martian."}
