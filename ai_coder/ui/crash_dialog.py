"""What is shown when the application itself is at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSlot
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_coder.ui.theme import Theme


class CrashDialog(QDialog):
    """A plain sentence, the folded report, and a button that copies it.

    *redact* takes every secret out of the report before it is shown or copied. The dialog is
    opened with `open()`; further faults are added to the one that is shown.
    """

    def __init__(
        self, theme: Theme, redact: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._redact = redact
        self._reports: list[str] = []
        self.setObjectName("crashDialog")
        self.setWindowTitle(self.tr("Something went wrong"))
        self._heading = label(self.tr("The application made a mistake"), "heading", self)
        self._heading.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._text = label(
            self.tr(
                "Your chats are saved, and you can go on working. If something looks wrong, "
                "restart the application. The report says what happened; it holds no keys and "
                "no chats, and is sent nowhere."
            ),
            "muted",
            self,
            wrap=True,
        )
        self._report = QPlainTextEdit(self)
        self._report.setObjectName("crashReport")
        self._report.setAccessibleName(self.tr("Report"))
        self._report.setReadOnly(True)
        self._report.setProperty("look", "code")
        self._report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._report.setTabChangesFocus(True)
        self._report.hide()
        self._unfold = button(self.tr("Show report"), "ghost", self)
        self._copy = button(self.tr("Copy report"), "", self)
        self._close = button(self.tr("Go on"), "primary", self)
        self._close.setDefault(True)
        self._unfold.clicked.connect(self._toggle_report)
        self._copy.clicked.connect(self._copy_report)
        self._close.clicked.connect(self.accept)
        self._lay_out()

    @property
    def report(self) -> str:
        """The report as shown, without secrets."""
        return self._report.toPlainText()

    def add_report(self, traceback_text: str) -> None:
        """Add a fault; a fault that is already in the report is not repeated."""
        text = self._redact(traceback_text).strip()
        if text not in self._reports:
            self._reports.append(text)
        self._report.setPlainText("\n\n".join(self._reports))

    @pyqtSlot()
    def _toggle_report(self) -> None:
        is_open = self._report.isHidden()
        self._report.setVisible(is_open)
        self._unfold.setText(self.tr("Hide report") if is_open else self.tr("Show report"))
        self._fit()

    @pyqtSlot()
    def _copy_report(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self.report)
        self._copy.setText(self.tr("Copied"))

    def _fit(self) -> None:
        """Take the height of what is shown; `adjustSize` would stop at two thirds of the screen."""
        column, screen = self.layout(), self.screen()
        if column is None or screen is None:
            return
        column.activate()
        height = column.totalHeightForWidth(self.width())
        self.resize(self.width(), min(height, screen.availableGeometry().height()))

    def _lay_out(self) -> None:
        px = self._theme.px
        self._report.setFont(self._theme.code_font(12))
        self._report.setMinimumHeight(px(80))
        self._report.setMaximumHeight(px(220))
        self.setMinimumWidth(px(520))
        buttons = QHBoxLayout()
        buttons.addWidget(self._unfold)
        buttons.addStretch()
        buttons.addWidget(self._copy)
        buttons.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(self._heading)
        column.addWidget(self._text)
        column.addWidget(self._report)
        column.addStretch(1)
        column.addLayout(buttons)
        self._close.setFocus()
