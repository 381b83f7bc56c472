"""The tab bar of the application, on the left edge of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QSize, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QButtonGroup, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ai_coder.ui.icons import icon
from ai_coder.ui.widgets.status_dot import StatusDot

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class NavigationBar(QWidget):
    """One tab for each view; `tab_requested` carries its key, such as `chat`."""

    tab_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tabs: dict[str, QToolButton] = {}
        self._marks: dict[str, StatusDot] = {}
        self._group = QButtonGroup(self)
        self.setObjectName("navigationBar")
        self.setAccessibleName(self.tr("Views"))
        self.setProperty("look", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self)
        self._top = QVBoxLayout()
        self._bottom = QVBoxLayout()
        self._column.addLayout(self._top)
        self._column.addStretch()
        self._column.addLayout(self._bottom)
        theme.changed.connect(self._space)
        self._space()

    def add_tab(self, key: str, title: str, icon_name: str, *, at_bottom: bool = False) -> None:
        """Append a tab; its object name is the key and `Tab`."""
        tab = QToolButton(self)
        tab.setObjectName(f"{key}Tab")
        tab.setProperty("look", "tab")
        tab.setText(title)
        tab.setAccessibleName(title)
        tab.setCheckable(True)
        tab.setIcon(icon(self._theme, icon_name, "muted", checked_role="accent"))
        tab.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        tab.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tab.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        tab.clicked.connect(lambda: self.tab_requested.emit(key))
        self._tabs[key] = tab
        self._marks[key] = StatusDot(self._theme, "accent", tab)
        self._marks[key].hide()
        self._group.addButton(tab)
        (self._bottom if at_bottom else self._top).addWidget(tab)
        self._space()

    def set_current(self, key: str) -> None:
        """Mark the tab of the view that is shown; Tab reaches this one, arrow keys the others."""
        for tab in self._tabs.values():
            tab.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._tabs[key].setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._tabs[key].setChecked(True)

    def set_mark(self, key: str, title: str, *, is_marked: bool) -> None:
        """Show a dot on the tab of a view with unsaved changes, or take it away."""
        tab = self._tabs[key]
        self._marks[key].setVisible(is_marked)
        unsaved = self.tr("{view}, unsaved changes").format(view=title)
        tab.setAccessibleName(unsaved if is_marked else title)

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        self.setFixedWidth(px(68))
        self._column.setContentsMargins(px(8), px(10), px(8), px(10))
        for layout in (self._column, self._top, self._bottom):
            layout.setSpacing(px(4))
        for tab in self._tabs.values():
            tab.setIconSize(QSize(px(20), px(20)))
            tab.setFixedHeight(px(55))
            tab.update()
        for mark in self._marks.values():
            mark.resize(mark.sizeHint())
            mark.move(px(36), px(6))
