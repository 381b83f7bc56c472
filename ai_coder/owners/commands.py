"""Every command of the application and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt, pyqtSlot
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QWidget

from ai_coder.settings.schema import ThemeMode
from ai_coder.ui.chat.message_commands import MessageCommands
from ai_coder.ui.menu_key import MenuKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_coder.owners.chat_files import ChatFilesOwner
    from ai_coder.owners.servers import ServersOwner
    from ai_coder.owners.settings import SettingsOwner
    from ai_coder.ui.actions import Actions
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.turn_control import TurnControl
    from ai_coder.ui.command_palette import CommandPalette
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme

_ZOOM_STEP = 10
_BUTTONS = {
    "new_chat": "newChatButton",
    "rename_chat": "renameButton",
    "find_in_chat": "findButton",
    "export_chat": "exportButton",
    "parameters": "parametersButton",
    "toggle_sidebar": "sidebarButton",
    "choose_model": "modelPicker",
}
"""Buttons that do what a command does, by its name."""


class CommandsOwner(QObject):
    """Runs what `Actions` asks for."""

    def __init__(
        self,
        actions: Actions,
        palette: CommandPalette,
        theme: Theme,
        window: MainWindow,
        pane: ChatPane,
        turns: TurnControl,
        picker: ModelPicker,
        files: ChatFilesOwner,
        servers: ServersOwner,
        settings: SettingsOwner,
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._pane = pane
        self._turns = turns
        self._settings = settings
        self._commands: dict[str, Callable[[], object]] = {
            "new_chat": self._in_chat(pane.new_chat),
            "focus_prompt": self._in_chat(pane.view.prompt_bar.focus_prompt),
            "regenerate": self._in_chat(turns.regenerate_last),
            "stop": turns.stop,
            "copy_answer": turns.copy_last_answer,
            "copy_code": pane.view.transcript.copy_last_code,
            "find_in_chat": self._in_chat(pane.view.find_bar.open_bar),
            "find_next": self._in_chat(pane.view.find_next),
            "find_previous": self._in_chat(pane.view.find_previous),
            "search_chats": self._in_chat(self._search),
            "next_chat": self._in_chat(lambda: pane.show_neighbour(1)),
            "previous_chat": self._in_chat(lambda: pane.show_neighbour(-1)),
            "rename_chat": self._in_chat(pane.view.header.rename_requested.emit),
            "duplicate_chat": self._with_chat(pane.list.duplicate_requested.emit),
            "pin_chat": self._with_chat(pane.care.toggle_pinned),
            "delete_chat": self._with_chat(pane.care.delete),
            "export_chat": self._with_chat(files.export_chat),
            "export_all_chats": files.export_all,
            "import_chats": files.import_chats,
            "show_bin": files.show_bin,
            "attach_files": self._in_chat(pane.attachments.choose),
            "parameters": self._in_chat(pane.view.header.parameters_requested.emit),
            "choose_model": self._in_chat(picker.showPopup),
            "refresh_models": servers.ask_all,
            "show_chat": lambda: window.show_view("chat"),
            "show_models": lambda: window.show_view("models"),
            "show_settings": lambda: window.show_view("settings"),
            "toggle_sidebar": self._in_chat(pane.sidebar.toggle),
            "zoom_in": lambda: self._zoom(_ZOOM_STEP),
            "zoom_out": lambda: self._zoom(-_ZOOM_STEP),
            "zoom_reset": lambda: settings.set_zoom(100),
            "switch_theme": self._switch_theme,
            "command_palette": palette.open,
            "show_shortcuts": lambda: servers.settings_wanted.emit("shortcuts", ""),
            "toggle_local_only": self._toggle_local_only,
            "quit": window.close,
        }
        messages = MessageCommands(pane, turns, self)
        for name, command in messages.by_name().items():
            self._commands[name] = self._in_chat(command)
        actions.requested.connect(self.run)
        for name, button in _BUTTONS.items():
            found = pane.findChild(QWidget, button)
            if found is not None:
                actions.explain(name, found)
        for view in (pane.list, pane.view.header, pane.view.transcript):
            view.keys_of = actions.keys
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), window)
        self._escape.activated.connect(self._stop_shown)
        MenuKey(window)

    @pyqtSlot(str)
    def run(self, name: str) -> None:
        """Do what the command *name* stands for."""
        self._commands[name]()

    def add(self, name: str, command: Callable[[], object]) -> None:
        """Let another owner do what the command *name* stands for."""
        self._commands[name] = command

    def _in_chat(self, command: Callable[[], object]) -> Callable[[], object]:
        """Return *command* with the chat view brought to the front first."""

        def show_and_run() -> None:
            self._window.show_view("chat")
            if self._window.current_view == "chat":
                command()

        return show_and_run

    def _with_chat(self, command: Callable[[int], object]) -> Callable[[], object]:
        def run_for_shown() -> None:
            if self._pane.chat is not None:
                command(self._pane.chat.id)

        return run_for_shown

    @pyqtSlot()
    def _stop_shown(self) -> None:
        """Stop what is seen; an answer behind another view goes on."""
        if self._window.current_view == "chat":
            self._turns.stop()

    def _search(self) -> None:
        self._pane.list.show()
        self._pane.list.focus_search()

    def _zoom(self, step: int) -> None:
        self._settings.set_zoom(round(self._theme.zoom * 100) + step)

    def _switch_theme(self) -> None:
        appearance = self._settings.settings.appearance
        mode = ThemeMode.LIGHT if self._theme.is_dark else ThemeMode.DARK
        self._settings.change(appearance=appearance.model_copy(update={"theme": mode}))

    def _toggle_local_only(self) -> None:
        self._settings.set_local_only(not self._settings.settings.privacy.local_only)
