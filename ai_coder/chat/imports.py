"""Bring chats from files into the store."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from ai_coder.chat.chat_file_errors import ChatFileError, UnreadChat, UnreadChatsError
from ai_coder.chat.import_process import ImportProcess
from ai_coder.chat.store_problem import StoreProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ai_coder.chat.conversation import Conversation
    from ai_coder.chat.store import ChatStore
    from ai_coder.errors import AICoderError


class ImportProgress(NamedTuple):
    """How far an import is: the file it reads, the share of it, the chats of all files so far."""

    name: str
    share: float
    chats: int


class ChatImport:
    """Files on their way into the store, a portion at a time, so that others have their turn.

    What can be read is imported, and stays when the rest is damaged or given up.
    """

    def __init__(
        self, store: ChatStore, on_progress: Callable[[ImportProgress], None] | None = None
    ) -> None:
        self.made: list[Conversation] = []
        self.problems: list[AICoderError] = []
        self.is_cancelled = False
        self._store = store
        self._on_progress = on_progress
        self._paths: deque[Path] = deque()
        self._process: ImportProcess | None = None

    def add(self, paths: Iterable[Path]) -> None:
        """Import these files, too."""
        self._paths += paths

    async def run(self) -> None:
        """Import what can be read of the files; what goes wrong is kept in `problems`."""
        while self._paths and not self.is_cancelled:
            path = self._paths.popleft()
            try:
                await self._import(path)
            except ChatFileError as problem:
                self.problems.append(problem)
            except StoreProblem as problem:
                self.problems.append(problem)
                return

    def cancel(self) -> None:
        """Import nothing more; `run` ends soon."""
        self.is_cancelled = True
        if self._process is not None:
            self._process.kill()

    async def _import(self, path: Path) -> None:
        self._tell(path, 0)
        unread: list[UnreadChat] = []
        made_before = len(self.made)
        self._process = process = ImportProcess(path)
        try:
            while portion := await process.portion():
                unread += portion.unread
                if portion.archived:
                    self.made += await self._store.add_archived(portion.archived, is_told=False)
                self._tell(path, portion.share)
        finally:
            process.kill()
            self._process = None
            if unread and len(self.made) > made_before:
                self.problems.append(UnreadChatsError(path.name, unread))

    def _tell(self, path: Path, share: float) -> None:
        if self._on_progress is not None:
            self._on_progress(ImportProgress(path.name, share, len(self.made)))
