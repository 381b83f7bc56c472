"""One paragraph as high as hundreds of screens."""

from __future__ import annotations

import pytest

from ai_coder.llm.models import Role
from ai_coder.ui.chat.transcript import Transcript
from ai_coder.ui.chat.transcript_message import TranscriptMessage

BAND = 60
"""Pixels in which at least one line of text stands."""


def blank_bands(image):
    """Return where no ink is: the tops of the bands without a dark pixel."""
    return [
        top
        for top in range(0, image.height() - BAND, BAND)
        if not any(
            image.pixelColor(x, y).lightness() < 128
            for y in range(top, top + BAND, 2)
            for x in range(0, image.width(), 2)
        )
    ]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_every_line_is_painted_wherever_one_looks(theme, qtbot, share):
    transcript = Transcript(theme)
    qtbot.addWidget(transcript)
    transcript.resize(320, 600)
    transcript.set_messages([TranscriptMessage(1, Role.ASSISTANT, "lorem ipsum " * 48_000)])
    with qtbot.waitExposed(transcript):
        transcript.show()
    bar = transcript.verticalScrollBar()
    assert bar.maximum() > 2**18  # where Qt's arithmetic of glyph positions ends

    bar.setValue(round(bar.maximum() * share))

    qtbot.waitUntil(lambda: not blank_bands(transcript.viewport().grab().toImage()))
