"""One server's state in the status bar, and the card that explains it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QHBoxLayout, QWidget

from ai_coder.ui.connection_words import camel_id, dot_role, remedy_text, short_remedy_text
from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.card import InfoCard
from ai_coder.ui.widgets.popover import Popover
from ai_coder.ui.widgets.status_button import Detail, StatusButton

if TYPE_CHECKING:
    from ai_coder.llm.connection import ConnectionState
    from ai_coder.ui.theme import Theme

_CARD_WIDTH = 420
_KEPT_LINES = 500


class ProviderStatus(QWidget):
    """A dot and words; a click or Enter opens the card.

    `remedy_requested` carries the provider id and the `Remedy` of the state shown.
    """

    remedy_requested = pyqtSignal(str, object)

    def __init__(self, theme: Theme, provider_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._provider_id = provider_id
        self._state: ConnectionState | None = None
        self._detail = Detail.WHOLE
        self._output: deque[str] = deque(maxlen=_KEPT_LINES)
        name = camel_id(provider_id)
        self._entry = StatusButton(theme, self)
        self._entry.setObjectName(f"status{name[:1].upper()}{name[1:]}")
        self._link = button("", "link", self)
        self._card = InfoCard(theme, look="plain", is_narrow=True)
        self._popover = Popover(theme, self._card, self)
        self._entry.clicked.connect(self.open_card)
        self._link.clicked.connect(self._request_remedy)
        self._card.action_requested.connect(self._request_remedy)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._entry)
        layout.addWidget(self._link)
        self._link.hide()

    @property
    def state(self) -> ConnectionState | None:
        """The state shown now."""
        return self._state

    def stops(self) -> tuple[QWidget, ...]:
        """Return what Tab reaches here, in order."""
        return self._entry, self._link

    @property
    def card(self) -> InfoCard:
        """The card that explains the state."""
        return self._card

    def set_state(self, state: ConnectionState) -> None:
        """Show *state*; an open card changes with it."""
        if state == self._state:
            return
        self._state = state
        self._show_text()
        self._entry.setToolTip(state.sentence)
        self._entry.setAccessibleDescription(state.sentence)
        link = short_remedy_text(state.remedy)
        self._link.setText(link)
        self._link.setVisible(bool(link))
        self._link.setAccessibleName(remedy_text(state.remedy, state.provider))
        self._fill_card(state)

    def add_output(self, line: str) -> None:
        """Keep a line that the server printed; the card shows the lines when it is opened."""
        self._output.append(line)

    def set_detail(self, detail: Detail) -> None:
        """Show no more than *detail*; a server with trouble always says which."""
        self._detail = detail
        self._link.setVisible(bool(self._link.text()) and detail is Detail.WHOLE)
        self._show_text()

    def width_at(self, detail: Detail) -> int:
        """Return the width at which nothing of *detail* is cut."""
        if detail is Detail.WHOLE and self._link.text():
            return self._entry.width_for(self._words()) + self._link.sizeHint().width()
        if self._is_ready() and detail is Detail.DOT:
            return self._entry.bare_width()
        return self._entry.width_for(self._text_at(detail))

    def _is_ready(self) -> bool:
        return self._state is not None and dot_role(self._state) == "ok"

    def _text_at(self, detail: Detail) -> str:
        if self._state is not None and self._is_ready() and detail <= Detail.NAME:
            return self._state.provider
        return self._words()

    def _words(self) -> str:
        if self._state is None:
            return ""
        words = self.tr("{server} · {state}")
        return words.format(server=self._state.provider, state=self._state.short)

    def _show_text(self) -> None:
        if self._state is None:
            return
        self._entry.set_state(self._text_at(self._detail), dot_role(self._state))
        self._entry.set_bare(self._is_ready() and self._detail is Detail.DOT)
        self._entry.setAccessibleName(self._words())

    @pyqtSlot()
    def open_card(self) -> None:
        """Show the card above the entry."""
        if self._state is not None:
            self._fill_card(self._state)
            self._popover.open_above(self._entry, self._theme.px(_CARD_WIDTH))

    def _fill_card(self, state: ConnectionState) -> None:
        detail = "\n".join([*([state.raw] if state.raw else []), *self._output])
        self._card.set_content(
            dot_role(state),
            state.sentence,
            state.cause or _about(state),
            action=remedy_text(state.remedy, state.provider),
            detail=detail,
            is_log=bool(self._output),
        )

    @pyqtSlot()
    def _request_remedy(self) -> None:
        self._popover.hide()
        if self._state is not None and self._state.remedy is not None:
            self.remedy_requested.emit(self._provider_id, self._state.remedy)


def _about(state: ConnectionState) -> str:
    """Return what a server has and where it is, on lines of their own."""
    if dot_role(state) != "ok":
        return ""
    has = state.short[:1].upper() + state.short[1:]
    address = state.url.partition("://")[2] or state.url
    return "\n".join(part for part in (has, address) if part)
