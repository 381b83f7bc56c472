"""Make the environment in `.venv` when it is missing or out of date, then run something in it.

    python3 run.py [arguments]        the application, or a command such as doctor, ask, models
    python3 run.py test [arguments]   the whole test suite without a display, by pytest
    python3 run.py check              ruff, mypy and lint-imports

Standard library only. The environment is made by `uv` where that is installed, else by venv and
pip, from the hashed files in `requirements`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.system_libraries import Need

OLDEST, FIRST_UNSUPPORTED = (3, 11), (3, 14)

COMMANDS_WITHOUT_WINDOW = ("ask", "complete", "doctor", "models")
QUESTIONS_TO_US = ("--version", "--help", "-h")

UV_SYSTEM_CERTIFICATES = {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}
"""For networks that read along; the second name is the one of older versions."""

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


class SetupError(Exception):
    """The environment cannot be made; the text says what to do."""


class Environment:
    """The virtual environment of one checkout.

    A stamp file says what was installed. It is removed before anything is changed and written
    after everything succeeded, so that an interrupted set-up is seen and done again.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.scripts = self.folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        self._stamp = self.folder / "run-stamp.json"
        self._lock = self.folder / "run.lock"

    def prepare(self, *groups: str) -> None:
        """Install the requirements of *groups* unless they are there."""
        wanted = {group: self._fingerprint(group) for group in groups}
        if self._is_ready(wanted):
            return
        self.folder.mkdir(exist_ok=True)
        with locked(self._lock):
            if self._is_ready(wanted):  # another run.py has just done it
                return
            self._set_up(wanted)

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

    def _fingerprint(self, group: str) -> str:
        digest = hashlib.sha256(repr((sys.version_info[:2], str(self.folder))).encode())
        for path in (Path(__file__), self.root / "requirements" / f"{group}.txt"):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _is_ready(self, wanted: dict[str, str]) -> bool:
        return wanted.items() <= self.stamp().items()

    def _set_up(self, wanted: dict[str, str]) -> None:
        installed = self.stamp()
        self._stamp.unlink(missing_ok=True)
        uv = find_uv()
        if installed.get("app") != wanted["app"]:
            say("Setting up .venv, which happens once and may download about 200 MB …")
            installed = {}
            self._create(uv)
        for group, fingerprint in wanted.items():
            if installed.get(group) != fingerprint:
                self._install(group, uv)
        self.write_stamp({**installed, **wanted})

    def _create(self, uv: str | None) -> None:
        self._clear()
        if uv:
            command = [uv, "venv", "--quiet", "--allow-existing", "--python", base_python()]
        else:
            from tools import system_libraries as libraries

            if advice := libraries.install_venv_module(base_python()):
                raise SetupError(advice)
            command = [base_python(), "-m", "venv"]
        if run([*command, str(self.folder)], self.root):
            raise SetupError(f"The environment could not be created in {self.folder}.")
        for site_packages in self.folder.glob("[Ll]ib/**/site-packages"):
            (site_packages / "ai_coder_checkout.pth").write_text(f"{self.root}\n", "utf-8")
            break

    def _clear(self) -> None:
        import shutil

        try:
            for path in self.folder.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path != self._lock:
                    path.unlink()
        except OSError as error:
            raise SetupError(
                f"{error.filename} cannot be replaced. Close the application and try again."
            ) from error

    def _install(self, group: str, uv: str | None) -> None:
        requirements = str(self.root / "requirements" / f"{group}.txt")
        if uv:
            command = [uv, "pip", "install", "--python", str(self.python)]
        else:
            command = [str(self.python), "-m", "pip", "install", "--quiet"]
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


def main(arguments: Sequence[str], root: Path) -> int:
    """Do what the command line asks and return its exit code."""
    if not OLDEST <= sys.version_info[:2] < FIRST_UNSUPPORTED:
        found = ".".join(map(str, sys.version_info[:3]))
        say(
            f"AI Coder Assistant needs Python 3.11, 3.12 or 3.13; this is Python {found}. "
            "Install one of them and start run.py with it, for example: python3.13 run.py"
        )
        return 1
    try:
        return dispatch(Environment(root), list(arguments))
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def dispatch(environment: Environment, arguments: list[str]) -> int:
    """Prepare what the command needs, then run it."""
    command = arguments[0] if arguments else ""
    if command == "test":
        environment.prepare("app", "dev")
        require_qt(environment, needs_display=False)
        offer_engine(environment)
        return run_tests(environment, arguments[1:])
    if command == "check":
        environment.prepare("app", "dev")
        results = [
            run([str(environment.scripts / check[0]), *check[1:]], environment.root)
            for check in CHECKS
        ]
        return max(results)
    environment.prepare("app")
    if command not in QUESTIONS_TO_US:
        if command not in COMMANDS_WITHOUT_WINDOW:
            require_qt(environment, needs_display=not os.environ.get("WAYLAND_DISPLAY"))
        offer_engine(environment)
    return become([str(environment.python), "-P", "-m", "ai_coder", *arguments])


def run_tests(environment: Environment, arguments: list[str]) -> int:
    """Run pytest on an X server of its own, or on Qt's offscreen platform."""
    command = [str(environment.python), "-m", "pytest", *arguments]
    with headless_display() as variables:
        return run(command, environment.root, {**os.environ, **variables})


@contextmanager
def headless_display() -> Iterator[dict[str, str]]:
    """Yield the environment variables that keep windows off the user's screen."""
    import shutil
    import subprocess

    platform = os.environ.get("QT_QPA_PLATFORM")
    xvfb = None if platform or os.environ.get("DISPLAY") else shutil.which("Xvfb")
    if xvfb is None:
        say(f"Testing on Qt's {platform or 'offscreen'} platform.")
        yield {"QT_QPA_PLATFORM": platform or "offscreen"}
        return
    command = [xvfb, "-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            number = server.stdout.readline().strip() if server.stdout else ""
            if number:
                say(f"Testing on Xvfb, display :{number}.")
                yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
            else:
                say("Xvfb does not start; testing on Qt's offscreen platform.")
                yield {"QT_QPA_PLATFORM": "offscreen"}
        finally:
            server.terminate()


def require_qt(environment: Environment, *, needs_display: bool) -> None:
    """Install the system libraries that Qt misses, or say how."""
    from tools.system_libraries import QT

    problem = remaining_problem(environment, "qt", QT)
    if problem and (needs_display or not problem.startswith("display:")):
        raise SetupError(QT.help(problem))


def offer_engine(environment: Environment) -> None:
    """Install the system libraries that the engine misses, or say how; other servers do without."""
    from tools.system_libraries import ENGINE

    if problem := remaining_problem(environment, "engine", ENGINE):
        say(ENGINE.help(problem))


def remaining_problem(environment: Environment, key: str, need: Need) -> str:
    """Return what still keeps a part from starting; success is remembered in the stamp."""
    stamp = environment.stamp()
    if stamp.get(key):
        return ""
    problem = need.problem(environment.python)
    if problem and sys.platform == "linux" and need.install():
        problem = need.problem(environment.python)
    if not problem:
        environment.write_stamp({**stamp, key: "works"})
    return problem


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent))
