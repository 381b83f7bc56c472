"""One-colour icons, tinted by the theme when they are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

if TYPE_CHECKING:
    from PyQt6.QtGui import QColor

    from ai_coder.ui.theme import Theme


def icon(theme: Theme, name: str, role: str = "muted", *, checked_role: str | None = None) -> QIcon:
    """Return the icon *name* of `resources/icons`, drawn in the colour of *role*.

    It follows the theme by itself: whatever shows it only has to repaint. Raises
    FileNotFoundError for an unknown name.
    """
    return QIcon(_TintedEngine(theme, name, role, checked_role or role))


def paint_icon(painter: QPainter, theme: Theme, name: str, role: str, rect: QRectF) -> None:
    """Draw the icon *name* in the colour of *role* into *rect*."""
    _renderer(theme, name, theme.color(role)).render(painter, rect)


def _renderer(theme: Theme, name: str, color: QColor) -> QSvgRenderer:
    source = theme.icon_source(name).replace(b"currentColor", color.name().encode())
    return QSvgRenderer(QByteArray(source))


class _TintedEngine(QIconEngine):
    """Draws one SVG in the theme's present colour; disabled icons are half transparent."""

    def __init__(self, theme: Theme, name: str, role: str, checked_role: str) -> None:
        super().__init__()
        theme.icon_source(name)
        self._theme = theme
        self._name = name
        self._role = role
        self._checked_role = checked_role

    def paint(
        self, painter: QPainter | None, rect: QRect, mode: QIcon.Mode, state: QIcon.State
    ) -> None:
        if painter is None:
            return
        role = self._checked_role if state is QIcon.State.On else self._role
        if mode is QIcon.Mode.Disabled:
            painter.setOpacity(0.45)
        paint_icon(painter, self._theme, self._name, role, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():
            return QPixmap()
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _TintedEngine(self._theme, self._name, self._role, self._checked_role)
