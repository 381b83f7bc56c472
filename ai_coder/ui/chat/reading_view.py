"""Reading a conversation: finding, copying, and the wishes of clicks and menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPoint, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QGuiApplication

from ai_coder.llm.models import Role
from ai_coder.ui.chat.code_block import CodeItem
from ai_coder.ui.chat.meant_commands import commands_at, last_of, meant_message
from ai_coder.ui.chat.message_menu import MessageMenu
from ai_coder.ui.chat.message_view import END, START, MessageView
from ai_coder.ui.chat.pointed_view import PointedView
from ai_coder.ui.chat.selected_text import selected_text
from ai_coder.ui.chat.selection_copy import SelectionCopy
from ai_coder.ui.chat.sideways_item import SidewaysItem
from ai_coder.ui.chat.sought_text import as_typed
from ai_coder.ui.chat.transcript_find import TranscriptFind
from ai_coder.ui.chat.transcript_state import Selection
from ai_coder.ui.widgets.passing_menu import KeysOf, no_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from PyQt6.QtGui import QContextMenuEvent
    from PyQt6.QtWidgets import QWidget

    from ai_coder.ui.chat.code_lexers import CodeLexers
    from ai_coder.ui.chat.found_places import Match
    from ai_coder.ui.chat.layout_item import LayoutItem, Target
    from ai_coder.ui.chat.sought_text import SoughtText
    from ai_coder.ui.chat.transcript_message import TranscriptMessage
    from ai_coder.ui.theme import Theme


class ReadingView(PointedView):
    """A transcript that can be searched, copied from and acted on."""

    action_requested = pyqtSignal(int, str)
    """Message id and copy, quote, edit, regenerate, continue, previous_branch, next_branch or
    `card:<action>`."""

    code_copied = pyqtSignal(str, str)
    """Code and language; it is on the clipboard already."""

    save_code_requested = pyqtSignal(str, str)
    """Code and language."""

    link_requested = pyqtSignal(str)
    """An address the reader clicked; the owner asks before opening it."""

    find_changed = pyqtSignal(int, int)
    """The number of the current match from 1, or 0, and how many are known."""

    copy_progressed = pyqtSignal(int)
    """How many percent of a long selection are ready for the clipboard; with 100 it is there."""

    def __init__(self, theme: Theme, lexers: CodeLexers, parent: QWidget | None = None) -> None:
        super().__init__(theme, lexers, parent)
        self.keys_of: KeysOf = no_keys
        self._find = TranscriptFind(self._layout, self._state.found, self)
        self._copy = SelectionCopy(self._layout, self)
        self._copy.progressed.connect(self.copy_progressed)
        self._pointer.pressed.connect(self._activate)
        self._find.changed.connect(self.find_changed)
        self._find.current_changed.connect(self._reveal_match)

    # -- places --

    def scroll_to(self, message_id: int) -> None:
        """Show a message below the upper edge; raises KeyError if it is not there."""
        self._show_index(self._layout.index_of(message_id))

    def _show_index(self, index: int) -> None:
        self._show_place(lambda: self._layout.top(index))

    def _show_place(self, place: Callable[[], int], *, may_pass_end: bool = False) -> None:
        """Bring to the upper edge what *place* tells anew as more around it is laid out."""
        for _round in range(3):
            self._follows = False
            top = place()
            self._layout.lay_out(top, top + self._canvas.height())
            self._is_held = may_pass_end
            self._place_bar(place())
        self._follows = self._bar.value() >= self._bar.maximum()
        self._unsettle()

    def _place_beside(self, index: int) -> Callable[[], int]:
        """Return where to scroll so that another message takes the place of this one.

        Where it begins above, the buttons at its end stay where they are.
        """
        above = self._layout.top(index) - self._bar.value()
        if above >= -self._padding():
            return lambda: self._layout.top(index) - above
        end = above + self._layout.height(index)
        end = min(end, self._canvas.height() - 2 * self._padding())
        return lambda: self._layout.top(index) + self._layout.height(index) - end

    # -- find --

    def find(self, text: str) -> int:  # type: ignore[override] # QWidget's looks up window ids
        """Highlight *text* everywhere and return how many places are known at once.

        Long conversations are searched at idle; `find_changed` tells the number as it grows.
        """
        return self.look_for(as_typed(text))

    def look_for(self, sought: SoughtText | None, message_id: int | None = None) -> int:
        """Do the same for several words; with *message_id* their first place there is shown."""
        index = None if message_id is None else self._layout.index_of(message_id)
        count = self._find.start(sought, index)
        self._canvas.update()
        return count

    @pyqtSlot()
    def find_next(self) -> None:
        """Go to the next place below."""
        self._find.step(1)

    @pyqtSlot()
    def find_previous(self) -> None:
        """Go to the next place above."""
        self._find.step(-1)

    @pyqtSlot()
    def clear_find(self) -> None:
        """Remove the highlights."""
        self._find.clear()
        self._canvas.update()

    @property
    def has_more_places(self) -> bool:
        """Whether there are more places than are known, because there are so many."""
        return self._find.has_more

    @pyqtSlot(int, object)
    def _reveal_match(self, message: int, match: Match) -> None:
        view = self._layout.view(message)
        is_folded = view.shown_block(match.block) < 0
        if is_folded:
            self._toggle_reasoning(view)
        item = view.item(view.shown_block(match.block), match.item)
        if item is None:
            return
        y = self._place_of(message, match, item)
        rect = item.rect_of(match.start, match.end)
        if isinstance(item, SidewaysItem) and item.reveal(rect):
            self._repaint_changed()
        top, bottom = self._visible()
        if is_folded or not top + 40 < y < bottom - 80:
            self._show_place(lambda: self._place_of(message, match, item) - (bottom - top) // 3)
        if self._layout.streaming is not None:  # it would carry the place away
            self._follows = False
        self._canvas.update()

    def _place_of(self, message: int, match: Match, item: LayoutItem) -> int:
        """Lay out the block of a place, and return how far down in the conversation that is."""
        view = self._layout.view(message)
        inside = view.lay_out_block(view.shown_block(match.block), self._layout.width) + item.y
        return self._layout.top(message) + inside + round(item.rect_of(match.start, match.end).y())

    # -- selection --

    @property
    def has_selection(self) -> bool:
        """Whether something is selected; costs nothing, however much that is."""
        selection = self._state.selection
        return selection is not None and not selection.is_empty

    def selected_text_in(self, message_id: int) -> str:
        """Return what is selected of one message."""
        selection = self._state.selection
        index = self._layout.index_of(message_id)
        selected = selection.range_in(index) if selection is not None else None
        return self._layout.glance(index).text_between(*selected) if selected else ""

    def selected_text(self) -> str:
        """Return the selected text, messages divided by an empty line."""
        selection = self._state.selection
        if selection is None or selection.is_empty:
            return ""
        return "".join(selected_text(self._layout, selection))

    @pyqtSlot()
    def copy(self) -> None:
        """Put the selected text on the clipboard; a long one arrives there a little later."""
        selection = self._state.selection
        if selection is not None and not selection.is_empty:
            self._copy.start(selection)

    @pyqtSlot()
    def copy_last_code(self) -> None:
        """Copy the last code block of the newest answer, as the button on it does."""
        index = last_of(Role.ASSISTANT, self._layout.messages)
        code = self._layout.glance(index).last_code() if index >= 0 else None
        if code is not None:
            self._use_code(index, code, "copy")

    @pyqtSlot()
    def select_all(self) -> None:
        """Select the whole conversation."""
        if self._layout.messages:
            last = len(self._layout.messages) - 1
            self._state.selection = Selection((0, START), (last, END))
            self._canvas.update()

    def _forget_marks(self) -> None:
        self._state.selection = None
        self._state.caret = None
        self._state.hovered_message = self._state.focused_message = -1
        self._state.hovered = None

    # -- wishes --

    @pyqtSlot(int, object)
    def _activate(self, index: int, target: Target) -> None:
        """Do what a clicked link or button says."""
        if target.kind == "link":
            self.link_requested.emit(target.value)
        elif target.kind == "code":
            block, item = self._state.hovered_item
            code = self._layout.view(index).item(block, item)
            if isinstance(code, CodeItem):
                self._use_code(index, code, target.value.removeprefix("code:"))
        else:
            self._act(index, target.value)

    def _act(self, index: int, action: str) -> None:
        view = self._layout.view(index)
        if action in ("reasoning", "detail"):
            if action == "reasoning":
                self._toggle_reasoning(view)
            else:
                view.toggle_detail()
            self._follows = self._follows and index == len(self._layout.messages) - 1
            self._unsettle()
        else:
            self.action_requested.emit(view.message.id, action)

    def _toggle_reasoning(self, view: MessageView) -> None:
        self._state.selection = None
        view.toggle_reasoning()

    def _use_code(self, index: int, code: CodeItem, action: str) -> None:
        text = code.text + "\n" if code.text else ""
        if action == "copy":
            clipboard = QGuiApplication.clipboard()
            if clipboard is not None:
                clipboard.setText(text)
            self.code_copied.emit(text, code.language)
        elif action == "save":
            self.save_code_requested.emit(text, code.language)
        else:
            code.toggle_wrap()
            self._layout.view(index).item_changed(code)
            self._unsettle()

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Show the menu of the message under the pointer."""
        if event is None or not self._layout.messages:
            return
        spot = self._pointer.spot(self._in_conversation(event.pos().toPointF()))
        if spot is not None:
            self._show_menu(spot.message, event.globalPos())

    def _show_menu(self, index: int, place: QPoint) -> None:
        view = self._layout.view(index)
        commands = commands_at(index, self._layout.messages, self._state)
        menu = MessageMenu(
            view,
            self,
            has_selection=self.has_selection,
            keys_of=lambda name: self.keys_of(name) if name in commands else no_keys(name),
        )
        menu.chosen.connect(lambda wish: self._choose(index, wish))
        menu.popup(place)

    def meant_message(self) -> TranscriptMessage | None:
        """Return the message that has the keyboard, else the newest one."""
        index = meant_message(self._layout.messages, self._state)
        return self._layout.messages[index] if index >= 0 else None

    def _choose(self, index: int, wish: str) -> None:
        match wish.split(":"):
            case ["selection", "copy"]:
                self.copy()
            case ["selection", "all"]:
                self.select_all()
            case ["link", *address]:
                self.link_requested.emit(":".join(address))
            case ["code", number, action]:
                code = self._layout.view(index).code_items()[int(number)]
                self._use_code(index, code, action)
            case _:
                self._act(index, wish)
