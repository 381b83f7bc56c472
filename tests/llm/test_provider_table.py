"""The table of providers and the entry points of outside packages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ai_coder.llm.models import ProviderType
from ai_coder.llm.providers import (
    PROVIDERS,
    BrokenProviderError,
    UnknownProviderTypeError,
    provider_class,
    provider_kinds,
)
from ai_coder.llm.providers.base import BaseProvider

PLUGINS = """\
[ai_coder.providers]
parrot = parrot_provider:Parrot
crashing = parrot_provider:missing
odd = parrot_provider:NOT_A_PROVIDER
"""
CODE = """\
from ai_coder.llm.providers.ollama import OllamaProvider

NOT_A_PROVIDER = 7


class Parrot(OllamaProvider):
    type = "parrot"
    display_name = "Parrot"
"""


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """A package on the path that adds three kinds, two of them broken."""
    info = tmp_path / "parrot-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(PLUGINS)
    (tmp_path / "parrot_provider.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("parrot_provider", None)


@pytest.mark.parametrize("kind", ["lm_studio", "ollama", "llama_cpp", "openai_compatible"])
def test_every_kind_of_ours_can_be_imported(kind):
    assert issubclass(provider_class(kind), BaseProvider)


def test_every_company_says_where_a_key_is_made():
    kinds = [provider_class(kind) for kind in PROVIDERS]

    assert all(kind.key_page for kind in kinds if kind.needs_key)
    assert [kind.type for kind in kinds if kind.is_built_in] == ["llama_cpp"]


def test_every_line_of_the_table_names_a_type_of_the_specification():
    assert set(PROVIDERS) <= {kind.value for kind in ProviderType}


def test_an_outside_package_adds_a_kind(plugins):
    assert "parrot" in provider_kinds()
    assert provider_class("parrot").display_name == "Parrot"


@pytest.mark.parametrize("kind", ["crashing", "odd"])
def test_a_broken_outside_kind_is_explained(plugins, kind):
    with pytest.raises(BrokenProviderError, match=kind):
        provider_class(kind)


def test_an_unknown_kind_is_named():
    with pytest.raises(UnknownProviderTypeError, match="telepathy"):
        provider_class("telepathy")


def test_the_manager_of_local_servers_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from ai_coder.llm.llm_manager import LLMManager\n"
        "from ai_coder.llm.health import HealthMonitor\n"
        "from ai_coder.llm.catalogue import ModelCatalogue\n"
        "from ai_coder.llm.models import ProviderConfig\n"
        "from ai_coder.llm.network import Network\n"
        "from ai_coder.llm.providers.base import ProviderServices\n"
        "configs = {'ollama': ProviderConfig(), 'lm_studio': ProviderConfig()}\n"
        "manager = LLMManager(configs, {}, lambda _id: ProviderServices(Network()))\n"
        "assert list(manager.providers), manager.problems\n"
        "print([name for name in ('openai', 'httpx2', 'anthropic') if name in sys.modules])\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert result.stdout.strip() == "[]"
