"""Settings: general, appearance, generation, clouds and privacy."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import (
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
)

from ai_coder.llm.network import ConnectionRecord
from ai_coder.settings.schema import SendKey, ThemeMode
from ai_coder.settings.secrets import SecretSource
from ai_coder.ui.widgets.switch import Switch
from tests.ui.settings.settings_window import click, retype, save
from tests.ui.states import OLLAMA_OFF


def test_general_and_appearance_choices_are_saved(window, qtbot):
    for name in ("Send with: Ctrl+Enter", "Theme: Dark"):
        button = next(
            b for b in window.view.findChildren(QToolButton) if b.accessibleName() == name
        )
        button.click()

    save(window, qtbot)

    assert window.saved().general.send_key is SendKey.CTRL_ENTER
    assert window.saved().appearance.theme is ThemeMode.DARK


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("temperatureEdit", "3", "The largest value is 2."),
        ("temperatureEdit", "warm", "Enter a number, or leave it empty."),
        ("max_tokensEdit", "0", "Enter more than 0."),
        ("seedEdit", "1.5", "Enter a whole number, or leave it empty."),
    ],
)
def test_parameters_out_of_their_limits_are_explained(window, qtbot, field, typed, words):
    window.view.show_tab("generation")

    retype(qtbot, window.find(QLineEdit, field), typed)

    assert window.find(QLabel, "unsavedLabel").text() == words
    assert not window.find(QPushButton, "saveSettingsButton").isEnabled()


def test_an_empty_parameter_is_the_servers_default(window, qtbot):
    window.view.show_tab("generation")
    retype(qtbot, window.find(QLineEdit, "temperatureEdit"), "0.2")
    save(window, qtbot)
    assert window.saved().generation.parameters.temperature == 0.2

    window.find(QLineEdit, "temperatureEdit").clear()
    save(window, qtbot)

    assert window.saved().generation.parameters.temperature is None


def test_help_texts_come_from_the_fields(window):
    texts = [label.text() for label in window.view.findChildren(QLabel)]

    assert "Show the last chat again after a restart." in texts


def test_cloud_keys_are_handed_on_and_their_place_is_named(window, qtbot):
    window.view.show_tab("cloud_providers")
    field = window.find(QLineEdit, "openaiKeyEdit")
    qtbot.keyClicks(field, "sk-test-key")

    with qtbot.waitSignal(window.view.token_entered) as wish:
        qtbot.keyClick(field, Qt.Key.Key_Return)

    assert wish.args == ["openai", "sk-test-key"]
    assert field.text() == ""
    window.view.set_token_source("openai", SecretSource.ENVIRONMENT, "OPENAI_API_KEY")
    assert field.placeholderText() == "From OPENAI_API_KEY"
    assert "switch it on" in window.find(QLabel, "openaiStatusLabel").text()
    window.view.set_token_source("openai", SecretSource.THIS_RUN)
    assert "this run only" in field.placeholderText()


def test_the_page_where_keys_are_made_can_be_opened(window, qtbot):
    window.view.show_tab("cloud_providers")
    link = window.find(QPushButton, "openaiKeyPageButton")

    with qtbot.waitSignal(window.view.page_requested) as wish:
        click(qtbot, link)

    assert wish.args == ["example.com/keys"]
    key = window.find(QLineEdit, "openaiKeyEdit")
    assert link.mapTo(window.view, QPoint()).y() > key.mapTo(window.view, QPoint()).y()
    assert not window.find(QPushButton, "anthropicKeyPageButton").isVisible()


def test_a_cloud_provider_is_switched_on_and_tested(window, qtbot):
    window.view.show_tab("cloud_providers")
    click(qtbot, window.find(Switch, "anthropicEnabledSwitch"))
    with qtbot.waitSignal(window.view.test_requested) as wish:
        click(qtbot, window.find(QPushButton, "anthropicTestButton"))
    assert wish.args[0] == "anthropic"

    window.view.set_test_result("anthropic", OLLAMA_OFF)
    save(window, qtbot)

    assert OLLAMA_OFF.sentence in window.find(QLabel, "anthropicStatusLabel").text()
    assert window.saved().provider_configurations["anthropic"].is_enabled

    click(qtbot, window.find(Switch, "anthropicEnabledSwitch"))
    save(window, qtbot)
    assert window.find(QLabel, "anthropicStatusLabel").text() == "Not used"


def test_retries_headers_and_priority_of_a_cloud_provider_are_saved(window, qtbot):
    window.view.show_tab("cloud_providers")
    click(qtbot, window.find(QToolButton, "openaiMoreButton"))
    window.find(QSpinBox, "openaiMoreRetriesSpin").setValue(5)
    window.find(QSpinBox, "openaiPrioritySpin").setValue(3)
    headers = window.find(QPlainTextEdit, "openaiHeadersEdit")
    headers.setPlainText("X-Team: caf\u00e9")
    assert "plain letters" in window.find(QLabel, "unsavedLabel").text()

    headers.setPlainText("X-Team: compilers")
    headers.window().hide()
    save(window, qtbot)

    saved = window.saved().provider_configurations["openai"]
    assert (saved.max_retries, saved.priority) == (5, 3)
    assert saved.headers == {"X-Team": "compilers"}
    assert not window.view.has_unsaved_changes


def test_connections_of_this_run_are_summed_by_host(window):
    window.view.show_tab("privacy")
    window.view.privacy.set_connections(
        [
            ConnectionRecord("127.0.0.1", 1234, "LM Studio: status", 1, 2, 1000, 20_000),
            ConnectionRecord("127.0.0.1", 1234, "discovery", 1, 1, 500, 0),
            ConnectionRecord("127.0.0.1", 1234, "LM Studio: answers", 1, 2, 500, 1_000_000),
            ConnectionRecord("api.openai.com", 443, "OpenAI", 1, 0, 0, 0, was_blocked=True),
        ]
    )

    first, second = window.view.privacy.connections()
    purposes = "LM Studio: status, answers · discovery"
    assert first == ("127.0.0.1:1234", purposes, "5", "↑ 2 kB  ↓ 1 MB")
    assert second[2] == "refused by the lock"
