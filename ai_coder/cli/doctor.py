"""`ai-coder doctor`: every provider, how it is, and what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_coder.cli.terminal import print_json
from ai_coder.errors import AICoderError
from ai_coder.llm.providers import provider_class, provider_kinds
from ai_coder.settings.secrets import SecretSource

if TYPE_CHECKING:
    from ai_coder.core import Core
    from ai_coder.llm.connection import ConnectionState

_KEPT = {
    SecretSource.NONE: "",
    SecretSource.KEYRING: "Its key is in the keyring.",
    SecretSource.ENVIRONMENT: "Its key comes from {variable}.",
    SecretSource.THIS_RUN: "Its key is kept for this run.",
    SecretSource.NOT_SAVED: "Its key is kept for this run.",
    SecretSource.UNUSABLE: "Its key in {variable} is not used: it holds a sign that no key has.",
}


async def doctor(core: Core, *, as_json: bool) -> bool:
    """Print the state of every provider; returns whether one can chat. Keys are never printed."""
    await core.ask_all()
    states = core.catalogue.states()
    can_chat = any(state.can_chat for state in states.values())
    if as_json:
        print_json(_report(core, can_chat=can_chat))
        return can_chat
    for provider_id in _by_priority(core):
        if state := states.get(provider_id):
            _print_state(core, provider_id, state)
    for model in core.catalogue.models():
        if problem := model.metadata.get("problem"):
            print(f"✘ {model.metadata.get('path', model.name)}: {problem}")
    problems = _problems(core)
    for kind, problem in problems.items():
        print(f"✘ {kind}: {problem} {problem.hint_text}")
    for provider_id in _disabled(core):
        words = f"Switched off in Settings. {_key_words(core, provider_id)}"
        print(f"- {_name(core, provider_id)}: {words.rstrip()}")
    for kind in _unused_kinds(core, problems):
        print(f"- {provider_class(kind).display_name} ({kind}): None was added in Settings.")
    print(f"\n{_verdict(core, can_chat=can_chat)}")
    return can_chat


def _verdict(core: Core, *, can_chat: bool) -> str:
    if not can_chat:
        return "No server can answer yet."
    models = core.catalogue.chat_models()
    if models and all(model.metadata.get("help_only") for model in models):
        return (
            "Only the Built-in guide can answer. It knows this application and is no coding model: "
            "connect a server, or add a GGUF file."
        )
    return "Ready to chat."


def _print_state(core: Core, provider_id: str, state: ConnectionState) -> None:
    mark = "✔" if state.can_chat else "✘"
    words = f"{state.sentence} {_key_words(core, provider_id)}"
    print(f"{mark} {state.provider} ({provider_id}): {words.rstrip()}")
    if state.cause and not state.can_chat:
        print(f"    {state.cause}")


def _report(core: Core, *, can_chat: bool) -> dict[str, Any]:
    states, problems = core.catalogue.states(), _problems(core)
    return {
        "can_chat": can_chat,
        "providers": {
            provider_id: {
                "state": state.kind.value,
                "url": state.url,
                "sentence": state.sentence,
                "cause": state.cause,
                "remedy": state.remedy.value if state.remedy else None,
                "models": state.models,
                "loaded": state.loaded,
                "key": core.secrets.source(provider_id).value,
            }
            for provider_id in _by_priority(core)
            if (state := states.get(provider_id))
        },
        "disabled": _disabled(core),
        "not_added": _unused_kinds(core, problems),
        "problems": {kind: str(problem) for kind, problem in problems.items()},
    }


def _by_priority(core: Core) -> list[str]:
    configs = core.manager.configs
    return sorted(configs, key=lambda provider_id: configs[provider_id].priority)


def _disabled(core: Core) -> list[str]:
    return [each for each in _by_priority(core) if not core.manager.configs[each].is_enabled]


def _problems(core: Core) -> dict[str, AICoderError]:
    """Return why providers cannot be used, those of kinds that nobody asked for included."""
    found: dict[str, AICoderError] = dict(core.manager.problems)
    for kind in provider_kinds():
        try:
            provider_class(kind)
        except AICoderError as error:
            found.setdefault(kind, error)
    return found


def _unused_kinds(core: Core, problems: dict[str, AICoderError]) -> list[str]:
    """Return the kinds of which no server is in the settings."""
    used = {config.type or each for each, config in core.manager.configs.items()}
    return [kind for kind in provider_kinds() if kind not in used and kind not in problems]


def _name(core: Core, provider_id: str) -> str:
    config = core.manager.configs[provider_id]
    try:
        name = config.name or provider_class(config.type or provider_id).display_name
    except AICoderError:
        return provider_id
    return f"{name} ({provider_id})"


def _key_words(core: Core, provider_id: str) -> str:
    words = _KEPT[core.secrets.source(provider_id)]
    variable = core.secrets.variable(provider_id) or "the keyring"
    return words.format(variable=variable) if words else ""
