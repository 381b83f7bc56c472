"""Run coroutines from slots, owned by a widget and reported when they fail."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.errors import AICoderError

if TYPE_CHECKING:
    from collections.abc import Coroutine

logger = logging.getLogger(__name__)


class TaskScope(QObject):
    """The running tasks of one widget.

    Tasks are kept alive here, because the event loop holds only weak references
    to them, and are cancelled when the widget is destroyed.
    """

    running_changed = pyqtSignal(bool)
    failed = pyqtSignal(AICoderError)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks: set[asyncio.Task[None]] = set()
        parent.destroyed.connect(self._abandon_all)

    @property
    def is_running(self) -> bool:
        """Whether any task of this scope has not ended yet."""
        return bool(self._tasks)

    def start(self, coroutine: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run *coroutine* alongside the others; the task is there to be waited for or ended."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        self.running_changed.emit(True)
        return task

    @pyqtSlot()
    def cancel_all(self) -> None:
        """Stop everything this scope started."""
        for task in self._tasks:
            task.cancel()

    async def aclose(self) -> None:
        """Stop everything and wait until it has ended."""
        tasks = list(self._tasks)
        self.cancel_all()
        await asyncio.gather(*tasks, return_exceptions=True)

    @pyqtSlot()
    def _abandon_all(self) -> None:
        for task in self._tasks:
            task.remove_done_callback(self._finish)
            task.cancel()

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.running_changed.emit(bool(self._tasks))
        if task.cancelled():
            return
        match task.exception():
            case None:
                pass
            case AICoderError() as error:
                logger.warning("%s: %s", task.get_name(), error)
                self.failed.emit(error)
            case bug:
                task.get_loop().call_exception_handler(
                    {"message": f"Bug in {task.get_name()}", "exception": bug, "task": task}
                )
