"""Names and their metadata (Publisher Gateway reference, section 5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import or_, select

from ..accounts import publisher_view
from ..authorization import authenticate, package_for
from ..backend import backend
from ..errors import StoreError, bad_request, permission_required
from ..identifiers import new_id
from ..schemas import SOME_TEXT, TEXT_OR_NULL, Schema, json_body, shape
from ..tables import (
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
from ..timestamps import zoneless

if TYPE_CHECKING:
    from datetime import datetime

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
_REGISTER = shape(
    {
        "name": {"type": "string"},
        "type": {"enum": ["charm", "bundle"]},
        "private": {"type": "boolean"},
        "team": TEXT_OR_NULL,
    },
    ("name",),
)
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


@blueprint.get("/v1/charm")
def list_names() -> Response:
    """N1: the account's packages, and those shared with it when asked for."""
    shared = request.args.get("include-collaborations") == "true"
    with backend().database.snapshot() as db:
        grant = authenticate(db, "account-view-packages")
        condition = Package.owner_id == grant.account.id
        if shared:
            mine = select(Collaborator.package_id).where(
                Collaborator.account_id == grant.account.id
            )
            condition = or_(condition, Package.id.in_(mine))
        packages = db.scalars(select(Package).where(condition).order_by(Package.name))
        return jsonify(results=[package_view(package) for package in packages])


@blueprint.post("/v1/charm")
def register_name() -> Response:
    """N2: register a name."""
    body = json_body(_REGISTER)
    name, package_type = body["name"], body.get("type", "charm")
    with backend().database.transaction() as db:
        grant = authenticate(db, "account-register-package")
        grant.require_package(package_type, name, None)
        _check_ready(grant.account)
        check_name(name)
        _check_free(db, name, grant.account)
        package = add_package(
            db,
            name,
            grant.account,
            now=backend().clock.now(),
            package_type=package_type,
            private=body.get("private", False),
        )
        return jsonify(id=package.id)


@blueprint.get("/v1/charm/<name>")
def show_name(name: str) -> Response:
    """N3: the metadata of a package."""
    with backend().database.snapshot() as db:
        grant = authenticate(db, "package-view-metadata")
        return jsonify(metadata=metadata_view(package_for(db, grant, name)))


@blueprint.patch("/v1/charm/<name>")
def update_metadata(name: str) -> Response:
    """N4: change metadata."""
    body = json_body(_UPDATE)
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-metadata")
        package = package_for(db, grant, name)
        track = body.get("default-track", package.default_track)
        if track not in {item.name for item in package.tracks}:
            raise bad_request(f"Track '{track}' does not exist")
        for key, value in body.items():
            setattr(package, key.replace("-", "_"), value)
        return jsonify(metadata=metadata_view(package))


@blueprint.delete("/v1/charm/<name>")
def unregister_name(name: str) -> Response:
    """N5: give up a name that never had a revision."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "account-register-package")
        package = package_for(db, grant, name)
        if package.owner_id != grant.account.id:
            raise permission_required("Charms can only be unregistered by their publisher")
        if db.scalar(select(Revision).where(Revision.package_id == package.id).limit(1)):
            raise StoreError(
                403, "forbidden", "Cannot unregister a package with existing revisions"
            )
        _forget(db, package)
        return jsonify({"package-id": package.id})


def check_name(name: str) -> None:
    """Apply the grammar of names (section 16.1); long ones are fine.

    Raises:
        StoreError: 400 ``api-error``.
    """
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


def add_package(
    db: Session,
    name: str,
    owner: Account,
    *,
    now: datetime,
    package_type: str = "charm",
    private: bool = False,
) -> Package:
    """Make a package with its first track."""
    package = Package(
        id=new_id(),
        name=name,
        type=package_type,
        owner=owner,
        private=private,
        status="registered",
        links={},
        media=[],
        default_track="latest",
        created_at=now,
        tracks=[Track(name="latest", created_at=now)],
    )
    db.add(package)
    db.flush()
    return package


def package_view(package: Package) -> dict[str, Any]:
    """The package object of lists (section 5.0)."""
    return {
        "authority": None,
        "contact": package.contact,
        "default-track": package.default_track,
        "description": package.description,
        "id": package.id,
        "links": package.links,
        "media": package.media,
        "name": package.name,
        "private": package.private,
        "publisher": publisher_view(package.owner),
        "status": package.status,
        "store": "ubuntu",
        "summary": package.summary,
        "title": package.title,
        "type": package.type,
        "website": package.website,
    }


def metadata_view(package: Package) -> dict[str, Any]:
    """The whole package object, with tracks and guardrails."""
    return {
        **package_view(package),
        "track-guardrails": [guardrail_view(item) for item in package.guardrails],
        "tracks": [track_view(item) for item in package.tracks],
    }


def track_view(track: Track) -> dict[str, Any]:
    """A track object (section 6.1)."""
    return {
        "automatic-phasing-percentage": track.automatic_phasing_percentage,
        "created-at": zoneless(track.created_at),
        "name": track.name,
        "version-pattern": track.version_pattern,
    }


def guardrail_view(guardrail: Guardrail) -> dict[str, Any]:
    """A guardrail object (section 6.1)."""
    return {"created-at": zoneless(guardrail.created_at), "pattern": guardrail.pattern}


def _check_ready(account: Account) -> None:
    if account.username is None:
        raise StoreError(403, "user-not-ready", "Account needs a username to register names")
    if not account.agreement_signed:
        raise StoreError(403, "user-not-ready", "Developer has not signed agreement")


def _check_free(db: Session, name: str, account: Account) -> None:
    taken = db.scalar(select(Package).where(Package.name == name))
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
    for table in (Library, Collaborator, Invite, Review, Image):
        for row in db.scalars(select(table).where(table.package_id == package.id)):
            db.delete(row)
    db.delete(package)
