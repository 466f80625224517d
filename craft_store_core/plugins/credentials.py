"""Stored credentials: what they are, how they are written, and where they may be kept.

The written form is base64 of JSON. It is a superset of what Canonical's craft-store writes
(Publisher Gateway reference, section 3.15): the same ``t`` and ``v``, and one more key with what
that library does not keep, which it ignores.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from craft_store_core.errors import CredentialsUnreadableError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

Secret: TypeAlias = "str | Mapping[str, str]"  # noqa: S105  # a type, not a secret

MACAROON = "macaroon"
"""Kind of one exchanged token."""
U1_MACAROON = "u1-macaroon"
"""Kind of a root macaroon ``r`` and its unbound Ubuntu One discharge ``d``."""
DEVELOPER_TOKEN = "developer-token"  # noqa: S105  # the name of a kind, not a secret
"""Kind of a token that the store's web site gave out."""
BOUND_MACAROONS = "bound-macaroons"
"""Kind of a finished header, ``root=…, discharge=…``: bound, so that nothing can renew it."""

# The parts of an Ubuntu One login, by the names that several clients gave them.
_PAIRS = (("r", "d"), ("root", "discharge"), ("macaroon", "unbound_discharge"))
_HEADER = re.compile(r"macaroon\s+(root\s*=[^\r\n]+)", re.IGNORECASE)
_SECTION = re.compile(r"\[[^\[\]{}\"\r\n]+\][ \t]*(\r?\n|$)")

_EXTENSION = "craft-store"
_EXTENSION_VERSION = 1


@dataclass(frozen=True)
class CredentialKey:
    """Under what a backend files a credential.

    Attributes:
        application: The program that the credentials are for (the keyring's service).
        host: Network location of the store's API (the keyring's user name).
    """

    application: str
    host: str


@dataclass(frozen=True, repr=False)
class Credential:
    """What a login gave. Its repr shows no secret.

    Attributes:
        kind: Which auth flow can read it; :data:`MACAROON`, :data:`U1_MACAROON`,
            :data:`DEVELOPER_TOKEN`, or a kind of a plugin's flow.
        secret: What can be renewed (or, where nothing can be renewed, the token itself).
        exchanged: The token that was obtained for ``secret``; never stored in its place.
        host: Network location of the API that it was issued for; None in legacy forms.
        account: User name or e-mail address of the account, for people.
        expires_at: When it ends, zone-aware; None when unknown.
    """

    kind: str
    secret: Secret
    exchanged: str | None = None
    host: str | None = None
    account: str | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.secret, str):
            object.__setattr__(self, "secret", MappingProxyType(dict(self.secret)))

    def __repr__(self) -> str:
        return (
            f"Credential(kind={self.kind!r}, host={self.host!r}, account={self.account!r}, "
            f"expires_at={self.expires_at!r}, secret=<hidden>)"
        )

    def part(self, name: str) -> str:
        """Return one part of a secret that has several.

        Raises:
            CredentialsUnreadableError: The secret has no such part.
        """
        if isinstance(self.secret, str) or name not in self.secret:
            raise unreadable(f"The part {name!r} of the {self.kind} credentials is missing.")
        return self.secret[name]

    @property
    def token(self) -> str:
        """The secret of a credential that is one token.

        Raises:
            CredentialsUnreadableError: The secret has several parts.
        """
        if not isinstance(self.secret, str):
            raise unreadable(f"The {self.kind} credentials are not a single token.")
        return self.secret

    def has_expired(self, now: datetime) -> bool:
        """Tell whether it is known to be past its lifetime."""
        return self.expires_at is not None and self.expires_at <= now

    def with_exchanged(self, token: str | None) -> Credential:
        """Return it with another exchanged token."""
        return replace(self, exchanged=token)

    def encode(self) -> str:
        """Write it: base64 of JSON, one line of ASCII."""
        secret = self.secret if isinstance(self.secret, str) else dict(self.secret)
        extension = {
            "version": _EXTENSION_VERSION,
            "exchanged": self.exchanged,
            "host": self.host,
            "account": self.account,
            "expires-at": self.expires_at.isoformat() if self.expires_at else None,
        }
        document = {
            "t": self.kind,
            "v": secret,
            _EXTENSION: {key: value for key, value in extension.items() if value is not None},
        }
        text = json.dumps(document, separators=(",", ":"))
        return base64.b64encode(text.encode()).decode("ascii")


def decode_credential(encoded: str) -> Credential:
    """Read credentials in any form that was ever written.

    Args:
        encoded: Base64 text, either alphabet, with or without padding; white space is ignored. Or
            what else is found in files of old clients: the JSON itself, a finished header, the
            configuration file of snapcraft before release 7; lines of comment before any of them.

    Returns:
        The credential. Forms without a type are recognised by their shape.

    Raises:
        CredentialsUnreadableError: It is none of the known forms. The message holds no part of it.

    Source: Publisher Gateway reference, section 3.15; Snap Store reference, section 6.
    """
    text = _without_comments(encoded)
    known = _decode_plain(text)
    if known is None:
        text = _unarmour(text)
        known = _decode_plain(text)
    # Exchanged tokens are opaque and may look like JSON objects.
    return known or Credential(MACAROON, _token(text))


def unreadable(why: str) -> CredentialsUnreadableError:
    """Return the error for credentials that cannot be used as they are written."""
    return CredentialsUnreadableError(
        "The credentials cannot be read.",
        why=why,
        advice=(
            "Log in again with 'craft-store login', or export them again on the machine that they "
            "come from."
        ),
    )


def _without_comments(text: str) -> str:
    lines = text.strip().splitlines()
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("#")):
        del lines[0]
    return "\n".join(lines)


def _decode_plain(text: str) -> Credential | None:
    """Read a form that says by itself what it is; None for any other text."""
    if header := _HEADER.fullmatch(text):
        return Credential(BOUND_MACAROONS, _token(header[1]))
    if _SECTION.match(text):
        return _decode_old_file(text)
    document = _parse_json(text)
    return _decode_document(document) if isinstance(document, dict) else None


def _decode_document(document: dict[str, Any]) -> Credential | None:
    if "t" in document:
        return _decode_typed(document)
    account = document.get("email")
    for root, discharge in _PAIRS:
        if {root, discharge} <= document.keys():
            return Credential(
                U1_MACAROON,
                _parts({"r": document[root], "d": document[discharge]}),
                account=account if isinstance(account, str) else None,
            )
    if document.keys() == {"macaroon"}:
        return Credential(DEVELOPER_TOKEN, _token(document["macaroon"]))
    return None


def _decode_old_file(text: str) -> Credential:
    from configparser import ConfigParser
    from configparser import Error as ConfigParserError

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except ConfigParserError:
        raise unreadable(
            "They look like an old configuration file, but they are damaged."
        ) from None
    logins = [
        section
        for section in parser.values()
        if section.get("macaroon") and section.get("unbound_discharge")
    ]
    if len(logins) != 1:
        raise unreadable(
            f"They are an old configuration file with {len(logins)} Ubuntu One logins."
        )
    (login,) = logins
    return Credential(
        U1_MACAROON,
        _parts({"r": login["macaroon"], "d": login["unbound_discharge"]}),
        account=login.get("email"),
    )


def _unarmour(encoded: str) -> str:
    compact = "".join(encoded.split())
    if not compact:
        raise unreadable("They are empty.")
    normal = compact.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        data = base64.b64decode(normal + "=" * (-len(normal) % 4), validate=True)
        text = data.decode("utf-8")
    except (binascii.Error, ValueError):
        raise unreadable("They are not base64-encoded text.") from None
    if not text.strip():
        raise unreadable("They are empty.")
    return text.strip()


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _decode_typed(document: dict[str, Any]) -> Credential:
    kind, secret = document["t"], document.get("v")
    if not isinstance(kind, str) or not kind:
        raise unreadable("Their type is not text.")
    extension = document.get(_EXTENSION, {})
    if not isinstance(extension, dict):
        raise unreadable(f"Their {_EXTENSION!r} part is not an object.")
    version = extension.get("version", _EXTENSION_VERSION)
    if version != _EXTENSION_VERSION:
        raise unreadable("A later release of craft-store wrote them. This release reads format 1.")
    exchanged = extension.get("exchanged")
    return Credential(
        kind=kind,
        secret=_parts(secret) if isinstance(secret, dict) else _token(secret),
        exchanged=None if exchanged is None else _token(exchanged),
        host=_optional_text(extension, "host"),
        account=_optional_text(extension, "account"),
        expires_at=_moment(_optional_text(extension, "expires-at")),
    )


def _token(value: object) -> str:
    # A token travels in a header: control characters and non-ASCII text must not get there.
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise unreadable("Their token is not one line of ASCII text.")
    return value


def _parts(value: dict[str, Any]) -> dict[str, str]:
    return {str(name): _token(part) for name, part in value.items()}


def _optional_text(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise unreadable(f"Their {name!r} is not text.")
    return value


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise unreadable("Their expiry time is not valid.") from None


@dataclass(frozen=True)
class Probe:
    """What a backend says about itself.

    Attributes:
        usable: It can be used on this machine, now.
        reason: Why, or why not; one sentence for people.
        locked: It would be usable if a person unlocked it.
    """

    usable: bool
    reason: str
    locked: bool = False


@dataclass(frozen=True)
class BackendSettings:
    """What a backend is made from.

    Attributes:
        environment: The environment variables, as they are for this program.
        folder: The application's data folder; it need not exist. None where the home folder of the
            user is not known: a backend that needs it says so in its probe.
        options: The ``[credentials.BACKEND]`` table of the configuration file.
        interactive: A person can be asked (a passphrase, to unlock a keyring).
        variables: Environment variables that hold credentials of the store for other programs.
    """

    environment: Mapping[str, str]
    folder: Path | None
    options: Mapping[str, Any] = field(default_factory=dict)
    interactive: bool = False
    variables: tuple[str, ...] = ()


class CredentialBackend(ABC):
    """Keeps encoded credentials. Constructing one touches nothing. Derive from it.

    Attributes:
        name: The name it was offered by.
        writable: False where :meth:`set` and :meth:`delete` raise ``CredentialsReadOnlyError``.
    """

    name: str
    writable: bool = True

    @abstractmethod
    def probe(self) -> Probe:
        """Return whether it works here, in bounded time and without asking a person."""

    @abstractmethod
    def get(self, key: CredentialKey) -> str | None:
        """Return the encoded credential, or None.

        Raises:
            CredentialError: The backend cannot be read.
        """

    @abstractmethod
    def set(self, key: CredentialKey, value: str) -> None:
        """Store an encoded credential, whole or not at all.

        Raises:
            CredentialError: The backend cannot be written.
        """

    @abstractmethod
    def delete(self, key: CredentialKey) -> bool:
        """Remove a credential; False when there was none.

        Raises:
            CredentialError: The backend cannot be written.
        """

    def lock(self, key: CredentialKey) -> AbstractContextManager[None]:
        """Keep other processes out, from reading the credential to writing it back.

        A backend that cannot do that locks nothing, as here.
        """
        return nullcontext()


CredentialBackendFactory = Callable[[BackendSettings], CredentialBackend]
