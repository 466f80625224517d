"""Publishing in one step that can be repeated: plan, reconcile, upload, review, release.

A plan is made before the first byte is sent: the files are read, channels parsed, the
credentials' limits and the packages checked. What the store has already, by sha3-384, is not sent
again; so a run that was interrupted can simply be started again, and a run after success changes
nothing. Artifacts of one plan are released all together, after the last review, or not at all.

Reading order: ``request.py`` and ``plan_file.py`` (what is wanted), ``planned.py`` (files read),
``preflight.py`` (questions to the store), ``publication.py`` (the work) with ``sending.py``,
``pending.py`` and ``journal.py`` (reviews that earlier runs began), and ``releasing.py`` (its last
step), ``results.py`` (what became of it). ``single.py`` is the short way for one artifact.
"""

from __future__ import annotations

from craft_store_core.publishing.checks import channels_of, check_limits, has_newer, is_released
from craft_store_core.publishing.journal import ReviewJournal
from craft_store_core.publishing.plan_file import read_plan
from craft_store_core.publishing.publication import PlanPublication
from craft_store_core.publishing.request import PublishPlan, PublishRequest, resource_source
from craft_store_core.publishing.results import (
    PlannedFile,
    PublishedFile,
    PublishIncompleteError,
    PublishOutcome,
    PublishResult,
    PublishTimedOutError,
)
from craft_store_core.publishing.sending import PARALLEL_UPLOADS
from craft_store_core.publishing.single import Publication

__all__ = [
    "PARALLEL_UPLOADS",
    "PlanPublication",
    "PlannedFile",
    "Publication",
    "PublishIncompleteError",
    "PublishOutcome",
    "PublishPlan",
    "PublishRequest",
    "PublishResult",
    "PublishTimedOutError",
    "PublishedFile",
    "ReviewJournal",
    "channels_of",
    "check_limits",
    "has_newer",
    "is_released",
    "read_plan",
    "resource_source",
]
