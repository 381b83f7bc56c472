"""A conversation on the screen, for all that is shown in it."""

from __future__ import annotations

import pytest

from ai_coder.ui.chat.transcript import Transcript


@pytest.fixture
def size():
    """Width and height of the transcript; a file of tests may have its own."""
    return 760, 600


@pytest.fixture
def transcript(theme, qtbot, size):
    transcript = Transcript(theme)
    qtbot.addWidget(transcript)
    transcript.resize(*size)
    with qtbot.waitExposed(transcript):
        transcript.show()
    return transcript
