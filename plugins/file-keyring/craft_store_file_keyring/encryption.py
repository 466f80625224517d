"""The encrypted form of a credential file: scrypt and AES-256-GCM under a versioned header.

::

    {
      "format": "craft-store-encrypted-credentials",
      "version": 1,
      "kdf": {"name": "scrypt", "n": 131072, "r": 8, "p": 1, "salt": base64},
      "check": base64,
      "cipher": {"name": "aes-256-gcm", "nonce": base64},
      "sealed": base64
    }

scrypt gives 48 bytes: the key, and a check that tells a wrong passphrase from a damaged file. All
but ``sealed`` is authenticated with it. What a header asks for is bounded before anything is
derived, so that a forged file cannot take the machine's memory.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from craft_store_file_keyring.document import DamagedDocumentError

FORMAT = "craft-store-encrypted-credentials"
VERSION = 1

_KEY_BYTES = 32
_CHECK_BYTES = 16
_SALT_BYTES = 16
_NONCE_BYTES = 12
_MAX_MEMORY = 256 * 1024 * 1024


class PassphraseMismatchError(Exception):
    """The passphrase does not fit the header."""


@dataclass(frozen=True)
class ScryptParameters:
    """How much work a key costs: ``128 * n * r`` bytes of memory, ``p`` times.

    Raises:
        DamagedDocumentError: It is no work at all, or more than this program does for a file.
    """

    n: int = 2**17
    r: int = 8
    p: int = 1

    def __post_init__(self) -> None:
        numbers = (self.n, self.r, self.p)
        if any(type(number) is not int or number < 1 for number in numbers):
            raise DamagedDocumentError(
                "The scrypt parameters in its header are not positive numbers."
            )
        if self.n < 2 or self.n & (self.n - 1):
            raise DamagedDocumentError(
                "The scrypt parameter n in its header is not a power of two."
            )
        if 128 * self.n * self.r > _MAX_MEMORY or self.p > 4:
            raise DamagedDocumentError("The scrypt parameters in its header are out of bounds.")


@dataclass(frozen=True)
class Key:
    """A derived key, with what is needed to derive it again. Its repr shows no secret."""

    parameters: ScryptParameters
    salt: bytes
    secret: bytes = field(repr=False)
    check: bytes = field(repr=False)

    @classmethod
    def derive(
        cls,
        passphrase: str,
        *,
        parameters: ScryptParameters | None = None,
        salt: bytes | None = None,
    ) -> Key:
        """Derive a key; takes a fraction of a second and much memory on purpose.

        Args:
            passphrase: What the person chose.
            parameters: The cost.
            salt: Of an existing file; None for a new one.
        """
        cost = parameters or ScryptParameters()
        salt = os.urandom(_SALT_BYTES) if salt is None else salt
        scrypt = Scrypt(salt=salt, length=_KEY_BYTES + _CHECK_BYTES, n=cost.n, r=cost.r, p=cost.p)
        derived = scrypt.derive(passphrase.encode("utf-8", "surrogateescape"))
        return cls(cost, salt, derived[:_KEY_BYTES], derived[_KEY_BYTES:])


def is_encrypted(document: dict[str, Any]) -> bool:
    """Tell whether a JSON object claims to be encrypted; the readable form holds objects only."""
    return isinstance(document.get("format"), str)


def seal(plain: bytes, key: Key) -> bytes:
    """Encrypt; a new nonce each time."""
    nonce = os.urandom(_NONCE_BYTES)
    header = _header(key, nonce)
    sealed = AESGCM(key.secret).encrypt(nonce, plain, _authenticated(header))
    return (json.dumps({**header, "sealed": _armour(sealed)}, indent=2) + "\n").encode("ascii")


def unseal(
    document: dict[str, Any], passphrase: str, known: Key | None = None
) -> tuple[bytes, Key]:
    """Decrypt.

    Args:
        document: The JSON object.
        passphrase: What the file was encrypted with.
        known: A key that was derived from the same passphrase before; saves deriving it again.

    Returns:
        What was encrypted, and the key, for writing it back.

    Raises:
        DamagedDocumentError: The header or the content is not what it should be.
        PassphraseMismatchError: The passphrase is another one.
    """
    if document.get("format") != FORMAT:
        raise DamagedDocumentError(f"Its format is not {FORMAT!r}.")
    if document.get("version") != VERSION or isinstance(document["version"], bool):
        raise DamagedDocumentError(
            f"Its version is {document.get('version')!r}; this program reads version {VERSION}."
        )
    kdf, cipher = _part(document, "kdf", "scrypt"), _part(document, "cipher", "aes-256-gcm")
    parameters = ScryptParameters(*(kdf.get(name) for name in ("n", "r", "p")))  # type: ignore[arg-type]  # it checks them itself
    salt = _bytes(kdf, "salt", at_least=8, at_most=64)
    nonce = _bytes(cipher, "nonce", at_least=_NONCE_BYTES, at_most=_NONCE_BYTES)
    check = _bytes(document, "check", at_least=_CHECK_BYTES, at_most=_CHECK_BYTES)
    sealed = _bytes(document, "sealed", at_least=16)
    if known is not None and (known.parameters, known.salt) == (parameters, salt):
        key = known
    else:
        key = Key.derive(passphrase, parameters=parameters, salt=salt)
    if not hmac.compare_digest(key.check, check):
        raise PassphraseMismatchError
    try:
        plain = AESGCM(key.secret).decrypt(nonce, sealed, _authenticated(_header(key, nonce)))
    except InvalidTag:
        raise DamagedDocumentError("Its encrypted content was changed.") from None
    return plain, key


def _header(key: Key, nonce: bytes) -> dict[str, Any]:
    cost = key.parameters
    return {
        "format": FORMAT,
        "version": VERSION,
        "kdf": {
            "name": "scrypt",
            "n": cost.n,
            "r": cost.r,
            "p": cost.p,
            "salt": _armour(key.salt),
        },
        "check": _armour(key.check),
        "cipher": {"name": "aes-256-gcm", "nonce": _armour(nonce)},
    }


def _authenticated(header: dict[str, Any]) -> bytes:
    return json.dumps(header, separators=(",", ":"), sort_keys=True).encode("ascii")


def _part(document: dict[str, Any], name: str, method: str) -> dict[str, Any]:
    part = document.get(name)
    if not isinstance(part, dict) or part.get("name") != method:
        raise DamagedDocumentError(f"The part {name!r} of its header is not for {method!r}.")
    return part


def _bytes(
    document: dict[str, Any], name: str, *, at_least: int, at_most: int | None = None
) -> bytes:
    text = document.get(name)
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or len(data) < at_least or (at_most is not None and len(data) > at_most):
        raise DamagedDocumentError(f"Its part {name!r} is not base64 of the correct length.")
    return data


def _armour(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
