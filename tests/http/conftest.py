"""Clients that wait for nothing, certificates, and a proxy."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from craft_store_core.http import HTTPClient, RetryPolicy, Timeouts, Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ClientFactory(Protocol):
    """Makes clients; closes them after the test."""

    waits: list[float]

    def __call__(self, **options: Any) -> HTTPClient: ...


@pytest.fixture
def make_client() -> Iterator[ClientFactory]:
    """Make clients that write down their waits instead of waiting."""
    clients: list[HTTPClient] = []
    waits: list[float] = []

    class Factory:
        def __init__(self) -> None:
            self.waits = waits

        def __call__(self, **options: Any) -> HTTPClient:
            settings: dict[str, Any] = {
                "user_agent": "tests/1",
                "timeouts": Timeouts(connect=5, read=5),
                "retries": RetryPolicy(attempts=3),
                "proxies": {},
                "work": Work(sleep=waits.append),
                "random": lambda: 0.0,
            }
            client = HTTPClient(**(settings | options))
            clients.append(client)
            return client

    yield Factory()
    for client in clients:
        client.close()


@dataclass(frozen=True)
class Certificates:
    """A certificate for loopback hosts and the authority that issued it.

    Attributes:
        authority: File of the authority's certificate.
        context: For a server with the certificate.
    """

    authority: Path
    context: ssl.SSLContext


def _make_certificates(folder: Path, *names: str) -> Certificates:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def build(
        subject: str, issuer: str, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(timezone.utc) - timedelta(days=1))
            .not_valid_after(datetime.now(timezone.utc) + timedelta(days=1))
        )

    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = (
        build("Test authority", "Test authority", authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False
        )
        .add_extension(
            # Python 3.13 and later refuse an authority that does not say what it may do.
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(authority_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    hosts: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    if "localhost" in names:
        hosts.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        build("Test server", "Test authority", key)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(authority.public_bytes(pem))
    (folder / "server.pem").write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return Certificates(folder / "authority.pem", context)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate for loopback hosts."""
    return _make_certificates(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture(scope="session")
def other_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate for a host that is not this one."""
    return _make_certificates(tmp_path_factory.mktemp("other-tls"), "store.example.test")
