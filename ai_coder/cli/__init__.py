"""Commands without a window: doctor, models, ask, complete."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ai_coder import __version__
from ai_coder.cli.spending import account_for
from ai_coder.cli.terminal import (
    NotTextError,
    flush_output,
    give_up_output,
    make_output_safe,
    piped_text,
    print_json,
    readable,
)
from ai_coder.errors import AICoderError, NoModelError, Remedy, UnknownModelError
from ai_coder.llm.models import provider_of
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from ai_coder.cli.spending import Account
    from ai_coder.core import Core
    from ai_coder.llm.models import ModelConfig, StreamEvent


class NoLocalModelError(AICoderError):
    """Only models of companies could answer, and none of them was named."""

    message = QT_TRANSLATE_NOOP("errors", "No model on your own computers can answer.")
    hint = QT_TRANSLATE_NOOP(
        "errors", "Start a server, or name a company's model with --model: it gets what you send."
    )


CAN_CHAT, CANNOT_CHAT, WRONG_USAGE, STOPPED = 0, 1, 2, 130

_LESS = "Send or pipe in less, or name a model with a larger window: --model."
_HINTS = {
    Remedy.CONTINUE: "What arrived stands above. Ask again for the rest.",
    Remedy.RELOAD_LARGER: _LESS,
    Remedy.START_FRESH: _LESS,
    Remedy.CHOOSE_MODEL: "`ai-coder models` lists what can be asked.",
}
"""What the command line offers in place of a button."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; prints help or a clear error and exits on bad input."""
    parser = argparse.ArgumentParser(
        prog="ai-coder",
        description="AI Coder Assistant. Without a command the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"AI Coder Assistant {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    doctor = commands.add_parser("doctor", help="say how each server is and what mends it")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    models = commands.add_parser("models", help="list the models of all servers")
    models.add_argument("--json", action="store_true", help="print JSON")
    ask = commands.add_parser("ask", help="ask a model and print its answer as it is written")
    ask.add_argument("prompt", nargs="?", default="", help="the prompt; piped text follows it")
    ask.add_argument("--model", help="provider/model, as `ai-coder models` lists it")
    ask.add_argument("--system", default="", help="a system prompt")
    complete = commands.add_parser("complete", help="continue a text, or fill in before a suffix")
    complete.add_argument("prompt", nargs="?", default="", help="the text; piped text follows it")
    complete.add_argument("--suffix", default="", help="the text behind the gap")
    complete.add_argument("--model", help="provider/model, as `ai-coder models` lists it")
    complete.add_argument("--max-tokens", type=_positive, help="the longest completion to ask for")
    return parser.parse_args(readable(arguments))


def run_command(options: argparse.Namespace) -> int:
    """Run the command of *options*; returns the exit code."""
    make_output_safe()
    try:
        code = asyncio.run(_run(options))
        flush_output()
    except AICoderError as error:
        hint = _HINTS.get(error.remedy) if error.remedy else None
        print(error, hint or error.hint_text, sep="\n", file=sys.stderr)
        return WRONG_USAGE if isinstance(error, NotTextError) else CANNOT_CHAT
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()
        return CANNOT_CHAT
    except OSError as error:
        give_up_output(error)
        return CANNOT_CHAT
    return code


async def _run(options: argparse.Namespace) -> int:
    from ai_coder.core import load_settings, open_core
    from ai_coder.paths import find_paths

    paths = find_paths()
    store, loaded = load_settings(paths)
    for problem in loaded.problems:
        print(problem, problem.hint_text, file=sys.stderr)
    async with open_core(paths, store, loaded) as core:
        await core.secrets.load(list(core.manager.providers))
        match options.command:
            case "doctor":
                from ai_coder.cli.doctor import doctor

                return CAN_CHAT if await doctor(core, as_json=options.json) else CANNOT_CHAT
            case "models":
                return await _models(core, as_json=options.json)
            case "complete":
                return await _complete(core, options)
            case _:
                return await _ask(core, options)


def _print_problems(core: Core) -> None:
    """Say which servers are not set up."""
    for problem in core.manager.problems.values():
        print(problem, problem.hint_text, file=sys.stderr)


async def _models(core: Core, *, as_json: bool) -> int:
    _print_problems(core)
    await core.ask_all()
    models = core.catalogue.models()
    if as_json:
        print_json([_as_json(model) for model in models])
    for model in models if not as_json else ():
        facts = [model.quantization, model.parameters, _window(model), model.locality.value]
        state = "loaded" if model.is_loaded else "not loaded"
        print(f"{model.ref}\t{state}\t{' · '.join(fact for fact in facts if fact)}")
    if not models and not as_json:
        print("No server lists a model. `ai-coder doctor` says why.", file=sys.stderr)
    return CAN_CHAT if models else CANNOT_CHAT


async def _ask(core: Core, options: argparse.Namespace) -> int:
    from ai_coder.llm.models import ChatMessage, ChatRequest, Role

    prompt = _with_piped_text(options.prompt)
    if not prompt:
        print('Nothing to ask. Try: ai-coder ask "Explain this error"', file=sys.stderr)
        return WRONG_USAGE
    ref = await _choose(core, options.model)
    _tell_unusual(core, ref)
    system = (ChatMessage(Role.SYSTEM, options.system),) if options.system else ()
    request = ChatRequest(
        ref.partition("/")[2],
        (*system, ChatMessage(Role.USER, prompt)),
        core.loaded.settings.generation.parameters,
    )
    longest = request.parameters.max_tokens
    async with account_for(core, ref) as account:
        if account is not None:
            await account.check(f"{options.system}\n{prompt}", longest)
        return await _print_stream(core.manager.stream_chat(ref, request), account)


async def _complete(core: Core, options: argparse.Namespace) -> int:
    from ai_coder.llm.models import CompletionRequest

    prompt = _with_piped_text(options.prompt)
    if not prompt:
        print('Nothing to complete. Try: ai-coder complete "def add(a, b):"', file=sys.stderr)
        return WRONG_USAGE
    ref = await _choose(core, options.model)
    _tell_unusual(core, ref)
    parameters = core.loaded.settings.generation.parameters
    if options.max_tokens:
        parameters = parameters.model_copy(update={"max_tokens": options.max_tokens})
    request = CompletionRequest(ref.partition("/")[2], prompt, options.suffix, parameters)
    async with account_for(core, ref) as account:
        if account is not None:
            await account.check(f"{prompt}{options.suffix}", parameters.max_tokens)
        events = core.manager.complete(ref, request)
        return await _print_stream(events, account, limit=options.max_tokens)


async def _choose(core: Core, wanted: str | None) -> str:
    """Return the model ref to use; raises `UnknownModelError` when no server offers one."""
    await core.ask_all()
    ref = wanted or core.loaded.settings.general.default_model
    if not ref:
        _print_problems(core)
    if ref and provider_of(ref) in core.manager.configs:
        return ref
    if ref:  # names of models may have a slash, too
        named = [m.ref for m in core.catalogue.models() if ref in (m.name, m.display_name)]
        if not named:
            raise UnknownModelError(model=ref)
        return named[0]
    model = core.default_model()
    if model is None:
        raise NoLocalModelError if core.catalogue.chat_models() else NoModelError
    return model.ref


def _tell_unusual(core: Core, ref: str) -> None:
    """Say who answers where that is a company, or only the guide."""
    from ai_coder.llm.fallback import is_near

    model = core.catalogue.get(ref)
    if model is not None and (not is_near(model) or model.metadata.get("help_only")):
        print(f"[model] {ref}", file=sys.stderr)


async def _print_stream(
    events: AsyncGenerator[StreamEvent, None],
    account: Account | None,
    *,
    limit: int | None = None,
) -> int:
    """Print the text of a stream to stdout as it arrives; *limit* is the length asked for."""
    from ai_coder.llm.models import Finished, FinishReason, Notice, TextDelta, TokenUsage

    has_begun, end, usage = False, None, None
    try:
        async with aclosing(events) as stream:
            async for event in stream:
                match event:
                    case TextDelta(text):
                        print(text, end="", flush=True)
                        has_begun = True
                    case Notice(kind, values):
                        told = ", ".join(f"{key}: {value}" for key, value in values)
                        print(f"[{kind.value}] {told}", file=sys.stderr)
                    case TokenUsage():
                        usage = event
                    case Finished(reason):
                        end = reason
                    case _:
                        pass
    except BaseException:
        if has_begun:  # what is said next stands on a line of its own
            print(flush=True)
        raise
    finally:
        if account is not None and (has_begun or usage is not None):
            await account.count(usage)
    print()
    if end is FinishReason.LENGTH and limit is None:
        print("[length] The answer stops at its longest length, unfinished.", file=sys.stderr)
    return CAN_CHAT


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number above 0")
    return number


def _with_piped_text(prompt: str) -> str:
    parts = (prompt.strip(), piped_text().strip("\n"))
    return "\n\n".join(part for part in parts if part)


def _window(model: ModelConfig) -> str:
    served = f"{model.served_context} served" if model.served_context else ""
    most = f"{model.context_length} at most" if model.context_length else ""
    return ", ".join(part for part in (served, most) if part)


def _as_json(model: ModelConfig) -> dict[str, Any]:
    return {"ref": model.ref, **model.model_dump(mode="json")}
