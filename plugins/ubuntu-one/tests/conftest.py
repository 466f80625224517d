"""A single sign-on service on a real socket and a store that issues and verifies real macaroons."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pymacaroons
import pytest

from craft_store_core.errors import AuthenticationRequiredError, UsageError
from craft_store_core.plugins import AuthContext, HTTPClient, LoginRequest, RetryPolicy, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
EMAIL = "jo@example.com"
PASSWORD = "correct horse battery"
OTP = "123456"
CAVEAT_KEY = "caveat-root-key-24-bytes"


@dataclass
class Answer:
    """What the service answers once, in place of its own answer."""

    status: int
    body: Any
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


class SingleSignOnServer(ThreadingHTTPServer):
    """Answers as Ubuntu One does: discharges and renews for one account with a second factor."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: deque[Answer] = deque()
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.second_factor = True
        self.discharges = 0

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        # A path, since base URLs must be joined as prefixes.
        return f"http://{self.netloc}/sso"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.received]

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        self.received.append((path, body))
        if self.answers:
            return self.answers.popleft()
        if path == "/sso/api/v2/tokens/refresh":
            old = pymacaroons.Macaroon.deserialize(body["discharge_macaroon"])
            return self._discharged(old.identifier)
        if (body["email"], body["password"]) != (EMAIL, PASSWORD):
            return Answer(401, {"code": "INVALID_CREDENTIALS", "message": "Not correct."})
        if self.second_factor and "otp" not in body:
            return Answer(401, {"code": "TWOFACTOR_REQUIRED", "message": "2-factor required."})
        if self.second_factor and body["otp"] != OTP:
            return Answer(403, {"code": "TWOFACTOR_FAILURE", "message": "Not recognised."})
        return self._discharged(body["caveat_id"])

    def _discharged(self, caveat_id: str) -> Answer:
        self.discharges += 1
        macaroon = pymacaroons.Macaroon(location=self.netloc, identifier=caveat_id, key=CAVEAT_KEY)
        macaroon.add_first_party_caveat(f"{self.netloc}|number|{self.discharges}")
        macaroon.add_first_party_caveat(f"{self.netloc}|expires|2026-11-23T12:00:00.000000")
        return Answer(200, {"discharge_macaroon": macaroon.serialize()})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SingleSignOnServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.server.answer(self.path, body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *args: object) -> None:
        pass


class MacaroonStore:
    """Issues root macaroons and verifies what comes back, signature by signature."""

    def __init__(self, sso_location: str) -> None:
        self.sso_location = sso_location
        self.conditions = ["time-before 2026-12-01T00:00:00.000000Z"]
        self.root: str | None = None
        self.takes_macaroons = False
        self.stale_discharges = 0
        self.refusals: deque[AuthenticationRequiredError] = deque()
        self.exchanged: list[str] = []
        self.descriptions: list[str] = []
        self.requests: list[LoginRequest] = []

    def issue_root(self, flow: str, request: LoginRequest) -> str:
        assert flow == "ubuntu-one"
        self.requests.append(request)
        return self.root if self.root is not None else self.new_root()

    def new_root(self) -> str:
        macaroon = pymacaroons.Macaroon(
            location="api.example.test", identifier="root-1", key="root-key"
        )
        for condition in self.conditions:
            macaroon.add_first_party_caveat(condition)
        macaroon.add_third_party_caveat(self.sso_location, CAVEAT_KEY, "caveat-1")
        return str(macaroon.serialize())

    def exchange(
        self, flow: str, root: str, discharges: Sequence[str], description: str
    ) -> str | None:
        assert flow == "ubuntu-one"
        (bound,) = discharges
        assert self.holds(root, bound)
        if self.takes_macaroons:
            return None
        if self.refusals:
            raise self.refusals.popleft()
        if self.stale_discharges:
            self.stale_discharges -= 1
            raise refusal("macaroon-needs-refresh", needs_refresh=True)
        self.descriptions.append(description)
        self.exchanged.append(f"token-{len(self.exchanged) + 1}")
        return self.exchanged[-1]

    @staticmethod
    def holds(root: str, bound: str) -> bool:
        """Tell whether the signatures of a root and its bound discharge hold."""
        verifier = pymacaroons.Verifier()
        verifier.satisfy_general(lambda condition: True)
        read = pymacaroons.Macaroon.deserialize
        return bool(verifier.verify(read(root), "root-key", [read(bound)]))


def refusal(code: str, *, needs_refresh: bool = False) -> AuthenticationRequiredError:
    """The error that an issuer raises for a 401."""
    error = AuthenticationRequiredError("The store did not accept the credentials.", status=401)
    error.needs_refresh = needs_refresh
    error.why = code
    return error


class Person:
    """Answers questions from a script, and notes what was asked and told."""

    def __init__(self, **answers: list[str]) -> None:
        self.answers = {name: deque(texts) for name, texts in answers.items()}
        self.asked: list[tuple[str, bool]] = []
        self.told: list[str] = []

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        self.asked.append((name, secret))
        if not self.answers.get(name):
            raise UsageError(f"Nobody answers {question}.")
        return self.answers[name].popleft()

    def tell(self, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def sso() -> Iterator[SingleSignOnServer]:
    with SingleSignOnServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def http() -> Iterator[HTTPClient]:
    with HTTPClient(user_agent="tests", retries=RetryPolicy(attempts=1), proxies={}) as client:
        yield client


@pytest.fixture
def store(sso: SingleSignOnServer) -> Store:
    return Store(
        name="acme",
        title="Acme",
        endpoint_set="acme",
        urls={"api": "https://api.example.test", "sso": sso.url},
        auth_flows=("ubuntu-one",),
    )


@pytest.fixture
def issuer(sso: SingleSignOnServer) -> MacaroonStore:
    return MacaroonStore(sso.netloc)


@pytest.fixture
def make_person() -> Callable[..., Person]:
    return Person


@pytest.fixture
def make_refusal() -> Callable[..., AuthenticationRequiredError]:
    return refusal


@pytest.fixture
def make_answer() -> Callable[..., Answer]:
    return Answer


@pytest.fixture
def context(store: Store, http: HTTPClient, issuer: MacaroonStore) -> AuthContext:
    return AuthContext(store=store, http=http, issuer=issuer, now=lambda: NOW)


@pytest.fixture
def make_request() -> Callable[..., LoginRequest]:
    def make(**answers: str) -> LoginRequest:
        return LoginRequest(
            permissions=("package-view",),
            description="craft-store@build-01",
            ttl=int(timedelta(days=30).total_seconds()),
            answers=answers,
        )

    return make


@pytest.fixture
def request_for_login(make_request: Callable[..., LoginRequest]) -> LoginRequest:
    return make_request(email=EMAIL, password=PASSWORD, otp=OTP)
