"""The models of all servers, as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.models import ModelType, provider_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.models import ModelConfig
    from ai_coder.llm.providers.base import Probe

_OF_THE_USER = ("is_enabled", "is_default", "max_tokens", "temperature", "cost_per_1k_tokens")
"""Fields in which the settings are right and the server is not asked."""

_ANSWERING = (
    ConnectionKind.READY,
    ConnectionKind.NOTHING_LOADED,
    ConnectionKind.NOTHING_DOWNLOADED,
    ConnectionKind.DEGRADED,
)


class ModelCatalogue:
    """What the servers said last, with the user's settings laid over it.

    The models of a server that is down are remembered, but are not offered; one that answers
    with errors still has those it listed last. What a server passes on to a host that
    *is_allowed* refuses, such as Ollama's cloud models, is not offered either.
    """

    def __init__(
        self,
        configured: Mapping[str, ModelConfig],
        *,
        is_allowed: Callable[[str], bool] = lambda _host: True,
    ) -> None:
        self._is_allowed = is_allowed
        self._configured = {model.ref: model for model in configured.values()}
        self._probes: dict[str, Probe] = {}
        self._remembered: dict[str, tuple[ModelConfig, ...]] = {}
        self._merged: dict[str, ModelConfig] = {}
        self._available: set[str] = set()
        self._loading: dict[object, str] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._merge()

    def subscribe(self, on_change: Callable[[str], None]) -> Callable[[], None]:
        """Call *on_change* with the provider id at news; returns how to end that."""
        self._listeners.append(on_change)
        return lambda: self._listeners.remove(on_change)

    def update(self, provider_id: str, probe: Probe) -> None:
        """Take over what a server said; fits `HealthMonitor` as its `on_change`."""
        self._probes[provider_id] = probe
        is_told = probe.state.kind in _ANSWERING and probe.state.kind is not ConnectionKind.DEGRADED
        if probe.models or is_told:
            self._remembered[provider_id] = probe.models
        self._merge()
        self._tell(provider_id)

    def set_loading(self, waiting: object, ref: str | None) -> None:
        """Note that *waiting* lets a server load the model *ref*; None when it no longer does.

        Servers tell late of what they load, or never.
        """
        before = self._loading.pop(waiting, None)
        if ref is not None:
            self._loading[waiting] = ref
        if ref == before:
            return
        self._merge()
        for provider_id in {provider_of(each) for each in (before, ref) if each is not None}:
            self._tell(provider_id)

    def configure(self, configured: Mapping[str, ModelConfig], provider_ids: Iterable[str]) -> None:
        """Take over new settings and forget servers that are not among *provider_ids*."""
        self._configured = {model.ref: model for model in configured.values()}
        kept = set(provider_ids)
        gone = [name for name in self._probes if name not in kept]
        for provider_id in gone:
            del self._probes[provider_id]
            self._remembered.pop(provider_id, None)
        self._merge()
        for provider_id in [*gone, *self._probes]:
            self._tell(provider_id)

    def models(self) -> list[ModelConfig]:
        """Return what can be used now, embedding models included."""
        return [model for model in self._merged.values() if self.is_available(model.ref)]

    def chat_models(self) -> list[ModelConfig]:
        """Return what can be chatted with now and is not switched off."""
        return [
            model
            for model in self.models()
            if model.is_enabled
            and model.model_type is not ModelType.EMBEDDING
            and not self.is_locked(model)
        ]

    def known_models(self) -> list[ModelConfig]:
        """Return every model, also those of servers that are down; see `is_available`."""
        return list(self._merged.values())

    def get(self, ref: str) -> ModelConfig | None:
        """Return the model named *ref*, whether or not its server is up."""
        return self._merged.get(ref) or self._configured.get(ref)

    def is_available(self, ref: str) -> bool:
        """Tell whether the server of *ref* is up and lists it."""
        return ref in self._available

    def is_locked(self, model: ModelConfig) -> bool:
        """Tell whether the answer of *model* would come from a host that may not be asked."""
        return model.runs_at is not None and not self._is_allowed(model.runs_at)

    def state(self, provider_id: str) -> ConnectionState | None:
        """Return what is the matter with a server; None before it was asked."""
        probe = self._probes.get(provider_id)
        return probe.state if probe else None

    def states(self) -> Mapping[str, ConnectionState]:
        """Return the state of every server that was asked, by provider id."""
        return {provider_id: probe.state for provider_id, probe in self._probes.items()}

    def _merge(self) -> None:
        self._available = {
            model.ref
            for provider_id, probe in self._probes.items()
            if probe.state.kind in _ANSWERING
            for model in self._remembered.get(provider_id, ())
        }
        listed = [model for models in self._remembered.values() for model in models]
        self._merged = {model.ref: self._with_settings(model) for model in listed}
        for ref, model in self._configured.items():
            if not self._remembered.get(model.provider):
                self._merged.setdefault(ref, model)
        for ref in set(self._loading.values()) & self._merged.keys():
            self._merged[ref] = self._merged[ref].model_copy(update={"is_loading": True})

    def _with_settings(self, model: ModelConfig) -> ModelConfig:
        settings = self._configured.get(model.ref)
        if settings is None:
            return model
        said = settings.model_fields_set
        changes: dict[str, object] = {
            name: getattr(settings, name) for name in _OF_THE_USER if name in said
        }
        if settings.metadata:
            changes["metadata"] = {**model.metadata, **settings.metadata}
        return model.model_copy(update=changes)

    def _tell(self, provider_id: str) -> None:
        for listener in list(self._listeners):
            listener(provider_id)
