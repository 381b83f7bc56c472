"""Fonts, sizes and text formats of the transcript, made once per look."""

from __future__ import annotations

from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontMetricsF, QTextCharFormat, QTextOption

from ai_coder.markdown.inline import Style

if TYPE_CHECKING:
    from PyQt6.QtGui import QColor, QFont

    from ai_coder.ui.theme import Theme

_HEADING_SIZES = {1: 20, 2: 17, 3: 15.5, 4: 14.5, 5: 14, 6: 14}
_TEXT_SIZE = 14.0
_MUTED_SIZE = 13.0
_LINE_HEIGHT = 1.5


class TranscriptStyle:
    """Everything painting needs to know of the theme, in pixels of the current zoom.

    An object is valid for one look; after `Theme.changed` a new one is made.
    """

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.column = theme.px(780)
        self.margin = theme.px(24)
        self.indent = theme.px(24)
        self.quote_indent = theme.px(16)
        self.marker_gap = theme.px(7)
        self.gap = theme.px(10)
        self.tight_gap = theme.px(4)
        self.radius = theme.px(10)
        self._fonts: dict[tuple[int, Style, bool], QFont] = {}
        self._formats: dict[tuple[int, Style, bool], QTextCharFormat] = {}
        self._code_formats: dict[str, QTextCharFormat] = {}
        self._digit_rooms: dict[int, int] = {}

    def color(self, role: str) -> QColor:
        """Return a colour of the theme."""
        return self.theme.color(role)

    def px(self, size: float) -> int:
        """Return design pixels at the current zoom."""
        return self.theme.px(size)

    def text_size(self, level: int, *, is_muted: bool = False) -> float:
        """Return the design size of text, or of a heading of *level* 1 to 6."""
        return _HEADING_SIZES.get(level, _MUTED_SIZE if is_muted else _TEXT_SIZE)

    def font(self, level: int, style: Style = Style.PLAIN, *, is_muted: bool = False) -> QFont:
        """Return the font of a run of text."""
        key = (level, style & (Style.BOLD | Style.ITALIC | Style.CODE), is_muted)
        font = self._fonts.get(key)
        if font is None:
            size = self.text_size(level, is_muted=is_muted)
            is_bold = bool(style & Style.BOLD) or level > 0
            if style & Style.CODE:
                font = self.theme.code_font(size * 0.9, bold=is_bold)
                font.setItalic(bool(style & Style.ITALIC))
            else:
                font = self.theme.font(size, bold=is_bold, italic=bool(style & Style.ITALIC))
            self._fonts[key] = font
        return font

    def text_format(self, level: int, style: Style, *, is_muted: bool) -> QTextCharFormat:
        """Return the format of a run of text; the paper behind inline code is painted apart."""
        key = (level, style, is_muted)
        found = self._formats.get(key)
        if found is None:
            found = QTextCharFormat()
            found.setFont(self.font(level, style, is_muted=is_muted))
            if style & Style.STRIKE:
                found.setFontStrikeOut(True)
            if style & Style.LINK:
                found.setForeground(self.color("accent"))
                found.setFontUnderline(True)
            self._formats[key] = found
        return found

    def code_format(self, role: str) -> QTextCharFormat:
        """Return the format of a kind of code token."""
        found = self._code_formats.get(role)
        if found is None:
            found = QTextCharFormat()
            found.setForeground(self.theme.syntax_color(role))
            self._code_formats[role] = found
        return found

    def line_height(self, level: int, *, is_muted: bool = False) -> int:
        """Return the distance of two lines of text."""
        size = self.text_size(level, is_muted=is_muted)
        factor = 1.3 if level in (1, 2, 3) else _LINE_HEIGHT
        return self.theme.px(size * factor)

    def marker_room(self, marker: str) -> int:
        """Return how far text is indented behind *marker*.

        Every number gets the room of two digits: while an answer is written, nobody knows how
        far a list will count, and its items shall stand below each other.
        """
        if not marker.endswith("."):
            return self.indent
        digits = max(2, len(marker) - 1)
        if digits not in self._digit_rooms:
            width = QFontMetricsF(self.font(0)).horizontalAdvance("0" * digits + ".")
            self._digit_rooms[digits] = max(self.indent, ceil(width) + self.marker_gap)
        return self._digit_rooms[digits]

    @cached_property
    def code_font(self) -> QFont:
        """The font of code blocks."""
        return self.theme.code_font()

    @cached_property
    def code_line_height(self) -> int:
        """The distance of two lines of code."""
        return max(self.theme.px(20), round(QFontMetricsF(self.code_font).height()))

    @cached_property
    def code_advance(self) -> float:
        """The width of one character of code."""
        return QFontMetricsF(self.code_font).horizontalAdvance("0" * 100) / 100

    @cached_property
    def small_font(self) -> QFont:
        """The font of subtitles, buttons and footers."""
        return self.theme.font(12)

    @cached_property
    def small_bold_font(self) -> QFont:
        """The font of the name above an answer."""
        return self.theme.font(12, bold=True)

    @cached_property
    def small_metrics(self) -> QFontMetricsF:
        """Measures text in the small font."""
        return QFontMetricsF(self.small_font)

    @cached_property
    def small_bold_metrics(self) -> QFontMetricsF:
        """Measures text in the bold small font."""
        return QFontMetricsF(self.small_bold_font)

    @cached_property
    def wrapping(self) -> QTextOption:
        """Wraps at words, and inside a word only where it is longer than a line."""
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        return option

    @cached_property
    def wrapping_mirrored(self) -> QTextOption:
        """Does the same with text that runs from right to left."""
        option = QTextOption(self.wrapping)
        option.setTextDirection(Qt.LayoutDirection.RightToLeft)
        return option

    @cached_property
    def no_wrapping(self) -> QTextOption:
        """Keeps a line of code in one line, with tab stops of four characters."""
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        option.setTabStopDistance(4 * self.code_advance)
        return option

    @cached_property
    def code_wrapping(self) -> QTextOption:
        """Wraps code anywhere."""
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAnywhere)
        option.setTabStopDistance(4 * self.code_advance)
        return option
