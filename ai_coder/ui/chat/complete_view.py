"""Plain text that a model continues, or fills in between two parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal, pyqtSlot
from PyQt6.QtGui import QTextCursor
from PyQt6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from ai_coder.llm.models import ModelConfig
    from ai_coder.ui.theme import Theme


class CompleteView(QWidget):
    """Two fields, what comes before and after the gap, and between them what the model wrote.

    The owner streams: it gets `run_requested`, and tells with `set_running`, `append`,
    `set_status` and `set_problem` how it goes.
    """

    run_requested = pyqtSignal(str, str)
    """The text before and the text after; the second is empty where nothing is filled in."""

    stop_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_running = False
        self._failure = self._hint = ""
        self._can_complete = False
        self.setObjectName("completeView")
        self.setProperty("look", "page")
        before, result = self.tr("Text to continue"), self.tr("What the model wrote")
        self._before = self._field("completionPrefix", before, self.tr("def fibonacci(n):"))
        self._result = self._field("completionResult", result, "")
        self._result.setReadOnly(True)
        self._after_label = label(self.tr("Text after the gap"), "muted", self)
        self._after = self._field(
            "completionSuffix",
            self.tr("Text after the gap"),
            self.tr("Leave empty to continue the text"),
        )
        self._problem = label("", "failed", self, wrap=True)
        self._problem.setObjectName("completionProblem")
        self._status = label("", "small", self, wrap=True)
        self._status.setObjectName("completionStatus")
        self._run = button(self.tr("Run"), "primary", self)
        self._run.setObjectName("completionRunButton")
        self._take = button(self.tr("Append to the text"), "", self)
        self._take.setObjectName("completionTakeButton")
        self._lay_out(before, result)
        self._run.clicked.connect(self._press)
        self._take.clicked.connect(self._append_to_text)
        self._before.textChanged.connect(self._refresh)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.set_model(None, can_infill=False)

    def set_model(self, model: ModelConfig | None, *, can_infill: bool) -> None:
        """Say what the chosen model can do; *can_infill*: whether it fills in before a text."""
        capabilities = model.capabilities if model else ()
        self._can_complete = "completion" in capabilities or "insert" in capabilities
        fills = can_infill and self._can_complete
        self._after.setVisible(fills)
        self._after_label.setVisible(fills)
        hint = self.tr("Choose a model that completes plain text.")
        self._hint = "" if self._can_complete else hint
        self._refresh()

    def set_running(self, is_running: bool) -> None:
        """Show Stop while the model writes; a new run starts with an empty result."""
        if is_running and not self._is_running:
            self._result.clear()
            self.set_problem("")
            self.set_status("")
        self._is_running = is_running
        self._refresh()

    @pyqtSlot(str)
    def append(self, text: str) -> None:
        """Add what the model wrote next."""
        self._result.moveCursor(QTextCursor.MoveOperation.End)
        self._result.insertPlainText(text)
        self._refresh()

    def set_status(self, text: str) -> None:
        """Say what the model is doing, and at the end what it took."""
        self._status.setText(text)

    def set_problem(self, text: str) -> None:
        """Say in words what went wrong, until the next run; empty when nothing did."""
        self._failure = text
        self._refresh()

    @pyqtSlot()
    def _press(self) -> None:
        if self._is_running:
            self.stop_requested.emit()
            return
        after = self._after.toPlainText() if self._after.isVisibleTo(self) else ""
        self.run_requested.emit(self._before.toPlainText(), after)

    @pyqtSlot()
    def _append_to_text(self) -> None:
        self._before.moveCursor(QTextCursor.MoveOperation.End)
        self._before.insertPlainText(self._result.toPlainText())
        self._result.clear()
        self._refresh()

    @pyqtSlot()
    def _refresh(self) -> None:
        can_run = self._can_complete and bool(self._before.toPlainText())
        self._run.setText(self.tr("Stop") if self._is_running else self.tr("Run"))
        self._run.setEnabled(self._is_running or can_run)
        problem = self._failure or self._hint
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        has_result = bool(self._result.toPlainText())
        self._take.setEnabled(has_result and not self._is_running)

    def _field(self, name: str, title: str, placeholder: str) -> QPlainTextEdit:
        field = QPlainTextEdit(self)
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setPlaceholderText(placeholder)
        field.setProperty("look", "code")
        field.setTabChangesFocus(True)
        return field

    def _lay_out(self, before: str, result: str) -> None:
        layout = QVBoxLayout(self)
        px = self._theme.px
        layout.setContentsMargins(px(24), px(20), px(24), px(20))
        layout.setSpacing(self._theme.px(8))
        layout.addWidget(label(before, "muted", self))
        layout.addWidget(self._before, 2)
        layout.addWidget(label(result, "muted", self))
        layout.addWidget(self._result, 2)
        layout.addWidget(self._after_label)
        layout.addWidget(self._after, 1)
        layout.addWidget(self._problem)
        buttons = QHBoxLayout()
        buttons.addWidget(self._status, 1)
        buttons.addWidget(self._take)
        buttons.addWidget(self._run)
        layout.addLayout(buttons)

    @pyqtSlot()
    def _restyle(self) -> None:
        for field in (self._before, self._result, self._after):
            field.setFont(self._theme.code_font(13))
