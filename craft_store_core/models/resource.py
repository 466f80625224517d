"""Resources that packages declare, and their revisions.

Source: Publisher Gateway reference, sections 11.1 to 11.4 and 16.4.
"""

# ruff: noqa: TC001  # pydantic looks at these annotations while the program runs
from __future__ import annotations

from dataclasses import dataclass

from craft_store_core.models.fields import Many, Timestamp
from craft_store_core.models.wire import WireModel


@dataclass(frozen=True, slots=True)
class DeclaredResource(WireModel):
    """A resource that a revision of a package declares.

    Attributes:
        name: The resource.
        type: ``file``, ``oci-image`` or a later word.
        optional: The package can be released without it.
        revision: The revision *of the package* that declares it.
    """

    name: str
    type: str | None = None
    optional: bool = False
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class ResourceBase(WireModel):
    """What a resource revision fits; made without arguments, everything."""

    architectures: Many[str] = ("all",)
    name: str = "all"
    channel: str = "all"


@dataclass(frozen=True, slots=True)
class ResourceRevision(WireModel):
    """One revision of a resource.

    Attributes:
        revision: The number, from 1; old data may have 0.
        name: The resource.
        type: ``file``, ``oci-image`` or a later word.
        size: Bytes.
        bases: What it fits.
        created_at: When it was uploaded.
        updated_at: When its bases were last changed.
        updated_by: Id of the account that changed them.
        sha256: Digest of the file.
        sha384: Digest of the file.
        sha512: Digest of the file.
        sha3_384: Digest of the file.
    """

    revision: int
    name: str | None = None
    type: str | None = None
    size: int | None = None
    bases: Many[ResourceBase] = ()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    updated_by: str | None = None
    sha256: str | None = None
    sha384: str | None = None
    sha512: str | None = None
    sha3_384: str | None = None
