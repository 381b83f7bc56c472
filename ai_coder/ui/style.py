"""Fusion with our check marks, our arrows and our round corners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QIcon, QPainter, QPen
from PyQt6.QtWidgets import QDialog, QLabel, QMessageBox, QProxyStyle, QStyle, QWidget

from ai_coder.ui.icons import icon, paint_icon
from ai_coder.ui.menu_key import MenuKey
from ai_coder.ui.message_boxes import lay_out_box
from ai_coder.ui.rounded_windows import RoundedWindows

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QStyleHintReturn, QStyleOption

    from ai_coder.ui.theme import Theme


class ApplicationStyle(QProxyStyle):
    """Fusion with check boxes and radio buttons in the colours of the theme."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Fusion")
        self._theme = theme
        self._rounded = RoundedWindows(theme, self)

    def polish(self, target: Any) -> Any:  # noqa: ANN401  # three overloads of Qt
        """Round popups, lay message boxes out, and give dialogs the key for menus.

        No label and no tool tip takes its words for HTML because they look like it: names of
        chats, models and files come from outside, and HTML opens the pictures it names.
        """
        polished = super().polish(target)
        if isinstance(target, QLabel) and target.textFormat() is Qt.TextFormat.AutoText:
            target.setTextFormat(Qt.TextFormat.PlainText)
        if isinstance(target, QDialog) and target.isModal() and not target.findChild(MenuKey):
            MenuKey(target)  # that of the window behind it does nothing meanwhile
        if isinstance(target, QMessageBox):
            lay_out_box(target, self._theme)
        elif isinstance(target, QWidget):
            self._rounded.add(target)
        return polished

    def drawPrimitive(  # noqa: N802  # Qt's name
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw check marks ourselves and leave the rest to Fusion."""
        if option is None or painter is None:
            return
        if element in _CHECK_MARKS:
            self._draw_check(option, painter, is_round=element is _RADIO)
        elif element in _ARROWS:
            side = min(self._theme.px(14), option.rect.width(), option.rect.height())
            area = QRectF(0, 0, side, side)
            area.moveCenter(QRectF(option.rect).center())
            paint_icon(painter, self._theme, _ARROWS[element], "muted", area)
        elif element is not QStyle.PrimitiveElement.PE_FrameFocusRect:
            super().drawPrimitive(element, option, painter, widget)

    def pixelMetric(  # noqa: N802  # Qt's name
        self,
        metric: QStyle.PixelMetric,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> int:
        """Return sizes that follow the zoom."""
        if metric in _INDICATOR_METRICS:
            return self._theme.px(16)
        if metric in (QStyle.PixelMetric.PM_SmallIconSize, QStyle.PixelMetric.PM_ButtonIconSize):
            return self._theme.px(16)
        return super().pixelMetric(metric, option, widget)

    def styleHint(  # noqa: N802  # Qt's name
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,  # noqa: N803  # Qt's name
    ) -> int:
        """Put the button that goes on to the right of every dialog, and no pictures on it.

        Scroll bars and bars of progress change at once where motion is reduced.
        """
        if hint is QStyle.StyleHint.SH_DialogButtonLayout:
            return _CANCEL_THEN_OK
        if hint is QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 0
        if hint is QStyle.StyleHint.SH_Widget_Animation_Duration and self._theme.reduced_motion:
            return 0
        return super().styleHint(hint, option, widget, returnData)

    def standardIcon(  # noqa: N802  # Qt's name
        self,
        standardIcon: QStyle.StandardPixmap,  # noqa: N803  # Qt's name
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> QIcon:
        """Return our icon where Qt's own file chooser has one of a fixed colour."""
        if standardIcon in _ICONS:
            return icon(self._theme, _ICONS[standardIcon])
        return super().standardIcon(standardIcon, option, widget)

    def _draw_check(self, option: QStyleOption, painter: QPainter, *, is_round: bool) -> None:
        is_on = bool(option.state & QStyle.StateFlag.State_On)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        radius = box.height() / 2 if is_round else self._theme.px(4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not option.state & QStyle.StateFlag.State_Enabled:
            painter.setOpacity(0.5)
        edge = "accent" if is_on or has_focus else "off"
        painter.setPen(QPen(self._theme.color(edge), 2 if has_focus and not is_on else 1))
        painter.setBrush(self._theme.color("accent" if is_on else "window"))
        painter.drawRoundedRect(box, radius, radius)
        if is_on and is_round:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_text"))
            painter.drawEllipse(box.center(), box.width() / 5, box.height() / 5)
        elif is_on:
            paint_icon(painter, self._theme, "check", "accent_text", box.adjusted(1, 1, -1, -1))
        painter.restore()


_CANCEL_THEN_OK = 3
"""`QDialogButtonBox.ButtonLayout.GnomeLayout`, as the number that a style hint is."""

_RADIO = QStyle.PrimitiveElement.PE_IndicatorRadioButton
_CHECK_MARKS = frozenset(
    {
        _RADIO,
        QStyle.PrimitiveElement.PE_IndicatorCheckBox,
        QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck,
    }
)
_ARROWS = {
    QStyle.PrimitiveElement.PE_IndicatorArrowLeft: "chevron-left",
    QStyle.PrimitiveElement.PE_IndicatorArrowRight: "chevron-right",
    QStyle.PrimitiveElement.PE_IndicatorArrowUp: "chevron-up",
    QStyle.PrimitiveElement.PE_IndicatorArrowDown: "chevron-down",
}
_ICONS = {
    QStyle.StandardPixmap.SP_ArrowBack: "chevron-left",
    QStyle.StandardPixmap.SP_ArrowForward: "chevron-right",
    QStyle.StandardPixmap.SP_FileDialogToParent: "chevron-up",
    QStyle.StandardPixmap.SP_FileDialogNewFolder: "plus",
    QStyle.StandardPixmap.SP_FileDialogListView: "grid",
    QStyle.StandardPixmap.SP_FileDialogDetailedView: "list",
    QStyle.StandardPixmap.SP_DirIcon: "folder",
    QStyle.StandardPixmap.SP_DirHomeIcon: "folder",
    QStyle.StandardPixmap.SP_FileIcon: "file",
}
_INDICATOR_METRICS = frozenset(
    {
        QStyle.PixelMetric.PM_IndicatorWidth,
        QStyle.PixelMetric.PM_IndicatorHeight,
        QStyle.PixelMetric.PM_ExclusiveIndicatorWidth,
        QStyle.PixelMetric.PM_ExclusiveIndicatorHeight,
    }
)
