"""Chat chunks of OpenAI itself, where a refusal has a place of its own (cloud.md 1a)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.errors import AnswerBlockedError
from ai_coder.llm.providers.chat_chunks import ChatChunkReader
from ai_coder.llm.providers.failures import shortened
from ai_coder.llm.providers.openai_responses import error_in_stream

if TYPE_CHECKING:
    from ai_coder.llm.models import StreamEvent
    from ai_coder.llm.providers.answer_reader import Expected


class OpenAIChunkReader(ChatChunkReader):
    """Tells a refusal from an answer, and judges errors in the stream by their code."""

    def __init__(self, expected: Expected) -> None:
        super().__init__(expected)
        self._refusal = ""

    def fail(self, chunk: dict[str, object]) -> None:
        """Remember the error that *chunk* holds."""
        error = chunk.get("error")
        if isinstance(error, dict):
            self.failure = error_in_stream(self.expected.asked, error)
        else:
            super().fail(chunk)

    def end(self) -> list[StreamEvent]:
        """Return the last batch; a refusal is no answer."""
        if self._refusal and self.failure is None:
            provider = self.expected.asked.provider
            self.failure = AnswerBlockedError(provider=provider, reason=shortened(self._refusal))
        return super().end()

    def _read_delta(self, delta: dict[str, object]) -> None:
        refusal = delta.get("refusal")
        if isinstance(refusal, str):
            self._refusal += refusal
        super()._read_delta({name: value for name, value in delta.items() if name != "refusal"})
