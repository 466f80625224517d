"""What a gating snap says of a revision of another: reading the wish, and making what is signed.

Source: Snap Store reference, sections 11.2 and 14.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.errors import InvalidNameError, NotFoundError, UsageError
from craft_store_core.models import write_time
from craft_store_core.plugins import utc_now
from craft_store_snapstore.area import SERIES
from craft_store_snapstore.names import check_snap_name

if TYPE_CHECKING:
    from craft_store_snapstore.endpoints import SnapStoreEndpoints
    from craft_store_snapstore.signing import SnapProgram


def parse_validation(text: str) -> tuple[str, int]:
    """Read ``SNAP=REVISION``.

    Raises:
        UsageError: It has not that form.
    """
    name, _, revision = text.partition("=")
    if not name or not (revision.isascii() and revision.isdigit() and int(revision)):
        raise UsageError(f"{text!r} is not SNAP=REVISION.", advice="Write it like 'lib-snap=3'.")
    return name, int(revision)


def sign_validation(
    store: SnapStoreEndpoints,
    program: SnapProgram,
    name: str,
    gated: str,
    revision: int,
    *,
    key: str | None = None,
    revoked: bool = False,
) -> str:
    """Return the signed validation of one revision.

    Args:
        store: The Snap Store.
        program: Signs.
        name: The gating snap.
        gated: Name or id of the gated snap.
        revision: The revision that is validated.
        key: Name of the key to sign with.
        revoked: Take back what was said before.

    Raises:
        NotFoundError: There is no such snap, gating or gated.
    """
    gated_id = _gated_id(store, gated)
    known = [
        int(item.revision or 0)
        for item in store.list_validations(name, include_revoked=True)
        if (item.approved_snap_id, item.approved_snap_revision) == (gated_id, str(revision))
    ]
    account_id = store.account().id
    headers = {
        "type": "validation",
        "authority-id": account_id,
        "series": SERIES,
        "snap-id": store.snap_id(name),
        "approved-snap-id": gated_id,
        "approved-snap-revision": str(revision),
        "timestamp": write_time(utc_now()),
        "revoked": "true" if revoked else "false",
    }
    if known:
        headers["revision"] = str(max(known) + 1)
    return program.sign(headers, key)


def _gated_id(store: SnapStoreEndpoints, gated: str) -> str:
    try:
        return store.public_snap_id(gated)
    except NotFoundError:
        pass  # it may be a private one of the account
    try:
        return store.snap_id(gated)
    except NotFoundError:
        if _can_be_a_name(gated):
            raise
        # Snaps that the account may not see can be named by their ids, which have capitals.
        return gated


def _can_be_a_name(text: str) -> bool:
    try:
        check_snap_name(text)
    except InvalidNameError:
        return False
    return True
