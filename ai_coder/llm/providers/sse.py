"""Server-sent events, split from raw bytes wherever the network cut them."""

from __future__ import annotations

from typing import NamedTuple

from jiter import from_json

_BOM = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """One event: its name, empty when it has none, and its data lines."""

    name: bytes
    data: list[bytes]


class EventSplitter:
    """Turns network reads into events.

    Lines end at LF, with or without CR before it, and nowhere else: U+0085 and U+2028 are text.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._is_first = True
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, part: bytes) -> list[ServerEvent]:
        """Return the events that *part* completes."""
        lines = (self._rest + part if self._rest else part).split(b"\n")
        self._rest = lines.pop()
        if self._is_first and lines:
            lines[0] = lines[0].removeprefix(_BOM)
            self._is_first = False
        return self._events(lines)

    def end(self) -> list[ServerEvent]:
        """Return what is left when the stream ends without its last blank line."""
        rest, self._rest = self._rest, b""
        return self._events([rest.removeprefix(_BOM) if self._is_first else rest, b""])

    def _events(self, lines: list[bytes]) -> list[ServerEvent]:
        events = []
        for raw in lines:
            line = raw[:-1] if raw[-1:] == b"\r" else raw
            if line[:5] == b"data:":
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line:
                if self._data:
                    events.append(ServerEvent(self._name, self._data))
                    self._data = []
                self._name = b""
            elif line[:6] == b"event:":
                self._name = line[6:].strip()
        return events


def parse_json(data: bytes) -> object:
    """Return the value of *data*, with invalid UTF-8 replaced; raises `ValueError`."""
    try:
        value: object = from_json(data, cache_mode="keys")
    except ValueError:
        repaired = data.decode("utf-8", "replace").encode()
        if repaired == data:
            raise
        value = from_json(repaired)
    return value


def parse_objects(lines: list[bytes]) -> list[object]:
    """Return the JSON of one event: its lines together, or one value a line.

    Some servers forget the blank line between two events. Raises `ValueError`.
    """
    if len(lines) == 1:
        return [parse_json(lines[0])]
    try:
        return [parse_json(b"\n".join(lines))]
    except ValueError:
        return [parse_json(line) for line in lines if line.strip()]
