"""Settings → Shortcuts: every command with its keys, and what is in conflict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSlot
from PyQt6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.actions import COMMANDS, Command, conflicts, keys_of
from ai_coder.ui.fixed_keys import refusal
from ai_coder.ui.settings.key_recorder import KeyRecorder
from ai_coder.ui.settings.tab import SettingsTab
from ai_coder.ui.widgets.buttons import IconButton
from ai_coder.ui.widgets.elided_label import ElidedLabel
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.search_field import SearchField

if TYPE_CHECKING:
    from PyQt6.QtGui import QResizeEvent, QShowEvent

    from ai_coder.settings.schema import Settings
    from ai_coder.ui.theme import Theme


_NARROW_BELOW = 520
_LEFT_TO_RIGHT, _TOP_DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


@dataclass(frozen=True, slots=True)
class _Row:
    command: Command
    frame: QWidget
    recorder: KeyRecorder
    problem: QLabel
    restore: IconButton
    clear: IconButton


class ShortcutsTab(SettingsTab):
    """A table with a recorder in each row; the rows are made when they are first looked at."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        self._bindings: dict[str, str] = {}
        self._refusals: dict[str, str] = {}
        self._rows: dict[str, _Row] = {}
        self.setObjectName("shortcutsTab")
        self._search = SearchField(theme, self.tr("Filter commands"), self)
        self._search.setMaximumWidth(theme.px(320))
        self._table = QFrame(self)
        self._table.setProperty("look", "card")
        self._lines = QVBoxLayout(self._table)
        self._lines.setContentsMargins(1, 1, 1, 1)
        self._lines.setSpacing(0)
        fixed = self.tr(
            "Enter, Shift+Enter, Esc, Tab and the keys for editing text keep their meaning. "
            "Del in the list of chats moves a chat to the bin, from where it comes back."
        )
        self.column.addWidget(self._search)
        self.column.addWidget(self._table)
        self.column.addWidget(label(fixed, "small", self, wrap=True))
        self.column.addStretch()
        self._search.textChanged.connect(self._filter)
        theme.changed.connect(self._space)
        self._space()

    def show_settings(self, settings: Settings) -> None:
        """Show the keys of *settings*."""
        self._bindings = dict(settings.shortcuts.bindings)
        self._refusals = {}
        self._refresh()

    def collect(self, settings: Settings) -> Settings:
        """Return *settings* with the keys as edited."""
        shortcuts = settings.shortcuts.model_copy(update={"bindings": dict(self._bindings)})
        return settings.model_copy(update={"shortcuts": shortcuts})

    def problems(self) -> list[str]:
        """Return one sentence for each key that two commands have."""
        titles = {command.name: command.text for command in COMMANDS}
        return [
            self.tr("{keys} is used by “{one}” and “{other}”.").format(
                keys=keys, one=titles[names[0]], other=titles[names[1]]
            )
            for keys, names in conflicts(self._bindings).items()
        ]

    def recorder(self, name: str) -> KeyRecorder:
        """Return the recorder of a command; raises KeyError."""
        self._make_rows()
        return self._rows[name].recorder

    def showEvent(self, event: QShowEvent | None) -> None:
        """Make the rows when the tab comes into view."""
        self._make_rows()
        super().showEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Put the keys below the names where there is no room beside them."""
        super().resizeEvent(event)
        self._space()

    def _make_rows(self) -> None:
        if self._rows:
            return
        for command in COMMANDS:
            self._add(command)
        self._space()
        self._refresh()
        self.column.activate()

    def _add(self, command: Command) -> None:
        frame = QFrame(self._table)
        frame.setProperty("look", "row" if self._rows else "")
        title = ElidedLabel(command.text, "", frame)
        group = label(command.group_text, "small", frame)
        problem = label("", "failed", frame, wrap=True)
        recorder = KeyRecorder(command.text, frame)
        recorder.setObjectName(f"{command.name}Keys")
        name = command.text
        restore = IconButton(
            self._theme, "undo", self.tr("Usual keys of {command}").format(command=name), frame
        )
        clear = IconButton(
            self._theme, "close", self.tr("No keys for {command}").format(command=name), frame
        )
        recorder.recorded.connect(lambda keys: self._record(command, keys))
        restore.clicked.connect(lambda: self._restore(command))
        clear.clicked.connect(lambda: self._bind(command, ""))
        words, keys = QGridLayout(), QHBoxLayout()
        words.addWidget(title, 0, 0)
        words.addWidget(group, 0, 1)
        words.addWidget(problem, 1, 0, 1, 3)
        words.setColumnStretch(2, 1)
        keys.addWidget(restore)
        keys.addWidget(clear)
        keys.addWidget(recorder)
        layout = QBoxLayout(_LEFT_TO_RIGHT, frame)
        layout.addLayout(words, 1)
        layout.addLayout(keys)
        self._lines.addWidget(frame)
        self._rows[command.name] = _Row(command, frame, recorder, problem, restore, clear)

    def _record(self, command: Command, keys: str) -> None:
        if words := refusal(keys):
            self._refusals[command.name] = words
            self._refresh()
        else:
            self._bind(command, keys)

    def _bind(self, command: Command, keys: str) -> None:
        self._bindings[command.name] = keys
        if (keys,) == command.keys or (not keys and not command.keys):
            self._bindings.pop(command.name)
        self._refusals.pop(command.name, None)
        self._refresh()
        self.changed.emit()

    def _restore(self, command: Command) -> None:
        self._bindings.pop(command.name, None)
        self._refusals.pop(command.name, None)
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        titles = {command.name: command.text for command in COMMANDS}
        words = dict(self._refusals)
        for names in conflicts(self._bindings).values():
            for name in names:
                others = ", ".join(titles[other] for other in names if other != name)
                words[name] = self.tr("Also used by: {commands}").format(commands=others)
        for name, row in self._rows.items():
            keys = keys_of(row.command, self._bindings)
            row.recorder.set_keys(keys)
            row.problem.setText(words.get(name, ""))
            row.problem.setVisible(name in words)
            row.restore.setVisible(name in self._bindings)
            row.clear.setVisible(bool(keys))

    @pyqtSlot(str)
    def _filter(self, text: str) -> None:
        wanted = text.casefold().strip()
        for row in self._rows.values():
            keys = " ".join(keys_of(row.command, self._bindings))
            shown = f"{row.command.text} {row.command.group_text} {keys}".casefold()
            row.frame.setVisible(wanted in shown)

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        is_narrow = self.width() < px(_NARROW_BELOW)
        for row in self._rows.values():
            row.recorder.setMinimumWidth(px(130))
            layout = row.frame.layout()
            if isinstance(layout, QBoxLayout):
                layout.setDirection(_TOP_DOWN if is_narrow else _LEFT_TO_RIGHT)
                layout.setContentsMargins(px(16), px(6), px(16), px(6))
                layout.setSpacing(px(4 if is_narrow else 8))
