"""One provider object per configured server, and the one road to a reply."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ai_coder.errors import (
    AICoderError,
    HostNameRefusedError,
    LeftWhileLoadingError,
    NotAnApiError,
    ProviderError,
    ProviderUnreachableError,
    ServerLeftError,
    UnknownModelError,
    WrongAddressError,
)
from ai_coder.llm.address import AddressError
from ai_coder.llm.fallback import FallbackPolicy, another_can_help, rank_alternatives
from ai_coder.llm.lost_connections import explained_stream
from ai_coder.llm.models import (
    ChatRequest,
    CompletionRequest,
    ModelAnswered,
    ModelType,
    Notice,
    NoticeKind,
    provider_of,
)
from ai_coder.llm.provider_lease import ProviderLease
from ai_coder.llm.providers import new_provider, provider_class
from ai_coder.llm.retries import Backoff, is_output, retry_delay

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Iterable,
        Mapping,
    )

    from ai_coder.llm.models import ModelConfig, ProviderConfig, StreamEvent
    from ai_coder.llm.providers.base import BaseProvider, ProviderServices

_NO_FALLBACK = FallbackPolicy()
_SERVER_IS_GONE = (
    HostNameRefusedError,
    LeftWhileLoadingError,
    NotAnApiError,
    ProviderUnreachableError,
    ServerLeftError,
    UnknownModelError,
)
"""What every model of the same server shares."""

_Request = TypeVar("_Request", ChatRequest, CompletionRequest)


class LLMManager:
    """Creates the providers of the settings and asks them for replies.

    It is the single place where a request is repeated or handed to another model, and
    both happen only before the first word. `known_models` are the models that servers
    offer now, as the catalogue knows them.
    """

    def __init__(
        self,
        providers: Mapping[str, ProviderConfig],
        models: Mapping[str, ModelConfig],
        services: Callable[[str], ProviderServices],
        *,
        known_models: Callable[[], Iterable[ModelConfig]] | None = None,
        backoff: Backoff | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._services = services
        self._known_models = known_models or self._configured_models
        self._backoff = backoff or Backoff()
        self._pause = pause
        self._jitter = jitter
        self._listeners: list[Callable[[], None]] = []
        self._leases: dict[str, ProviderLease] = {}
        self._retired: list[ProviderLease] = []
        self._problems: dict[str, AICoderError] = {}
        self._configs = dict(providers)
        self._models = dict(models)
        for provider_id in providers:
            self._create(provider_id)

    @property
    def providers(self) -> Mapping[str, BaseProvider]:
        """The enabled providers by id, the first choice first."""
        order = sorted(self._leases, key=self._priority)
        return {provider_id: self._leases[provider_id].provider for provider_id in order}

    @property
    def configs(self) -> Mapping[str, ProviderConfig]:
        """The configuration of every server, enabled or not."""
        return dict(self._configs)

    @property
    def problems(self) -> Mapping[str, AICoderError]:
        """Why a configured server could not be set up, by provider id."""
        return dict(self._problems)

    def subscribe(self, on_reconfigured: Callable[[], None]) -> Callable[[], None]:
        """Call *on_reconfigured* when the set of providers changed; returns how to end that."""
        self._listeners.append(on_reconfigured)
        return lambda: self._listeners.remove(on_reconfigured)

    def provider_for(self, ref: str) -> BaseProvider:
        """Return the provider of a model ref.

        Raises `UnknownModelError` when none is enabled, and what kept it from being set up.
        """
        return self._lease_for(ref).provider

    def expected_window(
        self, model: ModelConfig, *, wanted: int | None, prompt_tokens: int
    ) -> int | None:
        """Return the window that the next request to *model* gets; None where nobody knows."""
        provider = self.providers.get(model.provider)
        if provider is None:
            return None
        return provider.expected_window(model, wanted=wanted, prompt_tokens=prompt_tokens)

    @asynccontextmanager
    async def using(self, provider_id: str) -> AsyncIterator[BaseProvider]:
        """Lend out a provider; it stays open inside the block even if the settings change."""
        if provider_id not in self._leases:
            raise UnknownModelError(model=provider_id)
        async with self._leases[provider_id].use() as provider:
            yield provider

    def default_model(self) -> ModelConfig | None:
        """Return the model to start with; None when nothing is configured or offered.

        The configured default stands while its server lists it or lists nothing; otherwise
        a model that its server really has takes its place, one in memory before others.
        """
        known = [m for m in self._known_models() if m.model_type is not ModelType.EMBEDDING]
        configured = [m for m in self._configured_models() if m.provider in self._leases]
        configured.sort(key=lambda model: (not model.is_default, self._priority(model.provider)))
        for wanted in configured:
            same_server = [model for model in known if model.provider == wanted.provider]
            listed = next((model for model in same_server if model.ref == wanted.ref), None)
            if listed or not same_server:
                return listed or wanted
            return min(same_server, key=lambda model: not model.is_loaded)
        by_priority = [model for model in known if model.provider in self._leases]
        return min(
            by_priority,
            key=lambda model: (not model.is_loaded, self._priority(model.provider)),
            default=None,
        )

    def alternatives(self, ref: str) -> list[ModelConfig]:
        """Return the models that could answer instead of *ref*, best first."""
        known = (model for model in self._known_models() if model.provider in self._leases)
        return rank_alternatives(ref, known, self._priority)

    async def stream_chat(
        self, ref: str, request: ChatRequest, *, fallback: FallbackPolicy = _NO_FALLBACK
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply of the model *ref*; `request.model` is filled in from the ref.

        Raises what the provider raises. With *fallback*, another model may step in before
        the first word; a notice and `ModelAnswered` say so.
        """
        tried: list[str] = [ref]
        while True:
            has_begun = False
            try:
                async with aclosing(self._with_retries(tried[-1], request)) as events:
                    async for event in events:
                        has_begun = has_begun or is_output(event)
                        yield event
            except ProviderError as error:
                stand_in = self._stand_in(ref, tried, error, fallback)
                if has_begun or stand_in is None:
                    raise
                yield Notice(
                    NoticeKind.FELL_BACK,
                    (("from", tried[-1]), ("to", stand_in.ref), ("reason", str(error))),
                )
                yield ModelAnswered(stand_in.name, stand_in.provider)
                tried.append(stand_in.ref)
            else:
                return

    async def complete(
        self, ref: str, request: CompletionRequest
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield what the model *ref* makes of a text; never repeated, never handed on."""
        async with (
            self._lease_for(ref).use() as provider,
            aclosing(provider.complete(_named(request, ref))) as events,
        ):
            async for event in events:
                yield event

    async def reconfigure(
        self, providers: Mapping[str, ProviderConfig], models: Mapping[str, ModelConfig]
    ) -> None:
        """Take over new settings; only servers whose configuration changed are replaced.

        Running replies finish on the old provider, which is closed after them.
        """
        changed = [
            provider_id
            for provider_id in {**self._configs, **providers}
            if self._configs.get(provider_id) != providers.get(provider_id)
        ]
        self._configs = dict(providers)
        self._models = dict(models)
        outgoing = [self._leases.pop(name) for name in changed if name in self._leases]
        for provider_id in changed:
            self._problems.pop(provider_id, None)
            if provider_id in providers:
                self._create(provider_id)
        self._retired = [lease for lease in self._retired if not lease.is_closed] + outgoing
        for listener in list(self._listeners):
            listener()
        for lease in outgoing:
            await lease.retire()

    async def aclose(self) -> None:
        """Release every connection, also in use; whoever asks servers has to be stopped before."""
        leases = [*self._leases.values(), *self._retired]
        self._leases.clear()
        self._retired.clear()
        for lease in leases:
            await lease.close()

    async def _with_retries(
        self, ref: str, request: ChatRequest
    ) -> AsyncGenerator[StreamEvent, None]:
        attempt = 0
        while True:
            has_begun = False
            try:
                async with self._lease_for(ref).use() as provider:
                    most = provider.config.max_retries
                    async with aclosing(explained_stream(provider, _named(request, ref))) as events:
                        async for event in events:
                            has_begun = has_begun or is_output(event)
                            yield event
            except ProviderError as error:
                delay = retry_delay(error, self._backoff.delay(attempt, self._jitter()))
                if has_begun or delay is None or attempt >= most:
                    raise
                attempt += 1
                yield Notice(
                    NoticeKind.RETRIED, (("reason", str(error)), ("attempt", str(attempt)))
                )
                await self._pause(delay)
            else:
                return

    def _stand_in(
        self, ref: str, tried: list[str], error: ProviderError, policy: FallbackPolicy
    ) -> ModelConfig | None:
        if not policy.is_enabled or len(tried) > policy.most or not another_can_help(error):
            return None
        is_gone = isinstance(error, _SERVER_IS_GONE)
        gone = provider_of(tried[-1]) if is_gone else None
        others = filter(policy.may_use, self.alternatives(ref))
        untried = [m for m in others if m.ref not in tried and m.provider != gone]
        other_servers = [m for m in untried if m.provider != provider_of(tried[-1])]
        return next(iter(other_servers or untried), None)

    def _create(self, provider_id: str) -> None:
        config = self._configs[provider_id]
        if not config.is_enabled:
            return
        kind = config.type or provider_id
        try:
            provider = new_provider(kind, provider_id, config, self._services(provider_id))
        except AddressError as error:
            name = config.name or provider_class(kind).display_name
            reason = error.details["reason"]
            self._problems[provider_id] = WrongAddressError(provider=name, reason=reason)
        except AICoderError as error:
            self._problems[provider_id] = error
        else:
            self._leases[provider_id] = ProviderLease(provider)

    def _lease_for(self, ref: str) -> ProviderLease:
        provider_id = provider_of(ref)
        if provider_id in self._problems:
            raise self._problems[provider_id].with_traceback(None)
        if provider_id not in self._leases:
            raise UnknownModelError(model=ref)
        return self._leases[provider_id]

    def _configured_models(self) -> list[ModelConfig]:
        return [model for model in self._models.values() if model.is_enabled]

    def _priority(self, provider_id: str) -> int:
        config = self._configs.get(provider_id)
        return config.priority if config else 100


def _named(request: _Request, ref: str) -> _Request:
    return replace(request, model=ref.partition("/")[2])
