"""Build everything below the window: settings, keys, network, engine, providers, catalogue."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ai_coder.errors import AICoderError, WrongAddressError
from ai_coder.llama_server.engine import LlamaEngine
from ai_coder.llama_server.options import EngineOptions
from ai_coder.llm import connection_states
from ai_coder.llm.catalogue import ModelCatalogue
from ai_coder.llm.discovery import find_executable
from ai_coder.llm.fallback import is_near
from ai_coder.llm.inspector import Inspector
from ai_coder.llm.llm_manager import LLMManager
from ai_coder.llm.network import Network
from ai_coder.llm.probing import probed, report_bug
from ai_coder.llm.providers import provider_class
from ai_coder.llm.providers.base import ModelPlaces, ProviderServices
from ai_coder.llm.surroundings import Surroundings
from ai_coder.settings.secrets import Secrets
from ai_coder.settings.store import LoadedSettings, SettingsStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.load_options import LoadChoices
    from ai_coder.llm.models import ModelConfig, ProviderConfig
    from ai_coder.llm.providers.base import BaseProvider
    from ai_coder.paths import Paths
    from ai_coder.settings.schema import Settings


@dataclass
class Core:
    """The objects that the window and the command line are built on."""

    paths: Paths
    settings_store: SettingsStore
    loaded: LoadedSettings
    secrets: Secrets
    network: Network
    engine: LlamaEngine
    manager: LLMManager
    catalogue: ModelCatalogue
    services: Callable[[str], ProviderServices]
    load_choices: dict[str, dict[str, LoadChoices]]
    """What was chosen at the last load of each model, by provider id and model."""

    async def apply(self) -> None:
        """Use what `loaded` says now without a restart; running replies finish."""
        settings = self.loaded.settings
        if settings.privacy.local_only:
            self.network.lock(settings.privacy.allowed_hosts)
        elif self.network.local_only:
            self.network.unlock()
        self.engine.options = _engine_options(settings)
        await self.manager.reconfigure(
            settings.provider_configurations, settings.model_configurations
        )
        models = self.loaded.settings.model_configurations
        self.catalogue.configure(models, self.manager.providers)

    def default_model(self) -> ModelConfig | None:
        """Return the model of new chats: the user's choice, else the best that can answer now.

        A model in memory comes first, then the order of the servers; the guide comes last. A
        company's model is nobody's choice but the user's.
        """
        offered = self.catalogue.chat_models()
        wanted = self.loaded.settings.general.default_model
        chosen = [m for m in offered if m.ref == wanted or m.is_default]
        if chosen:
            return min(chosen, key=lambda model: model.ref != wanted)
        order = list(self.manager.providers)

        def rank(model: ModelConfig) -> tuple[bool, bool, int]:
            is_help = bool(model.metadata.get("help_only"))
            return (is_help, not model.is_loaded, order.index(model.provider))

        near = (m for m in offered if is_near(m) and m.provider in order)
        return min(near, key=rank, default=None)

    def states(self) -> dict[str, ConnectionState]:
        """Return the state of every enabled provider, asked or not, clouds last."""
        known, states = self.catalogue.states(), {}
        for provider_id, provider in self.manager.providers.items():
            url = provider.config.base_url or provider.default_url
            asked = known.get(provider_id)
            states[provider_id] = asked or connection_states.unknown(provider.name, url)
        for provider_id, problem in self.manager.problems.items():
            states[provider_id] = self._not_set_up(provider_id, problem)
        configs = self.manager.configs
        order = sorted(states, key=lambda each: (not self.is_local(each), configs[each].priority))
        return {provider_id: states[provider_id] for provider_id in order}

    def built_in(self) -> list[str]:
        """Return the ids of the servers that this application is itself."""
        kinds = {key: provider_kind(self.manager.configs, key) for key in self.manager.configs}
        return [key for key, kind in kinds.items() if kind is not None and kind.is_built_in]

    def is_local(self, provider_id: str) -> bool:
        """Whether the usual server of this kind runs on the user's own computers."""
        kind = provider_kind(self.manager.configs, provider_id)
        return kind is None or kind.is_local

    def _not_set_up(self, provider_id: str, problem: AICoderError) -> ConnectionState:
        config = self.manager.configs[provider_id]
        kind = provider_kind(self.manager.configs, provider_id)
        name = config.name or (kind.display_name if kind else provider_id)
        if isinstance(problem, WrongAddressError):
            reason = problem.details["reason"]
            words = reason[:1].upper() + reason[1:]
        else:
            words = f"{problem} {problem.hint_text}".rstrip()
        return connection_states.not_set_up(name, config.base_url or "", reason=words)

    async def ask_all(self) -> None:
        """Ask every provider once, in parallel, and put the answers into the catalogue."""

        async def ask(provider_id: str) -> None:
            async with self.manager.using(provider_id) as provider:
                probe, bug = await probed(provider)
                self.catalogue.update(provider_id, probe)
                if bug is not None:
                    report_bug(provider, bug)

        async with asyncio.TaskGroup() as group:
            for provider_id in self.manager.providers:
                group.create_task(ask(provider_id))


def key_variables(configs: Mapping[str, ProviderConfig], provider_id: str) -> tuple[str, ...]:
    """Return the environment variables that may hold the key of a provider."""
    kind = provider_kind(configs, provider_id)
    return kind.key_variables if kind else ()


def provider_kind(
    configs: Mapping[str, ProviderConfig], provider_id: str
) -> type[BaseProvider] | None:
    """Return what kind of server a provider is, None for one that cannot be used."""
    config = configs.get(provider_id)
    try:
        return provider_class((config.type if config else None) or provider_id)
    except AICoderError:
        return None


def _engine_options(settings: Settings) -> EngineOptions:
    """Return the choices for the engine; a child that runs already keeps its threads."""
    advanced = settings.advanced
    return EngineOptions(
        threads=advanced.engine_threads, idle_seconds=advanced.engine_idle_minutes * 60
    )


def load_settings(
    paths: Paths, environment: Mapping[str, str] | None = None
) -> tuple[SettingsStore, LoadedSettings]:
    """Return the settings store and what is in force; reads two small files."""
    environment = os.environ if environment is None else environment
    store = SettingsStore(paths.settings_file, paths.shipped_settings_file, environment)
    return store, store.load()


@asynccontextmanager
async def open_core(
    paths: Paths,
    store: SettingsStore,
    loaded: LoadedSettings,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Core]:
    """Yield the core; its connections and child processes end with the block."""
    environment = os.environ if environment is None else environment
    settings = loaded.settings
    configs = settings.provider_configurations
    secrets = Secrets(environment, partial(key_variables, configs))
    network = Network(
        local_only=settings.privacy.local_only,
        allowed_hosts=frozenset(settings.privacy.allowed_hosts),
        inspector=Inspector(secrets.values),
    )
    engine = LlamaEngine(_engine_options(settings))
    places = ModelPlaces(
        guide=paths.resources / "models" / "guide.gguf", folder=paths.models, home=Path.home()
    )

    find_program = partial(find_executable, surroundings=Surroundings())

    load_choices: dict[str, dict[str, LoadChoices]] = {}

    def services(provider_id: str) -> ProviderServices:
        return ProviderServices(
            network=network,
            token=partial(secrets.get, provider_id),
            engine=engine,
            places=places,
            find_program=find_program,
            load_choices=load_choices.setdefault(provider_id, {}),
        )

    catalogue = ModelCatalogue(settings.model_configurations, is_allowed=network.is_allowed)
    manager = LLMManager(
        configs, settings.model_configurations, services, known_models=catalogue.chat_models
    )
    core = Core(
        paths,
        store,
        loaded,
        secrets,
        network,
        engine,
        manager,
        catalogue,
        services,
        load_choices,
    )
    try:
        yield core
    finally:
        await manager.aclose()
        await engine.aclose()
