"""The child of bench_startup.py: one window, timed up to its first frame.

    python tools/bench/first_paint.py bare|application [stay]

Prints a line of JSON for each thing that happened: `frame` (the first frame is painted), and
with `stay` also `chat` (the chat can be used) and `settled`. Imports nothing but what is
measured.
"""

from __future__ import annotations

import os
import sys
import time

STAY_SECONDS = 2.5
"""How long to watch the event loop once the chat is there."""

LONGEST_SECONDS = 20.0


def tell(what: str, **facts: object) -> None:
    """Print what happened, with the memory and the processor time it took up to now."""
    cpu = time.process_time()
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  # pathlib is not measured
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        resident = 0.0
    report = {"what": what, "resident_mb": resident, "cpu": cpu, **facts}
    print(repr(report).replace("'", '"'), flush=True)


def watched(kind):  # noqa: ANN001, ANN201  # the class of a window whose module is measured
    """Return a subclass of the window class that tells of its first frame."""
    from PyQt6.QtCore import QTimer

    class Watched(kind):  # type: ignore[misc]
        _is_painted = False
        ready = float("inf")

        def add_view(self, key, *rest, **options):  # noqa: ANN001, ANN002, ANN003, ANN202
            super().add_view(key, *rest, **options)
            if key == "chat":
                QTimer.singleShot(0, self._tell_chat)

        def _tell_chat(self):  # noqa: ANN202
            self.ready = time.perf_counter()
            tell("chat")

        def paintEvent(self, event):  # noqa: ANN001, ANN202
            super().paintEvent(event)
            if not self._is_painted:
                self._is_painted = True
                QTimer.singleShot(0, lambda: frame_painted(self))  # children paint before it

    return Watched


def frame_painted(window) -> None:  # noqa: ANN001
    """Report, then end at once or watch the event loop for a while."""
    tell("frame")
    if "stay" not in sys.argv:
        os._exit(0)
    from PyQt6.QtCore import Qt, QTimer

    began = last = time.perf_counter()
    cpu = time.thread_time()
    held: list[tuple[float, float, float]] = []

    def tick() -> None:
        nonlocal last, cpu
        now, used = time.perf_counter(), time.thread_time()
        held.append((round((now - last) * 1000, 1), round((used - cpu) * 1000, 1), last - began))
        last, cpu = now, used
        if now - began > LONGEST_SECONDS or now - window.ready > STAY_SECONDS:
            tell("settled", held=[list(each) for each in sorted(held, reverse=True)[:5]])
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
    import gc

    gc.disable()
    from ai_coder import app

    app.MainWindow = watched(app.MainWindow)
    app.main(["ai-coder"])


if __name__ == "__main__":
    open_application() if "application" in sys.argv else open_bare()
