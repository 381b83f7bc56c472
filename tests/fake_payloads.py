"""Replays what real servers sent: the files under `tests/payloads`, byte for byte.

    server.next("/api/tags", replay("ollama/tags_final"))
    server.next("/v1/models", replay("lmstudio/report_v1_models_0.4.15.json"))

`.http` files bring their status and headers; `.sse` and `.jsonl` are streamed as events,
`.json` is sent whole, with the status that the file name ends in.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.fake_http import Answer
from tests.fake_lm_studio_errors import sse

PAYLOADS = Path(__file__).with_name("payloads")

_PER_HOP = {"connection", "content-length", "date", "keep-alive", "transfer-encoding"}


def replay(name: str, **options) -> Answer:
    """Return the recorded answer *name*; *options* are further fields of `Answer`."""
    path = PAYLOADS / name
    if not path.suffix or not path.exists():
        path = PAYLOADS / f"{name}.response.http"
    data = path.read_bytes()
    if path.suffix == ".http":
        return _recorded(data, options)
    if path.suffix == ".jsonl":
        return sse([b"data: %s\n\n" % line for line in data.splitlines()], **options)
    if path.suffix == ".sse":
        return sse([frame + b"\n\n" for frame in data.rstrip().split(b"\n\n")], **options)
    status = re.search(r"_(\d{3})$", path.stem)
    return Answer(**{"status": int(status[1]) if status else 200, "body": data, **options})


def _recorded(data: bytes, options: dict) -> Answer:
    head, body = re.split(rb"\r?\n\r?\n", data, maxsplit=1)
    first, *lines = head.decode("latin-1").splitlines()
    sent = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
    headers = {key: value for key, value in sent.items() if key.lower() not in _PER_HOP}
    status = int(first.split()[1])
    if sent.get("Transfer-Encoding") != "chunked":
        return Answer(status, body, headers=headers, **options)
    return Answer(status, chunks=_chunks(body), headers=headers, **options)


def _chunks(body: bytes) -> list[bytes]:
    """Return the chunks of a chunked body; a recording without the sizes is one chunk."""
    if not re.match(rb"[0-9a-fA-F]+\r\n", body):
        return [body]
    chunks = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            break
        chunks.append(rest[:length])
        body = rest[length + 2 :]
    return chunks
