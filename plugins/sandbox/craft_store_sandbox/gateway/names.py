"""Names and their metadata (Publisher Gateway reference, section 5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import or_, select

from craft_store_sandbox.identity.authorization import authenticate, package_for
from craft_store_sandbox.serving.errors import StoreError, bad_request, permission_required
from craft_store_sandbox.serving.schemas import SOME_TEXT, TEXT_OR_NULL, Schema, json_body, shape
from craft_store_sandbox.snaps.media import media_entries
from craft_store_sandbox.snaps.registration import GLOBAL_STORE, add_snap, name_fault
from craft_store_sandbox.state.accounts import publisher_view
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import zoneless
from craft_store_sandbox.state.packages import NAMESPACE, add_package, named_package
from craft_store_sandbox.state.snap_tables import Metric, Snap, SnapMedia, SnapRevision, SnapUpload
from craft_store_sandbox.state.tables import (
    Account,
    Collaborator,
    Guardrail,
    Image,
    Invite,
    Library,
    LibraryRevision,
    Package,
    ReservedName,
    Review,
    Revision,
    Track,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("names", __name__)

_MAX_NAME = 255
_NAME_CHARACTERS = re.compile(r"[a-z0-9-]+")
LINK_KINDS = ("contact", "docs", "donations", "issues", "source", "website")
_LINKS: Schema = shape(
    {
        kind: {"type": "array", "maxItems": 5, "items": {"type": "string", "maxLength": 2000}}
        for kind in LINK_KINDS
    }
)
_TYPES = {
    "charm": ("charm", "bundle"),
    "snap": ("snap", "app", "base", "gadget", "kernel", "os", "snapd"),
}
_UPDATE = shape(
    {
        "title": TEXT_OR_NULL,
        "summary": TEXT_OR_NULL,
        "description": TEXT_OR_NULL,
        "contact": TEXT_OR_NULL,
        "website": TEXT_OR_NULL,
        "links": _LINKS,
        "private": {"type": "boolean"},
        "default-track": SOME_TEXT,
    }
)


@blueprint.get(NAMESPACE)
def list_names(namespace: str) -> Response:
    """N1: return the account's packages, and those shared with it when asked for."""
    shared = request.args.get("include-collaborations") == "true"
    with backend().database.snapshot() as db:
        grant = authenticate(db, "account-view-packages")
        condition = Package.owner_id == grant.account.id
        if shared:
            mine = select(Collaborator.package_id).where(
                Collaborator.account_id == grant.account.id
            )
            condition = or_(condition, Package.id.in_(mine))
        query = select(Package).where(Package.namespace == namespace, condition)
        packages = db.scalars(query.order_by(Package.name))
        return jsonify(results=[package_view(db, package) for package in packages])


@blueprint.post(NAMESPACE)
def register_name(namespace: str) -> Response:
    """N2: register a name."""
    body = json_body(_register_schema(namespace))
    name = body["name"]
    package_type = body.get("type", namespace)
    with backend().database.transaction() as db:
        grant = authenticate(db, "account-register-package")
        grant.require_package("snap" if namespace == "snap" else package_type, name, None)
        _check_ready(grant.account)
        check_name(name, namespace)
        _check_free(db, name, grant.account, namespace)
        now, private = backend().clock.now(), body.get("private", False)
        if namespace == "snap":
            snap = add_snap(db, name, grant.account, now=now, private=private, kind=package_type)
            return jsonify(id=snap.package_id)
        package = add_package(
            db, name, grant.account, now=now, package_type=package_type, private=private
        )
        return jsonify(id=package.id)


@blueprint.get(f"{NAMESPACE}/<name>")
def show_name(namespace: str, name: str) -> Response:
    """N3: return the metadata of a package."""
    with backend().database.snapshot() as db:
        grant = authenticate(db, "package-view-metadata")
        return jsonify(metadata=metadata_view(db, package_for(db, grant, name, namespace)))


@blueprint.patch(f"{NAMESPACE}/<name>")
def update_metadata(namespace: str, name: str) -> Response:
    """N4: change metadata."""
    body = json_body(_UPDATE)
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-metadata")
        package = package_for(db, grant, name, namespace)
        track = body.get("default-track", package.default_track)
        if track not in {item.name for item in package.tracks}:
            raise bad_request(f"Track '{track}' does not exist")
        for key, value in body.items():
            setattr(package, key.replace("-", "_"), value)
        return jsonify(metadata=metadata_view(db, package))


@blueprint.delete(f"{NAMESPACE}/<name>")
def unregister_name(namespace: str, name: str) -> Response:
    """N5: give up a name that never had a revision."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "account-register-package")
        package = package_for(db, grant, name, namespace)
        if package.owner_id != grant.account.id:
            raise permission_required(
                f"{namespace.capitalize()}s can only be unregistered by their publisher"
            )
        table = SnapRevision if namespace == "snap" else Revision
        if db.scalar(select(table).where(table.package_id == package.id).limit(1)):
            raise StoreError(
                403, "forbidden", "Cannot unregister a package with existing revisions"
            )
        _forget(db, package)
        return jsonify({"package-id": package.id})


def _register_schema(namespace: str) -> Schema:
    return shape(
        {
            "name": {"type": "string"},
            "type": {"enum": list(_TYPES[namespace])},
            "private": {"type": "boolean"},
            "team": TEXT_OR_NULL,
        },
        ("name",),
    )


def check_name(name: str, namespace: str = "charm") -> None:
    """Apply the grammar of names (section 16.1); long ones are fine, but not for snaps.

    Raises:
        StoreError: 400 ``api-error``.
    """
    fault = name_fault(name) if namespace == "snap" else None
    if fault is not None:
        raise bad_request(fault)
    valid = (
        0 < len(name) <= _MAX_NAME
        and _NAME_CHARACTERS.fullmatch(name) is not None
        and any("a" <= letter <= "z" for letter in name)
        and not name.startswith("-")
        and not name.endswith("-")
        and "--" not in name
    )
    # Its own pages live under /v1/charm/libraries, so no package may take that name.
    if not valid or name == "libraries":
        raise bad_request(
            f"Invalid name '{name[:80]}': lower-case letters, digits and single hyphens between"
            " them, with at least one letter"
        )


def package_view(db: Session, package: Package) -> dict[str, Any]:
    """Return the package object of lists (section 5.0)."""
    snap = db.get(Snap, package.id)
    return {
        "authority": None,
        "contact": package.contact,
        "default-track": package.default_track,
        "description": package.description,
        "id": package.id,
        "links": package.links,
        "media": package.media if snap is None else media_entries(db, package),
        "name": package.name,
        "private": package.private,
        "publisher": publisher_view(package.owner),
        "status": package.status,
        "store": GLOBAL_STORE if snap is None else snap.store,
        "summary": package.summary,
        "title": package.title,
        "type": package.type,
        "website": package.website,
    }


def metadata_view(db: Session, package: Package) -> dict[str, Any]:
    """Return the whole package object, with tracks and guardrails."""
    return {
        **package_view(db, package),
        "track-guardrails": [guardrail_view(item) for item in package.guardrails],
        "tracks": [track_view(item) for item in package.tracks],
    }


def track_view(track: Track) -> dict[str, Any]:
    """Return a track object (section 6.1)."""
    return {
        "automatic-phasing-percentage": track.automatic_phasing_percentage,
        "created-at": zoneless(track.created_at),
        "name": track.name,
        "version-pattern": track.version_pattern,
    }


def guardrail_view(guardrail: Guardrail) -> dict[str, Any]:
    """Return a guardrail object (section 6.1)."""
    return {"created-at": zoneless(guardrail.created_at), "pattern": guardrail.pattern}


def _check_ready(account: Account) -> None:
    if account.username is None:
        raise StoreError(403, "user-not-ready", "Account needs a username to register names")
    if not account.agreement_signed:
        raise StoreError(403, "user-not-ready", "Developer has not signed agreement")


def _check_free(db: Session, name: str, account: Account, namespace: str) -> None:
    taken = named_package(db, name, namespace)
    if taken is not None and taken.owner_id == account.id:
        raise StoreError(409, "already-owned", f"Name '{name}' is already owned by you")
    if taken is not None:
        raise StoreError(409, "already-registered", f"Name '{name}' is already registered")
    if db.get(ReservedName, name):
        raise StoreError(409, "reserved-name", f"Name '{name}' is reserved")


def _forget(db: Session, package: Package) -> None:
    libraries = list(db.scalars(select(Library).where(Library.package_id == package.id)))
    for library in libraries:
        for revision in db.scalars(
            select(LibraryRevision).where(LibraryRevision.library_id == library.id)
        ):
            db.delete(revision)
    db.flush()
    of_package = (Library, Collaborator, Invite, Review, Image, SnapUpload, SnapMedia, Metric, Snap)
    for table in of_package:
        for row in db.scalars(select(table).where(table.package_id == package.id)):
            db.delete(row)
    db.delete(package)
