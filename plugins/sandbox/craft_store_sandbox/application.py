"""The WSGI application of an origin: blueprints, error answers and common headers."""

from __future__ import annotations

import logging
import re
import secrets
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from craft_store_sandbox.dashboard import account as dashboard_account
from craft_store_sandbox.dashboard import assertion_sets as dashboard_assertion_sets
from craft_store_sandbox.dashboard import assertions as dashboard_assertions
from craft_store_sandbox.dashboard import channel_map as dashboard_channel_map
from craft_store_sandbox.dashboard import media as dashboard_media
from craft_store_sandbox.dashboard import metadata as dashboard_metadata
from craft_store_sandbox.dashboard import metrics as dashboard_metrics
from craft_store_sandbox.dashboard import names as dashboard_names
from craft_store_sandbox.dashboard import releases as dashboard_releases
from craft_store_sandbox.dashboard import tokens as dashboard_tokens
from craft_store_sandbox.dashboard import uploads as dashboard_uploads
from craft_store_sandbox.dashboard.access import DashboardBlueprint
from craft_store_sandbox.gateway import (
    collaborators,
    images,
    libraries,
    names,
    public,
    releases,
    resources,
    revisions,
    snaps,
    tokens,
    tracks,
)
from craft_store_sandbox.gateway import storage as uploads
from craft_store_sandbox.identity import candid, sso
from craft_store_sandbox.registry import access as registry_access
from craft_store_sandbox.registry import blobs as registry_blobs
from craft_store_sandbox.registry import manifests as registry_manifests
from craft_store_sandbox.serving.errors import BareError, DashboardError, RegistryError, StoreError
from craft_store_sandbox.state.backend import Backend, serve_with

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIApplication
    from flask import Blueprint

_LOGGER = logging.getLogger(__name__)
_VERSION = "42"
# The public read API has paths that begin in the same way (Publisher Gateway reference, section 2).
_REGISTRY_PATH = re.compile(r"/v2/.+/(blobs|manifests|tags)/")
_AREAS = {
    "api": (
        # Literal paths first: a package might be called as one of them (Publisher
        # Gateway reference, section 2).
        libraries.blueprint,
        tokens.blueprint,
        names.blueprint,
        tracks.blueprint,
        collaborators.blueprint,
        snaps.blueprint,
        revisions.blueprint,
        releases.blueprint,
        resources.blueprint,
        images.blueprint,
        public.blueprint,
        registry_access.blueprint,
        registry_blobs.blueprint,
        registry_manifests.blueprint,
    ),
    "dashboard": (
        dashboard_tokens.blueprint,
        dashboard_account.blueprint,
        dashboard_names.blueprint,
        dashboard_uploads.blueprint,
        dashboard_releases.blueprint,
        dashboard_channel_map.blueprint,
        dashboard_media.blueprint,
        dashboard_metadata.blueprint,
        dashboard_assertions.blueprint,
        dashboard_assertion_sets.blueprint,
        dashboard_metrics.blueprint,
    ),
    "storage": (uploads.blueprint,),
    "sso": (sso.blueprint,),
    "candid": (candid.blueprint,),
}
AREAS = tuple(_AREAS)
ON_PREM_PATH = "/publishergw"
_ON_PREM = (
    tokens.on_prem,
    names.blueprint,
    snaps.blueprint,
)


def create_application(
    backend: Backend, areas: Iterable[str], *, on_prem: bool = False
) -> WSGIApplication:
    """Make the application that serves some areas on one origin.

    Args:
        backend: What the handlers work with.
        areas: Any of `AREAS`; of a store on premises (Snap Store reference, section 15.1) only the
            API and storage are there.
        on_prem: Make that of a store on premises.
    """
    make = _on_prem_application if on_prem else _application
    return serve_with(backend, make(frozenset(areas)))


# One for all sandboxes of a process: to compile its routes takes longer than to answer some
# requests, and what a request works with comes with the request.
@cache
def _application(areas: frozenset[str]) -> Flask:
    app = _flask(item for area in AREAS if area in areas for item in _AREAS[area])
    if "api" in areas:
        app.add_url_rule("/", view_func=_describe)
        app.after_request(_tell_version)
    return app


@cache
def _on_prem_application(areas: frozenset[str]) -> WSGIApplication:
    storage = _flask((uploads.blueprint,) if "storage" in areas else ())
    if "api" not in areas:
        return storage
    gateway = _flask(_ON_PREM)
    gateway.after_request(_tell_version)
    return DispatcherMiddleware(storage, {ON_PREM_PATH: gateway})


def _flask(blueprints: Iterable[Blueprint]) -> Flask:
    app = Flask("craft_store_sandbox", static_folder=None)
    app.json.sort_keys = True  # type: ignore[attr-defined]  # the provider type is declared abstract
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.register_error_handler(StoreError, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(OverflowError, _refuse_number)
    app.register_error_handler(Exception, _refuse_unexpected)
    app.after_request(_identify)
    return app


def _describe() -> Response:
    return jsonify(name="publishergw-emulator", version=int(_VERSION))


def _tell_version(response: Response) -> Response:
    if not isinstance(current_app.blueprints.get(request.blueprint or ""), DashboardBlueprint):
        response.headers["publishergw-version"] = _VERSION
    return response


def _identify(response: Response) -> Response:
    response.headers["x-request-id"] = secrets.token_hex(20)
    return response


def _refuse(error: StoreError) -> Response:
    empty = isinstance(error, BareError) and error.document is None
    response = Response(mimetype="text/plain") if empty else jsonify(error.body())
    response.status_code = error.status
    response.headers.extend(error.headers)
    return response


def _refuse_http(error: HTTPException) -> Response:
    status = error.code or 500
    code = "resource-not-found" if status == 404 else "api-error"
    message = error.description or error.name
    if _REGISTRY_PATH.match(request.path):
        response = _refuse(RegistryError(status, "UNSUPPORTED", message))
    elif request.path.startswith("/dev/"):
        response = _refuse(DashboardError(status, code, message))
    else:
        response = _refuse(StoreError(status, code, message))
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _refuse_number(_: OverflowError) -> Response:
    # The database cannot hold such a number, so nothing has it.
    return _refuse_http(NotFound("There is nothing with so great a number"))


def _refuse_unexpected(error: Exception) -> Response:
    _LOGGER.error("The sandbox failed to answer a request", exc_info=error)
    return _refuse(StoreError(500, "internal-error", "The sandbox failed; see its log"))
