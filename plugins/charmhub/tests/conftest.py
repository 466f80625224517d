"""A scripted Charmhub, the endpoint set that talks to it, and archives that are charms."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from craft_store_charmhub import CharmhubDialect, CharmhubEndpoints
from craft_store_core.http import HTTPClient, RetryPolicy
from craft_store_core.session import StoreSession
from craft_store_core.stores import Store
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
        user_agent="test", retries=RetryPolicy(attempts=2), sleep=lambda seconds: None
    ) as http:
        endpoints = CharmhubDialect().endpoint_set(StoreSession(store, http, OneToken()))
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
