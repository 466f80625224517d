"""What is said where there was no answer."""

from __future__ import annotations

import ssl

import pytest

from craft_store_core.errors import CertificateError, StoreUnreachableError
from craft_store_core.http.failures import Repeat, explain


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (OSError(101, "Network is unreachable"), "Network is unreachable."),
        (OSError("odd"), "The connection failed."),
        (ValueError("odd"), "The connection failed."),
    ],
)
def test_reasons_of_the_system(cause: Exception, why: str) -> None:
    """Where no connection could be made the system's reason is told, if it has one."""
    failure = explain([cause], host="store.example.test", proxy=None, unsent=True, late=False)
    assert isinstance(failure.error, StoreUnreachableError)
    assert (failure.error.why, failure.repeat) == (why, Repeat.ALWAYS)


def test_tls_that_ends_is_a_lost_connection() -> None:
    """A TLS connection that just ends may be repeated like any other that was lost."""
    cause = ssl.SSLEOFError(8, "EOF occurred in violation of protocol")
    failure = explain([cause], host="store.example.test", proxy=None, unsent=False, late=False)
    assert isinstance(failure.error, StoreUnreachableError)
    assert failure.repeat is Repeat.IF_REPEATABLE


def test_certificate_without_a_reason() -> None:
    """A refused certificate is told as such even where the library gives no reason."""
    cause = ssl.SSLCertVerificationError()
    failure = explain([cause], host="store.example.test", proxy=None, unsent=False, late=False)
    assert isinstance(failure.error, CertificateError)
    assert failure.error.why == "Verification failed."
