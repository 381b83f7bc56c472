"""Providers of the cloud for tests, and what they say."""

from __future__ import annotations

from contextlib import aclosing

from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    GenerationParameters,
    ProviderConfig,
    ReasoningDelta,
    Role,
    TextDelta,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers import provider_class
from ai_coder.llm.providers.base import ProviderServices
from tests.fake_cloud import KEY, FakeAnthropic, FakeGemini, FakeOpenAI

FAKES = {"openai": FakeOpenAI, "anthropic": FakeAnthropic, "google_gemini": FakeGemini}
MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-opus-5-5",
    "google_gemini": "gemini-3.8-flash",
}
ROUTES = {
    "openai": "/v1/chat/completions",
    "anthropic": "/v1/messages",
    "google_gemini": "/v1/models/gemini-3.8-flash:streamGenerateContent",
}


def make_provider(kind, url, *, key=KEY, network=None, **config):
    services = ProviderServices(network or Network(), token=lambda: key)
    return provider_class(kind)(kind, ProviderConfig(base_url=url, **config), services)


def ask(model="gpt-4o-mini", text="Hi", **parameters):
    messages = (ChatMessage(Role.USER, text),)
    return ChatRequest(model, messages, GenerationParameters(**parameters))


async def collect(provider, request) -> list:
    """Return every event of an answer."""
    events = []
    async with aclosing(provider.stream_chat(request)) as stream:
        async for event in stream:
            events.append(event)
    return events


async def collect_until_failure(provider, request) -> tuple[list, Exception | None]:
    """Return what arrived, and what went wrong after it."""
    events = []
    try:
        async with aclosing(provider.stream_chat(request)) as stream:
            async for event in stream:
                events.append(event)
    except Exception as error:  # noqa: BLE001  # the test looks at it
        return events, error
    return events, None


def text_of(events) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def thoughts_of(events) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


def only(events, kind):
    """Return the one event of a kind."""
    (found,) = [event for event in events if isinstance(event, kind)]
    return found
