"""Root macaroons, logins over real sockets, renewal, finished headers."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pymacaroons
import pytest

from craft_store_core.assembly import connect
from craft_store_core.errors import (
    AuthenticationRequiredError,
    CredentialsExpiredError,
    CredentialsUnreadableError,
    NotFoundError,
    OneTimePasswordRefusedError,
    UnexpectedResponseError,
    UnsupportedOperationError,
    WrongCredentialsError,
)
from craft_store_core.login.backends.memory import MemoryBackend
from craft_store_core.plugins import (
    BOUND_MACAROONS,
    U1_MACAROON,
    AuthContext,
    BackendSettings,
    Credential,
    CredentialKey,
    HTTPClient,
    LoginRequest,
)
from craft_store_snapstore import snapstore
from craft_store_snapstore.tokens import FinishedHeaderFlow, SnapStoreTokens
from craft_store_ubuntu_one.macaroons import read_stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.plugins import Store, StoreClient
    from craft_store_core.testing.scripted import ScriptedServer

NOW = datetime(2027, 2, 1, 9, 30, 0, 123456, tzinfo=timezone.utc)
ACL = "/dev/api/acl/"
DISCHARGE = "/api/v2/tokens/discharge"
REFRESH = "/api/v2/tokens/refresh"
WHOAMI = "/api/v2/tokens/whoami"
CAVEAT = '{"secret": "AAAA", "version": 1}'

# The vectors of the Snap Store reference, section 4.3.
ROOT = (
    "MDAyNWxvY2F0aW9uIGRhc2hib2FyZC5lbXVsYXRvci50ZXN0CjAwMWNpZGVudGlmaWVyIHJvb3RrZXktMDAwMQowMDQ3Y2lk"
    "IGRhc2hib2FyZC5lbXVsYXRvci50ZXN0fGFjbHxbInBhY2thZ2VfYWNjZXNzIiwgInBhY2thZ2VfcHVzaCJdCjAwMjljaWQg"
    "eyJzZWNyZXQiOiAiQUFBQSIsICJ2ZXJzaW9uIjogMX0KMDA1MXZpZCAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFheE6DAddbAV"
    "wPt53h6M0gP9oNC-UaCzUzv1GEgy6siy21e93y4j4bTuuMjRRSYkSRoKMDAxYmNsIGxvZ2luLmVtdWxhdG9yLnRlc3QKMDA0"
    "M2NpZCBkYXNoYm9hcmQuZW11bGF0b3IudGVzdHxleHBpcmVzfDIwMzEtMDEtMDFUMDA6MDA6MDAuMDAwMDAwCjAwMmZzaWdu"
    "YXR1cmUguSh6BOtmunDLMkVHYUnwQddUgsfnCtP_YGWTFd1MuvYK"
)
DISCHARGE_HEAD = (
    "MDAyMWxvY2F0aW9uIGxvZ2luLmVtdWxhdG9yLnRlc3QKMDAzMGlkZW50aWZpZXIgeyJzZWNyZXQiOiAiQUFBQSIsICJ2ZXJz"
    "aW9uIjogMX0KMDBiOWNpZCBsb2dpbi5lbXVsYXRvci50ZXN0fGFjY291bnR8ZXlKdmNHVnVhV1FpT2lBaVFXSkRNVEl6TkNJ"
    "c0lDSmxiV0ZwYkNJNklDSmtaWFpBWlhoaGJYQnNaUzVqYjIwaUxDQWlaR2x6Y0d4aGVXNWhiV1VpT2lBaVJHVjJJaXdnSW5W"
    "elpYSnVZVzFsSWpvZ0ltUmxkaUlzSUNKcGMxOTJaWEpwWm1sbFpDSTZJSFJ5ZFdWOQowMDQzY2lkIGxvZ2luLmVtdWxhdG9y"
    "LnRlc3R8dmFsaWRfc2luY2V8MjAzMC0wMS0wMVQwMDowMDowMC4wMDAwMDAKMDA0MWNpZCBsb2dpbi5lbXVsYXRvci50ZXN0"
    "fGxhc3RfYXV0aHwyMDMwLTAxLTAxVDAwOjAwOjAwLjAwMDAwMAowMDNmY2lkIGxvZ2luLmVtdWxhdG9yLnRlc3R8ZXhwaXJl"
    "c3wyMDMxLTAxLTAxVDAwOjAwOjAwLjAwMDAwMAowMDJmc2lnbmF0dXJl"
)
UNBOUND = f"{DISCHARGE_HEAD}IHKv9N6HPE_0s5BE2JEN3xnEeKxmS-YP3hT4ljua4LAHCg"
BOUND = f"{DISCHARGE_HEAD}IFl8nvRRDPNGisbQu39aktMS__Y4ow_OJk4xW4xhWsSiCg"
SIMPLE = (
    "MDAwZmxvY2F0aW9uIGEKMDAxMWlkZW50aWZpZXIgYgowMDJmc2lnbmF0dXJl"
    "IAyt4UbZ61SIj94NM6HK1eJ9oxyj52CnmF1A1biqK2j5Cg"
)
SIMPLE_SIGNATURE = "0cade146d9eb54888fde0d33a1cad5e27da31ca3e760a7985d40d5b8aa2b68f9"


def request(**changes: Any) -> LoginRequest:
    return replace(
        LoginRequest(
            permissions=("package_access", "package_push"),
            description="craft-store@build-07",
            ttl=365 * 24 * 3600,
            answers={"email": "dev@example.com", "password": "s3cret"},
        ),
        **changes,
    )


@pytest.fixture
def store(dashboard: ScriptedServer) -> Store:
    """The Snap Store, with all hosts of it at the scripted server."""
    return snapstore().with_urls(dict.fromkeys(("api", "storage", "sso", "gateway"), dashboard.url))


@pytest.fixture
def backend(tmp_path: Path) -> MemoryBackend:
    """A credential backend in memory."""
    return MemoryBackend(BackendSettings({}, tmp_path))


@pytest.fixture
def client(store: Store, backend: MemoryBackend) -> StoreClient:
    """The client that plugins make, with credentials in memory."""
    return connect(store, backend=backend, environment={"CRAFT_STORE_RETRIES": "0"})


@pytest.fixture
def issue(store: Store) -> Callable[..., str]:
    """Ask for a root macaroon at a fixed time."""

    def call(flow: str = "ubuntu-one", **changes: Any) -> str:
        with HTTPClient(user_agent="test") as http:
            return SnapStoreTokens(store, http, lambda: NOW).issue_root(flow, request(**changes))

    return call


def test_a_root_is_asked_for(issue: Callable[..., str], dashboard: ScriptedServer) -> None:
    """Limits are left out where there are none; the end is a UTC time in whole seconds."""
    dashboard.expect("POST", ACL, json={"macaroon": "ROOT"}, times=2)

    assert issue() == "ROOT"
    issue(packages=(("snap", "weather-widget"),), channels=("edge*",))

    first, second = (item.json() for item in dashboard.requests)
    assert first == {
        "permissions": ["package_access", "package_push"],
        "description": "craft-store@build-07",
        "expires": "2028-02-01T09:30:00+00:00",
    }
    assert second["packages"] == [{"name": "weather-widget", "series": "16"}]
    assert second["channels"] == ["edge*"]
    assert dashboard.requests[0].headers["Authorization"] is None


def test_a_package_that_does_not_exist(
    issue: Callable[..., str], dashboard: ScriptedServer
) -> None:
    """The old form of error body is read, too."""
    text = "Snap not found for the given snap name: 'no-such' and series: '16'"
    dashboard.expect("POST", ACL, status=404, json={"error_message": text})

    with pytest.raises(NotFoundError) as refusal:
        issue(packages=(("snap", "no-such"),))

    assert refusal.value.why == text


def test_other_flows_are_refused(issue: Callable[..., str]) -> None:
    """The dashboard's roots are discharged by Ubuntu One and by Candid; nothing is sent."""
    with pytest.raises(UnsupportedOperationError):
        issue("password")


TOKENS = "/api/v2/tokens"
JSON_ROOT = '{"i64": "AwoQ", "s64": "k0P", "l": "api.snapcraft.io", "c": []}'


def test_a_root_of_the_second_generation_is_asked_for(
    issue: Callable[..., str], dashboard: ScriptedServer
) -> None:
    """For Candid: JSON in a text, or as it is; packages by their names alone."""
    dashboard.expect("POST", TOKENS, json={"macaroon": JSON_ROOT})
    dashboard.expect("POST", TOKENS, json={"macaroon": {"i64": "AwoQ"}})

    packages = (("snap", "weather-widget"),)
    assert issue("candid", packages=packages, channels=("edge",)) == JSON_ROOT
    assert json.loads(issue("candid")) == {"i64": "AwoQ"}

    first, second = (item.json() for item in dashboard.requests)
    assert first == {
        "permissions": ["package_access", "package_push"],
        "description": "craft-store@build-07",
        "expires": "2028-02-01T09:30:00+00:00",
        "packages": [{"name": "weather-widget"}],
        "channels": ["edge"],
    }
    assert "packages" not in second


def test_what_candid_discharged_is_exchanged(store: Store, dashboard: ScriptedServer) -> None:
    """Root first, then the discharges, as base64 of a JSON list; no other credentials go along."""
    dashboard.expect("POST", f"{TOKENS}/exchange", json={"macaroon": "the-token"})
    with HTTPClient(user_agent="test") as http:
        tokens = SnapStoreTokens(store, http)
        assert tokens.exchange("candid", JSON_ROOT, ['{"i64": "BQ"}'], "x") == "the-token"
        assert tokens.exchange("ubuntu-one", "ROOT", ["DISCHARGE"], "x") is None

    (sent,) = dashboard.requests
    encoded = sent.headers["Macaroons"]
    assert json.loads(base64.urlsafe_b64decode(encoded)) == [json.loads(JSON_ROOT), {"i64": "BQ"}]
    assert (sent.json(), sent.headers["Authorization"]) == ({}, None)


def test_what_candid_discharged_is_refused(store: Store, dashboard: ScriptedServer) -> None:
    """The store's word for it is read; and an answer without a token is none."""
    refusal = {"error_list": [{"code": "macaroon-authorization-required", "message": "No."}]}
    dashboard.expect("POST", f"{TOKENS}/exchange", status=401, json=refusal)
    dashboard.expect("POST", f"{TOKENS}/exchange", json={})
    with HTTPClient(user_agent="test") as http:
        tokens = SnapStoreTokens(store, http)
        with pytest.raises(AuthenticationRequiredError):
            tokens.exchange("candid", JSON_ROOT, [], "x")
        with pytest.raises(UnexpectedResponseError):
            tokens.exchange("candid", JSON_ROOT, [], "x")


def discharged(root: str = ROOT, discharge: str = UNBOUND) -> Credential:
    return Credential(U1_MACAROON, {"r": root, "d": discharge})


def keep(client: StoreClient, backend: MemoryBackend, credential: Credential) -> None:
    backend.set(CredentialKey("craft-store", client.store.host), credential.encode())


def test_vector_of_a_simple_macaroon() -> None:
    """The library that the login uses makes the reference's bytes."""
    made = pymacaroons.Macaroon(location="a", identifier="b", key="k")

    assert made.signature == SIMPLE_SIGNATURE
    assert made.serialize() == SIMPLE


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (ROOT, "b9287a04eb66ba70cb3245476149f041d75482c7e70ad3ff60659315dd4cbaf6"),
        (UNBOUND, "72aff4de873c4ff4b39044d8910ddf19c478ac664be60fde14f8963b9ae0b007"),
        (BOUND, "597c9ef4510cf3468ac6d0bb7f5a92d312fff638a30fce264e315b8c615ac4a2"),
    ],
    ids=["root", "unbound discharge", "bound discharge"],
)
def test_vectors_come_back_byte_for_byte(text: str, signature: str) -> None:
    """Reading and writing them changes nothing, and their signatures are those of the reference."""
    macaroon = read_stored(text)

    assert macaroon.text == text
    assert pymacaroons.Macaroon.deserialize(text).signature == signature
    assert pymacaroons.Macaroon.deserialize(text).serialize() == text


def test_vector_of_the_header(
    client: StoreClient, backend: MemoryBackend, dashboard: ScriptedServer
) -> None:
    """Root and discharge of the reference become exactly the header, each time."""
    keep(client, backend, discharged())
    dashboard.expect("GET", WHOAMI, json={"account": {"username": "dev"}}, times=2)

    with client:
        client.whoami()
        client.whoami()

    for sent in dashboard.requests:
        assert sent.headers["Authorization"] == f"Macaroon root={ROOT}, discharge={BOUND}"


def root_for(netloc: str) -> str:
    root = pymacaroons.Macaroon(location="dashboard", identifier="rootkey", key="root-secret")
    root.add_first_party_caveat('dashboard|acl|["package_access"]')
    root.add_third_party_caveat(netloc, "shared-third-party-key", CAVEAT)
    root.add_first_party_caveat("dashboard|expires|2099-01-01T00:00:00.000000")
    return str(root.serialize())


def discharge_of(number: int) -> str:
    made = pymacaroons.Macaroon("sso", CAVEAT, "shared-third-party-key")
    made.add_first_party_caveat(f"sso|last_auth|{number}")
    return str(made.serialize())


def test_a_login_with_a_second_factor(client: StoreClient, dashboard: ScriptedServer) -> None:
    """What is kept is the unbound discharge; what is sent with requests is bound to the root."""
    root = root_for(dashboard.url.removeprefix("http://"))
    dashboard.expect("POST", ACL, json={"macaroon": root})
    dashboard.expect("POST", DISCHARGE, json={"discharge_macaroon": discharge_of(1)})
    dashboard.expect("GET", WHOAMI, json={"account": {"username": "dev"}})

    answers = {"email": "dev@example.com", "password": "s3cret", "otp": "492 039"}
    with client:
        client.login(request(answers=answers))
        client.whoami()

    assert dashboard.requests[1].json() == {
        "email": "dev@example.com",
        "password": "s3cret",
        "otp": "492039",
        "caveat_id": CAVEAT,
    }
    stored = client.authenticator.stored()
    assert stored is not None
    assert (stored.part("d"), stored.exchanged) == (discharge_of(1), None)
    header = dashboard.requests[2].headers["Authorization"]
    bound = pymacaroons.Macaroon.deserialize(header.rpartition("discharge=")[2])
    verified = pymacaroons.Verifier()
    verified.satisfy_general(lambda caveat: True)
    assert verified.verify(pymacaroons.Macaroon.deserialize(root), "root-secret", [bound])


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "INVALID_CREDENTIALS", WrongCredentialsError),
        (403, "TWOFACTOR_FAILURE", OneTimePasswordRefusedError),
    ],
)
def test_a_login_that_is_refused(
    client: StoreClient, dashboard: ScriptedServer, status: int, code: str, kind: type[Exception]
) -> None:
    """A wrong password and a wrong one-time password are told apart; nothing is kept."""
    dashboard.expect("POST", ACL, json={"macaroon": root_for(dashboard.url.partition("//")[2])})
    dashboard.expect("POST", DISCHARGE, status=status, json={"code": code, "message": "no"})

    with client, pytest.raises(kind):
        client.login(request())

    assert client.authenticator.stored() is None


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"WWW-Authenticate": "Macaroon needs_refresh=1"}, {}),
        (
            {"WWW-Authenticate": "Macaroon needs_refresh=1"},
            {"error_list": [{"code": "macaroon-permission-required", "message": "stale"}]},
        ),
        ({}, {"error_list": [{"code": "macaroon-needs-refresh", "message": "stale"}]}),
        ({}, {"error_list": [{"message": "Expired macaroon (age: 90211 seconds)"}]}),
    ],
    ids=["header", "header and another code", "code", "text"],
)
def test_every_signal_renews(
    client: StoreClient,
    backend: MemoryBackend,
    dashboard: ScriptedServer,
    headers: dict[str, str],
    body: Any,
) -> None:
    """The discharge is renewed once, written back unbound, and the request is sent again."""
    keep(client, backend, discharged(root_for("sso"), discharge_of(1)))
    dashboard.expect("GET", WHOAMI, status=401, headers=headers, json=body)
    dashboard.expect("POST", REFRESH, json={"discharge_macaroon": discharge_of(2)})
    dashboard.expect("GET", WHOAMI, json={"account": {"username": "dev"}})

    with client:
        assert client.whoami().account.username == "dev"

    assert dashboard.requests[1].json() == {"discharge_macaroon": discharge_of(1)}
    stored = client.authenticator.stored()
    assert stored is not None
    assert stored.part("d") == discharge_of(2)


def test_a_discharge_that_cannot_be_renewed(
    client: StoreClient, backend: MemoryBackend, dashboard: ScriptedServer
) -> None:
    """After a change of the password: log in again; what is stored stays as it is."""
    keep(client, backend, discharged(discharge=discharge_of(1)))
    dashboard.expect(
        "GET", WHOAMI, status=401, headers={"WWW-Authenticate": "Macaroon needs_refresh=1"}
    )
    dashboard.expect("POST", REFRESH, status=401, json={"code": "INVALID_CREDENTIALS"})

    with client, pytest.raises(CredentialsExpiredError):
        client.whoami()

    stored = client.authenticator.stored()
    assert stored is not None
    assert stored.part("d") == discharge_of(1)


def test_a_finished_header_is_sent_as_it_is(
    client: StoreClient, backend: MemoryBackend, dashboard: ScriptedServer
) -> None:
    """It can do what it allows; when the store wants a renewal, that is the end of it."""
    keep(client, backend, Credential(BOUND_MACAROONS, 'root="abc", discharge="def"'))
    dashboard.expect("GET", WHOAMI, json={"account": {"username": "dev"}})
    dashboard.expect(
        "GET", WHOAMI, status=401, headers={"WWW-Authenticate": "Macaroon needs_refresh=1"}
    )

    with client:
        client.whoami()
        with pytest.raises(AuthenticationRequiredError):
            client.whoami()

    sent = dashboard.requests[0].headers["Authorization"]
    assert sent == 'Macaroon root="abc", discharge="def"'


def test_a_finished_header_cannot_be_made_here(store: Store) -> None:
    """A login with that flow, and other kinds of credentials, are refused by name."""
    with HTTPClient(user_agent="test") as http:
        flow = FinishedHeaderFlow(AuthContext(store, http, SnapStoreTokens(store, http)))
        with pytest.raises(UnsupportedOperationError):
            flow.login(request())
        with pytest.raises(CredentialsUnreadableError):
            flow.authorization(discharged())
