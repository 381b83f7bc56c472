"""A provider that repeats what it is told; it needs no server, which keeps the example short."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ai_coder.llm import connection_states
from ai_coder.llm.models import (
    Finished,
    FinishReason,
    Locality,
    ModelAnswered,
    ModelConfig,
    Phase,
    PhaseChanged,
    TextDelta,
    TokenUsage,
)
from ai_coder.llm.providers.base import BaseProvider, Probe

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ai_coder.llm.models import ChatRequest, CompletionRequest, StreamEvent


class EchoProvider(BaseProvider):
    """Answers with the last message, word by word."""

    type: ClassVar[str] = "echo"
    display_name: ClassVar[str] = "Echo"
    default_url: ClassVar[str] = "http://127.0.0.1"
    accepted_parameters: ClassVar[frozenset[str]] = frozenset({"max_tokens"})

    async def probe(self) -> Probe:
        """Say that all is well, and which models there are."""
        model = ModelConfig(
            name="parrot",
            provider=self.id,
            context_length=4096,
            capabilities=("chat", "completion"),
            locality=Locality.LOCAL,
            metadata={"display_name": "Parrot", "source": self.type, "local": True},
        )
        state = connection_states.ready(self.name, self.default_url, models=1)
        return Probe(state, (model,))

    async def stream_chat(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Repeat the last message."""
        async for event in self._say(request.model, request.messages[-1].text, request):
            yield event

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Repeat the text."""
        async for event in self._say(request.model, request.prompt, request):
            yield event

    async def _say(
        self, model: str, text: str, request: ChatRequest | CompletionRequest
    ) -> AsyncGenerator[StreamEvent, None]:
        most = request.parameters.max_tokens
        words = text.split()
        said = words[:most]
        yield PhaseChanged(Phase.CONNECTING)
        yield ModelAnswered(model, self.id)
        yield PhaseChanged(Phase.WRITING)
        for number, word in enumerate(said):
            yield TextDelta(f" {word}" if number else word)
        yield TokenUsage(input_tokens=len(words), output_tokens=len(said))
        is_whole = len(said) == len(words)
        yield Finished(FinishReason.STOP if is_whole else FinishReason.LENGTH)
