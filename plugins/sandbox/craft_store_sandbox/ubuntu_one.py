"""Root macaroons for Ubuntu One and the discharges that complete them.

The gateway side makes roots (Publisher Gateway reference, section 3.10) and verifies the pair that
comes back (3.12); the single sign-on side makes and renews discharges (3.11).
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError
from nacl.public import SealedBox
from pymacaroons import Macaroon, Verifier

from .backend import Backend, backend
from .errors import DischargeRequired, StoreError
from .tables import Account, RootMacaroon
from .timestamps import caveat_moment, parse_caveat_moment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

DISCHARGE_LIFETIME = timedelta(hours=24)
_LOCATION = "api.snapcraft.io"
_PAIR = re.compile(r"\s*(root|discharge)\s*=\s*([A-Za-z0-9_=-]+)\s*")


def issue_root(store: Backend, db: Session, record: RootMacaroon) -> str:
    """Complete a root macaroon's record and make the macaroon.

    Args:
        store: the store that issues it.
        db: the transaction; the record is added to it.
        record: kind, limits and validity are filled in; the keys are made here.

    Returns:
        A version 1 binary macaroon, base64url without padding.
    """
    record.identifier = str(uuid.uuid4())
    record.root_key = secrets.token_bytes(32)
    record.caveat_key = secrets.token_bytes(24)
    record.caveat_id = _seal(store, record.caveat_key)
    root = Macaroon(location=_LOCATION, identifier=record.identifier, key=record.root_key)
    root.add_first_party_caveat(f"time-before {caveat_moment(record.valid_until)}")
    root.add_first_party_caveat(f"time-since {caveat_moment(record.valid_since)}")
    root.add_first_party_caveat(f"session-id {record.session_id}")
    root.add_third_party_caveat(store.urls.sso_host, record.caveat_key, record.caveat_id)
    db.add(record)
    return _serialize(root)


def discharge(caveat_id: str, account: Account, authenticated: datetime) -> str:
    """Discharge a caveat for an account that has just proved who it is.

    Args:
        caveat_id: as the root macaroon gives it.
        account: who logged in.
        authenticated: when the password was last given.

    Returns:
        An unbound version 1 binary macaroon, base64url without padding.

    Raises:
        ValueError: the caveat is not addressed to this service.
    """
    host = backend().urls.sso_host
    now = backend().clock.now()
    facts = {
        "openid": account.id,
        "email": account.email,
        "username": account.username,
        "displayname": account.display_name,
        "is_verified": True,
    }
    encoded = base64.b64encode(json.dumps(facts).encode()).decode()
    macaroon = Macaroon(location=host, identifier=caveat_id, key=_unseal(caveat_id))
    macaroon.add_first_party_caveat(f"{host}|account|{encoded}")
    macaroon.add_first_party_caveat(f"{host}|valid_since|{caveat_moment(now)}")
    macaroon.add_first_party_caveat(f"{host}|last_auth|{caveat_moment(authenticated)}")
    macaroon.add_first_party_caveat(f"{host}|expires|{caveat_moment(now + DISCHARGE_LIFETIME)}")
    return _serialize(macaroon)


def read_discharge(text: str) -> tuple[str, str, datetime]:
    """Read back an unbound discharge that this service made (section 3.11.2).

    Returns:
        Its caveat id, the account id it names, and when the password was last given.

    Raises:
        ValueError: it is damaged, bound, or from somebody else.
    """
    macaroon = _deserialize(text)
    caveat_id = str(macaroon.identifier)
    _verify(macaroon, _unseal(caveat_id), [])
    facts = _facts(macaroon)
    return caveat_id, _account_id(facts), parse_caveat_moment(facts["last_auth"])


def verify_header(db: Session, value: str, *, kind: str) -> tuple[RootMacaroon, Account]:
    """Verify ``root=..., discharge=...`` (section 3.2).

    Args:
        db: the transaction.
        value: the header without its scheme.
        kind: which kind of root the endpoint takes.

    Returns:
        The root's record and the account that the discharge names.

    Raises:
        StoreError: 401, its body chosen by cause (section 3.16).
    """
    try:
        pairs = dict(_read_pair(item) for item in value.split(","))
        root, bound = _deserialize(pairs["root"]), _deserialize(pairs["discharge"])
        record = db.get(RootMacaroon, str(root.identifier))
        if record is None or record.kind != kind:
            raise ValueError("The root macaroon was not issued by this store")
        _verify(root, record.root_key, [bound])
        _check_root_conditions(root, record)
        facts = _facts(bound)
        account = db.get(Account, _account_id(facts))
    except (ValueError, KeyError) as error:
        raise StoreError(401, "macaroon-authorization-required", str(error)) from error
    if account is None or account.suspended or account.deactivated:
        raise StoreError(401, "macaroon-authorization-required", "The account cannot log in")
    now = backend().clock.now()
    if record.valid_until <= now:
        raise DischargeRequired
    if parse_caveat_moment(facts["expires"]) <= now:
        raise needs_refresh()
    return record, account


def needs_refresh() -> StoreError:
    """401 that asks for a new discharge (section 3.16)."""
    return StoreError(
        401,
        "macaroon-needs-refresh",
        "Expired macaroon (age: too old)",
        headers={"WWW-Authenticate": "Macaroon needs_refresh=1"},
    )


def _read_pair(item: str) -> tuple[str, str]:
    match = _PAIR.fullmatch(item)
    if match is None:
        raise ValueError("Malformed authorization: expected root=..., discharge=...")
    return match[1], match[2]


def _check_root_conditions(root: Macaroon, record: RootMacaroon) -> None:
    expected = {
        f"time-before {caveat_moment(record.valid_until)}",
        f"time-since {caveat_moment(record.valid_since)}",
        f"session-id {record.session_id}",
    }
    for caveat in root.first_party_caveats():
        if caveat.caveat_id not in expected:
            raise ValueError(f"The root macaroon has an unknown caveat: {caveat.caveat_id}")


def _facts(macaroon: Macaroon) -> dict[str, str]:
    """The first-party caveats of a discharge; a repeated one may not say something else."""
    prefix = f"{backend().urls.sso_host}|"
    facts: dict[str, str] = {}
    for caveat in macaroon.first_party_caveats():
        host, _, rest = str(caveat.caveat_id).partition("|")
        key, _, value = rest.partition("|")
        if f"{host}|" != prefix or facts.setdefault(key, value) != value:
            raise ValueError(f"The discharge has an unknown caveat: {caveat.caveat_id}")
    return facts


def _account_id(facts: dict[str, str]) -> str:
    return str(json.loads(base64.b64decode(facts["account"]))["openid"])


def _verify(macaroon: Macaroon, key: bytes, discharges: list[Macaroon]) -> None:
    verifier = Verifier()
    # The conditions are checked one by one where it matters whose macaroon says them.
    verifier.satisfy_general(lambda condition: True)
    try:
        verifier.verify(macaroon, key, discharges)
    except Exception as error:  # pymacaroons lets many kinds escape on damaged input
        raise ValueError("The macaroon's signature does not hold") from error


def _serialize(macaroon: Macaroon) -> str:
    return str(macaroon.serialize()).rstrip("=")


def _deserialize(text: str) -> Macaroon:
    try:
        macaroon = Macaroon.deserialize(text)
        str(macaroon.identifier)
    except Exception as error:  # pymacaroons lets many kinds escape on damaged input
        raise ValueError("The macaroon cannot be decoded") from error
    return macaroon


def _seal(store: Backend, key: bytes) -> str:
    box = SealedBox(store.keys.sso.public_key)
    return json.dumps({"version": 1, "secret": base64.b64encode(box.encrypt(key)).decode()})


def _unseal(caveat_id: str) -> bytes:
    try:
        secret = base64.b64decode(json.loads(caveat_id)["secret"], validate=True)
        return SealedBox(backend().keys.sso).decrypt(secret)
    except (ValueError, TypeError, KeyError, CryptoError) as error:
        raise ValueError("The caveat is not addressed to this service") from error
