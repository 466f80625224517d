"""Who may push and pull: passwords of one image each, and tokens that are got for them."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from craft_store_sandbox.serving.errors import RegistryError
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.keys import fingerprint
from craft_store_sandbox.state.tables import RegistryGrant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("registry-access", __name__)

USER = "docker-registry"
PUSH = "push"
PULL = "pull"
_PASSWORD = "password"  # noqa: S105 - a kind of secret
_TOKEN = "token"  # noqa: S105 - a kind of secret
_TOKEN_PATH = "/registry/token"  # noqa: S105 - a path
_SCOPE = re.compile(r"repository:(?P<repository>[^:]+(?::[0-9]+)?):(?P<actions>[a-z*,]+)")


def issue_password(db: Session, repository: str, action: str, *, seconds: float | None) -> str:
    """Make a password good for one action on one image.

    Args:
        db: The transaction.
        repository: The image's name without the host.
        action: `PUSH` or `PULL`.
        seconds: Lifetime by the sandbox's clock; None does not end.
    """
    password = secrets.token_urlsafe(24)
    _keep(db, password, _PASSWORD, repository, [action], seconds)
    return password


@blueprint.get("/v2/")
def check_version() -> Response:
    """G1: return whether the caller is known; no image is named yet."""
    with backend().database.snapshot() as db:
        if backend().registry.bearer or not _is_public(PULL):
            _known(db, None)
    return jsonify({})


@blueprint.get(_TOKEN_PATH)
def issue_token() -> Response:
    """Issue a Bearer token for what is asked for, as far as the password reaches."""
    with backend().database.transaction() as db:
        password = None if _is_public(PULL) else _basic_grant(db, "Basic")
        repository, actions = None, []
        for text in " ".join(request.args.getlist("scope")).split():
            scope = _SCOPE.fullmatch(text)
            if scope is None or (password and scope["repository"] != password.repository):
                continue
            repository = scope["repository"]
            allowed = password.actions if password else [PULL]
            actions = [item for item in scope["actions"].split(",") if item in allowed]
        token = secrets.token_urlsafe(48)
        seconds = backend().registry.token_seconds
        _keep(db, token, _TOKEN, repository, actions, seconds)
    return jsonify(token=token, expires_in=int(seconds))


def authorize(db: Session, repository: str, *actions: str) -> None:
    """Check that the caller may do one of some actions on an image.

    Raises:
        RegistryError: 401 with a challenge, or 403 for who is known but may not.
    """
    if not backend().registry.bearer and _is_public(*actions):
        return
    grant = _known(db, repository)
    if grant.repository != repository or not set(actions) & set(grant.actions):
        raise RegistryError(
            403, "DENIED", f"The credentials do not allow {' or '.join(actions)} of {repository}"
        )


def _is_public(*actions: str) -> bool:
    """Return whether the caller, who is nobody, may do one of some actions."""
    anonymous = "Authorization" not in request.headers
    return backend().registry.public and anonymous and PULL in actions


def _known(db: Session, repository: str | None) -> RegistryGrant:
    challenge = _challenge(repository)
    if not backend().registry.bearer:
        return _basic_grant(db, challenge)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = db.get(RegistryGrant, fingerprint(token.strip()))
    if scheme.lower() != "bearer" or grant is None or grant.kind != _TOKEN or _ended(grant):
        raise _unauthorized(challenge)
    return grant


def _basic_grant(db: Session, challenge: str) -> RegistryGrant:
    given = request.authorization
    if given is None or given.type != "basic" or given.username != USER:
        raise _unauthorized(challenge)
    grant = db.get(RegistryGrant, fingerprint(given.password or ""))
    if grant is None or grant.kind != _PASSWORD or _ended(grant):
        raise _unauthorized(challenge)
    return grant


def _ended(grant: RegistryGrant) -> bool:
    return grant.valid_until is not None and grant.valid_until <= backend().clock.now()


def _challenge(repository: str | None) -> str:
    switches, api = backend().registry, backend().urls.api
    if not switches.bearer:
        return 'Basic realm="sandbox"'
    realm = switches.realm or f"{api}{_TOKEN_PATH}"
    scope = f',scope="repository:{repository}:pull,push"' if repository else ""
    return f'Bearer realm="{realm}",service="{urlsplit(api).netloc}"{scope}'


def _unauthorized(challenge: str) -> RegistryError:
    if challenge == "Basic":
        challenge = 'Basic realm="sandbox token service"'
    return RegistryError(
        401, "UNAUTHORIZED", "Authentication required", headers={"WWW-Authenticate": challenge}
    )


def _keep(
    db: Session,
    secret: str,
    kind: str,
    repository: str | None,
    actions: list[str],
    seconds: float | None,
) -> None:
    until = None if seconds is None else backend().clock.now() + timedelta(seconds=seconds)
    db.add(
        RegistryGrant(
            secret_digest=fingerprint(secret),
            kind=kind,
            repository=repository,
            actions=actions,
            valid_until=until,
        )
    )
