"""Two instances of the application, or an editor, at the same settings file."""

from __future__ import annotations

import json

import pytest

from ai_coder.errors import SettingsError
from ai_coder.settings.store import SettingsStore


@pytest.fixture
def open_store(paths):
    """Return a function that opens the settings as one more instance would."""

    def opened():
        store = SettingsStore(paths.settings_file, paths.shipped_settings_file, {})
        return store, store.load().saved

    return opened


def with_address(settings, address, provider_id="lm_studio"):
    providers = dict(settings.provider_configurations)
    changed = providers[provider_id].model_copy(update={"base_url": address})
    return settings.model_copy(
        update={"provider_configurations": {**providers, provider_id: changed}}
    )


def locked(settings):
    privacy = settings.privacy.model_copy(update={"local_only": True})
    return settings.model_copy(update={"privacy": privacy})


def test_each_instance_writes_only_what_was_changed_in_it(open_store):
    first, of_first = open_store()
    second, of_second = open_store()

    first.save(with_address(of_first, "http://10.0.0.5:1234/v1"))
    after = second.save(locked(of_second)).saved

    assert after.provider_configurations["lm_studio"].base_url == "http://10.0.0.5:1234/v1"
    assert after.privacy.local_only
    assert open_store()[1] == after


def test_two_values_of_one_server_are_set_by_two_instances(open_store):
    first, of_first = open_store()
    second, of_second = open_store()
    providers = dict(of_second.provider_configurations)
    providers["lm_studio"] = providers["lm_studio"].model_copy(update={"timeout": 9})

    first.save(with_address(of_first, "http://10.0.0.5:1234/v1"))
    second.save(of_second.model_copy(update={"provider_configurations": providers}))

    lm_studio = open_store()[1].provider_configurations["lm_studio"]
    assert (lm_studio.base_url, lm_studio.timeout) == ("http://10.0.0.5:1234/v1", 9)


def test_what_one_instance_takes_away_stays_away(open_store):
    first, of_first = open_store()
    bound = of_first.shortcuts.model_copy(update={"bindings": {"new_chat": "Ctrl+Alt+F5"}})
    of_first = first.save(of_first.model_copy(update={"shortcuts": bound})).saved
    second, of_second = open_store()

    unbound = of_first.shortcuts.model_copy(update={"bindings": {}})
    first.save(of_first.model_copy(update={"shortcuts": unbound}))
    second.save(locked(of_second))

    assert open_store()[1].shortcuts.bindings == {}


def test_the_change_of_another_instance_is_noticed_once(open_store):
    first, of_first = open_store()
    second, _ = open_store()
    first.save(locked(of_first))

    loaded = second.reload()

    assert loaded is not None
    assert loaded.settings.privacy.local_only
    assert second.reload() is None
    assert first.reload() is None


def test_a_file_broken_meanwhile_is_reported_and_left_alone(open_store, paths):
    store, saved = open_store()
    store.save(locked(saved))
    paths.settings_file.write_text("{ being edited", "utf-8")

    with pytest.raises(SettingsError, match="changed and cannot be used: line 1"):
        store.reload()

    assert store.reload() is None
    assert paths.settings_file.read_text("utf-8") == "{ being edited"


def test_a_file_taken_away_meanwhile_changes_nothing(open_store, paths):
    store, saved = open_store()
    of_store = store.save(with_address(saved, "http://10.0.0.5:1234/v1")).saved
    paths.settings_file.unlink()

    assert store.reload() is None
    store.save(locked(of_store))

    document = json.loads(paths.settings_file.read_text("utf-8"))
    assert document["provider_configurations"]["lm_studio"]["base_url"] == "http://10.0.0.5:1234/v1"
    assert document["privacy"]["local_only"] is True
