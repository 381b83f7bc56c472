"""The asyncio event loop that runs on Qt."""

from __future__ import annotations

import sys

import qasync


class EventLoop(qasync.QEventLoop):  # type: ignore[misc]  # qasync is untyped
    """qasync's loop, plus the async generator hooks that it leaves out.

    Without the hooks a stream that is abandoned half-read is torn down by the
    garbage collector, outside any task, and httpx2 fails with a `RuntimeError`.
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
