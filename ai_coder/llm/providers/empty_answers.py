"""Why an answer has no words, as the end of a sentence."""

from __future__ import annotations

from ai_coder.llm.models import FinishReason
from ai_coder.translation import QT_TRANSLATE_NOOP

_SPENT = QT_TRANSLATE_NOOP(
    "errors", "it spent its whole budget on thinking. Allow more tokens, or less thinking."
)
_ONLY_THOUGHT = QT_TRANSLATE_NOOP("errors", "it stopped after thinking and wrote nothing.")
_CALLED_A_TOOL = QT_TRANSLATE_NOOP("errors", "it asked for a tool instead of writing.")
_NO_ROOM = QT_TRANSLATE_NOOP(
    "errors", "the limit for the answer, or the context window, left no room for a word."
)
_NO_REASON = QT_TRANSLATE_NOOP("errors", "the server gave no reason.")


def why_empty(
    finish_reason: FinishReason | None, *, has_thought: bool, called_tool: bool = False
) -> str:
    """Return the likely cause, untranslated, in the context `errors`."""
    if called_tool or finish_reason is FinishReason.TOOL_CALLS:
        return _CALLED_A_TOOL
    if finish_reason is FinishReason.LENGTH:
        return _SPENT if has_thought else _NO_ROOM
    return _ONLY_THOUGHT if has_thought else _NO_REASON
