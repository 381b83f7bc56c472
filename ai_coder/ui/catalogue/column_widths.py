"""How wide the columns of the model table have to be for what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontMetrics

from ai_coder.ui.catalogue.model_row import RowAction, action_text
from ai_coder.ui.catalogue.model_table import DETAIL_ROLE, Column

if TYPE_CHECKING:
    from ai_coder.ui.catalogue.model_delegate import ModelDelegate
    from ai_coder.ui.catalogue.model_filter import ModelFilter
    from ai_coder.ui.theme import Theme

_LIMITS = {
    Column.SERVER: (72, 160),
    Column.SIZE: (64, 120),
    Column.QUANTIZATION: (72, 140),
    Column.CONTEXT: (120, 210),
    Column.SPEED: (96, 200),
}
"""The least and the most design pixels."""

_TAGS = (110, 250)
_BESIDE = 20
"""Design pixels of a cell beside its text."""

_BUTTON_MARGINS = 48
"""Design pixels of a cell beside the words of its button."""


def column_widths(theme: Theme, models: ModelFilter, delegate: ModelDelegate) -> dict[Column, int]:
    """Return the width of every column but the first, which takes what is left."""
    px = theme.px
    cell, head = QFontMetrics(theme.font(13)), QFontMetrics(theme.font(11, bold=True))
    small = QFontMetrics(theme.font(11))
    rows = range(models.rowCount())
    widths = {}
    for column, (least, most) in _LIMITS.items():
        title = str(models.headerData(column, Qt.Orientation.Horizontal))
        texts = {str(models.index(row, column).data() or "") for row in rows}
        details = {str(models.index(row, column).data(DETAIL_ROLE) or "") for row in rows}
        needed = [cell.horizontalAdvance(text) for text in texts]
        needed += [small.horizontalAdvance(text) for text in details]
        widest = max([head.horizontalAdvance(title), *needed]) + px(_BESIDE)
        widths[column] = max(px(least), min(px(most), widest))
    least, most = _TAGS
    tags = [delegate.tags_width(models.index(row, Column.ABILITIES)) for row in rows]
    widths[Column.ABILITIES] = min(px(most), max([px(least), *tags]))
    words = {str(models.index(row, Column.ACTION).data() or "") for row in rows}
    words |= {action_text(action) for action in RowAction}
    actions = [cell.horizontalAdvance(text) for text in words]
    widths[Column.ACTION] = max(actions) + px(_BUTTON_MARGINS)
    return widths
