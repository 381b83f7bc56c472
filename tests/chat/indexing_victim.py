"""A process that brings the index of a store up to date in small steps until somebody kills it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from ai_coder.chat import unspaced_index
from ai_coder.chat.store import ChatStore


async def index_slowly(path: Path) -> None:
    """Print a line after every step."""
    unspaced_index._STEP_SECONDS = 0.0
    store = ChatStore(path)
    assert await store.open() is None
    while await store._file.writer.read(unspaced_index.step):
        os.write(1, b"step\n")


if __name__ == "__main__":
    asyncio.run(index_slowly(Path(sys.argv[1])))
