"""Making small genuine OCI images for tests, byte for byte the same each time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ImageForm = Literal["oci", "oci-archive", "docker-archive"]

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True)
class BuiltImage:
    """An image on disk.

    Attributes:
        path: The folder or the archive.
        digest: Of its manifest, or of its index when there are several architectures; None in a
            docker archive, which has neither.
        layers: Digests of its layers, as they are in the file.
    """

    path: Path
    digest: str | None
    layers: tuple[str, ...]


def build_image(
    target: Path,
    *,
    form: ImageForm = "oci-archive",
    architectures: Sequence[str] = ("amd64",),
    layers: Sequence[bytes] = (b"hello\n",),
    tag: str = "latest",
) -> BuiltImage:
    """Write an image.

    Args:
        target: Where; an archive replaces a file that is there.
        form: A folder or a tar archive of the OCI image layout, or what ``docker save`` wrote
            before Docker 25.
        architectures: Go's names; several make an index. The first is that of a docker archive.
        layers: Each makes a layer with one file of that content.
        tag: Name of the image in the file.
    """
    if form == "docker-archive":
        return _docker_archive(target, architectures[0], layers, tag)
    files: dict[str, bytes] = {}
    members = [_member(files, name, layers) for name in architectures]
    root = members[0]
    if len(members) > 1:
        index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": members}
        root = _add(files, _json(index), _INDEX)
    named = {**root, "annotations": {"org.opencontainers.image.ref.name": tag}}
    files["index.json"] = _json({"schemaVersion": 2, "manifests": [named]})
    files["oci-layout"] = _json({"imageLayoutVersion": "1.0.0"})
    if form == "oci":
        for name, content in files.items():
            file = target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    else:
        target.write_bytes(_tar(files))
    digests = dict.fromkeys(_packed(layer)[0] for layer in map(_layer, layers))
    return BuiltImage(target, str(root["digest"]), tuple(digests))


def _member(files: dict[str, bytes], architecture: str, layers: Sequence[bytes]) -> dict[str, Any]:
    tars = [_layer(layer) for layer in layers]
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _add(files, _config(architecture, tars), _CONFIG),
        "layers": [_add(files, _packed(tar)[1], _LAYER) for tar in tars],
    }
    platform = {"architecture": architecture, "os": "linux"}
    return {**_add(files, _json(manifest), _MANIFEST), "platform": platform}


def _docker_archive(
    target: Path, architecture: str, layers: Sequence[bytes], tag: str
) -> BuiltImage:
    tars = [_layer(layer) for layer in layers]
    config = _config(architecture, tars)
    names = [f"{_sha256(tar)}/layer.tar" for tar in tars]
    name = f"{_sha256(config)}.json"
    manifest = [{"Config": name, "RepoTags": [f"example:{tag}"], "Layers": names}]
    files = {name: config, **dict(zip(names, tars, strict=True)), "manifest.json": _json(manifest)}
    target.write_bytes(_tar(files))
    return BuiltImage(target, None, tuple(f"sha256:{_sha256(tar)}" for tar in tars))


def _config(architecture: str, tars: Sequence[bytes]) -> bytes:
    return _json(
        {
            "architecture": architecture,
            "os": "linux",
            "created": "2026-01-01T00:00:00Z",
            "config": {"Cmd": ["/hello"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_sha256(tar)}" for tar in tars]},
            "history": [{"created": "2026-01-01T00:00:00Z"} for _ in tars],
        }
    )


def _layer(content: bytes) -> bytes:
    return _tar({"hello": content})


def _packed(tar: bytes) -> tuple[str, bytes]:
    content = gzip.compress(tar, mtime=0)
    return f"sha256:{_sha256(content)}", content


def _add(files: dict[str, bytes], content: bytes, media_type: str) -> dict[str, Any]:
    digest = _sha256(content)
    files[f"blobs/sha256/{digest}"] = content
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _json(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
