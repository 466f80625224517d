"""What stores send and receive, as frozen dataclasses.

Importing this package imports none of them, and not pydantic, which reads them: the names below
are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    from craft_store_core.models.wire import WireModel

_HOME = "craft_store_core.models"
_SOURCES = {
    "Account": f"{_HOME}.account",
    "Artifact": f"{_HOME}.artifact",
    "Base": f"{_HOME}.revision",
    "ChannelInfo": f"{_HOME}.release",
    "ChannelMap": f"{_HOME}.channel_map",
    "Collaborator": f"{_HOME}.collaboration",
    "DeclaredResource": f"{_HOME}.resource",
    "ErrorEntry": "craft_store_core.errors",
    "Guardrail": f"{_HOME}.package",
    "Identity": f"{_HOME}.account",
    "Invite": f"{_HOME}.collaboration",
    "InviteToken": f"{_HOME}.collaboration",
    "IssuedToken": f"{_HOME}.account",
    "Listing": f"{_HOME}.listing",
    "Media": f"{_HOME}.package",
    "Package": f"{_HOME}.package",
    "PackageScope": f"{_HOME}.account",
    "Progressive": f"{_HOME}.release",
    "Publisher": f"{_HOME}.account",
    "Release": f"{_HOME}.release",
    "ReleaseRequest": f"{_HOME}.release",
    "ReleaseResult": f"{_HOME}.release",
    "ResourceBase": f"{_HOME}.resource",
    "ResourcePin": f"{_HOME}.release",
    "ResourceRevision": f"{_HOME}.resource",
    "ReviewStatus": f"{_HOME}.review",
    "Revision": f"{_HOME}.revision",
    "Track": f"{_HOME}.package",
    "TrackRequest": f"{_HOME}.package",
    "UnreadableError": f"{_HOME}.reading",
    "UnreadableRow": f"{_HOME}.listing",
    "WireModel": f"{_HOME}.wire",
    "read": f"{_HOME}.reading",
    "read_listing": f"{_HOME}.reading",
}

__all__ = [
    "Account",
    "Artifact",
    "Base",
    "ChannelInfo",
    "ChannelMap",
    "Collaborator",
    "DeclaredResource",
    "ErrorEntry",
    "Guardrail",
    "Identity",
    "Invite",
    "InviteToken",
    "IssuedToken",
    "Listing",
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
    "Track",
    "TrackRequest",
    "UnreadableError",
    "UnreadableRow",
    "WireModel",
    "read",
    "read_listing",
]


def __getattr__(name: str) -> Any:
    try:
        source = _SOURCES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    from importlib import import_module

    value = getattr(import_module(source), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
