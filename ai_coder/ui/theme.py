"""Colours, fonts and sizes by role, and the signal that they changed."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication

if TYPE_CHECKING:
    from pathlib import Path

BASE_POINT_SIZE = 10.0
"""The scale of the interface is 11/12/13/15/20 px at this size and 100 % zoom."""


class Theme(QObject):
    """The look of the application, shared by every widget that paints.

    `changed` is emitted after the colours, the zoom or the fonts changed; widgets
    that cache anything derived from them drop it then.
    """

    changed = pyqtSignal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._mode = "system"
        self._zoom = 1.0
        self._colors: dict[str, QColor] = {}
        self._syntax: dict[str, QColor] = {}
        self.is_dark = False
        self.reduced_motion = False
        self._load()
        hints = QGuiApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._follow_system)

    @property
    def zoom(self) -> float:
        """1.0 is 100 %."""
        return self._zoom

    def color(self, role: str) -> QColor:
        """Return the colour of a role of `resources/themes/*.toml`; raises KeyError."""
        return self._colors[role]

    def syntax_color(self, role: str) -> QColor:
        """Return the colour of a kind of code token, the text colour for unknown kinds."""
        return self._syntax.get(role, self._colors["text"])

    def px(self, size: float) -> int:
        """Return *size* pixels of the 100 % design at the current zoom, at least 1."""
        return max(1, round(size * self._zoom))

    def font(self, size: float = 13, *, bold: bool = False, italic: bool = False) -> QFont:
        """Return the system's interface font at *size* design pixels."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        font.setItalic(italic)
        return font

    def code_font(self, size: float = 12.5, *, bold: bool = False) -> QFont:
        """Return the system's monospace font at *size* design pixels."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        font.setPixelSize(self.px(size))
        font.setBold(bold)
        return font

    def configure(self, mode: str, zoom_percent: int, *, reduced_motion: bool = False) -> None:
        """Apply the user's choice of *mode* (system, light or dark) and zoom (80 to 200)."""
        self._mode = mode
        self._zoom = max(80, min(200, zoom_percent)) / 100
        self.reduced_motion = reduced_motion
        self._load()
        self.changed.emit()

    def _follow_system(self) -> None:
        if self._mode == "system":
            self._load()
            self.changed.emit()

    def _load(self) -> None:
        self.is_dark = self._wants_dark()
        document = _read(self._folder / ("dark.toml" if self.is_dark else "light.toml"))
        self._colors = {role: QColor(value) for role, value in document["colors"].items()}
        self._syntax = {role: QColor(value) for role, value in document["syntax"].items()}

    def _wants_dark(self) -> bool:
        if self._mode != "system":
            return self._mode == "dark"
        hints = QGuiApplication.styleHints()
        return hints is not None and hints.colorScheme() is Qt.ColorScheme.Dark


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))
