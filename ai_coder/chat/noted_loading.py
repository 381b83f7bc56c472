"""Which model a turn waits for, as the catalogue shows it everywhere."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from ai_coder.llm.models import Notice, NoticeKind, Phase, PhaseChanged, provider_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from ai_coder.llm.catalogue import ModelCatalogue
    from ai_coder.llm.models import StreamEvent


async def with_loading_noted(
    events: AsyncGenerator[StreamEvent, None],
    catalogue: ModelCatalogue,
    ref: str,
    look_again: Callable[[str], None],
) -> AsyncGenerator[StreamEvent, None]:
    """Pass *events* of the model *ref* on; the catalogue knows while they tell of its loading.

    *look_again* is told of the server when that has ended, well or not. Closing this generator
    closes *events*.
    """
    turn, loading = object(), None

    def note(now: str | None) -> str | None:
        catalogue.set_loading(turn, now)
        if loading is not None and now != loading:
            look_again(provider_of(loading))
        return now

    try:
        async with aclosing(events):
            async for event in events:
                match event:
                    case PhaseChanged(phase):
                        loading = note(ref if phase is Phase.LOADING_MODEL else None)
                    case Notice(NoticeKind.FELL_BACK, values):
                        ref = dict(values).get("to", ref)
                    case _:
                        pass
                yield event
    finally:
        note(None)
