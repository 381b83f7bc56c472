"""Runs a fake server by hand, for developing and for screenshots."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.fake_reply import Reply, words_of

_THOUGHTS = """\
The user wants to read a large file without loading all of it. A generator that yields lines \
is the natural answer. I should show the buffered variant for binary data as well and compare \
their memory use.
"""

_ANSWER = """\
A **generator** keeps only one line in memory, however large the file is:

```python
from collections.abc import Iterator
from pathlib import Path


def matching_lines(path: Path, word: str) -> Iterator[tuple[int, str]]:
    \"\"\"Yield the number and text of every line that contains *word*.\"\"\"
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if word in line:
                yield number, line.rstrip("\\n")


for number, line in matching_lines(Path("server.log"), "ERROR"):
    print(f"{number:>8}  {line}")
```

How the usual ways compare for a log of 2 GB:

| Way                  | Peak memory | Time  | Good for             |
|:---------------------|------------:|------:|:---------------------|
| `path.read_text()`   |      4.1 GB | 6.2 s | small files          |
| `for line in file`   |       48 kB | 4.8 s | text, line by line   |
| `file.read(1 << 20)` |      1.1 MB | 1.9 s | binary data, hashing |

A few things to keep in mind:

1. Name the encoding; the default differs between systems.
2. `errors="replace"` keeps one broken byte from ending the whole search.
3. Do not call `list(...)` on the result, or everything is in memory again.

If you search *many* words, compile them into one pattern with `re.compile("|".join(...))` first.
"""


def demo_reply() -> Reply:
    """Return an answer as a programmer gets it: thoughts, code, a table, a list."""
    return Reply(content=words_of(_ANSWER), reasoning=words_of(_THOUGHTS), prompt_tokens=1284)


def parser_for(name: str, port: int) -> argparse.ArgumentParser:
    """Return the options that both servers have."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.{name}")
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--speed", type=float, default=30, help="tokens per second")
    parser.add_argument("--load-delay", type=float, default=2, help="seconds to load a model")
    parser.add_argument("--prefill-delay", type=float, default=0.5, help="seconds to first token")
    parser.add_argument("--context", type=int, help="context length when none is asked for")
    parser.add_argument("--empty", action="store_true", help="no models on disk")
    parser.add_argument("--error", help="every answer fails with this text in the middle")
    parser.add_argument("--split-every", type=int, help="bytes per packet")
    return parser


def run(server, options: argparse.Namespace) -> None:
    """Serve until Ctrl+C."""
    server.token_delay = 1 / options.speed
    server.load_delay = options.load_delay
    server.prefill_delay = options.prefill_delay
    server.reply = demo_reply()
    server.reply.error = options.error
    server.reply.split_every = options.split_every
    if options.error:
        del server.reply.content[20:]
    if options.context:
        server.default_context = options.context
    if options.empty:
        server.models.clear()
    try:
        asyncio.run(_serve(server, options.port))
    except KeyboardInterrupt:
        sys.stdout.write("\nStopped.\n")
    except OSError as error:
        sys.exit(f"Cannot listen on port {options.port}: {error.strerror}")


async def _serve(server, port: int) -> None:
    await server.start(port)
    sys.stdout.write(f"Listening on {server.url} – Ctrl+C stops\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        server.close()
