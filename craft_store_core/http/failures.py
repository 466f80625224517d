"""What went wrong where there was no answer, in words, and whether to try again."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from craft_store_core.errors import (
    CertificateError,
    StoreTimeoutError,
    StoreUnreachableError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
# The peer ended a TLS connection without the closing handshake: a lost connection like any other.
_TLS_ENDS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


class Repeat(Enum):
    """Whether a request that failed may be sent again."""

    NEVER = "never"
    IF_REPEATABLE = "if-repeatable"
    ALWAYS = "always"


@dataclass(frozen=True)
class Failure:
    """One failed attempt.

    Attributes:
        error: What to raise when it is not repeated.
        repeat: Whether it may be repeated.
    """

    error: TransportError
    repeat: Repeat

    def may_repeat(self, *, repeatable: bool) -> bool:
        """Tell whether a request, repeatable or not, may be sent again after this."""
        return self.repeat is Repeat.ALWAYS or (repeatable and self.repeat is Repeat.IF_REPEATABLE)

    def finished(self, attempts: int, *, repeatable: bool) -> TransportError:
        """Return the error to raise after the last attempt."""
        error = self.error
        error.may_have_arrived = self.repeat is Repeat.IF_REPEATABLE
        if attempts > 1:
            error.why = f"{error.why} All {attempts} attempts failed."
        if error.may_have_arrived and not repeatable:
            error.advice = (
                "The store may have processed the request. Check its effect before you repeat the "
                "command."
            )
        return error


def explain(
    causes: Sequence[BaseException], *, host: str, proxy: str | None, unsent: bool, late: bool
) -> Failure:
    """Return the failure for what the HTTP library raised.

    Args:
        causes: The exception and all that caused it.
        host: Host and port of the store.
        proxy: Host and port of the proxy that could not be used; None when that is not the cause.
        unsent: Nothing of the request can have arrived.
        late: It was a timeout.
    """
    place = f"the proxy {proxy}" if proxy else host
    certificate = _first(causes, ssl.SSLCertVerificationError)
    if certificate is not None:
        return Failure(_untrusted(place, certificate), Repeat.NEVER)
    if _first(causes, ssl.SSLError) is not None and _first(causes, *_TLS_ENDS) is None:
        return Failure(_no_tls(place), Repeat.NEVER)
    if late or _first(causes, TimeoutError) is not None:
        return _late(place, unsent=unsent)
    if unsent:
        return _unreachable(place, causes)
    if _first(causes, http.client.IncompleteRead) is not None:
        why = "The response was incomplete."
    else:
        why = "The connection was lost before the response was complete."
    return Failure(
        StoreUnreachableError(f"{place} did not answer.", why=why, advice="Try again later."),
        Repeat.IF_REPEATABLE,
    )


def _first(causes: Sequence[BaseException], *kinds: type[BaseException]) -> BaseException | None:
    return next((cause for cause in causes if isinstance(cause, kinds)), None)


def _untrusted(place: str, error: BaseException) -> CertificateError:
    reason = getattr(error, "verify_message", "") or "verification failed"
    return CertificateError(
        f"The TLS certificate of {place} cannot be trusted.",
        why=f"{reason[:1].upper()}{reason[1:].rstrip('.')}.",
        advice=(
            "Nothing was sent. If the host is correct and uses a private certificate "
            "authority, set "
            "'ca-bundle' in the configuration file, or CRAFT_STORE_CA_BUNDLE, to a file with its "
            "certificates."
        ),
    )


def _no_tls(place: str) -> CertificateError:
    return CertificateError(
        f"The TLS connection to {place} failed.",
        why="The port does not use TLS, or the two sides share no TLS version or cipher.",
        advice="Nothing was sent. Check the scheme (https or http) and the port of the URL.",
    )


def _late(place: str, *, unsent: bool) -> Failure:
    if unsent:
        error = StoreTimeoutError(
            f"The connection to {place} timed out.",
            why="The host, or a system between, does not respond.",
            advice="Check the network connection and try again.",
        )
        return Failure(error, Repeat.ALWAYS)
    error = StoreTimeoutError(
        f"{place} did not answer in time.",
        why="The host accepted the connection, but then sent no data.",
        advice="Try again later, or set a longer timeout in the configuration file.",
    )
    return Failure(error, Repeat.IF_REPEATABLE)


def _unreachable(place: str, causes: Sequence[BaseException]) -> Failure:
    repeat = Repeat.ALWAYS
    advice = "Check the network connection and the URL of the store."
    tunnel = next(filter(None, (_TUNNEL.search(str(cause)) for cause in causes)), None)
    system = _first(causes, OSError)
    if tunnel is not None:
        why = f"The proxy refused to connect to the store (status {tunnel[1]})."
        advice = "Check the proxy settings (HTTPS_PROXY, NO_PROXY) and the proxy's credentials."
        repeat = Repeat.NEVER if tunnel[1].startswith("4") else Repeat.ALWAYS
    elif _first(causes, socket.gaierror) is not None:
        why = "The host name was not found."
    elif _first(causes, ConnectionRefusedError) is not None:
        why = "The connection was refused."
    elif isinstance(system, OSError) and system.strerror:
        why = f"{system.strerror}."
    else:
        why = "The connection failed."
    return Failure(
        StoreUnreachableError(f"{place} could not be reached.", why=why, advice=advice), repeat
    )
