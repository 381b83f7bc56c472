"""The child process: hosts llama.cpp's own server for one model file.

It is started as a script and imports nothing of the application. It reads its job from
standard input (see `options.Job`), says on standard output at which address it listens, or
why it cannot, and ends when its standard input does: that happens even when the application
is killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any, NoReturn

_LAST_LINES = 0.5
"""Seconds for the thread in which llama.cpp writes its log: it cannot be asked to hurry, and
knows best why a model could not be loaded."""


def main() -> NoReturn:
    """Serve until the application goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the application
    job = json.loads(sys.stdin.buffer.readline())
    _end_with_parent(job["parent"])
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever native code prints belongs to the log
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        server = _serve(job)
    except (ImportError, RuntimeError, ValueError) as error:
        _tell(answers, {"error": str(error)})
        time.sleep(_LAST_LINES)
        os._exit(1)  # a thread that waits for input cannot be joined
    _tell(answers, {"url": server.listening_address})
    while True:
        threading.Event().wait()


def _serve(job: dict[str, Any]) -> Any:  # noqa: ANN401  # the package has no types
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = job["model"]
    params.model_alias = {job["alias"]}
    params.n_ctx = job["context_length"]
    params.n_parallel = 1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [job["key"]]
    params.use_jinja = True
    params.endpoint_slots = True
    params.ui = False
    params.warmup = False
    params.cpuparams.n_threads = job["threads"]
    params.cpuparams_batch.n_threads = job["threads"]
    return xllamacpp.Server(params)


def _tell(answers: int, message: dict[str, str]) -> None:
    os.write(answers, json.dumps(message).encode() + b"\n")


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _end_with_parent(parent: int) -> None:
    """Let Linux end this process with its parent, even while native code holds everything."""
    if sys.platform != "linux":
        return
    import ctypes

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


if __name__ == "__main__":
    main()
