"""A folded piece of raw text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QSize, Qt, pyqtSlot
from PyQt6.QtGui import QIcon, QTextCursor
from PyQt6.QtWidgets import QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from ai_coder.ui.icons import icon

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_MOST_LINES = 12
_ICON, _GLYPH = 16, 11
_BLANK = {"chevron-right": 5, "chevron-down": 3}
"""Design pixels of an icon that are empty at its left, where the words above have none."""


class Disclosure(QWidget):
    """A line that unfolds text which most people never need; hidden while there is none."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_log = False
        self._toggle = QToolButton(self)
        self._toggle.setText(title)
        self._toggle.setCheckable(True)
        self._toggle.setProperty("look", "disclosure")
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._toggle.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._text = QPlainTextEdit(self)
        self._text.setReadOnly(True)
        self._text.setProperty("look", "code")
        self._text.setAccessibleName(title)
        self._text.setTabChangesFocus(True)
        self._text.hide()
        self._toggle.toggled.connect(self._unfold)
        theme.changed.connect(self._refresh)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._text)
        self.hide()
        self._refresh()

    @property
    def text(self) -> str:
        """The raw text, folded or not."""
        return self._text.toPlainText()

    def set_text(self, text: str, *, is_log: bool = False) -> None:
        """Offer *text*; an empty one hides the whole line, and a log is shown from its end."""
        self._is_log = is_log
        if text != self.text:
            self._text.setPlainText(text)
            self._toggle.setChecked(False)
        self.setVisible(bool(text))
        self._refresh()

    @pyqtSlot(bool)
    def _unfold(self, is_open: bool) -> None:
        self._text.setVisible(is_open)
        self._refresh()
        if is_open and self._is_log:
            self._text.moveCursor(QTextCursor.MoveOperation.End)

    @pyqtSlot()
    def _refresh(self) -> None:
        name = "chevron-down" if self._toggle.isChecked() else "chevron-right"
        self._toggle.setIcon(self._without_edge(name))
        self._toggle.setIconSize(QSize(self._theme.px(_GLYPH), self._theme.px(_ICON)))
        self._text.setFont(self._theme.code_font(12))
        lines = min(_MOST_LINES, self._text.blockCount())
        height = self._text.fontMetrics().lineSpacing() * max(2, lines)
        self._text.setFixedHeight(height + self._theme.px(30))

    def _without_edge(self, name: str) -> QIcon:
        px = self._theme.px
        whole = icon(self._theme, name, "muted").pixmap(px(_ICON), px(_ICON))
        ratio = whole.devicePixelRatio()
        left, width = round(px(_BLANK[name]) * ratio), round(px(_GLYPH) * ratio)
        return QIcon(whole.copy(left, 0, width, whole.height()))
