"""The style sheet of the application, built from the roles of the theme.

A widget asks for a variant with the dynamic property `look`, for example
`button.setProperty("look", "primary")`. Variants: `primary`, `ghost`, `danger`, `link` and `tool`
for buttons; `title`, `heading`, `strong`, `muted`, `faint`, `small`, `failed` and `code` for
labels; `panel`, `bar` and `rail` for surfaces; `code` and `plain` for text fields.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_COLORS = (
    "window", "side", "rail", "card", "line", "text", "muted", "faint", "accent", "accent_text",
    "accent_soft", "hover", "user", "code", "selection", "ok", "waiting", "failed", "off",
)  # fmt: skip

_SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 64)

_SURFACES = """
QMainWindow, QDialog, QWidget[look="page"] { background: $window; color: $text; }
QWidget[look="panel"] { background: $side; border: none; border-right: 1px solid $line; }
QWidget[look="rail"] { background: $rail; border: none; border-right: 1px solid $line; }
QWidget[look="bar"] { background: $side; border: none; border-top: 1px solid $line; }
QFrame[look="card"] { background: $card; border: 1px solid $line; border-radius: ${p12}px; }
QFrame[look="row"] { border: none; border-top: 1px solid $line; }
QFrame[look="popover"] { background: $card; border: 1px solid $line; border-radius: ${p12}px; }
QLabel[look="line"] { background: $line; }
QFrame[look="notice"] { background: $card; border: 1px solid $line; border-radius: ${p8}px; }
QFrame[look="notice"][severity="failed"] { border-color: $failed; }
QFrame[look="notice"][severity="waiting"] { border-color: $waiting; }
QFrame[look="notice"][place="window"] { margin: ${p12}px ${p16}px; }
QScrollArea, QAbstractScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[look="page"] { background: transparent; }
QScrollArea[look="bounded"] { border: 1px solid transparent; border-radius: ${p4}px; }
QScrollArea[look="bounded"]:focus { border-color: $accent; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
"""

_LABELS = """
QLabel { background: transparent; color: $text; }
QLabel[look="title"] { font-size: ${p20}px; font-weight: 600; }
QLabel[look="heading"] { font-size: ${p15}px; font-weight: 600; }
QLabel[look="strong"] { font-weight: 600; }
QLabel[look="muted"] { color: $muted; }
QLabel[look="faint"] { color: $faint; }
QLabel[look="small"] { color: $muted; font-size: ${p12}px; }
QLabel[look="column"] { color: $faint; font-size: ${p11}px; font-weight: 600; }
QLabel[look="failed"] { color: $failed; font-size: ${p12}px; }
QLabel[look="code"] { background: $code; border-radius: ${p4}px; padding: 1px ${p5}px; }
QLabel[look="tag"] { border: 1px solid $line; border-radius: ${p6}px; color: $muted;
    font-size: ${p11}px; padding: 1px ${p7}px; }
QLabel[look="tag"][tone="ok"] { color: $ok; }
QLabel[look="tag"][tone="waiting"] { color: $waiting; }
QLabel:disabled { color: $off; }
"""

_BUTTONS = """
QPushButton { background: $card; color: $text; border: 1px solid $line; border-radius: ${p8}px;
    padding: ${p6}px ${p12}px; min-height: ${p20}px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 1px solid $accent; }
QPushButton:disabled { color: $off; background: $card; }
QPushButton::menu-indicator { image: none; width: 0; }
QPushButton[look="primary"] { background: $accent; border-color: $accent; color: $accent_text;
    font-weight: 600; }
QPushButton[look="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[look="primary"]:pressed { background: $accent; border-color: $accent_hover; }
QPushButton[look="primary"]:focus { border: 2px solid $text; padding: ${q5}px ${q11}px; }
QPushButton[look="primary"]:disabled { background: $hover; border-color: $hover; color: $muted; }
QPushButton[look="ghost"] { background: transparent; border-color: transparent; color: $muted; }
QPushButton[look="ghost"]:hover { background: $hover; color: $text; }
QPushButton[look="ghost"]:focus { border-color: $accent; }
QPushButton[look="field"] { background: $window; border-radius: ${p7}px;
    padding: ${p4}px ${p9}px; text-align: left; color: $muted; }
QPushButton[look="compact"] { padding: ${p4}px ${p10}px; }
QPushButton[look="danger"] { color: $failed; }
QPushButton[look="danger"]:focus { border-color: $failed; }
QPushButton[look="link"] { background: transparent; border: 1px solid transparent; color: $accent;
    padding: 0 ${p4}px; min-height: ${p18}px; border-radius: ${p4}px; }
QPushButton[look="link"]:hover { text-decoration: underline; }
QPushButton[look="link"]:focus { border-color: $accent; }
QPushButton[look="danger"]:disabled, QPushButton[look="ghost"]:disabled,
QPushButton[look="link"]:disabled, QPushButton[look="field"]:disabled { color: $off; }
QToolButton { background: transparent; color: $muted; border: 1px solid transparent;
    border-radius: ${p8}px; padding: ${p4}px; }
QToolButton:hover, QToolButton:checked { background: $hover; color: $text; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $off; }
QToolButton::menu-indicator { image: none; }
QPushButton[look="status"] { background: transparent; border: 1px solid transparent;
    border-radius: ${p6}px; color: $muted; font-size: ${p12}px; padding: 0 ${p6}px;
    min-height: ${p20}px; text-align: left; }
QPushButton[look="status"]:hover { background: $hover; }
QPushButton[look="status"]:focus { border-color: $accent; }
QPushButton[look="status"][tone="ok"] { color: $ok; }
QToolButton[look="tab"] { color: $muted; font-size: ${p11}px; border-radius: ${p8}px;
    padding: ${p6}px 0; }
QToolButton[look="tab"]:hover { background: $hover; color: $text; }
QToolButton[look="tab"]:checked { background: $accent_soft; color: $accent; font-weight: 500; }
QToolButton[look="disclosure"] { font-size: ${p12}px; padding: ${p2}px ${p4}px ${p2}px 0; }
QToolButton[look="disclosure"]:hover, QToolButton[look="disclosure"]:checked {
    background: transparent; color: $text; }
QWidget[look="bar"] QPushButton[look="link"] { font-size: ${p12}px; }
QFrame[look="segments"] { background: $window; border: 1px solid $line;
    border-radius: ${p8}px; }
QToolButton[look="segment"] { color: $muted; padding: ${p2}px ${p12}px; border-radius: ${p6}px;
    min-height: ${p18}px; }
QToolButton[look="segment"]:checked { background: $accent_soft; color: $accent;
    font-weight: 600; }
"""

_FIELDS = """
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit[look="field"], QTextEdit[look="field"] {
    background: $window; color: $text; border: 1px solid $line; border-radius: ${p7}px;
    padding: ${p4}px ${p9}px; min-height: ${p20}px; selection-background-color: $selection;
    selection-color: $text; placeholder-text-color: $faint; }
QLineEdit[look="search"] { background: $card; border-radius: ${p8}px; padding: ${p4}px; }
QLineEdit[look="plain"] { background: transparent; border-color: transparent; }
QAbstractSpinBox { max-height: ${p20}px; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $off; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit[look="field"]:focus,
QTextEdit[look="field"]:focus { border: 2px solid $accent; padding: ${q3}px ${q8}px; }
QLineEdit[look="search"]:focus { padding: ${q3}px; }
QLineEdit[look="plain"]:focus { border: 1px solid transparent; padding: ${p4}px ${p9}px; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"], QPlainTextEdit[invalid="true"] {
    border-color: $failed; }
QLineEdit:read-only, QAbstractSpinBox[fixed="true"] { background: $side; color: $muted; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $off;
    background: $side; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QComboBox { background: $card; border-radius: ${p8}px; padding: ${p4}px ${p28}px ${p4}px ${p10}px;
    combobox-popup: 0; }
QComboBox:focus { padding: ${q3}px ${q27}px ${q3}px ${q9}px; }
QComboBox::drop-down { border: none; width: ${p24}px; }
QComboBox::down-arrow { image: none; }
QComboBoxPrivateContainer { background: $line; border: none; }
QComboBox QAbstractItemView { background: $card; color: $text; border: 1px solid $line;
    border-radius: ${p8}px; padding: ${p4}px; outline: none; }
QComboBox QAbstractItemView::item { padding: ${p5}px ${p8}px; border-radius: ${p6}px;
    min-height: ${p18}px; }
QComboBox QAbstractItemView::item:selected { background: $accent_soft; color: $text; }
QPlainTextEdit, QTextEdit { background: transparent; color: $text; border: none;
    placeholder-text-color: $faint;
    selection-background-color: $selection; selection-color: $text; }
QPlainTextEdit[look="code"] { background: $code; border: 1px solid $line;
    border-radius: ${p8}px; padding: ${p8}px; }
QCheckBox, QRadioButton { color: $text; spacing: ${p8}px; padding: 2px; }
QCheckBox:disabled, QRadioButton:disabled { color: $off; }
"""

_VIEWS = """
QListView, QTreeView, QTableView { background: transparent; color: $text; border: none;
    outline: none; gridline-color: transparent; selection-background-color: $accent_soft;
    selection-color: $text; }
QListView[look="menu"]::item { padding: ${p6}px ${p8}px; border-radius: ${p6}px; }
QListView[look="menu"]::item:selected { background: $accent_soft; color: $text; }
QTableView::item { border-bottom: 1px solid $line; padding: 0 ${p10}px; }
QTableView::item:selected { background: $accent_soft; color: $text; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: transparent; color: $faint; font-size: ${p11}px;
    font-weight: 600; text-align: left; border: none; border-bottom: 1px solid $line;
    padding: ${p8}px ${p4}px ${p8}px ${p14}px; }
QTableCornerButton::section { background: transparent; border: none; }
QTabWidget::pane { border: none; }
QTabBar { background: transparent; font-size: ${p13}px; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; border: none;
    border-bottom: 2px solid transparent; padding: ${p8}px ${p4}px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; font-weight: 600; border-bottom: 2px solid $accent; }
QTabBar::scroller { width: ${p40}px; }
QTabBar::tear { width: 0; border: none; }
QTabBar QToolButton { background: $window; padding: 0; border: none; border-radius: 0;
    border-bottom: 1px solid $line; }
QTabBar::tab:focus { color: $accent; }
QProgressBar { background: $line; border: none; border-radius: ${p2}px; max-height: ${p4}px;
    min-height: ${p4}px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: ${p2}px; }
QSlider::groove:horizontal { background: $line; height: ${p4}px; border-radius: ${p2}px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: ${p2}px; }
QSlider::handle:horizontal { background: $card; border: 2px solid $accent; width: ${p12}px;
    height: ${p12}px; margin: -${p6}px 0; border-radius: ${p8}px; }
QSlider::handle:horizontal:focus { background: $accent; }
"""

_POPUPS = """
QMenu { background: $card; color: $text; border: 1px solid $line; border-radius: ${p8}px;
    padding: ${p4}px; }
QMenu::item { padding: ${p6}px ${p24}px ${p6}px ${p12}px; border-radius: ${p6}px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $off; }
QMenu::separator { background: $line; height: 1px; margin: ${p4}px ${p8}px; }
QMenu::icon { padding-left: ${p8}px; }
QToolTip { background: $card; color: $text; border: 1px solid $line; padding: ${p4}px ${p8}px; }
QMessageBox { background: $window; }
QMessageBox QLabel#qt_msgbox_label { font-size: ${p15}px; font-weight: 600; }
QMessageBox QLabel#qt_msgbox_informativelabel { color: $muted; }
QScrollBar:vertical { background: transparent; width: ${p10}px; margin: 0; border: none; }
QScrollBar:horizontal { background: transparent; height: ${p10}px; margin: 0; border: none; }
QScrollBar::handle { background: $scroll; border: 3px solid transparent; border-radius: ${p5}px; }
QScrollBar::handle:vertical { min-height: ${p40}px; margin: 2px; border-radius: ${p3}px;
    border: none; }
QScrollBar::handle:horizontal { min-width: ${p40}px; margin: 2px; border-radius: ${p3}px;
    border: none; }
QScrollBar::handle:hover { background: $off; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }
"""

_CHAT = """
QFrame[look="composer"] { background: $card; border: 1px solid $line; border-radius: ${p14}px; }
QFrame[look="composer"] QComboBox { background: $window; padding-left: ${p22}px; }
QFrame#modelPopup { background: $card; border: 1px solid $line; }
QFrame#modelPopup QListView { background: $card; border: none; padding: 0; }
QFrame[look="header"] { background: $window; border: none; border-bottom: 1px solid $line; }
QFrame[look="chip"] { background: $window; border: 1px solid $line; border-radius: ${p8}px; }
QPushButton[look="chip"] { background: $card; color: $muted; border: 1px solid $line;
    border-radius: ${p8}px; padding: ${p4}px ${p10}px; text-align: left; }
QPushButton[look="chip"]:hover { background: $hover; color: $text; }
QPushButton[look="chip"]:focus { border-color: $accent; color: $text; }
"""


def stylesheet(theme: Theme) -> str:
    """Return the style sheet for the theme's colours and zoom."""
    values = {role: theme.color(role).name() for role in _COLORS}
    accent = theme.color("accent")
    values["accent_hover"] = (accent.lighter(108) if theme.is_dark else accent.darker(110)).name()
    values["scroll"] = theme.color("line").darker(112 if not theme.is_dark else 100).name()
    values |= {f"p{size}": str(theme.px(size)) for size in _SIZES}
    # One pixel less, where a focus ring of two pixels replaces a hairline of one.
    values |= {f"q{size}": str(max(0, theme.px(size + 1) - 1)) for size in (3, 4, 5, 8, 9, 11, 27)}
    sheet = "".join((_SURFACES, _LABELS, _BUTTONS, _FIELDS, _VIEWS, _POPUPS, _CHAT))
    return Template(sheet).substitute(values)
