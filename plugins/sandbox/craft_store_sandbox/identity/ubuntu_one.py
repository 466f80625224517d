"""Root macaroons for Ubuntu One and the discharges that complete them.

The gateway side makes roots (Publisher Gateway reference, section 3.10) and verifies the pair that
comes back (section 3.12); the single sign-on side makes and renews discharges (section 3.11). The
dashboard has roots of another form (`dashboard.macaroons`) and shares what reads, verifies and
renews.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError
from nacl.public import SealedBox
from pymacaroons import Macaroon, Verifier

from craft_store_sandbox.serving.errors import DischargeRequiredError, StoreError
from craft_store_sandbox.state.backend import Backend, backend
from craft_store_sandbox.state.clock import caveat_moment, parse_caveat_moment, zoneless
from craft_store_sandbox.state.tables import Account, RootMacaroon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

_LOCATION = "api.snapcraft.io"
_PAIR = re.compile(r"""\s*(root|discharge)\s*=\s*("?)([A-Za-z0-9_=+/-]+)\2\s*""", re.IGNORECASE)


@dataclass(frozen=True)
class HeaderPair:
    """The macaroons of an ``Authorization`` header, decoded and not yet verified.

    Attributes:
        root: The root macaroon.
        discharge: The bound discharge; None for a root that needs none.
    """

    root: Macaroon
    discharge: Macaroon | None

    @property
    def identifier(self) -> str:
        """The identifier of the root."""
        return str(self.root.identifier)

    @property
    def discharges(self) -> list[Macaroon]:
        """The discharge as a list, empty without one."""
        return [] if self.discharge is None else [self.discharge]


def issue_root(store: Backend, db: Session, record: RootMacaroon) -> str:
    """Complete a root macaroon's record and make the macaroon.

    Args:
        store: The store that issues it.
        db: The transaction; the record is added to it.
        record: Kind, limits and validity are filled in; the keys are made here.

    Returns:
        A version 1 binary macaroon, base64url without padding.
    """
    record.identifier = str(uuid.uuid4())
    record.root_key = secrets.token_bytes(32)
    root = Macaroon(location=_LOCATION, identifier=record.identifier, key=record.root_key)
    root.add_first_party_caveat(f"time-before {caveat_moment(record.valid_until)}")
    root.add_first_party_caveat(f"time-since {caveat_moment(record.valid_since)}")
    root.add_first_party_caveat(f"session-id {record.session_id}")
    ask_single_sign_on(store, root)
    db.add(record)
    return serialize(root)


def ask_single_sign_on(store: Backend, root: Macaroon) -> None:
    """Add the caveat that single sign-on discharges."""
    key = secrets.token_bytes(24)
    root.add_third_party_caveat(store.urls.sso_host, key, _seal(store, key))


def discharge(
    store: Backend, caveat_id: str, account: Account, authenticated: datetime | None = None
) -> str:
    """Discharge a caveat for an account that has just proved who it is.

    Args:
        store: The store whose single sign-on it is.
        caveat_id: As the root macaroon gives it.
        account: Who logged in.
        authenticated: When the password was last given; None is now.

    Returns:
        An unbound version 1 binary macaroon, base64url without padding.

    Raises:
        ValueError: The caveat is not addressed to this service.
    """
    host = store.urls.sso_host
    now = store.clock.now()
    facts = {
        "openid": account.id,
        "email": account.email,
        "username": account.username,
        "displayname": account.display_name,
        "is_verified": True,
    }
    encoded = base64.b64encode(json.dumps(facts).encode()).decode()
    macaroon = Macaroon(location=host, identifier=caveat_id, key=_unseal(store, caveat_id))
    macaroon.add_first_party_caveat(f"{host}|account|{encoded}")
    macaroon.add_first_party_caveat(f"{host}|valid_since|{zoneless(now)}")
    macaroon.add_first_party_caveat(f"{host}|last_auth|{zoneless(authenticated or now)}")
    expires = now + timedelta(seconds=store.snaps.discharge_seconds)
    macaroon.add_first_party_caveat(f"{host}|expires|{zoneless(expires)}")
    return serialize(macaroon)


def read_discharge(text: str) -> tuple[str, str, datetime]:
    """Read back an unbound discharge that this service made (section 3.11.2).

    Returns:
        Its caveat id, the account id it names, and when the password was last given.

    Raises:
        ValueError: It is damaged, bound, or from somebody else.
    """
    macaroon = deserialize(text)
    caveat_id = str(macaroon.identifier)
    verify(macaroon, _unseal(backend(), caveat_id), [])
    facts = discharge_facts(macaroon)
    return caveat_id, account_id_of(facts), parse_caveat_moment(facts["last_auth"])


def read_header(value: str) -> HeaderPair:
    """Decode ``root=..., discharge=...``, quoted or not.

    The discharge must be the one that the root asks for: nobody verifies another one, and what it
    says would be worth nothing.

    Args:
        value: The header without its scheme.

    Raises:
        ValueError: It has another form, or a macaroon in it cannot be decoded.
    """
    roots: list[Macaroon] = []
    discharges: list[Macaroon] = []
    for item in value.split(","):
        match = _PAIR.fullmatch(item)
        if match is None:
            raise ValueError("Malformed authorization: expected root=..., discharge=...")
        (roots if match[1].lower() == "root" else discharges).append(deserialize(match[3]))
    if len(roots) != 1:
        raise ValueError("Malformed authorization: expected exactly one root")
    wanted = [str(caveat.caveat_id) for caveat in roots[0].third_party_caveats()]
    if wanted != [str(macaroon.identifier) for macaroon in discharges] or len(wanted) > 1:
        raise ValueError("Malformed authorization: the discharge is not the one of this root")
    return HeaderPair(roots[0], discharges[0] if discharges else None)


def verify_pair(db: Session, pair: HeaderPair, *, kind: str) -> tuple[RootMacaroon, Account]:
    """Verify a root of the gateway and its discharge (section 3.2).

    Args:
        db: The transaction.
        pair: What the header holds.
        kind: Which kind of root the endpoint takes.

    Returns:
        The root's record and the account that the discharge names.

    Raises:
        StoreError: 401, its body chosen by cause (section 3.16).
    """
    try:
        record = db.get(RootMacaroon, pair.identifier)
        if record is None or record.kind != kind or pair.discharge is None:
            raise ValueError("The root macaroon was not issued by this store")
        verify(pair.root, record.root_key, pair.discharges)
        _check_root_conditions(pair.root, record)
        facts = discharge_facts(pair.discharge)
        account = db.get(Account, account_id_of(facts))
    except (ValueError, KeyError) as error:
        raise StoreError(401, "macaroon-authorization-required", str(error)) from error
    if account is None or account.suspended or account.deactivated:
        raise StoreError(401, "macaroon-authorization-required", "The account cannot log in")
    now = backend().clock.now()
    if record.valid_until <= now:
        raise DischargeRequiredError
    if parse_caveat_moment(facts["expires"]) <= now:
        raise needs_refresh()
    return record, account


def needs_refresh() -> StoreError:
    """Return 401 that asks for a new discharge (section 3.16)."""
    return StoreError(
        401,
        "macaroon-needs-refresh",
        "Expired macaroon (age: too old)",
        headers={"WWW-Authenticate": "Macaroon needs_refresh=1"},
    )


def _check_root_conditions(root: Macaroon, record: RootMacaroon) -> None:
    expected = {
        f"time-before {caveat_moment(record.valid_until)}",
        f"time-since {caveat_moment(record.valid_since)}",
        f"session-id {record.session_id}",
    }
    for caveat in root.first_party_caveats():
        if caveat.caveat_id not in expected:
            raise ValueError(f"The root macaroon has an unknown caveat: {caveat.caveat_id}")


def discharge_facts(macaroon: Macaroon) -> dict[str, str]:
    """Return the first-party caveats of a discharge; a repeated one may not say something else.

    Raises:
        ValueError: It has a caveat that is not single sign-on's, or two that differ.
    """
    prefix = f"{backend().urls.sso_host}|"
    facts: dict[str, str] = {}
    for caveat in macaroon.first_party_caveats():
        host, _, rest = str(caveat.caveat_id).partition("|")
        key, _, value = rest.partition("|")
        if f"{host}|" != prefix or facts.setdefault(key, value) != value:
            raise ValueError(f"The discharge has an unknown caveat: {caveat.caveat_id}")
    return facts


def account_id_of(facts: dict[str, str]) -> str:
    """Return the id of the account that a discharge names.

    Raises:
        KeyError: It names none.
        ValueError: What it names cannot be decoded.
    """
    return str(json.loads(base64.b64decode(facts["account"]))["openid"])


def verify(macaroon: Macaroon, key: bytes, discharges: Sequence[Macaroon]) -> None:
    """Check signatures alone; what the caveats say is for the caller to check.

    Raises:
        ValueError: A signature does not hold, or a discharge is missing or not bound.
    """
    verifier = Verifier()
    # The conditions are checked one by one where it matters whose macaroon says them.
    verifier.satisfy_general(lambda condition: True)
    try:
        verifier.verify(macaroon, key, list(discharges))
    except Exception as error:  # pymacaroons lets many kinds escape on damaged input
        raise ValueError("The macaroon's signature does not hold") from error


def serialize(macaroon: Macaroon) -> str:
    """Version 1 binary, base64url without padding."""
    return str(macaroon.serialize()).rstrip("=")


def deserialize(text: str) -> Macaroon:
    """Decode a macaroon, in either base64 alphabet, padded or not.

    Raises:
        ValueError: The text is none.
    """
    try:
        macaroon = Macaroon.deserialize(text.replace("+", "-").replace("/", "_"))
        str(macaroon.identifier)
    except Exception as error:  # pymacaroons lets many kinds escape on damaged input
        raise ValueError("The macaroon cannot be decoded") from error
    return macaroon


def _seal(store: Backend, key: bytes) -> str:
    box = SealedBox(store.keys.sso.public_key)
    return json.dumps({"version": 1, "secret": base64.b64encode(box.encrypt(key)).decode()})


def _unseal(store: Backend, caveat_id: str) -> bytes:
    try:
        secret = base64.b64decode(json.loads(caveat_id)["secret"], validate=True)
        return SealedBox(store.keys.sso).decrypt(secret)
    except (ValueError, TypeError, KeyError, CryptoError) as error:
        raise ValueError("The caveat is not addressed to this service") from error
