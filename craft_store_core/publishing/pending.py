"""What is in review already, from this run or an earlier one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from craft_store_core.errors import (
    CraftStoreError,
    RateLimitedError,
    StoreUnavailableError,
    TransportError,
    UnexpectedResponseError,
)
from craft_store_core.publishing.items import ItemState
from craft_store_core.publishing.journal import ReviewEntry

if TYPE_CHECKING:
    from concurrent.futures import Future

    from craft_store_core.publishing.items import PublishItem
    from craft_store_core.publishing.journal import ReviewJournal
    from craft_store_core.stores.client import StoreClient

_NO_ANSWER = (RateLimitedError, StoreUnavailableError, TransportError, UnexpectedResponseError)


class PendingReviews:
    """Goes on with the reviews of earlier runs, and lets later runs go on with those of this one.

    Args:
        client: Of the store.
        journal: Where they are remembered; None does not remember any.
    """

    def __init__(self, client: StoreClient, journal: ReviewJournal | None) -> None:
        self._client = client
        self._journal = journal

    def recall(self, item: PublishItem) -> None:
        """Take over the review of a file that an earlier run sent and that is not refused.

        Raises:
            StoreError: The store does not answer now.
            TransportError: It cannot be reached.
        """
        if self._journal is None or item.state is not ItemState.TO_UPLOAD or item.hashing is None:
            return
        for entry in self._journal.find(item.package, item.resource, item.size):
            # The digest of a big file takes long: it is waited for only if it can match.
            if entry.sha3_384 == item.hashing.result():
                self._take_over(item, entry)

    def remember(self, item: PublishItem) -> None:
        """Note a file that is in review now, as soon as its digest is known."""
        if self._journal is not None and item.hashing is not None:
            item.hashing.add_done_callback(partial(self._note, item))

    def settle(self, item: PublishItem) -> None:
        """Forget a file whose review has ended."""
        digest = item.hashing
        if self._journal is None or digest is None or not _known(digest):
            return
        for entry in self._journal.find(item.package, item.resource, item.size):
            if entry.sha3_384 == digest.result():
                self._journal.forget(entry)

    def _take_over(self, item: PublishItem, entry: ReviewEntry) -> None:
        try:
            status = self._client.review_status(item.package, entry.upload_id)
        except _NO_ANSWER:
            raise
        except CraftStoreError:
            status = None  # the store knows nothing of it any more
        if status is None or (status.finished and not status.approved):
            # Sending it again tells why it is refused, if it still is.
            self.settle(item)
        elif status.finished and status.revision is not None:
            item.found(status.revision, ItemState.ALREADY_UPLOADED)
            self.settle(item)
        else:
            item.pushed(entry.upload_id, entry.review_url)

    def _note(self, item: PublishItem, digest: Future[str]) -> None:
        # Called late for a big file: by then its review may be over.
        if self._journal is None or item.state is not ItemState.IN_REVIEW or not _known(digest):
            return
        self._journal.note(
            ReviewEntry(
                store=self._journal.store,
                package=item.package,
                resource=item.resource,
                size=item.size or 0,
                sha3_384=digest.result(),
                upload_id=item.upload_id or "",
                review_url=item.review_url or "",
            )
        )


def _known(digest: Future[str]) -> bool:
    return digest.done() and not digest.cancelled() and digest.exception() is None
