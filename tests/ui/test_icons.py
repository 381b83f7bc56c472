from __future__ import annotations

import gc
from pathlib import Path

import pytest
from PyQt6.QtCore import QSize

from ai_coder.ui.icons import icon


def colours(picture):
    image = picture.toImage()
    return {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }


def test_every_icon_can_be_drawn(theme, paths):
    for path in Path(paths.resources / "icons").glob("*.svg"):
        assert colours(icon(theme, path.stem, "text").pixmap(QSize(48, 48))), path.name


def test_an_icon_follows_the_theme_by_itself(theme):
    chat = icon(theme, "chat", "text")
    light = colours(chat.pixmap(QSize(48, 48)))

    theme.configure("dark", 100)

    assert light == {"#1c2024"}
    assert colours(chat.pixmap(QSize(48, 48))) == {"#e6e8eb"}


def test_an_unknown_icon_is_a_mistake(theme):
    with pytest.raises(FileNotFoundError):
        icon(theme, "no-such-icon")


def test_icons_outlive_their_makers(theme, qtbot):
    icons = [icon(theme, "copy") for _ in range(200)]
    gc.collect()

    copies = [entry.pixmap(16, 16) for entry in icons]

    assert all(not entry.isNull() for entry in copies)


def test_the_star_of_a_favourite_is_filled(theme):
    star = icon(theme, "star", "waiting").pixmap(QSize(48, 48)).toImage()

    assert star.pixelColor(24, 24) == theme.color("waiting")
