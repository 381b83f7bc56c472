"""The one place where an error of a view is shown in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ai_coder.ui.icons import icon
from ai_coder.ui.widgets.bounded_area import BoundedArea
from ai_coder.ui.widgets.buttons import IconButton
from ai_coder.ui.widgets.disclosure import Disclosure
from ai_coder.ui.widgets.elided_button import ElidedButton
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.look import set_look

if TYPE_CHECKING:
    from collections.abc import Collection

    from PyQt6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent

    from ai_coder.ui.theme import Theme


_NARROW_BELOW = 640
"""Design pixels below which the button stands under the words."""

_SHARE = 0.43
"""How much of the height around it a notice takes at most; its words scroll beyond that."""

_LEAST_LINES = 2


class _Notice(NamedTuple):
    message: str
    hint: str
    severity: str
    action: str
    action_key: object
    other: tuple[str, object] | None
    detail: str


class NoticeBar(QFrame):
    """A sentence, the next step, a button or two; hidden while there is nothing to say.

    The newest notice is shown; a failure that it covers comes back when it is dismissed.
    `action_requested` carries what was given to `show_notice` as the key of the button.
    """

    action_requested = pyqtSignal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._notices: list[_Notice] = []
        self.setObjectName("noticeBar")
        self.setProperty("look", "notice")
        self._sign = QLabel(self)
        said = QWidget(self)
        self._area = BoundedArea(said, self)
        self._message = label("", "strong", said, wrap=True)
        self._hint = label("", "muted", said, wrap=True)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = Disclosure(theme, self.tr("Details"), said)
        self._words = QVBoxLayout(said)
        self._button = ElidedButton("", "", self)
        self._other = ElidedButton("", "ghost", self)
        self._button.hide()
        self._other.hide()
        QWidget.setTabOrder(self._other, self._button)
        self._more = label("", "muted", self)
        self._close = IconButton(theme, "close", self.tr("Dismiss"), self)
        self._button.clicked.connect(self._act)
        self._other.clicked.connect(self._act_otherwise)
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
        other: tuple[str, object] | None = None,
        detail: str = "",
    ) -> None:
        """Show a notice; *severity* is `failed`, `waiting` or `ok`.

        *other* is the text and key of a second button.
        """
        notice = _Notice(message, hint, severity, action, action_key, other, detail)
        said = (message, hint)
        self._notices = [
            each
            for each in self._notices
            if each.severity == "failed" and (each.message, each.hint) != said
        ]
        self._notices.append(notice)
        self._show_newest()

    def text(self) -> str:
        """Return what is shown now; empty while the bar is hidden."""
        if self.isHidden():
            return ""
        return "\n".join(part for part in (self._message.text(), self._hint.text()) if part)

    @pyqtSlot()
    def dismiss(self) -> None:
        """Take the notice away, and show the failure that it covered."""
        del self._notices[-1:]
        self._show_newest()

    def withdraw(self, messages: Collection[str]) -> None:
        """Take back these messages, shown or covered."""
        self._notices = [each for each in self._notices if each.message not in messages]
        self._show_newest()

    def clear(self) -> None:
        """Take all notices away."""
        self._notices.clear()
        self._show_newest()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Dismiss on Escape."""
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Put the button below the words where it would take their room."""
        super().resizeEvent(event)
        self._place_button()
        self._limit()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Watch how much room there is."""
        super().showEvent(event)
        if (around := self.parentWidget()) is not None:
            around.installEventFilter(self)
        self._limit()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Watch no more."""
        super().hideEvent(event)
        if (around := self.parentWidget()) is not None:
            around.removeEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Leave the view below its share when what is around becomes lower."""
        if event is not None and event.type() == QEvent.Type.Resize:
            self._limit()
        return super().eventFilter(watched, event)

    @pyqtSlot()
    def _act(self) -> None:
        self._done(self._notices[-1].action_key)

    @pyqtSlot()
    def _act_otherwise(self) -> None:
        if (other := self._notices[-1].other) is not None:
            self._done(other[1])

    def _done(self, key: object) -> None:
        self.dismiss()
        self.action_requested.emit(key)

    def _show_newest(self) -> None:
        if not self._notices:
            self.hide()
            return
        notice, covered = self._notices[-1], len(self._notices) - 1
        self._message.setText(notice.message)
        self._hint.setText(notice.hint)
        self._hint.setVisible(bool(notice.hint))
        self._button.set_text(notice.action)
        self._button.setVisible(bool(notice.action))
        self._other.set_text(notice.other[0] if notice.other else "")
        self._other.setVisible(notice.other is not None)
        self._details.set_text(notice.detail)
        self._more.setText(self.tr("%n more", "", covered))
        self._more.setVisible(covered > 0)
        set_look(self, notice.severity, name="severity")
        self.setAccessibleName(notice.message)
        self.setAccessibleDescription(notice.hint)
        self._area.setAccessibleName(notice.message)
        self._area.setAccessibleDescription(notice.hint)
        self._refresh()
        self.show()

    def _lay_out(self) -> None:
        self._words.addWidget(self._message)
        self._words.addWidget(self._hint)
        self._words.addWidget(self._details)
        self._words.addStretch(1)
        self._column = QVBoxLayout()
        self._column.addWidget(self._area, 1)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(self._column, 1)
        self._buttons = QHBoxLayout()
        self._buttons.addWidget(self._other)
        self._buttons.addWidget(self._button)
        self._row.addLayout(self._buttons)
        self._row.setAlignment(self._buttons, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self._more, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)

    def _place_button(self) -> None:
        third = self.width() // 3
        is_below = self.width() < self._theme.px(_NARROW_BELOW) or (
            self._buttons.sizeHint().width() > third
        )
        if is_below is (self._column.indexOf(self._buttons) >= 0):
            return
        before, after = (self._row, self._column) if is_below else (self._column, self._row)
        before.removeItem(self._buttons)
        self._buttons.setParent(None)
        after.insertLayout(1 if is_below else 2, self._buttons)
        side = Qt.AlignmentFlag.AlignLeft if is_below else Qt.AlignmentFlag.AlignTop
        after.setAlignment(self._buttons, side)
        self._space()

    @pyqtSlot()
    def _refresh(self) -> None:
        px = self._theme.px
        severity = self._notices[-1].severity if self._notices else "failed"
        name = {"failed": "warning", "waiting": "warning"}.get(severity, "info")
        self._sign.setPixmap(icon(self._theme, name, severity).pixmap(px(18), px(18)))
        self._place_button()
        self._space()

    def _space(self) -> None:
        px = self._theme.px
        self._row.setContentsMargins(px(12), px(10), px(8), px(10))
        self._row.setSpacing(px(10))
        has_button = not self._buttons.isEmpty()
        is_beside = has_button and self._row.indexOf(self._buttons) >= 0
        self._buttons.setSpacing(px(8))
        self._words.setSpacing(px(2))
        self._column.setSpacing(px(6))
        height = px(34 if is_beside else 26)
        self._close.setFixedHeight(height)
        self._message.ensurePolished()
        line = self._message.fontMetrics().height()
        is_level = not is_beside or self._hint.isHidden()
        above = max(0, height - line) // 2 if is_level else 0
        self._words.setContentsMargins(0, above, 0, 0)
        self._sign.setContentsMargins(0, max(0, above + (line - px(18)) // 2), 0, 0)
        self._more.setFixedHeight(height)
        self._limit()

    def _limit(self) -> None:
        """Give the words what the share leaves beside the edges and a button below them."""
        around = self.parentWidget()
        if around is None:
            return
        edges, inside = self.contentsMargins(), self._row.contentsMargins()
        taken = edges.top() + edges.bottom() + inside.top() + inside.bottom()
        if self._column.indexOf(self._buttons) >= 0 and not self._buttons.isEmpty():
            taken += self._column.spacing() + self._buttons.sizeHint().height()
        least = _LEAST_LINES * self._message.fontMetrics().lineSpacing()
        self._area.set_most(max(least, round(around.height() * _SHARE) - taken))
