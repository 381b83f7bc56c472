"""A card that says what is, why, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.disclosure import Disclosure
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.status_dot import StatusDot

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class InfoCard(QFrame):
    """A dot, a sentence, its cause, one button, and folded raw detail."""

    action_requested = pyqtSignal()

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        look: str = "card",
        is_narrow: bool = False,
    ) -> None:
        """Create an empty card; a narrow one has its button below the words."""
        super().__init__(parent)
        self._theme = theme
        self._is_narrow = is_narrow
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setProperty("look", look)
        self._dot = StatusDot(theme, "off", self)
        self._title = label("", "strong", self, wrap=True)
        self._text = label("", "muted", self, wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = button("", "primary", self)
        self._details = Disclosure(theme, self.tr("Details"), self)
        self._button.clicked.connect(self.action_requested)
        theme.changed.connect(self._space)
        self._lay_out()
        self._space()
        self.set_content("off", "", "")

    @property
    def action_text(self) -> str:
        """What the button says; empty when there is none."""
        return "" if self._button.isHidden() else self._button.text()

    def set_content(
        self,
        role: str,
        title: str,
        text: str,
        *,
        action: str = "",
        detail: str = "",
        is_log: bool = False,
    ) -> None:
        """Show these words; an empty *action* leaves the button out.

        *detail* is folded; where it *is_log* its end comes first.
        """
        self._dot.set_role(role)
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._button.setText(action)
        self._button.setAccessibleName(action)
        self._button.setVisible(bool(action))
        self._details.set_text(detail, is_log=is_log)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    def text(self) -> str:
        """Return the title and the text, on lines of their own."""
        return "\n".join(part for part in (self._title.text(), self._text.text()) if part)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._text)
        words.addWidget(self._details)
        self._dot_column = QVBoxLayout()
        self._dot_column.addWidget(self._dot)
        self._dot_column.addStretch()
        self._row = QHBoxLayout(self)
        self._row.addLayout(self._dot_column)
        self._row.addLayout(words, 1)
        if self._is_narrow:
            words.insertWidget(2, self._button, 0, Qt.AlignmentFlag.AlignLeft)
            words.setSpacing(8)
        else:
            self._row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignTop)

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        self._row.setContentsMargins(px(16), px(14), px(16), px(14))
        self._row.setSpacing(px(12))
        self._dot_column.setContentsMargins(0, px(5), 0, 0)
