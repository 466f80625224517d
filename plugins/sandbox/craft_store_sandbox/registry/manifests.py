"""Manifests and indexes of images, by digest and by tag.

Source: Publisher Gateway reference, section 12.2, G4.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select

from craft_store_sandbox.registry.access import PULL, PUSH, authorize
from craft_store_sandbox.registry.blobs import (
    algorithm_of,
    checked_digest,
    digest_of,
    find_blob,
    is_digest,
)
from craft_store_sandbox.serving.errors import RegistryError
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.tables import RegistryManifest, RegistryTag

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("registry-manifests", __name__)

LARGEST_MANIFEST = 4 << 20
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_MANIFESTS = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
_INDEXES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)


@blueprint.get("/v2/<path:image>/manifests/<reference>")
def read_manifest(image: str, reference: str) -> Response:
    """Return a manifest, byte for byte as it was pushed; of HEAD, whether it is there."""
    with backend().database.snapshot() as db:
        authorize(db, image, *((PULL, PUSH) if request.method == "HEAD" else (PULL,)))
        manifest = find_manifest(db, image, reference)
        if manifest is None:
            raise RegistryError(404, "MANIFEST_UNKNOWN", "manifest unknown", extra=reference[:140])
        return Response(
            manifest.content,
            content_type=manifest.media_type,
            headers={"Docker-Content-Digest": manifest.digest},
        )


@blueprint.put("/v2/<path:image>/manifests/<reference>")
def push_manifest(image: str, reference: str) -> Response:
    """G4: everything that the manifest names must be there already."""
    content = request.stream.read(LARGEST_MANIFEST + 1)
    with backend().database.transaction() as db:
        authorize(db, image, PUSH)
        if len(content) > LARGEST_MANIFEST:
            raise RegistryError(413, "SIZE_INVALID", "The manifest is too large")
        media_type = request.mimetype
        document = _document(content, media_type)
        if media_type in _INDEXES:
            _check_members(db, image, document)
        else:
            _check_blobs(db, image, document)
        digest = digest_of(content)
        if is_digest(reference):
            digest = digest_of(content, algorithm_of(checked_digest(reference)))
            if digest != reference:
                raise RegistryError(
                    400, "DIGEST_INVALID", f"The manifest's digest is {digest}, not {reference}"
                )
        elif not _TAG.fullmatch(reference):
            raise RegistryError(400, "TAG_INVALID", f"{reference[:140]!r} is not a tag")
        else:
            db.merge(RegistryTag(repository=image, name=reference, digest=digest))
        db.merge(
            RegistryManifest(
                repository=image, digest=digest, media_type=media_type, content=content
            )
        )
    return Response(
        status=201,
        headers={
            "Location": f"/v2/{image}/manifests/{digest}",
            "Docker-Content-Digest": digest,
        },
    )


@blueprint.get("/v2/<path:image>/tags/list")
def list_tags(image: str) -> Response:
    """Return the tags of an image."""
    with backend().database.snapshot() as db:
        authorize(db, image, PULL)
        query = select(RegistryTag.name).where(RegistryTag.repository == image)
        return jsonify(name=image, tags=sorted(db.scalars(query)))


def find_manifest(db: Session, image: str, reference: str) -> RegistryManifest | None:
    """Return a manifest by tag or digest, or None."""
    if not is_digest(reference):
        tag = db.get(RegistryTag, (image, reference))
        if tag is None:
            return None
        reference = tag.digest
    return db.get(RegistryManifest, (image, reference))


def _document(content: bytes, media_type: str) -> dict[str, Any]:
    if media_type not in _MANIFESTS | _INDEXES:
        raise _invalid(f"{media_type[:80]!r} is not a supported manifest type")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _invalid("It is not a JSON document") from error
    if not isinstance(document, dict) or document.get("schemaVersion") != 2:
        raise _invalid("It is not an object with the schemaVersion 2")
    if document.get("mediaType", media_type) != media_type:
        raise _invalid("Its mediaType is not that of the request")
    return document


def _check_blobs(db: Session, image: str, document: dict[str, Any]) -> None:
    layers = document.get("layers")
    if not isinstance(layers, list):
        raise _invalid("It has no list of layers")
    for item in (document.get("config"), *layers):
        digest, size = _described(item)
        blob = find_blob(db, image, digest)
        if blob is None and item.get("urls"):
            # Foreign layers stay where they are.
            continue
        if blob is None:
            raise RegistryError(
                404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", extra={"digest": digest}
            )
        if blob.size != size:
            raise _invalid(f"{digest} has {blob.size} bytes, not {size}")


def _check_members(db: Session, image: str, document: dict[str, Any]) -> None:
    members = document.get("manifests")
    if not isinstance(members, list):
        raise _invalid("It has no list of manifests")
    for item in members:
        digest, size = _described(item)
        manifest = find_manifest(db, image, digest)
        if manifest is None:
            raise RegistryError(
                404,
                "MANIFEST_BLOB_UNKNOWN",
                "manifest unknown to registry",
                extra={"digest": digest},
            )
        if len(manifest.content) != size:
            raise _invalid(f"{digest} has {len(manifest.content)} bytes, not {size}")


def _described(item: Any) -> tuple[str, int]:
    if not isinstance(item, dict):
        raise _invalid("A descriptor in it is not an object")
    digest, size = item.get("digest"), item.get("size")
    if not isinstance(digest, str) or not isinstance(size, int):
        raise _invalid("A descriptor in it has no digest or no size")
    return checked_digest(digest), size


def _invalid(message: str) -> RegistryError:
    return RegistryError(400, "MANIFEST_INVALID", message)
