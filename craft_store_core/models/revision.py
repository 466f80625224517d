"""Revisions of packages and the bases they run on.

Source: Publisher Gateway reference, sections 9.3 to 9.5 and 16.4.
"""

# ruff: noqa: TC001  # pydantic looks at these annotations while the program runs
from __future__ import annotations

from dataclasses import dataclass

from craft_store_core.models.fields import Many, ReviewEntry, Timestamp
from craft_store_core.models.wire import WireModel


@dataclass(frozen=True, slots=True)
class Base(WireModel):
    """What a revision runs on: ``ubuntu``, ``22.04``, ``amd64``.

    Name and channel are empty where a store knows architectures alone.
    """

    name: str
    channel: str
    architecture: str

    def __str__(self) -> str:
        system = f"{self.name}@{self.channel}:" if self.name else ""
        return f"{system}{self.architecture}"


@dataclass(frozen=True, slots=True)
class Revision(WireModel):
    """One upload that the store gave a number.

    Attributes:
        revision: The number, from 1.
        status: ``approved``, ``released``, ``rejected`` or another word.
        bases: What it runs on; empty for bundles.
        version: The publisher's word for it; free text.
        created_at: When it was uploaded.
        created_by: Id of the account that uploaded it.
        sha3_384: Digest of the file: 96 hexadecimal digits.
        size: Bytes.
        errors: Why it was rejected.
    """

    revision: int
    status: str | None = None
    bases: Many[Base] = ()
    version: str | None = None
    created_at: Timestamp | None = None
    created_by: str | None = None
    sha3_384: str | None = None
    size: int | None = None
    errors: Many[ReviewEntry] = ()

    @property
    def rejected(self) -> bool:
        """The review refused it."""
        return self.status is not None and "rejected" in self.status.lower()

    @property
    def in_review(self) -> bool:
        """It waits for a review, by a person as a rule: it cannot be released yet."""
        status = (self.status or "").lower()
        return not self.rejected and any(word in status for word in ("review", "information"))

    @property
    def usable(self) -> bool:
        """It can be released (or was)."""
        return (self.status or "").lower() in {"approved", "released", "published", "unpublished"}
