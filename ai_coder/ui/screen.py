"""Whether there is a screen for the window: without one, Qt ends the process with a core dump."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_X_SOCKETS = Path("/tmp/.X11-unix")  # where X servers listen


def missing_screen(environment: Mapping[str, str]) -> str:
    """Say what keeps a window from being shown on Linux; empty when nothing does."""
    if sys.platform != "linux":
        return ""
    platform = environment.get("QT_QPA_PLATFORM", "")
    if platform and not platform.startswith("xcb"):
        return ""
    if environment.get("WAYLAND_DISPLAY") and not platform:
        return ""
    display = environment.get("DISPLAY", "")
    if not display:
        return "There is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set."
    if not _answers(display):
        return f"There is no screen here: nothing answers at DISPLAY={display}."
    return ""


def _answers(display: str) -> bool:
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if "/" in host:
        return True  # a socket or a protocol named by its path; Qt knows what to do with it
    if not number.isdecimal():
        return False
    if host in ("", "unix") and (_X_SOCKETS / f"X{number}").exists():
        return True
    import socket  # takes a good part of the first frame, and is seldom needed

    try:
        if host in ("", "unix"):
            with socket.socket(socket.AF_UNIX) as connection:  # in a container, for example
                connection.connect(f"\0{_X_SOCKETS}/X{number}")
        else:
            socket.create_connection((host, 6000 + int(number)), timeout=3).close()
    except (OSError, OverflowError):
        return False
    return True
