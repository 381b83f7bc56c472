"""A settings file that was broken by hand, by its rights, or by another version."""

from __future__ import annotations

import json
import os

import pytest

from ai_coder.errors import SettingsError
from ai_coder.settings.problems import (
    BrokenSettingsError,
    SettingsInTheWayError,
    UnreadableSettingsError,
)
from ai_coder.settings.schema import ThemeMode
from ai_coder.settings.store import SettingsStore


@pytest.fixture
def store(paths):
    return SettingsStore(paths.settings_file, paths.shipped_settings_file, {})


def write(paths, text):
    paths.settings_file.parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_text(text, "utf-8")


def copies(paths):
    return [copy.read_text("utf-8") for copy in paths.user_config.glob("*.invalid-*.json")]


def zoomed(settings, zoom):
    appearance = settings.appearance.model_copy(update={"zoom": zoom})
    return settings.model_copy(update={"appearance": appearance})


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{ not json", "line 1, column 3"),
        (b'{\n  "general": {}\n  "appearance": {}\n}', "line 3, column 3: Expecting ',' delimiter"),
        (b'{"general": {}} // mine', "line 1, column 17"),
        (b"[]", "no settings by name"),
        (b"[" * 100_000, "no settings by name"),
        (b'{"caf\xe9": 1}', "not text"),
    ],
)
def test_a_broken_file_is_set_aside_and_its_place_is_told(paths, store, raw, words):
    paths.user_config.mkdir(parents=True)
    paths.settings_file.write_bytes(raw)

    loaded = store.load()

    (problem,) = loaded.problems
    assert isinstance(problem, BrokenSettingsError)
    assert words in problem.hint_text
    (backup,) = paths.user_config.iterdir()
    assert backup.name in str(problem)
    assert backup.read_bytes() == raw
    assert loaded.settings.provider_configurations["lm_studio"].timeout == 60


def test_a_file_with_a_byte_order_mark_is_read(paths, store):
    paths.user_config.mkdir(parents=True)
    paths.settings_file.write_text('{"appearance": {"zoom": 120}}', "utf-8-sig")

    loaded = store.load()

    assert loaded.settings.appearance.zoom == 120
    assert loaded.problems == ()


def test_a_file_that_may_not_be_read_is_moved_not_replaced(paths, store):
    paths.settings_file.mkdir(parents=True)  # a folder cannot be read as a file by anybody
    (paths.settings_file / "mine").touch()

    loaded = store.load()
    store.save(zoomed(loaded.saved, 120))

    (problem,) = loaded.problems
    assert isinstance(problem, UnreadableSettingsError)
    assert "readable for you" in problem.hint_text
    assert (paths.user_config / problem.details["backup"] / "mine").exists()
    assert store.load().settings.appearance.zoom == 120


@pytest.mark.skipif(os.name == "nt", reason="Windows takes no path as long as this")
def test_what_can_neither_be_read_nor_moved_is_left_as_it_is(paths, tmp_path):
    file = tmp_path / f"{'x' * 232}.json"  # what it would be called when set aside is too long
    file.mkdir()
    store = SettingsStore(file, paths.shipped_settings_file, {})

    loaded = store.load()

    assert [type(problem) for problem in loaded.problems] == [SettingsInTheWayError]
    assert loaded.settings.appearance.zoom == 100
    with pytest.raises(SettingsError, match="neither be read nor set aside"):
        store.save(zoomed(loaded.saved, 120))
    assert file.is_dir()


def test_two_files_broken_in_one_second_are_both_kept(paths, store):
    for text in ("{ one", "{ two"):
        write(paths, text)
        store.load()

    assert sorted(copies(paths)) == ["{ one", "{ two"]


def test_what_was_broken_meanwhile_is_set_aside_before_it_is_replaced(paths, store):
    loaded = store.load()
    write(paths, "{ being edited")

    store.save(zoomed(loaded.saved, 120))

    assert copies(paths) == ["{ being edited"]
    assert store.load().settings.appearance.zoom == 120


def test_a_file_that_is_read_but_for_some_values_stays_in_its_place(paths, store):
    text = '{"appearance": {"zoom": 500, "theme": "dark"}}'
    write(paths, text)

    for _start in range(3):
        (problem,) = store.load().problems

    assert "The rest of it is in force" in str(problem)
    assert "appearance.zoom" in problem.hint_text
    assert [file.name for file in paths.user_config.iterdir()] == [paths.settings_file.name]


def test_values_that_were_left_out_are_kept_beside_what_is_saved(paths, store):
    text = '{"appearance": {"zoom": 500, "theme": "dark"}}'
    write(paths, text)

    store.save(store.load().saved)
    write(paths, text)
    store.save(store.load().saved)

    assert copies(paths) == [text]
    assert store.load().problems == ()
    assert store.load().settings.appearance.theme is ThemeMode.DARK


@pytest.mark.parametrize("value", ["null", "[]", "7"])
def test_a_section_that_is_no_table_gives_the_shipped_one(paths, store, value):
    write(paths, f'{{"provider_configurations": {value}, "model_configurations": {value}}}')

    loaded = store.load()

    assert loaded.settings.provider_configurations == store.defaults().provider_configurations
    assert loaded.settings.model_configurations == store.defaults().model_configurations
    assert "provider_configurations" in loaded.problems[0].hint_text


def test_one_bad_value_costs_only_itself(paths, store):
    write(
        paths,
        json.dumps(
            {
                "schema_version": 2,
                "appearance": {"zoom": 900, "theme": "dark"},
                "provider_configurations": {
                    "lm_studio": {"timeout": -1, "max_retries": 4},
                    "mine": {"type": "openai_compatible", "colour": "red"},
                },
                "model_configurations": {"orphan": {"max_tokens": 10}},
            }
        ),
    )

    loaded = store.load()

    assert loaded.settings.appearance.theme is ThemeMode.DARK
    assert loaded.settings.appearance.zoom == 100
    assert loaded.settings.provider_configurations["lm_studio"].max_retries == 4
    assert loaded.settings.provider_configurations["mine"].type == "openai_compatible"
    assert "orphan" not in loaded.settings.model_configurations
    assert "local-model" in loaded.settings.model_configurations
    (problem,) = loaded.problems
    for name in ("appearance.zoom", "lm_studio.timeout", "mine.colour", "orphan.provider"):
        assert name in problem.hint_text
    assert paths.settings_file.exists()
    assert copies(paths) == []


def test_a_file_of_a_newer_version_is_kept_beside_what_is_saved(paths, store):
    write(paths, json.dumps({"schema_version": 99, "hologram": {}, "appearance": {"zoom": 120}}))

    loaded = store.load()

    assert loaded.settings.appearance.zoom == 120
    assert any("newer version" in str(problem) for problem in loaded.problems)
    store.save(loaded.saved)
    assert ["hologram" in copy for copy in copies(paths)] == [True]
