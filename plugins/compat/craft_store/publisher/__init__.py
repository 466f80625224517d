"""The Publisher Gateway: its client, and what is asked and answered."""

from __future__ import annotations

from craft_store.models._charm_model import CharmBaseModel as Base
from craft_store.models._charm_model import ResourceModel as Resource
from craft_store.models._common_list_releases_model import ChannelsModel as Channel
from craft_store.models._common_list_releases_model import PackageModel as Package
from craft_store.models._common_list_releases_model import ProgressiveModel as Progressive
from craft_store.models.account_model import AccountModel as Account
from craft_store.models.error_model import ErrorModel as Error
from craft_store.models.registered_name_model import MediaModel as Media
from craft_store.models.registered_name_model import RegisteredNameModel as RegisteredName
from craft_store.models.track_guardrail_model import TrackGuardrailModel as TrackGuardrail
from craft_store.models.track_model import TrackModel as Track
from craft_store.publisher._publishergw import PublisherGateway
from craft_store.publisher._request import (
    CreateTrackRequest,
    ReleaseRequest,
    ResourceReleaseRequest,
)
from craft_store.publisher._response import (
    ChannelMap,
    CharmRevision,
    Grade,
    Length,
    ReleaseResult,
    Releases,
    Revision,
    RevisionNumber,
    Sha3_384,
    SnapConfinement,
    SnapRevision,
    SnapType,
    SourceRevision,
)

__all__ = [
    "Account",
    "Base",
    "Channel",
    "ChannelMap",
    "CharmRevision",
    "CreateTrackRequest",
    "Error",
    "Grade",
    "Length",
    "Media",
    "Package",
    "Progressive",
    "PublisherGateway",
    "RegisteredName",
    "ReleaseRequest",
    "ReleaseResult",
    "Releases",
    "Resource",
    "ResourceReleaseRequest",
    "Revision",
    "RevisionNumber",
    "Sha3_384",
    "SnapConfinement",
    "SnapRevision",
    "SnapType",
    "SourceRevision",
    "Track",
    "TrackGuardrail",
]
