"""The identity service: discharges by browser and by agent (Publisher Gateway reference, 4)."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from macaroonbakery import bakery, checkers
from pymacaroons import Verifier

from craft_store_sandbox.identity.candid_macaroons import DISCHARGE_LIFETIME, split_set
from craft_store_sandbox.identity.sso import check_standing, login
from craft_store_sandbox.serving.errors import IdentityError, SingleSignOnError
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import caveat_moment
from craft_store_sandbox.state.tables import Account, Agent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_sandbox.state.logins import PendingLogin

blueprint = Blueprint("candid", __name__, url_prefix="/identity")

_CONDITIONS = ("is-authenticated-user", "is-authenticated-userid")
_AGENT = "agent"


@blueprint.get("/discharge/info")
def discharge_info() -> Response:
    """C2: return the service's public key and protocol version."""
    return jsonify(PublicKey=str(backend().keys.candid.public_key), Version=bakery.VERSION_3)


@blueprint.get("/publickey")
def public_key() -> Response:
    """C2: return the public key alone, for old clients."""
    return jsonify(PublicKey=str(backend().keys.candid.public_key))


@blueprint.post("/discharge")
def discharge() -> Response:
    """C1: return a discharge for a token, or how to get a token."""
    caveat_id = _binary("id")
    if caveat_id is None:
        raise _bad_request("The field id or id64 is required")
    caveat = _binary("caveat")
    token = _binary("token")
    if token is None:
        _condition(caveat or caveat_id)
        raise _interaction_required(backend().logins.begin(caveat_id, caveat))
    if request.form.get("token-kind") == _AGENT:
        account_id = _verify_agent(token)
    else:
        account_id = backend().logins.redeem_token(token)
    if account_id is None:
        raise IdentityError(401, "unauthorized", "The discharge token is not valid")
    return jsonify(Macaroon=_discharge(caveat_id, caveat, account_id))


@blueprint.get("/login")
@blueprint.get("/login-legacy")
def login_page() -> Response:
    """C3: return the page that asks for e-mail and password."""
    pending = _pending()
    if request.path.endswith("-legacy") and request.accept_mimetypes.best == "application/json":
        return jsonify(interactive=f"{backend().urls.candid}/login?did={pending.did}")
    return _page()


@blueprint.post("/login")
@blueprint.post("/login-legacy")
def log_in() -> Response:
    """C3: log in with what the page sends."""
    pending = _pending()
    form = request.form
    try:
        with backend().database.transaction() as db:
            account = login(db, form.get("email", ""), form.get("password", ""), form.get("otp"))
    except SingleSignOnError as error:
        second_factor = error.code in ("TWOFACTOR_REQUIRED", "TWOFACTOR_FAILURE")
        return _page(
            error.status,
            message=error.message,
            email=form.get("email", ""),
            second_factor=second_factor,
        )
    backend().logins.finish(pending, account.id)
    return _page(done=True)


@blueprint.get("/wait-token")
def wait_token() -> Response:
    """C3: block until somebody logged in, then give a discharge token."""
    token = backend().logins.new_token(_waited(_pending()))
    # A text token would crash the Python client (section 4.5).
    return jsonify(kind="macaroon", token64=base64.b64encode(token).decode())


@blueprint.get("/wait-legacy")
def wait_legacy() -> Response:
    """C3: block until somebody logged in, then give the discharge itself."""
    pending = _pending()
    account_id = _waited(pending)
    return jsonify(Macaroon=_discharge(pending.caveat_id, pending.caveat, account_id))


@blueprint.get("/login/agent")
def agent_login() -> Response:
    """C3: return a macaroon that only the holder of the agent's private key can discharge."""
    _pending()
    username = request.args.get("username", "")
    key = request.args.get("public-key", "")
    with backend().database.snapshot() as db:
        agent = db.get(Agent, username)
        if agent is None or agent.public_key != key:
            raise IdentityError(403, "forbidden", "No agent of that name has that key")
        account_id = agent.account_id
    identifier, root_key = secrets.token_bytes(16), secrets.token_bytes(24)
    macaroon = bakery.Macaroon(
        root_key=root_key,
        id=identifier,
        location=backend().urls.candid,
        version=bakery.VERSION_2,
        namespace=bakery.legacy_namespace(),
    )
    local = bakery.local_third_party_caveat(bakery.PublicKey.deserialize(key), bakery.VERSION_2)
    macaroon.add_caveat(local, backend().keys.candid, None)
    backend().logins.remember_agent(identifier, root_key, account_id)
    return jsonify(macaroon=macaroon.to_dict())


class _Checker(bakery.ThirdPartyCaveatChecker):  # type: ignore[misc]  # the library is untyped
    """Says for an account that has logged in what the gateway asks."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def check_third_party_caveat(self, ctx: Any, info: Any) -> Sequence[Any]:
        """Return what the discharge declares."""
        _check_condition(info.condition)
        expires = backend().clock.now() + DISCHARGE_LIFETIME
        return [
            checkers.Caveat(f"declared username {self._account.username}"),
            checkers.Caveat(f"time-before {caveat_moment(expires)}"),
        ]


def _discharge(caveat_id: bytes, caveat: bytes | None, account_id: str) -> dict[str, Any]:
    with backend().database.snapshot() as db:
        account = db.get_one(Account, account_id)
    if account.username is None:
        raise IdentityError(403, "forbidden", "The account has no username")
    try:
        check_standing(account)
    except SingleSignOnError as error:
        raise IdentityError(403, "forbidden", error.message) from error
    _condition(caveat or caveat_id)
    macaroon = bakery.discharge(
        checkers.AuthContext(),
        caveat_id,
        caveat,
        backend().keys.candid,
        _Checker(account),
        bakery.ThirdPartyStore(),
    )
    view: dict[str, Any] = macaroon.to_dict()
    return view


def _condition(caveat: bytes) -> str:
    """Open the box of a caveat and check what it asks."""
    try:
        info = bakery.decode_caveat(backend().keys.candid, caveat)
    except Exception as error:  # the library lets many kinds escape on damaged input
        raise _bad_request("The caveat is not addressed to this service") from error
    condition = str(info.condition)
    _check_condition(condition)
    return condition


def _check_condition(condition: str) -> None:
    words = condition.removeprefix("<").split(" ")
    if words[0] == checkers.COND_NEED_DECLARED:
        words = words[2:]
    if not words or words[0] not in _CONDITIONS:
        raise _bad_request(f"The condition is not supported: {condition[:200]}")


def _verify_agent(token: bytes) -> str | None:
    """Return the account of an agent that discharged its macaroon with its private key."""
    try:
        macaroons = split_set(token)
        found = backend().logins.redeem_agent(macaroons[0].identifier_bytes)
        if found is None:
            return None
        root_key, account_id = found
        Verifier().verify(macaroons[0], root_key, macaroons[1:])
    except Exception as error:  # pymacaroons lets many kinds escape on damaged input
        raise IdentityError(401, "unauthorized", "The agent's token is not valid") from error
    return account_id


def _interaction_required(pending: PendingLogin) -> IdentityError:
    base, did = backend().urls.candid, pending.did
    return IdentityError(
        401 if request.headers.get("Bakery-Protocol-Version", "0") != "0" else 407,
        "interaction required",
        "macaroon discharge required: authentication required",
        extra={
            "VisitURL": f"{base}/login-legacy?did={did}",
            "WaitURL": f"{base}/wait-legacy?did={did}",
            "InteractionMethods": {
                "browser-window": {
                    "VisitURL": f"{base}/login?did={did}",
                    "WaitTokenURL": f"{base}/wait-token?did={did}",
                },
                _AGENT: {"login-url": f"{base}/login/agent?did={did}"},
            },
        },
    )


def _pending() -> PendingLogin:
    pending = backend().logins.find(request.args.get("did", ""))
    if pending is None:
        raise IdentityError(404, "not found", "There is no such login, or it is over")
    return pending


def _waited(pending: PendingLogin) -> str:
    account_id = backend().logins.wait(pending)
    if account_id is None:
        # Clients retry a 5xx, which would only begin the wait again.
        raise IdentityError(408, "timed out", "The login timed out")
    return account_id


def _page(status: int = 200, **values: Any) -> Response:
    response = make_response(render_template("login.html", **values), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _binary(name: str) -> bytes | None:
    """Return a form field as text or, under NAME64, in either base64 alphabet."""
    text, encoded = request.form.get(name), request.form.get(f"{name}64")
    if encoded is not None:
        try:
            return bytes(bakery.b64decode(encoded))
        except ValueError as error:
            raise _bad_request(f"The field {name}64 is not base64") from error
    return None if text is None else text.encode()


def _bad_request(message: str) -> IdentityError:
    return IdentityError(400, "bad request", message)
