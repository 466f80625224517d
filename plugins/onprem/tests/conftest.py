"""A scripted Enterprise Store below a base path, as they are set up, and its client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from craft_store_core.assembly import connect
from craft_store_core.config import load_configuration
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from craft_store_core.plugins import Prompter, StoreClient

CONFIGURATION = """\
[stores.mine]
title = "Our own store"
endpoint-set = "onprem"
auth-flows = ["onprem-admin"]
urls = {{ api = "{url}/publishergw", storage = "{url}" }}
"""


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A loopback server whose script is checked when the test is over."""
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def environment(server: ScriptedServer, tmp_path: Path) -> dict[str, str]:
    """Variables with a configuration file in which the user names the store."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIGURATION.format(url=server.url))
    return {
        "CRAFT_STORE_CONFIG": str(file),
        "CRAFT_STORE_DATA": str(tmp_path / "data"),
        "CRAFT_STORE_BACKEND": "memory",
        "CRAFT_STORE_RETRIES": "0",
        "CRAFT_STORE_STORE": "mine",
    }


@pytest.fixture
def connected(environment: dict[str, str]) -> Iterator[Callable[..., StoreClient]]:
    """Connect to the store as plugins and configuration make it."""
    clients = []

    def call(prompter: Prompter | None = None) -> StoreClient:
        client = connect(
            "mine",
            configuration=load_configuration(environment),
            environment=environment,
            prompter=prompter,
        )
        clients.append(client)
        return client

    yield call
    for client in clients:
        client.close()
