"""The one place where an error of a view is shown in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ai_coder.ui.icons import icon
from ai_coder.ui.widgets.buttons import IconButton, button
from ai_coder.ui.widgets.disclosure import Disclosure
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.look import set_look

if TYPE_CHECKING:
    from PyQt6.QtGui import QKeyEvent

    from ai_coder.ui.theme import Theme


class NoticeBar(QFrame):
    """A sentence, the next step, at most one button; hidden while there is nothing to say.

    `action_requested` carries what was given as *action_key* to `show_notice`.
    """

    action_requested = pyqtSignal(object)
    dismissed = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._severity = "failed"
        self._action_key: object = None
        self.setObjectName("noticeBar")
        self.setProperty("look", "notice")
        self._sign = QLabel(self)
        self._message = label("", "strong", self, wrap=True)
        self._hint = label("", "muted", self, wrap=True)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = button("", "", self)
        self._button.hide()
        self._close = IconButton(theme, "close", self.tr("Dismiss"), self)
        self._details = Disclosure(theme, self.tr("Details"), self)
        self._button.clicked.connect(self._act)
        self._close.clicked.connect(self.dismiss)
        theme.changed.connect(self._refresh)
        self._lay_out()
        self._refresh()
        self.hide()

    def show_notice(
        self,
        message: str,
        hint: str = "",
        *,
        severity: str = "failed",
        action: str = "",
        action_key: object = None,
        detail: str = "",
    ) -> None:
        """Show a notice; *severity* is `failed`, `waiting` or `ok`."""
        self._severity = severity
        self._action_key = action_key
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self._details.set_text(detail)
        set_look(self, severity, name="severity")
        self.setAccessibleName(message)
        self.setAccessibleDescription(hint)
        self._refresh()
        self.show()

    def text(self) -> str:
        """Return what is shown now; empty while the bar is hidden."""
        if self.isHidden():
            return ""
        return "\n".join(part for part in (self._message.text(), self._hint.text()) if part)

    @pyqtSlot()
    def dismiss(self) -> None:
        """Take the notice away."""
        self.hide()
        self.dismissed.emit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Dismiss on Escape."""
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return
        super().keyPressEvent(event)

    @pyqtSlot()
    def _act(self) -> None:
        key = self._action_key
        self.hide()
        self.action_requested.emit(key)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._message)
        words.addWidget(self._hint)
        words.addWidget(self._details)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(words, 1)
        self._row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._words = words

    @pyqtSlot()
    def _refresh(self) -> None:
        px = self._theme.px
        name = {"failed": "warning", "waiting": "warning"}.get(self._severity, "info")
        self._sign.setPixmap(icon(self._theme, name, self._severity).pixmap(px(18), px(18)))
        self._row.setContentsMargins(px(12), px(10), px(8), px(10))
        self._row.setSpacing(px(10))
        above = px(7) if not self._button.isHidden() and self._hint.isHidden() else 0
        self._words.setContentsMargins(0, above, 0, 0)
        self._sign.setContentsMargins(0, above, 0, 0)
        self._close.setFixedHeight(px(34) if not self._button.isHidden() else px(26))
