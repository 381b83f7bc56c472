"""What the tests of the servers look at in the window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PyQt6.QtCore import Qt

from ai_coder.ui.chat.message_display import MessageDisplay
from tests.conftest import until
from tests.window import messages

QWEN = "lm_studio/qwen2.5-coder-7b-instruct"
GEMMA = "lm_studio/gemma-3-12b"
LLAMA = "ollama/llama3.2:3b"
CLOUD = "ollama/gpt-oss:120b-cloud"


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def program(name, text):
    """Put an executable on the PATH that stands for a server's own program."""
    path = Path(os.environ["PATH"]) / name
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)


def kind_of(app, provider_id="lm_studio"):
    state = app.window.status.entry(provider_id).state
    return state.kind if state else None


def card_of(app, provider_id="lm_studio"):
    return app.window.status.entry(provider_id).card


async def settings_view(app):
    await until(lambda: "settings" in app.window._views)
    return app.window.view("settings")


def lines_under(app):
    """Return the lines of truth and the figures under the last answer, as they are shown."""
    providers = app.core.manager.providers
    names = {key: each.name for key, each in providers.items()}
    display = MessageDisplay(
        app.core.catalogue, names, lambda provider_id: providers[provider_id].can_choose_context
    )
    branches = app.pane.chat.session.branches
    shown = display.shown(messages(app)[-1], branches, is_newest=True)
    return shown.notes, shown.footer, shown


def loaded_at(server, key):
    return [each.context_length for each in server.model(key).loaded]


def nothing_loaded(server):
    for model in server.models:
        model.loaded.clear()
