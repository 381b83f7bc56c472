"""The asyncio event loop that runs on Qt."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, TypeVar

import qasync

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")


class EventLoop(qasync.QEventLoop):  # type: ignore[misc]  # qasync is untyped
    """qasync's loop, plus what it leaves out.

    Without the hooks of asynchronous generators a stream that is abandoned half-read is torn
    down by the garbage collector, outside any task, and httpx2 fails with a `RuntimeError`. And
    once `run_until_complete` is done, qasync handles what waits while no loop counts as running,
    so that tasks which are not done yet fail with "no running event loop".
    """

    def run_forever(self) -> int:
        """Run until stopped."""
        outer_hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(
            firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook
        )
        try:
            return super().run_forever()  # type: ignore[no-any-return]  # qasync is untyped
        finally:
            sys.set_asyncgen_hooks(*outer_hooks)

    def run_until_complete(self, future: Awaitable[T]) -> T:
        """Run until *future* is done and return its result."""
        task = asyncio.ensure_future(future, loop=self)  # noqa: TID251  # the loop runs, it owns
        task.add_done_callback(self._stop_with)
        try:
            self.run_forever()
        finally:
            task.remove_done_callback(self._stop_with)
        if not task.done():
            raise RuntimeError("The event loop stopped before the task was done.")
        return task.result()

    def _stop_with(self, _task: asyncio.Future[T]) -> None:
        self.stop()
