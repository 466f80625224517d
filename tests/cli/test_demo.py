"""``demo`` with a snap: it needs a plugin that the sandbox itself does not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import build_component, build_snap

if TYPE_CHECKING:
    from pathlib import Path

needs_mksquashfs = pytest.mark.skipif(
    shutil.which("mksquashfs") is None, reason="needs mksquashfs, of Debian's squashfs-tools"
)


@needs_mksquashfs
def test_a_snap_with_a_component(craft_store: Any, tmp_path: Path) -> None:
    """From login to the channel map, at the sandbox as a Snap Store."""
    snap = build_snap(tmp_path, components={"debug": "standard"})
    component = build_component(tmp_path, "weather-widget", "debug")
    call = ("demo", snap, "--component", f"debug={component}", "--channel", "beta")
    done = craft_store.ok(*call, "--format", "json")
    (row,) = done.result["channel-map"]
    assert (row["channel"], row["revision"]) == ("latest/beta", 1)
    assert "Released weather-widget revision 1 to latest/beta" in done.err
    missing = craft_store.run("demo", snap)
    assert missing.code == 2
    assert "--component" in missing.err


@needs_mksquashfs
def test_without_the_plugin_for_snaps(craft_store: Any, tmp_path: Path) -> None:
    """The error names what is not there."""
    done = craft_store.run("demo", build_snap(tmp_path), CRAFT_STORE_DISABLE_PLUGINS="snapstore")
    assert done.code == 2
    assert "snapstore" in done.err
