"""Version 1 macaroons as Ubuntu One and its stores send them: reading, binding, caveats.

The cryptography is pymacaroons'. This module adds what that library leaves out: strict checks of
what is read, so that damaged or hostile text is a clear error.

Source: Publisher Gateway reference, sections 3.10, 4.10, 4.11 and 4.14.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import pymacaroons

from craft_store_core.errors import HostNotAllowedError, UnexpectedResponseError
from craft_store_core.plugins import unreadable

_LONGEST = 64 * 1024
_SIGNATURE_BYTES = 32
_LENGTH_DIGITS = 4
_PORTS = {"http": 80, "https": 443}
_BASE64 = re.compile(r"[A-Za-z0-9_-]+")
_PACKET_LENGTH = re.compile(rb"[0-9a-f]{4}")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII
)


@dataclass(frozen=True, repr=False)
class Macaroon:
    """One macaroon. Its repr shows no secret.

    Attributes:
        text: The serialised macaroon, base64url without padding: fit for a header.
    """

    text: str
    _inner: Any = field(compare=False)

    def __repr__(self) -> str:
        return "Macaroon(<hidden>)"

    def bind(self, discharge: Macaroon) -> str:
        """Return the discharge bound to this root macaroon, serialised.

        Source: Publisher Gateway reference, section 4.11.
        """
        bound = self._inner.prepare_for_request(discharge._inner)
        return _unpadded(str(bound.serialize()))

    def sso_caveat(self, sso_url: str) -> str:
        """Return the id of the caveat that the single sign-on of the store must discharge.

        Args:
            sso_url: Base URL of the single sign-on service.

        Returns:
            The caveat id, to be sent on as it is.

        Raises:
            HostNotAllowedError: The caveats ask for other hosts than that of ``sso_url``.
            UnexpectedResponseError: There is no third-party caveat, or its id is not text.

        Source: Publisher Gateway reference, section 3.10.
        """
        caveats = [caveat for caveat in self._inner.caveats if caveat.third_party()]
        if not caveats:
            raise _unexpected(
                "The store sent a root macaroon that does not require a login.",
                "The macaroon has no third-party caveat.",
            )
        locations = [_location(caveat) for caveat in caveats]
        for caveat, location in zip(caveats, locations, strict=True):
            if _is_host_of(location, sso_url):
                caveat_id = _text(caveat.caveat_id_bytes)
                if not caveat_id:
                    raise _unexpected(
                        "The store sent a root macaroon that cannot be discharged.",
                        "The id of its single sign-on caveat is not text.",
                    )
                return caveat_id
        asked = ", ".join(sorted({repr(location) for location in locations}))
        raise HostNotAllowedError(
            "The store requires a login at a host that is not its single sign-on.",
            why=(
                f"The macaroon requires {asked}, but the single sign-on of the store is "
                f"{urlsplit(sso_url).netloc}. Your password was not sent."
            ),
            advice="Check that the 'api' and 'sso' URLs of the store belong together.",
        )

    def expires_at(self) -> datetime | None:
        """Return the earliest expiry among the first-party caveats, zone-aware; None without one.

        Understands ``time-before MOMENT`` and ``HOST|expires|MOMENT``.
        """
        conditions = (
            _text(caveat.caveat_id_bytes) for caveat in self._inner.caveats if caveat.first_party()
        )
        moments = [moment for moment in map(_expiry, conditions) if moment is not None]
        return min(moments, default=None)


def read_stored(text: str) -> Macaroon:
    """Read a macaroon out of a credential.

    Args:
        text: Base64 of the binary form, either alphabet, with or without padding.

    Raises:
        CredentialsUnreadableError: It is none.
    """
    try:
        return _parse(text)
    except ValueError as error:
        raise unreadable(f"One of their macaroons {error}.") from None


def read_received(value: object, sender: str) -> Macaroon:
    """Read a macaroon out of an answer.

    Args:
        value: What was received.
        sender: Who sent it, for the message.

    Raises:
        UnexpectedResponseError: It is no macaroon.
    """
    try:
        return _parse(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _unexpected(
            f"{sender} sent a macaroon that cannot be read.", f"The macaroon {error}."
        ) from None


def _parse(text: str) -> Macaroon:
    compact = text.strip().replace("+", "-").replace("/", "_").rstrip("=")
    if not _BASE64.fullmatch(compact):
        raise ValueError("is not base64")
    if len(compact) > _LONGEST:
        raise ValueError("is too long")
    try:
        data = base64.urlsafe_b64decode(compact + "=" * (-len(compact) % 4))
    except binascii.Error:
        raise ValueError("is not base64") from None
    _check_packets(data)
    try:
        inner = pymacaroons.Macaroon.deserialize(compact)
        again = base64.urlsafe_b64decode(inner.serialize() + "===")
        signature = bytes.fromhex(inner.signature)
    except Exception:  # pymacaroons lets exceptions of many kinds escape on damaged input
        raise ValueError("is damaged") from None
    # What does not come back as it was would be corrupted by binding, as pymacaroons does to
    # identifiers beyond ASCII.
    if again != data or len(signature) != _SIGNATURE_BYTES or not inner.identifier_bytes:
        raise ValueError("is damaged")
    return Macaroon(_unpadded(base64.urlsafe_b64encode(data).decode("ascii")), inner)


def _check_packets(data: bytes) -> None:
    # pymacaroons reads lengths with int(), which takes "-001" and then never ends.
    position = 0
    while position < len(data):
        digits = data[position : position + _LENGTH_DIGITS]
        if not _PACKET_LENGTH.fullmatch(digits):
            raise ValueError("is not in the version 1 format")
        length = int(digits, 16)
        end = position + length
        if length <= _LENGTH_DIGITS or end > len(data) or data[end - 1 : end] != b"\n":
            raise ValueError("is incomplete or damaged")
        position = end


def _unpadded(text: str) -> str:
    return text.rstrip("=")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _location(caveat: Any) -> str:
    try:
        return str(caveat.location)
    except UnicodeDecodeError:
        return ""


def _is_host_of(location: str, url: str) -> bool:
    """Tell whether a caveat's location (a host, or a whole URL) is the host of ``url``."""
    try:
        wanted = urlsplit(url)
        given = urlsplit(location if "://" in location else f"{wanted.scheme}://{location}")
        return (
            given.hostname is not None
            and given.hostname == wanted.hostname
            and (given.port or _PORTS.get(given.scheme))
            == (wanted.port or _PORTS.get(wanted.scheme))
        )
    except ValueError:
        return False


def _expiry(condition: str) -> datetime | None:
    word, _, moment = condition.partition(" ")
    if word == "time-before":
        return _moment(moment)
    parts = condition.split("|")
    return _moment(parts[2]) if len(parts) == 3 and parts[1] == "expires" else None


def _moment(text: str) -> datetime | None:
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    seconds, fraction, zone = match.groups(default="")
    zone = "+00:00" if zone in {"", "Z"} else zone
    try:
        moment = datetime.fromisoformat(f"{seconds}.{fraction[:6]:0<6}{zone}")
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _unexpected(message: str, why: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        message,
        why=why,
        advice=(
            "Check the URLs of the store. If they are correct, report this error with "
            "the output of "
            "'--verbose'."
        ),
    )
