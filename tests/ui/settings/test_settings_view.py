from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTabBar,
    QTabWidget,
    QToolButton,
)

from ai_coder.errors import Remedy
from ai_coder.llm.network import ConnectionRecord
from ai_coder.settings.schema import SendKey, ThemeMode
from ai_coder.settings.secrets import SecretSource
from ai_coder.settings.store import SettingsStore
from ai_coder.ui.settings.server_kind import ServerKind
from ai_coder.ui.settings.settings_view import SettingsView
from ai_coder.ui.widgets.card import InfoCard
from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.switch import Switch
from tests.ui.states import LM_STUDIO_READY, OLLAMA_OFF, STATES, TOKEN_NEEDED, WRONG_PATH

KINDS = [
    ServerKind("lm_studio", "LM Studio", "http://127.0.0.1:1234", is_addable=True),
    ServerKind("ollama", "Ollama", "http://127.0.0.1:11434", is_addable=True),
    ServerKind("llama_cpp", "Built-in engine", uses_folder=True),
    ServerKind("openai_compatible", "OpenAI-compatible server", is_addable=True),
    ServerKind("openai", "OpenAI", is_local=False, needs_key=True),
    ServerKind("anthropic", "Anthropic", is_local=False, needs_key=True),
]


class Window:
    """A settings view with a real settings file behind it, as the application connects them."""

    def __init__(self, theme, store):
        self.store = store
        self.view = SettingsView(theme, KINDS, store.defaults())
        for _tab in self.view.build():
            pass
        self.view.show_settings(store.load())
        self.view.save_requested.connect(self.save)

    def save(self, settings):
        self.view.show_settings(self.store.save(settings))

    def find(self, kind, name):
        found = self.view.findChild(kind, name)
        assert found is not None, name
        return found

    def saved(self):
        return self.store.load().saved


def make(theme, paths, qtbot, environment=None):
    store = SettingsStore(paths.settings_file, paths.shipped_settings_file, environment or {})
    window = Window(theme, store)
    qtbot.addWidget(window.view)
    window.view.resize(1200, 760)
    window.view.show()
    return window


@pytest.fixture
def window(theme, paths, qtbot):
    return make(theme, paths, qtbot)


def retype(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def save(window, qtbot):
    click(qtbot, window.find(QPushButton, "saveSettingsButton"))


def test_the_tabs_are_those_of_the_interface(window):
    tabs = window.find(QTabWidget, "settingsTabs")

    assert [tabs.tabText(position) for position in range(tabs.count())] == [
        "General",
        "Local Models",
        "Cloud Providers",
        "Generation",
        "Appearance",
        "Shortcuts",
        "Privacy",
        "Advanced",
    ]


def test_nothing_is_unsaved_at_first(window):
    assert not window.view.has_unsaved_changes
    assert not window.find(QPushButton, "saveSettingsButton").isEnabled()


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
    assert window.find(QTabWidget, "settingsTabs").tabText(1) == "Local Models •"

    save(window, qtbot)

    saved = window.saved().provider_configurations["lm_studio"]
    assert saved.base_url == "http://192.168.1.5:1234/v1"
    assert not window.view.has_unsaved_changes
    assert window.find(QTabWidget, "settingsTabs").tabText(1) == "Local Models"


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


def test_discard_shows_what_is_saved(window, qtbot):
    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), "http://elsewhere:1")

    click(qtbot, window.find(QPushButton, "discardSettingsButton"))

    assert not window.view.has_unsaved_changes
    assert "1234" in window.find(QLineEdit, "lmStudioUrlEdit").text()


def test_reset_shows_the_defaults_and_is_undone_by_discard(window, qtbot):
    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "7")
    save(window, qtbot)
    click(qtbot, window.find(QPushButton, "resetSettingsButton"))
    box = window.find(QMessageBox, "resetDialog")
    click(qtbot, next(b for b in box.buttons() if b.text() == "Reset"))

    assert window.find(QAbstractSpinBox, "ollamaRetriesSpin").value() == 2
    assert window.saved().provider_configurations["ollama"].max_retries == 7
    click(qtbot, window.find(QPushButton, "discardSettingsButton"))
    assert window.find(QAbstractSpinBox, "ollamaRetriesSpin").value() == 7


@pytest.mark.parametrize(
    ("answer", "proceeds", "retries"), [("Save", True, 6), ("Discard", True, 2), ("Stay", False, 2)]
)
def test_leaving_with_unsaved_changes_asks(window, qtbot, answer, proceeds, retries):
    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "6")
    left = []

    window.view.ask_to_leave(lambda: left.append(True))
    box = window.find(QMessageBox, "unsavedDialog")
    click(qtbot, next(b for b in box.buttons() if b.text() == answer))

    assert bool(left) is proceeds
    assert window.saved().provider_configurations["ollama"].max_retries == retries
    assert window.view.has_unsaved_changes is (answer == "Stay")


def test_leaving_with_a_wrong_value_cannot_save(window, qtbot):
    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), "two words")

    window.view.ask_to_leave(lambda: None)

    box = window.find(QMessageBox, "unsavedDialog")
    assert {button.text() for button in box.buttons()} == {"Stay", "Discard"}
    box.reject()


def test_settings_changed_elsewhere_do_not_take_away_what_is_typed(window, qtbot):
    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "6")
    settings = window.saved()
    privacy = settings.privacy.model_copy(update={"local_only": True})

    window.view.show_settings(window.store.save(settings.model_copy(update={"privacy": privacy})))

    assert window.find(QAbstractSpinBox, "ollamaRetriesSpin").value() == 6
    save(window, qtbot)
    assert window.saved().privacy.local_only
    assert window.saved().provider_configurations["ollama"].max_retries == 6


def test_the_unsaved_mark_is_announced(window, qtbot):
    marks = []
    window.view.unsaved_changed.connect(marks.append)

    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "6")
    save(window, qtbot)

    assert marks == [True, False]


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
    window.view.set_token_source("openai", SecretSource.THIS_RUN)
    assert "this run only" in field.placeholderText()


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


def test_a_key_is_recorded_for_a_command(window, qtbot):
    window.view.show_tab("shortcuts")
    recorder = window.view.shortcuts.recorder("new_chat")
    click(qtbot, recorder)

    qtbot.keyClick(recorder, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    save(window, qtbot)

    assert window.saved().shortcuts.bindings == {"new_chat": "Ctrl+J"}
    assert recorder.text() == "Ctrl+J"


def test_a_key_of_another_command_is_a_conflict_that_blocks_saving(window, qtbot):
    window.view.show_tab("shortcuts")
    recorder = window.view.shortcuts.recorder("new_chat")
    click(qtbot, recorder)

    qtbot.keyClick(recorder, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)

    assert window.view.problems() == ["Ctrl+R is used by “New chat” and “Regenerate answer”."]
    assert not window.find(QPushButton, "saveSettingsButton").isEnabled()


def test_a_key_that_types_is_refused_and_escape_keeps_the_old_one(window, qtbot):
    window.view.show_tab("shortcuts")
    recorder = window.view.shortcuts.recorder("new_chat")
    click(qtbot, recorder)
    qtbot.keyClick(recorder, Qt.Key.Key_X)
    assert recorder.text() == "Ctrl+N"

    click(qtbot, recorder)
    qtbot.keyClick(recorder, Qt.Key.Key_Escape)

    assert recorder.text() == "Ctrl+N"
    assert not window.view.has_unsaved_changes


def test_connections_of_this_run_are_summed_by_host(window):
    window.view.show_tab("privacy")
    window.view.privacy.set_connections(
        [
            ConnectionRecord("127.0.0.1", 1234, "LM Studio", 0, 1, 3, 1500, 20_000),
            ConnectionRecord("127.0.0.1", 1234, "models", 0, 1, 2, 500, 1_000_000),
            ConnectionRecord("api.openai.com", 443, "OpenAI", 0, 1, 0, 0, 0, was_blocked=True),
        ]
    )

    first, second = window.view.privacy.connections()
    assert first == ("127.0.0.1:1234", "LM Studio, models", "5", "↑ 2 kB  ↓ 1 MB")
    assert second[2] == "refused by the lock"


def test_a_failed_save_is_said_and_nothing_is_lost(window, qtbot):
    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "6")

    window.view.show_problem("The file cannot be written.", "Check free space.")

    assert window.view.has_unsaved_changes
    assert window.find(QAbstractSpinBox, "ollamaRetriesSpin").value() == 6


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


def test_everything_that_can_be_used_has_a_name(window):
    nameless = [
        (type(widget).__name__, widget.objectName())
        for kind in (QLineEdit, QAbstractSpinBox, Switch, ComboBox, QToolButton)
        for widget in window.view.findChildren(kind)
        if not (widget.accessibleName() or getattr(widget, "text", lambda: "")())
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), QTabBar | QLineEdit)
    ]

    assert nameless == []


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
