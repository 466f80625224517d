"""Starting, stopping, filling and watching a sandbox."""

from __future__ import annotations

import datetime as dt
import gc
import ipaddress
import subprocess
import sys
import threading
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import craft_store_sandbox
from craft_store_sandbox import NOT_EMULATED, Clock, Sandbox, TLSFiles


def test_importing_the_package_loads_no_server() -> None:
    """Command lines import it on the way to --help."""
    script = (
        "import sys, craft_store_sandbox, craft_store_sandbox.pytest_plugin;"
        "print([name for name in ('flask', 'sqlalchemy', 'cheroot', 'pymacaroons', 'yaml')"
        " if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "[]"


def test_every_public_name_exists() -> None:
    """The names of __all__ can be loaded, and no other."""
    for name in craft_store_sandbox.__all__:
        assert getattr(craft_store_sandbox, name) is not None
        assert name in dir(craft_store_sandbox)
    with pytest.raises(AttributeError, match="nothing_such"):
        getattr(craft_store_sandbox, "nothing_" + "such")
    assert all(NOT_EMULATED.values())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com"])
def test_other_machines_need_a_word(host: str) -> None:
    """A host that is not loopback is refused, saying what to do."""
    with pytest.raises(ValueError, match="allow_remote=True"):
        Sandbox(host=host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_loopback_is_the_place(host: str) -> None:
    """Names and addresses of this machine are fine."""
    with Sandbox(host=host) as sandbox:
        assert requests.get(sandbox.urls.api, timeout=30).status_code == 200


def test_a_closed_sandbox_leaves_nothing() -> None:
    """No thread, no port, no temporary folder; and it can start again."""
    threads = set(threading.enumerate())
    sandbox = Sandbox().start()
    url, folder = sandbox.urls.api, sandbox.folder
    with pytest.raises(RuntimeError, match="already started"):
        sandbox.start()
    assert all(thread.daemon for thread in set(threading.enumerate()) - threads)
    sandbox.close()
    sandbox.close()

    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.urls
    assert [item for item in threading.enumerate() if item.name == "sandbox-server"] == []
    with sandbox:
        assert requests.get(sandbox.urls.api, timeout=30).status_code == 200


def test_a_taken_port_is_an_error(sandbox_store: Any) -> None:
    """The second sandbox fails at once and cleans up."""
    port = int(sandbox_store.urls.api.rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        Sandbox(port=port).start()


def test_origins_can_be_split(sandbox_factory: Any, wire_client: Any) -> None:
    """Each service has a port of its own and serves nothing else; the flow works across them."""
    client = wire_client(sandbox_factory(split_origins=True))
    urls = client.sandbox.urls
    client.sandbox.add_package("acme-web", client.sandbox.account)
    client.push()
    root = client.root()

    assert client.exchange(root, client.discharge(root)).status_code == 200
    assert len({urls.api, urls.storage, urls.sso, urls.candid}) == 4
    assert requests.get(f"{urls.storage}/v1/tokens", timeout=30).status_code == 404
    assert requests.get(f"{urls.candid}/publickey", timeout=30).status_code == 200
    services = {item.service for item in client.sandbox.requests}
    assert services == {"api", "storage", "sso", "candid"}


def test_requests_are_recorded(client: Any) -> None:
    """Method, path, query, headers and size, in order."""
    client.sandbox.forget_requests()
    client.call("POST", "/v1/charm?x=1", {"name": "acme-web"})
    (request,) = client.sandbox.requests

    assert (request.method, request.path, request.query["x"]) == ("POST", "/v1/charm", "1")
    assert request.headers["authorization"] == f"Macaroon {client.token}"
    assert request.body_size == len(b'{"name": "acme-web"}')
    assert client.token not in repr(request)


def test_accounts_keep_their_secrets_to_themselves(sandbox_store: Any) -> None:
    """The representation shows no secret; the one-time password is real."""
    account = sandbox_store.account
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)

    assert account.totp_secret not in repr(account)
    assert account.one_time_password(moment).isdecimal()
    assert sandbox_store.find_account("JO@example.com") == account
    assert sandbox_store.find_account("nobody@example.com") is None
    plain = sandbox_store.add_account("al.b+c@example.com", "a password")
    assert plain.username == "al-b-c"
    with pytest.raises(ValueError, match="no second factor"):
        plain.one_time_password()


@pytest.mark.parametrize("again", [{"email": "JO@example.com"}, {"email": "jo-example@x"}])
def test_accounts_are_unique(sandbox_store: Any, again: Any) -> None:
    """By address and by user name."""
    with pytest.raises(ValueError, match="already"):
        sandbox_store.add_account(again["email"], "a password")


def test_packages_are_made_with_tracks(client: Any) -> None:
    """And the mistakes of a test are told."""
    account = client.sandbox.account
    client.sandbox.add_package("acme", account, tracks=["1.0"], guardrails=["x"])
    metadata = client.ok("GET", "/v1/charm/acme")["metadata"]

    assert {track["name"] for track in metadata["tracks"]} == {"latest", "1.0"}
    assert metadata["track-guardrails"][0]["pattern"] == "x"
    for name in ("acme", "Not A Name"):
        with pytest.raises(ValueError, match=name):
            client.sandbox.add_package(name, account)
    with pytest.raises(ValueError, match="does not exist"):
        client.sandbox.add_track("nowhere", "1.0")


def test_the_clock_moves_both_ways() -> None:
    """By seconds."""
    clock = Clock()
    before = clock.now()
    clock.advance(3600)
    clock.advance(-1800)
    passed = (clock.now() - before).total_seconds()

    assert 1800 <= passed < 1860


def test_https_is_served(sandbox_factory: Any, tmp_path: Any) -> None:
    """With the certificate that was given."""
    files = _certificate(tmp_path)
    sandbox = sandbox_factory(tls=files)
    answer = requests.get(f"{sandbox.urls.api}/", verify=str(files.certificate), timeout=30)

    assert sandbox.urls.api.startswith("https://127.0.0.1:")
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"", b"x" * 4096], ids=["empty", "long"])
def test_plain_http_to_a_port_with_tls_is_answered(
    sandbox_factory: Any, tmp_path: Any, body: bytes
) -> None:
    """A client that forgot TLS is told so, in its own protocol."""
    sandbox = sandbox_factory(tls=_certificate(tmp_path))
    url = sandbox.urls.api.replace("https:", "http:")

    answer = requests.post(url, data=body, timeout=30)
    gc.collect()

    assert answer.status_code == 400
    assert "speaks HTTPS" in answer.text


def _certificate(folder: Any) -> TLSFiles:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = TLSFiles(folder / "certificate.pem", folder / "key.pem")
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.private_key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
