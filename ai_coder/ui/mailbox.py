"""Results of worker threads, brought to the window's thread."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal


class Mailbox(QObject):
    """Carries a result out of a worker thread.

    A job holds the mailbox, so that it lives as long as the job, while the widget that waits for
    the result may be closed and deleted at any time; emitting a signal of the widget itself from
    a thread would then crash.
    """

    arrived = pyqtSignal(object)
    """The result of a job, in the thread of whoever waits for it."""
