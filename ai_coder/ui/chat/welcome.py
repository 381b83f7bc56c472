"""What an empty chat shows: the servers that can be connected, and first prompts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.widgets.elided_button import ElidedButton
from ai_coder.ui.widgets.flow_layout import FlowLayout
from ai_coder.ui.widgets.status_dot import StatusDot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.theme import Theme


_SCROLL_BAR = 10


@dataclass(frozen=True, slots=True)
class ServerCard:
    """One way to get a model: `health` is a colour role, `action` names the button's wish."""

    key: str
    title: str
    text: str
    health: str
    button: str = ""
    action: str = ""
    badge: str = ""


class WelcomePanel(QScrollArea):
    """Shown instead of the transcript while a chat has no message."""

    action_requested = pyqtSignal(str, str)
    """The key of a card and the action of its button."""

    prompt_chosen = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cards: tuple[ServerCard, ...] = ()
        self._prompts: tuple[str, ...] = ()
        self.setObjectName("welcomePanel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._title = ""
        self._text = ""
        theme.changed.connect(self._rebuild)

    def show_state(
        self, title: str, text: str, cards: Sequence[ServerCard], prompts: Sequence[str]
    ) -> None:
        """Show a heading, the *cards* and buttons with first *prompts*."""
        state = (title, text, tuple(cards), tuple(prompts))
        if state != (self._title, self._text, self._cards, self._prompts):
            self._title, self._text, self._cards, self._prompts = state
            self._rebuild()

    def _rebuild(self) -> None:
        px = self._theme.px
        content = QWidget(self)
        outer = QHBoxLayout(content)
        outer.setContentsMargins(px(24), px(24), px(24 + _SCROLL_BAR), px(12))
        column = QWidget(content)
        column.setMaximumWidth(px(780))
        outer.addStretch(1)
        outer.addWidget(column, 1000)
        outer.addStretch(1)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(8))
        layout.addStretch(1)
        layout.addWidget(self._label(self._title, 20, bold=True))
        layout.addWidget(self._label(self._text, 13, look="muted"))
        layout.addSpacing(px(8))
        layout.addLayout(self._card_grid(column))
        layout.addSpacing(px(8))
        layout.addLayout(self._prompt_row(column))
        layout.addStretch(2)
        self.setWidget(content)

    def _label(self, text: str, size: float, *, bold: bool = False, look: str = "") -> QLabel:
        label = QLabel(text)
        label.setWordWrap(True)
        label.setFont(self._theme.font(size, bold=bold))
        label.setProperty("look", look)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setVisible(bool(text))
        return label

    def _card_grid(self, parent: QWidget) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(self._theme.px(10))
        for number, card in enumerate(self._cards):
            is_alone = number == len(self._cards) - 1 and number % 2 == 0
            columns = 2 if is_alone else 1
            grid.addWidget(self._card(card, parent), number // 2, number % 2, 1, columns)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _card(self, card: ServerCard, parent: QWidget) -> QFrame:
        px = self._theme.px
        frame = QFrame(parent)
        frame.setProperty("look", "card")
        frame.setAccessibleName(f"{card.title}. {card.text}")
        head = QHBoxLayout()
        head.setSpacing(px(8))
        dot = StatusDot(self._theme, card.health, frame)
        head.addWidget(dot)
        head.addWidget(self._label(card.title, 13, bold=True))
        if card.badge:
            badge = self._label(card.badge, 11, look="tag")
            badge.setProperty("tone", "waiting")
            badge.setWordWrap(False)
            head.addWidget(badge)
        head.addStretch(1)
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(px(14), px(12), px(14), px(12))
        layout.setSpacing(px(6))
        layout.addLayout(head)
        layout.addWidget(self._label(card.text, 12, look="muted"))
        layout.addStretch(1)
        if card.button:
            button = QPushButton(card.button, frame)
            button.clicked.connect(partial(self._emit_action, card.key, card.action))
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return frame

    def _prompt_row(self, parent: QWidget) -> FlowLayout:
        rows = FlowLayout(spacing=self._theme.px(6))
        for prompt in self._prompts:
            button = ElidedButton(prompt, "chip", parent)
            button.clicked.connect(partial(self._emit_prompt, prompt))
            rows.addWidget(button)
        return rows

    def _emit_action(self, key: str, action: str) -> None:
        self.action_requested.emit(key, action)

    def _emit_prompt(self, prompt: str) -> None:
        self.prompt_chosen.emit(prompt)
