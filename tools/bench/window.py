"""A transcript in a window of its own, and how long the event loop was held meanwhile."""

from __future__ import annotations

import time
from pathlib import Path

from PyQt6.QtCore import QCoreApplication, QElapsedTimer, QEventLoop, Qt, QTimer
from PyQt6.QtWidgets import QApplication, QWidget

from ai_coder.llm.models import Role
from ai_coder.ui.application_look import ApplicationLook
from ai_coder.ui.chat.code_lexers import CodeLexers
from ai_coder.ui.chat.frame_scheduler import FrameScheduler
from ai_coder.ui.chat.transcript import Transcript
from ai_coder.ui.chat.transcript_message import TranscriptMessage
from ai_coder.ui.theme import Theme
from tools.bench.texts import answer, words

THEMES = Path(__file__).parents[2] / "resources" / "themes"
STREAM_ID = 1_000_000


def wait(milliseconds: int) -> None:
    """Let the application run."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def conversation(count: int, characters: int = 1_000) -> list[TranscriptMessage]:
    """Return prompts and answers of together about *count* × *characters*."""
    messages = []
    for index in range(count):
        is_prompt = index % 2 == 0
        text = words(20) if is_prompt else answer(2 * characters - 120, index % 40)
        role = Role.USER if is_prompt else Role.ASSISTANT
        messages.append(TranscriptMessage(index, role, text, title="" if is_prompt else "model"))
    return messages


class Panes:
    """Some transcripts side by side, sharing frames and lexers and looking as in the application.

    From the first ones on every widget has that look, a plain one to compare with as well.
    """

    def __init__(self, count: int = 1, width: int = 1000, height: int = 900) -> None:
        self.theme = Theme(THEMES)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        ApplicationLook(app, self.theme).complete()
        self.theme.configure("light", 100)
        self.window = QWidget()
        self.window.resize(width, height)
        frames, lexers = FrameScheduler(self.window), CodeLexers(self.window)
        self.lexers = lexers
        lexers.lexer("python")
        self.panes = []
        across = 1 if count == 1 else 2
        for index in range(count):
            pane = Transcript(self.theme, self.window, frames=frames, lexers=lexers)
            row, column = divmod(index, across)
            rows = -(-count // across)
            pane.setGeometry(
                column * width // across, row * height // rows, width // across, height // rows
            )
            self.panes.append(pane)
        self.window.show()
        wait(150)

    def close(self) -> None:
        """Take the window away."""
        self.lexers.close()
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents()


class Probe:
    """Notes how late a 1 ms timer comes: the time something else held the event loop."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.busy: list[float] = []
        self._last = self._last_cpu = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Take notes from now on."""
        self._last, self._last_cpu = time.perf_counter(), time.thread_time()
        self._timer.start(1)

    def _tick(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        self.waits.append((now - self._last) * 1000)
        self.busy.append((cpu - self._last_cpu) * 1000)
        self._last, self._last_cpu = now, cpu

    def stop(self) -> None:
        """Take no more notes."""
        self._timer.stop()


def percentile(values: list[float], share: float) -> float:
    """Return the value that *share* of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Feed:
    """Gives tokens to receivers at a rate, as a server would."""

    def __init__(self, pieces: list[str], rate: float, add: list) -> None:
        self._pieces = pieces
        self._rate = rate
        self._add = add
        self._sent = 0
        self._clock = QElapsedTimer()
        self._loop = QEventLoop()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._send)

    def run(self) -> float:
        """Send everything and return the processor seconds of this thread meanwhile."""
        begun = time.thread_time()
        self._clock.start()
        self._timer.start(5)
        self._loop.exec()
        wait(60)
        return time.thread_time() - begun

    def _send(self) -> None:
        due = min(len(self._pieces), int(self._clock.elapsed() * self._rate / 1000))
        if due > self._sent:
            text = "".join(self._pieces[self._sent : due])
            self._sent = due
            for add in self._add:
                add(text)
        if self._sent >= len(self._pieces):
            self._timer.stop()
            self._loop.quit()
