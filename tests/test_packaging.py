"""What a fresh computer installs: the locks, and the files that belong to the wheel."""

import configparser
import re
import tomllib
from pathlib import Path

import pytest

import ai_coder

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>\S+)", re.M)


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def lock_text(group):
    return (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")


def locked_versions(group):
    return {normalized(m["name"]): m["version"] for m in LOCKED.finditer(lock_text(group))}


def names_of(requirements):
    return {normalized(re.split(r"[<>=~!\[; ]", each, maxsplit=1)[0]) for each in requirements}


def test_everything_the_application_needs_is_locked():
    assert names_of(PROJECT["project"]["dependencies"]) <= set(locked_versions("app"))


def test_everything_the_tests_need_is_locked():
    assert names_of(PROJECT["dependency-groups"]["dev"]) <= set(locked_versions("dev"))


def test_both_locks_agree():
    app, dev = locked_versions("app"), locked_versions("dev")

    assert {name: app[name] for name in app.keys() & dev.keys()} == {
        name: dev[name] for name in app.keys() & dev.keys()
    }


@pytest.mark.parametrize("group", ["app", "dev"])
def test_lock_has_hashes_and_no_addresses(group):
    text = lock_text(group)

    assert "://" not in text
    assert "--index" not in text
    for entry in re.split(r"\n(?=[a-z])", text.strip()):
        assert "--hash=sha256:" in entry, entry


def test_version_is_the_same_everywhere():
    assert PROJECT["project"]["version"] == ai_coder.__version__


def test_files_of_the_wheel_exist():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    files = [*wheel["force-include"], *wheel["shared-data"]]

    assert [file for file in files if not (ROOT / file).exists()] == []


def test_desktop_entry_starts_the_command_with_the_icon():
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str
    entry.read(ROOT / "resources" / "ai-coder.desktop", encoding="utf-8")

    desktop = entry["Desktop Entry"]

    assert desktop["Exec"] in PROJECT["project"]["scripts"]
    assert (ROOT / "resources" / "icons" / f"{desktop['Icon']}.svg").exists()
