"""Measures the transcript: python -m tools.bench_transcript [part …]. Ratios of one run count.

Parts are opening, disk, adversarial, streams and memory-all. On a machine with other work the
clock tells of that as well: processor time is what the transcript itself takes.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, Qt, QTimer
from PyQt6.QtGui import QFont, QTextCursor
from PyQt6.QtWidgets import QApplication, QPlainTextEdit

from ai_coder.llm.models import Role
from ai_coder.ui.chat.transcript_message import TranscriptMessage
from tools.bench.texts import ADVERSARIAL, answer, tokens
from tools.bench.window import (
    STREAM_ID,
    Feed,
    Panes,
    Probe,
    conversation,
    percentile,
    wait,
)

if TYPE_CHECKING:
    from ai_coder.ui.chat.transcript import Transcript

ROUNDS = 3
TOKENS = 3000


def report(name: str, value: float, unit: str, limit: float | None = None) -> None:
    """Print one line, with the limit and whether it holds."""
    verdict = "" if limit is None else f"   limit {limit:g}: {'ok' if value <= limit else 'OVER'}"
    print(f"{name:<58}{value:10.2f} {unit}{verdict}", flush=True)


def stream(
    pieces: list[str],
    rate: float,
    panes: Panes,
    earlier: list[TranscriptMessage],
    probe: Probe | None = None,
) -> float:
    """Stream into every pane and return processor µs per painted token.

    A *probe* takes notes meanwhile, which costs some of that time.
    """
    message = TranscriptMessage(STREAM_ID, Role.ASSISTANT, "", title="model")
    for pane in panes.panes:
        pane.set_messages(earlier)
    wait(300)
    for pane in panes.panes:
        pane.begin_stream(message)
    wait(100)
    if probe is not None:
        probe.start()
    seconds = Feed(pieces, rate, [pane.add_text for pane in panes.panes]).run()
    if probe is not None:
        probe.stop()
    for pane in panes.panes:
        pane.end_stream(TranscriptMessage(STREAM_ID, Role.ASSISTANT, "".join(pieces)))
    return seconds / (len(pieces) * len(panes.panes)) * 1e6


def probed(pieces: list[str], rate: float, panes: Panes, earlier: list[TranscriptMessage]) -> Probe:
    """Stream into every pane and return how long the event loop was held."""
    probe = Probe()
    stream(pieces, rate, panes, earlier, probe)
    return probe


def plain_text_floor(pieces: list[str]) -> float:
    """Return the µs per token of a plain text widget that appends 60 times a second."""
    edit = QPlainTextEdit()
    edit.setReadOnly(True)
    edit.setFont(QFont("Sans", 10))
    edit.resize(1000, 900)
    edit.show()
    wait(100)
    waiting: list[str] = []

    def flush() -> None:
        if waiting:
            cursor = QTextCursor(edit.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText("".join(waiting))
            waiting.clear()
            bar = edit.verticalScrollBar()
            bar.setValue(bar.maximum())

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(flush)
    timer.start(16)
    seconds = Feed(pieces, 1000, [waiting.append]).run()
    timer.stop()
    edit.close()
    return seconds / len(pieces) * 1e6


def measure_streams() -> None:
    """One and four panes, empty and long chats, and a model that is very fast."""
    pieces = tokens(answer(TOKENS * 5))[:TOKENS]
    long_chat = conversation(5_000, 1_000)
    floors, empties, longs, probes = [], [], [], []
    panes = Panes()
    stream(pieces, 4000, panes, [])  # fonts and lexers
    for _round in range(ROUNDS):
        floors.append(plain_text_floor(pieces))
        empties.append(stream(pieces, 1000, panes, []))
        longs.append(stream(pieces, 1000, panes, long_chat))
        probes.append(probed(pieces, 1000, panes, long_chat))
    floor, empty, long = map(statistics.median, (floors, empties, longs))
    report("plain text floor, CPU per token", floor, "us")
    report("transcript, empty chat, CPU per token", empty, "us")
    report("  ratio to plain text", empty / floor, "x", 1.5)
    report("transcript, 5,000 messages, CPU per token", long, "us")
    report("  ratio to empty chat", long / empty, "x", 1.1)
    held("one pane, 1,000 tokens/s, long chat", probes, 8, 25)
    held("one pane, 10,000 tokens/s", [probed(pieces * 5, 10_000, panes, [])], None, 33)
    panes.close()
    four = Panes(4)
    cost = statistics.median(stream(pieces, 1000, four, long_chat) for _round in range(ROUNDS))
    report("four panes, CPU per token", cost, "us")
    probes = [probed(pieces, 1000, four, long_chat) for _round in range(ROUNDS)]
    held("four panes, 1,000 tokens/s each, long chats", probes, 8, 25)
    four.close()


def held(name: str, probes: list[Probe], p99: float | None, longest: float) -> None:
    """Report how long the event loop was held, as wall clock and as processor time."""
    report(f"{name}: p99", statistics.median(p99_of(p.waits) for p in probes), "ms", p99)
    report("  p99, processor time", statistics.median(p99_of(p.busy) for p in probes), "ms", p99)
    report("  longest", statistics.median(max(p.waits) for p in probes), "ms", longest)
    busiest = statistics.median(max(p.busy) for p in probes)
    report("  longest, processor time", busiest, "ms", longest)


def p99_of(values: list[float]) -> float:
    """Return the value that 99 of 100 do not exceed."""
    return percentile(values, 0.99)


def measure_adversarial() -> None:
    """Frame by frame: what a frame of each nasty text costs at worst, laid out and painted."""
    panes = Panes()
    pane = panes.panes[0]
    message = TranscriptMessage(STREAM_ID, Role.ASSISTANT, "", title="model")
    for name, text in {
        "(fonts and faces)": ADVERSARIAL["emoji and CJK, 10 KB"],
        **ADVERSARIAL,
    }.items():
        pane.set_messages([])
        pane.begin_stream(message)
        wait(50)
        step = max(64, len(text) // 300)
        costs = []
        for start in range(0, len(text), step):
            begun = time.thread_time()
            pane.add_text(text[start : start + step])
            pane.render_frame()
            QCoreApplication.sendPostedEvents()
            costs.append((time.thread_time() - begun) * 1000)
        begun = time.thread_time()
        pane.end_stream(TranscriptMessage(STREAM_ID, Role.ASSISTANT, text))
        QCoreApplication.sendPostedEvents()
        costs.append((time.thread_time() - begun) * 1000)
        report(f"{name}: median frame", statistics.median(costs), "ms")
        report("  longest frame", max(costs), "ms", 33)
    panes.close()


def measure_opening() -> None:
    """From messages in memory to the first painted frame; resizing; paging through."""
    panes = Panes()
    pane = panes.panes[0]
    costs = {}
    for count in (1_000, 5_000):
        messages = conversation(count)
        times = []
        for _round in range(5):
            pane.set_messages([])
            pane.viewport().repaint()
            begun = time.thread_time()
            pane.set_messages(messages)
            pane.viewport().repaint()
            times.append((time.thread_time() - begun) * 1000)
        costs[count] = statistics.median(times)
        report(f"show {count:,} messages from memory", costs[count], "ms", 80)
    report("  ratio", costs[5_000] / costs[1_000], "x")
    wait(300)
    times = []
    for width in (*range(980, 600, -20), *range(600, 1000, 20)):
        begun = time.thread_time()
        pane.resize(width, 900)
        pane.viewport().repaint()
        times.append((time.thread_time() - begun) * 1000)
    report("resize step, median", statistics.median(times), "ms")
    report("  longest", max(times), "ms", 25)
    measure_scrolling(pane)
    panes.close()


def measure_scrolling(pane: Transcript) -> None:
    """Page up through a long chat, then jump about in it."""
    bar = pane.verticalScrollBar()
    times = []
    for _page in range(60):
        begun = time.thread_time()
        bar.setValue(bar.value() - 100)
        pane.viewport().repaint()
        times.append((time.thread_time() - begun) * 1000)
    report("scroll by 100 pixels, median", statistics.median(times), "ms")
    report("  longest", max(times), "ms", 25)
    times = []
    for index in range(40):
        begun = time.thread_time()
        pane.scroll_to(index * 997 % 5_000)
        pane.viewport().repaint()
        times.append((time.thread_time() - begun) * 1000)
    report("jump to any message, median", statistics.median(times), "ms")
    report("  longest", max(times), "ms", 25)


def measure_disk() -> None:
    """From a stored chat to its first paint in the whole window, and what comes after that."""
    costs: dict[tuple[str, int], dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (1_000, 5_000):
            home = str(Path(folder) / str(count))
            child("tools.bench.opening", home, "fill", str(count))
            for how in ("cold", "click"):
                runs = [
                    json.loads(child("tools.bench.opening", home, how)) for _round in range(ROUNDS)
                ]
                costs[how, count] = {
                    key: statistics.median(run[key] for run in runs) for key in runs[0]
                }
    for (how, count), cost in costs.items():
        name = "a fresh connection" if how == "cold" else "a click in the list"
        report(f"{count:,} messages from disk, {name}", cost["wall"], "ms", 80)
        report("  processor time", cost["cpu"], "ms", 80)
        if count == 5_000:
            report("  ratio", cost["wall"] / costs[how, 1_000]["wall"], "x", 1.5)
            report("  ratio of processor time", cost["cpu"] / costs[how, 1_000]["cpu"], "x", 1.5)
        report("  longest block of the window", cost["longest"], "ms", 25)
        report("  longest block, processor time", cost["longest_cpu"], "ms", 25)


def child(*arguments: str) -> str:
    """Run a module in a process of its own and return what it printed."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def memory(count: int) -> None:
    """Print the resident megabytes of a window with a chat of *count* messages."""
    panes = Panes()
    panes.panes[0].set_messages(conversation(count, 1_000))
    wait(500)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    print(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
    panes.close()


def measure_memory() -> None:
    """Resident memory above an empty window, each in a process of its own."""
    sizes = {}
    for count in (0, 1_000, 5_000):
        printed = child("tools.bench_transcript", "memory", str(count))
        sizes[count] = float(printed.split()[-1])
    report("empty window", sizes[0], "MB")
    report("1,000 messages, above it", sizes[1_000] - sizes[0], "MB", 40)
    report("5,000 messages, above it", sizes[5_000] - sizes[0], "MB")


def main(arguments: list[str]) -> None:
    """Run everything, or the parts that are named."""
    application = QApplication(arguments[:1])
    if arguments[1:2] == ["memory"]:
        memory(int(arguments[2]))
        return
    gc.collect()
    gc.freeze()  # as the application does after its imports
    parts = {
        "opening": measure_opening,
        "disk": measure_disk,
        "adversarial": measure_adversarial,
        "streams": measure_streams,
        "memory-all": measure_memory,
    }
    for name in arguments[1:] or parts:
        parts[name]()
    del application


if __name__ == "__main__":
    main(sys.argv)
