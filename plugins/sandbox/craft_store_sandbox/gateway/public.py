"""The public read API and downloads (Publisher Gateway reference, section 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request, send_file
from sqlalchemy import select

from craft_store_sandbox.charms.reviews import resource_revisions
from craft_store_sandbox.gateway.releases import live_releases
from craft_store_sandbox.serving.errors import StoreError, not_found
from craft_store_sandbox.state.accounts import publisher_view
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.blobs import digests_of
from craft_store_sandbox.state.channels import Channel, parse_channel
from craft_store_sandbox.state.clock import offset
from craft_store_sandbox.state.packages import named_package
from craft_store_sandbox.state.tables import (
    DeclaredResource,
    Package,
    Release,
    ResourceRevision,
    Revision,
    Upload,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("public", __name__)

_DEVICE_GATEWAY_VERSION = "69"
_NO_BASE = {"architecture": "NA", "channel": "NA", "name": "NA"}
_INFO_FIELDS = {"channel-map", "default-release", "result"}


@blueprint.get("/v2/charms/info/<name>")
def info(name: str) -> Response:
    """P1: return what is known of a package, and its channel map with download addresses."""
    fields = _wanted()
    with backend().database.transaction() as db:
        package = _public(db, name)
        rows = live_releases(db, package, backend().clock.now())
        channel = request.args.get("channel")
        if channel is not None:
            rows = [row for row in rows if _name(row) == _full(channel, package)]
        views = [_release_view(db, package, row) for row in rows]
        answer: dict[str, Any] = {"id": package.id, "name": package.name, "type": package.type}
        if "channel-map" in fields:
            answer["channel-map"] = views
        if "result" in fields:
            answer["result"] = _result(package)
        if "default-release" in fields:
            answer["default-release"] = views[0] if views else None
    return _device(jsonify(answer))


@blueprint.get("/v2/charms/find")
def find() -> Response:
    """P2: search names, titles and summaries."""
    words = request.args.get("q", "").lower()
    with backend().database.transaction() as db:
        query = select(Package).where(
            Package.namespace == "charm",
            Package.private.is_(False),
            Package.status == "published",
        )
        results = []
        for package in db.scalars(query.order_by(Package.name)):
            text = " ".join((package.name, package.title or "", package.summary or "")).lower()
            wanted = request.args.get("type") in (None, package.type)
            publisher = request.args.get("publisher") in (None, "", package.owner.username)
            if words in text and wanted and publisher:
                results.append(_found(db, package))
    return _device(jsonify(results=results))


@blueprint.get("/v2/charms/resources/<charm>/<resource>/revisions")
def public_resource_revisions(charm: str, resource: str) -> Response:
    """P5: return the revisions of a resource of a public package."""
    with backend().database.transaction() as db:
        package = _public(db, charm)
        rows = resource_revisions(db, package.id, resource)
        if not rows:
            raise not_found(f"Resource {resource[:80]} not found")
        declared = db.scalar(
            select(DeclaredResource)
            .where(DeclaredResource.package_id == package.id, DeclaredResource.name == resource)
            .order_by(DeclaredResource.revision.desc())
            .limit(1)
        )
        revisions = [
            {
                "created-at": offset(row.created_at),
                "description": declared.description if declared else "",
                "download": {
                    "hash-sha-256": row.upload.sha256,
                    "hash-sha-384": row.upload.sha384,
                    "size": row.upload.size,
                    "url": _resource_url(package, row),
                },
                "filename": declared.filename if declared else "",
                "name": row.name,
                "revision": row.number,
                "type": row.type,
            }
            for row in rows
        ]
    return _device(jsonify(revisions=revisions))


@blueprint.get("/api/v1/charms/download/<package_id>_<int:number>.charm")
def download_charm(package_id: str, number: int) -> Response:
    """P6: return the bytes of a revision of a public package."""
    with backend().database.snapshot() as db:
        package = db.get(Package, package_id)
        revision = db.get(Revision, (package_id, number))
        if package is None or package.private or revision is None or revision.errors:
            raise not_found("Revision not found")
        return _bytes_of(revision.upload, f"{package.name}_{number}.charm")


@blueprint.get("/api/v1/resources/download/charm_<package_id>.<resource>_<int:number>")
def download_resource(package_id: str, resource: str, number: int) -> Response:
    """P6: return the bytes of a resource revision of a public package."""
    with backend().database.snapshot() as db:
        package = db.get(Package, package_id)
        revision = db.get(ResourceRevision, (package_id, resource, number))
        if package is None or package.private or revision is None:
            raise not_found("Resource revision not found")
        return _bytes_of(revision.upload, f"{resource}_{number}")


def _bytes_of(upload: Upload, filename: str) -> Response:
    return send_file(
        backend().blobs.path(upload.id),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=filename,
    )


def _public(db: Session, name: str) -> Package:
    package = named_package(db, name)
    if package is None or package.private:
        raise not_found(f"Name {name[:80]} not found")
    return package


def _wanted() -> set[str]:
    text = request.args.get("fields")
    if text is None:
        return _INFO_FIELDS
    return {field.partition(".")[0] for field in text.split(",")}


def _full(channel: str, package: Package) -> str:
    try:
        return str(parse_channel(channel, package.default_track))
    except ValueError as error:
        raise StoreError(400, "invalid-channel", str(error)) from error


def _name(row: Release) -> str:
    return str(Channel(row.track, row.risk, row.branch))


def _release_view(db: Session, package: Package, row: Release) -> dict[str, Any]:
    revision = db.get_one(Revision, (package.id, row.revision))
    upload = revision.upload
    if upload.sha256 is None:
        upload.sha256 = digests_of(backend().blobs.path(upload.id), ["sha256"])["sha256"]
    return {
        "channel": {
            "base": row.base or _NO_BASE,
            "name": _name(row),
            "released-at": offset(row.when),
            "risk": row.risk,
            "track": row.track,
        },
        "resources": [item for item in row.resources if item["revision"] is not None],
        "revision": {
            "created-at": offset(revision.created_at),
            "download": {
                "hash-sha-256": upload.sha256,
                "size": upload.size,
                "url": f"{backend().urls.api}/api/v1/charms/download/"
                f"{package.id}_{revision.number}.charm",
            },
            "revision": revision.number,
            "version": revision.version,
        },
    }


def _resource_url(package: Package, row: ResourceRevision) -> str:
    return (
        f"{backend().urls.api}/api/v1/resources/download/charm_{package.id}.{row.name}_{row.number}"
    )


def _found(db: Session, package: Package) -> dict[str, Any]:
    rows = live_releases(db, package, backend().clock.now())
    return {
        "default-release": _release_view(db, package, rows[0]) if rows else None,
        "id": package.id,
        "name": package.name,
        "result": _result(package),
        "type": package.type,
    }


def _result(package: Package) -> dict[str, Any]:
    return {
        "description": package.description,
        "links": package.links,
        "media": package.media,
        "publisher": publisher_view(package.owner),
        "summary": package.summary,
        "title": package.title,
        "website": package.website,
    }


def _device(response: Response) -> Response:
    response.headers["snap-store-version"] = _DEVICE_GATEWAY_VERSION
    return response
