"""The text of a large JSON file, of which only a part is in memory."""

from __future__ import annotations

import codecs
import json
import re
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 1 << 29
"""Characters of the longest value that is read."""

_NEAR = 16
"""Characters before the end of what was read that may mean something else when more is."""

_SPACE = re.compile(r"\s*")
_SCANNER = json.JSONDecoder()


class JsonText:
    """Values one after the other, read from *stream* in pieces of at least so many bytes.

    JSONDecodeError, UnicodeDecodeError and RecursionError tell what is no JSON.
    """

    def __init__(self, stream: IO[bytes], piece: int = 1 << 20) -> None:
        self._stream = stream
        self._piece = piece
        first = stream.read(piece)
        self.bytes_read = len(first)
        self._decoder = codecs.getincrementaldecoder(json.detect_encoding(first))("surrogatepass")
        self._text = self._decoder.decode(first)
        self._place = 0
        self._has_ended = not first

    def skip(self, beginning: re.Pattern[str]) -> re.Match[str] | None:
        """Go on behind *beginning* if that comes next; it is at most one piece long."""
        found = beginning.match(self._text, self._place)
        if found:
            self._place = found.end()
        return found

    def elements(self) -> Iterator[tuple[object, str]]:
        """Return what stands in a list, whose bracket was skipped, each with its text."""
        if self._next() == "]":
            return
        while True:
            yield self.value()
            mark = self._next()
            self._place += 1
            if mark == "]":
                return
            if mark != ",":
                raise json.JSONDecodeError("Expecting ',' or ']'", self._text, self._place)

    def value(self) -> tuple[object, str]:
        """Return the next value and its text."""
        self._next()
        while True:
            try:
                value, end = _SCANNER.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                is_cut = error.pos + _NEAR >= len(self._text) or "Unterminated" in error.msg
                if not is_cut or not self._read_more():
                    raise
                continue
            if end + _NEAR < len(self._text) or not self._read_more():  # a number may go on
                text = self._text[self._place : end]
                self._place = end
                return value, text

    def _next(self) -> str:
        """Skip white space and return the next character, which stays; empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._place)
            assert found
            self._place = found.end()
            if self._place < len(self._text) or not self._read_more():
                return self._text[self._place : self._place + 1]

    def _read_more(self) -> bool:
        """Read as much again as waits to be understood; return whether there was anything."""
        if self._has_ended:
            return False
        waiting = self._text[self._place :]
        if len(waiting) > _LONGEST:
            raise json.JSONDecodeError("A value is too long", "", 0)
        piece = self._stream.read(max(self._piece, len(waiting)))
        self.bytes_read += len(piece)
        self._has_ended = not piece
        self._text = waiting + self._decoder.decode(piece, final=not piece)
        self._place = 0
        return True
