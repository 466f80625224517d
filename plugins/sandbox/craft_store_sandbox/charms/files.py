"""What a store's review reads in an uploaded archive (Publisher Gateway reference, section 9.6).

The archive comes from anybody: members are read up to a limit whatever their headers claim, YAML
goes through the safe loader with aliases refused, and any damage is a finding, never an exception.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import yaml

from craft_store_sandbox.state.packages import ARCHITECTURES, MAX_YAML_BYTES

if TYPE_CHECKING:
    from pathlib import Path

MAX_MEMBERS = 100_000
_MAX_VERSION_CHARACTERS = 64
_RESOURCE_TYPES = ("file", "oci-image")


class _RejectedError(Exception):
    """The archive cannot be accepted; the text says why."""


class _PlainLoader(yaml.SafeLoader):
    """The safe loader without aliases, which multiply a small document into a huge one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


def inspect_archive(path: Path, package_name: str, package_type: str) -> dict[str, Any]:
    """Review an archive.

    Args:
        path: The uploaded file.
        package_name: The name that its metadata must carry.
        package_type: ``charm`` or ``bundle``.

    Returns:
        A JSON-able finding: ``errors`` (a list of messages, empty when the archive is good),
        ``version`` (text or None), ``bases`` (a list for the revision) and ``resources``
        (a list of declared resources), and ``metadata`` (title, summary, description).
    """
    finding: dict[str, Any] = {
        "errors": [],
        "version": None,
        "bases": [None],
        "resources": [],
        "metadata": {},
    }
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MAX_MEMBERS:
                raise _RejectedError(f"Archive has more than {MAX_MEMBERS} members")
            _inspect(archive, package_name, package_type, finding)
    except _RejectedError as error:
        finding["errors"] = [str(error)]
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        finding["errors"] = [f"Not a readable zip archive: {error}"]
    return finding


def _inspect(
    archive: zipfile.ZipFile, package_name: str, package_type: str, finding: dict[str, Any]
) -> None:
    metadata = _mapping(archive, "bundle.yaml" if package_type == "bundle" else "metadata.yaml")
    if metadata.get("name") != package_name:
        raise _RejectedError(
            f"The name in the archive's metadata is {str(metadata.get('name'))[:80]!r},"
            f" expected {package_name!r}"
        )
    finding["metadata"] = {
        target: metadata[source]
        for source, target in (
            ("display-name", "title"), ("summary", "summary"), ("description", "description"),
        )
        if isinstance(metadata.get(source), str)
    }  # fmt: skip
    finding["version"] = _version(archive)
    if package_type != "bundle":
        finding["resources"] = _resources(metadata)
        finding["bases"] = _bases(_mapping(archive, "manifest.yaml"))


def _mapping(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    data = _read(archive, name)
    if data is None:
        raise _RejectedError(f"Missing required file: {name}")
    try:
        value = yaml.load(data, Loader=_PlainLoader)  # noqa: S506 - derived from the safe loader
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise _RejectedError(f"File {name} is not valid YAML: {str(error)[:200]}") from error
    if not isinstance(value, dict):
        raise _RejectedError(f"File {name} is not a mapping")
    return value


def _read(archive: zipfile.ZipFile, name: str) -> bytes | None:
    try:
        member = archive.getinfo(name)
    except KeyError:
        return None
    if member.flag_bits & 0x1:
        raise _RejectedError(f"File {name} is encrypted")
    try:
        with archive.open(member) as file:
            data = file.read(MAX_YAML_BYTES + 1)
    except (zlib.error, RuntimeError) as error:
        raise _RejectedError(f"File {name} cannot be unpacked: {error}") from error
    if len(data) > MAX_YAML_BYTES:
        raise _RejectedError(f"File {name} is larger than {MAX_YAML_BYTES} bytes")
    return data


def _version(archive: zipfile.ZipFile) -> str | None:
    data = _read(archive, "version")
    text = (data or b"").decode("utf-8", "replace").strip()
    return text[:_MAX_VERSION_CHARACTERS] or None


def _resources(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    declared = metadata.get("resources")
    if declared is None:
        return []
    if not isinstance(declared, dict):
        raise _RejectedError("Key 'resources' in metadata.yaml is not a mapping")
    resources = []
    for name, value in declared.items():
        spec = value if isinstance(value, dict) else {}
        if not isinstance(name, str) or spec.get("type") not in _RESOURCE_TYPES:
            raise _RejectedError(
                f"Resource {str(name)[:80]!r} in metadata.yaml needs a type:"
                f" one of {', '.join(_RESOURCE_TYPES)}"
            )
        resources.append(
            {
                "name": name,
                "type": spec["type"],
                "optional": spec.get("optional") is True,
                "filename": str(spec.get("filename", "")),
                "description": str(spec.get("description", "")),
            }
        )
    return resources


def _bases(manifest: dict[str, Any]) -> list[dict[str, str]]:
    """Return one entry for each base and architecture, with exactly three keys (section 9.4)."""
    listed = manifest.get("bases")
    if not isinstance(listed, list) or not listed:
        raise _RejectedError("File manifest.yaml declares no bases")
    bases: list[dict[str, str]] = []
    for item in listed:
        name, channel, architectures = (
            (item.get("name"), item.get("channel"), item.get("architectures"))
            if isinstance(item, dict)
            else (None, None, None)
        )
        if not name or not channel or not isinstance(architectures, list) or not architectures:
            raise _RejectedError("A base in manifest.yaml needs name, channel and architectures")
        for architecture in architectures:
            if architecture not in ARCHITECTURES:
                raise _RejectedError(
                    f"Unknown architecture in manifest.yaml: {str(architecture)[:80]}"
                )
            base = {"architecture": architecture, "channel": str(channel), "name": str(name)}
            if base not in bases:
                bases.append(base)
    return bases
