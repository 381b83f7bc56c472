"""Settings → Local Models: servers, their addresses, tokens and states."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QToolButton,
)

from ai_coder.errors import Remedy
from ai_coder.settings.secrets import SecretSource
from ai_coder.ui.widgets.card import InfoCard
from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.switch import Switch
from tests.ui.settings.settings_window import click, make, retype, save
from tests.ui.states import LM_STUDIO_READY, OLLAMA_OFF, STATES, TOKEN_NEEDED, WRONG_PATH


@pytest.mark.parametrize("name", ["lmStudio", "ollama", "llamaCpp"])
def test_each_local_server_has_its_row(window, name):
    assert window.find(QLineEdit, f"{name}UrlEdit").accessibleName()
    assert window.find(QAbstractSpinBox, f"{name}TimeoutSpin").accessibleName()
    assert window.find(QPushButton, f"{name}TestButton").accessibleName()
    assert window.find(QLabel, f"{name}StatusLabel").text() == "Not asked yet"


def test_an_address_is_edited_and_saved(window, qtbot):
    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), "http://192.168.1.5:1234/v1")
    assert window.view.has_unsaved_changes
    assert window.find(QLabel, "unsavedLabel").text() == "Unsaved changes"
    bar = window.find(QTabWidget, "settingsTabs").tabBar()
    assert bar.accessibleTabName(1) == "Local Models, unsaved changes"

    save(window, qtbot)

    saved = window.saved().provider_configurations["lm_studio"]
    assert saved.base_url == "http://192.168.1.5:1234/v1"
    assert not window.view.has_unsaved_changes
    assert bar.accessibleTabName(1) == ""
    assert bar.tabText(1) == "Local Models"


def test_timeout_retries_and_switch_are_saved(window, qtbot):
    timeout = window.find(QAbstractSpinBox, "ollamaTimeoutSpin")
    retype(qtbot, timeout, "90.5")
    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "4")
    click(qtbot, window.find(Switch, "ollamaEnabledSwitch"))

    save(window, qtbot)

    saved = window.saved().provider_configurations["ollama"]
    assert (saved.timeout, saved.max_retries, saved.is_enabled) == (90.5, 4, False)
    assert window.find(QLabel, "ollamaStatusLabel").text() == "Not used"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("http://127.0.0.1:99999", "not a number from 1 to 65535"),
        ("ftp://127.0.0.1", "starts with http:// or https://"),
        ("http://user:pass@host", "use the token field"),
        ("two words", "space"),
    ],
)
def test_a_wrong_address_is_explained_and_cannot_be_saved(window, qtbot, typed, words):
    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), typed)

    assert words in window.find(QLabel, "unsavedLabel").text()
    assert not window.find(QPushButton, "saveSettingsButton").isEnabled()
    assert not window.find(QPushButton, "lmStudioTestButton").isEnabled()
    assert window.find(QLineEdit, "lmStudioUrlEdit").text() == typed


def test_a_value_of_the_environment_is_read_only_and_never_saved(theme, paths, qtbot):
    window = make(theme, paths, qtbot, {"LM_STUDIO_BASE_URL": "http://10.0.0.7:1234"})
    field = window.find(QLineEdit, "lmStudioUrlEdit")

    assert field.text() == "http://10.0.0.7:1234"
    assert field.isReadOnly()
    notes = [label.text() for label in window.view.findChildren(QLabel)]
    assert "LM Studio URL comes from LM_STUDIO_BASE_URL" in notes
    retype(qtbot, window.find(QAbstractSpinBox, "lmStudioRetriesSpin"), "5")
    save(window, qtbot)
    saved = window.saved().provider_configurations["lm_studio"]
    assert saved.max_retries == 5
    assert saved.base_url == window.store.defaults().provider_configurations["lm_studio"].base_url


def test_a_number_of_the_environment_looks_as_read_only_as_it_is(look, theme, paths, qtbot):
    def ground(window, name):
        field = window.find(QAbstractSpinBox, name)
        picture = field.grab().toImage()
        return picture.pixelColor(picture.width() - 8, picture.height() // 2).name()

    window = make(theme, paths, qtbot, {"LM_STUDIO_TIMEOUT": "90"})

    assert window.find(QAbstractSpinBox, "lmStudioTimeoutSpin").isReadOnly()
    assert ground(window, "lmStudioTimeoutSpin") != ground(window, "ollamaTimeoutSpin")


def test_test_asks_with_what_is_typed_and_shows_what_came_back(window, qtbot):
    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), "http://127.0.0.1:4321")
    assert window.find(QLabel, "lmStudioStatusLabel").text() == "Changed, not tested"
    button = window.find(QPushButton, "lmStudioTestButton")

    with qtbot.waitSignal(window.view.test_requested) as wish:
        click(qtbot, button)

    assert wish.args[0] == "lm_studio"
    assert wish.args[1].base_url == "http://127.0.0.1:4321"
    assert not button.isEnabled()
    window.view.set_test_result("lm_studio", LM_STUDIO_READY)
    assert window.find(QLabel, "lmStudioStatusLabel").text() == "3 models, 1 loaded"
    assert button.isEnabled()


def test_live_states_of_the_saved_address_do_not_hide_a_test_of_the_new_one(window, qtbot):
    window.view.set_states({"lm_studio": OLLAMA_OFF})
    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), "http://127.0.0.1:4321")
    click(qtbot, window.find(QPushButton, "lmStudioTestButton"))
    window.view.set_states({"lm_studio": OLLAMA_OFF})
    assert not window.find(QPushButton, "lmStudioTestButton").isEnabled()

    window.view.set_test_result("lm_studio", LM_STUDIO_READY)
    window.view.set_states({"lm_studio": OLLAMA_OFF})

    status = window.find(QLabel, "lmStudioStatusLabel")
    assert status.text() == "3 models, 1 loaded"
    click(qtbot, window.find(QPushButton, "discardSettingsButton"))
    assert status.text() == "Off"


def test_the_state_is_live_and_trouble_has_a_card(window, qtbot):
    window.view.set_states(STATES)

    assert window.find(QLabel, "ollamaStatusLabel").text() == "Off"
    card = window.view.local_models.findChild(InfoCard)
    assert card.text().startswith("Ollama is installed but not running.")
    with qtbot.waitSignal(window.view.remedy_requested) as wish:
        card.action_requested.emit()
    assert wish.args == ["ollama", Remedy.START_SERVER]


def test_what_is_known_of_an_address_goes_while_another_is_typed(window, qtbot):
    card = window.view.local_models.findChild(InfoCard)
    field = window.find(QLineEdit, "lmStudioUrlEdit")
    saved = field.text()
    window.view.set_test_result("lm_studio", LM_STUDIO_READY)
    assert card.isVisible()

    retype(qtbot, field, "http://elsewhere:1")

    assert not card.isVisible()
    retype(qtbot, field, saved)
    assert card.text() == "LM Studio is ready."


def test_a_suggested_address_is_taken_over_and_tested(window, qtbot):
    window.view.set_test_result("lm_studio", WRONG_PATH)
    card = window.view.local_models.findChild(InfoCard)
    assert card.action_text == "Use this address"

    with qtbot.waitSignal(window.view.test_requested) as wish:
        card.action_requested.emit()

    assert wish.args[1].base_url == "http://127.0.0.1:1234"
    assert window.find(QLineEdit, "lmStudioUrlEdit").text() == "http://127.0.0.1:1234"


def test_a_token_is_handed_on_and_not_kept(window, qtbot):
    window.view.set_test_result("lm_studio", TOKEN_NEEDED)
    window.view.local_models.findChild(InfoCard).action_requested.emit()
    field = window.find(QLineEdit, "lmStudioTokenEdit")
    assert field.isVisible()
    qtbot.keyClicks(field, "lm-secret-token")

    with qtbot.waitSignal(window.view.token_entered) as wish:
        qtbot.keyClick(field, Qt.Key.Key_Return)

    assert wish.args == ["lm_studio", "lm-secret-token"]
    assert field.text() == ""
    assert field.echoMode() is QLineEdit.EchoMode.Password
    assert not window.view.has_unsaved_changes
    window.view.set_token_source("lm_studio", SecretSource.KEYRING)
    assert window.find(QPushButton, "lmStudioTokenButton").text() == "Set"


def test_a_server_is_added_tested_saved_and_removed(window, qtbot):
    click(qtbot, window.find(QPushButton, "addServerRowButton"))
    window.find(ComboBox, "newServerKind").choose("openai_compatible")
    qtbot.keyClicks(window.find(QLineEdit, "newServerName"), "GPU box")
    click(qtbot, window.find(QPushButton, "addServerButton"))
    qtbot.keyClicks(window.find(QLineEdit, "newServerUrl"), "http://192.168.1.20:8000/v1")

    with qtbot.waitSignal(window.view.test_requested) as wish:
        click(qtbot, window.find(QPushButton, "addServerButton"))
    assert wish.args[0] == "gpu_box"
    save(window, qtbot)

    saved = window.saved().provider_configurations["gpu_box"]
    assert (saved.type, saved.name) == ("openai_compatible", "GPU box")
    click(qtbot, window.find(QToolButton, "gpuBoxRemoveButton"))
    save(window, qtbot)
    assert "gpu_box" not in window.saved().provider_configurations


def test_adding_a_server_without_address_says_what_is_missing(window, qtbot):
    click(qtbot, window.find(QPushButton, "addServerRowButton"))
    qtbot.keyClicks(window.find(QLineEdit, "newServerName"), "box")

    click(qtbot, window.find(QPushButton, "addServerButton"))

    dialog = window.find(QLineEdit, "newServerUrl").window()
    assert dialog.isVisible()
    assert "Enter the address of the server." in [
        label.text() for label in dialog.findChildren(QLabel)
    ]
    dialog.reject()


def test_the_servers_our_application_knows_cannot_be_removed(window):
    assert not window.find(QToolButton, "lmStudioRemoveButton").isVisible()


def test_the_folder_of_the_built_in_engine_can_be_changed(window, qtbot, tmp_path):
    field = window.find(QLineEdit, "llamaCppUrlEdit")

    retype(qtbot, field, str(tmp_path))
    save(window, qtbot)

    assert window.saved().provider_configurations["llama_cpp"].base_url == str(tmp_path)


def test_a_folder_that_does_not_exist_is_not_saved(window, qtbot, tmp_path):
    field = window.find(QLineEdit, "llamaCppUrlEdit")

    retype(qtbot, field, str(tmp_path / "nowhere"))

    assert "This folder does not exist" in " ".join(window.view.problems())
    assert not window.find(QPushButton, "saveSettingsButton").isEnabled()


def test_a_saved_folder_that_is_away_blocks_nothing(window, qtbot, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    retype(qtbot, window.find(QLineEdit, "llamaCppUrlEdit"), str(folder))
    save(window, qtbot)

    folder.rmdir()
    window.view.show_settings(window.store.load())

    assert window.view.problems() == []
    assert not window.view.has_unsaved_changes


def test_the_usual_folder_is_shown_while_none_is_chosen(window):
    window.view.local_models.set_folder("/usual/models")

    assert window.find(QLineEdit, "llamaCppUrlEdit").placeholderText() == "/usual/models"


@pytest.mark.parametrize("zoom", [80, 100, 150, 200])
def test_rows_fit_their_page_at_every_zoom(look, window, theme, qtbot, zoom):
    window.view.resize(1050, 560)
    theme.configure("light", zoom)

    for name in ("lmStudioUrlEdit", "lmStudioTestButton", "lmStudioTimeoutSpin"):
        child = window.view.findChild(object, name)
        page = window.view.local_models.widget()
        qtbot.waitUntil(
            lambda c=child, p=page: (
                c.mapTo(p, c.rect().topRight()).x() <= p.width()
                and p.width() <= window.view.local_models.width()
            )
        )
        assert child.height() >= child.fontMetrics().height()


@pytest.mark.parametrize("zoom", [80, 100])
def test_columns_of_all_rows_are_aligned(look, window, theme, qtbot, zoom):
    theme.configure("light", zoom)
    fields = [window.find(QLineEdit, f"{name}UrlEdit") for name in ("lmStudio", "llamaCpp")]
    page = window.view.local_models.widget()

    qtbot.waitUntil(
        lambda: len({field.mapTo(page, field.rect().topLeft()).x() for field in fields}) == 1
    )


def test_headers_and_priority_of_a_server_are_edited_and_saved(window, qtbot):
    click(qtbot, window.find(QToolButton, "lmStudioMoreButton"))
    headers = window.find(QPlainTextEdit, "lmStudioHeadersEdit")
    assert headers.isVisible()
    qtbot.keyClicks(headers, "X-Team: compilers")
    window.find(QSpinBox, "lmStudioPrioritySpin").setValue(1)
    headers.window().hide()

    save(window, qtbot)

    saved = window.saved().provider_configurations["lm_studio"]
    assert (saved.headers, saved.priority) == ({"X-Team": "compilers"}, 1)
    assert not window.view.has_unsaved_changes
    headers.clear()
    save(window, qtbot)
    assert window.saved().provider_configurations["lm_studio"].headers == {}


def test_a_header_that_is_a_key_is_refused_with_a_reason(window, qtbot):
    headers = window.find(QPlainTextEdit, "lmStudioHeadersEdit")

    headers.setPlainText("Authorization: Bearer sk-abc")

    assert "belongs to the key" in window.find(QLabel, "unsavedLabel").text()
    assert not window.find(QPushButton, "saveSettingsButton").isEnabled()
    assert not window.find(QPushButton, "lmStudioTestButton").isEnabled()
    headers.clear()
    assert not window.view.has_unsaved_changes


def test_the_built_in_engine_has_a_priority_and_no_headers(window, qtbot):
    click(qtbot, window.find(QToolButton, "llamaCppMoreButton"))

    assert window.find(QSpinBox, "llamaCppPrioritySpin").isVisible()
    assert not window.find(QPlainTextEdit, "llamaCppHeadersEdit").isVisible()
