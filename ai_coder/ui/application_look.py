"""The look of every widget: Fusion, our palette, our font, our style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSlot

from ai_coder.ui.stylesheet import stylesheet

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QApplication

    from ai_coder.ui.theme import Theme


class ApplicationLook(QObject):
    """Keeps the application's palette, font and style sheet equal to the theme.

    `complete` adds the style of ours, which the first frame does without: its check marks and
    arrows are not there yet, and making it takes a tenth as long as everything before.
    """

    def __init__(self, app: QApplication, theme: Theme) -> None:
        super().__init__(app)
        self._app = app
        self._theme = theme
        self._blink_ms = app.cursorFlashTime()
        app.setStyle("Fusion")
        theme.changed.connect(self.apply)
        self.apply()

    def complete(self) -> None:
        """Let the style of ours draw from now on."""
        from ai_coder.ui.style import ApplicationStyle

        self._style = ApplicationStyle(self._theme)
        self._app.setStyle(self._style)

    @pyqtSlot()
    def apply(self) -> None:
        """Give the application the theme's present look.

        The old style sheet is taken away first: Qt replaces one by another four times slower
        than it applies a new one (measured: 1.0 s against 0.26 s for 870 widgets).
        """
        self._app.setStyleSheet("")
        self._app.setPalette(self._theme.palette())
        self._app.setFont(self._theme.font(13))
        self._app.setStyleSheet(stylesheet(self._theme))
        self._app.setCursorFlashTime(0 if self._theme.reduced_motion else self._blink_ms)
