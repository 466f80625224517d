"""Assertions about one snap: builds, gating, developers.

Source: Snap Store reference, sections 11.1 to 11.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request
from sqlalchemy import select

from craft_store_sandbox.dashboard.access import DashboardBlueprint, authenticate, snap_with_id
from craft_store_sandbox.serving.errors import DashboardError, invalid_field
from craft_store_sandbox.serving.schemas import SOME_TEXT, read_object
from craft_store_sandbox.snaps.assertion_text import (
    MalformedAssertionError,
    ParsedAssertion,
    parse_assertion,
)
from craft_store_sandbox.snaps.channels import revisions_of
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.snap_tables import GATED, Assertion
from craft_store_sandbox.state.tables import Account, Package

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.snap_tables import Snap

blueprint = DashboardBlueprint("assertions")

_BUILD, _VALIDATION, _DEVELOPER = "snap-build", "validation", "snap-developer"


@blueprint.post("/dev/api/snaps/<snap_id>/builds")
def snap_builds(snap_id: str) -> Response:
    """Store who built a snap (section 11.1)."""
    if not backend().snaps.snap_builds:
        raise DashboardError(501, "feature-disabled", "The snap-build assertions are disabled.")
    with backend().database.transaction() as db:
        grant = authenticate(db, "package_push", "package_upload")
        snap = snap_with_id(db, grant, snap_id)
        parsed, text = _read("assertion", _BUILD, snap)
        digest = str(parsed.headers.get("snap-sha3-384", ""))
        _store(db, _BUILD, f"{snap_id}/{digest}", grant.account, parsed, text)
    return jsonify(parsed.headers)


@blueprint.get("/dev/api/snaps/<snap_id>/validations")
def snap_validations(snap_id: str) -> Response:
    """Return what a gating snap says of the snaps that it gates (section 11.2)."""
    revoked_too = request.args.get("include_revoked") == "1"
    with backend().database.snapshot() as db:
        snap = snap_with_id(db, authenticate(db, "package_access"), snap_id)
        rows = [
            _validation_view(db, row.headers)
            for row in latest(db, _VALIDATION, snap_id)
            if revoked_too or row.headers.get("revoked") != "true"
        ]
        said = {row["approved-snap-id"] for row in rows}
        rows += [
            _validation_view(db, {**gated.headers, "snap-id": snap.package_id})
            for gated in latest(db, GATED, snap_id)
            if gated.headers["approved-snap-id"] not in said
        ]
    return jsonify(rows)


@blueprint.put("/dev/api/snaps/<snap_id>/validations", endpoint="snap_validations_update")
def put_validation(snap_id: str) -> Response:
    """Say that a revision of a gated snap works with the gating one, or no longer does."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "package_manage")
        snap = snap_with_id(db, grant, snap_id)
        parsed, text = _read("assertion", _VALIDATION, snap)
        headers = parsed.headers
        if headers.get("authority-id") != grant.account.id:
            raise invalid_field("The assertion is not signed for your account.", "assertion")
        approved, number = headers.get("approved-snap-id"), headers.get("approved-snap-revision")
        if not isinstance(approved, str) or not str(number).isdecimal():
            raise invalid_field("It needs approved-snap-id and approved-snap-revision", "assertion")
        _store(db, _VALIDATION, f"{snap_id}/{approved}/{number}", grant.account, parsed, text)
    return jsonify(headers)


@blueprint.get("/dev/api/snaps/<snap_id>/developers")
def snap_developers(snap_id: str) -> Response:
    """Return the assertion that names who may work on a snap (section 11.3)."""
    with backend().database.snapshot() as db:
        snap_with_id(db, authenticate(db, "package_manage"), snap_id)
        rows = latest(db, _DEVELOPER, snap_id)
        if not rows:
            raise DashboardError(
                404, "snap-developer-not-found", "No snap-developer assertion exists yet."
            )
        return jsonify(snap_developer=rows[0].headers)


@blueprint.put("/dev/api/snaps/<snap_id>/developers", endpoint="snap_developers_update")
def put_developers(snap_id: str) -> Response:
    """Name who may work on a snap; whoever uploaded and is left out must be left out on purpose."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "package_manage")
        snap = snap_with_id(db, grant, snap_id)
        parsed, text = _read("snap_developer", _DEVELOPER, snap)
        listed = parsed.headers.get("developers", [])
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            raise DashboardError(400, "invalid-request", "The developers are not a list.")
        named = {item.get("developer-id") for item in listed}
        if "ignore_revoked_uploads" not in request.args:
            _check_revoked(db, snap.package, named)
        _store(db, _DEVELOPER, f"{snap_id}/", grant.account, parsed, text)
    return jsonify(snap_developer=parsed.headers)


def latest(db: Session, kind: str, snap_id: str) -> list[Assertion]:
    """Return the newest revision of each assertion of a kind about a snap."""
    query = (
        select(Assertion)
        .where(Assertion.kind == kind, Assertion.key.startswith(f"{snap_id}/", autoescape=True))
        .order_by(Assertion.id)
    )
    return list({row.key: row for row in db.scalars(query)}.values())


def _read(field: str, kind: str, snap: Snap) -> tuple[ParsedAssertion, str]:
    text = str(read_object({field: SOME_TEXT}, (field,))[field])
    try:
        parsed = parse_assertion(text)
    except MalformedAssertionError as error:
        raise invalid_field(f"This is not an assertion: {error}", field) from error
    if parsed.headers["type"] != kind:
        raise invalid_field(f"Expected an assertion of the type {kind}.", field)
    # Old test doubles of snapd leave the id out; a wrong one is wrong anywhere.
    if parsed.headers.get("snap-id", snap.package_id) != snap.package_id:
        raise invalid_field("The assertion is about another snap.", field)
    return parsed, text


def _store(
    db: Session, kind: str, key: str, account: Account, parsed: ParsedAssertion, text: str
) -> None:
    given = parsed.headers.get("revision", "0")
    if not isinstance(given, str) or not given.isdecimal() or len(given) > 9:
        raise invalid_field("The revision of the assertion is not a number.", "assertion")
    known = select(Assertion).where(Assertion.kind == kind, Assertion.key == key)
    newest = max((row.revision for row in db.scalars(known)), default=-1)
    if int(given) <= newest:
        raise invalid_field(
            f"The assertion has revision {given}, and revision {newest} is there already.",
            "assertion",
        )
    db.add(
        Assertion(
            kind=kind,
            key=key,
            account_id=account.id,
            name="",
            revision=int(given),
            headers=parsed.headers,
            body=parsed.body,
            text=text,
        )
    )


def _validation_view(db: Session, headers: dict[str, Any]) -> dict[str, Any]:
    """Return a validation with the keys that strict models know, and no other."""
    approved = db.get(Package, headers["approved-snap-id"])
    keys = (
        "approved-snap-id", "approved-snap-revision", "authority-id", "revision", "series",
        "sign-key-sha3-384", "snap-id", "timestamp", "type",
    )  # fmt: skip
    return {
        **{key: headers[key] for key in keys if key in headers},
        "approved-snap-name": headers["approved-snap-id"] if approved is None else approved.name,
        "required": True,
        "revoked": headers.get("revoked", "false"),
    }


def _check_revoked(db: Session, package: Package, named: set[Any]) -> None:
    authors = {row.created_by for row in revisions_of(db, package).values()}
    left_out = authors - named - {package.owner_id}
    if left_out:
        names = [db.get_one(Account, item).username for item in sorted(left_out)]
        raise DashboardError(
            409,
            "revoked-uploads",
            "The assertion would revoke uploads of developers whom it leaves out.",
            extra=names,
        )
