"""A scripted Charmhub, the endpoint set that talks to it, and archives that are charms."""

from __future__ import annotations

import zipfile
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_charmhub import CharmhubEndpoints, library_hash
from craft_store_core.cli.main import run
from craft_store_core.plugins import (
    MACAROON,
    Credential,
    HTTPClient,
    RetryPolicy,
    Store,
    StoreSession,
    Work,
)
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

MANIFEST = """\
charmcraft-version: '3'
bases:
- name: ubuntu
  channel: 22.10
  architectures: [amd64, arm64]
"""


class OneToken:
    """Credentials that are never renewed."""

    def authorization(self) -> str:
        return "Macaroon token-of-jo"

    def renew(self, rejected: str) -> bool:
        return False


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A loopback server whose script is checked when the test is over."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def charmhub(scripted_server: ScriptedServer) -> Iterator[CharmhubEndpoints]:
    """The endpoint set that the dialect makes."""
    store = Store(
        name="charmhub",
        title="Charmhub",
        endpoint_set="charmhub",
        urls={"api": scripted_server.url, "storage": scripted_server.url},
        auth_flows=("ubuntu-one",),
    )
    with HTTPClient(
        user_agent="test", retries=RetryPolicy(attempts=2), work=Work(sleep=lambda seconds: None)
    ) as http:
        endpoints = CharmhubEndpoints(StoreSession(store, http, OneToken()))
        assert isinstance(endpoints, CharmhubEndpoints)
        yield endpoints


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Write a zip with the members given by name, underscores for dots."""

    def write(**members: str | bytes) -> Path:
        file = tmp_path / "teapot.charm"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name.replace("_", "."), content)
        return file

    return write


@pytest.fixture
def manifest() -> str:
    """A manifest of two architectures, with a base that would be a number elsewhere."""
    return MANIFEST


@pytest.fixture
def craft_store(scripted_server: ScriptedServer, tmp_path: Path) -> Callable[..., int]:
    """Run ``craft-store`` at the scripted server, with credentials in the environment."""
    environment = {
        "CRAFT_STORE_STORE": "charmhub",
        "CRAFT_STORE_STRICT_PLUGINS": "1",
        "CRAFT_STORE_DATA": str(tmp_path),
        "CRAFT_STORE_CREDENTIALS": Credential(MACAROON, "token-of-jo").encode(),
        **{
            f"CRAFT_STORE_{service}_URL": scripted_server.url
            for service in ("API", "STORAGE", "SSO", "CANDID", "REGISTRY")
        },
    }

    def call(*arguments: str, **variables: str) -> int:
        return run(arguments, {**environment, **variables})

    return call


class Shelf:
    """Libraries of ``teapot`` as a store has them, for scripts.

    Args:
        server: Gets the script.
    """

    bulk = "/v1/charm/libraries/bulk"

    def __init__(self, server: ScriptedServer) -> None:
        self._server = server

    @staticmethod
    def source(patch: int, body: str = "", *, name: str = "tea", api: int = 0) -> str:
        """Return the module of a version."""
        return f'LIBID = "{name}-id"\nLIBAPI = {api}\nLIBPATCH = {patch}\n# {body or patch}\n'

    def row(self, patch: int, body: str = "", *, name: str = "tea", api: int = 0) -> dict[str, Any]:
        """Return what the store says of a version."""
        return {
            "api": api,
            "charm-name": "teapot",
            "hash": library_hash(self.source(patch, body, name=name, api=api)),
            "library-id": f"{name}-id",
            "library-name": name,
            "patch": patch,
        }

    def lists(self, *rows: dict[str, Any]) -> None:
        """Let the next search find these."""
        self._server.expect("POST", self.bulk, json={"libraries": list(rows)})

    def knows_not_all(self) -> None:
        """Let the next search fail, as for a name that the store does not know."""
        entry = {"code": None, "message": "Items need to include 'library_id' or 'package_id'"}
        self._server.expect("POST", self.bulk, status=400, json={"error-list": [entry]})

    def sends(
        self,
        patch: int,
        *,
        name: str = "tea",
        api: int = 0,
        instead: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Let one version be fetched once, with something else in place of what it has."""
        answer = {
            **self.row(patch, name=name, api=api),
            "content": self.source(patch, name=name, api=api),
            **instead,
        }
        self._server.expect(
            "GET",
            f"/v1/charm/libraries/teapot/{name}-id",
            query={"api": str(api), "patch": str(patch)},
            json=answer,
        )

    def has_no(self, patch: int) -> None:
        """Let one version not be there when it is asked for."""
        self._server.expect(
            "GET",
            "/v1/charm/libraries/teapot/tea-id",
            query={"api": "0", "patch": str(patch)},
            status=404,
            json={"error-list": [{"code": "resource-not-found", "message": "No."}]},
        )

    def takes(self, patch: int, *, name: str = "tea", status: int = 200) -> None:
        """Let a library be published once, or be refused."""
        refused = {"error-list": [{"code": "resource-not-found", "message": "No."}]}
        self._server.expect(
            "POST",
            f"/v1/charm/libraries/teapot/{name}-id",
            status=status,
            json=self.row(patch, name=name) if status == 200 else refused,
        )


@pytest.fixture
def shelf(scripted_server: ScriptedServer) -> Shelf:
    """Scripts what a store has of the libraries of ``teapot``."""
    return Shelf(scripted_server)


@pytest.fixture
def charm_folder(tmp_path: Path) -> Path:
    """The folder of ``teapot``, without libraries."""
    folder = tmp_path / "charm"
    folder.mkdir()
    (folder / "charmcraft.yaml").write_text("name: teapot\n")
    return folder
