"""A transcript by keyboard: moving between messages, which assistive tools can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPoint, Qt, QTimer, pyqtSlot
from PyQt6.QtGui import QKeyEvent, QKeySequence

from ai_coder.ui.chat.caret import caret_rect, line_away, line_edge
from ai_coder.ui.chat.message_mirror import MessageMirror
from ai_coder.ui.chat.reading_view import ReadingView
from ai_coder.ui.chat.sideways_item import SidewaysItem
from ai_coder.ui.chat.spoken_text import SpokenText, speaker
from ai_coder.ui.chat.transcript_state import Selection

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QWidget

    from ai_coder.ui.chat.code_lexers import CodeLexers
    from ai_coder.ui.chat.message_view import Position
    from ai_coder.ui.theme import Theme

_SIDEWAYS_STEP = 120
_MIRRORING_MS = 1_000
"""How late the mirror may say what has become of its message, unless a key needs it earlier."""


class KeyedView(ReadingView):
    """A transcript that can be used without a mouse."""

    def __init__(self, theme: Theme, lexers: CodeLexers, parent: QWidget | None = None) -> None:
        super().__init__(theme, lexers, parent)
        self._mirror = MessageMirror(self._canvas)
        self._mirror.key_pressed.connect(self._press_key)
        self._mirror.caret_moved.connect(self._follow_caret)
        self._mirror.entered.connect(self._enter)
        self._mirror.left.connect(self._leave)
        self._mirroring = QTimer(self)
        self._mirroring.setSingleShot(True)
        self._mirroring.setInterval(_MIRRORING_MS)
        self._mirroring.timeout.connect(self._mirror_again)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self._mirror)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move between messages, scroll, copy; other keys belong to the window."""
        if event is not None:
            event.ignore()
            self._press_key(event)

    @pyqtSlot(object)
    def _press_key(self, event: QKeyEvent) -> None:
        if self._mirroring.isActive() or not self._is_settled:
            self._mirror_again()
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Copy) and self.has_selection:
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif event.modifiers() == Qt.KeyboardModifier.AltModifier:
            if not self._press_alt(key):
                return
        elif self._move_caret(key, event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier):
            pass
        elif event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            if event.modifiers() != Qt.KeyboardModifier.ControlModifier:
                return
            if key == Qt.Key.Key_End:
                self.scroll_to_end()
            elif key == Qt.Key.Key_Home:
                self._bar.setValue(0)
            else:
                return
        elif not self._press_plain(key):
            return
        event.accept()

    def _press_alt(self, key: int) -> bool:
        """Scroll the code and tables of the focused message; return whether there was something."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        index = self._state.focused_message
        if not step or index < 0:
            return False
        items = self._layout.view(index).sideways_items()
        pixels = step * self._rendering.style.px(_SIDEWAYS_STEP)
        moved = [item.scroll_by(pixels) for item in items]
        if any(moved):
            self._repaint_changed()
        return any(item.scroll_range for item in items)

    def _press_plain(self, key: int) -> bool:
        """Handle a key without modifiers and return whether it means something here."""
        index = self._state.focused_message
        page = self._canvas.height() - self._padding() * 2
        match key:
            case Qt.Key.Key_Up:
                return self._focus_message(index - 1 if index >= 0 else self._last())
            case Qt.Key.Key_Down:
                return self._focus_message(index + 1 if index >= 0 else self._last())
            case Qt.Key.Key_Tab:
                return 0 <= index < self._last() and self._focus_message(index + 1)
            case Qt.Key.Key_PageUp:
                self._bar.setValue(self._bar.value() - page)
            case Qt.Key.Key_PageDown:
                self._bar.setValue(self._bar.value() + page)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Menu if index >= 0:
                rect = self._mirror.rect()
                corner = QPoint(rect.left() + 20, max(20, min(rect.bottom(), 120)))
                self._show_menu(index, self._mirror.mapToGlobal(corner))
            case _:
                return False
        return True

    def _last(self) -> int:
        return len(self._layout.messages) - 1

    @pyqtSlot(bool)
    def _enter(self, by_keyboard: bool) -> None:
        """Read out the last message; only the keyboard makes its focus visible."""
        if self._state.focused_message < 0 and self._layout.messages:
            if by_keyboard:
                self._focus_message(self._last())
            else:
                self._mirror_message(self._last())

    @pyqtSlot()
    def _leave(self) -> None:
        popup = self._mirror.window()
        if popup is not None and not self._mirror.hasFocus():
            self._state.focused_message = -1
            self._state.caret = None
            self._canvas.update()

    def _focus_message(self, index: int) -> bool:
        """Give a message the focus ring and let assistive tools read it."""
        if not self._layout.messages:
            return False
        index = max(0, min(index, self._last()))
        self._state.focused_message = index
        self._settle()
        top, bottom = self._visible()
        place = self._layout.top(index)
        end = place + self._layout.height(index)
        if place < top or (end > bottom and place > top):
            self._show_index(index)
        self._take_focus(index)
        return True

    def _take_focus(self, index: int) -> None:
        self._state.focused_message = index
        self._mirror_message(index)
        self._mirror.put_caret(0)
        self._state.caret = (index, SpokenText(self._layout.view(index)).position_at(0))
        self._canvas.update()

    # -- the mirror --

    def _mirror_message(self, index: int) -> None:
        self._place_mirror(index)
        view = self._layout.view(index)
        self._mirror.show_text(speaker(view), SpokenText(view).text)

    def _place_mirror(self, index: int) -> None:
        self._settle()
        y = round(self._origin().y()) + self._layout.top(index)
        height = self._layout.view(index).height
        self._mirror.setGeometry(round(self._origin().x()), y, self._layout.width, height)

    def _settle(self) -> None:
        """Lay out, and let the mirror follow soon."""
        was_settled = self._is_settled
        super()._settle()
        if not was_settled and self._is_mirrored() and not self._mirroring.isActive():
            self._mirroring.start()

    def _is_mirrored(self) -> bool:
        return self._state.focused_message >= 0 or self._mirror.hasFocus()

    @pyqtSlot()
    def _mirror_again(self) -> None:
        """Follow what has become of the message under the caret, and where it stands now."""
        focused = self._state.focused_message
        index = focused if focused >= 0 else self._last()
        if index < 0 or not self._is_mirrored():
            return
        self._place_mirror(index)
        self._mirroring.stop()
        view = self._layout.view(index)
        spoken = SpokenText(view)
        self._mirror.change_text(speaker(view), spoken.text)
        if self._state.caret is not None:
            place = self._mirror.textCursor().position()
            self._state.caret = (index, spoken.position_at(place))

    # -- the caret --

    def _move_caret(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Move the caret where what is seen decides; the mirror knows words and characters."""
        caret = self._state.caret
        selects = modifiers == Qt.KeyboardModifier.ShiftModifier
        if caret is None or not (selects or modifiers == Qt.KeyboardModifier.NoModifier):
            return False
        index, position = caret
        view = self._layout.view(index)
        spoken = SpokenText(view)
        match key:
            case Qt.Key.Key_Home | Qt.Key.Key_End:
                edge = line_edge(view, position, at_end=key == Qt.Key.Key_End)
                self._put_caret(index, edge, selects=selects)
            case Qt.Key.Key_Up | Qt.Key.Key_Down if selects:
                self._select_line(index, position, 1 if key == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Left if selects and position == spoken.position_at(0):
                self._select_across(index, -1)
            case Qt.Key.Key_Right if selects and position == spoken.end:
                self._select_across(index, 1)
            case _:
                return False
        return True

    @pyqtSlot(bool)
    def _follow_caret(self, selects: bool) -> None:
        """Show on the screen where a key moved the mirror's caret."""
        if self._state.caret is not None:
            index = self._state.caret[0]
            place = self._mirror.textCursor().position()
            position = SpokenText(self._layout.view(index)).position_at(place)
            self._take_caret(index, position, selects=selects)

    def _put_caret(self, index: int, position: Position, *, selects: bool) -> None:
        spoken = SpokenText(self._layout.view(index))
        self._mirror.put_caret(spoken.units_at(position), selects=selects)
        self._take_caret(index, position, selects=selects)

    def _select_line(self, index: int, position: Position, direction: int) -> None:
        place = line_away(self._layout.view(index), position, direction)
        if place is None:
            self._select_across(index, direction)
        else:
            self._put_caret(index, place, selects=True)

    def _select_across(self, index: int, direction: int) -> None:
        """Go on selecting in the message below (1) or above (-1)."""
        following, caret = index + direction, self._state.caret
        if not 0 <= following <= self._last():
            return
        self._focus_message(following)
        self._state.caret = caret
        spoken = SpokenText(self._layout.view(following))
        place = spoken.position_at(0) if direction > 0 else spoken.end
        self._mirror.put_caret(spoken.units_at(place))
        self._take_caret(following, place, selects=True)

    def _take_caret(self, index: int, position: Position, *, selects: bool) -> None:
        before, selection = self._state.caret, self._state.selection
        caret = (index, position)
        if not selects or before is None:
            self._state.selection = None
        elif selection is not None and selection.end == before:
            selection.end = caret
        else:
            self._state.selection = Selection(before, caret)
        self._state.caret = caret
        self._reveal_caret(index, position)
        self._canvas.update()

    def _reveal_caret(self, index: int, position: Position) -> None:
        """Scroll as little as shows the caret, with a screen laid out around it."""
        self._settle()
        view, height = self._layout.view(index), self._canvas.height()
        y = self._layout.top(index) + view.block_top(position.block)
        self._layout.lay_out(y - height, y + height)
        rect = caret_rect(view, position)
        if rect is None:
            return
        item = view.item(position.block, position.item)
        if isinstance(item, SidewaysItem) and item.reveal(
            item.rect_of(position.offset, position.offset + 1)
        ):
            self._repaint_changed()
        top, bottom = self._visible()
        y = self._layout.top(index) + round(rect.top())
        above, below = y - top, y + round(rect.height()) - bottom
        if above < 0 or below > 0:
            self._bar.setValue(self._bar.value() + (above if above < 0 else below))
