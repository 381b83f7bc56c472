"""An area as high as what is in it, up to a limit from which on it scrolls."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QSize, Qt, pyqtSlot
from PyQt6.QtWidgets import QFrame, QScrollArea, QWidget


class BoundedArea(QScrollArea):
    """Can be reached and scrolled by keyboard while not all of it is seen."""

    def __init__(self, inner: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = 0
        inner.setProperty("look", "page")
        inner.installEventFilter(self)
        self.setProperty("look", "bounded")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setWidget(inner)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        bar = self.verticalScrollBar()
        if bar is not None:
            bar.rangeChanged.connect(self._range_changed)

    def set_most(self, height: int) -> None:
        """Take no more than *height* pixels."""
        if height != self._most:
            self._most = height
            self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        """Say that narrow means high."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of what is inside, within the limit."""
        inner, edge = self.widget(), 2 * self.frameWidth()
        layout = inner.layout() if inner is not None else None
        whole = layout.totalHeightForWidth(width - edge) if layout is not None else 0
        return min(whole + edge, self._most)

    def sizeHint(self) -> QSize:
        """Return the present width with the height for it."""
        return QSize(self.width(), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """Give way in width only."""
        return QSize(0, self.heightForWidth(self.width()))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow what is inside when it grows or shrinks."""
        is_other = event is not None and event.type() == QEvent.Type.LayoutRequest
        if is_other and watched is self.widget():
            self.updateGeometry()
        return super().eventFilter(watched, event)

    @pyqtSlot(int, int)
    def _range_changed(self, _least: int, most: int) -> None:
        policy = Qt.FocusPolicy.StrongFocus if most else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(policy)
