"""Validation sets and confdb schemas.

Source: Snap Store reference, sections 11.4 and 11.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request
from sqlalchemy import select

from craft_store_sandbox.dashboard.access import DashboardBlueprint, authenticate, find_package
from craft_store_sandbox.serving.errors import invalid_request
from craft_store_sandbox.serving.schemas import POSITIVE, SOME_TEXT, TEXT, Schema, json_body, shape
from craft_store_sandbox.snaps.assertion_text import (
    MalformedAssertionError,
    ParsedAssertion,
    parse_assertion,
)
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import zulu
from craft_store_sandbox.state.snap_tables import Assertion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.tables import Account

blueprint = DashboardBlueprint("assertion-sets")

SETS, SCHEMAS = "validation-set", "confdb-schema"
_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_PRESENCE: Schema = {"enum": ["required", "optional", "invalid"]}
_COMPONENT: Schema = {
    "anyOf": [_PRESENCE, shape({"presence": _PRESENCE, "revision": _COUNT}, ("presence",))]
}
_SET = shape(
    {
        "account-id": SOME_TEXT,
        "name": {"type": "string", "pattern": "^[a-z0-9](?:-?[a-z0-9])*$"},
        "sequence": POSITIVE,
        "revision": _COUNT,
        "snaps": {
            "type": "array",
            "minItems": 1,
            "items": shape(
                {
                    "name": {"type": "string", "minLength": 1, "maxLength": 40},
                    "id": {"type": ["string", "null"]},
                    "presence": {"enum": [*_PRESENCE["enum"], None]},
                    "revision": _COUNT,
                    "components": {"type": ["object", "null"], "additionalProperties": _COMPONENT},
                },
                ("name",),
            ),
        },
    },
    ("account-id", "name", "sequence", "snaps"),
)
_RULE: Schema = {
    "type": "object",
    "properties": {
        "request": TEXT,
        "storage": TEXT,
        "access": {"enum": ["read", "write", "read-write", None]},
        "content": {"type": ["array", "null"], "items": {"type": "object"}},
    },
    "required": ["storage"],
    "additionalProperties": False,
}
_SCHEMA = shape(
    {
        "account-id": SOME_TEXT,
        "name": SOME_TEXT,
        "revision": _COUNT,
        "summary": {"type": ["string", "null"]},
        "views": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": shape(
                {
                    "summary": {"type": ["string", "null"]},
                    "rules": {"type": "array", "minItems": 1, "items": _RULE},
                },
                ("rules",),
            ),
        },
        "body": TEXT,
    },
    ("account-id", "name", "views", "body"),
)
_COMMON = {
    "account-id", "authority-id", "name", "revision", "sign-key-sha3-384", "timestamp", "type",
}  # fmt: skip
_HEADERS = {
    SETS: _COMMON | {"sequence", "series", "snaps"},
    SCHEMAS: _COMMON | {"body-length", "summary", "views"},
}


@blueprint.get("/api/v2/validation-sets")
@blueprint.get("/api/v2/validation-sets/<name>")
def validation_sets(name: str | None = None) -> Response:
    """Return the sets of the account, of one name also by sequence; without any an empty list."""
    wanted = _sequence()
    with backend().database.snapshot() as db:
        rows = _newest(db, SETS, authenticate(db).account, name)
    if wanted is None or wanted == "latest":
        rows = list({row.name: row for row in rows}.values())
    elif wanted != "all":
        rows = [row for row in rows if row.sequence == int(wanted)]
    return jsonify(assertions=[{"headers": row.headers} for row in rows])


@blueprint.post("/api/v2/validation-sets")
def validation_sets_post() -> Response:
    """Store a signed set (section 11.4)."""
    with backend().database.transaction() as db:
        account = authenticate(db).account
        parsed = _posted(SETS, account)
        sequence = _number(parsed.headers, "sequence")
        if sequence < 1:
            raise invalid_request(f"{sequence} is less than the minimum of 1 at /sequence")
        if not parsed.headers.get("snaps"):
            raise invalid_request("[] should be non-empty at /snaps")
        _keep(db, SETS, account, parsed, sequence)
    return jsonify(assertions=[{"headers": parsed.headers}])


@blueprint.post("/api/v2/validation-sets/build-assertion")
def validation_sets_build() -> Response:
    """Complete the headers of a set; nothing is stored."""
    with backend().database.snapshot() as db:
        account = authenticate(db).account
        body = json_body(_SET, invalid_request)
        _check_account(body["account-id"], account)
        sequence = body["sequence"]
        return jsonify(
            {
                **_start(db, SETS, account, body, sequence),
                "sequence": str(sequence),
                "series": "16",
                "snaps": [_snap(db, item) for item in body["snaps"]],
            }
        )


@blueprint.get("/api/v2/confdb-schemas")
@blueprint.get("/api/v2/confdb-schemas/<name>")
def confdb_schemas(name: str | None = None) -> Response:
    """Return the schemas of the account (section 11.5)."""
    with backend().database.snapshot() as db:
        rows = _newest(db, SCHEMAS, authenticate(db).account, name)
    return jsonify(assertions=[{"headers": row.headers, "body": row.body} for row in rows])


@blueprint.post("/api/v2/confdb-schemas")
def confdb_schemas_post() -> Response:
    """Store a signed schema (section 11.5)."""
    with backend().database.transaction() as db:
        account = authenticate(db).account
        parsed = _posted(SCHEMAS, account)
        if not isinstance(parsed.headers.get("views"), dict):
            raise invalid_request("'views' is a required property at /")
        _keep(db, SCHEMAS, account, parsed, 0)
    return jsonify(assertions=[{"headers": parsed.headers, "body": parsed.body}])


@blueprint.post("/api/v2/confdb-schemas/build-assertion")
def confdb_schemas_build() -> Response:
    """Complete the headers of a schema; nothing is stored."""
    with backend().database.snapshot() as db:
        account = authenticate(db).account
        body = json_body(_SCHEMA, invalid_request)
        _check_account(body["account-id"], account)
        answer = {
            **_start(db, SCHEMAS, account, body, 0),
            "body": body["body"],
            "body-length": str(len(body["body"].encode())),
            "views": body["views"],
        }
    if body.get("summary") is not None:
        answer["summary"] = body["summary"]
    return jsonify(answer)


def _sequence() -> str | None:
    text = request.args.get("sequence")
    if text in (None, "all", "latest"):
        return text
    if not text.isdecimal() or len(text) > 9:
        raise invalid_request(f"'{text[:80]}' is not a sequence at /sequence")
    if int(text) < 1:
        raise invalid_request(f"{text} is less than the minimum of 1 at /sequence")
    return text


def _newest(db: Session, kind: str, account: Account, name: str | None) -> list[Assertion]:
    """Return the newest revision of each sequence, in their order."""
    query = (
        select(Assertion)
        .where(Assertion.kind == kind, Assertion.account_id == account.id)
        .order_by(Assertion.name, Assertion.sequence, Assertion.revision)
    )
    if name is not None:
        query = query.where(Assertion.name == name)
    return list({(row.name, row.sequence): row for row in db.scalars(query)}.values())


def _next_revision(db: Session, kind: str, account: Account, name: str, sequence: int) -> int:
    known = [row for row in _newest(db, kind, account, name) if row.sequence == sequence]
    return 1 + known[0].revision if known else 0


def _posted(kind: str, account: Account) -> ParsedAssertion:
    try:
        parsed = parse_assertion(request.get_data(as_text=True))
    except (MalformedAssertionError, UnicodeDecodeError) as error:
        raise invalid_request(f"This is not an assertion: {error}") from error
    headers = parsed.headers
    if headers["type"] != kind:
        raise invalid_request(f"'{str(headers['type'])[:80]}' is not '{kind}' at /type")
    unknown = sorted(set(headers) - _HEADERS[kind])
    if unknown:
        raise invalid_request(f"Unknown header '{unknown[0][:80]}'")
    for key in ("account-id", "authority-id"):
        _check_account(headers.get(key), account, key)
    if not isinstance(headers.get("name"), str):
        raise invalid_request("'name' is a required property at /")
    return parsed


def _check_account(value: Any, account: Account, key: str = "account-id") -> None:
    if value != account.id:
        raise invalid_request(f"'{str(value)[:80]}' is not your account at /{key}")


def _number(headers: dict[str, Any], key: str, default: str = "") -> int:
    text = headers.get(key, default)
    if not isinstance(text, str) or not text.isdecimal() or len(text) > 9:
        raise invalid_request(f"'{str(text)[:80]}' is not a number at /{key}")
    return int(text)


def _keep(db: Session, kind: str, account: Account, parsed: ParsedAssertion, sequence: int) -> None:
    name = str(parsed.headers["name"])
    revision = _number(parsed.headers, "revision", "0")
    if revision < _next_revision(db, kind, account, name, sequence):
        raise invalid_request(f"Revision {revision} of '{name[:80]}' is there already")
    db.add(
        Assertion(
            kind=kind,
            key=f"{account.id}/{name}",
            account_id=account.id,
            name=name,
            sequence=sequence,
            revision=revision,
            headers=parsed.headers,
            body=parsed.body,
            text=request.get_data(as_text=True),
        )
    )


def _start(
    db: Session, kind: str, account: Account, body: dict[str, Any], sequence: int
) -> dict[str, Any]:
    revision = _next_revision(db, kind, account, body["name"], sequence)
    return {
        "account-id": account.id,
        "authority-id": account.id,
        "name": body["name"],
        "revision": str(max(revision, body.get("revision") or 0)),
        "timestamp": zulu(backend().clock.now()),
        "type": kind,
    }


def _snap(db: Session, item: dict[str, Any]) -> dict[str, Any]:
    package = find_package(db, item["name"])
    snap_id = item.get("id") or (None if package is None else package.id)
    if snap_id is None:
        raise invalid_request(f"There is no snap '{item['name']}' at /snaps")
    view = {
        "id": snap_id,
        "name": item["name"],
        "presence": item.get("presence") or "required",
    }
    if item.get("revision") is not None:
        view["revision"] = str(item["revision"])
    if item.get("components"):
        view["components"] = {
            name: _as_component(value) for name, value in item["components"].items()
        }
    return view


def _as_component(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return {key: str(item) for key, item in value.items() if item is not None}
