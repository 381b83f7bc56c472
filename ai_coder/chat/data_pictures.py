"""Pictures that came with a text, written into it as data: URLs."""

from __future__ import annotations

import base64
import binascii

from ai_coder.chat.attachments import image_type

MAX_BYTES = 8_000_000


def data_of_url(url: str) -> bytes:
    """Return the bytes of a picture in a data: URL with base64, nothing for any other URL."""
    head, comma, body = url.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        return b""
    if len(body) > MAX_BYTES * 4 // 3 + 4:
        return b""
    try:
        data = base64.b64decode(body, validate=True)
    except binascii.Error:
        return b""
    return data if image_type(data) else b""


def url_of_data(data: bytes) -> str:
    """Return the data: URL of a picture; nothing for anything else."""
    media_type = image_type(data)
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}" if media_type else ""
