"""Models of what is sent to a store and what it answers."""

from __future__ import annotations

from craft_store.models import (
    charm_list_releases_model,
    release_request_model,
    revisions_model,
    snap_list_releases_model,
)
from craft_store.models._base_model import MarshableModel
from craft_store.models.account_model import AccountModel
from craft_store.models.charm_list_releases_model import (
    ListReleasesModel as CharmListReleasesModel,
)
from craft_store.models.registered_name_model import RegisteredNameModel
from craft_store.models.release_request_model import ReleaseRequestModel, ResourceModel
from craft_store.models.resource_revision_model import (
    CharmResourceRevisionUpdateRequest,
    CharmResourceType,
    RequestCharmResourceBase,
    ResponseCharmResourceBase,
)
from craft_store.models.revisions_model import (
    RevisionModel,
    RevisionsRequestModel,
    RevisionsResponseModel,
)
from craft_store.models.snap_list_releases_model import ListReleasesModel as SnapListReleasesModel
from craft_store.models.track_guardrail_model import TrackGuardrailModel
from craft_store.models.track_model import TrackModel

__all__ = [
    "AccountModel",
    "CharmListReleasesModel",
    "CharmResourceRevisionUpdateRequest",
    "CharmResourceType",
    "MarshableModel",
    "RegisteredNameModel",
    "ReleaseRequestModel",
    "RequestCharmResourceBase",
    "ResourceModel",
    "ResponseCharmResourceBase",
    "RevisionModel",
    "RevisionsRequestModel",
    "RevisionsResponseModel",
    "SnapListReleasesModel",
    "TrackGuardrailModel",
    "TrackModel",
    "charm_list_releases_model",
    "release_request_model",
    "revisions_model",
    "snap_list_releases_model",
]
