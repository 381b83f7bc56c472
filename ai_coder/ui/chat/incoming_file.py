"""An attachment that is still being read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from ai_coder.chat.attachments import AttachmentError
    from ai_coder.chat.conversation import AttachedFile


@dataclass(slots=True, eq=False)
class IncomingFile:
    """Keeps the place of a file among the attachments; `read` runs in a thread."""

    name: str
    read: Callable[[], AttachedFile]
    task: asyncio.Task[None] | None = None
    refusal: AttachmentError | None = None
    """Why it cannot go with the prompt."""
