"""Charm libraries (Publisher Gateway reference, section 13)."""

from __future__ import annotations

import hashlib
import io
import uuid
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Select, select

from craft_store_sandbox.identity.authorization import authenticate, package_for
from craft_store_sandbox.serving.errors import StoreError, bad_request, not_found
from craft_store_sandbox.serving.schemas import SOME_TEXT, json_body, shape
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.tables import Library, LibraryRevision, Package

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("libraries", __name__)

_COUNT = {"type": "integer", "minimum": 0}
_REGISTER = shape(
    {"library-name": {"type": "string", "pattern": "^[a-z][a-z0-9_]*\\Z"}}, ("library-name",)
)
_PUBLISH = shape(
    {"api": _COUNT, "patch": _COUNT, "content": {"type": "string"}, "hash": SOME_TEXT},
    ("api", "patch", "content", "hash"),
)
_SELECTORS = {
    "type": "array",
    "items": shape(
        {
            "library-id": SOME_TEXT,
            "charm-name": SOME_TEXT,
            "library-name": SOME_TEXT,
            "api": _COUNT,
            "patch": _COUNT,
        }
    ),
}
_VOLATILE = ("LIBAPI", "LIBPATCH", "LIBID")


@blueprint.post("/v1/charm/libraries/bulk")
def find_libraries() -> Response:
    """B4: return the tips of libraries, by id or by name."""
    selectors = json_body(_SELECTORS)
    with backend().database.snapshot() as db:
        rows = [view for selector in selectors for view in _selected(db, selector)]
    return jsonify(libraries=[row for index, row in enumerate(rows) if row not in rows[:index]])


@blueprint.post("/v1/charm/libraries/<name>")
def create_library(name: str) -> Response:
    """B1: return an id for a new library."""
    library_name = json_body(_REGISTER)["library-name"]
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-library")
        package = package_for(db, grant, name)
        same = select(Library).where(Library.package_id == package.id, Library.name == library_name)
        if db.scalar(same) is not None:
            raise bad_request(f"Library {library_name} already exists for '{name}'")
        library = Library(id=uuid.uuid4().hex, package_id=package.id, name=library_name)
        db.add(library)
        return jsonify({"library-id": library.id})


@blueprint.post("/v1/charm/libraries/<name>/<library_id>")
def publish_library(name: str, library_id: str) -> Response:
    """B2: publish a patch of a library."""
    body = json_body(_PUBLISH)
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-library")
        package = package_for(db, grant, name)
        library = db.get(Library, library_id)
        if library is None or library.package_id != package.id:
            raise not_found(f"Library {library_id[:80]} not found for '{name}'")
        if body["api"] == 0 and body["patch"] == 0:
            raise bad_request("A library starts with api 0 and patch 1")
        if body["hash"] != content_hash(body["content"]):
            raise bad_request("The hash does not match the content")
        key = (library.id, body["api"], body["patch"])
        revision = db.get(LibraryRevision, key)
        if revision is not None and revision.hash != body["hash"]:
            raise bad_request(f"Library version {body['api']}.{body['patch']} already exists")
        if revision is None:
            revision = LibraryRevision(library_id=library.id, library=library, **body)
            db.add(revision)
        return jsonify(_view(revision))


@blueprint.get("/v1/charm/libraries/<name>/<library_id>")
def show_library(name: str, library_id: str) -> Response:
    """B3: return the content of a library."""
    api, patch = (_integer(key) for key in ("api", "patch"))
    with backend().database.snapshot() as db:
        query = _revisions(api, patch).where(Library.id == library_id, Package.name == name)
        revision: LibraryRevision | None = db.scalar(query.limit(1))
        if revision is None:
            raise not_found(f"Library {library_id[:80]} not found for '{name}'")
        return jsonify({**_view(revision), "content": revision.content})


def content_hash(content: str) -> str:
    """Return the hash of a library without the lines of its version (section 13.2)."""
    # Not splitlines(), which also takes form feeds and other characters for ends of lines.
    lines = io.StringIO(content.replace("\r\n", "\n"), newline="\n")
    kept = "".join(line for line in lines if not line.startswith(_VOLATILE))
    return hashlib.sha256(kept.encode()).hexdigest()


def _selected(db: Session, selector: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of one selector: the newest patch of each api of each library."""
    query = _revisions(selector.get("api"), selector.get("patch"))
    if "library-id" in selector:
        query = query.where(Library.id == selector["library-id"])
    else:
        _resolve(db, selector.get("charm-name"), selector.get("library-name"))
        query = query.where(Package.name == selector["charm-name"])
        if "library-name" in selector:
            query = query.where(Library.name == selector["library-name"])
    newest: dict[tuple[str, int], LibraryRevision] = {}
    for revision in db.scalars(query):
        newest.setdefault((revision.library_id, revision.api), revision)
    return [_view(revision) for revision in newest.values()]


def _resolve(db: Session, charm: str | None, library: str | None) -> None:
    query = select(Package.id).where(Package.namespace == "charm", Package.name == charm)
    if library is not None:
        query = query.join(Library).where(Library.name == library)
    if db.scalar(query) is None:
        # The null code and the underscores are the real server's, and clients match them
        # (section 13.4).
        raise StoreError(400, None, "Items need to include 'library_id' or 'package_id'")


def _revisions(api: int | None, patch: int | None) -> Select[Any]:
    query = (
        select(LibraryRevision)
        .join(Library)
        .join(Package)
        .order_by(Library.name, LibraryRevision.api.desc(), LibraryRevision.patch.desc())
    )
    if api is not None:
        query = query.where(LibraryRevision.api == api)
    if patch is not None:
        query = query.where(LibraryRevision.patch == patch)
    return query


def _integer(key: str) -> int | None:
    text = request.args.get(key)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise bad_request(f"'{text[:80]}' is not an integer at /{key}")
    return int(text)


def _view(revision: LibraryRevision) -> dict[str, Any]:
    library = revision.library
    return {
        "api": revision.api,
        "charm-name": library.package.name,
        "hash": revision.hash,
        "library-id": library.id,
        "library-name": library.name,
        "patch": revision.patch,
    }
