"""The selected text of a conversation, piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.ui.chat.message_view import END, START

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ai_coder.ui.chat.message_view import Part
    from ai_coder.ui.chat.transcript_layout import TranscriptLayout
    from ai_coder.ui.chat.transcript_message import TranscriptMessage
    from ai_coder.ui.chat.transcript_state import Selection


def selected_messages(layout: TranscriptLayout, selection: Selection) -> list[TranscriptMessage]:
    """Return the messages that a selection touches."""
    first, last = sorted((selection.anchor[0], selection.end[0]))
    return layout.messages[first : last + 1]


def selected_text(layout: TranscriptLayout, selection: Selection) -> Iterator[str]:
    """Return the selected text in small pieces, messages divided by an empty line.

    It is that of the conversation as it is now, whatever happens to it before the last piece.
    """
    (first, start), (last, end) = sorted((selection.anchor, selection.end))
    if first == last:
        return _divided(iter([layout.glance(first).parts_between(start, end)]))
    return _divided(
        _in_order(
            layout.glance(first).parts_between(start, END),
            layout,
            selected_messages(layout, selection)[1:-1],
            layout.glance(last).parts_between(START, end),
        )
    )


def _in_order(
    first: Iterator[Part],
    layout: TranscriptLayout,
    between: list[TranscriptMessage],
    last: Iterator[Part],
) -> Iterator[Iterator[Part]]:
    yield first
    for message in between:
        yield layout.view_of(message).parts_between(START, END)
    yield last


def _divided(messages: Iterable[Iterator[Part]]) -> Iterator[str]:
    """Yield the text of all parts, with an empty line between messages that have some."""
    lead = ""
    for parts in messages:
        has_text = False
        for part in parts:
            if part.copied and not has_text:
                has_text = True
                yield lead
                lead = "\n\n"
            yield part.copied
