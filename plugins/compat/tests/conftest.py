"""Scripted stores, clients for them, and a keyring that is the test's own."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import keyring
import pymacaroons
import pytest

from craft_store import StoreClient, UbuntuOneStoreClient, endpoints
from craft_store.auth import Auth, MemoryKeyring
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "tok-en"


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[None]:
    for name in ("CRAFT_STORE_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("CRAFT_STORE_ALLOW_HTTP", raising=False)
    monkeypatch.setenv("CRAFT_STORE_RETRIES", "0")
    monkeypatch.setenv("CRAFT_STORE_BACKOFF", "0")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


def _serve() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def store() -> Iterator[ScriptedServer]:
    """The API of a store."""
    yield from _serve()


@pytest.fixture
def storage() -> Iterator[ScriptedServer]:
    """The storage host of a store."""
    yield from _serve()


@pytest.fixture
def sso() -> Iterator[ScriptedServer]:
    """The single sign-on of a store."""
    yield from _serve()


@pytest.fixture
def options(store: ScriptedServer, storage: ScriptedServer) -> dict[str, Any]:
    """What every client is made from."""
    return {
        "base_url": store.url,
        "storage_base_url": storage.url,
        "endpoints": endpoints.CHARMHUB,
        "application_name": "compat-tests",
        "user_agent": "compat-tests/1",
        "ephemeral": True,
    }


@pytest.fixture
def client(options: dict[str, Any]) -> StoreClient:
    """A client that is logged in by Candid, with the token ``tok-en``."""
    made = StoreClient(**options)
    made._auth.set_credentials(json.dumps({"t": "macaroon", "v": TOKEN}))
    return made


@pytest.fixture
def pair(sso: ScriptedServer) -> tuple[str, str]:
    """A root macaroon with a caveat for the single sign-on, and its discharge."""
    host = urlsplit(sso.url).netloc
    root = pymacaroons.Macaroon(location="api.example.com", identifier="root", key="k", version=1)
    root.add_third_party_caveat(host, "caveat-key", "caveat-id")
    discharge = pymacaroons.Macaroon(
        location=host, identifier="caveat-id", key="caveat-key", version=1
    )
    return root.serialize(), discharge.serialize()


@pytest.fixture
def ubuntu_one(
    options: dict[str, Any], sso: ScriptedServer, pair: tuple[str, str]
) -> UbuntuOneStoreClient:
    """A client that is logged in with Ubuntu One, for the Snap Store."""
    made = UbuntuOneStoreClient(
        **{**options, "endpoints": endpoints.U1_SNAP_STORE, "auth_url": sso.url}
    )
    root, discharge = pair
    made._auth.set_credentials(json.dumps({"t": "u1-macaroon", "v": {"r": root, "d": discharge}}))
    return made


@pytest.fixture
def kept(store: ScriptedServer) -> Callable[[str | None], Auth]:
    """Make an ``Auth`` in memory that holds a text."""

    def make(payload: str | None) -> Auth:
        auth = Auth("compat-tests", urlsplit(store.url).netloc, ephemeral=True)
        if payload is not None:
            auth.set_credentials(payload)
        return auth

    return make


@pytest.fixture
def encoded() -> Callable[[str], str]:
    """Put base64 around a text."""
    return lambda text: base64.b64encode(text.encode()).decode()
