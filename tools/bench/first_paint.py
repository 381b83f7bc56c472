"""The child of bench_startup.py: one window, timed up to its first frame.

Prints a line when the first frame is painted: the resident megabytes. With the argument
`stay` it stays for some seconds and prints a second line: how long the event loop was held
at most since then (milliseconds), and the resident megabytes. Imports nothing but what is
measured.
"""

from __future__ import annotations

import os
import sys
import time

STAY_SECONDS = 4.0


def resident_megabytes() -> float:
    """Return what this process holds in memory now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  # pathlib is not measured
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return 0.0


def watched(kind):  # noqa: ANN001, ANN201  # the class of a window whose module is measured
    """Return a subclass of the window class that tells of its first frame."""

    class Watched(kind):  # type: ignore[misc]
        _is_painted = False

        def paintEvent(self, event):  # noqa: ANN001, ANN202
            super().paintEvent(event)
            if not self._is_painted:
                from PyQt6.QtCore import QTimer

                self._is_painted = True
                QTimer.singleShot(0, lambda: frame_painted(self))  # children paint before it

    return Watched


def frame_painted(window) -> None:  # noqa: ANN001
    """Report, then end at once or watch the event loop for a while."""
    print(resident_megabytes(), flush=True)
    if "stay" not in sys.argv:
        os._exit(0)
    from PyQt6.QtCore import Qt, QTimer

    began = last = time.perf_counter()
    blocks: list[tuple[float, float]] = []

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        blocks.append((now - last, now - began))
        last = now
        if now - began > STAY_SECONDS:
            longest = sorted(blocks, reverse=True)[:5]
            told = " ".join(f"{held * 1000:.1f}@{at:.2f}" for held, at in longest)
            print(told, resident_megabytes(), sep="\n", flush=True)
            os._exit(0)

    timer = QTimer(window)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(1)


def open_bare() -> None:
    """Open a window with nothing in it."""
    from PyQt6.QtWidgets import QApplication, QWidget

    app = QApplication(["bare"])
    window = watched(QWidget)()
    window.resize(1280, 820)
    window.show()
    app.exec()


def open_application() -> None:
    """Open the application as `python -m ai_coder` does."""
    from ai_coder.cli import parse

    parse([])
    from ai_coder import app

    app.MainWindow = watched(app.MainWindow)
    app.main(["ai-coder"])


if __name__ == "__main__":
    open_application() if "application" in sys.argv else open_bare()
