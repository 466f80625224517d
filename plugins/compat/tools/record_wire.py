"""Record what whatever ``craft_store`` is installed sends, and what it makes of the answers.

Run it with the interpreter of an environment that has a release of the library in it::

    python record_wire.py > wire-3.4.0.json

Each scenario calls one method against servers on loopback that write down every request and give
prepared answers. What comes out is, per scenario, the requests and the outcome: the value that the
method returned, or the class and text of what it raised. Addresses, boundaries and times are
replaced by words, so that two releases can be compared.
"""

# ruff: noqa: SLF001  # what dependents read in spite of the underscore is part of the record
# ruff: noqa: ARG001, PERF203, S106  # scenarios have one signature, and well-known passwords

from __future__ import annotations

import base64
import enum
import json
import os
import re
import sys
import tempfile
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

os.environ.update(
    {
        "CRAFT_STORE_RETRIES": "0",
        "CRAFT_STORE_BACKOFF": "0",
        "NO_PROXY": "*",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
)

import pymacaroons

# Of whichever release: nothing about its types is known.
craft_store: Any = import_module("craft_store")
creds, endpoints, errors, models = (
    import_module(f"craft_store.{name}") for name in ("creds", "endpoints", "errors", "models")
)

SERVICES = ("api", "storage", "sso")
HEADERS = ("accept", "authorization", "content-type", "macaroons", "user-agent")
SHA = "0123456789abcdef" * 6
VARIABLE = "RECORD_WIRE_CREDENTIALS"


class Recorder:
    """Servers for the three services; keeps requests, gives answers."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.known: dict[str, str] = {}
        self.answers: dict[tuple[str, str, str], list[tuple[int, dict[str, str], Any]]] = {}
        self._servers = {service: self._serve(service) for service in SERVICES}
        self.urls = {
            service: f"http://127.0.0.1:{server.server_address[1]}"
            for service, server in self._servers.items()
        }

    def answer(
        self,
        service: str,
        method: str,
        path: str,
        document: Any,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Prepare an answer; of several for one place, each but the last is given once."""
        self.answers.setdefault((service, method, path), []).append(
            (status, headers or {}, document)
        )

    def words(self, text: str) -> str:
        """Return a text with addresses replaced."""
        for macaroon, word in self.known.items():
            text = text.replace(macaroon, word)
        for service, url in self.urls.items():
            text = text.replace(url, f"{{{service}}}")
            text = text.replace(urlsplit(url).netloc, f"{{{service}-host}}")
        text = re.sub(r"\b(craft-store|python-requests|python-httpx)/[\d.]+", r"\1", text)
        return re.sub(r"0x[0-9a-f]{6,}", "{address}", text)

    def _serve(self, service: str) -> ThreadingHTTPServer:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def _handle(self) -> None:
                recorder.handle(service, self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815  # its protocol

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def handle(self, service: str, handler: BaseHTTPRequestHandler) -> None:
        """Write a request down and answer it."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        parts = urlsplit(handler.path)
        self.requests.append(
            {
                "service": service,
                "method": handler.command,
                "path": parts.path,
                "query": sorted(parse_qsl(parts.query, keep_blank_values=True)),
                "headers": {
                    name: self._header(name, handler.headers[name])
                    for name in HEADERS
                    if name in handler.headers
                },
                "body": self._body(body, handler.headers.get("Content-Type", "")),
            }
        )
        waiting = self.answers.get((service, handler.command, parts.path), [])
        status, headers, document = waiting[0] if waiting else (404, {}, NOT_FOUND)
        if len(waiting) > 1:
            waiting.pop(0)
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def _header(self, name: str, value: str) -> str:
        if name == "macaroons":
            return json.dumps(json.loads(base64.urlsafe_b64decode(value)))
        return self.words(re.sub(r"boundary=\S+", "boundary={boundary}", value))

    def _body(self, body: bytes, content_type: str) -> Any:
        boundary = re.search(r"boundary=(\S+)", content_type)
        if boundary:
            return body.decode().replace(boundary[1], "{boundary}")
        try:
            return self._times(json.loads(body)) if body else None
        except ValueError:
            return body.decode()

    def _times(self, document: Any) -> Any:
        if isinstance(document, dict) and "expires" in document:
            return {**document, "expires": "{time}"}
        return document


NOT_FOUND = {"error-list": [{"code": "resource-not-found", "message": "There is no such thing."}]}
BASE = {"architecture": "amd64", "channel": "22.04", "name": "ubuntu"}
PROGRESSIVE = {"paused": None, "percentage": None}
CHARM_REVISION = {
    "bases": [BASE],
    "created-at": "2026-03-01T09:12:44Z",
    "created-by": "account-id",
    "errors": None,
    "revision": 7,
    "sha3-384": SHA,
    "size": 20,
    "status": "released",
    "version": "7",
}
SNAP_REVISION = {
    "apps": ["tool"],
    "architectures": ["amd64"],
    "base": "core24",
    "build-url": None,
    "confinement": "strict",
    "created-at": "2026-03-01T09:12:44Z",
    "created-by": "account-id",
    "grade": "stable",
    "revision": 3,
    "sha3-384": SHA,
    "size": 20,
    "status": "approved",
    "type": "app",
    "version": "1.2",
}
GIT_REVISION = {
    "commit-id": "abc",
    "created-at": "2026-03-01T09:12:44Z",
    "created-by": "account-id",
    "revision": 4,
    "sha3-384": SHA,
    "size": 20,
    "status": "approved",
    "version": "4",
}
RELEASES = {
    "channel-map": [
        {
            "base": BASE,
            "channel": "latest/edge",
            "expiration-date": "2026-03-31T09:20:00Z",
            "progressive": PROGRESSIVE,
            "resources": [{"name": "model", "revision": 2, "type": "file"}],
            "revision": 7,
            "when": "2026-03-01T09:15:02Z",
        }
    ],
    "package": {
        "channels": [
            {
                "branch": None,
                "fallback": None,
                "name": "latest/stable",
                "risk": "stable",
                "track": "latest",
            }
        ]
    },
    "revisions": [CHARM_REVISION],
}
SNAP_RELEASES = {
    **RELEASES,
    "channel-map": [
        {
            "architecture": "amd64",
            "channel": "latest/edge",
            "expiration-date": None,
            "progressive": {"paused": True, "percentage": 20.5},
            "revision": 3,
            "when": "2026-03-01T09:15:02Z",
        }
    ],
    "revisions": [SNAP_REVISION],
}
RESOURCE_REVISION = {
    "bases": [{"architectures": ["all"], "channel": "all", "name": "all"}],
    "created-at": "2026-03-01T09:10:00Z",
    "name": "model",
    "revision": 2,
    "sha256": "ab",
    "sha3-384": SHA,
    "sha384": "cd",
    "sha512": "ef",
    "size": 21,
    "type": "file",
    "updated-at": None,
    "updated-by": None,
}
PACKAGE = {
    "authority": None,
    "contact": "jo@example.com",
    "default-track": "latest",
    "description": None,
    "id": "e2MrAcmeWebExample5Uj8DhS1xLz4Co",
    "links": {"docs": ["https://example.com/docs"]},
    "media": [{"type": "icon", "url": "https://img.example.com/acme.svg"}],
    "name": "acme-web",
    "private": False,
    "publisher": {
        "display-name": "Jo Example",
        "id": "account-id",
        "username": "jo-example",
        "validation": "unproven",
    },
    "status": "published",
    "store": "ubuntu",
    "summary": None,
    "title": None,
    "track-guardrails": [{"created-at": "2023-11-10T12:20:12.892031", "pattern": "[0-9]\\.[0-9]"}],
    "tracks": [
        {
            "automatic-phasing-percentage": 20,
            "created-at": "2023-11-13T09:09:28.717348",
            "name": "1.0",
            "version-pattern": None,
        }
    ],
    "type": "charm",
    "website": "https://example.com",
}
WHOAMI = {
    "account": {"display-name": "Jo Example", "id": "account-id", "username": "jo-example"},
    "channels": None,
    "packages": None,
    "permissions": ["package-view"],
}
STATUS = {"status-url": "/v1/charm/acme-web/revisions/review?upload-id=u-1"}
PERMISSIONS = ["package-manage", "package-view"]
CODE = {"code": "some-code", "message": "Some message."}
BODIES: dict[str, tuple[int, Any, str]] = {
    "list": (400, {"error-list": [CODE, {"code": "b", "message": "B."}]}, "application/json"),
    "underscore": (403, {"error_list": [CODE]}, "application/json"),
    "permission": (
        401,
        {"error-list": [{"code": "permission-required", "message": "Missing it."}]},
        "application/json",
    ),
    "null-code": (400, {"error-list": [{"code": None, "message": "M."}]}, "application/json"),
    "empty-list": (400, {"error-list": []}, "application/json"),
    "object": (400, {"detail": "no"}, "application/json"),
    "top-level": (400, CODE, "application/json"),
    "html": (502, b"<html><title>Bad Gateway</title></html>", "text/html"),
    "nothing": (500, b"", "text/plain"),
}
ODD_BODIES: dict[str, tuple[int, Any, str]] = {
    "without-code": (400, {"error-list": [{"message": "M."}]}, "application/json"),
    "null-list": (400, {"error-list": None}, "application/json"),
    "array": (400, [1, 2], "application/json"),
    "text-entry": (400, {"error-list": ["broken"]}, "application/json"),
}


def sso_macaroons(recorder: Recorder) -> tuple[str, str]:
    """Return a root macaroon with a caveat for the single sign-on, and its discharge."""
    root = pymacaroons.Macaroon(
        location="api.example.com", identifier="root-id", key="root-key", version=1
    )
    root.add_first_party_caveat("time-before 2036-01-01T00:00:00Z")
    discharge = pymacaroons.Macaroon(
        location=urlsplit(recorder.urls["sso"]).netloc,
        identifier="caveat-id",
        key="caveat-key",
        version=1,
    )
    root.add_third_party_caveat(
        urlsplit(recorder.urls["sso"]).netloc, "caveat-key", "caveat-id", nonce=b"n" * 24
    )
    recorder.known = {
        root.serialize(): "{root}",
        discharge.serialize(): "{discharge}",
        root.prepare_for_request(discharge).serialize(): "{bound discharge}",
    }
    return root.serialize(), discharge.serialize()


def encoded(payload: str) -> str:
    """Return a payload as credentials are exported."""
    return base64.b64encode(payload.encode()).decode()


def plain(value: Any) -> Any:
    """Return a value as JSON has it; of models the name of the class and what they marshal to."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if hasattr(value, "marshal"):
        return {type(value).__name__: plain(value.marshal())}
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return str(value)


if TYPE_CHECKING:
    Scenario = Callable[[Recorder], Any]
SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    """Enter a function under a name."""

    def enter(function: Scenario) -> Scenario:
        SCENARIOS[name] = function
        return function

    return enter


def store_client(recorder: Recorder, **options: Any) -> Any:
    """Return a client with the token ``tok-en`` from the environment."""
    os.environ[VARIABLE] = encoded('{"t": "macaroon", "v": "tok-en"}')
    return craft_store.StoreClient(
        **{
            "base_url": recorder.urls["api"],
            "storage_base_url": recorder.urls["storage"],
            "endpoints": endpoints.CHARMHUB,
            "application_name": "recorder",
            "user_agent": "recorder/1",
            "environment_auth": VARIABLE,
            **options,
        }
    )


def ubuntu_one_client(recorder: Recorder, *, stored: bool = True, **options: Any) -> Any:
    """Return a client, with a root macaroon and its discharge unless told not to."""
    root, discharge = sso_macaroons(recorder)
    payload = {"t": "u1-macaroon", "v": {"r": root, "d": discharge}}
    os.environ[VARIABLE] = encoded(json.dumps(payload))
    return craft_store.UbuntuOneStoreClient(
        **{
            "base_url": recorder.urls["api"],
            "storage_base_url": recorder.urls["storage"],
            "auth_url": recorder.urls["sso"],
            "endpoints": endpoints.U1_SNAP_STORE,
            "application_name": "recorder",
            "user_agent": "recorder/1",
            "environment_auth": VARIABLE if stored else None,
            "ephemeral": not stored,
            **options,
        }
    )


def calls(name: str, prepare: tuple[Any, ...], call: Callable[[Any], Any]) -> None:
    """Enter a scenario that prepares one answer and calls one method of a ``StoreClient``."""

    def run(recorder: Recorder) -> Any:
        recorder.answer(*prepare)
        return call(store_client(recorder))

    SCENARIOS[name] = run


def _file() -> Path:
    folder = Path(tempfile.mkdtemp())
    path = folder / "acme web.charm"
    path.write_bytes(b"content of the charm")
    return path


NAME = "/v1/charm/acme-web"
RESOURCE = f"{NAME}/resources/model/revisions"
RequestBase = models.RequestCharmResourceBase
FILE = models.CharmResourceType.FILE

calls("whoami", ("api", "GET", "/v1/tokens/whoami", WHOAMI), lambda c: c.whoami())
calls(
    "request",
    ("api", "PUT", "/v1/x", {"a": 1}),
    lambda c: c.request(
        "PUT",
        f"{c._base_url}/v1/x",
        params={"q": "a b", "n": 2},
        headers={"X-Own": "1"},
        json={"k": [1]},
    ).json(),
)
calls(
    "request form",
    ("api", "POST", "/v1/x", {"a": 1}),
    lambda c: c.request("POST", f"{c._base_url}/v1/x?z=1", data={"k": "v w"}).text,
)
calls(
    "request bytes",
    ("api", "POST", "/v1/x", {"a": 1}),
    lambda c: c.request("POST", f"{c._base_url}/v1/x", data=b"raw").status_code,
)
calls(
    "request files",
    ("api", "POST", "/v1/x", {"a": 1}),
    lambda c: c.request(
        "POST", f"{c._base_url}/v1/x", files={"f": ("n.txt", b"body", "text/plain")}
    ).json(),
)
calls(
    "upload_file",
    ("storage", "POST", "/unscanned-upload/", {"successful": True, "upload_id": "u-1"}),
    lambda c: c.upload_file(filepath=_file()),
)
calls(
    "upload_file refused",
    ("storage", "POST", "/unscanned-upload/", {"successful": False, "upload_id": None}),
    lambda c: c.upload_file(filepath=_file()),
)
calls(
    "notify_revision",
    ("api", "POST", f"{NAME}/revisions", STATUS),
    lambda c: c.notify_revision(
        name="acme-web", revision_request=models.RevisionsRequestModel(upload_id="u-1")
    ),
)
calls(
    "push_resource",
    ("api", "POST", RESOURCE, STATUS),
    lambda c: c.push_resource("acme-web", "model", upload_id="u-1"),
)
calls(
    "push_resource with bases",
    ("api", "POST", RESOURCE, STATUS),
    lambda c: c.push_resource(
        "acme-web",
        "model",
        upload_id="u-1",
        resource_type=FILE,
        bases=[RequestBase(architectures=["amd64"]), RequestBase()],
    ),
)
for _label, _revision in (
    ("charm", CHARM_REVISION),
    ("snap", SNAP_REVISION),
    ("source", GIT_REVISION),
    ("charm rejected", {**CHARM_REVISION, "errors": [CODE]}),
):
    calls(
        f"list_revisions {_label}",
        ("api", "GET", f"{NAME}/revisions", {"revisions": [_revision]}),
        lambda c: c.list_revisions("acme-web"),
    )
calls(
    "list_resource_revisions",
    (
        "api",
        "GET",
        RESOURCE,
        {"revisions": [RESOURCE_REVISION, {**RESOURCE_REVISION, "type": "x"}]},
    ),
    lambda c: c.list_resource_revisions("acme-web", "model"),
)
calls(
    "update_resource_revision",
    ("api", "PATCH", RESOURCE, {"num-resource-revisions-updated": 1}),
    lambda c: c.update_resource_revision(
        "acme-web", "model", revision=2, bases=[RequestBase(architectures=["amd64", "arm64"])]
    ),
)
calls(
    "update_resource_revisions",
    ("api", "PATCH", RESOURCE, {"num-resource-revisions-updated": 2}),
    lambda c: c.update_resource_revisions(
        *(
            models.CharmResourceRevisionUpdateRequest(revision=number, bases=[RequestBase()])
            for number in (1, 2)
        ),
        name="acme-web",
        resource_name="model",
    ),
)
calls(
    "update_resource_revisions nothing",
    ("api", "PATCH", RESOURCE, {"num-resource-revisions-updated": 0}),
    lambda c: c.update_resource_revisions(name="acme-web", resource_name="model"),
)
calls(
    "get_list_releases",
    ("api", "GET", f"{NAME}/releases", RELEASES),
    lambda c: c.get_list_releases(name="acme-web"),
)
calls(
    "release",
    ("api", "POST", f"{NAME}/releases", {"released": []}),
    lambda c: c.release(
        name="acme-web",
        release_request=[
            models.ReleaseRequestModel(
                channel="edge",
                revision=7,
                resources=[models.ResourceModel(name="model", revision=2)],
            ),
            models.ReleaseRequestModel(channel="1.0/candidate", revision=None),
            models.ReleaseRequestModel(channel="beta", revision=7, resources=None),
        ],
    ),
)
for _with in (False, True):
    calls(
        f"list_registered_names {_with}",
        ("api", "GET", "/v1/charm", {"results": [PACKAGE]}),
        methodcaller("list_registered_names", include_collaborations=_with),
    )
TEAM: dict[str, Any] = {"entity_type": "charm", "private": True, "team": "team-id"}
for _label, _options in (("plain", {}), ("all", TEAM)):
    calls(
        f"register_name {_label}",
        ("api", "POST", "/v1/charm", {"id": "new-id"}),
        methodcaller("register_name", "acme-web", **_options),
    )
calls(
    "unregister_name",
    ("api", "DELETE", NAME, {"package-id": "old-id"}),
    lambda c: c.unregister_name("acme-web"),
)
for _label, (_status, _document, _kind) in {**BODIES, **ODD_BODIES}.items():
    calls(
        f"refusal {_label}",
        ("api", "POST", "/v1/charm", _document, _status, {"Content-Type": _kind}),
        lambda c: c.register_name("acme-web"),
    )


@scenario("get_list_releases snap")
def _list_snap_releases(recorder: Recorder) -> Any:
    recorder.answer("api", "GET", "/v1/snap/tool/releases", SNAP_RELEASES)
    own = endpoints.Endpoints(
        namespace="snap",
        whoami="/w",
        tokens="/t",
        tokens_exchange="/e",
        list_releases_model=endpoints.SNAP_STORE.list_releases_model,
        valid_package_types=["snap"],
    )
    return store_client(recorder, endpoints=own).get_list_releases(name="tool")


@scenario("snap list_revisions")
def _snap_revisions(recorder: Recorder) -> Any:
    return store_client(recorder, endpoints=endpoints.SNAP_STORE).list_revisions("tool")


@scenario("snap resources")
def _snap_resources(recorder: Recorder) -> Any:
    return store_client(recorder, endpoints=endpoints.SNAP_STORE).list_resource_revisions("t", "r")


@scenario("unreachable")
def _unreachable(recorder: Recorder) -> Any:
    try:
        store_client(recorder, base_url="http://127.0.0.1:9").whoami()
    except errors.NetworkError:
        return "NetworkError"


@scenario("http verbs")
def _verbs(recorder: Recorder) -> Any:
    client = craft_store.HTTPClient(user_agent="verbs/1")
    for verb in ("GET", "POST", "PUT"):
        recorder.answer("api", verb, "/verb", {"verb": verb})
    url = f"{recorder.urls['api']}/verb"
    answers = [client.get(url), client.post(url, json=[]), client.put(url, data="text")]
    return [answer.json() for answer in answers]


@scenario("candid login")
def _candid(recorder: Recorder) -> Any:
    class Client(craft_store.StoreClient):  # type: ignore[misc]  # of whichever release
        def _candid_discharge(self, macaroon: str) -> str:
            return base64.urlsafe_b64encode(f"[{macaroon}]".encode()).decode()

    recorder.answer("api", "POST", "/v1/tokens", {"macaroon": '{"i": "root"}'})
    recorder.answer("api", "POST", "/v1/tokens/exchange", {"macaroon": "exchanged"})
    client = Client(
        base_url=recorder.urls["api"],
        storage_base_url=recorder.urls["storage"],
        endpoints=endpoints.CHARMHUB,
        application_name="recorder",
        user_agent="recorder/1",
        ephemeral=True,
    )
    exported = client.login(
        permissions=PERMISSIONS,
        description="a description",
        ttl=1000,
        packages=[endpoints.Package("acme-web", "charm")],
        channels=["latest/edge"],
    )
    try:
        client.login(permissions=PERMISSIONS, description="again", ttl=1)
    except errors.CredentialsAlreadyAvailable as error:
        again = recorder.words(str(error))
    recorder.answer("api", "GET", "/v1/tokens/whoami", WHOAMI)
    found = [base64.b64decode(exported).decode(), again, client.whoami()]
    client.logout()
    try:
        client.logout()
    except errors.CredentialsUnavailable as error:
        found.append(recorder.words(str(error)))
    return found


def _u1_login(recorder: Recorder, client: Any, **more: Any) -> Any:
    exported = client.login(
        permissions=PERMISSIONS,
        description="a description",
        ttl=1000,
        email="jo@example.com",
        password="correct horse",
        **more,
    )
    recorder.answer("api", "GET", client._endpoints.whoami, WHOAMI)
    return [base64.b64decode(exported).decode(), client.whoami()]


def _prepare_u1(recorder: Recorder, path: str) -> None:
    root, discharge = sso_macaroons(recorder)
    recorder.answer("api", "POST", path, {"macaroon": root})
    for step in ("discharge", "refresh"):
        recorder.answer("sso", "POST", f"/api/v2/tokens/{step}", {"discharge_macaroon": discharge})


@scenario("ubuntu one login")
def _u1(recorder: Recorder) -> Any:
    _prepare_u1(recorder, "/dev/api/acl/")
    return _u1_login(recorder, ubuntu_one_client(recorder, stored=False))


@scenario("ubuntu one login otp")
def _u1_otp(recorder: Recorder) -> Any:
    _prepare_u1(recorder, "/dev/api/acl/")
    client = ubuntu_one_client(recorder, stored=False)
    return _u1_login(
        recorder,
        client,
        otp="123456",
        packages=[endpoints.Package("tool", "snap")],
        channels=["edge"],
    )


@scenario("ubuntu one login without password")
def _u1_missing(recorder: Recorder) -> Any:
    _prepare_u1(recorder, "/dev/api/acl/")
    client = ubuntu_one_client(recorder, stored=False)
    return client.login(permissions=PERMISSIONS, description="d", ttl=10)


@scenario("ubuntu one two factors")
def _u1_refused(recorder: Recorder) -> Any:
    root, _ = sso_macaroons(recorder)
    recorder.answer("api", "POST", "/dev/api/acl/", {"macaroon": root})
    refusal = {"error_list": [{"code": "twofactor-required", "message": "2-factor required."}]}
    recorder.answer("sso", "POST", "/api/v2/tokens/discharge", refusal, 401)
    client = ubuntu_one_client(recorder, stored=False)
    try:
        _u1_login(recorder, client)
    except errors.StoreServerError as error:
        found = error.error_list["twofactor-required"]
        return ["twofactor-required" in error.error_list, found, error.response.status_code]


@scenario("ubuntu one refresh")
def _u1_refresh(recorder: Recorder) -> Any:
    _prepare_u1(recorder, "/dev/api/acl/")
    refusal = {"error-list": [{"code": "macaroon-needs-refresh", "message": "Expired."}]}
    place = ("api", "GET", "/api/v2/tokens/whoami")
    recorder.answer(*place, refusal, 401, {"WWW-Authenticate": "Macaroon needs_refresh=1"})
    recorder.answer(*place, WHOAMI)
    client = ubuntu_one_client(recorder)
    return [client.whoami(), client._auth.get_credentials()]


@scenario("credentials of another kind")
def _wrong_kind(recorder: Recorder) -> Any:
    client = ubuntu_one_client(recorder)
    client._auth.set_credentials('{"t": "macaroon", "v": "tok-en"}', force=True)
    return client.whoami()


@scenario("credentials of another kind, candid")
def _wrong_kind_candid(recorder: Recorder) -> Any:
    root, discharge = sso_macaroons(recorder)
    client = store_client(recorder)
    payload = {"t": "u1-macaroon", "v": {"r": root, "d": discharge}}
    client._auth.set_credentials(json.dumps(payload), force=True)
    return client.whoami()


@scenario("stored forms")
def _forms(recorder: Recorder) -> Any:
    recorder.answer("api", "GET", "/v1/tokens/whoami", WHOAMI)
    found = []
    for payload in ("plain-token", '{"c": [], "i": "x"}', '{"t": "macaroon", "v": "typed"}'):
        client = store_client(recorder)
        client._auth.set_credentials(payload, force=True)
        found.append([client._get_authorization_header(), client.whoami() == WHOAMI])
    return found


@scenario("credentials texts")
def _texts(recorder: Recorder) -> Any:
    found: list[Any] = [
        json.loads(creds.marshal_candid_credentials("tok-en")),
        creds.unmarshal_candid_credentials('{"t": "macaroon", "v": "tok-en"}'),
        creds.unmarshal_candid_credentials("tok-en"),
    ]
    pair = creds.UbuntuOneMacaroons(r="root", d="discharge")
    text = creds.marshal_u1_credentials(pair)
    found += [json.loads(text), plain_pair(creds.unmarshal_u1_credentials(text))]
    found += [plain_pair(creds.unmarshal_u1_credentials('{"r": "a", "d": "b"}'))]
    found += [plain_pair(pair.with_discharge("newer"))]
    for reader, broken in (
        (creds.unmarshal_candid_credentials, '{"t": "u1-macaroon", "v": {"r": "a", "d": "b"}}'),
        (creds.unmarshal_u1_credentials, '{"t": "macaroon", "v": "tok-en"}'),
        (creds.unmarshal_u1_credentials, "tok-en"),
        (creds.unmarshal_u1_credentials, "{}"),
    ):
        try:
            found.append(str(reader(broken)))
        except errors.CraftStoreError as error:
            found.append([type(error).__name__, str(error)])
    return found


def plain_pair(pair: Any) -> list[str]:
    """Return root and discharge."""
    return [pair.root, pair.discharge]


if hasattr(craft_store, "PublisherGateway"):
    publisher = import_module("craft_store.publisher")
    UbuntuOneLogin = import_module("craft_store.login").UbuntuOneLogin

    def memory_auth(recorder: Recorder, payload: str | None = "tok-en") -> Any:
        """Return an ``Auth`` that holds a payload in memory."""
        auth = craft_store.Auth(
            application_name="recorder", host=urlsplit(recorder.urls["api"]).netloc, ephemeral=True
        )
        if payload is not None:
            auth.set_credentials(payload)
        return auth

    def gateway(recorder: Recorder) -> Any:
        """Return a gateway with a token."""
        return publisher.PublisherGateway(
            recorder.urls["api"],
            "charm",
            craft_store.CandidAuth(auth=memory_auth(recorder, '{"t": "macaroon", "v": "tok-en"}')),
        )

    def asks(name: str, prepare: tuple[Any, ...], call: Callable[[Any], Any]) -> None:
        """Enter a scenario that prepares one answer and calls one method of a gateway."""

        def run(recorder: Recorder) -> Any:
            recorder.answer(*prepare)
            return call(gateway(recorder))

        SCENARIOS[f"gateway {name}"] = run

    asks("whoami", ("api", "GET", "/v1/tokens/whoami", WHOAMI), lambda g: g.whoami())
    for _with in (False, True):
        asks(
            f"list_registered_names {_with}",
            ("api", "GET", "/v1/charm", {"results": [PACKAGE]}),
            methodcaller("list_registered_names", include_collaborations=_with),
        )
    for _label, _options in (("plain", {"entity_type": "charm"}), ("all", TEAM)):
        asks(
            f"register_name {_label}",
            ("api", "POST", "/v1/charm", {"id": "new-id"}),
            methodcaller("register_name", "acme-web", **_options),
        )
    asks(
        "get_package_metadata",
        ("api", "GET", NAME, {"metadata": PACKAGE}),
        lambda g: g.get_package_metadata("acme-web"),
    )
    asks(
        "unregister_name",
        ("api", "DELETE", NAME, {"package-id": "old-id"}),
        lambda g: g.unregister_name("acme-web"),
    )
    asks(
        "list_revisions",
        ("api", "GET", f"{NAME}/revisions", {"revisions": []}),
        lambda g: g.list_revisions("acme-web"),
    )
    asks(
        "list_revisions all",
        ("api", "GET", f"{NAME}/revisions", {"revisions": []}),
        lambda g: g.list_revisions(
            "acme-web", fields=["revision", "size"], include_craft_yaml=True, revision=7
        ),
    )
    asks(
        "list_releases",
        ("api", "GET", f"{NAME}/releases", RELEASES),
        lambda g: g.list_releases("acme-web"),
    )
    asks(
        "release",
        (
            "api",
            "POST",
            f"{NAME}/releases",
            {
                "released": [
                    {
                        "channel": "edge",
                        "revision": 7,
                        "resources": [{"name": "model", "revision": 2}],
                    },
                    {"channel": "1.0/beta", "revision": None, "resources": []},
                    {},
                ]
            },
        ),
        lambda g: g.release(
            "acme-web",
            [
                publisher.ReleaseRequest(
                    channel="edge", revision=7, resources=[{"name": "model", "revision": 2}]
                ),
                {"channel": "1.0/beta", "revision": None},
            ],
        ),
    )
    asks(
        "create_tracks",
        ("api", "POST", f"{NAME}/tracks", {"num-tracks-created": 2}, 201),
        lambda g: g.create_tracks(
            "acme-web",
            {"name": "2.0", "version-pattern": None, "automatic-phasing-percentage": None},
            {"name": "3.0"},
        ),
    )
    asks(
        "create_tracks bad name",
        ("api", "POST", f"{NAME}/tracks", {"num-tracks-created": 1}),
        lambda g: g.create_tracks("acme-web", {"name": "-bad-"}),
    )
    asks(
        "create_tracks long name",
        ("api", "POST", f"{NAME}/tracks", {"num-tracks-created": 1}),
        lambda g: g.create_tracks("acme-web", {"name": "a" * 29}),
    )
    asks(
        "missing key",
        ("api", "GET", NAME, {"other": 1}),
        lambda g: g.get_package_metadata("acme-web"),
    )
    asks("html", ("api", "GET", NAME, b"<html>"), lambda g: g.get_package_metadata("acme-web"))
    for _label, (_status, _document, _kind) in {**BODIES, **ODD_BODIES}.items():
        asks(
            f"refusal {_label}",
            ("api", "GET", NAME, _document, _status, {"Content-Type": _kind}),
            lambda g: g.get_package_metadata("acme-web"),
        )

    @scenario("gateway developer token")
    def _developer(recorder: Recorder) -> Any:
        recorder.answer("api", "GET", "/v1/tokens/whoami", WHOAMI)
        found = []
        for options in ({}, {"auth_type": "macaroon"}):
            auth = memory_auth(recorder, '{"macaroon": "dev-token"}')
            kind = craft_store.DeveloperTokenAuth(auth=auth, **options)
            own = publisher.PublisherGateway(recorder.urls["api"], "charm", kind)
            found.append([kind.get_token_from_keyring(), own.whoami() == WHOAMI])
        return found

    def _prepare_pair(recorder: Recorder) -> str:
        root, discharge = sso_macaroons(recorder)
        recorder.answer("api", "GET", "/v1/tokens/whoami", WHOAMI)
        return json.dumps({"t": "u1-macaroon", "v": {"r": root, "d": discharge}})

    @scenario("gateway ubuntu one")
    def _gateway_u1(recorder: Recorder) -> Any:
        payload = _prepare_pair(recorder)
        recorder.answer("api", "POST", "/v1/tokens/usso/exchange", {"macaroon": "exchanged"})
        auth = memory_auth(recorder, payload)
        own = publisher.PublisherGateway(
            recorder.urls["api"],
            "charm",
            craft_store.UbuntuOneAuth(
                auth=auth, api_base_url=recorder.urls["api"], client_description="recorder@host"
            ),
        )
        return [own.whoami(), own.whoami(), auth.get_credentials()]

    @scenario("gateway with_ubuntu_one")
    def _gateway_with_u1(recorder: Recorder) -> Any:
        payload = _prepare_pair(recorder)
        recorder.answer("api", "POST", "/v1/tokens/usso/exchange", {"macaroon": "exchanged"})
        own = publisher.PublisherGateway.with_ubuntu_one(
            recorder.urls["api"], "charm", auth=memory_auth(recorder, payload)
        )
        return own.whoami()

    @scenario("gateway exchange refused")
    def _gateway_exchange(recorder: Recorder) -> Any:
        payload = _prepare_pair(recorder)
        refusal = {"error-list": [{"code": "macaroon-authorization-required", "message": "Old."}]}
        recorder.answer("api", "POST", "/v1/tokens/usso/exchange", refusal, 401)
        own = publisher.PublisherGateway.with_ubuntu_one(
            recorder.urls["api"], "charm", auth=memory_auth(recorder, payload)
        )
        return own.whoami()

    @scenario("gateway ubuntu one, token stored")
    def _gateway_stored(recorder: Recorder) -> Any:
        recorder.answer("api", "GET", "/v1/tokens/whoami", WHOAMI)
        return publisher.PublisherGateway.with_ubuntu_one(
            recorder.urls["api"], "charm", auth=memory_auth(recorder, "raw-token")
        ).whoami()

    @scenario("gateway without credentials")
    def _gateway_without(recorder: Recorder) -> Any:
        return publisher.PublisherGateway.with_ubuntu_one(
            recorder.urls["api"], "charm", auth=memory_auth(recorder, None)
        ).whoami()

    def _log_in_with(recorder: Recorder, auth: Any, **more: Any) -> Any:
        return UbuntuOneLogin.login_with(
            email="jo@example.com",
            password="correct horse",
            base_url=recorder.urls["api"],
            login_url=recorder.urls["sso"],
            application_name="recorder",
            store_auth=auth,
            **more,
        )

    @scenario("login_with")
    def _login_with(recorder: Recorder) -> Any:
        _prepare_u1(recorder, "/v1/tokens/usso")
        auth = memory_auth(recorder, None)
        found = _log_in_with(recorder, auth)
        return [type(found).__name__, auth.get_credentials()]

    @scenario("login_with all")
    def _login_with_all(recorder: Recorder) -> Any:
        _prepare_u1(recorder, "/v1/tokens/usso")
        auth = memory_auth(recorder, None)
        _log_in_with(
            recorder,
            auth,
            otp="123456",
            permissions=PERMISSIONS,
            channels=["latest/edge"],
            packages=[{"type": "charm", "name": "acme-web"}],
            ttl=500,
        )
        return json.loads(auth.get_credentials())["t"]

    for _label, _status, _refusal in (
        ("otp list", 401, {"error_list": [{"code": "twofactor-required", "message": "OTP."}]}),
        ("otp code", 401, {"code": "TWOFACTOR-REQUIRED", "message": "2-factor."}),
        ("password", 401, {"code": "INVALID_CREDENTIALS", "message": "Wrong password."}),
        ("data", 400, {"code": "INVALID_DATA", "message": "Invalid request data"}),
    ):

        def _refused(recorder: Recorder, status: int = _status, refusal: Any = _refusal) -> Any:
            root, _ = sso_macaroons(recorder)
            recorder.answer("api", "POST", "/v1/tokens/usso", {"macaroon": root})
            recorder.answer("sso", "POST", "/api/v2/tokens/discharge", refusal, status)
            return _log_in_with(recorder, memory_auth(recorder, None))

        SCENARIOS[f"login_with refused {_label}"] = _refused

    @scenario("login_with bad request")
    def _login_with_bad(recorder: Recorder) -> Any:
        refusal = {"error-list": [{"code": "api-error", "message": "3 is less than 10"}]}
        recorder.answer("api", "POST", "/v1/tokens/usso", refusal, 400)
        return _log_in_with(recorder, memory_auth(recorder, None), ttl=3)

    @scenario("login_with credentials already there")
    def _login_with_twice(recorder: Recorder) -> Any:
        _prepare_u1(recorder, "/v1/tokens/usso")
        return _log_in_with(recorder, memory_auth(recorder, "a-token"))


def record(name: str) -> dict[str, Any]:
    """Run one scenario and return its requests and its outcome."""
    recorder = Recorder()
    try:
        outcome = {"returned": plain(SCENARIOS[name](recorder))}
    except Exception as error:  # what a release raises is the record
        outcome = {
            "raised": [kind.__name__ for kind in type(error).__mro__[:-3]],
            "text": recorder.words(str(error)),
        }
    text = recorder.words(json.dumps({"requests": recorder.requests, **outcome}))
    return dict(json.loads(text))


def main() -> None:
    """Write the record of all scenarios to standard output."""
    warnings.simplefilter("ignore")
    records = {name: record(name) for name in sorted(SCENARIOS)}
    json.dump(records, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
