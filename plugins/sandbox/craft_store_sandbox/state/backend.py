"""What every request handler works with: state, blobs, keys, clock and settings."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import request

from craft_store_sandbox.state import snap_tables  # noqa: F401 - its tables are made with the others
from craft_store_sandbox.state.blobs import BlobFolder
from craft_store_sandbox.state.database import Database
from craft_store_sandbox.state.keys import Keys
from craft_store_sandbox.state.logins import PendingLogins
from craft_store_sandbox.state.tables import Upload

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from craft_store_sandbox.serving.faults import Faults
    from craft_store_sandbox.state.clock import Clock
    from craft_store_sandbox.state.settings import (
        RegistrySwitches,
        ReviewPace,
        SandboxUrls,
        SnapSwitches,
    )

_KEY = "craft_store_sandbox.backend"


@dataclass
class Backend:
    """The parts of one sandbox that its handlers share."""

    database: Database
    blobs: BlobFolder
    clock: Clock
    faults: Faults
    snaps: SnapSwitches
    registry: RegistrySwitches
    review: ReviewPace
    urls: SandboxUrls
    keys: Keys
    logins: PendingLogins
    closing: threading.Event

    def close(self) -> None:
        """Wait for work under way and give the files back."""
        self.blobs.close()
        self.database.close()


def open_backend(
    folder: Path,
    *,
    clock: Clock,
    faults: Faults,
    snaps: SnapSwitches,
    registry: RegistrySwitches,
    review: ReviewPace,
    urls: SandboxUrls,
) -> Backend:
    """Open a state folder, making what is missing.

    Args:
        folder: Holds the SQLite file and the blobs.
        clock: The clock of everything that expires.
        faults: The fault knobs.
        snaps: The switches of the snap side.
        registry: The switches of the image registry.
        review: The pace of reviews.
        urls: Where the services are reached.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(folder / "store.sqlite3")

    def record_digests(upload_id: str, digests: dict[str, str]) -> None:
        with database.transaction() as db:
            upload = db.get_one(Upload, upload_id)
            for algorithm, digest in digests.items():
                setattr(upload, algorithm, digest)

    with database.transaction() as db:
        keys = Keys.load(db)
    blobs = BlobFolder(folder / "blobs", record_digests)
    closing = threading.Event()
    return Backend(
        database,
        blobs,
        clock,
        faults,
        snaps,
        registry,
        review,
        urls,
        keys,
        PendingLogins(closing),
        closing,
    )


def serve_with(value: Backend, app: WSGIApplication) -> WSGIApplication:
    """Give every request to an application its backend."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[_KEY] = value
        return app(environ, start_response)

    return serve


def backend() -> Backend:
    """Return the backend of the sandbox that the current request came to."""
    return cast("Backend", request.environ[_KEY])
