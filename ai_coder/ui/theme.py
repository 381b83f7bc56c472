"""Colours, fonts and sizes by role, and the signal that they changed."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

if TYPE_CHECKING:
    from pathlib import Path

"""The scale of the interface is 11/12/13/15/20 px at this size and 100 % zoom."""

CODE_SIZE = 13.0
"""Design pixels of code where the user chose nothing else."""

_GENERIC_FAMILIES = frozenset({"", "Sans", "Sans Serif", "sans-serif"})
_GOOD_FAMILIES = ("Inter", "Noto Sans", "Ubuntu", "Cantarell", "Open Sans", "Roboto", "DejaVu Sans")


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
        self._icon_sources: dict[str, bytes] = {}
        self._family = _interface_family()
        self._code_size = CODE_SIZE
        self.is_dark = False
        self.reduced_motion = False
        self.wraps_code = False
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
        if self._family:
            font.setFamily(self._family)
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        font.setItalic(italic)
        return font

    def code_font(self, size: float | None = None, *, bold: bool = False) -> QFont:
        """Return the system's monospace font at *size* design pixels, the user's choice if None."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        font.setPixelSize(self.px(self._code_size if size is None else size))
        font.setBold(bold)
        return font

    def icon_source(self, name: str) -> bytes:
        """Return the SVG of an icon, with `currentColor` as its colour.

        Raises FileNotFoundError for an unknown name.
        """
        if name not in self._icon_sources:
            path = self._folder.parent / "icons" / f"{name}.svg"
            self._icon_sources[name] = path.read_bytes()
        return self._icon_sources[name]

    def palette(self) -> QPalette:
        """Return Qt's palette in our colours, for everything no style sheet rule reaches."""
        palette = QPalette()
        for qt_role, role in _PALETTE.items():
            palette.setColor(qt_role, self._colors[role])
        for qt_role in (
            QPalette.ColorRole.WindowText,
            QPalette.ColorRole.Text,
            QPalette.ColorRole.ButtonText,
        ):
            palette.setColor(QPalette.ColorGroup.Disabled, qt_role, self._colors["off"])
        return palette

    def configure(
        self,
        mode: str,
        zoom_percent: int,
        *,
        reduced_motion: bool = False,
        code_size: float = CODE_SIZE,
        wraps_code: bool = False,
    ) -> None:
        """Apply the user's choice of *mode* (system, light or dark) and zoom (80 to 200).

        A choice that is in force already costs nothing: no widget is asked to restyle itself.
        """
        zoom = max(80, min(200, zoom_percent)) / 100
        wanted = (mode, zoom, reduced_motion, code_size, wraps_code)
        if wanted == self._choice():
            return
        self._mode, self._zoom, self.reduced_motion, self._code_size, self.wraps_code = wanted
        self._load()
        self.changed.emit()

    def _choice(self) -> tuple[str, float, bool, float, bool]:
        return self._mode, self._zoom, self.reduced_motion, self._code_size, self.wraps_code

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


_PALETTE = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "card",
    QPalette.ColorRole.AlternateBase: "side",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.PlaceholderText: "faint",
    QPalette.ColorRole.Button: "card",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "accent_text",
    QPalette.ColorRole.Highlight: "selection",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.ToolTipBase: "card",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Light: "card",
    QPalette.ColorRole.Midlight: "hover",
    QPalette.ColorRole.Mid: "line",
    QPalette.ColorRole.Dark: "line",
    QPalette.ColorRole.Shadow: "line",
    QPalette.ColorRole.Accent: "accent",
}


def _interface_family() -> str:
    """Return a better family than the generic one that Qt falls back to without a desktop."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if font.family() not in _GENERIC_FAMILIES:
        return ""
    available = set(QFontDatabase.families())
    return next((family for family in _GOOD_FAMILIES if family in available), "")


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))
