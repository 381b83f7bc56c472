"""What ChatGPT's tools did in a chat, as Markdown: code that ran, documents of its canvas."""

from __future__ import annotations

import json

from ai_coder.chat.code_fence import fenced

_PYTHON = "python"
_CANVAS = "canmore."
_CODE_TYPE = "code/"


def tool_call(recipient: str, text: str) -> str:
    """Return what was handed to a tool; empty where that says nothing to the reader."""
    if not text:
        return ""
    if recipient == _PYTHON:
        return fenced(text, _PYTHON)
    return _canvas(text) if recipient.startswith(_CANVAS) else ""


def tool_output(content_type: str, text: str) -> str:
    """Return what a tool gave back; empty where that says nothing to the reader."""
    return fenced(text) if content_type == "execution_output" and text else ""


def _canvas(text: str) -> str:
    """Return a document, or the changes to one, as they were written."""
    try:
        call = json.loads(text)
    except (ValueError, RecursionError):
        return fenced(text)
    content = call.get("content") if isinstance(call, dict) else None
    if not isinstance(content, str):
        return fenced(text, "json")
    kind, name = str(call.get("type", "")), str(call.get("name", ""))
    is_code = kind.startswith(_CODE_TYPE)
    block = fenced(content, kind.removeprefix(_CODE_TYPE) if is_code else "markdown")
    return f"{name}:\n\n{block}" if name else block
