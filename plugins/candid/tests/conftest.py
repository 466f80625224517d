"""A Candid identity service on a real socket, and a store that verifies what it discharges.

Both sides are macaroonbakery's own: real third-party caveats, real boxes, real signatures.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pymacaroons
import pytest
from macaroonbakery import bakery, checkers, httpbakery
from pymacaroons.serializers import BinarySerializer, JsonSerializer

from craft_store_core.errors import AuthenticationRequiredError
from craft_store_core.plugins import AuthContext, HTTPClient, LoginRequest, RetryPolicy, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
USERNAME = "jo-example"
PASSWORD = "correct horse battery"
PATIENCE = 10.0


@dataclass
class Answer:
    """What the service answers once, in place of its own answer."""

    status: int
    body: Any
    content_type: str = "application/json"

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


class Pending:
    """A login that a person has yet to finish."""

    def __init__(self) -> None:
        self.done = Event()
        self.token = b"\xff" + secrets.token_bytes(16)


class CandidServer(ThreadingHTTPServer):
    """Answers as Candid does, below ``/identity``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.key = bakery.generate_key()
        self.locator = bakery.ThirdPartyStore()
        for location in (self.url, f"{self.url}/"):
            self.locator.add_info(
                location, bakery.ThirdPartyInfo(bakery.VERSION_2, self.key.public_key)
            )
        self.answers: dict[str, deque[Answer]] = defaultdict(deque)
        self.received: list[tuple[str, str, str | None]] = []
        self.forms: list[dict[str, str]] = []
        self.pending: dict[str, Pending] = {}
        self.agents: dict[str, str] = {}
        self.methods = {"browser-window", "agent"}
        self.text_token = False
        self.more_caveats = 0
        self.closing = Event()

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.netloc}/identity"

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self.received]

    def answer(self, method: str, path: str, query: dict[str, str], body: str) -> Answer:
        if self.answers[path]:
            return self.answers[path].popleft()
        form = dict(parse_qsl(body))
        handlers: dict[tuple[str, str], Callable[[], Answer]] = {
            ("POST", "/identity/discharge"): lambda: self._discharge(form),
            ("GET", "/identity/login"): lambda: Answer(200, "<form method=post>", "text/html"),
            ("POST", "/identity/login"): lambda: self._login(query["did"], form),
            ("GET", "/identity/wait-token"): lambda: self._wait(query["did"]),
            ("GET", "/identity/login/agent"): lambda: self._agent(query),
        }
        handler = handlers.get((method, path))
        return handler() if handler else Answer(404, {"Code": "not found", "Message": path})

    def interaction_required(self, did: str) -> dict[str, Any]:
        methods = {
            "browser-window": {
                "VisitURL": f"{self.url}/login?did={did}",
                "WaitTokenURL": f"wait-token?did={did}",
            },
            "agent": {"login-url": f"login/agent?did={did}"},
            "browser-redirect": {"LoginURL": "x", "DischargeTokenURL": "y"},
        }
        return {
            "Code": "interaction required",
            "Message": "macaroon discharge required: authentication required",
            "Info": {
                "InteractionMethods": {
                    kind: entry for kind, entry in methods.items() if kind in self.methods
                }
            },
        }

    def _discharge(self, form: dict[str, str]) -> Answer:
        self.forms.append(form)
        token = _binary_field(form, "token")
        if token is None:
            did = secrets.token_hex(32)
            self.pending[did] = Pending()
            return Answer(401, self.interaction_required(did))
        if not self._identifies(form["token-kind"], token):
            return Answer(401, {"Code": "unauthorized", "Message": "invalid token"})
        macaroon = httpbakery.discharge(
            checkers.AuthContext(), form, self.key, self.locator, _Checker(self)
        )
        return Answer(200, {"Macaroon": macaroon.to_dict()})

    def _identifies(self, kind: str, token: bytes) -> bool:
        if kind != "agent":
            return any(
                login.token == token and login.done.is_set() for login in self.pending.values()
            )
        raw = BinarySerializer()
        macaroon = raw.deserialize_raw(token)
        proof = raw.deserialize_raw(token[len(raw.serialize_raw(macaroon)) :])
        return _holds(macaroon, b"agent-key", [proof])

    def _login(self, did: str, form: dict[str, str]) -> Answer:
        if form != {"username": USERNAME, "password": PASSWORD}:
            return Answer(401, "<p>No.</p>", "text/html")
        self.pending[did].done.set()
        return Answer(200, "<p>You are logged in.</p>", "text/html")

    def _wait(self, did: str) -> Answer:
        login = self.pending[did]
        while not login.done.wait(0.01):
            if self.closing.is_set():
                return Answer(503, "")
        if self.text_token:
            login.token = b"text-token"
            return Answer(200, {"kind": "macaroon", "token": "text-token"})
        return Answer(200, {"kind": "macaroon", "token64": base64.b64encode(login.token).decode()})

    def _agent(self, query: dict[str, str]) -> Answer:
        key = query["public-key"]
        if self.agents.get(query["username"]) != key:
            return Answer(404, {"Code": "not found", "Message": "user not found"})
        macaroon = bakery.Macaroon(b"agent-key", b"agent-1", "candid", bakery.VERSION_2)
        public = bakery.PublicKey.deserialize(key)
        caveat = bakery.local_third_party_caveat(public, bakery.VERSION_2)
        macaroon.add_caveat(caveat, self.key, self.locator)
        return Answer(200, {"macaroon": macaroon.to_dict()})


class _Checker(bakery.ThirdPartyCaveatChecker):  # type: ignore[misc]  # it has no types
    def __init__(self, server: CandidServer) -> None:
        self._server = server

    def check_third_party_caveat(self, ctx: Any, info: Any) -> list[Any]:
        assert info.condition == "is-authenticated-user"
        caveats = [
            checkers.declared_caveat("username", USERNAME),
            checkers.time_before_caveat(datetime(2026, 11, 22, 13, 0)),  # noqa: DTZ001 - its form
        ]
        if self._server.more_caveats:
            self._server.more_caveats -= 1
            caveats.append(checkers.Caveat(info.condition, self._server.url))
        return caveats


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CandidServer

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        parts = urlsplit(self.path)
        self.server.received.append((method, parts.path, self.headers["User-Agent"]))
        answer = self.server.answer(method, parts.path, dict(parse_qsl(parts.query)), body)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *args: object) -> None:
        pass


def _binary_field(form: dict[str, str], name: str) -> bytes | None:
    if name in form:
        return form[name].encode()
    return base64.b64decode(form[f"{name}64"]) if f"{name}64" in form else None


def _holds(root: Any, key: bytes, discharges: Sequence[Any]) -> bool:
    verifier = pymacaroons.Verifier()
    verifier.satisfy_general(lambda condition: True)
    return bool(verifier.verify(root, key, list(discharges)))


class MacaroonStore:
    """Issues root macaroons for Candid and verifies what comes back, signature by signature."""

    def __init__(self, candid: CandidServer) -> None:
        self.candid = candid
        self.key = bakery.generate_key()
        self.location = f"{candid.url}/"
        self.version = bakery.VERSION_2
        self.conditions = ["time-before 2026-12-01T00:00:00Z"]
        self.root: str | None = None
        self.with_candid = True
        self.exchanges = True
        self.descriptions: list[str] = []

    def issue_root(self, flow: str, request: LoginRequest) -> str:
        assert flow == "candid"
        if self.root is not None:
            return self.root
        root = bakery.Macaroon(
            b"root-key", b"\x03root", "api.example.test", self.version, bakery.legacy_namespace()
        )
        for condition in self.conditions:
            root.macaroon.add_first_party_caveat(condition)
        if not self.with_candid:
            return str(root.serialize_json())
        locator = bakery.ThirdPartyStore()
        info = bakery.ThirdPartyInfo(self.version, self.candid.key.public_key)
        locator.add_info(self.location, info)
        root.add_caveat(checkers.Caveat("is-authenticated-user", self.location), self.key, locator)
        return str(root.serialize_json())

    def exchange(
        self, flow: str, root: str, discharges: Sequence[str], description: str
    ) -> str | None:
        assert flow == "candid"
        read = [
            pymacaroons.Macaroon.deserialize(text, JsonSerializer()) for text in (root, *discharges)
        ]
        if not _holds(read[0], b"root-key", read[1:]):
            raise AuthenticationRequiredError("The set does not hold.", status=401)
        if self.with_candid:
            assert checkers.infer_declared(read[1:]) == {"username": USERNAME}
        self.descriptions.append(description)
        return f"token-{len(self.descriptions)}" if self.exchanges else None


class Person:
    """Is shown lines; is asked nothing."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        raise AssertionError(f"asked {question!r}")

    def tell(self, text: str) -> None:
        self.told.append(text)


class Browser:
    """Fetches the page, fills in its form and sends it, as a person would."""

    def __init__(self, http: HTTPClient, password: str = PASSWORD) -> None:
        self.http = http
        self.password = password
        self.visited: list[str] = []

    def __call__(self, url: str) -> bool:
        self.visited.append(url)
        assert "<form method=post>" in self.http.request("GET", url).text
        form = {"username": USERNAME, "password": self.password}
        self.http.request("POST", url, form=form, check=False)
        return True


@pytest.fixture
def candid() -> Iterator[CandidServer]:
    with CandidServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def http() -> Iterator[HTTPClient]:
    with HTTPClient(
        user_agent="craft-store-tests", retries=RetryPolicy(attempts=1), proxies={}
    ) as client:
        yield client


@pytest.fixture
def browser() -> Iterator[Browser]:
    with HTTPClient(user_agent="a-browser", proxies={}) as client:
        yield Browser(client)


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def store(candid: CandidServer) -> Store:
    return Store(
        name="acme",
        title="Acme",
        endpoint_set="acme",
        urls={"api": "https://api.example.test", "candid": candid.url},
        auth_flows=("candid",),
    )


@pytest.fixture
def issuer(candid: CandidServer) -> MacaroonStore:
    return MacaroonStore(candid)


@pytest.fixture
def context(store: Store, http: HTTPClient, issuer: MacaroonStore, person: Person) -> AuthContext:
    return AuthContext(store=store, http=http, issuer=issuer, prompter=person, now=lambda: NOW)


@pytest.fixture
def make_answer() -> Callable[..., Answer]:
    return Answer


@pytest.fixture
def make_request() -> Callable[..., LoginRequest]:
    def make(**answers: str) -> LoginRequest:
        return LoginRequest(
            permissions=("package-view",),
            description="craft-store@build-01",
            ttl=int(timedelta(days=30).total_seconds()),
            answers={name.replace("_", "-"): answer for name, answer in answers.items()},
        )

    return make


@pytest.fixture
def write_agent_file(tmp_path: Path) -> Callable[..., Path]:
    def write(url: str, username: str = "acme-ci", key: Any = None) -> Path:
        key = key or bakery.generate_key()
        path = tmp_path / "agent.json"
        document = {
            "key": {"public": str(key.public_key), "private": str(key)},
            "agents": [{"url": url, "username": username}],
        }
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write


@pytest.fixture
def agent_file(candid: CandidServer, write_agent_file: Callable[..., Path]) -> Path:
    """The file of an agent that the service knows."""
    key = bakery.generate_key()
    candid.agents["acme-ci"] = str(key.public_key)
    return write_agent_file(candid.url, key=key)
