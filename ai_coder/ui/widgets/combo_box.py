"""A dropdown with the theme's chevron."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtWidgets import (
    QComboBox,
    QFrame,
    QListView,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from ai_coder.ui.icons import paint_icon

if TYPE_CHECKING:
    from PyQt6.QtGui import QPaintEvent, QWheelEvent

    from ai_coder.ui.theme import Theme


_SLACK = 4


class ComboBox(QComboBox):
    """A dropdown that does not change its choice when a page is scrolled over it."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setView(QListView(self))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.update)

    def add_choices(self, choices: list[tuple[str, object]]) -> None:
        """Append (text, value) pairs."""
        for text, value in choices:
            self.addItem(text, value)

    def choose(self, value: object) -> None:
        """Select the item with this value; an unknown value selects nothing."""
        self.setCurrentIndex(self.findData(value))

    def showPopup(self) -> None:
        """Open the list without the frame that Fusion puts around ours."""
        super().showPopup()
        view = self.view()
        frame = view.parentWidget() if view is not None else None
        if isinstance(frame, QFrame):
            frame.setFrameShape(QFrame.Shape.NoFrame)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Let the page scroll."""
        if event is not None:
            event.ignore()

    def sizeHint(self) -> QSize:
        """Return room for the widest choice; Qt's is a pixel or two short of it."""
        return super().sizeHint() + QSize(_SLACK, 0)

    def text_room(self, option: QStyleOptionComboBox) -> int:
        """Return how wide the text of the choice can be."""
        style = self.style()
        if style is None:
            return self.width()
        field = QStyle.SubControl.SC_ComboBoxEditField
        control = QStyle.ComplexControl.CC_ComboBox
        return style.subControlRect(control, option, field, self).width() - 2

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the box, the choice as far as there is room, and the chevron."""
        del event
        side = self._theme.px(14)
        left = self.width() - side - self._theme.px(9)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        text = option.currentText or self.placeholderText()
        room = self.text_room(option)
        right = Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(text, right, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        if not self.isEnabled():
            painter.setOpacity(0.45)
        area = QRectF(left, (self.height() - side) / 2, side, side)
        paint_icon(painter, self._theme, "chevron-down", "muted", area)
