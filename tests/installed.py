"""Packages installed by a real installer into an environment of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FAILING = """
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider

class Broken(OpenAICompatibleProvider):
    type = "broken"
    display_name = "Broken"

    async def probe(self):
        raise RuntimeError("out of order")
"""
EXITING = """
import sys
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider

class Broken(OpenAICompatibleProvider):
    type = "broken"
    display_name = "Broken"

    async def probe(self):
        sys.exit(3)

    async def stream_chat(self, request):
        sys.exit(3)
        yield
"""
EXAMPLE = ROOT / "docs" / "example_provider"


@dataclass(frozen=True)
class Environment:
    """A virtual environment that also sees what the tests have installed."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        is_windows = sys.platform == "win32"
        return self.folder / ("Scripts/python.exe" if is_windows else "bin/python")

    @property
    def packages(self) -> Path:
        """Where its own packages are."""
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder)}))

    def install(self, package: Path) -> None:
        """Build *package* and install it, by pip or, where there is none, by uv."""
        has_pip = not subprocess.run(
            [sys.executable, "-m", "pip", "--version"], capture_output=True, check=False
        ).returncode
        if has_pip:
            installer = [sys.executable, "-m", "pip", "--python", str(self.python), "install"]
            installer += ["--disable-pip-version-check"]
        else:
            installer = [shutil.which("uv"), "pip", "install", "--python", str(self.python)]
        offline = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
        self._run([*installer, *offline, str(package)])

    def run(self, code: str):
        """Run *code* in a new process and return what it printed as JSON."""
        return json.loads(self._run([str(self.python), "-W", "error", "-c", code]))

    def _run(self, command) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=300, check=False, env=_without_path()
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def make_environment(folder: Path) -> Environment:
    """Return a new environment; the application and what it needs can be imported there."""
    venv.create(folder, symlinks=sys.platform != "win32")
    environment = Environment(folder)
    seen = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    (environment.packages / "application.pth").write_text("\n".join(seen), "utf-8")
    return environment


def copy_of_example(folder: Path) -> Path:
    """Return a copy of the example, so that building leaves nothing beside the original."""
    return Path(shutil.copytree(EXAMPLE, folder / "example_provider"))


def write_package(folder: Path, source: str) -> Path:
    """Write a package whose entry point is `broken`, and return its folder."""
    package = folder / "broken-provider"
    (package / "broken_provider").mkdir(parents=True)
    (package / "broken_provider" / "__init__.py").write_text(source, "utf-8")
    (package / "pyproject.toml").write_text(_BROKEN, "utf-8")
    return package


_BROKEN = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "broken-provider"
version = "0.1.0"

[project.entry-points."ai_coder.providers"]
broken = "broken_provider:Broken"
"""


def _without_path() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
