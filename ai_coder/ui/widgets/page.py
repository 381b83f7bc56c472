"""The frame of a whole view: a title, a line below it, and a body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSlot
from PyQt6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class Page(QWidget):
    """A view with the margins of the design; add the rest to `body`."""

    def __init__(
        self, theme: Theme, title: str, subtitle: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self._title = label(title, "title", self)
        self._subtitle = label(subtitle, "muted", self, wrap=True)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self._subtitle.setSizePolicy(policy)
        self._column.addWidget(self._title)
        self._column.addSpacing(theme.px(4))
        self._column.addWidget(self._subtitle)
        self._column.addSpacing(theme.px(14))
        self.body = QVBoxLayout()
        self._column.addLayout(self.body, 1)
        theme.changed.connect(self._apply_margins)
        self._apply_margins()

    @pyqtSlot()
    def _apply_margins(self) -> None:
        px = self._theme.px
        self._column.setContentsMargins(px(28), px(20), px(28), px(16))


class ScrollPage(QScrollArea):
    """A column that scrolls when the window is too small; add widgets to `column`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inner = QWidget(self)
        self._inner.setProperty("look", "page")
        self.column = QVBoxLayout(self._inner)
        self.setWidget(self._inner)
        theme.changed.connect(self._apply_margins)
        self._apply_margins()

    @pyqtSlot()
    def _apply_margins(self) -> None:
        px = self._theme.px
        self.column.setContentsMargins(0, px(18), 0, px(8))
        self.column.setSpacing(px(12))
