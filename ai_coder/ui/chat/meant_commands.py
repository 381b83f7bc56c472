"""Which commands mean a message of the transcript when they are asked for now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.llm.models import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.chat.transcript_message import TranscriptMessage
    from ai_coder.ui.chat.transcript_state import TranscriptState

_OF_LAST_ANSWER = (
    "copy_answer",
    "copy_code",
    "regenerate",
    "continue_answer",
    "previous_version",
    "next_version",
)
"""Commands that mean the newest answer, wherever the keyboard is."""


def last_of(role: Role, messages: Sequence[TranscriptMessage]) -> int:
    """Return the index of the newest message of *role*; -1 if there is none."""
    return max((n for n, each in enumerate(messages) if each.role is role), default=-1)


def meant_message(messages: Sequence[TranscriptMessage], state: TranscriptState) -> int:
    """Return the index of the message that has the keyboard, else of the newest one."""
    return state.focused_message if state.focused_message >= 0 else len(messages) - 1


def commands_at(
    index: int, messages: Sequence[TranscriptMessage], state: TranscriptState
) -> set[str]:
    """Return the names of the commands that mean the message at *index*."""
    found = set(_OF_LAST_ANSWER) if index == last_of(Role.ASSISTANT, messages) else set()
    if index == last_of(Role.USER, messages):
        found.add("edit_prompt")
    if index == meant_message(messages, state):
        found.add("copy_message")
    selection = state.selection
    is_selected = selection is not None and not selection.is_empty
    if selection and is_selected and selection.anchor[0] == selection.end[0] == index:
        found.add("quote_selection")
    return found
