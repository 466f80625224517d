"""A small client of the wire protocol, which knows nothing of the product's own client."""

from __future__ import annotations

import json
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml
from pymacaroons import Macaroon

from craft_store_core.testing.command_line import CommandLine
from craft_store_sandbox import build_charm

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PERMISSIONS = [
    "account-register-package",
    "account-view-packages",
    "package-manage",
    "package-view",
]


class WireClient:
    """Speaks to a sandbox through real sockets."""

    def __init__(self, sandbox: Any, session: requests.Session, folder: Path) -> None:
        self.sandbox = sandbox
        self.session = session
        self.folder = folder
        self.token = sandbox.issue_token(sandbox.account)

    def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Call the API with a token; an empty one sends no Authorization."""
        token = self.token if token is None else token
        sent = {"Authorization": f"Macaroon {token}"} if token else {}
        return self.session.request(
            method,
            f"{self.sandbox.urls.api}{path}",
            json=json,
            headers={**sent, **(headers or {})},
            timeout=30,
        )

    def ok(self, method: str, path: str, json: Any = None) -> Any:
        """Call the API and expect success."""
        response = self.call(method, path, json)
        assert response.ok, response.text
        return response.json()

    def refused(self, method: str, path: str, json: Any = None, **options: Any) -> tuple[Any, ...]:
        """Call the API and give status, code and message of its one error."""
        response = self.call(method, path, json, **options)
        (item,) = response.json()["error-list"]
        return response.status_code, item["code"], item["message"]

    def upload(self, content: bytes, filename: str = "file.bin") -> str:
        """Put bytes on the storage host; give the upload id."""
        response = self.session.post(
            f"{self.sandbox.urls.storage}/unscanned-upload/",
            files={"binary": (filename, content, "application/octet-stream")},
            timeout=30,
        )
        assert response.json()["successful"] is True, response.text
        return str(response.json()["upload_id"])

    def reviewed(self, status_url: str) -> Any:
        """Poll a review until it ends."""
        for _ in range(200):
            (item,) = self.ok("GET", status_url)["revisions"]
            if item["status"] in {"approved", "rejected"}:
                return item
        raise AssertionError(f"the review did not end: {item}")

    def push(self, name: str = "acme-web", content: bytes | None = None, **charm: Any) -> Any:
        """Upload a charm and have it reviewed."""
        if content is None:
            content = build_charm(self.folder / "pushed.charm", name, **charm).read_bytes()
        body = {"upload-id": self.upload(content, f"{name}.charm")}
        answer = self.ok("POST", f"/v1/charm/{name}/revisions", body)
        return self.reviewed(answer["status-url"])

    def push_resource(self, content: bytes, name: str = "model", **body: Any) -> Any:
        """Upload a resource of acme-web and have it reviewed."""
        path = f"/v1/charm/acme-web/resources/{name}/revisions"
        answer = self.ok("POST", path, {"upload-id": self.upload(content), **body})
        return self.reviewed(answer["status-url"])

    def release(self, *items: Any) -> Any:
        """Release to acme-web."""
        return self.ok("POST", "/v1/charm/acme-web/releases", list(items))["released"]

    def channel_map(self) -> Any:
        """The releases of acme-web."""
        return self.ok("GET", "/v1/charm/acme-web/releases")

    def root(self, **body: Any) -> str:
        """A root macaroon for Ubuntu One."""
        answer = self.call(
            "POST", "/v1/tokens/usso", {"permissions": PERMISSIONS, **body}, token=""
        )
        assert answer.ok, answer.text
        return str(answer.json()["macaroon"])

    def sign_on(self, path: str, **body: Any) -> requests.Response:
        """Call single sign-on."""
        url = f"{self.sandbox.urls.sso}/api/v2/tokens/{path}"
        return self.session.post(url, json=body, timeout=30)

    def discharge(self, root: str, **body: Any) -> str:
        """Log in at Ubuntu One for a root macaroon; give the unbound discharge."""
        sent = {
            "email": self.sandbox.account.email,
            "password": self.sandbox.password,
            "otp": self.sandbox.account.one_time_password(),
            "caveat_id": caveat_of(root),
            **body,
        }
        response = self.sign_on("discharge", **sent)
        assert response.ok, response.text
        return str(response.json()["discharge_macaroon"])

    def exchange(
        self, root: str, discharge: str, path: str = "usso", *, bound: bool = True, **body: Any
    ) -> requests.Response:
        """Swap a root and its discharge for a token."""
        value = bind(root, discharge) if bound else discharge
        header = {"Authorization": f"Macaroon root={root}, discharge={value}"}
        return self.call("POST", f"/v1/tokens/{path}/exchange", body, token="", headers=header)


class SnapClient:
    """Speaks to the Snap Store's dashboard of a sandbox through real sockets."""

    def __init__(self, sandbox: Any, session: requests.Session, folder: Path) -> None:
        self.sandbox = sandbox
        self.session = session
        self.folder = folder
        self.credentials = sandbox.issue_snap_macaroons(sandbox.account)

    def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        credentials: Any = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        """Call the dashboard with credentials; headers replace them."""
        if headers is None:
            headers = {"Authorization": (credentials or self.credentials).authorization}
        url = path if path.startswith("http") else f"{self.sandbox.urls.dashboard}{path}"
        return self.session.request(
            method, url, json=json, headers=dict(headers), timeout=30, **options
        )

    def ok(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """Call the dashboard and expect success."""
        response = self.call(method, path, json, **options)
        assert response.ok, response.text
        return response.json() if response.content else None

    def refused(self, method: str, path: str, json: Any = None, **options: Any) -> tuple[Any, Any]:
        """Call the dashboard and give status and code of its one error."""
        response = self.call(method, path, json, **options)
        body = response.json()
        (item,) = body.get("error_list") or body["error-list"]
        assert item["message"]
        return response.status_code, item.get("code")

    def limited(self, **limits: Any) -> Any:
        """Credentials with limits."""
        return self.sandbox.issue_snap_macaroons(self.sandbox.account, **limits)

    def upload(self, content: bytes) -> str:
        """Put bytes on the storage host; give the upload id."""
        response = self.session.post(
            f"{self.sandbox.urls.storage}/unscanned-upload/",
            files={"binary": ("a.snap", content, "application/octet-stream")},
            timeout=30,
        )
        return str(response.json()["upload_id"])

    def push(self, content: bytes, name: str = "weather-widget", **more: Any) -> Any:
        """Upload a snap and give the last answer of its processing."""
        body = {"name": name, "series": "16", "updown_id": self.upload(content), **more}
        answer = self.call("POST", "/dev/api/snap-push/", body)
        assert answer.status_code == 202, answer.text
        return self.processed(answer.json()["status_details_url"])

    def processed(self, url: str) -> Any:
        """Poll an upload's processing until it ends; nobody needs credentials for that."""
        for _ in range(200):
            answer = self.ok("GET", url, headers={})
            if answer["processed"]:
                return answer
            assert answer["code"] == "being_processed"
        raise AssertionError("the processing did not end")

    def release(self, revision: int, *channels: str, **more: Any) -> Any:
        """Release a revision of weather-widget."""
        body = {"name": "weather-widget", "revision": revision, "channels": channels, **more}
        return self.ok("POST", "/dev/api/snap-release/", body)

    def discharge(self, root: str, **body: Any) -> requests.Response:
        """Log in at single sign-on for a root macaroon."""
        sent = {
            "email": self.sandbox.account.email,
            "password": self.sandbox.password,
            "otp": self.sandbox.account.one_time_password(),
            "caveat_id": caveat_of(root),
            **body,
        }
        url = f"{self.sandbox.urls.sso}/api/v2/tokens/discharge"
        return self.session.post(url, json=sent, timeout=30)

    def refresh(self, discharge: str) -> requests.Response:
        """Renew a discharge."""
        url = f"{self.sandbox.urls.sso}/api/v2/tokens/refresh"
        return self.session.post(url, json={"discharge_macaroon": discharge}, timeout=30)


class Program(CommandLine):
    """``craft-store`` with a home of its own and no way to the package index."""

    def with_variables(self, **variables: str) -> Program:
        """The same with more variables."""
        return Program(self.folder, {**self.environment, **variables})

    def result(self, *arguments: object) -> Any:
        """Run a command that succeeds and give what it says as JSON."""
        return self.ok(*arguments, "--format", "json").result

    def error(self, *arguments: object) -> tuple[int, Any]:
        """Run a command that fails; give its exit code and its error."""
        done = self.run(*arguments, "--format", "json")
        return done.code, done.error

    @contextmanager
    def running(
        self, *arguments: object, stop: signal.Signals = signal.SIGINT
    ) -> Iterator[Iterator[Any]]:
        """Start a command that runs on, give its JSON results, stop it: it must end well."""
        with self.start(*arguments, "--format", "json", PYTHONUNBUFFERED="1") as process:
            yield _results(process)
            process.send_signal(stop)
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
            assert "Traceback" not in errors

    def logged_in(
        self, served: Any, folder: Path, *options: object, store: str = "sandbox"
    ) -> Program:
        """Log in as the account that was shown; the credentials are in a variable."""
        here = self.with_variables(
            CRAFT_STORE_STORE=store, CRAFT_STORE_SANDBOX_URL=served["urls"]["api"]
        )
        done = here.ok(
            *("login", "--email", served["account"]["email"]),
            *("--password-file", folder / "password", "--export", "-"),
            *options,
        )
        return here.with_variables(CRAFT_STORE_CREDENTIALS=done.out.strip())


def _results(process: subprocess.Popen[str]) -> Iterator[Any]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            yield json.loads("".join(lines))["result"]
            lines = []


def snap_text(name: str = "weather-widget", **fields: Any) -> bytes:
    """The text of a meta/snap.yaml, which a sandbox takes for a snap when it is told to."""
    document = {
        "name": name,
        "version": "1.5",
        "summary": "Weather in the panel",
        "description": "Shows the weather.",
        "architectures": ["amd64"],
        "base": "core24",
        "grade": "stable",
        "confinement": "strict",
        **fields,
    }
    return yaml.safe_dump(
        {key: value for key, value in document.items() if value is not None}
    ).encode()


def caveat_of(root: str) -> str:
    """The id of the third-party caveat of a root macaroon."""
    (caveat,) = Macaroon.deserialize(root).third_party_caveats()
    return str(caveat.caveat_id)


def bind(root: str, discharge: str) -> str:
    """Bind a discharge to its root."""
    bound = Macaroon.deserialize(root).prepare_for_request(Macaroon.deserialize(discharge))
    return str(bound.serialize())


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program."""
    return Program(tmp_path, {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull})


@pytest.fixture
def wire_client(tmp_path: Path) -> Iterator[Callable[[Any], WireClient]]:
    """Make clients of a sandbox."""
    with requests.Session() as session:
        session.trust_env = False
        yield lambda sandbox: WireClient(sandbox, session, tmp_path)


@pytest.fixture
def client(sandbox_store: Any, wire_client: Callable[[Any], WireClient]) -> WireClient:
    """A client of a new store, with a token that is not limited."""
    return wire_client(sandbox_store)


@pytest.fixture
def snap_client(tmp_path: Path) -> Iterator[Callable[[Any], SnapClient]]:
    """Make clients of the dashboard of a sandbox."""
    with requests.Session() as session:
        session.trust_env = False
        yield lambda sandbox: SnapClient(sandbox, session, tmp_path)


@pytest.fixture
def dashboard(sandbox_store: Any, snap_client: Callable[[Any], SnapClient]) -> SnapClient:
    """A client of the dashboard of a new store, with credentials that are not limited."""
    return snap_client(sandbox_store)


@pytest.fixture
def weather(dashboard: SnapClient) -> SnapClient:
    """The client, with weather-widget registered; the text of a snap.yaml does for a snap."""
    dashboard.sandbox.snaps.plain_yaml = True
    dashboard.sandbox.add_snap("weather-widget", dashboard.sandbox.account, tracks=["2.x"])
    return dashboard


@pytest.fixture
def plain_snap() -> Callable[..., bytes]:
    """Make texts that stand for snaps."""
    return snap_text


@pytest.fixture
def other(sandbox_store: Any) -> Any:
    """Another account."""
    return sandbox_store.add_account("sam@example.com", "another password", username="sam-example")


@pytest.fixture
def acme(client: WireClient) -> WireClient:
    """The client, with acme-web registered."""
    client.ok("POST", "/v1/charm", {"name": "acme-web", "type": "charm"})
    return client
