"""Make the environment in `.venv` when it is missing or out of date, then run something in it.

    python3 run.py [arguments]        the application, or a command such as doctor, ask, models
    python3 run.py test [arguments]   the whole test suite without a display, by pytest
    python3 run.py check              ruff, mypy and lint-imports

Standard library only. `tools/environment.py` makes the environment.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # which `python -I` and PYTHONSAFEPATH leave out

from tools.environment import Environment, SetupError, find_uv  # noqa: E402  # found by that line
from tools.processes import become, run, say  # noqa: E402  # found by that line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.system_libraries import Need

OLDEST, FIRST_UNSUPPORTED = (3, 11), (3, 14)

COMMANDS_WITHOUT_WINDOW = ("ask", "complete", "doctor", "models")
QUESTIONS_TO_US = ("--version", "--help", "-h")

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def main(arguments: Sequence[str], root: Path) -> int:
    """Do what the command line asks and return its exit code."""
    try:
        if not OLDEST <= sys.version_info[:2] < FIRST_UNSUPPORTED:
            return start_with_another_python(list(arguments))
        return dispatch(Environment(root), list(arguments))
    except SetupError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"{error.filename or root}: {error.strerror or error}.")
        say("Check the free space and that the folder of the checkout belongs to you.")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def start_with_another_python(arguments: list[str]) -> int:
    """Start this file with a Python that is supported; raises `SetupError` without one."""
    if another := another_python():
        return become([*another, str(HERE / "run.py"), *arguments])
    found = ".".join(map(str, sys.version_info[:3]))
    raise SetupError(
        f"AI Coder Assistant needs Python 3.11, 3.12 or 3.13; this is Python {found}. "
        "Install one of them, or uv, which brings one, and run the same command again."
    )


def another_python() -> list[str]:
    """Return the command of a Python that is supported, the newest first; empty without one."""
    import shutil

    older, too_new = ".".join(map(str, OLDEST)), ".".join(map(str, FIRST_UNSUPPORTED))
    check = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] < {FIRST_UNSUPPORTED})"
    for minor in range(FIRST_UNSUPPORTED[1] - 1, OLDEST[1] - 1, -1):
        for name, *options in ([f"python3.{minor}"], ["py", f"-3.{minor}"]):
            path = shutil.which(name)
            if path and not run([path, *options, "-c", check], quiet=True):
                return [path, *options]
    if uv := find_uv():
        return [uv, "run", "--no-project", "--python", f">={older},<{too_new}", "python"]
    return []


def dispatch(environment: Environment, arguments: list[str]) -> int:
    """Prepare what the command needs, then run it."""
    command = arguments[0] if arguments else ""
    if command == "test":
        environment.prepare("app", "dev")
        require_qt(environment, ("app", "dev"), needs_display=False)
        offer_engine(environment)
        return run_tests(environment, arguments[1:])
    if command == "check":
        environment.prepare("app", "dev")
        results = [
            run([str(environment.scripts / check[0]), *check[1:]], environment.root)
            for check in CHECKS
        ]
        return max(results)
    prepare_to_start(environment)
    if command not in QUESTIONS_TO_US:
        if command not in COMMANDS_WITHOUT_WINDOW:
            is_on_x = bool(os.environ.get("DISPLAY")) and not os.environ.get("WAYLAND_DISPLAY")
            require_qt(environment, ("app",), needs_display=is_on_x)
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


def prepare_to_start(environment: Environment) -> None:
    """Bring the environment up to date, or make do with what was installed before."""
    try:
        environment.prepare("app")
    except SetupError as error:
        if "app" not in environment.stamp():
            raise
        say(f"{error}\nStarting with what was installed before.")


def require_qt(environment: Environment, groups: Sequence[str], *, needs_display: bool) -> None:
    """Install the system libraries that Qt misses, or say how."""
    from tools.system_libraries import QT, is_package_missing

    problem = remaining_problem(environment, "qt", QT)
    if is_package_missing(problem):
        say("Files are missing from .venv.")
        environment.forget()
        environment.prepare(*groups)
        problem = remaining_problem(environment, "qt", QT)
    if is_package_missing(problem):
        raise SetupError(f"PyQt6 cannot be loaded from .venv: {problem.partition(': ')[2]}")
    if problem and (needs_display or not problem.startswith("display:")):
        raise SetupError(QT.help(problem))


def offer_engine(environment: Environment) -> None:
    """Install the system libraries that the engine misses, or say how; other servers do without."""
    from tools.system_libraries import ENGINE

    if problem := remaining_problem(environment, "engine", ENGINE):
        say(ENGINE.help(problem))


def remaining_problem(environment: Environment, key: str, need: Need) -> str:
    """Return what still keeps a part from starting; success is remembered in the stamp."""
    from tools.system_libraries import is_package_missing

    stamp = environment.stamp()
    if stamp.get(key):
        return ""
    problem = need.problem(environment.python)
    can_be_mended = problem and sys.platform == "linux" and not is_package_missing(problem)
    if can_be_mended and need.install():
        problem = need.problem(environment.python)
    if not problem:
        environment.write_stamp({**stamp, key: "works"})
    return problem


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], HERE))
