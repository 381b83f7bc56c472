"""The cards of an empty chat: each way to a model, as it is right now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.errors import Remedy
from ai_coder.ui.chat.welcome import ServerCard
from ai_coder.ui.connection_words import dot_role, remedy_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.discovery import Finding
    from ai_coder.llm.providers.base import BaseProvider


def _tr(text: str) -> str:
    return QCoreApplication.translate("Welcome", text)


def server_cards(
    states: Mapping[str, ConnectionState],
    findings: Sequence[Finding],
    providers: Mapping[str, BaseProvider],
) -> list[ServerCard]:
    """Return one card for each local server, another server and a cloud key.

    A server that is not set up is not among *providers* and has a card, too.
    """
    cards = []
    for provider_id, state in states.items():
        provider = providers.get(provider_id)
        if provider is None:
            cards.append(_card(provider_id, state.provider, state))
        elif provider.is_local:
            make = _folder_card if provider.has_models_folder and state.can_chat else _card
            cards.append(make(provider_id, provider.name, state))
    others = [f for f in findings if f.is_running and f.kind not in states]
    other_text = _tr("vLLM, llama-server, LiteLLM or any other OpenAI-compatible address.")
    if others:
        found = ", ".join(f.url for f in others)
        other_text = _tr("Found at {urls}. Add it in Settings.").format(urls=found)
    cards.append(
        ServerCard(
            "local_models",
            _tr("Another server"),
            other_text,
            "waiting" if others else "off",
            _tr("Add a server…"),
            "settings",
        )
    )
    cards.append(
        ServerCard(
            "cloud_providers",
            _tr("Cloud key"),
            _tr("OpenAI, Anthropic or Google Gemini with a key of your own."),
            "off",
            _tr("Enter a key…"),
            "settings",
            badge=_tr("leaves this computer"),
        )
    )
    return cards


def first_prompts(*, is_help: bool) -> list[str]:
    """Return prompts to begin with: about the application, or about code."""
    if is_help:
        return [
            _tr("How do I connect LM Studio?"),
            _tr("How do I connect Ollama?"),
            _tr("What can you do?"),
        ]
    return [
        _tr("Explain how a Python context manager works, with a short example"),
        _tr("Write a function that retries an HTTP request with back-off, and its tests"),
    ]


def _folder_card(provider_id: str, name: str, state: ConnectionState) -> ServerCard:
    """Return the card of an engine of ours that answers, and can answer better."""
    return ServerCard(
        provider_id,
        name,
        _tr("Ready now, without any server. It also runs GGUF files from your models folder."),
        dot_role(state),
        _tr("Open models folder"),
        Remedy.DOWNLOAD_MODEL.value,
    )


def _card(provider_id: str, name: str, state: ConnectionState) -> ServerCard:
    parts = (state.sentence, state.cause)
    if state.remedy is Remedy.START_SERVER:
        parts = (state.sentence, _tr("It is installed; only its server is off."))
    text = " ".join(part for part in parts if part)
    button = remedy_text(state.remedy, name) if not state.can_chat else ""
    action = state.remedy.value if state.remedy and button else ""
    return ServerCard(provider_id, name, text, dot_role(state), button, action)
