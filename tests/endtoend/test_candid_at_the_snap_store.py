"""Tokens of the Snap Store's second generation: a login at Candid, and what it may do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from macaroonbakery import bakery

from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def agent(jo: Any) -> Path:
    """The file of a program that may log in for the account."""
    key = bakery.generate_key()
    jo.sandbox.add_agent("weather-ci", str(key.public_key), jo.sandbox.account)
    jo.environment["CRAFT_STORE_CANDID_URL"] = jo.sandbox.urls.candid
    file: Path = jo.folder / "agent.json"
    document = {
        "key": {"public": str(key.public_key), "private": str(key)},
        "agents": [{"url": jo.sandbox.urls.candid, "username": "weather-ci"}],
    }
    file.write_text(json.dumps(document))
    return file


def test_from_a_login_to_a_release(jo: Any, agent: Path, snap: Callable[..., Path]) -> None:
    """The token is used as it is, on every request; it is limited as was asked for."""
    limits = ("--package", "weather-widget", "--channel", "edge*")
    jo.ok("login", "--flow", "candid", "--agent-file", agent, *limits)

    assert jo.ok("whoami")["channels"] == ["edge*"]
    assert jo.ok("upload", snap(), "--release", "edge")["revision"] == 1
    done = jo.run("release", "weather-widget", 1, "stable")
    assert done.code == ExitCode.PERMISSION
    assert done.error["code"] == "channel-not-allowed"


def test_an_exported_token_ends(jo: Any, agent: Path) -> None:
    """It cannot be renewed: the advice is to make a new one, and nothing is asked of Ubuntu One."""
    exported = jo.folder / "token"
    login = ("login", "--flow", "candid", "--agent-file", agent, "--export", exported)
    jo.ok(*login, "--ttl", 3600)
    value = {"CRAFT_STORE_CREDENTIALS": exported.read_text().strip()}

    assert jo.ok("whoami", **value)["account"]["username"] == "jo-example"
    jo.sandbox.revoke_tokens()
    done = jo.run("whoami", **value)
    assert done.code == ExitCode.AUTHENTICATION
    assert "CRAFT_STORE_CREDENTIALS" in done.error["advice"]
    assert jo.sent("/api/v2/tokens/refresh") == 0
