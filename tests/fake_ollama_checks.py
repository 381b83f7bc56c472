"""What the fake Ollama refuses, with the exact wording of the real one (ollama.md 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.fake_http import Answer, Request
from tests.fake_ollama_models import OllamaModel, Resident, error, go_json
from tests.fake_reply import Reply, text_of, tokens_in

_INTEGERS = ("num_ctx", "num_predict", "top_k", "seed", "num_keep", "num_batch", "num_gpu")
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_NUM_KEEP = 4


@dataclass(frozen=True)
class PromptCount:
    """How many tokens a prompt has and how many the model gets to see."""

    whole: int
    kept: int
    fits_when_cut: bool
    """Whether dropping old messages makes it fit."""


def check_body(request: Request) -> Answer | None:
    """Return the 400 for a body without JSON, without a model, or with wrong types."""
    if not request.body:
        return error("missing request body")
    body = request.json
    if body is None:
        return error("unexpected EOF")
    if not body.get("model"):
        return error("model is required")
    if re.search(r"[^\w./:@-]", body["model"]):
        return error("invalid model name")
    messages = body.get("messages", [])
    if not isinstance(messages, list):
        what = "string" if isinstance(messages, str) else "object"
        return error(
            f"json: cannot unmarshal {what} into Go struct field ChatRequest.messages "
            "of type []api.Message"
        )
    return None


def check_inference(body: dict[str, Any], model: OllamaModel, *, is_chat: bool) -> Answer | None:
    """Return the error for options and features that *model* does not have."""
    asked, abilities = body["model"], model.capabilities
    for name in _INTEGERS:
        value = (body.get("options") or {}).get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            return error(f'option "{name}" must be of type integer', 500)
    if (form := body.get("format")) and not (form == "json" or isinstance(form, dict)):
        wrong = go_json(go_json(form))
        text = f'invalid format: {wrong}; expected "json" or a valid JSON Schema object'
        return error(text, 500)
    if (keep := body.get("keep_alive")) is not None and _seconds(keep) is None:
        return error(f'time: invalid duration "{keep}"')
    if "completion" not in abilities:
        return error(f'"{asked}" does not support {"chat" if is_chat else "generate"}')
    if (think := body.get("think")) is not None:
        if think not in (True, False, "low", "medium", "high", "max"):
            levels = '(must be "high", "medium", "low", "max", true, or false)'
            return error(f'invalid think value: "{think}" {levels}')
        if think and "thinking" not in abilities:
            return error(f'"{asked}" does not support thinking')
    library = f"registry.ollama.ai/library/{model.name}"
    if body.get("tools") and "tools" not in abilities:
        return error(f"{library} does not support tools")
    if body.get("suffix") and "insert" not in abilities:
        return error(f"{library} does not support insert")
    if body.get("raw") and (body.get("system") or body.get("template") or body.get("context")):
        return error("raw mode does not support template, system, or context")
    return None


def prompt_tokens(body: dict[str, Any], reply: Reply, resident: Resident) -> PromptCount:
    """Count the prompt of *body* and what is left of it after silent truncation."""
    messages = body.get("messages") or [{"content": body.get("prompt", "")}]
    limit = resident.num_ctx
    if reply.prompt_tokens is not None:
        return PromptCount(reply.prompt_tokens, reply.prompt_tokens, fits_when_cut=True)
    whole = tokens_in(text_of(messages))
    if whole <= limit:
        return PromptCount(whole, whole, fits_when_cut=True)
    systems = [m for m in messages[:-1] if m.get("role") == "system"]
    others = [m for m in messages[:-1] if m.get("role") != "system"]
    while others and tokens_in(text_of([*systems, *others, messages[-1]])) > limit:
        others.pop(0)
    kept = tokens_in(text_of([*systems, *others, messages[-1]]))
    if kept <= limit:
        return PromptCount(whole, kept, fits_when_cut=True)
    return PromptCount(whole, limit - max((limit - _NUM_KEEP) // 2, 1), fits_when_cut=False)


def check_truncation(body: dict[str, Any], resident: Resident, count: PromptCount) -> Answer | None:
    """Return the 400 for a prompt that is too long, unless it is cut silently."""
    is_strict = body.get("truncate") is False
    is_jinja = resident.model.template == "jinja"
    if count.whole <= resident.num_ctx or not (is_strict or (is_jinja and not count.fits_when_cut)):
        return None
    return context_exceeded(count.whole, resident.num_ctx)


def context_exceeded(tokens: int, limit: int) -> Answer:
    """Return the error of llama.cpp inside the error of Ollama."""
    message = (
        f"request ({tokens} tokens) exceeds the available context size ({limit} tokens), "
        "try increasing it"
    )
    inner = {
        "code": 400,
        "message": message,
        "type": "exceed_context_size_error",
        "n_prompt_tokens": tokens,
        "n_ctx": limit,
    }
    return error(go_json({"error": inner}))


def keep_alive_of(body: dict[str, Any]) -> float:
    """Return how many seconds to keep the model; negative is for ever."""
    keep = body.get("keep_alive")
    return 300 if keep is None else _seconds(keep)


def _seconds(keep: Any) -> float | None:
    if isinstance(keep, int | float):
        return keep
    if not re.fullmatch(r"-?(\d+(\.\d+)?(ns|us|ms|s|m|h))+|0", str(keep)):
        return None
    parts = re.findall(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)", keep)
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return -total if keep.startswith("-") else total
