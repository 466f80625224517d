"""A sandbox to publish to, and clients of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core import connect
from craft_store_core.plugins.credentials import MACAROON, Credential

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from craft_store_core.stores.client import StoreClient
    from craft_store_sandbox.sandbox import ReadySandbox


@pytest.fixture
def client_of() -> Iterator[Callable[..., StoreClient]]:
    """Make clients of a sandbox with a token of its account; options limit the token."""
    from craft_store_sandbox.cli.store import store_at

    clients: list[StoreClient] = []

    def make(sandbox: ReadySandbox, *, progress: Any = "silent", **limits: Any) -> StoreClient:
        client = connect(
            store_at(sandbox.urls),
            backend="memory",
            environment={"CRAFT_STORE_BACKOFF": "0"},
            progress=progress,
        )
        token = sandbox.issue_token(sandbox.account, **limits)
        client.authenticator.store(Credential(MACAROON, token))
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(sandbox_store: ReadySandbox, client_of: Callable[..., StoreClient]) -> StoreClient:
    """A client of an account that owns ``acme-web``."""
    sandbox_store.add_package("acme-web", sandbox_store.account)
    return client_of(sandbox_store)


@pytest.fixture
def charm(tmp_path: Path) -> Path:
    """A charm that declares two file resources."""
    from craft_store_sandbox import build_charm

    return build_charm(tmp_path, resources={"model": "file", "words": "file"})
