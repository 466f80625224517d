"""OCI image resources: credentials and the blob that stands for an image (section 12).

There is no registry behind the credentials; any well-formed digest is taken.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify

from ..authorization import authenticate, package_for
from ..backend import backend
from ..errors import not_found
from ..schemas import json_body, shape
from ..tables import Image, Package
from .resources import find_declared

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("images", __name__)

_USER = "docker-registry"
_BLOB = shape(
    {"image-digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}}, ("image-digest",)
)


@blueprint.get("/v1/charm/<name>/resources/<resource>/oci-image/upload-credentials")
def upload_credentials(name: str, resource: str) -> Response:
    """O1: where and as whom to push an image."""
    with backend().database.snapshot() as db:
        package = _image_package(db, name, resource)
        return jsonify(
            {
                "image-name": _image_name(package, resource),
                "username": _USER,
                "password": secrets.token_urlsafe(24),
            }
        )


@blueprint.post("/v1/charm/<name>/resources/<resource>/oci-image/blob")
def image_blob(name: str, resource: str) -> Response:
    """O2: the text to upload as the resource; the same for each request of one digest."""
    digest = json_body(_BLOB)["image-digest"]
    with backend().database.transaction() as db:
        package = _image_package(db, name, resource)
        image = db.get(Image, (package.id, resource, digest))
        if image is None:
            blob = {
                "ImageName": f"{_image_name(package, resource)}@{digest}",
                "Username": _USER,
                "Password": secrets.token_urlsafe(24),
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


def _image_name(package: Package, resource: str) -> str:
    return f"{urlsplit(backend().urls.api).netloc}/charm/{package.id}/{resource}"
