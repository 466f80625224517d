"""Images in folders and archives: what is read, and what is refused before anything is sent."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import posixpath
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_charmhub.oci import files
from craft_store_charmhub.oci.documents import LARGEST_DOCUMENT
from craft_store_charmhub.oci.files import Folder, TarArchive
from craft_store_charmhub.oci.media_types import (
    DOCKER_CONFIG,
    DOCKER_GZIP_LAYER,
    DOCKER_LAYER,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
)
from craft_store_charmhub.oci.reading import read_file_source
from craft_store_charmhub.oci.sources import FileSource, parse_source
from craft_store_core.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from craft_store_charmhub.oci.images import Image

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
REF_NAME = "org.opencontainers.image.ref.name"


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def tar(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Layout:
    """The files of an OCI image layout, to be put together and broken."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
        self.named: list[Any] = []

    def add(self, content: Any, media_type: str, **more: Any) -> dict[str, Any]:
        """Add a blob; return its descriptor."""
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        digest = sha256(content)
        self.files[f"blobs/{digest.replace(':', '/')}"] = content
        return {"mediaType": media_type, "digest": digest, "size": len(content), **more}

    def config(self, architecture: str = "amd64", media_type: str = OCI_CONFIG, **more: Any) -> Any:
        document = {"architecture": architecture, "os": "linux", **more}
        return self.add(document, media_type)

    def manifest(self, config: Any = None, layers: Any = None, **more: Any) -> dict[str, Any]:
        """Add a manifest of a configuration and layers; return its descriptor."""
        document = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": config or self.config(),
            "layers": [self.add(b"a layer", LAYER)] if layers is None else layers,
        }
        return self.add(document, OCI_MANIFEST, **more)

    def index(self, *members: Any, media_type: str = OCI_INDEX, **more: Any) -> dict[str, Any]:
        document = {"schemaVersion": 2, "mediaType": media_type, "manifests": list(members)}
        return self.add(document, media_type, **more)

    def name(self, descriptor: Any, tag: str | None = None) -> Any:
        """Name an image in the layout."""
        self.named.append({**descriptor, **({"annotations": {REF_NAME: tag}} if tag else {})})
        document = {"schemaVersion": 2, "manifests": self.named}
        self.files["index.json"] = json.dumps(document).encode()
        return descriptor

    def change(self, digest: str, content: bytes) -> None:
        self.files[f"blobs/{digest.replace(':', '/')}"] = content


@pytest.fixture
def layout() -> Layout:
    """An empty layout."""
    return Layout()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Image]:
    """Write files as an archive, or as a folder, and read the image."""

    def run(members: Mapping[str, bytes], source: str = "image.tar", **options: Any) -> Image:
        path = tmp_path / "image.tar"
        if source.startswith("oci:") or source == "folder":
            path = tmp_path / "folder"
            for name, content in members.items():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_bytes(content)
        else:
            path.write_bytes(tar(members))
        parsed = parse_source(source, tmp_path)
        assert isinstance(parsed, FileSource)
        return read_file_source(parsed, **options)

    return run


def refusal(read: Callable[..., Image], members: Mapping[str, bytes], *source: str) -> str:
    """Return why an image is refused."""
    with pytest.raises(ArtifactError) as caught:
        read(members, *source)
    return str(caught.value.why)


@pytest.mark.parametrize("source", ["image.tar", "folder", "oci-archive:image.tar", "oci:folder"])
def test_an_image_is_read_as_it_is(layout: Layout, read: Callable[..., Image], source: str) -> None:
    """Its manifest is kept byte for byte, and each blob is found."""
    root = layout.name(layout.manifest(), "v1")
    seen: list[int] = []

    image = read(layout.files, source, progress=seen.append)

    assert image.digest == root["digest"]
    (manifest,) = image.manifests
    assert manifest.media_type == OCI_MANIFEST
    assert sha256(manifest.content) == root["digest"]
    assert image.architectures == ("amd64",)
    assert [blob.size for blob in image.blobs] == [
        len(b'{"architecture": "amd64", "os": "linux"}'),
        7,
    ]
    assert image.size == sum(blob.size for blob in image.blobs)
    assert seen == sorted(seen)
    assert image.title == source


@pytest.mark.parametrize("prefix", ["./", "", ".//"])
def test_names_in_archives_may_begin_with_a_dot(
    layout: Layout, read: Callable[..., Image], prefix: str
) -> None:
    """Some programs write them so."""
    root = layout.name(layout.manifest())
    assert read({f"{prefix}{name}": c for name, c in layout.files.items()}).digest == root["digest"]


def test_an_image_of_one_platform_of_docker(layout: Layout, read: Callable[..., Image]) -> None:
    """Docker's media types mean the same; 'arm' is what charms call armhf."""
    config = layout.config("arm", DOCKER_CONFIG)
    document = {"schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": config, "layers": []}
    root = layout.name(layout.add(document, DOCKER_MANIFEST))

    image = read(layout.files)

    assert (image.digest, image.architectures) == (root["digest"], ("armhf",))


def member(layout: Layout, architecture: str, system: str = "linux") -> Any:
    """A manifest of an index, with its platform."""
    config = layout.config(architecture)
    return layout.manifest(config, platform={"os": system, "architecture": architecture})


@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
def test_an_index(layout: Layout, read: Callable[..., Image], media_type: str) -> None:
    """Members come before it; shared layers count once; other platforms are copied, not named."""
    members = [
        member(layout, "amd64"),
        member(layout, "ppc64le"),
        member(layout, "386"),
        member(layout, "amd64", "windows"),
    ]
    attached = layout.manifest(
        layout.add(b"{}", "application/vnd.in-toto+json"),
        platform={"os": "unknown", "architecture": "unknown"},
    )
    root = layout.name(layout.index(*members, attached, media_type=media_type))

    image = read(layout.files)

    assert [manifest.digest for manifest in image.manifests] == [
        *dict.fromkeys(item["digest"] for item in (*members, attached)),
        root["digest"],
    ]
    assert image.architectures == ("amd64", "ppc64el")
    digests = [blob.digest for blob in image.blobs]
    assert len(digests) == len(set(digests))


def test_platforms_that_an_index_does_not_tell(layout: Layout, read: Callable[..., Image]) -> None:
    """Are read from the members; what is no image of a container has none."""
    signature = layout.manifest(layout.add(b"{}", "application/vnd.example.signature+json"))
    layout.name(layout.index(layout.manifest(layout.config("riscv64")), signature))

    assert read(layout.files).architectures == ("riscv64",)


def test_one_of_several_images(layout: Layout, read: Callable[..., Image]) -> None:
    """Several need a choice; one image of several names does not."""
    one = layout.name(layout.manifest(), "one")
    layout.name(one, "uno")
    assert read(layout.files).digest == one["digest"]
    two = layout.name(layout.manifest(layout.config("arm64")), "two")

    assert "2 images: one, two, uno" in refusal(read, layout.files)
    assert read(layout.files, "oci-archive:image.tar:two").digest == two["digest"]
    assert read(layout.files, "oci:folder:uno").digest == one["digest"]
    assert "one, two, uno" in refusal(read, layout.files, "oci-archive:image.tar:three")


def test_layers_that_are_elsewhere_are_left_there(
    layout: Layout, read: Callable[..., Image]
) -> None:
    """Foreign layers say where they are; others must be there, whatever they say."""
    foreign = {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": sha256(b"elsewhere"),
        "size": 9,
        "urls": ["https://images.example.test/layer"],
    }
    layout.name(layout.manifest(layers=[foreign]))
    assert len(read(layout.files).blobs) == 1

    layout.named.clear()
    layout.name(layout.manifest(layers=[{**foreign, "mediaType": LAYER}]))
    assert "The layout refers to sha256:" in refusal(read, layout.files)


def test_a_blob_that_is_missing_or_damaged(layout: Layout, read: Callable[..., Image]) -> None:
    """Each is told by its digest."""
    layer = layout.add(b"a layer", LAYER)
    root = layout.name(layout.manifest(layers=[layer]))
    for digest, content, reason in (
        (layer["digest"], b"a tayer", "is damaged: the digest is"),
        (layer["digest"], b"longer than it was", "has 18 bytes instead of 7"),
        (root["digest"], b"{}", "has 2 bytes instead of"),
    ):
        layout.change(digest, content)
        why = refusal(read, layout.files)
        assert digest in why
        assert reason in why
        del layout.files[f"blobs/{digest.replace(':', '/')}"]
        assert f"refers to {digest}" in refusal(read, layout.files)
        layout.change(layer["digest"], b"a layer")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([], "is not a JSON object"),
        ({"schemaVersion": 1}, "is not valid"),
        ({"mediaType": OCI_INDEX}, "is not valid"),
        ({"config": None}, "is not a JSON object"),
        ({"config": {}}, "has no media type or no usable digest"),
        ({"config": {"mediaType": "x", "digest": "sha256:../../etc"}}, "no usable digest"),
        ({"layers": {}}, "has no list of layers"),
        ({"layers": [{"mediaType": "x", "digest": sha256(b""), "size": -1}]}, "no usable size"),
        ({"layers": [{"mediaType": "x", "digest": sha256(b""), "size": True}]}, "no usable size"),
        ({"layers": [{}] * 10_001}, "more than 10000 layers"),
    ],
)
def test_manifests_that_cannot_be_used(
    layout: Layout, read: Callable[..., Image], document: Any, reason: str
) -> None:
    """Are refused with the reason."""
    good = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": layout.config(), "layers": []}
    broken = {**good, **document} if isinstance(document, dict) else document
    layout.name(layout.add(broken, OCI_MANIFEST))

    assert reason in refusal(read, layout.files)


def test_media_types_that_are_unknown(layout: Layout, read: Callable[..., Image]) -> None:
    """An old manifest of Docker, and what is no image of a container."""
    old = "application/vnd.docker.distribution.manifest.v1+json"
    layout.name(layout.add({"schemaVersion": 1}, old))
    assert f"unknown media type {old!r}" in refusal(read, layout.files)

    layout.named.clear()
    layout.name(layout.manifest(layout.add(b"{}", "application/vnd.example.chart+json")))
    assert "not that of a container image" in refusal(read, layout.files)


@pytest.mark.parametrize(
    "config",
    [
        {"architecture": "386"},
        {"os": "windows"},
        {"architecture": None},
        {"architecture": 7},
        {"architecture": "sparc", "os": None},
    ],
)
def test_images_on_which_no_charm_runs(
    layout: Layout, read: Callable[..., Image], config: Any
) -> None:
    """Say where they run."""
    layout.name(layout.manifest(layout.config(**{"architecture": "amd64", **config})))

    assert "Charms require Linux" in refusal(read, layout.files)


def test_indexes_that_go_too_far(layout: Layout, read: Callable[..., Image]) -> None:
    """Indexes in indexes, to a depth; and a number of manifests."""
    root = layout.manifest()
    for _ in range(4):
        root = layout.index(root)
    layout.name(root)
    assert read(layout.files).architectures == ("amd64",)

    layout.named.clear()
    layout.name(layout.index(root))
    assert "too deep" in refusal(read, layout.files)

    layout.named.clear()
    layout.name(layout.index(*(layout.manifest(layout.config(x=i)) for i in range(1001))))
    assert "more than 1000 manifests" in refusal(read, layout.files)


def test_documents_that_are_too_large(layout: Layout, read: Callable[..., Image]) -> None:
    """Are not read into memory."""
    layout.name(layout.manifest(layout.add(b" " * (LARGEST_DOCUMENT + 1), OCI_CONFIG)))
    assert "The limit is" in refusal(read, layout.files)

    layout.files["index.json"] = b" " * (LARGEST_DOCUMENT + 1)
    assert "The limit is" in refusal(read, layout.files)


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (b"{", "index.json is not a JSON document"),
        (b"[" * 100_000, "index.json is not a JSON document"),
        (b"{}", "index.json has no list of manifests"),
        (b'{"manifests": []}', "The layout has no manifest"),
        (b'{"manifests": [1]}', "is not a JSON object"),
    ],
)
def test_layouts_that_cannot_be_used(
    layout: Layout, read: Callable[..., Image], index: bytes, reason: str
) -> None:
    """Are refused with the reason."""
    layout.files["index.json"] = index
    assert reason in refusal(read, layout.files)


# Docker archives


def docker(
    layers: Mapping[str, bytes],
    *,
    expected: list[str] | None = None,
    tags: tuple[str, ...] = ("acme/web:v1",),
    **config: Any,
) -> dict[str, bytes]:
    """The members of what 'docker save' wrote before Docker 25."""
    document = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"diff_ids": expected or [sha256(content) for content in layers.values()]},
        **config,
    }
    content = json.dumps(document).encode()
    entry = {"Config": "./config.json", "RepoTags": list(tags), "Layers": list(layers)}
    return {"config.json": content, **layers, "manifest.json": json.dumps([entry]).encode()}


@pytest.mark.parametrize("source", ["image.tar", "docker-archive:image.tar:v1"])
def test_a_docker_archive_gets_a_manifest(read: Callable[..., Image], source: str) -> None:
    """The same each time; layers stay as they are, one that comes twice is sent once."""
    layers = {"a/layer.tar": b"one", "b/layer.tar": b"two"}
    members = docker(layers)

    seen: list[int] = []

    image = read(members, source, progress=seen.append)

    assert seen == [3, 6]
    (manifest,) = image.manifests
    assert manifest.media_type == DOCKER_MANIFEST
    config = members["config.json"]
    assert json.loads(manifest.content) == {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST,
        "config": {"mediaType": DOCKER_CONFIG, "size": len(config), "digest": sha256(config)},
        "layers": [
            {"mediaType": DOCKER_LAYER, "size": 3, "digest": sha256(content)}
            for content in layers.values()
        ],
    }
    assert sha256(manifest.content) == image.digest == read(members, source).digest
    assert image.architectures == ("amd64",)
    assert [blob.size for blob in image.blobs] == [len(config), 3, 3]


def test_layers_that_are_packed_stay_packed(read: Callable[..., Image]) -> None:
    """The configuration says what they are unpacked; a broken one is found out."""
    packed = gzip.compress(b"one")
    image = read(docker({"a": packed, "a2": packed}, expected=[sha256(b"one")] * 2))

    document = json.loads(image.manifests[0].content)
    assert [item["mediaType"] for item in document["layers"]] == [DOCKER_GZIP_LAYER] * 2
    assert [blob.digest for blob in image.blobs[1:]] == [sha256(packed)]
    cut = docker({"a": packed[:-3]}, expected=[sha256(b"one")])
    assert "not an intact gzip stream" in refusal(read, cut)


def test_links_in_docker_archives_lead_to_members_alone(tmp_path: Path) -> None:
    """Old programs link layers that come twice; a link out of the archive leads nowhere."""
    path = tmp_path / "image.tar"

    def write(link: str, kind: bytes) -> FileSource:
        members = docker({"a/layer.tar": b"one"}, expected=[sha256(b"one")] * 2)
        (entry,) = json.loads(members["manifest.json"])
        entry["Layers"].append("b/layer.tar")
        members["manifest.json"] = json.dumps([entry]).encode()
        buffer = io.BytesIO(tar(members))
        with tarfile.open(fileobj=buffer, mode="a") as archive:
            linked = tarfile.TarInfo("b/layer.tar")
            linked.type, linked.linkname = kind, link
            archive.addfile(linked)
        path.write_bytes(buffer.getvalue())
        return FileSource(path, "any", None, "image.tar")

    for link, kind in (("../a/layer.tar", tarfile.SYMTYPE), ("a/layer.tar", tarfile.LNKTYPE)):
        assert len(read_file_source(write(link, kind)).blobs) == 2
    (tmp_path / "outside").write_bytes(b"one")
    outside = str(tmp_path / "outside")
    for link in (outside, "../../outside", "../b/layer.tar", "/etc/hostname"):
        with pytest.raises(ArtifactError) as caught:
            read_file_source(write(link, tarfile.SYMTYPE))
        assert caught.value.why == "The archive refers to 'b/layer.tar', but does not contain it."


def test_one_of_several_docker_images(read: Callable[..., Image]) -> None:
    """Named by its tag, alone or whole."""
    members = docker({"a": b"one"})
    (entry,) = json.loads(members["manifest.json"])
    other = {**entry, "RepoTags": None}
    members["manifest.json"] = json.dumps([entry, other]).encode()

    assert "2 images: acme/web:v1" in refusal(read, members)
    assert read(members, "docker-archive:image.tar:v1").digest
    assert read(members, "docker-archive:image.tar:acme/web:v1").digest
    assert "acme/web:v1" in refusal(read, members, "docker-archive:image.tar:v2")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"manifest.json": b"{}"}, "does not have the format of 'docker save'"),
        ({"manifest.json": b"{"}, "does not have the format of 'docker save'"),
        ({"manifest.json": b"[1]"}, "does not have the format of 'docker save'"),
        (
            {"manifest.json": b'[{"Config": "c", "Layers": [1]}]'},
            "does not have the format of 'docker save'",
        ),
        ({"manifest.json": b"[]"}, "contains no images"),
        ({"manifest.json": b'[{"Config": "../c", "Layers": []}]'}, "refers to '../c'"),
        ({"config.json": b"[]"}, "The configuration is not a JSON object"),
        ({"config.json": b"{}"}, "does not list its layers"),
        ({"config.json": b'{"rootfs": {"diff_ids": ["x"]}}'}, "does not list its layers"),
        ({"config.json": b'{"rootfs": {"diff_ids": []}}'}, "has 1 layers, but its configuration"),
        ({"a": b"damaged"}, "is damaged"),
        ({"a": None}, "refers to 'a'"),
    ],
)
def test_docker_archives_that_cannot_be_used(
    read: Callable[..., Image], changes: dict[str, bytes | None], reason: str
) -> None:
    """Are refused with the reason."""
    members = {**docker({"a": b"one"}), **changes}
    assert reason in refusal(read, {k: v for k, v in members.items() if v is not None})


def test_docker_images_on_which_no_charm_runs(read: Callable[..., Image]) -> None:
    """Say where they run."""
    for config in ({"architecture": "386"}, {"os": "windows"}, {"architecture": None}):
        assert "Charms do not run there" in refusal(read, docker({"a": b"one"}, **config))


def test_an_archive_of_both_kinds_is_a_layout(layout: Layout, read: Callable[..., Image]) -> None:
    """Docker 25 and later write both: then there is a manifest already."""
    root = layout.name(layout.manifest())
    both = {**layout.files, **docker({"a": b"one"})}

    assert read(both).digest == root["digest"]
    assert read(both, "docker-archive:image.tar").digest != root["digest"]


# Archives and folders as such


def test_what_is_no_image_at_all(tmp_path: Path) -> None:
    """Nothing there, another file, a folder in place of a file: each is told."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "image.tar.gz").write_bytes(gzip.compress(tar({"index.json": b"{}"})))
    (tmp_path / "image.tar").write_bytes(tar({"a": b"x"}))
    (tmp_path / "empty.tar").write_bytes(tar({}))
    for source, text in (
        ("missing", "The image 'missing' does not exist"),
        ("folder", "not an OCI image layout"),
        ("text", "not an intact tar archive"),
        ("empty", "not an intact tar archive"),
        ("empty.tar", "The tar archive is empty"),
        ("image.tar", "has no manifest.json"),
        ("image.tar.gz", "compressed as a whole"),
        ("oci-archive:image.tar", "not an OCI image layout"),
        ("oci-archive:folder", "The path is a folder"),
        ("oci:image.tar", "The path is a file"),
    ):
        parsed = parse_source(source, tmp_path)
        assert isinstance(parsed, FileSource)
        with pytest.raises(ArtifactError) as caught:
            read_file_source(parsed)
        assert text in f"{caught.value.message} {caught.value.why}"


def test_an_archive_that_was_cut_short(layout: Layout, tmp_path: Path) -> None:
    """Wherever that happened, it is found out before anything is sent."""
    layout.name(layout.manifest(layers=[layout.add(bytes(3000), LAYER)]))
    whole = tar(layout.files)
    path = tmp_path / "image.tar"
    last = whole.rindex(b"index.json") + 512 + len(layout.files["index.json"])
    for length in range(100, last, 700):
        path.write_bytes(whole[:length])
        with pytest.raises(ArtifactError):
            read_file_source(FileSource(path, "any", None, "image.tar"))


def test_archives_with_too_much_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members without end, and names without end, which would fill the memory."""
    path = tmp_path / "image.tar"
    path.write_bytes(tar({str(number): b"" for number in range(12)}))
    monkeypatch.setattr(files, "MOST_MEMBERS", 11)
    with pytest.raises(ArtifactError, match="cannot be read") as caught:
        TarArchive(path)
    assert caught.value.why == "The archive has more than 11 members."

    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2 << 20
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(4 << 20))
    with pytest.raises(ArtifactError) as caught:
        TarArchive(path)
    assert "a header is too long" in str(caught.value.why)


def test_members_that_are_no_plain_files_do_not_count(tmp_path: Path) -> None:
    """Devices, folders and sparse files are no blobs; the last of two of one name counts."""
    path = tmp_path / "image.tar"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in (("device", tarfile.CHRTYPE), ("pipe", tarfile.FIFOTYPE)):
            odd = tarfile.TarInfo(name)
            odd.type = kind
            archive.addfile(odd)
        for content in (b"first", b"second"):
            twice = tarfile.TarInfo("twice")
            twice.size = len(content)
            archive.addfile(twice, io.BytesIO(content))
    path.write_bytes(buffer.getvalue())

    archive_of_files = TarArchive(path)

    assert archive_of_files.find("device") is None
    assert archive_of_files.follow("pipe") is None
    section = archive_of_files.find("twice")
    assert section is not None
    assert section.read(100) == b"second"


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
        st.binary(max_size=2000),
        min_size=1,
        max_size=6,
    )
)
def test_members_are_found_where_they_are(tmp_path: Path, members: dict[str, bytes]) -> None:
    """By their names, whatever these are; nothing is written anywhere."""
    path = tmp_path / "image.tar"
    path.write_bytes(tar(members))
    found = TarArchive(path)

    for name, content in {posixpath.normpath(n): c for n, c in members.items()}.items():
        section = found.find(name)
        assert section is not None
        assert section.read(10_000) == content
    assert [item.name for item in tmp_path.iterdir()] == ["image.tar"]


@given(st.data())
def test_damage_is_always_found(tmp_path: Path, data: st.DataObject) -> None:
    """One changed byte of an archive: the image is the same as before, or it is refused."""
    layout = Layout()
    root = layout.name(layout.manifest())
    whole = bytearray(tar(layout.files))
    position = data.draw(st.integers(0, len(whole) - 1))
    whole[position] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "image.tar"
    path.write_bytes(whole)

    try:
        image = read_file_source(FileSource(path, "any", None, "image.tar"))
    except ArtifactError:
        return
    assert image.digest == root["digest"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A link to itself, a section that was closed, an archive that is gone; a pipe is no image."""
    (tmp_path / "index.json").symlink_to("index.json")
    with pytest.raises(ArtifactError, match="cannot be read"):
        Folder(tmp_path).find("index.json")
    assert Folder(tmp_path).find("index.json.d/x") is None
    assert Folder(tmp_path.parent).find(tmp_path.name) is None
    with pytest.raises(ArtifactError, match="cannot be read"):
        TarArchive(tmp_path / "missing")
    (tmp_path / "image.tar").write_bytes(tar({"a": b"x"}))
    section = TarArchive(tmp_path / "image.tar").find("a")
    assert section is not None
    reader = section.open()
    with pytest.raises(io.UnsupportedOperation):
        reader.seek(1)
    assert reader.read() == b"x"
    reader.seek(0)
    reader.close()
    with pytest.raises(ArtifactError, match="cannot be read"):
        reader.read(1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArtifactError) as caught:
        read_file_source(FileSource(tmp_path / "pipe", "any", None, "pipe"))
    assert caught.value.why == "The path is not a regular file."


def test_a_file_that_becomes_shorter_is_noticed(tmp_path: Path) -> None:
    """While it is being read."""
    path = tmp_path / "image.tar"
    path.write_bytes(tar({"a": b"x" * 5000}))
    section = TarArchive(path).find("a")
    assert section is not None
    with section.open() as reader:
        assert len(reader.read(10)) == 10
        path.write_bytes(b"")
        with pytest.raises(ArtifactError, match="changed while it was being read"):
            reader.read(4990)
    path.unlink()
    with pytest.raises(ArtifactError, match="cannot be read"):
        section.open()
