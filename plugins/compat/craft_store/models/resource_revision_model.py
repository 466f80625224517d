"""Revisions of the resources of charms.

Source: Publisher Gateway reference, section 11.
"""

# ruff: noqa: TC003  # pydantic reads the annotations of the fields

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated

from pydantic import AfterValidator, ByteSize, Field

from craft_store.models._base_model import MarshableModel


def _all() -> list[str]:
    return ["all"]


def _unique(values: list[str]) -> list[str]:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"Duplicate values in list: {repeated}")
    return values


class CharmResourceType(str, Enum):
    """What kind of resource it is."""

    OCI_IMAGE = "oci-image"
    FILE = "file"


class RequestCharmResourceBase(MarshableModel):
    """What a resource revision is said to fit; by default everything.

    Attributes:
        architectures: At least one, each once.
    """

    name: str = "all"
    channel: str = "all"
    architectures: Annotated[list[str], Field(min_length=1), AfterValidator(_unique)] = Field(
        default_factory=_all, json_schema_extra={"uniqueItems": True}
    )


class ResponseCharmResourceBase(MarshableModel):
    """What a resource revision fits, as the store has it: also empty or repeated."""

    name: str = "all"
    channel: str = "all"
    architectures: list[str] = Field(["all"])


class CharmResourceRevision(MarshableModel):
    """One revision of a resource.

    Attributes:
        size: In bytes.
        type: Text where it is no :class:`CharmResourceType`.
    """

    bases: list[ResponseCharmResourceBase]
    created_at: datetime
    name: str
    revision: int
    sha256: str
    sha3_384: str
    sha384: str
    sha512: str
    size: ByteSize
    type: CharmResourceType | str
    updated_at: datetime | None = None
    updated_by: str | None = None


class CharmResourceRevisionUpdateRequest(MarshableModel):
    """New bases of one resource revision, at least one."""

    revision: int = Field(gt=0)
    bases: list[RequestCharmResourceBase] = Field(min_length=1)
