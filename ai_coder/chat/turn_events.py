"""What happens during a turn besides the events of the stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ai_coder.llm.models import StreamEvent

if TYPE_CHECKING:
    from ai_coder.chat.conversation import Message
    from ai_coder.chat.store_problem import StoreProblem


@dataclass(frozen=True, slots=True)
class PromptAdded:
    """The prompt stands in the conversation, as the new end of the shown branch."""

    message: Message


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """An answer begins; a continued one already has its earlier text."""

    message: Message


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The answer in its final state; an error of the turn stands in its `failure`.

    It is the last event of a turn, unless the reading task is cancelled: then the session
    has the final state.
    """

    message: Message


@dataclass(frozen=True, slots=True)
class TitleChosen:
    """The conversation got a title of its own accord."""

    title: str


@dataclass(frozen=True, slots=True)
class NotSaved:
    """The turn goes on, but it is not on disk."""

    problem: StoreProblem


TurnEvent: TypeAlias = (
    PromptAdded | AnswerStarted | AnswerEnded | TitleChosen | NotSaved | StreamEvent
)
