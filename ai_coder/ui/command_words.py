"""Other words by which a command is looked for than those of its title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "attach_files": QT_TRANSLATE_NOOP("commands", "add pictures images"),
    "choose_model": QT_TRANSLATE_NOOP("commands", "switch change dropdown"),
    "complete_text": QT_TRANSLATE_NOOP("commands", "fill in the middle"),
    "continue_answer": QT_TRANSLATE_NOOP("commands", "go on resume"),
    "delete_chat": QT_TRANSLATE_NOOP("commands", "remove conversation"),
    "duplicate_chat": QT_TRANSLATE_NOOP("commands", "copy clone conversation"),
    "edit_prompt": QT_TRANSLATE_NOOP("commands", "change ask differently branch"),
    "new_chat": QT_TRANSLATE_NOOP("commands", "start conversation"),
    "next_version": QT_TRANSLATE_NOOP("commands", "branch switch"),
    "parameters": QT_TRANSLATE_NOOP("commands", "temperature system prompt generation"),
    "previous_version": QT_TRANSLATE_NOOP("commands", "branch switch"),
    "quit": QT_TRANSLATE_NOOP("commands", "exit close"),
    "refresh_models": QT_TRANSLATE_NOOP("commands", "refresh reload models"),
    "regenerate": QT_TRANSLATE_NOOP("commands", "again retry"),
    "request_inspector": QT_TRANSLATE_NOOP("commands", "debug network curl"),
    "show_bin": QT_TRANSLATE_NOOP("commands", "trash restore undelete"),
    "show_settings": QT_TRANSLATE_NOOP("commands", "preferences options"),
    "show_shortcuts": QT_TRANSLATE_NOOP("commands", "keyboard keys help"),
    "switch_theme": QT_TRANSLATE_NOOP("commands", "theme appearance colours colors mode"),
    "templates": QT_TRANSLATE_NOOP("commands", "prompts presets slash"),
    "toggle_local_only": QT_TRANSLATE_NOOP("commands", "offline privacy network lock"),
    "toggle_sidebar": QT_TRANSLATE_NOOP("commands", "list panel"),
    "zoom_in": QT_TRANSLATE_NOOP("commands", "zoom in bigger font size"),
    "zoom_out": QT_TRANSLATE_NOOP("commands", "zoom out font size"),
    "zoom_reset": QT_TRANSLATE_NOOP("commands", "zoom reset font size"),
}
"""By the name of the command."""


def words_of(name: str) -> str:
    """Return the other words for a command in the user's language."""
    return QCoreApplication.translate("commands", WORDS[name]) if name in WORDS else ""
