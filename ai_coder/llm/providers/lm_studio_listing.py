"""Is it LM Studio, which API does it speak, and what does it have (lmstudio.md 1.1 and 8)."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ai_coder.errors import (
    AuthenticationFailedError,
    AuthenticationNeededError,
    HostBlockedError,
    MalformedResponseError,
    NotAnApiError,
    ProviderError,
    ProviderUnreachableError,
    ServerFailedError,
    ServerSilentError,
    WrongPathError,
)
from ai_coder.llm import connection_states
from ai_coder.llm.address import locality
from ai_coder.llm.models import ModelType
from ai_coder.llm.providers.lm_studio_models import native_models, older_models
from ai_coder.llm.providers.openai_models import config_of, entries_of
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.models import ModelConfig
    from ai_coder.llm.providers.failures import Asked
    from ai_coder.llm.providers.http_questions import Questions, Told

_GREETING = "/lmstudio-greeting"
_GREETING_LIMIT = 2.0
_OLLAMA = b"Ollama is running"
_COLD_START = 1.0
"""Seconds after which the first list is asked for again when it has no chat model (Q36)."""

_FINAL = (
    AuthenticationNeededError,
    AuthenticationFailedError,
    HostBlockedError,
    ProviderUnreachableError,
    ServerSilentError,
)
"""What no other route of the server would answer differently."""

_ELSEWHERE = (WrongPathError, NotAnApiError)
"""What is answered where a route does not exist."""


JIT_OFF = QT_TRANSLATE_NOOP(
    "connection", "Load a model in {provider}, or switch on loading when needed there."
)


class APILevel(StrEnum):
    """The lists that versions of LM Studio have, best first."""

    NATIVE = "/api/v1/models"
    OLDER = "/api/v0/models"
    OPENAI = "/v1/models"


class LMStudioListing:
    """Reads the list of models and remembers which route answered.

    A route that fails is still there: only an answer that it is unknown leads to an older one.
    """

    def __init__(self, provider_id: str, url: str, questions: Questions) -> None:
        self._provider_id = provider_id
        self._url = url
        self._where = locality(url)
        self._questions = questions
        self.level: APILevel | None = None
        self._is_settled = False
        """Whether the server said that it has no better list than `level`."""

    async def read(self, asked: Asked) -> list[ModelConfig]:
        """Return the models; raises `ProviderError`, each saying what is the matter."""
        if self.level is not None and self._is_settled:
            try:
                models = await self._models_at(self.level, asked)
            except _FINAL:
                self.level = None
                raise
            except _ELSEWHERE:
                models = None
            except MalformedResponseError as error:
                reason = "its list of models cannot be read."
                raise ServerFailedError(
                    provider=asked.provider, reason=reason, raw=error.raw
                ) from error
            if models is not None:
                return models
        self.level = None
        is_lm_studio = await self._greet(asked)
        models = await self._first_list(asked, is_lm_studio)
        if not any(model.model_type is not ModelType.EMBEDDING for model in models):
            await asyncio.sleep(_COLD_START)
            models = await self._first_list(asked, is_lm_studio)
        return models

    async def _greet(self, asked: Asked) -> bool:
        """Tell whether it is LM Studio for certain; old versions and gateways do not greet."""
        told = await self._ask(_GREETING, asked, limit=_GREETING_LIMIT)
        if _is_greeting(told):
            return True
        parts = urlsplit(self._url)
        root = f"{parts.scheme}://{parts.netloc}"
        if root != self._url and _is_greeting(await self._ask(_GREETING, asked, root=root)):
            raise WrongPathError(
                provider=asked.provider, url=self._url, suggestion=root, raw=_text(told)
            )
        return False

    async def _first_list(self, asked: Asked, is_lm_studio: bool) -> list[ModelConfig]:
        failures: list[ProviderError] = []
        for level in APILevel:
            if level is APILevel.OPENAI and not is_lm_studio:
                await self._refuse_ollama(asked)
            try:
                models = await self._models_at(level, asked)
            except _FINAL:
                raise
            except ProviderError as error:
                failures.append(error)
                continue
            if models is not None:
                self.level = level
                self._is_settled = all(isinstance(each, _ELSEWHERE) for each in failures)
                return models
        raise _worst(asked, failures, is_lm_studio)

    async def _refuse_ollama(self, asked: Asked) -> None:
        """Raise when Ollama answers: it has the last of the lists, too, but is the wrong port."""
        told = await self._ask("/", asked)
        if told.body.strip() == _OLLAMA:
            raise NotAnApiError(provider=asked.provider, url=self._url, raw=_text(told))

    async def _models_at(self, level: APILevel, asked: Asked) -> list[ModelConfig] | None:
        told = await self._ask(level.value, asked)
        listing = told.checked(asked)
        if level is APILevel.NATIVE:
            return native_models(listing, self._provider_id, self._where)
        if level is APILevel.OLDER:
            return older_models(listing, self._provider_id, self._where)
        entries = entries_of(listing)
        if entries is None:
            return None
        return [
            config_of(each, provider=self._provider_id, source="lm_studio", where=self._where)
            for each in entries
        ]

    async def _ask(
        self, path: str, asked: Asked, *, root: str | None = None, limit: float = 5.0
    ) -> Told:
        return await self._questions.ask(asked, "GET", (root or self._url) + path, limit=limit)


def state_of(
    models: Sequence[ModelConfig], level: APILevel | None, name: str, url: str
) -> ConnectionState:
    """Return the state of a server that listed *models* at *level*."""
    chat = [model for model in models if model.model_type is not ModelType.EMBEDDING]
    loaded = sum(model.is_loaded for model in chat)
    tells_loaded = level is not APILevel.OPENAI
    if not chat and level is APILevel.NATIVE:
        return connection_states.nothing_downloaded(name, url)
    if not chat:
        # Without loading on demand, the older lists leave out what is not loaded (Q7).
        return connection_states.nothing_loaded(name, url, models=0, cause=JIT_OFF)
    if tells_loaded and not loaded:
        return connection_states.nothing_loaded(name, url, models=len(chat))
    count = loaded if tells_loaded else None
    return connection_states.ready(name, url, models=len(chat), loaded=count)


def _is_greeting(told: Told) -> bool:
    return isinstance(told.value, dict) and told.value.get("lmstudio") is True


def _worst(asked: Asked, failures: list[ProviderError], is_lm_studio: bool) -> ProviderError:
    """Return what to say when no list could be read."""
    raw = next((each.raw for each in failures if each.raw), "")
    if not is_lm_studio:
        for each in failures:
            if isinstance(each, NotAnApiError):
                return each
        return NotAnApiError(provider=asked.provider, url=asked.url, raw=raw)
    for each in failures:
        if not isinstance(each, WrongPathError | NotAnApiError | MalformedResponseError):
            return each
    reason = "it greets but shows no list of models."
    return ServerFailedError(provider=asked.provider, reason=reason, raw=raw)


def _text(told: Told) -> str:
    return told.body[:500].decode("utf-8", "replace")
