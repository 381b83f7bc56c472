"""Keys that have their meaning already and can be given to no command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtGui import QKeySequence

from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Mapping

_Standard = QKeySequence.StandardKey
_MOVES = QT_TRANSLATE_NOOP("commands", "moves the caret")
_SELECTS = QT_TRANSLATE_NOOP("commands", "selects text")
_DELETES = QT_TRANSLATE_NOOP("commands", "deletes a word")
_EARLIER = QT_TRANSLATE_NOOP("commands", "looks through earlier prompts")
_SIDEWAYS = QT_TRANSLATE_NOOP("commands", "scrolls wide code and tables")

_OWN: Mapping[str, str] = {
    "Return": QT_TRANSLATE_NOOP("commands", "sends the prompt"),
    "Ctrl+Return": QT_TRANSLATE_NOOP("commands", "sends the prompt or starts a new line"),
    "Shift+Return": QT_TRANSLATE_NOOP("commands", "starts a new line"),
    "Ctrl+Shift+Return": QT_TRANSLATE_NOOP("commands", "sends the prompt at once"),
    "Ctrl+J": QT_TRANSLATE_NOOP("commands", "starts a new line"),
    "Ctrl+Up": _EARLIER,
    "Ctrl+Down": _EARLIER,
    "Alt+Left": _SIDEWAYS,
    "Alt+Right": _SIDEWAYS,
    "Esc": QT_TRANSLATE_NOOP("commands", "closes what is open, then stops the answer"),
    "Tab": QT_TRANSLATE_NOOP("commands", "goes to the next control"),
    "Shift+Tab": QT_TRANSLATE_NOOP("commands", "goes to the control before"),
    "Shift+F10": QT_TRANSLATE_NOOP("commands", "opens the menu of what has the keyboard"),
    "Alt+F4": QT_TRANSLATE_NOOP("commands", "closes the window"),
}
"""Keys of the application itself, in portable text."""

_EDITING: Mapping[QKeySequence.StandardKey, str] = {
    _Standard.Copy: QT_TRANSLATE_NOOP("commands", "copies"),
    _Standard.Cut: QT_TRANSLATE_NOOP("commands", "cuts"),
    _Standard.Paste: QT_TRANSLATE_NOOP("commands", "pastes"),
    _Standard.Undo: QT_TRANSLATE_NOOP("commands", "takes back what was typed"),
    _Standard.Redo: QT_TRANSLATE_NOOP("commands", "types again what was taken back"),
    _Standard.SelectAll: QT_TRANSLATE_NOOP("commands", "selects everything"),
    _Standard.MoveToNextWord: _MOVES,
    _Standard.MoveToPreviousWord: _MOVES,
    _Standard.MoveToStartOfDocument: _MOVES,
    _Standard.MoveToEndOfDocument: _MOVES,
    _Standard.SelectNextWord: _SELECTS,
    _Standard.SelectPreviousWord: _SELECTS,
    _Standard.SelectStartOfDocument: _SELECTS,
    _Standard.SelectEndOfDocument: _SELECTS,
    _Standard.DeleteStartOfWord: _DELETES,
    _Standard.DeleteEndOfWord: _DELETES,
}
"""Keys of text fields, which differ by desktop."""

_FUNCTION_KEY = re.compile(r"(Shift\+)?F\d{1,2}")


def refusal(keys: str) -> str:
    """Return why *keys*, in portable text, cannot be a shortcut, or an empty string."""
    translate = QCoreApplication.translate
    if use := _use(keys):
        words = translate("commands", "{keys} {use}.")
        return words.format(keys=keys, use=translate("commands", use))
    parts = set(keys.split("+"))
    if {"Ctrl", "Alt"} <= parts:
        return translate("commands", "Ctrl+Alt types characters on many keyboards.")
    if not parts & {"Ctrl", "Alt", "Meta"} and not _FUNCTION_KEY.fullmatch(keys):
        return translate("commands", "Use it with Ctrl or Alt, so that it does not catch typing.")
    if not QKeySequence(keys).toString():  # a dead key, or one that has no name to be kept by
        return translate("commands", "This key cannot be part of a shortcut.")
    return ""


def _use(keys: str) -> str:
    sequence = QKeySequence(keys)
    for standard, use in _EDITING.items():
        if sequence in QKeySequence.keyBindings(standard):
            return use
    return _OWN.get(keys.replace("Enter", "Return"), "")
