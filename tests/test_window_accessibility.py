"""Every control of the whole window can be named by a screen reader."""

from __future__ import annotations

from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)

from tests.conftest import until
from tests.window import opened

_CONTROLS = (
    QAbstractButton,
    QLineEdit,
    QComboBox,
    QAbstractSpinBox,
    QPlainTextEdit,
    QAbstractItemView,
)


def is_part_of_another(widget: QWidget) -> bool:
    """Whether Qt made it inside a control that has a name of its own."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractSpinBox | QComboBox | QScrollBar | QTabBar):
            return True
        if type(widget).__name__.startswith("QHeader") or widget.objectName().startswith("qt_"):
            return True
        parent = parent.parentWidget()
    return False


def name_of(widget: QWidget) -> str:
    spoken = widget.accessibleName()
    shown = widget.text() if isinstance(widget, QAbstractButton) else ""
    return (spoken or shown).strip()


async def test_every_control_has_a_name(paths, theme, qtbot):
    nowhere = {"LM_STUDIO_BASE_URL": "http://127.0.0.1:9/v1", "OLLAMA_HOST": "127.0.0.1:9"}
    async with opened(paths, theme, qtbot, **nowhere) as app:
        await until(lambda: "settings" in app.window._views)
        for view in ("models", "settings", "chat"):
            app.window.show_view(view)

        everything = app.window.findChildren(QWidget)
        controls = [w for w in everything if isinstance(w, _CONTROLS) and not w.isHidden()]
        unnamed = [w for w in controls if not name_of(w) and not is_part_of_another(w)]

        assert len(controls) > 60
        places = [
            f"{type(w.parentWidget()).__name__} > {type(w).__name__} {w.objectName()}"
            for w in unnamed
        ]
        assert places == []
