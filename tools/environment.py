"""The virtual environment in `.venv`: made, brought up to date, or made anew.

Standard library only, for `run.py`. It is made by `uv` where that is installed, else by venv and
pip, from the hashed files in `requirements`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tools.processes import run, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYOUT = 1
"""Raised when environments that were made before have to be made anew."""

UV_SYSTEM_CERTIFICATES = {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}
"""For networks that read along; the second name is the one of older versions."""


class SetupError(Exception):
    """The environment cannot be made; the text says what to do."""


class Environment:
    """The virtual environment of one checkout.

    A stamp file says what was installed. It says nothing while something is changed and is
    written after everything succeeded, so that an interrupted set-up is seen and done again.
    A folder without a stamp was made by somebody else and is kept.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.scripts = self.folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        self._former = root / ".venv.former"
        self._stamp = self.folder / "run-stamp.json"
        self._lock = root / ".venv.lock"

    def prepare(self, *groups: str) -> None:
        """Install the requirements of *groups* unless they are there.

        Raises `SetupError`; what was installed before is then as it was.
        """
        wanted = {group: self._fingerprint(group) for group in groups}
        wanted["base"] = self._base()
        if self._is_ready(wanted):
            return
        with locked(self._lock):
            if self._is_ready(wanted):  # another run.py has just done it
                return
            if self.stamp().get("base") == wanted["base"]:
                self._update(wanted)
            else:
                self._make(wanted)

    def forget(self) -> None:
        """Let the next `prepare` make the environment anew, for it is damaged."""
        self.write_stamp({})

    def stamp(self) -> dict[str, str]:
        """Return what is known to be installed; empty after a set-up that did not finish."""
        try:
            content = json.loads(self._stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) and self.python.exists() else {}

    def write_stamp(self, content: dict[str, str]) -> None:
        """Replace the stamp in one step."""
        temporary = self._stamp.with_suffix(".new")
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(self._stamp)

    def _base(self) -> str:
        """Return what an environment depends on before anything is installed in it."""
        base = (LAYOUT, *sys.version_info[:2], str(self.folder))
        return hashlib.sha256(repr(base).encode()).hexdigest()

    def _fingerprint(self, group: str) -> str:
        requirements = self.root / "requirements" / f"{group}.txt"
        return hashlib.sha256(requirements.read_bytes()).hexdigest()

    def _is_ready(self, wanted: dict[str, str]) -> bool:
        return wanted.items() <= self.stamp().items()

    def _update(self, wanted: dict[str, str]) -> None:
        """Install over what is there; a download that fails changes nothing."""
        installed = self.stamp()
        self.write_stamp({})
        try:
            self._install([group for group in wanted if installed.get(group) != wanted[group]])
        except SetupError:
            self.write_stamp(installed)
            raise
        self.write_stamp({**installed, **wanted})

    def _make(self, wanted: dict[str, str]) -> None:
        say("Setting up .venv, which happens once and may download about 200 MB …")
        self._put_aside()
        try:
            self.folder.mkdir()
            self.write_stamp({})
            self._create()
            self._install([group for group in wanted if group != "base"])
            self.write_stamp(wanted)
        except BaseException:
            remove(self.folder)
            if os.path.lexists(self._former):
                self._former.rename(self.folder)
            raise
        remove(self._former)

    def _put_aside(self) -> None:
        """Make room for a new environment; the old one comes back if that cannot be made."""
        if not os.path.lexists(self.folder):
            return
        try:
            if self.stamp():
                remove(self._former)
                self.folder.rename(self._former)
            elif self._stamp.exists():
                remove(self.folder)
            else:
                kept = unused(self.root / ".venv.before")
                self.folder.rename(kept)
                say(f"{self.folder.name} was not made by run.py; it is kept as {kept.name}.")
        except OSError as error:
            raise SetupError(
                f"{error.filename} cannot be replaced. Close the application and try again."
            ) from error

    def _create(self) -> None:
        if uv := find_uv():
            command = [uv, "venv", "--quiet", "--allow-existing", "--python", base_python()]
        else:
            from tools import system_libraries as libraries

            if advice := libraries.install_venv_module(base_python()):
                raise SetupError(advice)
            command = [base_python(), "-m", "venv"]
        if run([*command, str(self.folder)], self.root):
            raise SetupError(f"The environment could not be created in {self.folder}.")
        for site_packages in self.folder.glob("[Ll]ib/**/site-packages"):
            # A relative path is plain ASCII: Python reads these files in the locale's encoding.
            path = os.path.relpath(self.root, site_packages)
            (site_packages / "ai_coder_checkout.pth").write_text(f"{path}\n", encoding="ascii")
            break

    def _install(self, groups: list[str]) -> None:
        uv = find_uv()
        for group in groups:
            self._install_group(group, uv)

    def _install_group(self, group: str, uv: str | None) -> None:
        requirements = str(self.root / "requirements" / f"{group}.txt")
        if uv:
            command = [uv, "pip", "install", "--python", str(self.python)]
        else:
            command = [str(self.python), "-m", "pip", "install", "--quiet", "--no-user"]
            command += ["--disable-pip-version-check"]
        command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", requirements]
        if not run(command, self.root):
            return
        if uv:
            say("Trying once more, with the certificates of this system …")
            if not run(command, self.root, {**os.environ, **UV_SYSTEM_CERTIFICATES}):
                return
        raise SetupError(
            "The requirements could not be installed; the reason stands above. Check the "
            "internet connection and the proxy, then run the same command again."
        )


def remove(path: Path) -> None:
    """Delete a file, a folder with all that is in it, or a link, if it is there."""
    import shutil

    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def unused(path: Path) -> Path:
    """Return *path*, or one like it that is not in use."""
    import itertools

    names = (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))
    return next(each for each in (path, *itertools.islice(names, 99)) if not os.path.lexists(each))


def base_python() -> str:
    """Return the interpreter that outlives `.venv`, also where the one in it runs this file."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def find_uv() -> str | None:
    """Return the path of a `uv` that works."""
    import shutil

    uv = shutil.which("uv")
    return uv if uv and not run([uv, "--version"], quiet=True) else None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file; a second run.py waits here until the first is done."""
    with path.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    file.seek(0)
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # gives up after 10 s
                    break
                except OSError:
                    say("Waiting for another set-up of this checkout …")
        else:
            import fcntl

            # An installer that outlives a killed run.py keeps the lock until it is done.
            os.set_inheritable(file.fileno(), True)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Waiting for another set-up of this checkout …")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
