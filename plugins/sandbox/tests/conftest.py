"""A small client of the wire protocol, which knows nothing of the product's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from pymacaroons import Macaroon

from craft_store_sandbox import build_charm

if TYPE_CHECKING:
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


def caveat_of(root: str) -> str:
    """The id of the third-party caveat of a root macaroon."""
    (caveat,) = Macaroon.deserialize(root).third_party_caveats()
    return str(caveat.caveat_id)


def bind(root: str, discharge: str) -> str:
    """Bind a discharge to its root."""
    bound = Macaroon.deserialize(root).prepare_for_request(Macaroon.deserialize(discharge))
    return str(bound.serialize())


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
def acme(client: WireClient) -> WireClient:
    """The client, with acme-web registered."""
    client.ok("POST", "/v1/charm", {"name": "acme-web", "type": "charm"})
    return client
