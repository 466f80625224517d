"""A small genuine charm for tests, packed the way charmcraft packs."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_BASES = ({"name": "ubuntu", "channel": "22.04", "architectures": ["amd64"]},)
_DISPATCH = """\
#!/bin/sh
JUJU_DISPATCH_PATH="${JUJU_DISPATCH_PATH:-$0}" PYTHONPATH=lib:venv exec ./src/charm.py
"""
_CHARM = '''\
#!/usr/bin/env python3
"""A charm that becomes active."""

import ops


class Charm(ops.CharmBase):
    """Sets its status on start."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        framework.observe(self.on.start, self._on_start)

    def _on_start(self, event: ops.StartEvent) -> None:
        self.unit.status = ops.ActiveStatus()


if __name__ == "__main__":
    ops.main(Charm)
'''


def build_charm(
    path: Path,
    name: str = "acme-web",
    *,
    bases: Sequence[Mapping[str, Any]] = _BASES,
    resources: Mapping[str, Any] | None = None,
    payload: bytes = b"",
    files: Mapping[str, str | bytes | None] | None = None,
) -> Path:
    """Write a charm archive.

    Args:
        path: The file to write, or a folder that gets ``NAME.charm``.
        name: The charm's name.
        bases: ``bases`` of manifest.yaml: ``name``, ``channel`` and ``architectures``.
        resources: ``resources`` of metadata.yaml: a mapping of name to declaration, where a text
            stands for ``{"type": TEXT}``.
        payload: Bytes stored uncompressed as ``payload.bin``; they make two charms differ, or big.
        files: More members by name; None takes one of the usual members out.

    Returns:
        The path of the archive.
    """
    if path.is_dir():
        path = path / f"{name}.charm"
    metadata: dict[str, Any] = {
        "name": name,
        "summary": "A charm for tests.",
        "description": "It becomes active and does nothing else.",
    }
    if resources:
        metadata["resources"] = {
            key: {"type": value} if isinstance(value, str) else dict(value)
            for key, value in resources.items()
        }
    members: dict[str, str | bytes | None] = {
        "metadata.yaml": yaml.safe_dump(metadata, sort_keys=False),
        "manifest.yaml": yaml.safe_dump({"bases": [dict(base) for base in bases]}),
        "dispatch": _DISPATCH,
        "src/charm.py": _CHARM,
        **(files or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            if content is not None:
                info = zipfile.ZipInfo(member)
                executable = member in ("dispatch", "src/charm.py")
                info.external_attr = (0o100755 if executable else 0o100644) << 16
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        if payload:
            archive.writestr(zipfile.ZipInfo("payload.bin"), payload, zipfile.ZIP_STORED)
    return path
