"""What is found or selected is drawn in the colour of text, whatever colour it has else."""

from __future__ import annotations

import sys

import pytest
from PyQt6.QtGui import QImage

from tests.ui.chat.transcript_texts import answer, find_all

BLOCK = "█" * 6
"""Characters without paper between them, so that their colour can be read from the picture."""


@pytest.fixture
def size():
    return 760, 400


def is_inked(transcript, color):
    """Return whether more is painted in *color* than the edges of a few characters."""
    picture = transcript.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = picture.constBits().asstring(picture.sizeInBytes())
    return pixels.count(color.rgb().to_bytes(4, sys.byteorder)) > 100


@pytest.mark.parametrize("is_selected", [False, True])
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    "text",
    [f"[{BLOCK}](http://x.y)", f"```python\n# {BLOCK}\n```", f"| a |\n|--|\n| [{BLOCK}](b) |"],
)
def test_marked_characters_have_the_colour_of_text(
    transcript, theme, qtbot, text, mode, is_selected
):
    theme.configure(mode, 100)
    is_code = text.startswith("`")
    color = theme.syntax_color("comment") if is_code else theme.color("accent")
    transcript.set_messages([answer(1, text)])
    qtbot.waitUntil(lambda: is_inked(transcript, color))

    if is_selected:
        transcript.select_all()
    else:
        assert find_all(transcript, qtbot, BLOCK) == 1

    qtbot.waitUntil(lambda: not is_inked(transcript, color))
    assert is_inked(transcript, theme.color("text"))
