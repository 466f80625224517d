"""What is to be published: as a program or a plan file says it, and with its files read.

A plan file names artifacts that are published together::

    channels = ["latest/edge"]          # of all artifacts that do not say otherwise
    only-if-newer = true

    [[artifact]]
    file = "dist/acme-web_*.charm"      # a pattern stands for all files that it matches
    resources = { model = "model.bin", image = "image.tar", other = 4 }

    [[artifact]]
    file = "dist/acme-db.charm"
    name = "acme-db"
    channels = ["latest/edge", "2.0/beta"]

Paths are relative to the folder of the plan file.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from craft_store_core.channels import Channel
from craft_store_core.errors import ArtifactError, UsageError
from craft_store_core.publishing.digests import sha3_384
from craft_store_core.publishing.items import (
    ChannelState,
    ItemState,
    PublishArtifact,
    PublishItem,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from craft_store_core.models import Artifact
    from craft_store_core.plugins.endpoint_sets import ResourceContent
    from craft_store_core.publishing.send import Workers
    from craft_store_core.stores.client import StoreClient

_TOP = {"artifact", "channels", "only-if-newer"}
_ARTIFACT = {"channels", "components", "file", "name", "resources"}
_PATTERN = frozenset("*?[")
# A single letter is a drive of Windows.
_WORD = re.compile(r"[a-z][a-z0-9+.-]+:")


@dataclass(frozen=True)
class PublishRequest:
    """One artifact to be published.

    Attributes:
        artifact: The file.
        channels: Where to release it; none uploads only.
        resources: Resource name to a file to upload, or to a revision that the store has. For
            types that the store transports otherwise, such as images, a folder or a text that
            :meth:`~craft_store_core.stores.client.StoreClient.read_resource` understands.
        name: Package name; by default the one in the artifact.
        components: Component name to its file, of artifacts that declare components: they become
            one revision together.
        folder: Where relative paths in the texts of resources begin.
    """

    artifact: Path
    channels: tuple[str, ...] = ()
    resources: Mapping[str, Path | str | int] = field(default_factory=dict)
    name: str | None = None
    components: Mapping[str, Path] = field(default_factory=dict)
    folder: Path = Path()


def resource_source(text: str, folder: Path = Path()) -> Path | str:
    """Return what a user gave as a resource: a path, or a text such as ``docker://…`` as it is.

    Args:
        text: What the user wrote. A file whose name begins with a word and a colon is written
            ``./word:…``.
        folder: Where relative paths begin.
    """
    return text if _WORD.match(text) else folder / text


@dataclass(frozen=True)
class PublishPlan:
    """Artifacts that belong together: all of them are released, or none.

    Attributes:
        requests: The artifacts.
        only_if_newer: Leave a channel alone that has a newer revision for the same base.
    """

    requests: tuple[PublishRequest, ...]
    only_if_newer: bool = False


def read_plan(file: Path) -> PublishPlan:
    """Read a plan file.

    Raises:
        UsageError: It cannot be read, or something in it cannot be used; the error names the
            place.
    """
    return _Reader(file).plan()


class _Reader:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._document = self._read()

    def plan(self) -> PublishPlan:
        document = self._document
        self._refuse_unknown(document, _TOP, "")
        newer = document.get("only-if-newer", False)
        if not isinstance(newer, bool):
            self._wrong("only-if-newer", "true or false")
        channels = self._channels(document, "", ())
        tables = document.get("artifact")
        if not isinstance(tables, list) or not tables:
            self._wrong("artifact", "one or more tables [[artifact]]")
        requests = [
            request
            for number, table in enumerate(tables, start=1)
            for request in self._artifact(table, f"artifact {number}", channels)
        ]
        return PublishPlan(tuple(requests), newer)

    def _read(self) -> dict[str, Any]:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib

        try:
            with self._file.open("rb") as stream:
                document: dict[str, Any] = tomllib.load(stream)
                return document
        except (OSError, ValueError, RecursionError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageError(
                f"The plan {self._file} cannot be read.", why=why, advice="Correct the plan."
            ) from None

    def _artifact(self, table: Any, place: str, channels: tuple[str, ...]) -> list[PublishRequest]:
        if not isinstance(table, dict):
            self._wrong(place, "a table")
        self._refuse_unknown(table, _ARTIFACT, place)
        name = table.get("name")
        if name is not None and (not isinstance(name, str) or not name):
            self._wrong(f"{place}: name", "text")
        resources = self._files(table, "resources", place)
        components = self._files(table, "components", place)
        for key, value in components.items():
            if isinstance(value, int):
                self._wrong(f"{place}: components.{key}", "the path of a file")
        return [
            PublishRequest(
                artifact=file,
                channels=self._channels(table, place, channels),
                resources=resources,
                name=name,
                components={
                    key: value if isinstance(value, Path) else self._file.parent / value
                    for key, value in components.items()
                    if not isinstance(value, int)  # refused above
                },
                folder=self._file.parent,
            )
            for file in self._matches(table.get("file"), f"{place}: file")
        ]

    def _matches(self, text: Any, place: str) -> list[Path]:
        if not isinstance(text, str) or not text:
            self._wrong(place, "the path of a file")
        path = self._file.parent / text
        if path.exists() or not _PATTERN.intersection(text):
            return [path]
        root = Path(path.anchor) if Path(text).is_absolute() else self._file.parent
        pattern = str(path.relative_to(root))
        found = sorted(item for item in root.glob(pattern) if item.is_file())
        if not found:
            raise UsageError(
                f"No files match {text!r}.",
                why=f"It is the value of {place!r} in the plan {self._file}.",
                advice="Build the artifacts first, or correct the path or pattern.",
            )
        return found

    def _files(self, table: Mapping[str, Any], key: str, place: str) -> dict[str, Path | str | int]:
        values = table.get(key, {})
        if not isinstance(values, dict):
            self._wrong(f"{place}: {key}", "a table of names and files")
        files: dict[str, Path | str | int] = {}
        for name, value in values.items():
            if isinstance(value, str) and value:
                files[name] = resource_source(value, self._file.parent)
            elif isinstance(value, int) and not isinstance(value, bool) and value > 0:
                files[name] = value
            else:
                self._wrong(f"{place}: {key}.{name}", "the path of a file, or a revision number")
        return files

    def _channels(
        self, table: Mapping[str, Any], place: str, default: tuple[str, ...]
    ) -> tuple[str, ...]:
        values = table.get("channels")
        if values is None:
            return default
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            self._wrong(f"{place}: channels".removeprefix(": "), "a list of channels")
        return tuple(values)

    def _refuse_unknown(self, table: Mapping[str, Any], known: set[str], place: str) -> None:
        unknown = sorted(table.keys() - known)
        if unknown:
            name = f"{place}: {unknown[0]}".removeprefix(": ")
            raise UsageError(
                f"The plan has an unknown key: {name!r}.",
                why=f"The plan is {self._file}. Known keys are {', '.join(sorted(known))}.",
                advice="Correct or remove the key.",
            )

    def _wrong(self, place: str, expected: str) -> NoReturn:
        raise UsageError(
            f"{place!r} must be {expected}.",
            why=f"The plan {self._file} has another value there.",
            advice="Correct the plan.",
        )


def read_artifacts(
    client: StoreClient, requests: Sequence[PublishRequest], hashers: Workers
) -> tuple[PublishArtifact, ...]:
    """Read what is to be published. Digests are computed in the background.

    Args:
        client: Of the store. Nothing is asked of the store itself.
        requests: What is wanted.
        hashers: The threads that compute digests.

    Raises:
        ArtifactError: A file is missing, or is not what it should be.
        InvalidChannelError: A channel is not one.
        UsageError: Something is given that an artifact does not declare, or two artifacts would
            replace each other.
    """
    if not requests:
        raise UsageError("No artifact was given.", advice="Pass the path of an artifact.")
    read = [(request, _read_artifact(client, request)) for request in requests]
    for request, artifact in read:
        for file in _files(client, request, artifact):
            _size_of(file)
    reader = _ArtifactFiles(client, hashers)
    artifacts = tuple(reader.artifact(request, artifact) for request, artifact in read)
    for first, second in combinations(artifacts, 2):
        _refuse_clash(first, second)
    return artifacts


def _read_artifact(client: StoreClient, request: PublishRequest) -> Artifact:
    for text in request.channels:
        Channel.parse(text)  # a typing mistake is found before anything is read or sent
    artifact = client.read_artifact(request.artifact)
    _refuse_undeclared("resource", request.artifact, request.resources, artifact.resources)
    _refuse_undeclared("component", request.artifact, request.components, artifact.components)
    missing = sorted(set(artifact.components) - set(request.components))
    if missing:
        raise UsageError(
            f"{request.artifact.name} requires the file of its component {missing[0]!r}.",
            why="An artifact and all its components become one revision.",
            advice="Pass it with --component NAME=FILE.",
        )
    return artifact


def _files(client: StoreClient, request: PublishRequest, artifact: Artifact) -> list[Path]:
    resources = [
        _path(request, given)
        for resource, given in request.resources.items()
        if not isinstance(given, int) and not client.transports(artifact.resources.get(resource))
    ]
    return [request.artifact, *request.components.values(), *resources]


def _path(request: PublishRequest, given: Path | str) -> Path:
    """Return the path of a file; one that is given as a path is complete."""
    return given if isinstance(given, Path) else request.folder / given


class _ArtifactFiles:
    """Makes the items of artifacts; what is given more than once is read once."""

    def __init__(self, client: StoreClient, hashers: Workers) -> None:
        self._client = client
        self._hashers = hashers
        self._items: dict[tuple[str, str | None, Path | str], PublishItem] = {}
        self._contents: dict[tuple[str, Path | str], ResourceContent] = {}

    def artifact(self, request: PublishRequest, read: Artifact) -> PublishArtifact:
        """Return one artifact with all that belongs to it."""
        name = request.name or read.name
        return PublishArtifact(
            request=request,
            read=read,
            name=name,
            artifact=self._item(name, None, request.artifact),
            resources=tuple(
                PublishItem(name, None, resource, revision=given, state=ItemState.GIVEN)
                if isinstance(given, int)
                else self._resource(name, resource, given, request, read.resources.get(resource))
                for resource, given in request.resources.items()
            ),
            # They have no digests: what the store has is told by that of the artifact.
            components={
                component: PublishItem(name, file, size=_size_of(file))
                for component, file in request.components.items()
            },
            # Without the package's default track yet; a repeated channel is released once.
            releases={Channel.parse(text): ChannelState.TO_RELEASE for text in request.channels},
        )

    def _item(
        self, name: str, resource: str | None, file: Path, kind: str | None = None
    ) -> PublishItem:
        key = name, resource, file.resolve()
        if key not in self._items:
            item = PublishItem(name, file, resource, kind, _size_of(file))
            item.hashing = self._hashers.submit(sha3_384, file)
            self._items[key] = item
        return self._items[key]

    def _resource(
        self,
        name: str,
        resource: str,
        given: Path | str,
        request: PublishRequest,
        kind: str | None,
    ) -> PublishItem:
        if kind is None or not self._client.transports(kind):
            return self._item(name, resource, _path(request, given), kind)
        place = given.resolve() if isinstance(given, Path) else given
        if (kind, place) not in self._contents:
            folder = request.folder if isinstance(given, str) else None
            content = self._client.read_resource(kind, given, folder=folder)
            self._contents[kind, place] = content
        key = name, resource, place
        if key not in self._items:
            content = self._contents[kind, place]
            self._items[key] = PublishItem(name, given, resource, kind, content.size, content)
        return self._items[key]


def _refuse_undeclared(
    kind: str, file: Path, given: Iterable[str], declared: Iterable[str]
) -> None:
    known = set(declared)
    for name in given:
        if name not in known:
            raise UsageError(
                f"{file.name} does not declare the {kind} {name!r}.",
                why=f"It declares: {', '.join(sorted(known)) or 'none'}.",
                advice=f"Correct the name, or add the {kind} to the artifact's metadata.",
            )


def _size_of(file: Path) -> int:
    try:
        size = file.stat().st_size
    except OSError as error:
        raise ArtifactError(
            f"The file {file} cannot be read.",
            why=error.strerror,
            advice="Check the path. Nothing was sent.",
        ) from None
    if not file.is_file():
        raise ArtifactError(
            f"{file} is not a file.", advice="Pass the path of a file. Nothing was sent."
        )
    return size


def _refuse_clash(first: PublishArtifact, second: PublishArtifact) -> None:
    if first.name != second.name:
        return
    files = f"{first.request.artifact} and {second.request.artifact}"
    if first.artifact is second.artifact:
        raise UsageError(f"{first.request.artifact} is given twice.", advice="Pass it once.")
    shared = [channel for channel in first.releases if channel in second.releases]
    one, other = set(first.bases), set(second.bases)
    same = one & other if one and other else one == other
    if shared and same:
        raise UsageError(
            f"{files} would replace each other in {shared[0]}.",
            why=(
                f"Both contain {first.name} for "
                f"{', '.join(map(str, sorted(one & other, key=str)))}."
            )
            if one & other
            else f"Both contain {first.name}, and neither declares its bases or architectures.",
            advice="Release them to different channels, or remove one.",
        )
