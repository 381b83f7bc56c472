"""Every error of LM Studio seen in the field, with its exact wording (lmstudio.md 2.5)."""

from __future__ import annotations

import json

from tests.fake_http import Answer, Request

OVERFLOW = (
    "Input does not fit in context length. The input has {tokens} tokens, "
    "but the context length only supports {context} tokens."
)
OVERFLOW_TEXTS = (
    OVERFLOW.format(tokens=31430, context=30000),
    "The number of tokens to keep from the initial prompt is greater than the context length.",
    "Cannot truncate prompt with n_keep (4270) >= n_ctx (4096)",
    "Trying to keep the first 5000 tokens when context the overflows. However, the model is "
    "loaded with context length of only 4096 tokens, which is not enough.",
    "Context size has been exceeded",
)
GUARDRAIL = (
    "Model loading was stopped due to insufficient system resources. Under the current settings, "
    "this model requires approximately {size:.2f} GB of memory, and continuing to load it would "
    "likely overload your system and cause it to freeze. If you think this is incorrect, you can "
    "adjust the model loading guardrails in settings."
)
COMPUTE_ERROR = "Compute error."
CRASHED = "The model has crashed without additional information. (Exit code: 18446744072635812000)"
JINJA = (
    'Error rendering prompt with jinja template: "Cannot apply filter \\"string\\" to type: '
    "NullValue\".\n\nThis is usually an issue with the model's prompt template. If you are using "
    "a popular model, you can try to search the model under lmstudio-community."
)
MISSING_TOKEN = (
    "An LM Studio API token is required to make requests to this server, but none was provided "
    "using the Authorization header using the 'Bearer' scheme (i.e., 'Authorization: Bearer "
    "$LM_API_TOKEN'). Learn more at: https://lmstudio.ai/docs/developer/core/authentication."
)


class LoadRefusedError(Exception):
    """A model cannot be loaded; the text is what the server says."""


def text_error(message: str, status: int = 400) -> Answer:
    """Return an error whose `error` is a plain string."""
    return Answer(status, {"error": message})


def object_error(message: str, status: int = 400, *, param=None, code=None) -> Answer:
    """Return an error in the shape of OpenAI."""
    kind = "invalid_request_error"
    error = {"message": message, "type": kind, "param": param, "code": code}
    return Answer(status, {"error": error})


def native_error(kind: str, message: str, status: int = 400, *, code=None, param=None) -> Answer:
    """Return an error of `/api/v1`."""
    error = {"type": kind, "message": message, "code": code, "param": param}
    return Answer(status, {"error": {name: v for name, v in error.items() if v is not None}})


def stream_error(message: str) -> Answer:
    """Return status 200 and then an error event, as for an overflow while streaming."""
    data = json.dumps({"error": {"message": message}, "message": message})
    return sse([f"event: error\ndata: {data}\n\n"])


def sse(chunks, **options) -> Answer:
    """Return a stream of server-sent events."""
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    return Answer(chunks=chunks, headers=headers, **options)


def unexpected_endpoint(request: Request) -> Answer:
    target = f"{request.path}?{request.query}" if request.query else request.path
    return text_error(f"Unexpected endpoint or method. ({request.method} {target})", 200)


def model_not_found(model: str, known: list[str]) -> Answer:
    names = "\n".join(known)
    message = f'Model "{model}" not found. Please specify a valid model.\n\nYour models:\n\n{names}'
    return object_error(message, 404, param="model", code="model_not_found")


def no_models_loaded() -> Answer:
    message = (
        "No models loaded. Please load a model in the developer page or use the 'lms load' command."
    )
    return object_error(message, 404, param="model")


def load_failed(model: str, why: str) -> Answer:
    """Return what a failed JIT load answers; *why* is `GUARDRAIL` or "Operation canceled."."""
    return Answer(400, {"error": {"message": f'Failed to load model "{model}". Error: {why}'}})


def missing_token() -> Answer:
    return native_error("invalid_request", MISSING_TOKEN, 401, code="invalid_api_key")


def wrong_token() -> Answer:
    """The real wording is unknown (lmstudio.md 1.3); type and code are assumed."""
    return native_error(
        "invalid_request", "Malformed LM Studio API token provided.", 401, code="invalid_api_key"
    )


def bad_gateway() -> Answer:
    """A proxy in between."""
    page = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
    return Answer(502, page)


def html_page() -> Answer:
    """Some other web server on the port."""
    return Answer(200, "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>")


FAULTS = {
    "unknown route": text_error("Unexpected endpoint or method. (POST /chat/completions)", 200),
    "model not found": model_not_found("default", ["gemma-3-27b-it-qat", "qwen3-4b"]),
    "no models loaded": no_models_loaded(),
    "load failed": load_failed("qwen3-4b", GUARDRAIL.format(size=22.92)),
    "load canceled": load_failed("qwen/qwen3-coder-30b", "Operation canceled."),
    "overflow event": stream_error(OVERFLOW_TEXTS[0]),
    "overflow string": text_error(OVERFLOW_TEXTS[2]),
    "overflow object": object_error(OVERFLOW_TEXTS[3]),
    "compute error": stream_error(COMPUTE_ERROR),
    "channel error": text_error("Channel Error"),
    "crashed": text_error(CRASHED),
    "model unloaded": stream_error("Model unloaded"),
    "model is unloaded": text_error("Model is unloaded."),
    "tool choice": text_error(
        "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"
    ),
    "response format": text_error("'response_format.type' must be 'json_schema' or 'text'"),
    "image": text_error("'url' field must be a base64 encoded image."),
    "bad messages": text_error(
        "Invalid 'messages' in payload. Please check the structure of your 'messages' and try again"
    ),
    "messages missing": text_error("'messages' field is required"),
    "null content": text_error("Cannot read properties of null (reading 'type')"),
    "script error": text_error("_0x48eeaf is not iterable"),
    "jinja": text_error(JINJA),
    "jinja in the stream": stream_error(JINJA),
    "missing token": missing_token(),
    "wrong token": wrong_token(),
    "bad gateway": bad_gateway(),
    "html page": html_page(),
    "broken json": Answer(200, '{"data": [{"id": "qwen'),
    "empty body": Answer(200, b""),
    "never answers": Answer(stall_after=0),
    "closes at once": Answer(chunks=[], close_abruptly=True),
}
"""One answer for every failed request, by name; copy with `dataclasses.replace` to vary one."""
