"""What a user can name as an image, and the grammar of references to registries.

::

    image.tar, image.rock       an archive: what is in it is found out
    folder/                     a folder of the OCI image layout
    oci:FOLDER[:TAG]            the same, and which image of several
    oci-archive:FILE[:TAG]      a tar archive of such a folder
    docker-archive:FILE[:TAG]   what 'docker save' writes
    docker://HOST/NAME[:TAG]    an image of a registry, also by @DIGEST

These are the words of skopeo, which charmcraft takes too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from craft_store_charmhub.oci.digests import is_digest
from craft_store_core.errors import UsageError

Form = Literal["any", "oci", "oci-archive", "docker-archive"]

DEFAULT_TAG = "latest"
_DOCKER_HUB = ("docker.io", "registry-1.docker.io")
_PREFIXES: dict[str, Form] = {
    "oci": "oci",
    "oci-archive": "oci-archive",
    "docker-archive": "docker-archive",
}
_DAEMONS = frozenset({"containers-storage", "docker-daemon"})
_TRANSPORT = re.compile(r"[a-z][a-z0-9-]+(?=:)")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
)
_LONGEST_NAME = 255


@dataclass(frozen=True)
class FileSource:
    """An image in a file or a folder.

    Attributes:
        path: Where it is.
        form: What it is; ``any`` finds out.
        tag: Which image it is of several; None where there is one only.
        text: How the user wrote it.
    """

    path: Path
    form: Form
    tag: str | None
    text: str


@dataclass(frozen=True)
class RegistryReference:
    """An image in a registry.

    Attributes:
        host: Host, with a port where it has one.
        name: Path of the image at that host.
        reference: Tag or digest.
        text: How the user wrote it.
    """

    host: str
    name: str
    reference: str
    text: str


def parse_source(source: Path | str, folder: Path = Path()) -> FileSource | RegistryReference:
    """Read what a user named as an image. Nothing is opened.

    Args:
        source: A path, or a text of one of the forms above.
        folder: Where relative paths begin.

    Raises:
        UsageError: It is no such text.
    """
    text = str(source)
    if isinstance(source, Path):
        return FileSource(folder / source, "any", None, text)
    if text.startswith("docker://"):
        return parse_reference(text)
    match = _TRANSPORT.match(text)
    if match is None:
        return FileSource(folder / text, "any", None, text)
    form = _PREFIXES.get(match[0])
    if form is None:
        raise _unknown_word(text, match[0])
    place, separator, tag = text[match.end() + 1 :].partition(":")
    if not place or (separator and not tag):
        raise UsageError(
            f"{text!r} does not name an image.", advice=f"Write {form}:PATH, or {form}:PATH:TAG."
        )
    return FileSource(folder / place, form, tag or None, text)


def parse_reference(text: str) -> RegistryReference:
    """Read ``docker://[HOST/]NAME[:TAG][@DIGEST]``, by the rules of Docker's own names.

    Raises:
        UsageError: It is no such text.
    """
    rest, at, digest = text.removeprefix("docker://").partition("@")
    host, name, tag = _split_name(rest)
    if at and not is_digest(digest):
        raise _malformed(text, f"{digest[:80]!r} is not a digest.")
    if tag is not None and not _TAG.fullmatch(tag):
        raise _malformed(text, f"{tag[:80]!r} is not a tag.")
    if not _HOST.fullmatch(host) or int(_port(host) or 1) not in range(1, 65536):
        raise _malformed(text, f"{host[:80]!r} is not a host.")
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise _malformed(
            text,
            "Image names consist of lower-case letters, digits and single separators between them.",
        )
    if host == _DOCKER_HUB[0]:
        host = _DOCKER_HUB[1]
        name = name if "/" in name else f"library/{name}"
    return RegistryReference(host, name, digest or tag or DEFAULT_TAG, text)


def _unknown_word(text: str, word: str) -> UsageError:
    message = f"{text!r} cannot be read as an image."
    if word in _DAEMONS:
        return UsageError(
            message,
            why="craft-store does not read images from the storage of a container daemon.",
            advice=(
                "Save the image to a file with 'docker save' or 'skopeo copy', and pass the file."
            ),
        )
    return UsageError(
        message,
        why=f"{word!r} is not one of {', '.join((*_PREFIXES, 'docker'))}.",
        advice=f"Pass a file or a folder. If a file has this name, write ./{text}.",
    )


def _split_name(text: str) -> tuple[str, str, str | None]:
    first, slash, rest = text.partition("/")
    has_host = bool(slash) and (first == "localhost" or bool(set(".:") & set(first)))
    host, path = (first, rest) if has_host else (_DOCKER_HUB[0], text)
    name, colon, tag = path.partition(":")
    return host, name, tag if colon else None


def _port(host: str) -> str:
    return host.rpartition("]")[2].rpartition(":")[2] if ":" in host.rpartition("]")[2] else ""


def _malformed(text: str, why: str) -> UsageError:
    return UsageError(
        f"{text!r} is not an image reference.",
        why=why,
        advice="Write docker://HOST/NAME:TAG or docker://HOST/NAME@sha256:DIGEST.",
    )
