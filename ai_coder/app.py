"""Build the application and run it: the one place that knows every part.

What the first frame shows is imported here; everything else is imported once it is on the
screen, so that the window opens several times sooner.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from PyQt6 import sip
from PyQt6.QtWidgets import QApplication

from ai_coder.paths import find_paths
from ai_coder.settings.first_look import first_look
from ai_coder.ui.application_look import ApplicationLook
from ai_coder.ui.first_frame import paint_then_import
from ai_coder.ui.main_window import MainWindow
from ai_coder.ui.screen import missing_screen
from ai_coder.ui.theme import Theme

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from types import TracebackType

    from ai_coder.core import Core
    from ai_coder.paths import Paths
    from ai_coder.settings.first_look import FirstLook

_AFTER_FIRST_FRAME = (
    "ai_coder.ui.style",
    "ai_coder.ui.event_loop",
    "ai_coder.ui.end_signals",
    "ai_coder.core",
    "ai_coder.owners.workbench",
    "ai_coder.llm.providers.lm_studio",
    "ai_coder.llm.providers.ollama",
    "ai_coder.llm.providers.llama_cpp",
)


def main(arguments: Sequence[str] = sys.argv) -> int:
    """Run the application until its window is closed; returns the exit code."""
    if problem := missing_screen(os.environ):
        print(problem, file=sys.stderr)  # noqa: T201  # there is nowhere else to say it
        print("ask, complete, doctor and models work without one.", file=sys.stderr)  # noqa: T201  # as above
        return 1
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until there is something to keep
    paths = find_paths()
    app = QApplication(list(arguments))
    app.setApplicationName("AI Coder Assistant")
    app.setDesktopFileName("ai-coder")
    app.setQuitOnLastWindowClosed(False)  # the loop must outlive the window, to clean up
    theme = Theme(paths.resources / "themes")
    chosen = first_look(paths.settings_file)
    theme.configure(chosen.theme, chosen.zoom, reduced_motion=chosen.has_reduced_motion)
    look = ApplicationLook(app, theme)
    window = _first_window(theme, chosen)
    try:
        return _shown(app, look, theme, chosen, window, paths)
    finally:
        # PyQt's own clean-up at exit walks over objects while it deletes them, which crashes now
        # and then; what hangs on the window is gone before.
        sip.delete(window)


def _shown(
    app: QApplication,
    look: ApplicationLook,
    theme: Theme,
    chosen: FirstLook,
    window: MainWindow,
    paths: Paths,
) -> int:
    """Show the window at once, then everything in it, until it is closed."""
    paint_then_import(window, _AFTER_FIRST_FRAME)
    if not window.isVisible():
        return 0
    import asyncio

    from PyQt6.QtGui import QIcon

    from ai_coder.ui.event_loop import EventLoop

    look.complete()
    app.setWindowIcon(QIcon(str(paths.resources / "icons" / "ai-coder.svg")))
    with asyncio.Runner(loop_factory=lambda: EventLoop(app)) as runner:
        return runner.run(_run(app, theme, chosen, window, paths))


def _first_window(theme: Theme, look: FirstLook) -> MainWindow:
    """Return the frame of the window, with nothing in it yet."""
    window = MainWindow(theme)
    window.announce_views()
    window.status.set_local_only(look.is_local_only)
    return window


async def _run(
    app: QApplication, theme: Theme, look: FirstLook, window: MainWindow, paths: Paths
) -> int:
    import asyncio
    from contextlib import AsyncExitStack

    from ai_coder.core import load_settings, open_core
    from ai_coder.errors import UnwritableFileError
    from ai_coder.logs import start_logging
    from ai_coder.owners.workbench import Workbench
    from ai_coder.ui.end_signals import EndSignals

    ended = asyncio.Event()
    signals = EndSignals(app)
    signals.arrived.connect(ended.set)
    app.lastWindowClosed.connect(ended.set)
    store, loaded = load_settings(paths)
    chosen = loaded.settings.appearance
    if (look.theme, look.zoom, look.has_reduced_motion) != (
        chosen.theme,
        chosen.zoom,
        chosen.reduced_motion,
    ):
        theme.configure(chosen.theme, chosen.zoom, reduced_motion=chosen.reduced_motion)
    async with AsyncExitStack() as resources:
        resources.callback(signals.close)
        core = await resources.enter_async_context(open_core(paths, store, loaded))
        _show_crashes(core, theme, window)
        await asyncio.sleep(0)  # let the window answer between two long steps
        workbench = Workbench(core, theme, window)
        resources.push_async_callback(workbench.aclose)
        level = loaded.settings.advanced.log_level
        problem = start_logging(paths.log_file, level, core.secrets.values)
        await workbench.start()
        if problem:
            workbench.show_error(UnwritableFileError(path=str(paths.log_file), reason=problem))
        await ended.wait()
        window.hide()  # what is left to store needs no window
    return 0


def _show_crashes(core: Core, theme: Theme, window: MainWindow) -> None:
    """Send every bug to the log and to the crash dialog, without secrets."""
    import asyncio
    import logging
    import traceback

    def show(text: str) -> None:
        logging.getLogger(__name__).error("%s", text)
        from ai_coder.logs import redact
        from ai_coder.ui.crash_dialog import CrashDialog

        dialog = window.findChild(CrashDialog)
        if dialog is None:
            dialog = CrashDialog(theme, lambda raw: redact(raw, core.secrets.values()), window)
        dialog.add_report(text)
        dialog.open()

    def from_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        bug = context.get("exception")
        lines = traceback.format_exception(bug) if isinstance(bug, BaseException) else []
        show(f"{context.get('message', 'Bug')}\n{''.join(lines)}")

    def from_slot(
        kind: type[BaseException], bug: BaseException, trace: TracebackType | None
    ) -> None:
        show("".join(traceback.format_exception(kind, bug, trace)))

    asyncio.get_running_loop().set_exception_handler(from_loop)
    sys.excepthook = from_slot
