"""What a store reads in an uploaded snap or component (Snap Store reference, section 18).

The file comes from anybody. Of the file system in it only ``meta/snap.yaml`` and
``meta/component.yaml`` are looked at, no block becomes larger than the format allows, and any
damage is a finding, never an exception.
"""

from __future__ import annotations

import lzma
import re
import zlib
from typing import TYPE_CHECKING, Any

import yaml
from PySquashfsImage import SquashFsImage

from craft_store_sandbox.state.packages import ARCHITECTURES, MAX_YAML_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MAGIC = b"hsqs"
_LARGEST_BLOCK = 1 << 20
_METADATA_BLOCK = 8192
_DEEPEST = 4
_SNAP, _COMPONENT = "meta/snap.yaml", "meta/component.yaml"
_WANTED = frozenset({b"meta", b"snap.yaml", b"component.yaml"})
_TYPES = ("app", "base", "gadget", "kernel", "os", "snapd")
_VERSION = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9:.+~-]{0,30}[a-zA-Z0-9+~])?")


class UnreadableFileError(Exception):
    """The file is no snap or component that a store can take; the text says why."""


def inspect_snap(path: Path, name: str, *, plain: bool = False) -> dict[str, Any]:
    """Review a snap.

    Args:
        path: The uploaded file.
        name: The name that its metadata must carry.
        plain: The file may also be the text of a ``snap.yaml``.

    Returns:
        A JSON-able finding: ``errors`` (messages, empty for a good snap); for a good one also
        ``about`` (what the revision shows) and ``components`` (name to type).
    """
    try:
        document = _document(_snap_yaml(path, plain=plain), _SNAP)
        if document.get("name") != name:
            raise UnreadableFileError(
                f"The snap's name is {str(document.get('name'))[:80]!r}, expected {name!r}"
            )
        return {
            "errors": [],
            "about": _about(document),
            "components": _components(document.get("components")),
        }
    except UnreadableFileError as error:
        return {"errors": [str(error)]}


def inspect_component(path: Path, *, plain: bool = False) -> str:
    """Return the name that a component gives itself: ``SNAP+NAME``.

    Args:
        path: The uploaded file.
        plain: The file may also be the text of a ``component.yaml``.

    Raises:
        UnreadableFileError: It is no component.
    """
    data = path.read_bytes() if _is_plain(path, plain=plain) else _read(path, _COMPONENT)
    return str(_document(data, _COMPONENT).get("component"))


def _snap_yaml(path: Path, *, plain: bool) -> bytes:
    return path.read_bytes() if _is_plain(path, plain=plain) else _read(path, _SNAP)


def _is_plain(path: Path, *, plain: bool) -> bool:
    return plain and path.stat().st_size <= MAX_YAML_BYTES and not _has_magic(path)


def _has_magic(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def _read(path: Path, member: str) -> bytes:
    if not _has_magic(path):
        raise UnreadableFileError("The file is not a squashfs image")
    try:
        with path.open("rb") as stream, _Image(stream, closefd=False) as image:
            item = image.select(member)
            if item is None or not item.is_file:
                raise UnreadableFileError(f"The file has no {member}")
            if item.size > MAX_YAML_BYTES:
                raise UnreadableFileError(f"{member} is larger than {MAX_YAML_BYTES} bytes")
            return bytes(item.read_bytes())
    except UnreadableFileError:
        raise
    except Exception as error:  # the library lets exceptions of many kinds escape on damaged input
        raise UnreadableFileError(f"The squashfs image is damaged: {str(error)[:200]}") from error


class _PlainLoader(yaml.BaseLoader):
    """Texts, lists and mappings; no aliases, which multiply a small document into a huge one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


def _document(data: bytes, name: str) -> dict[str, Any]:
    try:
        value = yaml.load(data, Loader=_PlainLoader)  # noqa: S506 - makes texts, lists and mappings
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableFileError(f"{name} is not valid YAML: {str(error)[:200]}") from error
    if not isinstance(value, dict):
        raise UnreadableFileError(f"{name} is not a mapping")
    return value


def _about(document: dict[str, Any]) -> dict[str, Any]:
    version = document.get("version")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise UnreadableFileError(f"Invalid version {str(version)[:80]!r}")
    return {
        "apps": sorted(map(str, document["apps"]))
        if isinstance(document.get("apps"), dict)
        else [],
        "architectures": _architectures(document.get("architectures")),
        "base": _text(document, "base"),
        "confinement": _choice(document, "confinement", ("strict", "classic", "devmode")),
        "epoch": _epoch(document.get("epoch", "0")),
        "grade": _choice(document, "grade", ("stable", "devel")),
        "type": _choice(document, "type", _TYPES),
        "version": version,
        **{key: _text(document, key) for key in ("title", "summary", "description", "license")},
    }


def _text(document: dict[str, Any], key: str) -> str | None:
    value = document.get(key)
    return value if isinstance(value, str) and value else None


def _choice(document: dict[str, Any], key: str, choices: tuple[str, ...]) -> str:
    value = document.get(key) or choices[0]
    if value not in choices:
        raise UnreadableFileError(f"Invalid {key} {str(value)[:80]!r}: one of {', '.join(choices)}")
    return str(value)


def _architectures(value: Any) -> list[str]:
    listed = [value] if isinstance(value, str) and value else value or ["all"]
    if not isinstance(listed, list) or not all(item in ARCHITECTURES for item in listed):
        raise UnreadableFileError(f"Invalid architectures {str(value)[:80]!r}")
    return list(dict.fromkeys(listed))


def _epoch(value: Any) -> dict[str, list[int]]:
    """Return the two lists of an epoch: ``1*`` also reads data of the epoch before."""
    try:
        if isinstance(value, dict):
            write = [int(item) for item in value.get("write", ["0"])]
            return {"read": [int(item) for item in value.get("read", write)], "write": write}
        number = int(value.removesuffix("*"))
        return {
            "read": [number - 1, number] if value.endswith("*") else [number],
            "write": [number],
        }
    except (ValueError, TypeError, AttributeError) as error:
        raise UnreadableFileError(f"Invalid epoch {str(value)[:80]!r}") from error


def _components(value: Any) -> dict[str, str]:
    if not value:
        return {}
    if not isinstance(value, dict):
        raise UnreadableFileError("Key 'components' is not a mapping")
    kinds = {}
    for name, item in value.items():
        kind = item.get("type") if isinstance(item, dict) else None
        if not isinstance(name, str) or not isinstance(kind, str):
            raise UnreadableFileError(f"Component {str(name)[:80]!r} needs a type")
        kinds[name] = kind
    return kinds


class _Image(SquashFsImage):  # type: ignore[misc]  # the library has no type information
    """An image of which only the wanted members are listed, unpacked by bounded compressors."""

    _depth = 0

    def _opendir(self, block_start: int, offset: int) -> Any:
        directory = super()._opendir(block_start, offset)
        directory.entries = [item for item in directory.entries if bytes(item["name"]) in _WANTED]
        return directory

    def _dir_scan(self, start_block: int, offset: int) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableFileError("Folders in the file contain themselves")
        try:
            return super()._dir_scan(start_block, offset)
        finally:
            self._depth -= 1

    def _get_compressor(self, compression_id: int) -> _Bounded:
        if compression_id not in _COMPRESSIONS:
            raise UnreadableFileError("Snaps do not use the compression of the file")
        return _Bounded(_COMPRESSIONS[compression_id])


class _Bounded:
    """A compressor as the library calls it, which gives no more than a block."""

    def __init__(self, unpack: Callable[[bytes, int], bytes]) -> None:
        self._unpack = unpack

    def uncompress(self, source: bytes, size: int, expected: int) -> bytes:
        """Unpack a block of `size` bytes, all of which must be there."""
        limit = min(max(expected, _METADATA_BLOCK), _LARGEST_BLOCK)
        if len(source) != size:
            raise UnreadableFileError("The file is incomplete")
        block = self._unpack(source, limit)
        if len(block) > limit:
            raise UnreadableFileError("A block in the file is too large")
        return block


def _gzip(data: bytes, limit: int) -> bytes:
    return zlib.decompressobj().decompress(data, limit + 1)


def _xz(data: bytes, limit: int) -> bytes:
    return lzma.LZMADecompressor(memlimit=1 << 28).decompress(data, limit + 1)


def _lzo(data: bytes, limit: int) -> bytes:
    from dissect.util.compression import lzo

    return bytes(lzo.decompress(data, header=False, buflen=limit))


def _lz4(data: bytes, limit: int) -> bytes:
    import lz4.block

    return bytes(lz4.block.decompress(data, uncompressed_size=limit))


def _zstd(data: bytes, limit: int) -> bytes:
    import zstandard

    with zstandard.ZstdDecompressor().stream_reader(data) as stream:
        return stream.read(limit + 1)


_COMPRESSIONS = {1: _gzip, 3: _lzo, 4: _xz, 5: _lz4, 6: _zstd}
