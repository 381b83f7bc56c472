"""A menu that is made for one opening, with the keys of the commands beside its entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMenu, QStyleOptionMenuItem, QWidget

KeysOf: TypeAlias = Callable[[str], QKeySequence]
"""Tells the present keys of a command by its name; empty where it has none."""

_NO_KEYS = QKeySequence()


def no_keys(_command: str) -> QKeySequence:
    """Return no keys: for entries that do what no command does."""
    return QKeySequence()


class PassingMenu(QMenu):
    """Gone once it is closed, so that it is always made from what holds now."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def add(self, text: str, slot: Callable[[], object], keys: QKeySequence = _NO_KEYS) -> QAction:
        """Append an entry; *keys*, which do the same, are shown and do nothing more here."""
        entry = QAction(text, self)
        entry.setShortcut(keys)
        entry.setShortcutContext(
            Qt.ShortcutContext.WidgetShortcut
        )  # the command has its own action
        entry.setShortcutVisibleInContextMenu(True)
        entry.triggered.connect(lambda _checked: slot())
        self.addAction(entry)
        return entry

    def initStyleOption(self, option: QStyleOptionMenuItem | None, action: QAction | None) -> None:
        """Let keys end as far from the edge as words begin, which keeps them apart from words."""
        super().initStyleOption(option, action)
        keys = (option.text or "").partition("\t")[2] if option is not None else ""
        if option is not None and keys:
            width, padding = self.fontMetrics().horizontalAdvance(keys), self.fontInfo().pixelSize()
            option.reservedShortcutWidth = width - padding

    def add_menu(self, title: str) -> PassingMenu:
        """Append a menu within this one, which opens and closes as often as it is pointed at."""
        child = PassingMenu(self)
        child.setTitle(title)
        child.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        self.addMenu(child)
        return child
