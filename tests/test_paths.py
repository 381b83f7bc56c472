"""Where files are, on every system and for every choice of the user."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs
import pytest

from ai_coder.paths import find_paths

APP = "ai-coder-assistant"


def expected():
    return (
        Path(platformdirs.user_config_dir(APP, appauthor=False)),
        Path(platformdirs.user_data_dir(APP, appauthor=False)),
        Path(platformdirs.user_log_dir(APP, appauthor=False)),
    )


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"XDG_CONFIG_HOME": "/a", "XDG_DATA_HOME": "/b", "XDG_STATE_HOME": "/c"},
        {"XDG_CONFIG_HOME": "relative", "XDG_DATA_HOME": " ", "XDG_STATE_HOME": ""},
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are Linux's")
def test_folders_are_those_of_the_desktop(monkeypatch, tmp_path, chosen):
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)

    paths = find_paths(chosen)

    assert (paths.user_config, paths.user_data, paths.logs) == expected()


def test_one_variable_puts_everything_under_one_folder(tmp_path):
    paths = find_paths({"AI_CODER_HOME": str(tmp_path), "XDG_DATA_HOME": "/elsewhere"})

    written = (paths.settings_file, paths.database_file, paths.models, paths.log_file)
    assert all(tmp_path in path.parents for path in written)
    assert paths.resources.is_dir()
    assert paths.shipped_settings_file.is_file()
