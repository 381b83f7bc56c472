"""A connection to the chats that can be given any text."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_coder.chat.surrogates import repaired

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import _Parameters


class StoreConnection(sqlite3.Connection):
    """Repairs in every value that is bound what came in halves and no file can carry."""

    def execute(self, sql: str, parameters: _Parameters = (), /) -> sqlite3.Cursor:
        """Run one statement."""
        try:
            return super().execute(sql, parameters)
        except UnicodeEncodeError:  # before anything was done
            return super().execute(sql, _carried(parameters))

    def executemany(self, sql: str, parameters: Iterable[_Parameters], /) -> sqlite3.Cursor:
        """Run one statement for each of *parameters*."""
        return super().executemany(sql, map(_carried, parameters))


def _carried(parameters: _Parameters) -> _Parameters:
    if isinstance(parameters, Mapping):
        return {name: _whole(value) for name, value in parameters.items()}
    return [_whole(parameters[place]) for place in range(len(parameters))]


def _whole(value: object) -> object:
    return repaired(value) if isinstance(value, str) else value
