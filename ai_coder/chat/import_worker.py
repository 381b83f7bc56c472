"""The child process: reads one file with chats, however large or hostile it is.

It is started as a script. Its job comes in a line on standard input: the file, and where to find
the application. What it reads goes out on standard output: portions, at the end None or the
ChatFileError that ended it, each pickled behind its size.
"""

from __future__ import annotations

import json
import pickle
import signal
import sys
from contextlib import suppress
from pathlib import Path

SIZE_BYTES = 8


def main() -> None:
    """Read the file; end early when nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the application
    job = json.loads(sys.stdin.buffer.readline())
    sys.path[:] = job["path"]
    with suppress(BrokenPipeError):
        _read(Path(job["file"]))


def _read(path: Path) -> None:
    from ai_coder.chat.chat_file import read_chats
    from ai_coder.chat.chat_file_errors import ChatFileError

    try:
        for portion in read_chats(path):
            _hand_over(portion)
    except ChatFileError as error:
        _hand_over(error)
    else:
        _hand_over(None)


def _hand_over(found: object) -> None:
    pickled = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.write(len(pickled).to_bytes(SIZE_BYTES, "big") + pickled)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
