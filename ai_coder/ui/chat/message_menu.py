"""The menu of a message: everything its painted buttons do, for the keyboard too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeySequence

from ai_coder.llm.models import Role
from ai_coder.ui.widgets.passing_menu import KeysOf, PassingMenu, no_keys

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QWidget

    from ai_coder.ui.chat.message_view import MessageView

_FEW_LINKS = 3
_MOST_LINKS = 20
_LINK_WIDTH = 420


class MessageMenu(PassingMenu):
    """Lists what can be done with a message, the selection, and the links and code in it."""

    chosen = pyqtSignal(str)
    """The action of a message, or `selection:copy`, `selection:all`, `code:<n>:copy`,
    `code:<n>:save`, `code:<n>:wrap`, `link:<address>`, `reasoning`, `detail`."""

    def __init__(
        self,
        view: MessageView,
        parent: QWidget,
        *,
        has_selection: bool,
        keys_of: KeysOf = no_keys,
    ) -> None:
        """*keys_of* tells the keys of commands that mean this message."""
        super().__init__(parent)
        self._keys_of = keys_of
        standard = QKeySequence.StandardKey
        if has_selection:
            copies = QKeySequence(standard.Copy)
            self._add("selection:copy", self.tr("Copy selection"), keys=copies)
        self._add("selection:all", self.tr("Select all"), keys=QKeySequence(standard.SelectAll))
        self.addSeparator()
        for button in view.frame.buttons():
            if button.action == "reasoning":
                is_open = button.label.startswith("\u25be")
                words = self.tr("Hide thinking") if is_open else self.tr("Show thinking")
                self._add(button.action, words)
            elif button.action and button.is_chip:
                self._add(button.action, button.label.lstrip("\u25b8\u25be "))
        self._add_message(view)
        self._add_links(view.links()[:_MOST_LINKS])
        self._add_code(view)

    def _add_message(self, view: MessageView) -> None:
        if view.frame.is_streaming:
            return
        message = view.message
        copies = self._keys_of("copy_answer")
        if copies.isEmpty():
            copies = self._keys_of("copy_message")
        self._add("copy", self.tr("Copy message as Markdown"), keys=copies)
        self._add("quote", self.tr("Quote"), keys=self._keys_of("quote_selection"))
        if message.role is Role.USER:
            self._add("edit", self.tr("Edit"), keys=self._keys_of("edit_prompt"))
        elif message.role is Role.ASSISTANT:
            self._add("regenerate", self.tr("Regenerate"), keys=self._keys_of("regenerate"))
            if message.can_continue and not message.offers:
                self._add("continue", self.tr("Continue"), keys=self._keys_of("continue_answer"))
            self._add("inspect", self.tr("Show the request"))
        if message.branches > 1:
            before, after = self._keys_of("previous_version"), self._keys_of("next_version")
            self._add("previous_branch", self.tr("Previous version"), keys=before)
            self._add("next_branch", self.tr("Next version"), keys=after)

    def _add_links(self, links: list[str]) -> None:
        if not links:
            return
        self.addSeparator()
        is_long = len(links) > _FEW_LINKS
        menu = self.add_menu(self.tr("Open link")) if is_long else self
        words = "{0}" if is_long else self.tr("Open link: {0}")
        for link in links:
            shown = self.fontMetrics().elidedText(link, Qt.TextElideMode.ElideMiddle, _LINK_WIDTH)
            self._add(f"link:{link}", words.format(shown).replace("&", "&&"), menu)

    def _add_code(self, view: MessageView) -> None:
        codes = view.code_items()
        if codes:
            self.addSeparator()
        last = view.last_code()
        for index, item in enumerate(codes):
            menu: PassingMenu = self
            if len(codes) > 1:
                name = item.language or self.tr("text")
                menu = self.add_menu(self.tr("Code {0}: {1}").format(index + 1, name))
            keys = self._keys_of("copy_code") if item is last else QKeySequence()
            self._add(f"code:{index}:copy", self.tr("Copy code"), menu, keys)
            self._add(f"code:{index}:save", self.tr("Save code as…"), menu)
            self._add(f"code:{index}:wrap", self.tr("Wrap long lines"), menu)

    def _add(
        self,
        action: str,
        label: str,
        menu: PassingMenu | None = None,
        keys: QKeySequence | None = None,
    ) -> None:
        entry = (menu or self).add(label, lambda: self.chosen.emit(action), keys or QKeySequence())
        entry.setObjectName(action)
