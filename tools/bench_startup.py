"""Measure the start: seconds to the first painted window, resident memory, blocked time.

    python tools/bench_startup.py [--rounds 9]

Every round starts a bare PyQt6 window and the application one after the other, each in a fresh
process with an empty home and no server to find, and measures from the start of the process to
its first frame. The numbers are medians, and ratios to the bare window of the same run: those
hardly depend on the machine. Goal: the first frame within 2.5 times a bare window's.
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
    held_ms_at_second: tuple[tuple[float, float], ...] = ()


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
    bare: list[Moment] = []
    full: list[Moment] = []
    with tempfile.TemporaryDirectory() as home:
        start("bare", home)
        start("application", home)  # both compiled and in the file cache from here
        for _ in range(options.rounds):
            bare.append(start("bare", home)["frame"])
            full.append(start("application", home)["frame"])
        longer = [start("application", home, stay=True) for _ in range(options.long_rounds)]
    print(f"first frame, bare window   {spread([m.seconds for m in bare])}")
    print(f"first frame, application   {spread([m.seconds for m in full])}")
    ratio = statistics.median(m.seconds for m in full) / statistics.median(m.seconds for m in bare)
    cpu = statistics.median(m.cpu for m in full) / statistics.median(m.cpu for m in bare)
    verdict = "reached" if ratio <= GOAL else "missed"
    print(
        f"ratio                      {ratio:.2f} × (processor time {cpu:.2f} ×)"
        f", goal {GOAL} × {verdict}"
    )
    if not longer:
        return
    base = statistics.median(m.resident_mb for m in bare)
    ready = [moments["chat"].seconds for moments in longer if "chat" in moments]
    if len(ready) < len(longer):
        raise SystemExit("The chat was not ready in time.")
    print(f"chat ready                 {spread(ready)}")
    for what, moments in (("first frame", full), ("settled", [m["settled"] for m in longer])):
        resident = statistics.median(m.resident_mb for m in moments)
        print(f"resident at {what:14} {resident:6.0f} MB   ({resident / base:.2f} × {base:.0f} MB)")
    for moments in longer:
        held = ", ".join(f"{ms} ms at {at} s" for ms, at in moments["settled"].held_ms_at_second)
        print(f"event loop held for at most {held}")


if __name__ == "__main__":
    main()
