"""The window (`num_ctx`) asked for each model; it changes only when the user asks."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_coder.llm.context_window import window_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_coder.llm.models import ChatRequest, CompletionRequest

_CHARACTERS_PER_TOKEN = 3
ROOM_FOR_ANSWER = 2048
_LARGEST_UNASKED = 32 * 1024
"""More memory than this is taken only when the user chose the window."""


@dataclass(slots=True)
class Trial:
    """A request with a window; set `is_served` once the server answered it."""

    is_served: bool = False


class Windows:
    """Remembers the window of each model for the life of the process.

    Another `num_ctx` than the last one reloads the model (ollama.md rule 6).
    """

    def __init__(self) -> None:
        self._chosen: dict[str, int] = {}

    def known(self, model: str) -> int | None:
        """Return the window in use for *model*."""
        return self._chosen.get(model)

    def choose(
        self, model: str, *, wanted: int | None, needed: int, served: int | None, most: int | None
    ) -> int:
        """Return the window for the next request.

        *wanted* is the user's choice and wins. Otherwise the window stays what it was; at
        first it is what is *served* if that holds the tokens *needed*, else the step that does.
        """
        window = wanted or self._chosen.get(model)
        if window is None:
            step = window_step(min(needed, _LARGEST_UNASKED), most=most)
            window = served if served and served >= step else step
        return min(window, most) if most else window

    def remember(self, model: str, window: int) -> None:
        """Note that *model* is served with *window*."""
        self._chosen[model] = window

    @contextmanager
    def trial(self, model: str, window: int | None) -> Iterator[Trial]:
        """Ask with *window*; requests meanwhile do too, and none once it was not served.

        A load that failed or was given up must not decide what later requests ask for.
        """
        trial = Trial()
        former = self._chosen.get(model)
        if window is not None:
            self._chosen[model] = window
        try:
            yield trial
        finally:
            if not trial.is_served and self._chosen.get(model) == window:
                self._forget(model, former)

    def _forget(self, model: str, former: int | None) -> None:
        if former is None:
            self._chosen.pop(model, None)
        else:
            self._chosen[model] = former


def tokens_needed(request: ChatRequest | CompletionRequest) -> int:
    """Estimate the tokens of a request with room for its answer, on the safe side."""
    from ai_coder.llm.models import ChatRequest

    if isinstance(request, ChatRequest):
        length = sum(len(message.text) for message in request.messages)
    else:
        length = len(request.prompt) + len(request.suffix)
    room = request.parameters.max_tokens or ROOM_FOR_ANSWER
    return length // _CHARACTERS_PER_TOKEN + room
