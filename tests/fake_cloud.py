"""Scripted stand-ins for OpenAI, Anthropic and Google Gemini, in their wire formats (cloud.md 8).

Each checks the key as the service does, lists models in the service's shape, and answers with
`reply`, `thoughts` and the recorded payloads under `tests/payloads/cloud`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.fake_http import Answer, FakeServer, Request

PAYLOADS = Path(__file__).with_name("payloads") / "cloud"
KEY = "sk-test-0123456789abcdef"


def recorded(name: str, **options) -> Answer:
    """Return a recorded stream, byte for byte, or a recorded error with its status."""
    path = PAYLOADS / name
    data = path.read_bytes()
    if path.suffix == ".sse":
        return stream([data], **options)
    status = int(path.stem.split("_err_")[1][:3])
    return Answer(status, data, headers={"Content-Type": "application/json"}, **options)


def stream(chunks, **options) -> Answer:
    """Return server-sent events, chunk by chunk."""
    return Answer(chunks=chunks, headers={"Content-Type": "text/event-stream"}, **options)


def event(value: dict, *, name: str = "", newline: str = "\n") -> bytes:
    """Return one event; *name* becomes its event line."""
    head = f"event: {name}{newline}" if name else ""
    return f"{head}data: {json.dumps(value)}{newline}{newline}".encode()


@dataclass
class FakeCloud(FakeServer):
    """What the three have in common."""

    key: str = KEY
    reply: list[str] = field(default_factory=lambda: ["Hello", " world"])
    thoughts: list[str] = field(default_factory=list)
    models: list[dict] | None = None

    @property
    def body(self) -> dict:
        """The body of the last request that had one."""
        return next(request.json for request in reversed(self.requests) if request.body)

    def _has_key(self, request: Request) -> bool:
        shown = {
            request.headers.get("authorization", "").removeprefix("Bearer "),
            request.headers.get("x-api-key"),
            request.headers.get("x-goog-api-key"),
        }
        return self.key in shown


class FakeOpenAI(FakeCloud):
    """`/v1/models`, `/v1/chat/completions` and `/v1/responses`."""

    async def handle(self, request: Request) -> Answer:
        if not self._has_key(request):
            return openai_error(401, "Incorrect API key provided.", code="invalid_api_key")
        match request.path:
            case "/v1/models":
                return Answer(200, {"object": "list", "data": self.models or OPENAI_MODELS})
            case "/v1/chat/completions":
                return stream(self._chunks(request.json))
            case "/v1/responses":
                return stream(self._events(request.json))
        return openai_error(404, f"Invalid URL (POST {request.path})")

    def _chunks(self, body: dict) -> list[bytes]:
        def chunk(delta: dict, finish: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            told = {"id": "c1", "model": body["model"], "choices": [choice], "usage": None}
            return event(told | {"obfuscation": "x7"})

        usage = {"prompt_tokens": 12, "completion_tokens": 5}
        usage["prompt_tokens_details"] = {"cached_tokens": 4}
        last = {"id": "c1", "choices": [], "usage": usage, "obfuscation": "kh"}
        deltas = [chunk({"content": text, "refusal": None}) for text in self.reply]
        return [*deltas, chunk({}, "stop"), event(last), b"data: [DONE]\n\n"]

    def _events(self, body: dict) -> list[bytes]:
        response = {"id": "r1", "model": body["model"], "status": "in_progress"}
        usage = {"input_tokens": 11, "output_tokens": 7}
        usage["output_tokens_details"] = {"reasoning_tokens": 3}
        kinds = [{"type": "response.created", "response": response}]
        kinds += [
            {"type": "response.reasoning_summary_text.delta", "delta": text}
            for text in self.thoughts
        ]
        kinds += [{"type": "response.output_text.delta", "delta": text} for text in self.reply]
        done = response | {"status": "completed", "usage": usage}
        kinds.append({"type": "response.completed", "response": done})
        return [event(kind, name=kind["type"]) for kind in kinds]


class FakeAnthropic(FakeCloud):
    """`/v1/models` and `/v1/messages`."""

    async def handle(self, request: Request) -> Answer:
        if not self._has_key(request):
            return anthropic_error(401, "authentication_error", "invalid x-api-key")
        if request.headers.get("anthropic-version") != "2026-10-21":
            return anthropic_error(400, "invalid_request_error", "anthropic-version: unknown")
        match request.path:
            case "/v1/models":
                data = self.models or ANTHROPIC_MODELS
                page = {"data": data, "has_more": False, "last_id": data[-1]["id"]}
                return Answer(200, page)
            case "/v1/messages":
                return stream(self._events(request.json))
        return anthropic_error(404, "not_found_error", request.path)

    def _events(self, body: dict) -> list[bytes]:
        usage = {"input_tokens": 20, "cache_creation_input_tokens": 3, "output_tokens": 1}
        message = {"model": body["model"], "usage": usage | {"cache_read_input_tokens": 7}}
        events = [{"type": "message_start", "message": message}, {"type": "ping"}]
        for index, (kind, pieces) in enumerate((("thinking", self.thoughts), ("text", self.reply))):
            if pieces:
                block = {"type": kind, kind: ""}
                events.append(
                    {"type": "content_block_start", "index": index, "content_block": block}
                )
                events += [
                    {
                        "type": "content_block_delta",
                        "index": index,
                        "delta": {"type": f"{kind}_delta", kind: piece},
                    }
                    for piece in pieces
                ]
                events.append({"type": "content_block_stop", "index": index})
        events.append(
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn"},
                "usage": {"output_tokens": 9},
            }
        )
        events.append({"type": "message_stop"})
        return [event(each, name=each["type"]) for each in events]


class FakeGemini(FakeCloud):
    """`/v1/models` and `:streamGenerateContent`."""

    async def handle(self, request: Request) -> Answer:
        if not self._has_key(request):
            details = [{"@type": "type.googleapis.com/ErrorInfo", "reason": "API_KEY_INVALID"}]
            return gemini_error(400, "API key not valid.", "INVALID_ARGUMENT", details)
        if request.path == "/v1/models":
            return Answer(200, {"models": self.models or GEMINI_MODELS})
        if request.path.endswith(":streamGenerateContent") and request.query == "alt=sse":
            return stream(self._chunks())
        return gemini_error(404, "not found", "NOT_FOUND")

    def _chunks(self) -> list[bytes]:
        parts = [{"text": text, "thought": True} for text in self.thoughts]
        parts += [{"text": text} for text in self.reply]
        usage = {"promptTokenCount": 18, "thoughtsTokenCount": 4, "cachedContentTokenCount": 6}
        chunks = []
        for number, part in enumerate(parts, 1):
            candidate = {"content": {"parts": [part], "role": "model"}, "index": 0}
            if number == len(parts):
                candidate["finishReason"] = "STOP"
            chunks.append(
                {
                    "candidates": [candidate],
                    "usageMetadata": usage | {"candidatesTokenCount": number},
                    "modelVersion": "gemini-3.8-flash-001",
                }
            )
        return [event(chunk, newline="\r\n") for chunk in chunks]


def openai_error(status: int, message: str, *, code=None, param=None, **options) -> Answer:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Answer(status, {"error": error}, **options)


def anthropic_error(status: int, kind: str, message: str, **options) -> Answer:
    error = {"type": kind, "message": message}
    return Answer(status, {"type": "error", "error": error, "request_id": "req_1"}, **options)


def gemini_error(status: int, message: str, kind: str, details=(), **options) -> Answer:
    error = {"code": status, "message": message, "status": kind, "details": list(details)}
    return Answer(status, {"error": error}, **options)


def _claude(name: str, window: int, longest: int, *, lifecycle="active", thinking=()) -> dict:
    def can(is_supported: bool = True) -> dict:
        return {"supported": is_supported}

    levels = {level: can() for level in ("low", "medium", "high")}
    kinds = ("adaptive", "enabled", "disabled", "between_tools")
    types = {kind: can(kind in thinking) for kind in kinds}
    return {
        "type": "model",
        "id": name,
        "display_name": name.title(),
        "lifecycle": lifecycle,
        "line": "opus",
        "max_input_tokens": window,
        "max_tokens": longest,
        "capabilities": {
            "image_input": can(),
            "structured_outputs": can(),
            "effort": can("adaptive" in thinking) | levels | {"max": can(False), "xhigh": None},
            "thinking": can(bool(thinking)) | {"types": types},
        },
        "retires_at": "2026-11-30T00:00:00Z" if lifecycle == "deprecated" else None,
    }


OPENAI_MODELS = [
    {"id": name, "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": ends}
    for name, ends in (
        ("gpt-4o-mini", None),
        ("gpt-5.5", None),
        ("gpt-6.2-sol", None),
        ("o1-mini", "2020-01-01"),
        ("gpt-4", "2999-01-14"),
        ("text-embedding-3-small", None),
        ("gpt-4o-realtime-preview", None),
        ("gpt-image-2", None),
        ("whisper-1", None),
    )
]
ANTHROPIC_MODELS = [
    _claude("claude-opus-5-5", 1_000_000, 128_000, thinking=("adaptive", "disabled")),
    _claude("claude-haiku-4-5", 200_000, 64_000, thinking=("enabled", "disabled")),
    _claude("claude-sonnet-4-5", 200_000, 64_000, lifecycle="deprecated"),
    _claude("claude-2", 100_000, 4096, lifecycle="retired"),
]
GEMINI_MODELS = [
    {
        "name": f"models/{name}",
        "displayName": name.title(),
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": methods,
        "thinking": thinking,
    }
    for name, methods, thinking in (
        ("gemini-3.8-flash", ["generateContent", "countTokens"], True),
        ("gemini-2.5-flash", ["generateContent"], True),
        ("gemma-4-27b-it", ["generateContent"], False),
        ("gemini-embedding-001", ["embedContent"], False),
    )
]
