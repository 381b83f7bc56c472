"""The child of bench_transcript.py: opens a stored chat in the whole window, timed.

    python -m tools.bench.opening HOME fill COUNT    write a chat of COUNT messages, and a short one
    python -m tools.bench.opening HOME click         open it as a click in the list does
    python -m tools.bench.opening HOME cold          open it through a connection made just then

Prints one line of JSON: milliseconds until the first paint and how long the event loop was held
in the seconds after it, each by the clock and as processor time of the window's thread.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, QTimer
from PyQt6.QtWidgets import QApplication

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.conversation import Conversation, Message, MessageStatus
from ai_coder.chat.store import ChatStore
from ai_coder.core import load_settings, open_core
from ai_coder.llm.models import Role
from ai_coder.owners.workbench import Workbench
from ai_coder.paths import Paths, find_paths
from ai_coder.ui.application_look import ApplicationLook
from ai_coder.ui.chat.chat_loader import ChatLoader
from ai_coder.ui.chat.message_display import MessageDisplay
from ai_coder.ui.event_loop import EventLoop
from ai_coder.ui.main_window import MainWindow
from ai_coder.ui.theme import Theme
from tools.bench.texts import answer, words
from tools.bench.window import Probe, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_coder.ui.chat.chat_pane import ChatPane

BIG, SMALL = "A long chat", "A short chat"
SETTLING_SECONDS = 1.0
"""How long the application rests after its late start, which ends with freezing its objects."""

WATCHED_SECONDS = 3.0


@dataclass
class Opening:
    """What opening took, in milliseconds."""

    wall: float
    cpu: float
    longest: float
    longest_cpu: float
    p99: float
    messages: int


async def fill(paths: Paths, count: int) -> None:
    """Store a chat of *count* messages, 1,000 characters each, and a newer short one."""
    store = ChatStore(paths.database_file)
    await store.open()
    now = datetime.now(UTC)
    for title, size, age in ((BIG, count, 1), (SMALL, 2, 0)):
        at = now - timedelta(hours=age)
        chat = Conversation(1, title, at, at, is_title_automatic=False, head=size)
        await store.add_archived([ArchivedConversation(chat, tuple(messages(size, at)))])
    await store.aclose()


def messages(count: int, at: datetime) -> Iterator[Message]:
    """Yield prompts and answers of together about *count* × 1,000 characters."""
    for index in range(count):
        is_prompt = index % 2 == 0
        yield Message(
            index + 1,
            1,
            index or None,
            Role.USER if is_prompt else Role.ASSISTANT,
            words(20) if is_prompt else answer(1_880, index % 40),
            at + timedelta(seconds=index / 10),
            MessageStatus.COMPLETE,
            model_ref=None if is_prompt else "lm_studio/qwen2.5-coder-7b-instruct",
        )


class FirstPaint(QObject):
    """Notes when the transcript has painted the chat that was asked for."""

    def __init__(self, pane: ChatPane, chat_id: int) -> None:
        super().__init__()
        self.painted = asyncio.Event()
        self.wall = self.cpu = 0.0
        self._pane = pane
        self._id = chat_id
        self._begun = time.perf_counter(), time.thread_time()
        self._viewport = pane.view.transcript.viewport()
        self._viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Look at the clock once the painting that begins now is done."""
        is_paint = event is not None and event.type() == QEvent.Type.Paint
        if is_paint and self._pane.chat is not None and self._pane.chat.id == self._id:
            self._viewport.removeEventFilter(self)
            QTimer.singleShot(0, self._note)
        return False

    def _note(self) -> None:
        self.wall = (time.perf_counter() - self._begun[0]) * 1000
        self.cpu = (time.thread_time() - self._begun[1]) * 1000
        self.painted.set()


async def open_chat(workbench: Workbench, how: str) -> Opening:
    """Open the long chat in a running application."""
    chats = await workbench.store.conversations()
    wanted = next(chat.id for chat in chats if chat.title == BIG)
    pane = workbench.pane
    probe = Probe()
    probe.start()
    if how == "click":
        first = FirstPaint(pane, wanted)
        pane.open(wanted)
        await first.painted.wait()
    else:
        first = await open_cold(workbench, wanted)
    await asyncio.sleep(WATCHED_SECONDS)
    probe.stop()
    assert pane.chat is not None
    return Opening(
        first.wall,
        first.cpu,
        max(probe.waits),
        max(probe.busy),
        percentile(probe.waits, 0.99),
        len(pane.chat.session.messages),
    )


async def open_cold(workbench: Workbench, chat_id: int) -> FirstPaint:
    """Connect to the file, read the chat and show it, as the pane does."""
    pane = workbench.pane
    first = FirstPaint(pane, chat_id)
    store = ChatStore(workbench.core.paths.database_file)
    await store.open()
    core = workbench.core
    display = MessageDisplay(core.catalogue, {})
    loader = ChatLoader(store, core.manager.stream_chat, display, None)
    chat = await loader.load(chat_id, pane)
    assert chat is not None
    pane.view.show_chat(chat, await loader.shown(chat))
    await first.painted.wait()
    await store.aclose()
    return first


async def run(paths: Paths, app: QApplication, how: str) -> Opening:
    """Start the application, let it come to rest, and open the chat."""
    theme = Theme(paths.resources / "themes")
    theme.configure("light", 100)
    ApplicationLook(app, theme)
    store, loaded = load_settings(paths, {})
    async with open_core(paths, store, loaded, {}) as core:
        window = MainWindow(theme)
        window.resize(1280, 820)
        workbench = Workbench(core, theme, window)
        window.show()
        await workbench.start()
        while not gc.get_freeze_count():  # noqa: ASYNC110  # nothing else tells of it
            await asyncio.sleep(0.1)
        await asyncio.sleep(SETTLING_SECONDS)
        opening = await open_chat(workbench, how)
        await workbench.aclose()
    return opening


def main(arguments: list[str]) -> None:
    """Do what the arguments say."""
    home, how = arguments[1:3]
    paths = find_paths({"AI_CODER_HOME": home})
    if how == "fill":
        asyncio.run(fill(paths, int(arguments[3])))
        return
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(arguments[:1])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: EventLoop(app)) as runner:
        print(json.dumps(asdict(runner.run(run(paths, app, how)))))


if __name__ == "__main__":
    main(sys.argv)
