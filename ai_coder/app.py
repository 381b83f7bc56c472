"""Build the application and run it: the one place that knows every part."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QApplication

from ai_coder.core import load_settings, open_core
from ai_coder.logs import redact, start_logging
from ai_coder.owners.workbench import Workbench
from ai_coder.paths import find_paths
from ai_coder.ui.event_loop import EventLoop
from ai_coder.ui.main_window import MainWindow
from ai_coder.ui.style import ApplicationLook
from ai_coder.ui.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from ai_coder.core import Core
    from ai_coder.paths import Paths
    from ai_coder.settings.store import LoadedSettings, SettingsStore

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] = sys.argv) -> int:
    """Run the application until its last window is closed; returns the exit code."""
    paths = find_paths()
    store, loaded = load_settings(paths)
    app = QApplication(list(arguments))
    app.setApplicationName("AI Coder Assistant")
    app.setDesktopFileName("ai-coder")
    app.setWindowIcon(QIcon(str(paths.resources / "icons" / "ai-coder.svg")))
    app.setQuitOnLastWindowClosed(False)  # the loop must outlive the window, to clean up
    theme = Theme(paths.resources / "themes")
    appearance = loaded.settings.appearance
    theme.configure(appearance.theme, appearance.zoom, reduced_motion=appearance.reduced_motion)
    look = ApplicationLook(app, theme)
    look.apply()
    with asyncio.Runner(loop_factory=lambda: EventLoop(app)) as runner:
        return runner.run(_run(app, theme, paths, store, loaded))


async def _run(
    app: QApplication, theme: Theme, paths: Paths, store: SettingsStore, loaded: LoadedSettings
) -> int:
    last_window_closed = asyncio.Event()
    app.lastWindowClosed.connect(last_window_closed.set)
    async with AsyncExitStack() as resources:
        core = await resources.enter_async_context(open_core(paths, store, loaded))
        window = MainWindow(theme)
        _show_crashes(core, theme, window)
        workbench = Workbench(core, theme, window)
        resources.push_async_callback(workbench.aclose)
        window.show()
        start_logging(paths.log_file, loaded.settings.advanced.log_level, core.secrets.values)
        await workbench.start()
        await last_window_closed.wait()
    return 0


def _show_crashes(core: Core, theme: Theme, window: MainWindow) -> None:
    """Send every bug to the log and to the crash dialog, without secrets."""

    def show(text: str) -> None:
        logger.error("%s", text)
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
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        show("".join(traceback.format_exception(kind, bug, trace)))

    asyncio.get_running_loop().set_exception_handler(from_loop)
    sys.excepthook = from_slot
