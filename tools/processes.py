"""Start other programs, and speak beside their output; standard library only."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def run(
    command: list[str],
    folder: Path | None = None,
    variables: dict[str, str] | None = None,
    *,
    quiet: bool = False,
) -> int:
    """Run a command to its end and return its exit code; 127 when there is no such command."""
    import subprocess

    output = subprocess.DEVNULL if quiet else None
    is_interrupted = False
    try:
        child = subprocess.Popen(
            command, cwd=folder, env=variables, stdout=output, stderr=output, close_fds=False
        )
    except FileNotFoundError:
        return 127
    with child:
        while True:
            try:
                code = child.wait()
                break
            except KeyboardInterrupt:  # the child was told as well, and cleans up
                is_interrupted = True
    if is_interrupted:
        raise KeyboardInterrupt
    return code


def become(command: list[str]) -> int:
    """Replace this process by the command; where that is impossible, run it as a child."""
    if os.name != "nt":
        os.execv(command[0], command)  # does not return
    return run(command)


def say(text: str) -> None:
    """Print one line for the user beside the command's own output."""
    print(text, file=sys.stderr, flush=True)
