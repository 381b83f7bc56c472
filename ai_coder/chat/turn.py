"""One answer of a conversation: asked for, streamed, kept."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

from ai_coder.chat.answer import Answer
from ai_coder.chat.request import build_request
from ai_coder.chat.turn_events import AnswerEnded, AnswerStarted, NotSaved, TurnEvent
from ai_coder.errors import AICoderError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from ai_coder.chat.conversation import AttachedFile, Message
    from ai_coder.chat.shown_branch import ShownBranch
    from ai_coder.chat.store import ChatStore
    from ai_coder.chat.store_problem import StoreProblem
    from ai_coder.llm.models import ChatRequest, StreamEvent


class Stream(Protocol):
    """Gives the answer of a model: `LLMManager.stream_chat`."""

    def __call__(self, ref: str, request: ChatRequest, /) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply of the model *ref*."""


class Turn:
    """Lets models answer in the shown branch, one answer at a time.

    `answer` is the running one. What arrived is kept however the stream ends.
    """

    def __init__(
        self,
        store: ChatStore,
        branch: ShownBranch,
        stream: Stream,
        price: Callable[[Message], float | None] | None,
    ) -> None:
        self.answer: Answer | None = None
        self._store = store
        self._branch = branch
        self._stream = stream
        self._price = price

    async def answered(
        self,
        start: Message,
        problem: StoreProblem | None,
        files: Sequence[AttachedFile] = (),
        *,
        is_continued: bool = False,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Fill in the answer that *start* begins; *problem* says why that is not on disk."""
        answer = self.answer = Answer(
            start, self._store, price=self._price, is_continued=is_continued
        )
        try:
            yield AnswerStarted(start)
            if problem is not None:
                yield NotSaved(problem)
            request = await self._request(start, files, is_continued=is_continued)
            async with aclosing(self._stream(start.model_ref or "", request)) as events:
                async for event in events:
                    answer.add(event)
                    yield event
            final = answer.complete()
        except AICoderError as error:
            final = answer.fail(error)
        except (asyncio.CancelledError, GeneratorExit):
            self._keep(answer.stop())
            raise
        except BaseException:
            self._keep(answer.interrupt())
            raise
        self._keep(final)
        yield AnswerEnded(final)

    def take_ids(self, ids: Mapping[int, int]) -> None:
        """Let the running answer go on under the id that it has on disk by now."""
        if self.answer is not None and (number := ids.get(self.answer.message.id)):
            self.answer.stored_as(number, self._branch[number].parent_id)

    async def _request(
        self, start: Message, files: Sequence[AttachedFile], *, is_continued: bool
    ) -> ChatRequest:
        await self._branch.load_rest()
        history = self._branch.down_to(start.id if is_continued else start.parent_id)
        given = {file.record.digest: file.content for file in files}
        return build_request(
            start.model_ref or "",
            self._branch.conversation.settings,
            history,
            await self._branch.contents(history, given),
            parameters=start.parameters,
            is_continued=is_continued,
        )

    def _keep(self, final: Message) -> None:
        self._branch.update(final)
        self.answer = None
