"""Every command of the application, its usual keys, and the keys the user chose instead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QKeySequence

from ai_coder.translation import QT_TRANSLATE_NOOP
from ai_coder.ui.key_presses import Press, presses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PyQt6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can ask for; `keys` are its usual sequences in portable text."""

    name: str
    title: str
    group: str
    keys: tuple[str, ...] = ()
    repeats: bool = False
    """Whether a key that is held down asks for it again and again."""

    @property
    def text(self) -> str:
        """The title in the user's language."""
        return QCoreApplication.translate("commands", self.title)

    @property
    def group_text(self) -> str:
        """The group in the user's language."""
        return QCoreApplication.translate("commands", self.group)


_CHAT = QT_TRANSLATE_NOOP("commands", "Chat")
_MODELS = QT_TRANSLATE_NOOP("commands", "Models")
_VIEW = QT_TRANSLATE_NOOP("commands", "View")
_APP = QT_TRANSLATE_NOOP("commands", "Application")

COMMANDS: tuple[Command, ...] = (
    Command("new_chat", QT_TRANSLATE_NOOP("commands", "New chat"), _CHAT, ("Ctrl+N",)),
    Command("focus_prompt", QT_TRANSLATE_NOOP("commands", "Go to the prompt"), _CHAT, ("Ctrl+I",)),
    Command("regenerate", QT_TRANSLATE_NOOP("commands", "Regenerate answer"), _CHAT, ("Ctrl+R",)),
    Command("continue_answer", QT_TRANSLATE_NOOP("commands", "Continue the answer"), _CHAT),
    Command("edit_prompt", QT_TRANSLATE_NOOP("commands", "Edit last prompt"), _CHAT),
    Command(
        "previous_version",
        QT_TRANSLATE_NOOP("commands", "Previous version of the answer"),
        _CHAT,
    ),
    Command("next_version", QT_TRANSLATE_NOOP("commands", "Next version of the answer"), _CHAT),
    Command("quote_selection", QT_TRANSLATE_NOOP("commands", "Quote selection"), _CHAT),
    Command("copy_message", QT_TRANSLATE_NOOP("commands", "Copy message as Markdown"), _CHAT),
    Command("stop", QT_TRANSLATE_NOOP("commands", "Stop the answer"), _CHAT, ("Ctrl+.",)),
    Command(
        "copy_answer",
        QT_TRANSLATE_NOOP("commands", "Copy last answer"),
        _CHAT,
        ("Ctrl+Shift+C",),
    ),
    Command(
        "copy_code",
        QT_TRANSLATE_NOOP("commands", "Copy last code block"),
        _CHAT,
        ("Ctrl+Shift+;",),
    ),
    Command("find_in_chat", QT_TRANSLATE_NOOP("commands", "Find in chat"), _CHAT, ("Ctrl+F",)),
    Command(
        "find_next", QT_TRANSLATE_NOOP("commands", "Next place found"), _CHAT, ("F3",), repeats=True
    ),
    Command(
        "find_previous",
        QT_TRANSLATE_NOOP("commands", "Previous place found"),
        _CHAT,
        ("Shift+F3",),
        repeats=True,
    ),
    Command(
        "search_chats",
        QT_TRANSLATE_NOOP("commands", "Search all chats"),
        _CHAT,
        ("Ctrl+Shift+F",),
    ),
    Command(
        "next_chat",
        QT_TRANSLATE_NOOP("commands", "Next chat"),
        _CHAT,
        ("Ctrl+Tab",),
        repeats=True,
    ),
    Command(
        "previous_chat",
        QT_TRANSLATE_NOOP("commands", "Previous chat"),
        _CHAT,
        ("Ctrl+Shift+Tab",),
        repeats=True,
    ),
    Command("rename_chat", QT_TRANSLATE_NOOP("commands", "Rename chat"), _CHAT, ("F2",)),
    Command("duplicate_chat", QT_TRANSLATE_NOOP("commands", "Duplicate chat"), _CHAT),
    Command("pin_chat", QT_TRANSLATE_NOOP("commands", "Pin or unpin chat"), _CHAT),
    Command("delete_chat", QT_TRANSLATE_NOOP("commands", "Delete chat"), _CHAT),
    Command("export_chat", QT_TRANSLATE_NOOP("commands", "Export chat…"), _CHAT),
    Command("export_all_chats", QT_TRANSLATE_NOOP("commands", "Export all chats…"), _CHAT),
    Command("import_chats", QT_TRANSLATE_NOOP("commands", "Import chats…"), _CHAT),
    Command("show_bin", QT_TRANSLATE_NOOP("commands", "Bin of deleted chats…"), _CHAT),
    Command("attach_files", QT_TRANSLATE_NOOP("commands", "Attach files…"), _CHAT),
    Command("parameters", QT_TRANSLATE_NOOP("commands", "Parameters of this chat"), _CHAT),
    Command("complete_text", QT_TRANSLATE_NOOP("commands", "Complete text…"), _CHAT),
    Command("templates", QT_TRANSLATE_NOOP("commands", "Templates…"), _CHAT),
    Command("choose_model", QT_TRANSLATE_NOOP("commands", "Choose a model"), _MODELS, ("Ctrl+L",)),
    Command(
        "refresh_models", QT_TRANSLATE_NOOP("commands", "Ask all servers again"), _MODELS, ("F5",)
    ),
    Command("show_chat", QT_TRANSLATE_NOOP("commands", "Show Chat"), _VIEW, ("Ctrl+Shift+H",)),
    Command("show_models", QT_TRANSLATE_NOOP("commands", "Show Models"), _VIEW, ("Ctrl+Shift+M",)),
    Command("show_settings", QT_TRANSLATE_NOOP("commands", "Show Settings"), _VIEW, ("Ctrl+,",)),
    Command(
        "toggle_sidebar", QT_TRANSLATE_NOOP("commands", "Show or hide sidebar"), _VIEW, ("Ctrl+B",)
    ),
    Command(
        "zoom_in",
        QT_TRANSLATE_NOOP("commands", "Larger"),
        _VIEW,
        ("Ctrl++", "Ctrl+="),
        repeats=True,
    ),
    Command("zoom_out", QT_TRANSLATE_NOOP("commands", "Smaller"), _VIEW, ("Ctrl+-",), repeats=True),
    Command("zoom_reset", QT_TRANSLATE_NOOP("commands", "Normal size"), _VIEW, ("Ctrl+0",)),
    Command("switch_theme", QT_TRANSLATE_NOOP("commands", "Switch light and dark"), _VIEW),
    Command(
        "command_palette",
        QT_TRANSLATE_NOOP("commands", "Command palette"),
        _APP,
        ("Ctrl+K", "Ctrl+Shift+P"),
    ),
    Command("show_shortcuts", QT_TRANSLATE_NOOP("commands", "Show shortcuts"), _APP, ("F1",)),
    Command("request_inspector", QT_TRANSLATE_NOOP("commands", "Request inspector"), _APP),
    Command("toggle_local_only", QT_TRANSLATE_NOOP("commands", "Local only on or off"), _APP),
    Command("quit", QT_TRANSLATE_NOOP("commands", "Quit"), _APP, ("Ctrl+Q",)),
)


class Actions(QObject):
    """The commands as actions of a window, with the user's keys.

    `requested` carries the name of the command.
    """

    requested = pyqtSignal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._actions: dict[str, QAction] = {}
        for command in COMMANDS:
            action = QAction(command.text, self)
            action.setObjectName(command.name)
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.setAutoRepeat(command.repeats)
            action.triggered.connect(lambda _=False, name=command.name: self.requested.emit(name))
            window.addAction(action)
            self._actions[command.name] = action
        self.bind({})

    def action(self, name: str) -> QAction:
        """Return the action of a command; raises KeyError."""
        return self._actions[name]

    def keys(self, name: str) -> QKeySequence:
        """Return the keys that are shown for a command now; empty where it has none."""
        return self._actions[name].shortcut()

    def explain(self, name: str, button: QWidget) -> None:
        """Let the tool tip of *button* say what the command is called, and its present keys."""
        action = self._actions[name]
        action.changed.connect(partial(_copy_tool_tip, action, button))
        _copy_tool_tip(action, button)

    def bind(self, bindings: Mapping[str, str]) -> None:
        """Use the keys of *bindings* where they differ; an empty sequence switches one off."""
        for command in COMMANDS:
            action = self._actions[command.name]
            action.setShortcuts([QKeySequence(keys) for keys in keys_of(command, bindings)])
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{command.text} ({shown})" if shown else command.text)


def _copy_tool_tip(action: QAction, button: QWidget) -> None:
    button.setToolTip(action.toolTip())


def keys_of(command: Command, bindings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the key sequences of a command, in portable text."""
    if command.name not in bindings:
        return command.keys
    chosen = bindings[command.name]
    return (chosen,) if chosen else ()


def conflicts(bindings: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the sequences of which a press asks for other commands too, with their names."""
    owners: dict[Press, dict[str, str]] = {}
    for command in COMMANDS:
        for keys in keys_of(command, bindings):
            for press in presses(keys):
                owners.setdefault(press, {})[command.name] = keys
    found: dict[str, list[str]] = {}
    for sequences in owners.values():
        if len(sequences) > 1:
            chosen = [keys for name, keys in sequences.items() if name in bindings]
            shown = QKeySequence(next(iter(chosen or sequences.values())))
            text = shown.toString(QKeySequence.SequenceFormat.PortableText)
            names = found.setdefault(text, [])
            names += [name for name in sequences if name not in names]
    return found
