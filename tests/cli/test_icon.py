"""``icon set`` and ``icon remove``."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def picture(shade: int) -> bytes:
    """Return a PNG file of 64 by 64 grey points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes([shade]) * 64) * 64)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


@pytest.fixture
def snap_publisher(at_sandbox: Any, sandbox_store: Any) -> Any:
    """The program at the sandbox as a Snap Store, whose account has ``weather-widget``."""
    sandbox_store.add_snap("weather-widget", sandbox_store.account)
    credentials = sandbox_store.issue_snap_macaroons(sandbox_store.account).exported
    at_sandbox.environment["CRAFT_STORE_STORE"] = "sandbox-snap"
    at_sandbox.environment["CRAFT_STORE_CREDENTIALS"] = credentials
    return at_sandbox


def test_an_icon_is_set_shown_and_removed(snap_publisher: Any, tmp_path: Path) -> None:
    """Doing the same again changes nothing, and says so."""
    icon = tmp_path / "icon.png"
    icon.write_bytes(picture(100))
    call = ("icon", "set", "weather-widget", icon)
    assert snap_publisher.ok(*call, "--format", "json").result == {
        "name": "weather-widget",
        "changed": True,
    }
    assert "already set for weather-widget" in snap_publisher.ok(*call).out
    shown = snap_publisher.ok("metadata", "get", "weather-widget", "--format", "json").result
    assert [item["type"] for item in shown["media"]] == ["icon"]
    remove = ("icon", "remove", "weather-widget")
    assert snap_publisher.ok(*remove, "--format", "json").result["changed"] is True
    assert "No icon to remove from weather-widget" in snap_publisher.ok(*remove).out


def test_an_icon_that_was_changed_elsewhere_is_kept_without_force(
    snap_publisher: Any, sandbox_store: Any, tmp_path: Path
) -> None:
    """The conflict is told; --force overwrites."""
    icon = tmp_path / "icon.png"
    icon.write_bytes(picture(100))
    sandbox_store.edit_snap_media("weather-widget", ("icon", "web.png", picture(7)))
    done = snap_publisher.run("icon", "set", "weather-widget", icon)
    assert done.code == 1
    assert "--force" in done.err
    assert (
        "Set the icon of weather-widget"
        in snap_publisher.ok(*("icon", "set"), "weather-widget", icon, "--force").out
    )


def test_a_charm_has_its_icon_in_the_charm(logged_in: Any, tmp_path: Path) -> None:
    """Charmhub has no such call: a usage error, and nothing is sent."""
    icon = tmp_path / "icon.png"
    icon.write_bytes(picture(1))
    done = logged_in.run("icon", "set", "acme-web", icon)
    assert done.code == 2
    assert "set-icon" in done.err


def test_a_picture_that_is_not_there(craft_store: Any, tmp_path: Path) -> None:
    """It is found before a store is asked."""
    done = craft_store.run("icon", "set", "acme-web", tmp_path / "none.png")
    assert done.code == 2
    assert "none.png" in done.err


def test_the_texts_of_a_snap_are_shown(snap_publisher: Any) -> None:
    """The dashboard has them elsewhere than tracks: both are in one answer, also after a change."""
    change = (
        "metadata",
        "set",
        "weather-widget",
        "--summary",
        "Rain?",
        "--link",
        "docs=https://d.example",
    )
    changed = snap_publisher.ok(*change, "--format", "json").result
    assert changed["summary"] == "Rain?"
    shown = snap_publisher.ok("metadata", "get", "weather-widget", "--format", "json").result
    assert shown == changed
    assert [track["name"] for track in shown["tracks"]] == ["latest"]
    assert shown["links"] == {"docs": ["https://d.example"]}
