"""The question what to do with changes that are not saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtWidgets import QMessageBox, QWidget

from ai_coder.ui.widgets.look import set_look

if TYPE_CHECKING:
    from collections.abc import Callable


def ask_about_unsaved(
    parent: QWidget,
    name: str,
    text: str,
    detail: str,
    *,
    save: Callable[[], None] | None,
    discard: Callable[[], None],
) -> None:
    """Open the question as *name*; where *save* is None only letting go and staying are offered."""
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(_tr("Unsaved changes"))
    box.setText(text)
    box.setInformativeText(detail)
    stay = box.addButton(_tr("Stay"), QMessageBox.ButtonRole.RejectRole)
    drop = box.addButton(_tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton(_tr("Save"), QMessageBox.ButtonRole.AcceptRole) if save else None
    if keep is not None and save is not None:
        keep.clicked.connect(save)
    if stay is not None:
        box.setEscapeButton(stay)
    if drop is not None:
        set_look(drop, "danger")
        drop.clicked.connect(discard)
    box.open()


def _tr(text: str) -> str:
    return QCoreApplication.translate("UnsavedQuestion", text)
