"""Measure the start: seconds to the first painted window, resident memory, blocked time.

    python tools/bench_startup.py [--rounds 9]

Every round starts a bare PyQt6 window and the application one after the other, each in a fresh
process with an empty home and no server to find, and measures from the start of the process to
its first frame. The numbers are medians; the ratio is the median of those of each round, because
neighbours in time share the load of the machine. Goal: the first frame within 2.5 times a bare
window's. The longest times that the event loop was held until everything stands come with the
processor time in them, which does not count what else the machine did.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHILD = ROOT / "tools" / "bench" / "first_paint.py"
GOAL = 2.5


@dataclass(frozen=True)
class Moment:
    """Something a child told: seconds since its start, and what it had used up to then."""

    what: str
    seconds: float
    cpu: float
    resident_mb: float
    held: tuple[tuple[float, float, float], ...] = ()
    """The longest turns of the event loop: milliseconds, those of work, seconds since the frame."""


def start(kind: str, home: str, *, stay: bool = False) -> dict[str, Moment]:
    """Start one window and return what it told, by name."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": f"{home}/compiled",  # compiled once, as in an installation
        "AI_CODER_HOME": home,
        "LM_STUDIO_BASE_URL": "http://127.0.0.1:9/v1",
        "OLLAMA_HOST": "127.0.0.1:9",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.platform == "linux" and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, str(CHILD), kind, *(["stay"] if stay else [])]
    began = time.perf_counter()
    moments: dict[str, Moment] = {}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        for line in child.stdout:
            seconds = time.perf_counter() - began
            told = Moment(seconds=seconds, **json.loads(line))
            moments[told.what] = told
    if "frame" not in moments:
        raise SystemExit(f"The {kind} window did not open.")
    return moments


def spread(values: list[float]) -> str:
    """Return the median and the range, in milliseconds."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle * 1000:6.0f} ms   ({low * 1000:.0f}–{high * 1000:.0f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--long-rounds", type=int, default=3, help="rounds of the blocked time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        start("bare", home)
        start("application", home, stay=True)  # compiled and in the file cache from here
        rounds = [
            (start("bare", home)["frame"], start("application", home)["frame"])
            for _ in range(options.rounds)
        ]
        longer = [start("application", home, stay=True) for _ in range(options.long_rounds)]
    show_first_frames(rounds)
    if longer:
        show_first_seconds(rounds, longer)


def show_first_frames(rounds: list[tuple[Moment, Moment]]) -> None:
    """Print how long the first frame took."""
    print(f"first frame, bare window   {spread([bare.seconds for bare, _ in rounds])}")
    print(f"first frame, application   {spread([full.seconds for _, full in rounds])}")
    ratio = statistics.median(full.seconds / bare.seconds for bare, full in rounds)
    cpu = statistics.median(full.cpu / bare.cpu for bare, full in rounds)
    verdict = "reached" if ratio <= GOAL else "missed"
    print(f"ratio                      {ratio:.2f} × (work {cpu:.2f} ×), goal {GOAL} × {verdict}")


def show_first_seconds(
    rounds: list[tuple[Moment, Moment]], longer: list[dict[str, Moment]]
) -> None:
    """Print when the chat was ready, what memory is used, and what held the event loop."""
    ready = [moments["chat"].seconds for moments in longer if "chat" in moments]
    if len(ready) < len(longer):
        raise SystemExit("The chat was not ready in time.")
    print(f"chat ready                 {spread(ready)}")
    base = statistics.median(bare.resident_mb for bare, _ in rounds)
    settled = [moments["settled"] for moments in longer]
    for what, moments in (("first frame", [full for _, full in rounds]), ("settled", settled)):
        resident = statistics.median(m.resident_mb for m in moments)
        print(f"resident at {what:14} {resident:6.0f} MB   ({resident / base:.2f} × {base:.0f} MB)")
    for moment in settled:
        held = ", ".join(f"{ms:.0f} ms ({work:.0f}) at {at:.1f} s" for ms, work, at in moment.held)
        print(f"event loop held (of work)  {held}")


if __name__ == "__main__":
    main()
