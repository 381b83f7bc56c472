"""Text from the command line and a pipe, and text to them, whatever their encoding."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from ai_coder.errors import AICoderError
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Sequence


class NotTextError(AICoderError):
    """What was piped in is a picture, an archive or another binary file."""

    message = QT_TRANSLATE_NOOP("errors", "What was piped in is not text.")
    hint = QT_TRANSLATE_NOOP("errors", "Pipe in a text file, or the output of a command.")


class UnreadableInputError(AICoderError):
    """What was piped in cannot be read at all."""

    message = QT_TRANSLATE_NOOP("errors", "What was piped in cannot be read: {reason}")


def make_output_safe() -> None:
    """Let no character end the command; Windows gets UTF-8 in pipes and files, as others do."""
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        stream.reconfigure(errors="replace")
        if os.name == "nt" and not stream.isatty() and "PYTHONIOENCODING" not in os.environ:
            stream.reconfigure(encoding="utf-8")


def flush_output() -> None:
    """Write what is still held back, while an error can be told."""
    if sys.stdout is not None:
        sys.stdout.flush()


def give_up_output(error: OSError) -> None:
    """Say why nothing more is printed; what is held back would fail again at the end."""
    print(f"The output cannot be written: {error.strerror}.", file=sys.stderr)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def readable(arguments: Sequence[str]) -> list[str]:
    """Return the arguments without what the system could not decode."""
    return ["".join("\ufffd" if _is_half(each) else each for each in text) for text in arguments]


def piped_text() -> str:
    """Return what was piped in, in whatever encoding; raises `NotTextError`."""
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    from ai_coder.chat.attachments import decoded

    try:
        raw = sys.stdin.buffer.read()
    except OSError as error:
        raise UnreadableInputError(reason=f"{error.strerror}.") from error
    # A diff may hold lines in several encodings; only UTF-16 cannot be read line by line.
    parts = [raw] if b"\0" in raw else raw.splitlines(keepends=True)
    texts = [decoded(part) for part in parts]
    if None in texts:
        raise NotTextError
    return "".join(text for text in texts if text is not None).replace("\r\n", "\n")


def print_json(value: Any) -> None:  # noqa: ANN401  # whatever JSON can hold
    """Print *value*; every encoding can carry it."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(value, indent=2, ensure_ascii=not is_unicode))


def _is_half(character: str) -> bool:
    """Tell whether it stands for a byte, or half a character, that could not be decoded."""
    return "\ud800" <= character <= "\udfff"
