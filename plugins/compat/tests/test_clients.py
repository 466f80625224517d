"""Clients: the hosts that they talk to, subclassing, logging in, and what goes wrong."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

import craft_store
from craft_store import BaseClient, HTTPClient, StoreClient, UbuntuOneStoreClient, endpoints, errors
from craft_store.models import (
    CharmResourceRevisionUpdateRequest,
    RequestCharmResourceBase,
    RevisionsRequestModel,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer

LOGIN: dict[str, Any] = {"permissions": ["package-view"], "description": "d", "ttl": 1000}
WHOAMI = {"account": {"username": "jo-example"}}
SNAP_WHOAMI = "/api/v2/tokens/whoami"
NEEDS_REFRESH = {"error-list": [{"code": "macaroon-needs-refresh", "message": "Old."}]}


def test_credentials_go_to_the_store_alone(
    client: StoreClient, store: ScriptedServer, storage: ScriptedServer
) -> None:
    """Neither the storage host nor any other gets them."""
    store.expect("GET", "/v1/tokens/whoami", json=WHOAMI)
    storage.expect("GET", "/v1/tokens/whoami", json={})
    client.request("GET", f"{store.url}/v1/tokens/whoami")
    client.request("GET", f"{storage.url}/v1/tokens/whoami", headers={"X-Own": "1"})

    assert store.requests[0].headers["Authorization"] == "Macaroon tok-en"
    assert "Authorization" not in storage.requests[0].headers
    assert storage.requests[0].headers["X-Own"] == "1"
    with pytest.raises(errors.NetworkError):
        client.request("GET", "/no/absolute/url")


def test_a_slash_at_the_end_of_the_base_url_does_not_matter(
    options: dict[str, Any], store: ScriptedServer
) -> None:
    """Nor does a path in it get lost; attributes are as they were given."""
    client = StoreClient(**{**options, "base_url": f"{store.url}/gateway/"})
    client._auth.set_credentials("raw")
    store.expect("GET", "/gateway/v1/tokens/whoami", json=WHOAMI)

    assert client.whoami() == WHOAMI
    assert client._base_url == f"{store.url}/gateway/"
    assert client._auth.host == urlsplit(store.url).netloc
    assert client._endpoints is endpoints.CHARMHUB


def test_no_credentials_is_an_error_before_anything_is_sent(
    options: dict[str, Any], store: ScriptedServer
) -> None:
    """The documented one."""
    with pytest.raises(errors.CredentialsUnavailable):
        StoreClient(**options).whoami()

    assert store.requests == []


class OnPremises(BaseClient):
    """A client as they are written elsewhere: with its own way of logging in."""

    def _get_macaroon(self, token_request: dict[str, Any]) -> str:
        self.asked = token_request
        return "root"

    def _get_discharged_macaroon(self, root_macaroon: str, **kwargs: Any) -> str:
        response = self.http_client.request(
            "POST", f"{self._base_url}/exchange", json={"macaroon": root_macaroon, **kwargs}
        )
        return str(response.json()["macaroon"])

    def _get_authorization_header(self) -> str:
        return f"macaroon {self._auth.get_credentials()}"


def test_subclasses_log_in_in_their_own_way(options: dict[str, Any], store: ScriptedServer) -> None:
    """Every documented hook is called, and what it returns is used."""
    client = OnPremises(**options)
    store.expect("POST", "/exchange", json={"macaroon": "own-token"})
    store.expect("GET", "/v1/tokens/whoami", json=WHOAMI)
    exported = client.login(**LOGIN, channels=["edge"], realm="local")

    assert client.asked["channels"] == ["edge"]
    assert store.requests[0].json() == {"macaroon": "root", "realm": "local"}
    assert base64.b64decode(exported) == b"own-token"
    assert client.whoami() == WHOAMI
    assert store.requests[1].headers["Authorization"] == "macaroon own-token"
    with pytest.raises(errors.CredentialsAlreadyAvailable):
        client.login(**LOGIN)
    client.logout()


def test_the_base_class_cannot_log_in(options: dict[str, Any]) -> None:
    """It says which methods are missing."""
    with pytest.raises(TypeError, match="_get_authorization_header"):
        BaseClient(**options)  # type: ignore[abstract]  # that is the test


def test_replaced_methods_take_effect(
    client: StoreClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Tests of dependents replace them on the classes."""
    calls: list[tuple[Any, ...]] = []

    class Answer:
        def json(self) -> Any:
            return {"status-url": "/v1/x", "successful": True, "upload_id": "u"}

    def request(_: Any, method: str, url: str, **options: Any) -> Any:
        calls.append((method, urlsplit(url).path, sorted(options)))
        return Answer()

    monkeypatch.setattr(HTTPClient, "request", request)
    file = tmp_path / "web.charm"
    file.write_bytes(b"charm")
    found = [
        client.upload_file(filepath=file),
        client.push_resource("web", "model", upload_id="u"),
    ]
    monkeypatch.setattr(BaseClient, "upload_file", lambda *_, **__: "replaced")
    found.append(client.upload_file(filepath=file))

    assert found == ["u", "/v1/x", "replaced"]
    assert calls == [
        ("POST", "/unscanned-upload/", ["data", "headers"]),
        ("POST", "/v1/charm/web/resources/model/revisions", ["headers", "json", "params"]),
    ]


@pytest.mark.parametrize("size", [0, 10, 600_000])
def test_progress_of_uploads_is_told(
    client: StoreClient, storage: ScriptedServer, tmp_path: Path, size: int
) -> None:
    """The objects have what an encoder and a monitor of requests-toolbelt have."""
    file = tmp_path / "web.charm"
    file.write_bytes(b"x" * size)
    seen: list[tuple[int, int]] = []
    lengths: list[int] = []

    def create(encoder: Any) -> Callable[[Any], None]:
        lengths.append(encoder.len)
        return lambda monitor: seen.append((monitor.bytes_read, monitor.encoder.len))

    storage.expect("POST", "/unscanned-upload/", json={"successful": True, "upload_id": "u"})
    assert client.upload_file(filepath=file, monitor_callback=create) == "u"
    (sent,) = (len(request.body) for request in storage.requests)

    assert lengths == [sent]
    assert seen[-1] == (sent, sent)
    assert [read for read, _ in seen] == sorted(read for read, _ in seen)
    assert "Authorization" not in storage.requests[0].headers


def test_uploads_are_repeated_and_rewound(
    options: dict[str, Any],
    storage: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stored file that nothing refers to does no harm, so it may be sent again."""
    monkeypatch.setenv("CRAFT_STORE_RETRIES", "2")
    file = tmp_path / "web.charm"
    file.write_bytes(b"x" * 1000)
    storage.expect("POST", "/unscanned-upload/", status=503, body=b"busy")
    storage.expect("POST", "/unscanned-upload/", json={"successful": True, "upload_id": "u"})

    assert StoreClient(**options).upload_file(filepath=file) == "u"
    first, second = (request.body for request in storage.requests)
    assert first == second
    assert b"x" * 1000 in first


def test_a_file_that_cannot_be_read_is_an_os_error(client: StoreClient, tmp_path: Path) -> None:
    """As Python says it."""
    with pytest.raises(FileNotFoundError):
        client.upload_file(filepath=tmp_path / "missing")


def test_a_file_that_changes_while_it_is_sent_is_not_uploaded(
    client: StoreClient, storage: ScriptedServer, tmp_path: Path
) -> None:
    """The store does not take a half of two files for one."""
    file = tmp_path / "web.charm"
    file.write_bytes(b"x" * 1000)

    def create(_: Any) -> Callable[[Any], None]:
        file.write_bytes(b"x" * 500)
        return lambda _monitor: None

    with pytest.raises(errors.CraftStoreError, match="changed while it was being sent"):
        client.upload_file(filepath=file, monitor_callback=create)
    assert storage.requests == []


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"other": 1}'])
def test_unreadable_answers_are_documented_errors(
    client: StoreClient,
    store: ScriptedServer,
    storage: ScriptedServer,
    tmp_path: Path,
    body: bytes,
) -> None:
    """An HTML page, a list, and a missing key do not make raw errors."""
    file = tmp_path / "web.charm"
    file.write_bytes(b"charm")
    package = "/v1/charm/web"
    revisions = f"{package}/resources/model/revisions"
    storage.expect("POST", "/unscanned-upload/", body=body)
    store.expect("GET", "/v1/charm", body=body).expect("POST", "/v1/charm", body=body)
    store.expect("DELETE", package, body=body).expect("POST", f"{package}/revisions", body=body)
    store.expect("GET", f"{package}/revisions", body=body)
    store.expect("GET", revisions, body=body).expect("POST", revisions, body=body)
    store.expect("PATCH", revisions, body=body)
    update = CharmResourceRevisionUpdateRequest(revision=1, bases=[RequestCharmResourceBase()])
    actions: list[Callable[[], object]] = [
        lambda: client.upload_file(filepath=file),
        client.list_registered_names,
        lambda: client.register_name("web"),
        lambda: client.unregister_name("web"),
        lambda: client.notify_revision(
            name="web", revision_request=RevisionsRequestModel(upload_id="u")
        ),
        lambda: client.list_revisions("web"),
        lambda: client.list_resource_revisions("web", "model"),
        lambda: client.push_resource("web", "model", upload_id="u"),
        lambda: client.update_resource_revisions(update, name="web", resource_name="model"),
    ]

    for action in actions:
        with pytest.raises(errors.InvalidResponseError) as caught:
            action()
        assert caught.value.details
        assert caught.value.response.status_code == 200


@pytest.mark.parametrize("document", [{"successful": True}, {"status-url": 7, "successful": True}])
def test_answers_with_odd_values_are_documented_errors(
    client: StoreClient,
    store: ScriptedServer,
    storage: ScriptedServer,
    tmp_path: Path,
    document: dict[str, Any],
) -> None:
    """A missing upload id, a number instead of a text, an object instead of a list."""
    file = tmp_path / "web.charm"
    file.write_bytes(b"charm")
    storage.expect("POST", "/unscanned-upload/", json=document)
    store.expect("POST", "/v1/charm/web/resources/model/revisions", json=document)
    store.expect("GET", "/v1/charm/web/revisions", json={"revisions": {}})

    with pytest.raises(errors.InvalidResponseError, match="invalid response"):
        client.upload_file(filepath=file)
    with pytest.raises(errors.InvalidResponseError):
        client.push_resource("web", "model", upload_id="u")
    with pytest.raises(errors.InvalidResponseError):
        client.list_revisions("web")


def test_a_root_macaroon_that_is_none_is_a_documented_error(
    options: dict[str, Any], store: ScriptedServer
) -> None:
    """Of a store that does not offer Candid, or of no store at all."""
    caveatless = '{"i": "root", "s64": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}'
    for document, kind in (
        ({}, errors.InvalidResponseError),
        ({"macaroon": "MDAx"}, errors.NetworkError),
        ({"macaroon": caveatless}, errors.CraftStoreError),
    ):
        store.expect("POST", "/v1/tokens", json=document)
        with pytest.raises(kind):
            StoreClient(**options).login(**LOGIN)


def test_a_login_says_what_it_lacks(
    ubuntu_one: UbuntuOneStoreClient, store: ScriptedServer, pair: tuple[str, str]
) -> None:
    """And is the ``KeyError`` that programs may wait for."""
    ubuntu_one.logout()
    store.expect("POST", "/dev/api/acl/", json={"macaroon": pair[0]})
    with pytest.raises(KeyError) as caught:
        ubuntu_one.login(**LOGIN, email="jo@example.com")

    assert isinstance(caught.value, errors.CraftStoreError)
    assert str(caught.value) == "The login with Ubuntu One needs: password."


@pytest.mark.parametrize("otp", ["123456", None])
def test_a_one_time_password_is_sent_once(
    options: dict[str, Any],
    store: ScriptedServer,
    sso: ScriptedServer,
    pair: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    otp: str | None,
) -> None:
    """A service that turned the request away may have seen the code; a password is sent again."""
    monkeypatch.setenv("CRAFT_STORE_RETRIES", "2")
    client = UbuntuOneStoreClient(
        **{**options, "endpoints": endpoints.U1_SNAP_STORE}, auth_url=sso.url
    )
    store.expect("POST", "/dev/api/acl/", json={"macaroon": pair[0]})
    sso.expect(
        "POST",
        "/api/v2/tokens/discharge",
        status=503,
        headers={"Retry-After": "0"},
        times=1 if otp else 3,
    )

    with pytest.raises(errors.StoreServerError):
        client.login(**LOGIN, email="jo@example.com", password="correct horse", otp=otp)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (json.dumps(NEEDS_REFRESH), {}),
        ("", {"WWW-Authenticate": "Macaroon needs_refresh=1"}),
    ],
)
def test_a_discharge_is_renewed_when_the_header_says_so(
    ubuntu_one: UbuntuOneStoreClient,
    store: ScriptedServer,
    sso: ScriptedServer,
    pair: tuple[str, str],
    body: str,
    headers: dict[str, str],
) -> None:
    """Or the error list; the renewed one is kept, and the request is sent again."""
    store.expect("GET", SNAP_WHOAMI, status=401, body=body, headers=headers)
    store.expect("GET", SNAP_WHOAMI, json=WHOAMI)
    sso.expect("POST", "/api/v2/tokens/refresh", json={"discharge_macaroon": pair[1]})

    assert ubuntu_one.whoami() == WHOAMI
    assert sso.requests[0].json() == {"discharge_macaroon": pair[1]}
    assert "Authorization" not in sso.requests[0].headers
    sent = [request.headers["Authorization"] for request in store.requests]
    assert sent[0].startswith(f"Macaroon root={pair[0]}, discharge=")


def test_a_body_is_rewound_for_the_second_time(
    ubuntu_one: UbuntuOneStoreClient,
    store: ScriptedServer,
    sso: ScriptedServer,
    pair: tuple[str, str],
    tmp_path: Path,
) -> None:
    """Where that is not possible, the store's refusal is kept."""
    file = tmp_path / "body"
    file.write_bytes(b"body")
    store.expect("POST", "/x", status=401, json=NEEDS_REFRESH).expect("POST", "/x")
    sso.expect("POST", "/api/v2/tokens/refresh", json={"discharge_macaroon": pair[1]})
    with file.open("rb") as stream:
        ubuntu_one.request("POST", f"{store.url}/x", data=stream)

    class Once:
        """A body that can be read once, as those of requests-toolbelt."""

        len = 4
        left = b"once"

        def read(self, _: int = -1) -> bytes:
            part, self.left = self.left, b""
            return part

    once = Once()
    store.expect("POST", "/y", status=401, json=NEEDS_REFRESH)
    with pytest.raises(errors.StoreServerError):
        ubuntu_one.request("POST", f"{store.url}/y", data=once)
    assert [request.body for request in store.requests[:2]] == [b"body", b"body"]


def test_a_refusal_is_kept_where_nothing_can_be_renewed(
    options: dict[str, Any], store: ScriptedServer, sso: ScriptedServer, pair: tuple[str, str]
) -> None:
    """Charmhub has no place for renewals; other refusals need none."""
    client = UbuntuOneStoreClient(**options, auth_url=sso.url)
    client._auth.set_credentials(
        json.dumps({"t": "u1-macaroon", "v": {"r": pair[0], "d": pair[1]}})
    )
    store.expect("GET", "/v1/tokens/whoami", status=401, json=NEEDS_REFRESH)
    with pytest.raises(errors.StoreServerError) as caught:
        client.whoami()
    with pytest.raises(ValueError, match="tokens_refresh cannot be None"):
        client._refresh_token()

    assert "macaroon-needs-refresh" in caught.value.error_list
    assert sso.requests == []


def test_a_finished_header_is_sent_as_it_is(
    ubuntu_one: UbuntuOneStoreClient, store: ScriptedServer, sso: ScriptedServer
) -> None:
    """It cannot be renewed, so the store's refusal is kept."""
    ubuntu_one._auth.set_credentials("Macaroon root=abc, discharge=def", force=True)
    store.expect("GET", SNAP_WHOAMI, json=WHOAMI)
    store.expect("GET", SNAP_WHOAMI, status=401, json=NEEDS_REFRESH)

    assert ubuntu_one.whoami() == WHOAMI
    with pytest.raises(errors.StoreServerError, match="macaroon-needs-refresh"):
        ubuntu_one.whoami()
    sent = {request.headers["Authorization"] for request in store.requests}
    assert sent == {"Macaroon root=abc, discharge=def"}
    assert sso.requests == []


def test_other_refusals_renew_nothing(
    ubuntu_one: UbuntuOneStoreClient, store: ScriptedServer, sso: ScriptedServer
) -> None:
    """A missing permission does not get better by a new discharge."""
    refusal = {"error-list": [{"code": "permission-required", "message": "Missing."}]}
    store.expect("GET", SNAP_WHOAMI, status=401, json=refusal)
    with pytest.raises(errors.StoreServerError, match="permission-required"):
        ubuntu_one.whoami()

    assert sso.requests == []


def test_damaged_macaroons_are_documented_errors(
    ubuntu_one: UbuntuOneStoreClient, store: ScriptedServer
) -> None:
    """In what is kept, and in what the store sends."""
    ubuntu_one._auth.set_credentials('{"r": "!!", "d": "MDAx"}', force=True)
    with pytest.raises(errors.CredentialsNotParseable):
        ubuntu_one.whoami()
    ubuntu_one.logout()
    store.expect("POST", "/dev/api/acl/", json={"macaroon": "!!"})
    with pytest.raises(errors.CraftStoreError, match="Invalid root macaroon") as caught:
        ubuntu_one.login(**LOGIN, email="jo@example.com", password="secret")

    assert caught.value.details


def test_candid_stays_on_one_host() -> None:
    """That of the store's own caveat: nothing else is visited or asked."""
    from craft_store._candid_login import _SameHost
    from craft_store_core.errors import HostNotAllowedError

    check = _SameHost()
    check("https://candid.example.com/identity")
    check("https://candid.example.com/identity/login")

    with pytest.raises(HostNotAllowedError):
        check("https://elsewhere.example.com/identity")


def test_classes_are_known_by_their_documented_modules() -> None:
    """Tests of dependents name them there."""
    assert craft_store.store_client.StoreClient is craft_store.StoreClient
    for name in ("Auth", "HTTPClient"):
        assert getattr(craft_store.base_client, name) is getattr(craft_store, name)
    assert StoreClient.TOKEN_TYPE == "macaroon"
    assert UbuntuOneStoreClient.TOKEN_TYPE == "u1-macaroon"
