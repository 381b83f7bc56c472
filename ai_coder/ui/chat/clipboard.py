"""Texts of a conversation on the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtGui import QGuiApplication

from ai_coder.ui.chat.message_display import last_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.conversation import Message


def copy_text(text: str) -> bool:
    """Put *text* on the clipboard; return whether there was anything to put there."""
    clipboard = QGuiApplication.clipboard()
    if not text or clipboard is None:
        return False
    clipboard.setText(text)
    return True


def copy_answer(messages: Sequence[Message]) -> bool:
    """Copy the newest answer as Markdown."""
    answer = last_answer(messages)
    return answer is not None and copy_text(answer.text)


def quoted(text: str) -> str:
    """Return *text* as a Markdown quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().split("\n"))
