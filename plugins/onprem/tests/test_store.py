"""An Enterprise Store from the login to a closed channel, over real sockets."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    ArtifactError,
    AuthenticationRequiredError,
    BadRequestError,
    CredentialsUnreadableError,
    ReviewRejectedError,
    UnexpectedResponseError,
    UnsupportedOperationError,
    UsageError,
)
from craft_store_core.models import ReleaseRequest, ResourcePin, TrackRequest
from craft_store_core.plugins import (
    MACAROON,
    U1_MACAROON,
    AuthContext,
    Channel,
    Credential,
    HTTPClient,
    LoginRequest,
    Store,
)
from craft_store_core.publishing import Publication, PublishItem, PublishRequest
from craft_store_onprem import OnPremAdminFlow, OnPremEndpoints

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.plugins import StoreClient
    from craft_store_core.testing.scripted import ScriptedServer

GATEWAY = "/publishergw/v1"
SNAP = f"{GATEWAY}/snap/weather-widget"
EXCHANGE = f"{GATEWAY}/tokens/offline/exchange"
ADMIN = {"admin-macaroon": "ADMIN"}
SNAP_YAML = "name: weather-widget\nversion: '1.5'\narchitectures: [amd64]\n"
EDGE, STABLE = Channel.parse("latest/edge"), Channel.parse("latest/stable")


class Asked:
    """A person who gives the admin macaroon when asked."""

    def __init__(self, answer: str = "ADMIN") -> None:
        self.answer = answer
        self.questions: list[tuple[str, bool]] = []

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        self.questions.append((name, secret))
        return self.answer

    def tell(self, text: str) -> None:
        pass


def request(**changes: Any) -> LoginRequest:
    return LoginRequest(**{"permissions": (), "description": "test", "ttl": 60, **changes})


@pytest.fixture
def client(connected: Callable[..., StoreClient], server: ScriptedServer) -> StoreClient:
    """A client that is logged in."""
    server.expect("POST", EXCHANGE, json={"macaroon": "TOKEN"})
    client = connected()
    client.login(request(answers=ADMIN))
    return client


def revision(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "revision": number,
        "version": "1.5",
        "status": "released",
        "architectures": ["amd64"],
        "base": "core24",
        "build-url": None,
        "created-at": "2027-02-01T09:35:00Z",
        "sha3-384": f"{number:096x}",
        "size": 4198400,
        **changes,
    }


def channel_map(*rows: dict[str, Any]) -> dict[str, Any]:
    channels = [{"name": "latest/stable", "track": "latest", "risk": "stable", "fallback": None}]
    return {
        "channel-map": [
            {
                "architecture": "amd64",
                "when": "2027-02-01T10:00:00Z",
                "expiration-date": None,
                "progressive": {"paused": None, "percentage": None},
                "resources": [],
                **row,
            }
            for row in rows
        ],
        "package": {"channels": channels},
        "revisions": [revision(8)],
    }


def test_a_login(
    client: StoreClient, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The macaroon goes out in the body; from then on the word in the header is in lower case."""
    server.expect("GET", f"{GATEWAY}/tokens/whoami", json={"account": {"username": "admin"}})

    assert client.whoami().account.username == "admin"

    assert server.requests[0].json() == {"macaroon": "ADMIN"}
    assert server.requests[0].headers["Authorization"] is None
    assert server.requests[1].headers["Authorization"] == "macaroon TOKEN"
    stored = client.authenticator.stored()
    assert stored is not None
    assert (stored.kind, stored.token, stored.host) == (MACAROON, "TOKEN", client.store.host)
    assert "ADMIN" not in "".join(capsys.readouterr())


def test_where_the_admin_macaroon_comes_from(
    connected: Callable[..., StoreClient], server: ScriptedServer, environment: dict[str, str]
) -> None:
    """Out of the variable that snapcraft uses; else a person is asked, without an echo."""
    server.expect("POST", EXCHANGE, json={"macaroon": "TOKEN"}, times=2)
    person = Asked("FROM-PERSON ")

    connected(person).obtain_credential(request())
    environment["SNAPCRAFT_ADMIN_MACAROON"] = "FROM-VARIABLE\n"
    connected().obtain_credential(request())

    assert [item.json()["macaroon"] for item in server.requests] == ["FROM-PERSON", "FROM-VARIABLE"]
    assert person.questions == [("admin-macaroon", True)]


def test_logins_that_cannot_be(
    connected: Callable[..., StoreClient], server: ScriptedServer
) -> None:
    """An empty macaroon and limits are refused before anything is sent; the store may refuse."""
    with pytest.raises(UsageError, match="Admin macaroon"):
        connected(Asked(" ")).login(request())
    with pytest.raises(UsageError, match="limited"):
        connected().login(request(answers=ADMIN, channels=("edge",)))
    with pytest.raises(UsageError, match="limited"):
        connected().login(request(answers=ADMIN, packages=(("snap", "x"),)))
    assert server.requests == []
    server.expect("POST", EXCHANGE, status=401, json={"error-list": [{"code": "bad-token"}]})
    server.expect("POST", EXCHANGE, json={"macaroon": "two words"})
    with pytest.raises(AuthenticationRequiredError):
        connected().login(request(answers=ADMIN))
    with pytest.raises(UnexpectedResponseError):
        connected().login(request(answers=ADMIN))


def test_other_flows_and_kinds_are_refused(server: ScriptedServer) -> None:
    """The store gives out no roots, and takes nothing but its own tokens."""
    store = Store("mine", "Mine", "onprem", {"api": server.url}, ("onprem-admin",))
    with HTTPClient(user_agent="test") as http:
        issuer = OnPremEndpoints.token_issuer(store, http)
        flow = OnPremAdminFlow(AuthContext(store, http, issuer))
        with pytest.raises(UnsupportedOperationError):
            issuer.issue_root("onprem-admin", request())
        with pytest.raises(UnsupportedOperationError):
            issuer.exchange("ubuntu-one", "r", ["d"], "test")
        with pytest.raises(CredentialsUnreadableError):
            flow.authorization(Credential(U1_MACAROON, {"r": "r", "d": "d"}))


def test_a_login_without_a_token(server: ScriptedServer) -> None:
    """An issuer that takes macaroons themselves is no store of this kind."""

    class NoToken:
        def issue_root(self, flow: str, request: LoginRequest) -> str:
            raise AssertionError("nobody asks for a root")

        def exchange(self, flow: str, root: str, discharges: Any, description: str) -> None:
            return None

    store = Store("mine", "Mine", "onprem", {"api": server.url}, ("onprem-admin",))
    with HTTPClient(user_agent="test") as http:
        flow = OnPremAdminFlow(AuthContext(store, http, NoToken()))
        with pytest.raises(UnexpectedResponseError):
            flow.login(request(answers=ADMIN))


def test_a_refused_token_is_not_renewed(client: StoreClient, server: ScriptedServer) -> None:
    """There is nothing to renew it with: a 401 is simply told."""
    server.expect(
        "GET",
        f"{GATEWAY}/tokens/whoami",
        status=401,
        headers={"WWW-Authenticate": "Macaroon needs_refresh=1"},
    )
    with pytest.raises(AuthenticationRequiredError):
        client.whoami()


def test_names(client: StoreClient, server: ScriptedServer) -> None:
    """In the gateway's way; the kind of a snap is the store's to know unless it is named."""
    listed = [{"id": "Wq3x", "name": "weather-widget", "type": "app", "status": "published"}]
    server.expect("GET", f"{GATEWAY}/snap", json={"results": listed})
    server.expect("POST", f"{GATEWAY}/snap", status=201, json={"id": "Wq3x"}, times=2)
    server.expect("DELETE", SNAP, json={"package-id": "Wq3x"})

    assert client.list_names()[0].name == "weather-widget"
    assert client.register_name("weather-widget") == "Wq3x"
    client.register_name("weather-widget", entity_type="gadget", private=True, team="t")
    assert client.unregister_name("weather-widget") == "Wq3x"

    assert server.requests[2].json() == {"name": "weather-widget", "private": False}
    assert server.requests[3].json() == {
        "name": "weather-widget",
        "private": True,
        "type": "gadget",
        "team": "t",
    }


def test_what_such_a_store_does_not_have(client: StoreClient) -> None:
    """It is refused by name before anything is sent."""
    refused: list[Callable[[], object]] = [
        lambda: client.create_tracks("weather-widget", [TrackRequest("2.x")]),
        lambda: client.push_components("weather-widget", "1", {"maps": "2"}),
        lambda: client.list_resources("weather-widget"),
        lambda: client.release("weather-widget", [ReleaseRequest(EDGE, 8, percentage=20)]),
        lambda: client.release("weather-widget", [ReleaseRequest(EDGE, 8, (ResourcePin("a", 1),))]),
    ]
    for call in refused:
        with pytest.raises(UnsupportedOperationError):
            call()
    assert client.supports("read-artifact")
    assert not client.supports("check-upload")


def test_releases_and_closings(client: StoreClient, server: ScriptedServer) -> None:
    """One list for both; what the store answers does not matter."""
    server.expect("POST", f"{SNAP}/releases", json={"released": "whatever"})

    results = client.release(
        "weather-widget", [ReleaseRequest(STABLE, 8), ReleaseRequest(EDGE, None)]
    )

    assert server.requests[1].json() == [
        {"revision": 8, "channel": "latest/stable"},
        {"revision": None, "channel": "latest/edge"},
    ]
    assert [(item.channel, item.revision) for item in results] == [(STABLE, 8), (EDGE, None)]


def test_refusals(client: StoreClient, server: ScriptedServer) -> None:
    """Errors have the gateway's form."""
    body = {"error-list": [{"code": "invalid-channel", "message": "no such channel"}]}
    server.expect("POST", f"{SNAP}/releases", status=400, json=body)
    with pytest.raises(BadRequestError) as refusal:
        client.release("weather-widget", [ReleaseRequest(STABLE, 8)])
    assert "no such channel" in str(refusal.value.why)


def test_revisions_and_the_channel_map(client: StoreClient, server: ScriptedServer) -> None:
    """Architectures stand where charms have bases; nulls are no errors."""
    server.expect("GET", f"{SNAP}/revisions", json={"revisions": [revision(9), revision(8)]})
    server.expect(
        "GET", f"{SNAP}/releases", json=channel_map({"channel": "latest/stable", "revision": 8})
    )

    assert [item.revision for item in client.list_revisions("weather-widget")] == [8, 9]
    (row,) = client.list_releases("weather-widget").at(STABLE)
    assert (row.revision, str(row.base)) == (8, "amd64")


@pytest.fixture
def snap_file(tmp_path: Path) -> Path:
    """A snap that mksquashfs packed."""
    program = shutil.which("mksquashfs")
    if program is None:
        pytest.skip("mksquashfs is not installed (Debian: squashfs-tools)")
    meta = tmp_path / "tree" / "meta"
    meta.mkdir(parents=True)
    (meta / "snap.yaml").write_text(SNAP_YAML)
    target = tmp_path / "weather.snap"
    subprocess.run(
        [program, str(meta.parent), str(target), "-no-progress"], check=True, capture_output=True
    )
    return target


def published(client: StoreClient, file: Path) -> PublishItem:
    with Publication(client, PublishRequest(file, ("latest/edge",))) as publication:
        publication.check()
        return publication.run().artifact


@pytest.fixture
def ready(client: StoreClient, server: ScriptedServer, snap_file: Path) -> StoreClient:
    """A client whose store takes an upload and has nothing of it yet."""
    del snap_file  # where it cannot be made, nothing must be expected
    server.expect("GET", f"{GATEWAY}/tokens/whoami", json={"account": {}, "permissions": ["x"]})
    server.expect("GET", SNAP, json={"metadata": {"id": "Wq3x", "name": "weather-widget"}})
    server.expect("GET", f"{SNAP}/revisions", json={"revisions": []})
    server.expect("POST", "/unscanned-upload/", json={"successful": True, "upload_id": "2f1c"})
    server.expect(
        "POST",
        f"{SNAP}/revisions",
        status=202,
        json={"status-url": "/v1/snap/weather-widget/revisions/review?upload-id=2f1c"},
    )
    return client


def test_a_snap_is_published(ready: StoreClient, server: ScriptedServer, snap_file: Path) -> None:
    """Read by the Snap Store's plugin, sent, reviewed, released to a channel."""
    for state, number in (("new", None), ("pending", None), ("approved", 8)):
        review = {"upload-id": "2f1c", "status": state, "revision": number, "errors": None}
        server.expect("GET", f"{SNAP}/revisions/review", json={"revisions": [review]})
    server.expect("GET", f"{SNAP}/releases", json=channel_map())
    server.expect("POST", f"{SNAP}/releases", json={})

    outcome = published(ready, snap_file)

    assert (outcome.revision, outcome.status) == (8, "uploaded")
    assert server.requests[-1].json() == [{"revision": 8, "channel": "latest/edge"}]
    stored = next(item for item in server.requests if item.path == "/unscanned-upload/")
    assert stored.headers["Authorization"] is None


@pytest.mark.parametrize(
    ("errors", "why"),
    [
        ([{"code": "invalid-snap", "message": "Snap is not readable"}], "Snap is not readable"),
        ([], "no reason"),
        (None, "no reason"),
    ],
)
def test_a_snap_is_rejected(
    ready: StoreClient, server: ScriptedServer, snap_file: Path, errors: Any, why: str
) -> None:
    """With its reasons; an empty list of them is a rejection, too."""
    review = {"upload-id": "2f1c", "status": "rejected", "revision": None, "errors": errors}
    server.expect("GET", f"{SNAP}/revisions/review", json={"revisions": [review]})
    server.expect("GET", f"{SNAP}/revisions", json={"revisions": []})

    with pytest.raises(ReviewRejectedError) as refusal:
        published(ready, snap_file)

    assert why in str(refusal.value.why)


def test_a_file_that_is_no_snap_is_not_sent(
    client: StoreClient, server: ScriptedServer, tmp_path: Path
) -> None:
    """It is refused before any request after the login."""
    file = tmp_path / "x.snap"
    file.write_text("no snap")
    with pytest.raises(ArtifactError):
        client.read_artifact(file)
    assert len(server.requests) == 1
