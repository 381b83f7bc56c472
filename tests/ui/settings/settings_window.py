"""A settings view with a real settings file, and what a user does with it."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QPushButton,
)

from ai_coder.settings.store import SettingsStore
from ai_coder.ui.settings.server_kind import ServerKind
from ai_coder.ui.settings.settings_view import SettingsView

KINDS = [
    ServerKind("lm_studio", "LM Studio", "http://127.0.0.1:1234", is_addable=True),
    ServerKind("ollama", "Ollama", "http://127.0.0.1:11434", is_addable=True),
    ServerKind("llama_cpp", "Built-in engine", uses_folder=True),
    ServerKind("openai_compatible", "OpenAI-compatible server", is_addable=True),
    ServerKind("openai", "OpenAI", is_local=False, needs_key=True, key_page="example.com/keys"),
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


def retype(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def save(window, qtbot):
    click(qtbot, window.find(QPushButton, "saveSettingsButton"))
