"""What commands print with ``--format json`` at an Enterprise Store keeps to the same schemas."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import ReviewPace, build_snap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

CONFIGURATION = """\
[stores.ours]
title = "Our own store"
endpoint-set = "onprem"
auth-flows = ["onprem-admin"]
urls = {{ api = "{api}", storage = "{storage}" }}
"""
SYSTEM = {"System", "Sandbox"}


@pytest.fixture
def store(sandbox_factory: Callable[..., Any]) -> Any:
    """A sandbox that is an Enterprise Store."""
    return sandbox_factory(on_prem=True, review=ReviewPace(polls=1))


@pytest.fixture
def documents(craft_store: Any, store: Any, documents_of: Callable[[Any], Any]) -> Any:
    """Runs the program at that store, which its configuration file names."""
    file = craft_store.folder / "config.toml"
    file.write_text(CONFIGURATION.format(api=store.urls.api, storage=store.urls.storage))
    craft_store.environment["CRAFT_STORE_CONFIG"] = str(file)
    craft_store.environment["CRAFT_STORE_STORE"] = "ours"
    return documents_of(craft_store)


@pytest.fixture
def snap(tmp_path: Path) -> Path:
    """A snap."""
    if shutil.which("mksquashfs") is None:
        pytest.skip("mksquashfs is not installed (Debian: squashfs-tools)")
    return build_snap(tmp_path / "weather.snap")


def test_what_commands_print_keeps_to_their_schemas(
    documents: Any,
    store: Any,
    snap: Path,
    tmp_path: Path,
    works_at: Callable[[str], set[str]],
    command_tree: Iterable[Any],
) -> None:
    """Every command that the help lists for such a store, through the real program."""
    run, name = documents.run, "weather-widget"
    admin = {"SNAPCRAFT_ADMIN_MACAROON": store.issue_admin_macaroon(store.account)}
    run("whoami", code=3)
    run("export-login", tmp_path / "exported", **admin)
    run("auth", "import", tmp_path / "exported")
    run("login", "--force", **admin)
    run("auth", "status")
    run("whoami")
    run("register", name)
    run("register", "weather-next")
    run("unregister", "weather-next", "--yes")
    run("names")
    run("metadata", "set", name, "--summary", "Weather")
    assert run("metadata", "get", name)["result"]["summary"] == "Weather"
    run("publish", snap, "--channel", "edge", "--dry-run")
    waits = run("upload", snap, "--no-wait")["result"]
    run("upload-status", name, waits["upload-id"])
    run("publish", snap, "--channel", "edge", "--channel", "edge/fix-17")
    run("release", name, 1, "beta")
    run("release", name, 1, "beta", "--progressive", 20, code=2)
    run("release", name, 99, "beta", code=5)
    run("revisions", name)
    run("status", name)
    run("diff", name, "edge", "stable")
    run("promote", name, "--from", "beta", "--to", "stable", "--yes")
    run("close", name, "beta")
    run("tracks", name)
    run("set-default-track", name, "latest")
    run("logout")

    same_everywhere = {leaf.path for leaf in command_tree if leaf.offer.section in SYSTEM}
    missing = works_at("onprem") - same_everywhere - documents.commands(ok=True)
    assert missing == set(), "commands without a success"
