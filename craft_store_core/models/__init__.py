"""What stores send and receive, as frozen dataclasses.

Importing this package imports none of them, and not pydantic, which reads them: the names below
are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.lazy import lazy_names

if TYPE_CHECKING:
    from craft_store_core.errors import ErrorEntry
    from craft_store_core.models.account import (
        Account,
        Identity,
        IssuedToken,
        PackageScope,
        Publisher,
    )
    from craft_store_core.models.artifact import Artifact
    from craft_store_core.models.channel_map import ChannelMap
    from craft_store_core.models.collaboration import Collaborator, Invite, InviteToken
    from craft_store_core.models.fields import ChannelName, Many, Timestamp
    from craft_store_core.models.listing import Listing, UnreadableRow
    from craft_store_core.models.package import Guardrail, Media, Package, Track, TrackRequest
    from craft_store_core.models.reading import UnreadableError, read, read_listing
    from craft_store_core.models.release import (
        ChannelInfo,
        Progressive,
        Release,
        ReleaseRequest,
        ReleaseResult,
        ResourcePin,
    )
    from craft_store_core.models.resource import DeclaredResource, ResourceBase, ResourceRevision
    from craft_store_core.models.review import ReviewStatus
    from craft_store_core.models.revision import Base, Revision
    from craft_store_core.models.wire import WireModel, write_time
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "Account",
    "Artifact",
    "Base",
    "ChannelInfo",
    "ChannelMap",
    "ChannelName",
    "Collaborator",
    "DeclaredResource",
    "ErrorEntry",
    "Guardrail",
    "Identity",
    "Invite",
    "InviteToken",
    "IssuedToken",
    "Listing",
    "Many",
    "Media",
    "Package",
    "PackageScope",
    "Progressive",
    "Publisher",
    "Release",
    "ReleaseRequest",
    "ReleaseResult",
    "ResourceBase",
    "ResourcePin",
    "ResourceRevision",
    "ReviewStatus",
    "Revision",
    "Timestamp",
    "Track",
    "TrackRequest",
    "UnreadableError",
    "UnreadableRow",
    "WireModel",
    "read",
    "read_listing",
    "write_time",
]
