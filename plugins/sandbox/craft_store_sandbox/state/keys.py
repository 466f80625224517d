"""Key pairs, identifiers and secrets.

The key pairs are kept in the state folder: a restart honours old macaroons.

Source: Publisher Gateway reference, sections 3.11.1 and 4.8.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from macaroonbakery import bakery
from nacl.public import PrivateKey

from craft_store_sandbox.state.tables import Setting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, repr=False)
class Keys:
    """Curve25519 key pairs.

    Attributes:
        gateway: The gateway's, with which it addresses caveats to the identity service.
        candid: The identity service's (section 4.8).
        sso: Single sign-on's; stands for the RSA pair of the real one (section 3.11.1).
    """

    gateway: bakery.PrivateKey
    candid: bakery.PrivateKey
    sso: PrivateKey

    @classmethod
    def load(cls, db: Session) -> Keys:
        """Read the key pairs of a state folder, or make them."""
        return cls(
            gateway=_bakery_key(_secret(db, "gateway-key")),
            candid=_bakery_key(_secret(db, "candid-key")),
            sso=PrivateKey(_secret(db, "sso-key")),
        )


def _bakery_key(secret: bytes) -> bakery.PrivateKey:
    return bakery.PrivateKey.deserialize(base64.b64encode(secret).decode())


def _secret(db: Session, name: str) -> bytes:
    setting = db.get(Setting, name)
    if setting is None:
        setting = Setting(name=name, value=bytes(PrivateKey.generate()))
        db.add(setting)
    return setting.value


def new_id() -> str:
    """Return 32 mixed-case alphanumeric characters: accounts and packages."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(32))


def new_token() -> str:
    """Return an exchanged token: opaque, header-safe, and never a JSON scalar (section 3.2)."""
    return f"sandbox-{secrets.token_urlsafe(48)}"


def fingerprint(secret: str) -> str:
    """Return what is kept of a secret to know it again."""
    return hashlib.sha256(secret.encode()).hexdigest()
