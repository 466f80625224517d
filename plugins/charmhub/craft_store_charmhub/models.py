"""What only Charmhub sends and receives: libraries, image credentials, the public pages.

Source: Publisher Gateway reference, sections 12 to 14.
"""

# ruff: noqa: TC003  # pydantic looks at these annotations while the program runs
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from craft_store_core.models import Base, ChannelName, Many, Publisher, Timestamp, WireModel


@dataclass(frozen=True, slots=True)
class Library(WireModel):
    """A revision of a charm library.

    Attributes:
        library_id: 32 characters.
        library_name: The name of the module, with underscores.
        charm_name: The charm that it belongs to.
        api: Major version; a whole number from 0.
        patch: Minor version; a whole number from 0, not 0 together with ``api``.
        hash: SHA-256 of its content, see :func:`craft_store_charmhub.library_hash`.
        content: The module; only sent when one library is asked for.
    """

    library_id: str
    library_name: str
    charm_name: str
    api: int
    patch: int
    hash: str
    content: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LibrarySelector(WireModel):
    """Which libraries are meant: by id, or by charm and what else is known.

    Attributes:
        library_id: The library; nothing else is needed then.
        charm_name: The charm, with hyphens.
        library_name: One of its libraries; by default all of them.
        api: The major version; by default all of them.
        patch: The minor version; by default the newest.
    """

    library_id: str | None = None
    charm_name: str | None = None
    library_name: str | None = None
    api: int | None = None
    patch: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the selector as it is sent, without what is not known."""
        # Written out: a class made anew for its slots cannot find the method that it overrides.
        document = WireModel.to_json(self)
        return {key: value for key, value in document.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ImageCredentials(WireModel):
    """Where an image resource is pushed to. The repr hides the password.

    Attributes:
        image_name: Host and path of the image, without scheme and tag.
        username: For the registry.
        password: For the registry; ends soon.
    """

    image_name: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Download(WireModel):
    """A file that anybody can fetch."""

    wire_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"sha256": "hash-sha-256", "sha384": "hash-sha-384"}
    )

    url: str
    size: int | None = None
    sha256: str | None = None
    sha384: str | None = None


@dataclass(frozen=True, slots=True)
class PublicRevision(WireModel):
    """A revision as the public sees it."""

    revision: int
    version: str | None = None
    created_at: Timestamp | None = None
    download: Download | None = None


@dataclass(frozen=True, slots=True)
class PublicChannel(WireModel):
    """A channel on one base; parts of the base may be the placeholder ``NA``."""

    name: ChannelName
    base: Base | None = None
    released_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class PublicResourceRevision(WireModel):
    """A revision of a resource as the public sees it."""

    name: str
    revision: int
    type: str | None = None
    filename: str | None = None
    description: str | None = None
    created_at: Timestamp | None = None
    download: Download | None = None


@dataclass(frozen=True, slots=True)
class PublicRelease(WireModel):
    """What is released to a channel on one base."""

    channel: PublicChannel
    revision: PublicRevision
    resources: Many[PublicResourceRevision] = ()


@dataclass(frozen=True, slots=True)
class PublicDetails(WireModel):
    """What a package's page says. Which keys are there depends on the fields asked for."""

    title: str | None = None
    summary: str | None = None
    description: str | None = None
    license: str | None = None
    publisher: Publisher | None = None


@dataclass(frozen=True, slots=True)
class PublicPackage(WireModel):
    """A package as the public sees it.

    Attributes:
        id: The store's identifier.
        name: The name.
        type: ``charm`` or ``bundle``.
        result: What its page says.
        default_release: What is installed when no channel is named.
        channel_map: What is released where; only in the answer for one package.
    """

    id: str
    name: str
    type: str | None = None
    result: PublicDetails = PublicDetails()
    default_release: PublicRelease | None = None
    channel_map: Many[PublicRelease] = ()
