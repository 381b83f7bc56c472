"""Where files are: what ships with the application, and the user's own folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_APP = "ai-coder-assistant"


class Paths(NamedTuple):
    """Every folder the application reads or writes.

    `config`, `resources` are read only and ship with the application; the others belong to
    the user. `AI_CODER_HOME` puts everything that is written under one folder.
    """

    shipped_config: Path
    resources: Path
    user_config: Path
    user_data: Path
    logs: Path

    @property
    def settings_file(self) -> Path:
        """The user's copy of the settings; it has the name of the shipped file."""
        return self.user_config / "llm_studio_config.json"

    @property
    def shipped_settings_file(self) -> Path:
        """The settings the application ships with."""
        return self.shipped_config / "llm_studio_config.json"

    @property
    def database_file(self) -> Path:
        """The chats."""
        return self.user_data / "chats.sqlite3"

    @property
    def models(self) -> Path:
        """Where the user puts GGUF files for the built-in engine."""
        return self.user_data / "models"

    @property
    def log_file(self) -> Path:
        """The log of the application."""
        return self.logs / "ai-coder.log"


def find_paths(environment: dict[str, str] | None = None) -> Paths:
    """Return the folders for this installation and user; creates nothing."""
    environment = dict(os.environ) if environment is None else environment
    bundle = _bundle()
    home = environment.get("AI_CODER_HOME")
    if home:
        root = Path(home).expanduser().absolute()
        config, data, logs = root / "config", root / "data", root / "logs"
    elif sys.platform == "linux":
        config, data, logs = _xdg_folders(environment)
    else:
        config, data, logs = _usual_folders()
    return Paths(bundle / "config", bundle / "resources", config, data, logs)


def _usual_folders() -> tuple[Path, Path, Path]:
    """Return where this operating system keeps configuration, data and logs."""
    import platformdirs

    config = platformdirs.user_config_dir(_APP, appauthor=False)
    data = platformdirs.user_data_dir(_APP, appauthor=False)
    return Path(config), Path(data), Path(platformdirs.user_log_dir(_APP, appauthor=False))


def _xdg_folders(environment: Mapping[str, str]) -> tuple[Path, Path, Path]:
    """Return the same for Linux: importing `platformdirs` takes a tenth of the first frame."""

    def folder(variable: str, usual: str) -> Path:
        chosen = Path(environment.get(variable, "").strip())
        return (chosen if chosen.is_absolute() else Path.home() / usual) / _APP

    logs = folder("XDG_STATE_HOME", ".local/state") / "log"
    return folder("XDG_CONFIG_HOME", ".config"), folder("XDG_DATA_HOME", ".local/share"), logs


def _bundle() -> Path:
    """Return the folder that holds `config` and `resources`: in a wheel, or in the checkout."""
    package = Path(__file__).resolve().parent
    bundled = package / "_bundled"
    return bundled if bundled.is_dir() else package.parent
