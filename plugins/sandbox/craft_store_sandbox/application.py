"""The WSGI application of an origin: blueprints, error answers and common headers."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from . import candid, public, sso, uploads
from .backend import Backend, attach
from .errors import StoreError
from .gateway import (
    collaborators,
    images,
    libraries,
    names,
    releases,
    resources,
    revisions,
    tokens,
    tracks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOGGER = logging.getLogger(__name__)
_VERSION = "42"
_AREAS = {
    "api": (
        # Literal paths first: a package might be called as one of them (section 2).
        libraries.blueprint,
        tokens.blueprint,
        names.blueprint,
        tracks.blueprint,
        collaborators.blueprint,
        revisions.blueprint,
        releases.blueprint,
        resources.blueprint,
        images.blueprint,
        public.blueprint,
    ),
    "storage": (uploads.blueprint,),
    "sso": (sso.blueprint,),
    "candid": (candid.blueprint,),
}
AREAS = tuple(_AREAS)


def create_application(backend: Backend, areas: Iterable[str]) -> Flask:
    """Make the application that serves some areas on one origin.

    Args:
        backend: what the handlers work with.
        areas: any of `AREAS`.
    """
    areas = set(areas)
    app = Flask("craft_store_sandbox", static_folder=None)
    attach(app.extensions, backend)
    app.json.sort_keys = True  # type: ignore[attr-defined]  # the provider type is declared abstract
    for area in AREAS:
        if area in areas:
            for blueprint in _AREAS[area]:
                app.register_blueprint(blueprint)
    app.register_error_handler(StoreError, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _refuse_unexpected)
    if "api" in areas:
        app.add_url_rule("/", view_func=_describe)
        app.after_request(_identify)
    return app


def _describe() -> Response:
    return jsonify(name="publishergw-emulator", version=int(_VERSION))


def _identify(response: Response) -> Response:
    response.headers["publishergw-version"] = _VERSION
    response.headers["x-request-id"] = secrets.token_hex(20)
    return response


def _refuse(error: StoreError) -> Response:
    response = jsonify(error.body())
    response.status_code = error.status
    response.headers.extend(error.headers)
    return response


def _refuse_http(error: HTTPException) -> Response:
    status = error.code or 500
    code = "resource-not-found" if status == 404 else "api-error"
    response = _refuse(StoreError(status, code, error.description or error.name))
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _refuse_unexpected(error: Exception) -> Response:
    _LOGGER.error("The sandbox failed to answer a request", exc_info=error)
    return _refuse(StoreError(500, "internal-error", "The sandbox failed; see its log"))
