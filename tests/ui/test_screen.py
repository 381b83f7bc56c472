from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ai_coder.ui.screen import missing_screen

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems have a screen, or start no programs"
)


@pytest.fixture
def x_server():
    """Something that listens where an X server with a free number would, without a file."""
    with socket.socket(socket.AF_UNIX) as server:
        for number in range(1000, 2000):
            try:
                server.bind(f"\0/tmp/.X11-unix/X{number}")
            except OSError:
                continue
            break
        server.listen()
        yield number


def test_without_any_display_there_is_no_screen():
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in missing_screen({})


@pytest.mark.parametrize("display", [":987", ":987.0", "unix:987", "nonsense", ":x", "127.0.0.1:9"])
def test_a_display_at_which_nobody_answers_is_named(display):
    assert f"nothing answers at DISPLAY={display}" in missing_screen({"DISPLAY": display})


def test_a_server_that_answers_is_a_screen(x_server):
    assert missing_screen({"DISPLAY": f":{x_server}.0"}) == ""
    assert missing_screen({"DISPLAY": f":{x_server}", "QT_QPA_PLATFORM": "xcb"}) == ""


@pytest.mark.parametrize("variable", ["WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_what_needs_no_x_server_is_left_to_qt(variable):
    assert missing_screen({variable: "wayland-0"}) == ""


def test_the_application_says_that_there_is_no_screen(tmp_path):
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in names}

    done = subprocess.run(
        [sys.executable, "-m", "ai_coder"],
        cwd=Path(__file__).parents[2],
        env={**environment, "AI_CODER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "There is no screen here" in done.stderr
    assert "doctor and models work without one" in done.stderr
