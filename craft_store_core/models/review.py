"""The state of an upload's review.

Source: Publisher Gateway reference, sections 9.2, 9.3 and 21.4.
"""

# ruff: noqa: TC001  # pydantic looks at these annotations while the program runs
from __future__ import annotations

from dataclasses import dataclass

from craft_store_core.models.fields import Many, ReviewEntry
from craft_store_core.models.wire import WireModel

_FOR_A_PERSON = ("manual", "needs-review", "needs_review")


@dataclass(frozen=True, slots=True)
class ReviewStatus(WireModel):
    """How far the review of an upload is.

    Attributes:
        upload_id: The upload.
        status: ``new``, ``scanned``, ``approved``, ``rejected``, or a word not known yet.
        revision: The number of the revision; may be there before the review has finished.
        errors: Why it was rejected.
    """

    upload_id: str
    status: str
    revision: int | None = None
    errors: Many[ReviewEntry] = ()

    @property
    def finished(self) -> bool:
        """Nothing more will happen: only ``approved`` and ``rejected`` are final."""
        return self.status in {"approved", "rejected"}

    @property
    def approved(self) -> bool:
        """It became a revision. Approval without a revision number is a failure."""
        return self.status == "approved" and self.revision is not None

    @property
    def rejected(self) -> bool:
        """The review refused it."""
        return self.status == "rejected"

    @property
    def needs_person(self) -> bool:
        """It waits for a person at the store."""
        return not self.finished and any(word in self.status.lower() for word in _FOR_A_PERSON)
