"""OCI images: credentials, and the blob of an image (Publisher Gateway reference, section 12)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify

from craft_store_sandbox.gateway.resources import find_declared
from craft_store_sandbox.identity.authorization import authenticate, package_for
from craft_store_sandbox.registry.access import PULL, PUSH, USER, issue_password
from craft_store_sandbox.registry.manifests import find_manifest
from craft_store_sandbox.serving.errors import not_found
from craft_store_sandbox.serving.schemas import json_body, shape
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.tables import Image, Package

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("images", __name__)

_BLOB = shape(
    {"image-digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}}, ("image-digest",)
)


@blueprint.get("/v1/charm/<name>/resources/<resource>/oci-image/upload-credentials")
def upload_credentials(name: str, resource: str) -> Response:
    """O1: return where and as whom to push an image, for a while."""
    with backend().database.transaction() as db:
        repository = _repository(_image_package(db, name, resource), resource)
        seconds = backend().registry.push_seconds
        return jsonify(
            {
                "image-name": f"{_host()}/{repository}",
                "username": USER,
                "password": issue_password(db, repository, PUSH, seconds=seconds),
            }
        )


@blueprint.post("/v1/charm/<name>/resources/<resource>/oci-image/blob")
def image_blob(name: str, resource: str) -> Response:
    """O2: return the text to upload as the resource; the same for each request of one digest."""
    digest = json_body(_BLOB)["image-digest"]
    with backend().database.transaction() as db:
        package = _image_package(db, name, resource)
        repository = _repository(package, resource)
        pushed = find_manifest(db, repository, digest) is not None
        if not pushed and not backend().registry.any_digest:
            raise not_found(f"Image {digest} of resource {resource} was not pushed")
        image = db.get(Image, (package.id, resource, digest))
        if image is None:
            # Installers use it as long as the resource revision is there.
            password = issue_password(db, repository, PULL, seconds=None)
            blob = {
                "ImageName": f"{_host()}/{repository}@{digest}",
                "Username": USER,
                "Password": password,
            }
            image = Image(
                package_id=package.id, resource=resource, digest=digest, blob=json.dumps(blob)
            )
            db.add(image)
        return Response(image.blob, mimetype="application/json")


def _image_package(db: Session, name: str, resource: str) -> Package:
    grant = authenticate(db, "package-manage-revisions")
    package = package_for(db, grant, name)
    if find_declared(db, package, resource).type != "oci-image":
        raise not_found(f"Resource {resource} is not an image")
    return package


def _repository(package: Package, resource: str) -> str:
    # Names of images have no capitals, and identifiers of packages do.
    return f"charm/{package.id.lower()}/{resource}"


def _host() -> str:
    return urlsplit(backend().urls.api).netloc
