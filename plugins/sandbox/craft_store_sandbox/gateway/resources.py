"""Resources and their revisions (Publisher Gateway reference, section 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select

from craft_store_sandbox.charms.reviews import resource_revisions, settle
from craft_store_sandbox.gateway.revisions import review_url, revision_number
from craft_store_sandbox.identity.authorization import authenticate, package_for
from craft_store_sandbox.serving.errors import bad_request, not_found
from craft_store_sandbox.serving.schemas import POSITIVE, SOME_TEXT, json_body, shape
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import zulu, zulu_or_none
from craft_store_sandbox.state.tables import DeclaredResource, Package, ResourceRevision, Review
from craft_store_sandbox.state.uploads import RESOURCE_DIGESTS, digests_ready, find_upload

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("resources", __name__)

_ALL = "all"
_BASES = {
    "type": "array",
    "items": shape(
        {
            "name": SOME_TEXT,
            "channel": SOME_TEXT,
            "architectures": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": SOME_TEXT,
            },
        },
        ("architectures",),
    ),
}
_PUSH = shape(
    {
        "upload-id": SOME_TEXT,
        "type": {"enum": ["file", "oci-image"]},
        "bases": _BASES,
    },
    ("upload-id",),
)
_UPDATE = shape(
    {
        "resource-revision-updates": {
            "type": "array",
            "minItems": 1,
            "items": shape(
                {"revision": POSITIVE, "bases": {**_BASES, "minItems": 1}}, ("revision", "bases")
            ),
        }
    },
    ("resource-revision-updates",),
)


@blueprint.get("/v1/charm/<name>/resources")
def list_resources(name: str) -> Response:
    """E1: return the resources that charm revisions declare."""
    number = revision_number(request.args.get("revision"))
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-view-revisions")
        package = package_for(db, grant, name)
        settle(backend(), db, package)
        query = select(DeclaredResource).where(DeclaredResource.package_id == package.id)
        if number is not None:
            query = query.where(DeclaredResource.revision == number)
        rows = db.scalars(query.order_by(DeclaredResource.revision, DeclaredResource.name))
        return jsonify(
            resources=[
                {
                    "name": row.name,
                    "optional": row.optional,
                    "revision": row.revision,
                    "type": row.type,
                }
                for row in rows
            ]
        )


@blueprint.get("/v1/charm/<name>/resources/<resource>/revisions")
def list_resource_revisions(name: str, resource: str) -> Response:
    """E2: return the revisions of one resource, oldest first."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-view-revisions")
        package = package_for(db, grant, name)
        settle(backend(), db, package)
        find_declared(db, package, resource)
        rows = resource_revisions(db, package.id, resource)
        return jsonify(revisions=[_revision_view(row) for row in rows])


@blueprint.post("/v1/charm/<name>/resources/<resource>/revisions")
def push_resource(name: str, resource: str) -> Response:
    """E3: turn an upload into a resource revision."""
    body = json_body(_PUSH)
    upload_id = body["upload-id"]
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-revisions")
        package = package_for(db, grant, name)
        settle(backend(), db, package)
        declared = find_declared(db, package, resource)
        if body.get("type", declared.type) != declared.type:
            raise bad_request(
                f"Resource '{resource}' is declared with type '{declared.type}',"
                f" not '{body['type']}'"
            )
        upload = find_upload(db, upload_id)
        if upload is None:
            raise bad_request(f"Upload {upload_id[:80]} does not exist")
        review = Review(
            upload_id=upload_id,
            upload=upload,
            package_id=package.id,
            account_id=grant.account.id,
            resource=resource,
            resource_type=declared.type,
            resource_bases=_merged(body.get("bases") or [{"architectures": [_ALL]}]),
            created_at=backend().clock.now(),
        )
        db.add(review)
        digests_ready(backend(), review.upload, RESOURCE_DIGESTS)
    return jsonify({"status-url": review_url("charm", name, upload_id)})


@blueprint.patch("/v1/charm/<name>/resources/<resource>/revisions")
def update_resource_revisions(name: str, resource: str) -> Response:
    """E4: replace the bases of resource revisions."""
    updates = json_body(_UPDATE)["resource-revision-updates"]
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-revisions")
        package = package_for(db, grant, name)
        settle(backend(), db, package)
        find_declared(db, package, resource)
        for update in updates:
            row = db.get(ResourceRevision, (package.id, resource, update["revision"]))
            if row is None:
                raise not_found(f"Revision {update['revision']} of resource {resource} not found")
            row.bases = _merged(update["bases"])
            row.updated_at = backend().clock.now()
            row.updated_by = grant.account.id
    return jsonify({"num-resource-revisions-updated": len(updates)})


def find_declared(db: Session, package: Package, resource: str) -> DeclaredResource:
    """Return the newest declaration of a resource.

    Raises:
        StoreError: 404 when no approved revision declares it.
    """
    query = (
        select(DeclaredResource)
        .where(DeclaredResource.package_id == package.id, DeclaredResource.name == resource)
        .order_by(DeclaredResource.revision.desc())
    )
    declared = db.scalar(query.limit(1))
    if declared is None:
        raise not_found(f"Resource {resource[:80]} not found for '{package.name}'")
    return declared


def _merged(bases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join the bases that share name and channel (section 11.4)."""
    merged: dict[tuple[str, str], list[str]] = {}
    for base in bases:
        key = base.get("name", _ALL), base.get("channel", _ALL)
        architectures = merged.setdefault(key, [])
        architectures.extend(item for item in base["architectures"] if item not in architectures)
    return [
        {"architectures": architectures, "channel": channel, "name": name}
        for (name, channel), architectures in merged.items()
    ]


def _revision_view(row: ResourceRevision) -> dict[str, Any]:
    return {
        "bases": row.bases,
        "created-at": zulu(row.created_at),
        "name": row.name,
        "revision": row.number,
        "sha256": row.upload.sha256,
        "sha3-384": row.upload.sha3_384,
        "sha384": row.upload.sha384,
        "sha512": row.upload.sha512,
        "size": row.upload.size,
        "type": row.type,
        "updated-at": zulu_or_none(row.updated_at),
        "updated-by": row.updated_by,
    }
