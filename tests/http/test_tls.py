"""TLS: verified always, by one context per client."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from craft_store_core.errors import CertificateError, ConfigurationError
from craft_store_core.http.tls import make_tls_context
from craft_store_core.http.upload import MultipartBody
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.http.conftest import Certificates, ClientFactory


def test_trusted_certificate(
    certificates: Certificates, make_client: ClientFactory, tmp_path: Path
) -> None:
    """With the right authority requests and uploads go through TLS, over one connection."""
    file = tmp_path / "acme.charm"
    file.write_bytes(b"x" * 1_000_000)
    with ScriptedServer(tls=certificates.context) as server, MultipartBody(file) as body:
        server.expect("GET", "/a", json={"a": 1}).expect("POST", "/up")
        client = make_client(ca_bundle=certificates.authority)
        assert client.request("GET", f"{server.url}/a").json() == {"a": 1}
        client.request("POST", f"{server.url}/up", data=body)
    assert b"x" * 1_000_000 in server.requests[1].body
    assert server.requests[0].connection == server.requests[1].connection


def test_folder_of_authorities(
    certificates: Certificates, make_client: ClientFactory, tmp_path: Path
) -> None:
    """A folder of certificates, named by their hashes, can be trusted, too."""
    import subprocess

    (tmp_path / "a.pem").write_bytes(certificates.authority.read_bytes())
    try:
        subprocess.run(["openssl", "rehash", str(tmp_path)], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("the openssl program, which names certificates by their hashes, is missing")
    with ScriptedServer(tls=certificates.context) as server:
        server.expect("GET", "/a")
        assert make_client(ca_bundle=tmp_path).request("GET", f"{server.url}/a").status == 200


def test_untrusted_certificate(certificates: Certificates, make_client: ClientFactory) -> None:
    """A certificate of an unknown authority is refused at once, naming host and reason."""
    with (
        ScriptedServer(tls=certificates.context) as server,
        pytest.raises(CertificateError, match=str(server.port)) as caught,
    ):
        make_client().request("GET", f"{server.url}/a", headers={"Authorization": "secret"})
    assert "certificate" in (caught.value.why or "").lower()
    assert make_client.waits == []
    assert server.requests == []


def test_certificate_of_another_host(
    other_certificates: Certificates, make_client: ClientFactory
) -> None:
    """A certificate for another host is refused even when its authority is trusted."""
    with (
        ScriptedServer(tls=other_certificates.context) as server,
        pytest.raises(CertificateError, match="cannot be trusted") as caught,
    ):
        make_client(ca_bundle=other_certificates.authority).request("GET", f"{server.url}/a")
    assert "127.0.0.1" in (caught.value.why or "")


def test_no_tls_on_the_other_side(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """A port that speaks plain http where https was asked for is told."""
    with pytest.raises(CertificateError, match="The TLS connection") as caught:
        make_client().request("GET", f"https://127.0.0.1:{scripted_server.port}/a")
    assert "https or http" in (caught.value.advice or "")


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_unusable_bundles(
    make_client: ClientFactory, tmp_path: Path, content: bytes | None
) -> None:
    """A CA bundle that is missing or holds nothing is named; nothing else is trusted instead."""
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"ca\.pem"):
        make_client(ca_bundle=bundle).request("GET", "https://127.0.0.1:9/")


def test_environment_of_other_tools_is_not_read(
    certificates: Certificates, make_client: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables of the HTTP library cannot add an authority behind our back."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificates.authority))
    with ScriptedServer(tls=certificates.context) as server, pytest.raises(CertificateError):
        make_client().request("GET", f"{server.url}/a")


def test_system_without_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system trusts nobody, certifi's authorities are taken; else only the system's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert make_tls_context().cert_store_stats()["x509_ca"] > 50
    (tmp_path / "somebody.pem").write_text("")
    assert make_tls_context().cert_store_stats()["x509_ca"] == 0


def test_verification_is_on(certificates: Certificates) -> None:
    """Both the chain and the host name are verified, and old TLS is off."""
    for context in (make_tls_context(), make_tls_context(certificates.authority)):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
