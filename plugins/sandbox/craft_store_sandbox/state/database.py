"""SQLite through SQLAlchemy: many threads, real transactions."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, QueuePool, create_engine, event, inspect
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.schema import CreateIndex, CreateTable

from craft_store_sandbox.state.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK_TIMEOUT_SECONDS = 60


class Database:
    """The store's state in one file.

    Args:
        path: The SQLite file; it is made when missing, and found again otherwise.
    """

    def __init__(self, path: Path) -> None:
        self._file = _IDLE.pop() if _IDLE else _File()
        self._file.path = path
        self._sessions: sessionmaker[Session] | None = sessionmaker(
            self._file.engine, expire_on_commit=False
        )
        self._writers = threading.Lock()
        with self._file.engine.begin() as connection:
            _create_tables(connection)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session that commits at the end and rolls back on any exception.

        The write lock is taken at the start, so what was read stays true until the commit: two
        requests that allot revision numbers or release to one channel follow each other.
        """
        # SQLite's own lock is waited for by sleeping; between threads a mutex is prompt and fair.
        with self._writers, self._session() as session, session.begin():
            session.connection(execution_options={"sandbox_begin": "BEGIN IMMEDIATE"})
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Yield a session for reading alone; it sees one state and waits for nobody."""
        with self._session() as session, session.begin():
            yield session

    def close(self) -> None:
        """Give the file back."""
        self._sessions = None
        self._file.engine.dispose()
        _IDLE.append(self._file)

    def _session(self) -> Session:
        if self._sessions is None:
            raise RuntimeError("The database is closed")
        return self._sessions()


class _File:
    """An engine for one file, and for the next one when that is done with.

    To make an engine and to compile the store's statements for it takes longer than what most
    tests do with their store. An engine keeps what it compiled, so engines are used again.
    """

    def __init__(self) -> None:
        self.path = Path(":memory:")
        self.engine = create_engine(
            "sqlite://", creator=self._open, poolclass=QueuePool, pool_size=8, max_overflow=-1
        )
        event.listen(self.engine, "begin", _begin)

    def _open(self) -> sqlite3.Connection:
        # The driver's own transaction handling would begin late and commit early.
        connection = sqlite3.connect(
            self.path,
            timeout=_LOCK_TIMEOUT_SECONDS,
            check_same_thread=False,
            isolation_level=None,
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection


_IDLE: list[_File] = []


def _create_tables(connection: Connection) -> None:
    if inspect(connection).get_table_names():
        Table.metadata.create_all(connection)
        return
    for statement in _schema():
        connection.exec_driver_sql(statement)


@cache
def _schema() -> tuple[str, ...]:
    tables = Table.metadata.sorted_tables
    elements: list[CreateTable | CreateIndex] = [
        *(CreateTable(table) for table in tables),
        *(CreateIndex(index) for table in tables for index in table.indexes),
    ]
    return tuple(str(element.compile(dialect=sqlite.dialect())) for element in elements)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(options.get("sandbox_begin", "BEGIN"))
