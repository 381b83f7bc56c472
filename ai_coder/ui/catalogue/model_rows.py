"""The rows of the model dropdown: sections, words and painting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, QModelIndex, QObject, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QFontMetrics, QPainter
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ai_coder.llm.models import Locality
from ai_coder.ui.icons import paint_icon
from ai_coder.ui.lifecycle_words import retirement_text
from ai_coder.ui.number_text import size_text, window_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ai_coder.llm.models import ModelConfig
    from ai_coder.ui.theme import Theme

_SHOWN_ABILITIES = ("tools", "vision", "reasoning")


def sections(
    models: Sequence[ModelConfig], provider_names: Mapping[str, str], favourites: Sequence[str]
) -> list[tuple[str, list[ModelConfig]]]:
    """Return (heading, models): what is loaded now, favourites, then each server's models.

    Every model stands in one section only, so that a choice is unambiguous; what only helps
    stands last in its section.
    """
    models = sorted(models, key=lambda model: bool(model.metadata.get("help_only")))
    loaded = [m for m in models if m.is_loaded]
    taken = {m.ref for m in loaded}
    starred = [m for m in models if m.ref in favourites and m.ref not in taken]
    taken |= {m.ref for m in starred}
    groups: list[tuple[str, list[ModelConfig]]] = [
        (_tr("Loaded now"), loaded),
        (_tr("Favourites"), starred),
    ]
    for provider_id, name in provider_names.items():
        rest = [m for m in models if m.provider == provider_id and m.ref not in taken]
        groups.append((name, rest))
    return [(title, members) for title, members in groups if members]


def facts(model: ModelConfig) -> str:
    """Return what is known of a model in one line: quantization, parameters, size, window, end."""
    known = [
        model.quantization or "",
        model.parameters or "",
        size_text(model.size_bytes) if model.size_bytes else "",
        window_text(model.served_context, model.context_length),
        retirement_text(model),
    ]
    return " · ".join(part for part in known if part)


def dot_of(model: ModelConfig) -> str:
    """Return the colour role of a model's dot; what runs elsewhere needs no loading here."""
    if model.is_loading:
        return "waiting"
    return "ok" if model.is_loaded or model.locality is Locality.CLOUD else "off"


def row_text(model: ModelConfig) -> str:
    """Return the whole row in words, for assistive tools and the filter."""
    state = "" if model.locality is Locality.CLOUD else "not loaded"
    state = "loaded" if model.is_loaded else state
    state = "loading" if model.is_loading else state
    abilities = " ".join(a for a in _SHOWN_ABILITIES if a in model.capabilities)
    words = (model.display_name, state, facts(model), abilities, model.locality.value)
    return " ".join(word for word in words if word)


def place_text(model: ModelConfig) -> str:
    """Return where a model runs, in one word."""
    where = {
        Locality.LOCAL: _tr("Local"),
        Locality.LAN: _tr("LAN"),
        Locality.CLOUD: _tr("Cloud"),
    }
    return where[model.locality]


def badge_width(theme: Theme, text: str) -> int:
    """Return how wide the badge is that `paint_badge` draws."""
    return QFontMetrics(theme.font(11)).horizontalAdvance(text) + theme.px(14)


def paint_badge(
    painter: QPainter, theme: Theme, text: str, right: int, middle: int, *, is_cloud: bool
) -> int:
    """Draw a badge that ends at *right*; return its width."""
    px, width = theme.px, badge_width(theme, text)
    box = QRect(right - width, middle - px(9), width, px(18))
    painter.setFont(theme.font(11))
    painter.setPen(theme.color("waiting" if is_cloud else "line"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, px(6), px(6))
    painter.setPen(theme.color("waiting" if is_cloud else "muted"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return width


class ModelRowDelegate(QStyledItemDelegate):
    """Paints a heading or a model with dot, name, facts, abilities and where it runs."""

    def __init__(
        self, theme: Theme, role: int, star_role: int, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role
        self._star_role = star_role

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of a heading or of a model's two lines."""
        height = 44 if index.data(self._role) is not None else 26
        return QSize(self._theme.px(200), self._theme.px(height))

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw the row."""
        if painter is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        model: ModelConfig | None = index.data(self._role)
        if model is None:
            painter.setFont(self._theme.font(11, bold=True))
            painter.setPen(self._theme.color("faint"))
            area = option.rect.adjusted(self._theme.px(8), 0, 0, -self._theme.px(4))
            painter.drawText(area, Qt.AlignmentFlag.AlignBottom, str(index.data()))
        else:
            is_starred = bool(index.data(self._star_role))
            self._paint_model(painter, option, model, is_starred=is_starred)
        painter.restore()

    def _paint_model(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        model: ModelConfig,
        *,
        is_starred: bool,
    ) -> None:
        px, color = self._theme.px, self._theme.color
        active = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver
        if option.state & active:
            painter.setPen(Qt.PenStyle.NoPen)
            is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setBrush(color("accent_soft") if is_selected else color("hover"))
            painter.drawRoundedRect(option.rect.adjusted(0, 1, 0, -1), px(8), px(8))
        inner = option.rect.adjusted(px(26), px(4), -px(10), -px(4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(dot_of(model)))
        middle = option.rect.center().y()
        painter.drawEllipse(option.rect.left() + px(10), middle - px(4), px(8), px(8))
        left_of_badges = self._paint_badges(painter, inner, model)
        width = left_of_badges - inner.left() - px(8)
        room = width - (px(18) if is_starred else 0)
        name = self._line(painter, inner, room, model.display_name, 13, "text", bold=True)
        if is_starred:
            star = QRectF(inner.left() + name + px(6), inner.top() + px(2), px(13), px(13))
            paint_icon(painter, self._theme, "star", "waiting", star)
        below = inner.adjusted(0, px(18), 0, 0)
        self._line(painter, below, width, facts(model), 11, "muted", bold=False)

    def _paint_badges(self, painter: QPainter, area: QRect, model: ModelConfig) -> int:
        """Draw the badges from the right; return where they begin."""
        px = self._theme.px
        badges = [place_text(model), *_reversed_abilities(model)]
        right = area.right()
        for number, badge in enumerate(badges):
            is_cloud = number == 0 and model.locality is Locality.CLOUD
            right -= paint_badge(
                painter, self._theme, badge, right, area.center().y(), is_cloud=is_cloud
            )
            right -= px(4)
        return right

    def _line(
        self,
        painter: QPainter,
        area: QRect,
        width: int,
        text: str,
        size: int,
        role: str,
        *,
        bold: bool,
    ) -> int:
        """Draw one line of text; return its width."""
        font = self._theme.font(size, bold=bold)
        painter.setFont(font)
        painter.setPen(self._theme.color(role))
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(area, Qt.AlignmentFlag.AlignTop, shown)
        return QFontMetrics(font).horizontalAdvance(shown)


def _reversed_abilities(model: ModelConfig) -> list[str]:
    if model.metadata.get("help_only"):
        return [_tr("help only")]
    words = {"tools": _tr("tools"), "vision": _tr("vision"), "reasoning": _tr("thinking")}
    return [words[name] for name in reversed(_SHOWN_ABILITIES) if name in model.capabilities]


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelRows", text)
