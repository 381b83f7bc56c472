"""One thread that owns one SQLite connection."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeAlias, TypeVar

from ai_coder.chat.store_problem import StoreProblem, store_error

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


Substitute: TypeAlias = "Callable[[StoreProblem, sqlite3.Connection], sqlite3.Connection | None]"
"""Gives the connection to go on with after a failure; None when the failure stands."""


class StoreThread:
    """Runs functions of (connection, …) one after the other, each in its own transaction.

    SQLite's failures are raised as `StoreProblem`, unless there is a substitute for the
    connection: then the function runs once more on that.
    """

    def __init__(self, name: str, substitute: Substitute | None = None) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._substitute = substitute
        self._connection: sqlite3.Connection | None = None

    async def open(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """Connect in the thread, in place of the present connection."""
        await asyncio.wrap_future(self._executor.submit(self._replace, connect))

    async def exchange(self, make: Callable[[sqlite3.Connection], sqlite3.Connection]) -> None:
        """Go on with what *make* returns in the thread; the present one stays if it raises."""
        await self.open(lambda: make(self._connected()))

    def submit(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kw: P.kwargs,
    ) -> Future[R]:
        """Queue *function*; it runs even if nobody waits for it."""
        return self._executor.submit(lambda: self._transaction(function, *args, **kw))

    async def run(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kw: P.kwargs,
    ) -> R:
        """Run *function* and return its result; cancelling does not wait for the disk."""
        return await asyncio.wrap_future(self.submit(function, *args, **kw))

    def submit_if_free(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kw: P.kwargs,
    ) -> Future[R]:
        """Queue *function*; that another program writes just now is not waited for."""
        return self._executor.submit(lambda: self._at_once(function, *args, **kw))

    async def read(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kw: P.kwargs,
    ) -> R:
        """Run *function* without a transaction of its own."""
        return await asyncio.wrap_future(
            self._executor.submit(lambda: self._plain(function, *args, **kw))
        )

    async def aclose(self) -> None:
        """Finish what is queued and let go of the file."""
        await asyncio.wrap_future(self._executor.submit(self._disconnect))
        self._executor.shutdown(wait=False)

    def _replace(self, connect: Callable[[], sqlite3.Connection]) -> None:
        connection = connect()
        self._disconnect()
        self._connection = connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _at_once(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kw: P.kwargs,
    ) -> R:
        (patience,) = self._connected().execute("PRAGMA busy_timeout").fetchone()
        self._connected().execute("PRAGMA busy_timeout = 0")
        try:
            return self._transaction(function, *args, **kw)
        finally:
            self._connected().execute(f"PRAGMA busy_timeout = {patience}")

    def _plain(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kw: P.kwargs,
    ) -> R:
        try:
            return function(self._connected(), *args, **kw)
        except sqlite3.Error as error:
            raise store_error(error) from error

    def _transaction(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], R],
        *args: P.args,
        **kw: P.kwargs,
    ) -> R:
        connection = self._connected()
        try:
            return in_transaction(connection, function, *args, **kw)
        except sqlite3.Error as error:
            problem = store_error(error)
            if isinstance(problem, StoreProblem) and self._substitute:
                substitute = self._substitute(problem, connection)
                if substitute is not None:
                    self._replace(lambda: substitute)
                    return in_transaction(substitute, function, *args, **kw)
            raise problem from error

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            message = "the chats are closed"
            raise sqlite3.ProgrammingError(message)
        return self._connection


def in_transaction(
    connection: sqlite3.Connection,
    function: Callable[Concatenate[sqlite3.Connection, P], R],
    *args: P.args,
    **kw: P.kwargs,
) -> R:
    """Run *function*; all of it is kept, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = function(connection, *args, **kw)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise
    return result
