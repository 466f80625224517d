"""Icons, banners and screenshots of a snap, and where they can be had."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import select

from craft_store_sandbox.serving.errors import DashboardError
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.snap_tables import Snap, SnapMedia

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.tables import Package

_PNG = b"\x89PNG\r\n\x1a\n"


def media_of(db: Session, package: Package) -> list[SnapMedia]:
    """Return the media of a snap, in order."""
    query = select(SnapMedia).where(SnapMedia.package_id == package.id)
    return list(db.scalars(query.order_by(SnapMedia.position)))


def icon_url(db: Session, package: Package) -> str | None:
    """Return where the icon of a snap is, if it has one."""
    icon = next((row for row in media_of(db, package) if row.type == "icon"), None)
    return None if icon is None else media_url(icon)


def media_url(row: SnapMedia) -> str:
    """Return where an image can be had."""
    return f"{backend().urls.dashboard}/site_media/{row.hash}/{quote(row.filename, safe='')}"


def media_entries(db: Session, package: Package) -> list[dict[str, Any]]:
    """Return the media of a snap for its descriptions (Snap Store reference, section 13.1)."""
    return [
        {"type": row.type, "url": media_url(row), **dimensions(row)}
        for row in media_of(db, package)
    ]


def dimensions(row: SnapMedia) -> dict[str, int]:
    """Width and height of an image, where its format says them at its beginning."""
    if not row.content.startswith(_PNG) or len(row.content) < 24:
        return {}
    width, height = struct.unpack(">II", row.content[16:24])
    return {"width": width, "height": height}


def replace_media(db: Session, snap: Snap, rows: Iterable[tuple[str, str, bytes]]) -> None:
    """Set the media as the web does: what a client sent before is not touched.

    Args:
        db: The transaction.
        snap: The snap.
        rows: Type, file name and content of each.
    """
    for row in media_of(db, snap.package):
        db.delete(row)
    db.flush()
    for position, (kind, filename, content) in enumerate(rows):
        digest = hashlib.sha256(content).hexdigest()
        item = {"type": kind, "hash": digest, "filename": filename, "content": content}
        db.add(media_row(snap, position, item, None))


def media_row(
    snap: Snap, position: int, item: dict[str, Any], known: SnapMedia | None
) -> SnapMedia:
    """Make the row of an image.

    Args:
        snap: Whose image it is.
        position: Its place among the snap's media.
        item: ``type``, ``hash`` and, of a new image, ``content``.
        known: The row of an image with this hash; None for a new one.

    Raises:
        DashboardError: 400, where the item has no content and the image is not known.
    """
    if "content" not in item and known is None:
        raise DashboardError(
            400, "invalid-request", f"There is no image with the hash {item['hash']}."
        )
    return SnapMedia(
        package_id=snap.package_id,
        position=position,
        type=item["type"],
        hash=item["hash"],
        filename=item.get("filename") or (known.filename if known else item["type"]),
        content=item.get("content", known.content if known else b""),
    )
