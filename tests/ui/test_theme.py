from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QApplication, QPlainTextEdit

from ai_coder.ui.stylesheet import stylesheet

TEXT_ON_SURFACES = {
    "text": (
        "window", "side", "rail", "card", "hover", "user", "code", "selection", "accent_soft",
        "find", "find_current",
    ),
    "muted": ("window", "side", "rail", "card", "hover", "user", "code"),
    "faint": ("window", "side", "card", "code", "accent_soft"),
    "accent": ("window", "side", "card", "accent_soft"),
    "accent_text": ("accent",),
    "ok": ("window", "side", "card"),
    "waiting": ("window", "side", "card"),
    "failed": ("window", "side", "card"),
}  # fmt: skip


def luminance(color):
    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(value) for value in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_is_readable_on_every_surface_it_stands_on(theme, mode):
    theme.configure(mode, 100)

    weak = {
        f"{role} on {surface}": round(contrast(theme.color(role), theme.color(surface)), 2)
        for role, surfaces in TEXT_ON_SURFACES.items()
        for surface in surfaces
        if contrast(theme.color(role), theme.color(surface)) < 4.5
    }

    assert weak == {}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_syntax_colours_are_readable_in_code(theme, mode):
    theme.configure(mode, 100)

    weak = [
        role
        for role in ("keyword", "string", "name", "comment", "number", "builtin", "operator")
        if contrast(theme.syntax_color(role), theme.color("code")) < 4.5
    ]

    assert weak == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_dots_stand_out_from_the_bar(theme, mode):
    theme.configure(mode, 100)

    weak = [
        role
        for role in ("ok", "waiting", "failed", "off")
        if contrast(theme.color(role), theme.color("side")) < 3.0
    ]

    assert weak == []


def test_zoom_scales_fonts_and_sizes(theme):
    theme.configure("light", 200)

    assert theme.px(20) == 40
    assert theme.font(13).pixelSize() == 26
    assert "font-size: 40px" in stylesheet(theme)


@pytest.mark.parametrize("zoom", [80, 100, 150, 200])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_style_sheet_is_complete(theme, mode, zoom):
    theme.configure(mode, zoom)

    sheet = stylesheet(theme)

    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")


def test_the_application_follows_the_theme(look, theme):
    app = QApplication.instance()
    light = app.styleSheet()

    theme.configure("dark", 100)

    assert app.styleSheet() != light
    assert app.palette().window().color() == theme.color("window")
    assert app.font().pixelSize() == 13


def test_a_choice_that_is_in_force_restyles_nothing(theme, qtbot):
    theme.configure("light", 100, code_size=13, wraps_code=True)

    with qtbot.assertNotEmitted(theme.changed):
        theme.configure("light", 100, code_size=13, wraps_code=True)
    with qtbot.waitSignal(theme.changed, timeout=100):
        theme.configure("light", 100, code_size=15, wraps_code=True)

    assert theme.code_font().pixelSize() == 15


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("kind", ["", "field", "code"])
def test_what_an_empty_field_says_is_readable(look, theme, qtbot, mode, kind):
    theme.configure(mode, 100)
    edit = QPlainTextEdit()
    qtbot.addWidget(edit)
    edit.setProperty("look", kind)
    edit.ensurePolished()

    assert edit.palette().placeholderText().color() == theme.color("faint")
