"""SQLite through SQLAlchemy: many threads, real transactions."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from .tables import Table

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

_LOCK_TIMEOUT_SECONDS = 60


class Database:
    """The store's state in one file.

    Args:
        path: the SQLite file; it is made when missing, and found again otherwise.
    """

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(
            f"sqlite:///{path}",
            connect_args={"timeout": _LOCK_TIMEOUT_SECONDS, "check_same_thread": False},
            pool_size=8,
            max_overflow=-1,
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)
        self._writers = threading.Lock()
        with self._engine.begin() as connection:
            Table.metadata.create_all(connection)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end and rolls back on any exception.

        The write lock is taken at the start, so what was read stays true until the commit: two
        requests that allot revision numbers or release to one channel follow each other.
        """
        # SQLite's own lock is waited for by sleeping; between threads a mutex is prompt and fair.
        with self._writers, self._sessions() as session, session.begin():
            session.connection(execution_options={"sandbox_begin": "BEGIN IMMEDIATE"})
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session for reading alone; it sees one state and waits for nobody."""
        with self._sessions() as session, session.begin():
            yield session

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transaction handling would begin late and commit early.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(options.get("sandbox_begin", "BEGIN"))
