"""Root macaroons for the identity service, and the discharged sets that come back.

Publisher Gateway reference, sections 3.6, 3.7 and 4.
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from macaroonbakery import bakery, checkers
from pymacaroons import Macaroon, Verifier
from pymacaroons.serializers import JsonSerializer
from sqlalchemy import select

from craft_store_sandbox.serving.errors import DischargeRequiredError, StoreError, bad_request
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import caveat_moment, parse_caveat_moment
from craft_store_sandbox.state.tables import Account, RootMacaroon

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

DISCHARGE_LIFETIME = timedelta(hours=1)
_LOCATION = "api.snapcraft.io"
_END = 0
_SIGNATURE = 6
_CONDITION = "is-authenticated-user"


def issue_root(db: Session, record: RootMacaroon) -> str:
    """Complete a root macaroon's record and make the macaroon.

    Args:
        db: The transaction; the record is added to it.
        record: Kind, limits and validity are filled in; the keys are made here.

    Returns:
        A version 2 macaroon as JSON text.
    """
    identifier = b"\x03" + secrets.token_bytes(16)
    record.identifier = base64.urlsafe_b64encode(identifier).decode()
    record.root_key = secrets.token_bytes(24)
    root = bakery.Macaroon(
        root_key=record.root_key,
        id=identifier,
        location=_LOCATION,
        version=bakery.VERSION_2,
        namespace=bakery.legacy_namespace(),
    )
    for condition in sorted(_conditions(record), reverse=True):
        root.macaroon.add_first_party_caveat(condition)
    location = f"{backend().urls.candid}/"
    keys = backend().keys
    locator = bakery.ThirdPartyStore()
    locator.add_info(location, bakery.ThirdPartyInfo(bakery.VERSION_2, keys.candid.public_key))
    caveat = checkers.Caveat(location=location, condition=_CONDITION)
    root.add_caveat(caveat, keys.gateway, locator)
    db.add(record)
    return str(root.serialize_json())


def verify_header(db: Session, value: str, *, kind: str = "candid") -> tuple[RootMacaroon, Account]:
    """Verify the ``Macaroons`` header: base64 of a JSON array, root first (section 3.7).

    Args:
        db: The transaction.
        value: The header.
        kind: Which kind of root the endpoint takes.

    Returns:
        The root's record and the account that the discharge declares.

    Raises:
        StoreError: 400 for a malformed header, 401 for a set that does not hold.
    """
    macaroons = _read_set(value)
    root, discharges = macaroons[0], macaroons[1:]
    record = db.get(RootMacaroon, base64.urlsafe_b64encode(root.identifier_bytes).decode())
    if record is None or record.kind != kind:
        raise _refused("The root macaroon was not issued by this store")
    verifier = Verifier()
    # The conditions are checked below, where it matters whose macaroon says them.
    verifier.satisfy_general(lambda condition: True)
    try:
        verifier.verify(root, record.root_key, discharges)
    except Exception as error:  # pymacaroons lets many kinds escape on damaged input
        raise _refused("The macaroon's signature does not hold") from error
    _check_root_conditions(root, record)
    return record, _account(db, _declared(discharges))


def _check_root_conditions(root: Macaroon, record: RootMacaroon) -> None:
    for condition in _conditions_of(root):
        if condition not in _conditions(record):
            raise _refused(f"The root macaroon has an unknown caveat: {condition}")
    if record.valid_until <= backend().clock.now():
        raise DischargeRequiredError


def _declared(discharges: list[Macaroon]) -> set[str]:
    """Return what the discharges declare; each must still be good and say nothing unknown."""
    declared: set[str] = set()
    for macaroon in discharges:
        for condition in _conditions_of(macaroon):
            word, _, rest = condition.partition(" ")
            if word == "declared":
                declared.add(rest)
            elif word != "time-before":
                raise _refused(f"A discharge has an unknown caveat: {condition}")
            elif _is_over(rest):
                raise _refused("Exchange window expired")
    return declared


def _is_over(moment: str) -> bool:
    try:
        return parse_caveat_moment(moment) <= backend().clock.now()
    except ValueError:
        # Anybody may append a caveat; one that cannot be read is never met.
        return True


def _account(db: Session, declared: set[str]) -> Account:
    """Return the one account that the discharges declare; two that differ hold nobody."""
    names = {item.partition(" ")[2] for item in declared if item.startswith("username ")}
    account = None
    if len(declared) == 1 and len(names) == 1:
        account = db.scalar(select(Account).where(Account.username == names.pop()))
    if account is None or account.suspended or account.deactivated:
        raise _refused("The discharge does not name an account of this store")
    return account


def _conditions_of(macaroon: Macaroon) -> list[str]:
    # Version 2 macaroons give bytes here and version 1 text, so only the bytes are dependable.
    return [
        caveat.caveat_id_bytes.decode("utf-8", "replace")
        for caveat in macaroon.first_party_caveats()
    ]


def _conditions(record: RootMacaroon) -> set[str]:
    conditions = {
        f"time-before {caveat_moment(record.valid_until)}",
        f"session-id {record.session_id}",
    }
    if record.kind == "candid":
        return {*conditions, f"time-since {caveat_moment(record.valid_since)}"}
    limits = {
        "acl": record.permissions,
        "channel": record.channels,
        "package_id": record.packages and [item["snap_id"] for item in record.packages],
        "store_ids": None,
    }
    return {*conditions, f"extra {json.dumps(limits, sort_keys=True)}"}


def _read_set(value: str) -> list[Macaroon]:
    try:
        items: Any = json.loads(bakery.b64decode(value))
        if not isinstance(items, list) or not items:
            raise ValueError("not a list of macaroons")
        macaroons = [Macaroon.deserialize(json.dumps(item), JsonSerializer()) for item in items]
        for macaroon in macaroons:
            bytes(macaroon.identifier_bytes)
    except Exception as error:  # pymacaroons lets many kinds escape on damaged input
        raise bad_request("Malformed Macaroons header") from error
    return macaroons


def _refused(message: str) -> StoreError:
    return StoreError(401, "macaroon-authorization-required", message)


def split_set(data: bytes) -> list[Macaroon]:
    """Read binary macaroons of version 2, one after the other.

    Source: Publisher Gateway reference, sections 4.6 and 4.10.

    Args:
        data: Raw bytes, not base64.

    Returns:
        At least one macaroon.

    Raises:
        ValueError: The bytes are damaged.
    """
    macaroons: list[Macaroon] = []
    position = 0
    while position < len(data) or not macaroons:
        end = _end_of_macaroon(data, position)
        encoded = base64.urlsafe_b64encode(data[position:end]).decode()
        macaroons.append(Macaroon.deserialize(encoded))
        position = end
    return macaroons


def _end_of_macaroon(data: bytes, start: int) -> int:
    if data[start : start + 1] != b"\x02":
        raise ValueError("Not a version 2 macaroon")
    position = start + 1
    while True:
        kind, position = _uvarint(data, position)
        if kind == _END:
            continue
        length, position = _uvarint(data, position)
        position += length
        if position > len(data):
            raise ValueError("The macaroon is cut short")
        if kind == _SIGNATURE:
            return position


def _uvarint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data) or shift > 28:
            raise ValueError("The macaroon is cut short")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
