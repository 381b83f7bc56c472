"""The chunks of OpenAI-style streams, as many servers really send them.

Checked by hand instead of by a model class: this runs for every token.
"""

from __future__ import annotations

from ai_coder.llm.models import Phase, PhaseChanged, Timings, TokenUsage
from ai_coder.llm.providers.answer_reader import AnswerReader


class ChatChunkReader(AnswerReader):
    """Reads `chat.completion.chunk` and `text_completion` objects."""

    def read(self, chunk: dict[str, object], name: bytes) -> None:
        """Read one chunk, whichever of its optional parts it has."""
        choices = chunk.get("choices")
        if not self._has_model and isinstance(model := chunk.get("model"), str):
            self.answered_by(model)
        if isinstance(choices, list) and choices:
            choice = choices[0]
            delta = choice.get("delta") or choice.get("message")
            if delta:
                self._read_delta(delta)
            elif isinstance(text := choice.get("text"), str):
                self.add_text(text)
            if reason := choice.get("finish_reason"):
                self.finish(reason)
        elif name == b"error" or choices is None:
            self.fail(chunk)
        if chunk.get("error"):
            self.fail(chunk)
        if usage := chunk.get("usage"):
            self.usage = usage_of(usage) or self.usage
        if timings := chunk.get("timings"):
            self.timings = _timings_of(timings) or self.timings
        if progress := chunk.get("prompt_progress"):
            self._read_progress(progress)

    def _read_delta(self, delta: dict[str, object]) -> None:
        thoughts = delta.get("reasoning_content") or delta.get("reasoning")
        if thoughts and isinstance(thoughts, str):
            self._inline.is_text = True
            self.add_thoughts(thoughts)
        content = delta.get("content") or delta.get("refusal")
        if content and isinstance(content, str):
            self.add_content(content)
        if delta.get("tool_calls"):
            self.called_tool = True

    def _read_progress(self, progress: object) -> None:
        """Read `prompt_progress` of llama.cpp (llama_cpp.md)."""
        if not isinstance(progress, dict) or self.has_output:
            return
        total, done = progress.get("total"), progress.get("processed")
        if isinstance(total, int) and isinstance(done, int) and total > 0:
            share = min(done / total, 1.0)
            self.add_event(PhaseChanged(Phase.READING_PROMPT, share, processed=done, total=total))


def usage_of(usage: object) -> TokenUsage | None:
    """Return the `usage` object of OpenAI's wire format; zeros everywhere mean unknown (Q19)."""
    if not isinstance(usage, dict):
        return None
    prompt, answer = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if not prompt and not answer:
        return None
    return TokenUsage(
        input_tokens=prompt,
        output_tokens=answer,
        reasoning_tokens=_count(usage.get("completion_tokens_details"), "reasoning_tokens"),
        cached_tokens=_count(usage.get("prompt_tokens_details"), "cached_tokens"),
    )


def _timings_of(timings: object) -> Timings | None:
    if not isinstance(timings, dict):
        return None
    read, written = timings.get("prompt_per_second"), timings.get("predicted_per_second")
    prompt_ms = timings.get("prompt_ms")
    return Timings(
        prompt_per_second=_number(read),
        output_per_second=_number(written),
        first_token_seconds=prompt_ms / 1000 if isinstance(prompt_ms, int | float) else None,
    )


def _count(container: object, name: str) -> int | None:
    value = container.get(name) if isinstance(container, dict) else None
    return value if isinstance(value, int) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
