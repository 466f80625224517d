"""Tracks that publishers make themselves (Publisher Gateway reference, section 6)."""

from __future__ import annotations

import re

from flask import Blueprint, Response, jsonify

from craft_store_sandbox.identity.authorization import authenticate, package_for
from craft_store_sandbox.serving.errors import StoreError, bad_request
from craft_store_sandbox.serving.schemas import TEXT_OR_NULL, json_body, shape
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.packages import NAMESPACE
from craft_store_sandbox.state.tables import Track

blueprint = Blueprint("tracks", __name__)

_NAME = re.compile(r"[a-zA-Z0-9](?:[_.-]?[a-zA-Z0-9])*")
_MAX_NAME = 28
_TRACKS = {
    "type": "array",
    "minItems": 1,
    "items": shape(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": _MAX_NAME},
            "version-pattern": TEXT_OR_NULL,
            "automatic-phasing-percentage": {
                "type": ["number", "null"],
                "minimum": 0,
                "maximum": 100,
            },
        },
        ("name",),
    ),
}


@blueprint.post(f"{NAMESPACE}/<name>/tracks")
def create_tracks(namespace: str, name: str) -> tuple[Response, int]:
    """K1: create tracks that match a guardrail; all of them or none."""
    body = json_body(_TRACKS)
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-metadata")
        package = package_for(db, grant, name, namespace)
        patterns = [guardrail.pattern for guardrail in package.guardrails]
        taken = {track.name for track in package.tracks}
        for item in body:
            _check(item["name"], item.get("version-pattern"), patterns)
            if item["name"] in taken:
                raise StoreError(409, "conflicting-tracks", "Conflicting track exists")
            taken.add(item["name"])
            package.tracks.append(
                Track(
                    name=item["name"],
                    created_at=backend().clock.now(),
                    version_pattern=item.get("version-pattern"),
                    automatic_phasing_percentage=item.get("automatic-phasing-percentage"),
                )
            )
    return jsonify({"num-tracks-created": len(body)}), 201


def _check(track: str, version_pattern: str | None, guardrails: list[str]) -> None:
    if track == "latest":
        raise bad_request("Creation of 'latest' track is not allowed")
    if not _NAME.fullmatch(track) or not any(re.fullmatch(item, track) for item in guardrails):
        raise StoreError(400, "invalid-tracks", "Invalid track name")
    try:
        re.compile(version_pattern or "")
    except re.error as error:
        raise bad_request(f"Invalid version pattern: {error}") from error
