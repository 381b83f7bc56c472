"""The frame of the application: navigation, the view that is shown, status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PyQt6.QtCore import pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QGridLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from ai_coder.ui.navigation_bar import NavigationBar
from ai_coder.ui.status_bar import StatusBar
from ai_coder.ui.widgets.notice_bar import NoticeBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from PyQt6.QtGui import QCloseEvent

    from ai_coder.ui.theme import Theme


@runtime_checkable
class Guarded(Protocol):
    """What may not be left without a question, such as a view with unsaved changes."""

    @property
    def has_unsaved_changes(self) -> bool:
        """Whether leaving would lose something."""

    def ask_to_leave(self, proceed: Callable[[], None]) -> None:
        """Ask the user; call *proceed* when the view may be left."""


@runtime_checkable
class Receiving(Protocol):
    """A view with one control that whoever comes here wants to use first.

    It is no focus proxy of the view: Tab would jump there over all that stands before it.
    """

    def take_keyboard(self) -> None:
        """Give the keyboard to that control."""


class MainWindow(QMainWindow):
    """Holds finished views by key and shows one of them.

    `view_changed` carries the key of the view that is shown now.
    """

    view_changed = pyqtSignal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._views: dict[str, QWidget] = {}
        self._titles: dict[str, str] = {}
        self._wanted = ""
        self._may_close = False
        self.guards: list[Guarded] = []
        """What is asked besides the views before the window closes."""

        self.setObjectName("mainWindow")
        self.setWindowTitle(self.tr("AI Coder Assistant"))
        self.status = StatusBar(theme, self)
        self.navigation = NavigationBar(theme, self)
        """Made after the status bar: Tab goes from the view through that line to the tabs."""

        self.notice = NoticeBar(theme, self)
        self.stack = QStackedWidget(self)
        """The parent to make views with: a view made elsewhere is styled twice."""

        self.navigation.tab_requested.connect(self.show_view)
        self._lay_out()
        self.setMinimumSize(900, 600)
        self.resize(1280, 820)

    @property
    def current_view(self) -> str:
        """The key of the view that is shown; empty before the first was added."""
        shown = self.stack.currentWidget()
        return next((key for key, view in self._views.items() if view is shown), "")

    def announce_views(self) -> None:
        """Show the tabs of the views that are still being made."""
        self._announce("chat", self.tr("Chat"), "chat", at_bottom=False)
        self._announce("models", self.tr("Models"), "models", at_bottom=False)
        self._announce("settings", self.tr("Settings"), "settings", at_bottom=True)
        self.navigation.set_current("chat")

    def add_view(
        self, key: str, title: str, icon_name: str, view: QWidget, *, at_bottom: bool = False
    ) -> None:
        """Add a view and its tab; the first one is shown, and one that was asked for already."""
        self._views[key] = view
        if key not in self._titles:
            self._announce(key, title, icon_name, at_bottom=at_bottom)
        self.stack.addWidget(view)
        if len(self._views) == 1:
            self.navigation.set_current(key)
        elif key == self._wanted:
            self.show_view(key)

    def view(self, key: str) -> QWidget:
        """Return a view; raises KeyError."""
        return self._views[key]

    @pyqtSlot(str)
    def show_view(self, key: str) -> None:
        """Show a view, after a question if the present one holds unsaved changes."""
        current = self.current_view
        if current:
            self.navigation.set_current(current)
        self._wanted = "" if key in self._views else key
        if self._wanted:
            return
        if key == current:
            self._give_keyboard(self._views[key])
            return
        self._leave(self._views[current], lambda: self._switch_to(key))

    def mark_unsaved(self, key: str, *, is_unsaved: bool) -> None:
        """Put a dot on the tab of a view with unsaved changes, or remove it."""
        self.navigation.set_mark(key, self._titles[key], is_marked=is_unsaved)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ask everything that would lose something before closing."""
        if event is None:
            return
        views = [view for view in self._views.values() if isinstance(view, Guarded)]
        unsaved = [guarded for guarded in (*views, *self.guards) if guarded.has_unsaved_changes]
        if not unsaved or self._may_close:
            event.accept()
            return
        event.ignore()
        self._close_after(unsaved)

    def _announce(self, key: str, title: str, icon_name: str, *, at_bottom: bool) -> None:
        self._titles[key] = title
        self.navigation.add_tab(key, title, icon_name, at_bottom=at_bottom)

    def _leave(self, view: QWidget, proceed: Callable[[], None]) -> None:
        if isinstance(view, Guarded) and view.has_unsaved_changes:
            view.ask_to_leave(proceed)
        else:
            proceed()

    def _switch_to(self, key: str) -> None:
        self.stack.setCurrentWidget(self._views[key])
        self.navigation.set_current(key)
        focused = self.focusWidget()
        if focused is None or not self.navigation.isAncestorOf(focused):
            self._give_keyboard(self._views[key])
        self.view_changed.emit(key)

    def _give_keyboard(self, view: QWidget) -> None:
        if isinstance(view, Receiving):
            view.take_keyboard()
        else:
            view.setFocus()

    def _close_after(self, unsaved: list[Guarded]) -> None:
        """Ask one after the other, then close."""
        unsaved = [guarded for guarded in unsaved if guarded.has_unsaved_changes]
        if unsaved:
            unsaved[0].ask_to_leave(lambda: self._close_after(unsaved[1:]))
        else:
            self._may_close = True
            self.close()

    def _lay_out(self) -> None:
        middle = QVBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        self.notice.setProperty("place", "window")
        middle.addWidget(self.notice)
        middle.addWidget(self.stack, 1)
        centre = QWidget(self)
        grid = QGridLayout(centre)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.navigation, 0, 0)
        grid.addLayout(middle, 0, 1)
        grid.addWidget(self.status, 1, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(0, 1)
        self.setCentralWidget(centre)
