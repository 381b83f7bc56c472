"""The system libraries that Qt and the engine need: which are missing, and how to install them.

Used by `run.py` while the environment is made, so it needs nothing but the standard library.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

INSTALL_OPTIONS = {
    "apt-get": ("install", "-y", "--no-install-recommends"),
    "dnf": ("install", "-y"),
    "pacman": ("-S", "--needed", "--noconfirm"),
}


@dataclass(frozen=True)
class Need:
    """Libraries of the system without which a part of the application does not start."""

    name: str
    check: str
    """Python that loads all of them and ends with the reason if it cannot."""

    packages: dict[str, str]
    """The names of the packages, by the tool that installs them."""

    def problem(self, python: Path) -> str:
        """Return what keeps this part from starting, or an empty text."""
        result = subprocess.run(
            [str(python), "-c", self.check], capture_output=True, text=True, check=False
        )
        return result.stderr.strip().rpartition("\n")[2] if result.returncode else ""

    def install(self) -> bool:
        """Install what is needed when no password is asked for; return whether that was done."""
        command = self.command()
        return bool(command) and may_install() and install(command)

    def command(self) -> list[str]:
        """Return the command of this system that installs the packages; empty if unknown."""
        tool = package_tool()
        return install_command(*self.packages[tool].split()) if tool else []

    def help(self, problem: str) -> str:
        """Say what is missing and the command that mends it."""
        reason = problem.partition(": ")[2] or problem
        command = self.command()
        if not command:
            return f"{self.name} cannot start on this system: {reason}"
        return (
            f"{self.name} misses a system library ({reason}). Install what it needs, then run "
            f"the same command again:\n\n  sudo {' '.join(command)}\n"
        )


QT = Need(
    "Qt",
    """
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
""",
    {
        "apt-get": (
            "libegl1 libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libxkbcommon0 "
            "libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 "
            "libxcb-randr0 libxcb-render-util0 libxcb-render0 libxcb-shape0 libxcb-shm0 "
            "libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libx11-xcb1 fonts-dejavu-core"
        ),
        "dnf": (
            "libglvnd-egl libglvnd-glx libglvnd-opengl glib2 fontconfig dbus-libs libxkbcommon "
            "libxkbcommon-x11 libxcb libX11-xcb xcb-util-cursor xcb-util-image xcb-util-keysyms "
            "xcb-util-renderutil xcb-util-wm dejavu-sans-fonts"
        ),
        "pacman": (
            "libglvnd glib2 fontconfig dbus libxkbcommon libxkbcommon-x11 libxcb libx11 "
            "xcb-util-cursor xcb-util-image xcb-util-keysyms xcb-util-renderutil xcb-util-wm "
            "ttf-dejavu"
        ),
    },
)
"""The window. The problem begins with `import:` when not even Qt's offscreen platform works, and
with `display:` when only windows on a screen do not."""

ENGINE = Need(
    "The built-in engine",
    """
import sys
try:
    import xllamacpp
except ImportError as error:
    sys.exit(f"engine: {error}")
""",
    {"apt-get": "libgomp1", "dnf": "libgomp", "pacman": "gcc-libs"},
)
"""llama.cpp. Without it models of other servers can be used all the same."""


def is_package_missing(problem: str) -> bool:
    """Tell whether a package of Python is not, or only partly, there: no system library helps."""
    return "No module named" in problem or "cannot import name" in problem


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


def install_command(*packages: str) -> list[str]:
    """Return the system's command that installs *packages*; empty where there is none."""
    tool = package_tool()
    return [tool, *INSTALL_OPTIONS[tool], *packages] if tool and packages else []


def package_tool() -> str | None:
    """Return the name of the system's package tool."""
    return next((tool for tool in INSTALL_OPTIONS if shutil.which(tool)), None)


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
