"""Small genuine snaps and components for tests, packed by squashfs-tools as snapcraft packs."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKER = "mksquashfs"
_APP = "#!/bin/sh\necho It is sunny.\n"


class PackerMissingError(Exception):
    """The program mksquashfs is not installed."""

    def __init__(self) -> None:
        super().__init__(f"Building a snap requires the program {_PACKER}. Install squashfs-tools.")


def build_snap(
    path: Path,
    name: str = "weather-widget",
    *,
    version: str = "1.0",
    components: Mapping[str, str] | None = None,
    compression: str = "xz",
    payload: bytes = b"",
    files: Mapping[str, str | bytes | None] | None = None,
    **metadata: Any,
) -> Path:
    """Write a snap.

    Args:
        path: The file to write, or a folder that gets ``NAME_VERSION_amd64.snap``.
        name: The snap's name.
        version: Its version.
        components: Name of each component that it declares, to the component's type.
        compression: As mksquashfs calls it: ``gzip``, ``lz4``, ``lzo``, ``xz`` or ``zstd``.
        payload: Bytes stored as ``payload.bin``; they make two snaps differ, or big.
        files: More members by name; None takes one of the usual members out.
        metadata: More keys of ``meta/snap.yaml``; None takes one of the usual keys out.

    Returns:
        The path of the snap.

    Raises:
        PackerMissingError: Mksquashfs is not installed.
    """
    document = {
        "name": name,
        "version": version,
        "summary": "Weather in the panel",
        "description": "Shows the weather.",
        "architectures": ["amd64"],
        "base": "core24",
        "grade": "stable",
        "confinement": "strict",
        "apps": {name: {"command": "bin/app"}},
        **metadata,
    }
    if components:
        document["components"] = {key: {"type": kind} for key, kind in components.items()}
    members = {
        "meta/snap.yaml": _yaml(document),
        "bin/app": _APP,
        "payload.bin": payload or None,
        **(files or {}),
    }
    target = path / f"{name}_{version}_amd64.snap" if path.is_dir() else path
    return _pack(target, members, compression)


def build_component(
    path: Path,
    snap: str = "weather-widget",
    component: str = "maps",
    *,
    version: str = "1.0",
    kind: str = "standard",
    payload: bytes = b"",
) -> Path:
    """Write a component of a snap.

    Args:
        path: The file to write, or a folder that gets ``SNAP+COMPONENT_VERSION.comp``.
        snap: The snap's name.
        component: The component's name.
        version: Its version.
        kind: Its type.
        payload: Bytes stored as ``payload.bin``.

    Returns:
        The path of the component.

    Raises:
        PackerMissingError: Mksquashfs is not installed.
    """
    document = {
        "component": f"{snap}+{component}",
        "version": version,
        "type": kind,
        "summary": "Maps for the weather",
        "description": "Shows where it rains.",
    }
    members = {"meta/component.yaml": _yaml(document), "payload.bin": payload or None}
    target = path / f"{snap}+{component}_{version}.comp" if path.is_dir() else path
    return _pack(target, members, "xz")


def _yaml(document: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in document.items() if value is not None}
    return yaml.safe_dump(kept, sort_keys=False)


def _pack(path: Path, members: Mapping[str, str | bytes | None], compression: str) -> Path:
    packer = shutil.which(_PACKER)
    if packer is None:
        raise PackerMissingError
    with tempfile.TemporaryDirectory(prefix="craft-store-snap-") as folder:
        for name, content in members.items():
            if content is not None:
                file = Path(folder, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.encode() if isinstance(content, str) else content)
                file.chmod(0o755 if name.startswith("bin/") else 0o644)
        command = [
            packer, folder, str(path), "-noappend", "-no-progress", "-quiet", "-all-root",
            "-no-xattrs", "-comp", compression, "-mkfs-time", "0", "-all-time", "0",
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - paths of our own
    return path
