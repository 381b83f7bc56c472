"""The system libraries that Qt needs: which are missing, and how they are installed.

Used by `run.py` while the environment is made, so it needs nothing but the standard library.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {
    "apt-get": (
        "libegl1 libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libxkbcommon0 libxkbcommon-x11-0 "
        "libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 "
        "libxcb-render-util0 libxcb-render0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 "
        "libxcb-xkb1 libx11-xcb1 fonts-dejavu-core"
    ),
    "dnf": (
        "libglvnd-egl libglvnd-glx libglvnd-opengl glib2 fontconfig dbus-libs libxkbcommon "
        "libxkbcommon-x11 libxcb libX11-xcb xcb-util-cursor xcb-util-image xcb-util-keysyms "
        "xcb-util-renderutil xcb-util-wm dejavu-sans-fonts"
    ),
    "pacman": (
        "libglvnd glib2 fontconfig dbus libxkbcommon libxkbcommon-x11 libxcb libx11 "
        "xcb-util-cursor xcb-util-image xcb-util-keysyms xcb-util-renderutil xcb-util-wm ttf-dejavu"
    ),
}
"""What Qt needs, by the tool that installs it."""

INSTALL_OPTIONS = {
    "apt-get": ("install", "-y", "--no-install-recommends"),
    "dnf": ("install", "-y"),
    "pacman": ("-S", "--needed", "--noconfirm"),
}

QT_CHECK = """
import ctypes, pathlib, sys
try:
    from PyQt6 import QtCore, QtGui, QtSvg, QtWidgets
except ImportError as error:
    sys.exit(f"import: {error}")
if sys.platform == "linux":
    plugins = QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.PluginsPath)
    try:
        ctypes.CDLL(str(pathlib.Path(plugins, "platforms", "libqxcb.so")))
    except OSError as error:
        sys.exit(f"display: {error}")
"""
"""Loads everything that Qt loads, so that a missing library is named before a window opens."""


def qt_problem(python: Path) -> str:
    """Return what keeps Qt from starting, or an empty text.

    The text begins with `import:` when not even the offscreen platform works, and with
    `display:` when only windows on a screen do not.
    """
    result = subprocess.run(
        [str(python), "-c", QT_CHECK], capture_output=True, text=True, check=False
    )
    return result.stderr.strip().rpartition("\n")[2] if result.returncode else ""


def install_qt_libraries() -> bool:
    """Install what Qt needs when no password is asked for; return whether that was done."""
    command = install_command(*qt_packages())
    return bool(command) and may_install() and install(command)


def qt_help(problem: str) -> str:
    """Say what is missing and the command that mends it."""
    reason = problem.partition(": ")[2] or problem
    command = install_command(*qt_packages())
    if not command:
        return f"Qt cannot start on this system: {reason}"
    return (
        f"Qt misses a system library ({reason}). Install what it needs, then run the same "
        f"command again:\n\n  sudo {' '.join(command)}\n"
    )


def install_venv_module(python: str) -> str:
    """Install the module that Debian packages apart from *python*; return what to do if it fails.

    *python* is an interpreter of the version that runs this.
    """
    check = [python, "-c", "import ensurepip, venv"]
    if subprocess.run(check, capture_output=True, check=False).returncode == 0:
        return ""
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    command = install_command(package)
    if command[:1] == ["apt-get"] and may_install() and install(command):
        return ""
    return (
        "This Python has no venv module. Install uv, or on Debian and Ubuntu:\n\n"
        f"  sudo apt-get install {package}\n"
    )


def qt_packages() -> list[str]:
    """Return the names of the packages Qt needs on this system; empty where they are unknown."""
    tool = package_tool()
    return PACKAGES[tool].split() if tool else []


def install_command(*packages: str) -> list[str]:
    """Return the system's command that installs *packages*; empty where there is none."""
    tool = package_tool()
    return [tool, *INSTALL_OPTIONS[tool], *packages] if tool and packages else []


def package_tool() -> str | None:
    """Return the name of the system's package tool."""
    return next((tool for tool in PACKAGES if shutil.which(tool)), None)


def may_install() -> bool:
    """Whether packages can be installed without asking for a password."""
    if sys.platform == "win32":
        return False
    if os.geteuid() == 0:
        return True
    sudo = shutil.which("sudo")
    check = [sudo or "sudo", "-n", "true"]
    return bool(sudo) and subprocess.run(check, capture_output=True, check=False).returncode == 0


def install(command: list[str]) -> bool:
    """Install system packages; a first failure is answered by fresh package lists."""
    if sys.platform == "win32":
        return False
    prefix = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if os.geteuid() != 0:
        prefix = ["sudo", "-n", *prefix]
    print(f"Installing system libraries: {' '.join(command)}", file=sys.stderr, flush=True)
    if subprocess.run([*prefix, *command], check=False).returncode == 0:
        return True
    tool = command[0]
    if tool == "pacman":
        command = [tool, "-Sy", *command[2:]]
    elif tool == "apt-get":
        subprocess.run([*prefix, tool, "update"], check=False)
    return subprocess.run([*prefix, *command], check=False).returncode == 0
