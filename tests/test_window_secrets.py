"""Keys of services in the whole window: entered, tested, refused, and forgotten."""

from __future__ import annotations

import pytest
from keyring.errors import KeyringLocked
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLineEdit, QPushButton, QToolButton

from ai_coder.settings.secrets import SecretSource
from tests.conftest import until
from tests.fake_cloud import KEY
from tests.server_fixtures import CLAUDE, GPT, QWEN
from tests.window import answered, find, opened, ready, refs

LEFT = Qt.MouseButton.LeftButton


async def with_settings(app):
    await until(lambda: "settings" in app.window._views, timeout=30)
    app.window.show_view("settings")
    app.settings._view.show_tab("cloud_providers")


async def test_a_shortened_key_of_the_environment_is_not_used_and_everything_else_works(
    paths, theme, qtbot, world, lm_studio, gpt
):
    environment = world(
        lm_studio=lm_studio, openai=gpt, environment={"OPENAI_API_KEY": "sk-proj-ab…wxyz"}
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN)
        await until(lambda: app.core.catalogue.state("openai").short == "key needed")
        await with_settings(app)

        field = find(app, QLineEdit, "openaiKeyEdit")
        await until(lambda: "OPENAI_API_KEY is not used" in field.placeholderText())
        assert (await answered(app, qtbot, QWEN, "Hi")).failure is None
        assert GPT not in refs(app)
        assert gpt.requests == []


async def test_a_test_asks_with_the_key_that_was_just_typed(paths, theme, qtbot, world, claude):
    world(anthropic=claude)
    async with opened(paths, theme, qtbot) as app:
        await with_settings(app)
        field = find(app, QLineEdit, "anthropicKeyEdit")
        test = find(app, QPushButton, "anthropicTestButton")

        field.setText("sk-ab…yz")
        qtbot.mouseClick(test, LEFT)
        assert test.isEnabled()
        assert field.text() == "sk-ab…yz"

        field.setText(KEY)
        qtbot.mouseClick(test, LEFT)
        await until(lambda: test.text() == "Test" and claude.requests != [])

        assert {request.headers["x-api-key"] for request in claude.requests} == {KEY}
        assert field.text() == ""
        await ready(app, CLAUDE)


async def test_a_test_of_a_local_server_asks_with_the_token_that_was_just_typed(
    paths, theme, qtbot, world, lm_studio
):
    lm_studio.token = "sk-lm-abcdefgh:abcdefghij0123456789"
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await with_settings(app)
        app.settings._view.show_tab("local_models")
        field = find(app, QLineEdit, "lmStudioTokenEdit")
        test = find(app, QPushButton, "lmStudioTestButton")

        field.setText("sk-ab…yz")
        qtbot.mouseClick(test, LEFT)
        assert field.isVisible()
        assert test.text() == "Test"

        field.setText(lm_studio.token)
        field.window().hide()
        qtbot.mouseClick(test, LEFT)

        await ready(app, QWEN)
        assert app.core.secrets.get("lm_studio") == lm_studio.token


async def test_a_key_that_the_keyring_keeps_is_not_shown_as_forgotten(
    paths, theme, qtbot, world, claude, safe, monkeypatch
):
    def locked(*_arguments):
        raise KeyringLocked

    world(anthropic=claude)
    async with opened(paths, theme, qtbot) as app:
        await with_settings(app)
        field = find(app, QLineEdit, "anthropicKeyEdit")
        field.setText(KEY)
        field.returnPressed.emit()
        await until(lambda: app.core.secrets.source("anthropic") is SecretSource.KEYRING)
        await until(lambda: field.placeholderText() == "Saved in the system keyring")
        monkeypatch.setattr(safe, "delete_password", locked)

        entry = field.parentWidget()
        forget = next(b for b in entry.findChildren(QToolButton) if "Forget" in b.toolTip())
        qtbot.mouseClick(forget, LEFT)

        await until(lambda: "still in the system keyring" in app.window.notice.text())
        assert field.placeholderText() == "Saved in the system keyring"
        assert KEY in safe.passwords.values()


@pytest.mark.parametrize("key", ["sk-\u00fcmlaut", "sk-\u201d"])
async def test_a_token_with_a_foreign_sign_is_refused_where_it_is_typed(
    paths, theme, qtbot, world, lm_studio, key
):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await with_settings(app)
        app.settings._view.show_tab("local_models")
        field = find(app, QLineEdit, "lmStudioTokenEdit")
        qtbot.mouseClick(find(app, QPushButton, "lmStudioTokenButton"), LEFT)
        field.setText(key)
        qtbot.keyClick(field, Qt.Key.Key_Return)

        assert field.isVisible()
        assert field.text() == key
        assert app.core.secrets.source("lm_studio") is SecretSource.NONE
