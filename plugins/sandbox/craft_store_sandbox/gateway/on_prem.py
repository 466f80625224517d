"""Tokens of a store on premises (Snap Store reference, sections 15.2 and 15.3)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from craft_store_sandbox.gateway.tokens import whoami
from craft_store_sandbox.identity.authorization import Limits, issue_token
from craft_store_sandbox.identity.ubuntu_one import deserialize, verify
from craft_store_sandbox.serving.errors import StoreError
from craft_store_sandbox.serving.schemas import SOME_TEXT, json_body, shape
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.tables import OFFLINE, Account, RootMacaroon

blueprint = Blueprint("on-prem", __name__)
blueprint.get("/v1/tokens/whoami")(whoami)


@blueprint.post("/v1/tokens/offline/exchange")
def exchange_offline() -> Response:
    """T10: an admin macaroon for a token that may do everything its account may."""
    text = json_body(shape({"macaroon": SOME_TEXT}, ("macaroon",)))["macaroon"]
    now = backend().clock.now()
    with backend().database.transaction() as db:
        try:
            macaroon = deserialize(text)
            record = db.get(RootMacaroon, str(macaroon.identifier))
            if record is None or record.kind != OFFLINE or macaroon.caveats:
                raise ValueError("The admin macaroon was not issued by this store")
            verify(macaroon, record.root_key, [])
        except ValueError as error:
            raise StoreError(401, "macaroon-authorization-required", str(error)) from error
        if record.revoked or record.valid_until <= now:
            raise StoreError(
                401, "macaroon-permission-required", "The admin macaroon is expired or was revoked"
            )
        return jsonify(
            macaroon=issue_token(
                db,
                db.get_one(Account, record.account_id),
                Limits(),
                session_id=record.session_id,
                description=record.description,
                now=now,
                valid_until=record.valid_until,
            )
        )
