from __future__ import annotations

import json

import pytest

from ai_coder.errors import UnwritableFileError
from ai_coder.settings.schema import Settings, ThemeMode
from ai_coder.settings.store import SettingsStore


@pytest.fixture
def store(paths):
    return make_store(paths)


def make_store(paths, **environment):
    return SettingsStore(paths.settings_file, paths.shipped_settings_file, environment)


def write(paths, text):
    paths.settings_file.parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_text(text, "utf-8")


def test_the_shipped_file_has_the_shape_of_the_specification(paths):
    document = json.loads(paths.shipped_settings_file.read_text("utf-8"))

    assert document["model_configurations"]["local-model"]["provider"] == "lm_studio"
    assert document["provider_configurations"]["lm_studio"] == {
        "is_enabled": True,
        "priority": 5,
        "timeout": 60,
        "max_retries": 2,
        "base_url": "http://localhost:1234/v1",
    }
    assert Settings.model_validate(document).model_configurations["local-model"].max_tokens == 8192


def test_without_a_user_file_the_shipped_settings_are_in_force(store):
    loaded = store.load()

    assert loaded.problems == ()
    assert loaded.settings.provider_configurations["ollama"].is_enabled
    assert loaded.settings.appearance.theme is ThemeMode.SYSTEM


def test_what_was_saved_comes_back(paths, store):
    saved = store.load().saved
    changed = saved.model_copy(
        update={"appearance": saved.appearance.model_copy(update={"zoom": 150})}
    )

    store.save(changed)

    loaded = make_store(paths).load()
    assert loaded.settings.appearance.zoom == 150
    assert loaded.problems == ()
    assert [p.name for p in paths.user_config.iterdir()] == [paths.settings_file.name]
    assert (
        "name"
        not in json.loads(paths.settings_file.read_text("utf-8"))["model_configurations"][
            "local-model"
        ]
    )


def test_a_file_of_the_specification_alone_is_accepted(paths, store):
    write(
        paths,
        json.dumps(
            {
                "model_configurations": {
                    "my-model": {"provider": "claude", "supported_features": ["chat"]}
                },
                "provider_configurations": {"claude": {"timeout": 30}},
            }
        ),
    )

    settings = store.load().settings

    assert settings.model_configurations["my-model"].provider == "anthropic"
    assert settings.model_configurations["my-model"].capabilities == ("chat",)
    assert settings.provider_configurations["anthropic"].timeout == 30


def test_both_names_of_what_a_model_can_do_may_stand_in_one_file(paths, store):
    write(
        paths,
        json.dumps(
            {
                "schema_version": 2,
                "model_configurations": {
                    "local-model": {"capabilities": ["chat"]},
                    "other": {"provider": "ollama", "supported_features": ["completion"]},
                },
            }
        ),
    )

    loaded = store.load()

    models = loaded.settings.model_configurations
    assert models["local-model"].capabilities == ("chat",)
    assert models["other"].capabilities == ("completion",)
    assert loaded.problems == ()


def test_the_environment_wins_but_is_never_written(paths):
    store = make_store(paths, LM_STUDIO_BASE_URL="http://10.0.0.5:1234/v1", LM_STUDIO_TIMEOUT="90")

    loaded = store.load()
    store.save(loaded.saved)

    lm_studio = loaded.settings.provider_configurations["lm_studio"]
    assert (lm_studio.base_url, lm_studio.timeout) == ("http://10.0.0.5:1234/v1", 90)
    assert {o.variable for o in loaded.overrides} == {"LM_STUDIO_BASE_URL", "LM_STUDIO_TIMEOUT"}
    assert "10.0.0.5" not in paths.settings_file.read_text("utf-8")


def test_ollama_base_url_wins_over_ollama_host(paths):
    store = make_store(paths, OLLAMA_HOST="0.0.0.0:9999", OLLAMA_BASE_URL="http://gpu:11434")
    only_host = make_store(paths, OLLAMA_HOST="0.0.0.0:9999")

    assert store.load().settings.provider_configurations["ollama"].base_url == "http://gpu:11434"
    assert (
        only_host.load().settings.provider_configurations["ollama"].base_url
        == "http://127.0.0.1:9999"
    )


@pytest.mark.parametrize("variable", ["LM_STUDIO_BASE_URL", "OLLAMA_HOST", "OPENAI_BASE_URL"])
@pytest.mark.parametrize("value", ["foo bar", "ftp://here", "http://"])
def test_a_wrong_address_in_the_environment_is_reported_and_ignored(paths, variable, value):
    loaded = make_store(paths, **{variable: value}).load()

    (problem,) = loaded.problems
    assert f"{variable} is set to “{value}”" in str(problem)
    assert "Correct or remove the variable" in problem.hint_text
    assert loaded.settings == loaded.saved
    assert loaded.overrides == ()


def test_a_password_in_an_address_is_not_repeated(paths):
    (problem,) = make_store(paths, LM_STUDIO_BASE_URL="http://me:secret@host/v1").load().problems

    assert "user name or password" in str(problem)
    assert "secret" not in str(problem)


@pytest.mark.parametrize("value", ["soon", "-4"])
def test_nonsense_in_the_environment_is_reported_and_ignored(paths, value):
    loaded = make_store(paths, LM_STUDIO_TIMEOUT=value).load()

    assert "LM_STUDIO_TIMEOUT" in str(loaded.problems[0])
    assert loaded.settings.provider_configurations["lm_studio"].timeout == 60
    assert loaded.overrides == ()


def test_a_folder_that_cannot_be_written_is_explained(paths, store):
    paths.user_config.parent.mkdir(parents=True)
    paths.user_config.write_text("a file where a folder should be")

    with pytest.raises(UnwritableFileError, match="cannot be written"):
        store.save(store.defaults())


def test_saving_leaves_no_partial_file(paths, store):
    store.save(store.defaults())

    assert [p.name for p in paths.user_config.iterdir()] == [paths.settings_file.name]
