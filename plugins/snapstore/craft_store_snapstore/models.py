"""What only the Snap Store sends and takes, as frozen dataclasses.

Source: Snap Store reference, sections 5 to 13.
"""

# ruff: noqa: TC003  # pydantic looks at these annotations while the program runs
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from craft_store_core.models import (
    Artifact,
    ChannelName,
    Identity,
    Many,
    Progressive,
    Publisher,
    ReviewStatus,
    Timestamp,
    WireModel,
)

_UNION = frozenset({"package_push", "package_release"})


@dataclass(frozen=True, slots=True)
class SnapIdentity(Identity):
    """Whose credentials are in use; knows which permissions of the dashboard contain others.

    Attributes:
        expires: When the credentials end; None where the store does not say.
        store_ids: The stores that they are limited to; None is no limit.
    """

    expires: Timestamp | None = None
    store_ids: tuple[str, ...] | None = None

    def allows(self, permission: str) -> bool:
        """Tell whether the credentials carry a permission, also within a wider one.

        Source: Snap Store reference, section 5.10.
        """
        held = self.permissions
        if held is None or permission in held:
            return True
        return (permission in _UNION and "package_upload" in held) or (
            permission == "package_update" and "package_manage" in held
        )


@dataclass(frozen=True, slots=True)
class AccountKey(WireModel):
    """A key that the account signs with.

    Attributes:
        name: The name that the publisher gave it.
        public_key_sha3_384: What assertions name it by.
        since: From when on it counts.
        until: To when; None for no end.
    """

    name: str
    public_key_sha3_384: str
    since: Timestamp | None = None
    until: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class BrandStore(WireModel):
    """A store that the account has a role in; ``ubuntu`` is the global one."""

    id: str
    name: str | None = None
    roles: Many[str] = ()


@dataclass(frozen=True, slots=True)
class AccountSnap(WireModel):
    """A snap of the account.

    Attributes:
        snap_id: Its id; None for names that the store gave none (yet).
        status: ``Approved``, ``Revoked`` or another word.
        private: Only its publisher and collaborators see it.
        unlisted: It is not found by a search.
        since: When the name was registered.
        store: The store that it belongs to.
        publisher: Whose it is.
    """

    snap_id: str | None = None
    status: str | None = None
    private: bool = False
    unlisted: bool = False
    since: Timestamp | None = None
    store: str | None = None
    publisher: Publisher | None = None


@dataclass(frozen=True, slots=True)
class SnapAccount(WireModel):
    """The account at the dashboard.

    Attributes:
        id: The account id, which assertions name.
        display_name: For people.
        username: The name in the store; None until it was chosen.
        email: The address.
        validation: ``unproven``, ``verified``, ``starred`` or a later word.
        account_keys: The keys it signs with.
        stores: The stores it has a role in.
    """

    id: str
    display_name: str | None = None
    username: str | None = None
    email: str | None = None
    validation: str | None = None
    account_keys: Many[AccountKey] = ()
    stores: Many[BrandStore] = ()


@dataclass(frozen=True, slots=True)
class Agreement(WireModel):
    """Whether the account accepted the developer agreement."""

    latest_tos_accepted: bool = False
    tos_url: str | None = None
    latest_tos_date: str | None = None
    accepted_tos_date: str | None = None


@dataclass(frozen=True, slots=True)
class Verification(WireModel):
    """What a credential may do, as the store says it without using it.

    Attributes:
        allowed: The store takes it.
        refresh_required: It takes it once its discharge is renewed.
        permissions: None is everything.
        channels: None is no limit.
        snap_ids: None is no limit.
        expires: When it ends.
    """

    allowed: bool | None = None
    refresh_required: bool | None = None
    permissions: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    snap_ids: tuple[str, ...] | None = None
    expires: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class SnapInfo(WireModel):
    """What the dashboard knows of one snap, for its publisher."""

    snap_id: str | None = None
    snap_name: str | None = None
    title: str | None = None
    summary: str | None = None
    description: str | None = None
    license: str | None = None
    contact: str | None = None
    website: str | None = None
    private: bool = False
    unlisted: bool = False
    store: str | None = None
    default_track: str | None = None
    publisher: Publisher | None = None


@dataclass(frozen=True, slots=True)
class Registration(WireModel):
    """A name that was registered; no id after a mere check."""

    snap_id: str | None = None
    snap_name: str | None = None


@dataclass(frozen=True, slots=True)
class Dispute(WireModel):
    """A claim on a name, and where it can be followed."""

    snap_name: str | None = None
    status_url: str | None = None


@dataclass(frozen=True, slots=True)
class SnapReviewStatus(ReviewStatus):
    """How far the processing of an upload is, in the core's words.

    Attributes:
        code: The dashboard's word, such as ``need_manual_review``.
        can_release: It may be released now.
        url: The web page of the revision.
    """

    code: str = ""
    can_release: bool = False
    url: str | None = None


@dataclass(frozen=True)
class SnapArtifact(Artifact):
    """A snap file, read but not sent.

    Attributes:
        version: The publisher's word; None where the file has none.
        architectures: What it runs on; ``("all",)`` for everything.
        base: The snap that it is built on; None for bases and the like.
        grade: ``stable`` or ``devel``.
        confinement: ``strict``, ``classic`` or ``devmode``.
        type: ``app``, ``gadget``, ``kernel``, ``base``, ``snapd``.
        title: For people.
        description: Some paragraphs.
        license: An SPDX expression.
        built_at: When its build began, as the file says it.
        icon: Name and bytes of the icon in it; None where it has none.
    """

    version: str | None = None
    architectures: tuple[str, ...] = ("all",)
    base: str | None = None
    grade: str = "stable"
    confinement: str = "strict"
    type: str = "app"
    title: str | None = None
    description: str | None = None
    license: str | None = None
    built_at: str | None = None
    icon: tuple[str, bytes] | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return JSON-able data; keys with hyphens, the size in bytes."""
        return {
            **super().to_json(),
            "version": self.version,
            "architectures": list(self.architectures),
            "base": self.base,
            "grade": self.grade,
            "confinement": self.confinement,
            "type": self.type,
            "title": self.title,
            "description": self.description,
            "license": self.license,
            "built-at": self.built_at,
        }


@dataclass(frozen=True)
class ComponentFile:
    """A component of a snap, as its file describes it.

    Attributes:
        snap: The snap that it belongs to.
        name: Its name there.
        type: Such as ``standard`` or ``kernel-modules``.
        version: The publisher's word; None where it has none.
        size: Bytes.
    """

    snap: str
    name: str
    type: str
    version: str | None
    size: int


@dataclass(frozen=True, slots=True)
class PastRelease(WireModel):
    """One entry of a snap's history of releases.

    Attributes:
        channel: The channel, with its track.
        architecture: What it was released for.
        revision: The revision; None where the channel was closed.
        when: When that was.
        expires_at: When the branch ends; None for others than branches.
        progressive: The roll-out.
    """

    wire_names: ClassVar[Mapping[str, str]] = MappingProxyType({"expires_at": "expiration-date"})

    channel: ChannelName
    architecture: str
    revision: int | None = None
    when: Timestamp | None = None
    expires_at: Timestamp | None = None
    progressive: Progressive = field(default_factory=Progressive)


@dataclass(frozen=True, slots=True)
class ChannelState(WireModel):
    """One channel for one architecture, also where nothing was released.

    Attributes:
        channel: Risk, or risk and branch, on the track that is asked for.
        info: ``none``, ``tracking``, ``specific``, ``branch`` or a later word.
        revision: Where something is released.
        version: Of that revision.
    """

    channel: str
    info: str | None = None
    revision: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class MediaItem(WireModel):
    """A picture of a snap at the dashboard; ``hash`` is the SHA-256 of the file."""

    type: str
    hash: str | None = None
    filename: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Validation(WireModel):
    """A gating snap's word on a revision of a snap that it gates.

    Attributes:
        approved_snap_id: The gated snap.
        approved_snap_name: Its name.
        approved_snap_revision: The revision; ``-`` when none was approved.
        revoked: ``true`` or ``false``.
        required: The gated snap waits for it.
        revision: Of the assertion.
    """

    approved_snap_id: str
    approved_snap_name: str | None = None
    approved_snap_revision: str | None = None
    revoked: str | None = None
    required: bool | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Assertion(WireModel):
    """A signed statement at the store: its headers as they are, and its body.

    Attributes:
        headers: All scalars are texts.
        body: Where the kind has one.
    """

    headers: Mapping[str, Any]
    body: str | None = None


@dataclass(frozen=True, slots=True)
class MetricSeries(WireModel):
    """One line of a metric; values belong to the metric's buckets, and may be missing."""

    name: str
    values: tuple[int | float | str | None, ...] = ()
    currently_released: bool | None = None


@dataclass(frozen=True, slots=True)
class Metric(WireModel):
    """The answer to one filter.

    Attributes:
        status: ``OK``, ``FAIL`` or ``NO DATA``.
        snap_id: The snap.
        metric_name: The metric.
        buckets: Days, as texts.
        series: Its lines.
    """

    status: str
    snap_id: str | None = None
    metric_name: str | None = None
    buckets: Many[str] = ()
    series: Many[MetricSeries] = ()
