"""Publishing in one step that can be repeated: plan, reconcile, upload, review, release.

A plan is made before the first byte is sent: the files are read, channels parsed, the
credentials' limits and the packages checked. What the store has already, by sha3-384, is not sent
again; so a run that was interrupted can simply be started again, and a run after success changes
nothing. Artifacts of one plan are released all together, after the last review, or not at all.

Reading order: ``plan.py`` (what is wanted, and its files), ``items.py`` (each file with its state),
``preflight.py`` (questions to the store), ``publication.py`` (the work) with ``send.py``,
``pending.py`` and ``journal.py`` (reviews that earlier runs began), and ``release.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.lazy import lazy_names

if TYPE_CHECKING:
    from craft_store_core.publishing.items import (
        ChannelState,
        ItemState,
        PublishArtifact,
        PublishIncompleteError,
        PublishItem,
        PublishOutcome,
        PublishTimedOutError,
    )
    from craft_store_core.publishing.journal import ReviewJournal
    from craft_store_core.publishing.plan import (
        PublishPlan,
        PublishRequest,
        read_plan,
        resource_source,
    )
    from craft_store_core.publishing.preflight import channels_of, check_limits
    from craft_store_core.publishing.publication import PlanPublication, Publication
    from craft_store_core.publishing.release import has_newer, is_released
    from craft_store_core.publishing.send import PARALLEL_UPLOADS
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "PARALLEL_UPLOADS",
    "ChannelState",
    "ItemState",
    "PlanPublication",
    "Publication",
    "PublishArtifact",
    "PublishIncompleteError",
    "PublishItem",
    "PublishOutcome",
    "PublishPlan",
    "PublishRequest",
    "PublishTimedOutError",
    "ReviewJournal",
    "channels_of",
    "check_limits",
    "has_newer",
    "is_released",
    "read_plan",
    "resource_source",
]
