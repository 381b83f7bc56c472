"""One answer in a provider's own wire format; a refused parameter is left out once, and said."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ai_coder.llm.models import Notice, NoticeKind, Phase, PhaseChanged
from ai_coder.llm.providers.answer_stream import AnswerStream
from ai_coder.llm.providers.exchange import Exchange
from ai_coder.llm.providers.failures import ParameterRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from ai_coder.llm.models import JSONObject, StreamEvent
    from ai_coder.llm.providers.answer_reader import AnswerReader

OpenBody: TypeAlias = (
    "Callable[[JSONObject, Callable[[], None]], AbstractAsyncContextManager[AsyncIterator[bytes]]]"
)
"""Sends a body, calls back when it was sent, and gives the parts of the answer."""


async def stream_answer(
    open_body: OpenBody,
    body: JSONObject,
    make_reader: Callable[[], AnswerReader],
    *,
    patience: float,
    is_working: Callable[[], Awaitable[bool | None]],
    names: Mapping[str, str],
) -> AsyncGenerator[StreamEvent, None]:
    """Yield an answer, ending with `Finished`.

    *names* are the places in *body* that may be left out, such as `reasoning.effort`, and
    what the user knows them as.
    """
    yield PhaseChanged(Phase.CONNECTING)
    while True:
        opener = partial(open_body, body)
        try:
            async with Exchange(opener, patience=patience) as exchange:
                stream = AnswerStream(exchange, make_reader(), is_working, Phase.READING_PROMPT)
                async with aclosing(stream.events()) as events:
                    async for event in events:
                        yield event
        except ParameterRefusedError as error:
            place = _known_place(error.parameter, names)
            fewer = without(body, place) if place else None
            if fewer is None:
                raise
            body = fewer
            yield Notice(NoticeKind.PARAMETER_DROPPED, (("parameter", names[place]),))
        else:
            return


def _known_place(place: str, names: Mapping[str, str]) -> str:
    """Return the innermost of *names* around *place*; empty when there is none."""
    while place and place not in names:
        place = place.rpartition(".")[0]
    return place


def without(body: JSONObject, place: str) -> JSONObject | None:
    """Return *body* without what stands at the dotted *place*; None when nothing stands there."""
    name, _, rest = place.partition(".")
    if name not in body:
        return None
    kept = {key: value for key, value in body.items() if key != name}
    if not rest:
        return kept
    inner = body[name]
    inner = without(inner, rest) if isinstance(inner, dict) else None
    if inner is None:
        return None
    return {**kept, name: inner} if inner else kept
