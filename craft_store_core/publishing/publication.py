"""The publishing itself: send what is missing, wait for the reviews, release all or nothing."""

from __future__ import annotations

import time
from concurrent.futures import wait as wait_for
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from craft_store_core.errors import (
    CraftStoreError,
    DeadlinePassedError,
    ReviewPendingError,
    ReviewRejectedError,
)
from craft_store_core.publishing.items import (
    ChannelState,
    ItemState,
    PublishArtifact,
    PublishItem,
    PublishOutcome,
    PublishTimedOutError,
)
from craft_store_core.publishing.pending import PendingReviews
from craft_store_core.publishing.plan import PublishPlan, PublishRequest, read_artifacts
from craft_store_core.publishing.preflight import Preflight, rejected_before
from craft_store_core.publishing.release import Releasing
from craft_store_core.publishing.send import PARALLEL_UPLOADS, Uploads, Workers
from craft_store_core.stores.reviews import Polling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from craft_store_core.channels import Channel
    from craft_store_core.publishing.journal import ReviewJournal
    from craft_store_core.stores.client import StoreClient

PARALLEL_DIGESTS = 2
"""How many digests are computed at once, at most: they take a whole processor each."""

_PARALLEL_REVIEWS = 32
_SOON = timedelta(hours=1)
_PATIENCE = 1.0
"""Seconds that threads get to end: enough for one that is between two blocks of a file."""


class PlanPublication:
    """One publishing of a plan, from the files to the releases.

    Use as a context manager: leaving it stops the threads that read and send.

    Args:
        client: Of the store to publish to.
        plan: What is to be published.
        polling: How reviews are waited for.
        timeout: Seconds for everything that :meth:`run` does; by default the sending takes as
            long as it takes, and each review what ``polling`` allows.
        journal: Remembers what is in review for the next run; by default only the store does.
        parallel: How many files are sent at the same time.
        say: Called with what happens, one line each; from several threads.

    Raises:
        ArtifactError: A file is missing, or is not what it should be.
        InvalidChannelError: A channel is not one.
        UsageError: Something is given that an artifact does not declare, or two artifacts would
            replace each other.
    """

    def __init__(
        self,
        client: StoreClient,
        plan: PublishPlan,
        *,
        polling: Polling | None = None,
        timeout: float | None = None,
        journal: ReviewJournal | None = None,
        parallel: int = PARALLEL_UPLOADS,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._work = client.work.part()
        self._client = client = client.within(self._work)
        self._pending = PendingReviews(client, journal)
        self._polling = polling or Polling()
        self._timeout = timeout
        self._say = say
        self._preflight = Preflight(client)
        self._release_error: CraftStoreError | None = None
        self._digests = Workers(PARALLEL_DIGESTS, "digest")
        self._uploads = Uploads(client, parallel)
        self._reviews = Workers(_PARALLEL_REVIEWS, "review")
        self.artifacts = read_artifacts(client, plan.requests, self._digests)
        self._releasing = Releasing(
            client, self._preflight, self.artifacts, only_if_newer=plan.only_if_newer
        )

    def __enter__(self) -> PlanPublication:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End what is under way in other threads; a store that does not answer is left behind."""
        if self._work.cancelled:
            return
        self._work.cancel()
        end = time.monotonic() + _PATIENCE
        for workers in (self._uploads, self._reviews, self._digests):
            workers.stop(max(0.0, end - time.monotonic()))

    def check(self) -> None:
        """Ask the store everything that could make the publishing fail, and what it has already.

        Raises:
            PermissionRequiredError: The credentials do not allow it.
            NotFoundError: A name is not registered, or belongs to somebody else.
            UsageError: A track or a revision of a resource does not exist.
        """
        self._preflight.check(self.artifacts)
        for item, owner in self._items().items():
            # Components have no digests by which it could be told what is in review.
            if item.resource is not None or not owner.components:
                self._pending.recall(item)
        for artifact in self.artifacts:
            number = self._preflight.in_review(artifact)
            if artifact.artifact.state is ItemState.TO_UPLOAD and number is not None:
                artifact.artifact.found(number, ItemState.IN_REVIEW)
        left = self._client.authenticator.time_remaining()
        if left is not None and left < _SOON:
            self._say(
                f"warning: the credentials expire in {left.total_seconds() / 60:.0f} minutes. If "
                "they expire before the last release, log in again and run the same command "
                "again."
            )
        for artifact, resource in self._releasing.unbound_resources():
            self._say(
                f"warning: {artifact.artifact.title} declares the resource {resource!r}, which was "
                "not given and never released. If it is required, the store will refuse the "
                "release. "
                f"Pass --resource {resource}=FILE or {resource}=REVISION."
            )

    def preview(self) -> PublishOutcome:
        """Return what :meth:`run` would do, after :meth:`check`."""
        self._releasing.plan()
        return replace(self.outcome(), dry_run=True)

    def run(self, *, wait: bool = True) -> PublishOutcome:
        """Send what is missing, wait for the reviews, and release when all were approved.

        Args:
            wait: Wait for the reviews. Otherwise what is approved already is released only if
                nothing of the plan is still under review.

        Returns:
            What became of it; failures are in its ``error``, not raised, so that nothing that was
            done is forgotten.
        """
        if self._timeout is not None:
            self._work.limit(self._timeout)
        self._send_all(wait=wait)
        if all(artifact.uploaded for artifact in self.artifacts):
            try:
                self._releasing.run()
            except CraftStoreError as error:
                self._release_error = self._told(error)
        return self.outcome()

    def outcome(self, *, interrupted: bool = False) -> PublishOutcome:
        """Return how far it is.

        Args:
            interrupted: It was stopped: digests that are not known yet are left out.
        """
        if not interrupted:
            wait_for([item.hashing for item in self._items() if item.hashing is not None])
        return PublishOutcome(
            self.artifacts, release_error=self._release_error, interrupted=interrupted
        )

    def submit(self) -> str:
        """Send the first artifact and do not wait for its review; return the upload id.

        Raises:
            WorkCancelledError: The publishing was left.
            DeadlinePassedError: Its time is over.
        """
        artifact = self.artifacts[0]
        upload_id = self._client.upload_file(artifact.request.artifact)
        self._client.push_revision(artifact.name, upload_id)
        return upload_id

    # Sending

    def _send_all(self, *, wait: bool) -> None:
        items = [
            item
            for item in self._items()
            if item.state is ItemState.TO_UPLOAD
            and (self._can_push(item) or (wait and item.content is None))
        ]
        for artifact in self.artifacts:
            if artifact.artifact.state is ItemState.TO_UPLOAD:
                items += artifact.components.values()
        with self._uploads.together(items):
            reviews = self._review_all(wait=wait)
            wait_for([item.sending for item in items if item.sending is not None])
        for done in reviews:
            done.result()

    def _review_all(self, *, wait: bool) -> list[Future[None]]:
        """Have each item pushed as soon as it is sent, and its review waited for."""
        revisions: dict[PublishArtifact, Future[None]] = {}
        for artifact in self.artifacts:
            state = artifact.artifact.state
            if state is ItemState.TO_UPLOAD or (state is ItemState.IN_REVIEW and wait):
                revisions[artifact] = self._reviews.submit(self._bring_artifact, artifact, wait)
            else:
                self._tell(artifact.artifact)
        resources = [
            self._reviews.submit(self._bring_resource, item, revisions.get(owner), wait)
            for item, owner in self._items().items()
            if item.resource is not None
            and item.state in {ItemState.TO_UPLOAD, ItemState.IN_REVIEW}
        ]
        return [*revisions.values(), *resources]

    def _items(self) -> dict[PublishItem, PublishArtifact]:
        """Return every item once, with the first artifact that it belongs to."""
        found: dict[PublishItem, PublishArtifact] = {}
        for artifact in self.artifacts:
            for item in artifact.files:
                found.setdefault(item, artifact)
        return found

    def _can_push(self, item: PublishItem) -> bool:
        """Return whether an item can be pushed without waiting for another one's review."""
        return item.resource is None or self._preflight.knows_resource(item.package, item.resource)

    def _told(self, error: CraftStoreError) -> CraftStoreError:
        if not isinstance(error, DeadlinePassedError):
            return error
        return PublishTimedOutError(
            f"The publication did not finish within {self._timeout or 0:g} seconds.",
            why="The time limit was reached during an upload.",
            advice="Run the command again with a longer --timeout. Files that the store has are "
            "not uploaded again.",
        )

    # Reviews

    def _bring_artifact(self, artifact: PublishArtifact, wait: bool) -> None:  # run in a thread
        item = artifact.artifact
        try:
            if item.sending is not None:
                item.upload_id = item.sending.result()
                components = {
                    name: part.sending.result()
                    for name, part in artifact.components.items()
                    if part.sending is not None
                }
                url = self._push(artifact, item.upload_id, components)
                self._pushed(item, url, remember=not components)
            self._reviewed(item, wait=wait)
        except ReviewRejectedError as error:
            # An earlier run may have sent the same bytes and not lived to see the answer.
            self._accept_twin(artifact, error)
        except CraftStoreError as error:
            item.failed(self._told(error))
        self._tell(item)
        if artifact.handed_over and item.state is ItemState.IN_REVIEW:
            artifact.releases = dict.fromkeys(artifact.releases, ChannelState.WHEN_APPROVED)

    def _bring_resource(
        self,
        item: PublishItem,
        revision: Future[None] | None,
        wait: bool,  # submitted to a thread, by position
    ) -> None:
        try:
            if item.state is ItemState.TO_UPLOAD and not self._push_resource(item, revision, wait):
                return
            self._reviewed(item, wait=wait)
        except CraftStoreError as error:
            item.failed(self._told(error))
        self._tell(item)

    def _push_resource(self, item: PublishItem, revision: Future[None] | None, wait: bool) -> bool:
        """Push a resource, if a revision that declares it comes to be."""
        # What is no file cannot be sent before a revision declares it.
        late = item.sending is None
        if late and (item.content is None or not wait):
            return False
        if item.sending is not None:
            item.upload_id = item.sending.result()
        if wait and revision is not None:
            # No store takes a resource that none of its revisions declares.
            revision.result()
            if not self._owner_accepted(item):
                return False
        if late:
            item.upload_id = self._uploads.send(item)
        content = item.content
        if content is not None:
            with suppress(CraftStoreError):
                # Only to recognize it in a later run.
                item.identify(
                    self._client.resource_digest(item.package, item.resource or "", content)
                )
        url = self._client.push_resource(
            item.package,
            item.resource or "",
            item.upload_id or "",
            resource_type=item.resource_type,
            bases=() if content is None else content.bases,
        )
        self._pushed(item, url)
        return True

    def _push(
        self, artifact: PublishArtifact, upload_id: str, components: Mapping[str, str]
    ) -> str:
        # Of several artifacts none is released before all are approved: that the store cannot do.
        alone = len(self.artifacts) == 1 and not artifact.resources and bool(artifact.releases)
        if alone and self._client.supports("push-to-channels"):
            artifact.handed_over = True
            return self._client.push_to_channels(
                artifact.name,
                upload_id,
                tuple(artifact.releases),
                components=components,
                only_if_newer=self._releasing.only_if_newer,
            )
        if components:
            return self._client.push_components(artifact.name, upload_id, components)
        return self._client.push_revision(artifact.name, upload_id)

    def _accept_twin(self, artifact: PublishArtifact, error: ReviewRejectedError) -> None:
        item = artifact.artifact
        try:
            found = self._preflight.twin(artifact)
        except CraftStoreError:
            found = None  # the refusal of the review is what matters
        if found is not None and found.in_review:
            item.upload_id, item.revision = None, found.revision
            item.failed(_held(found.revision))
        elif found is not None and not found.rejected:
            item.found(found.revision, ItemState.ALREADY_UPLOADED)
        elif found is not None and found.errors:
            # The store refuses the same bytes for being there: what was wrong with them it said
            # the first time.
            item.failed(rejected_before(found, error))
        else:
            item.failed(self._told(error))

    def _owner_accepted(self, item: PublishItem) -> bool:
        return any(
            artifact.artifact.revision is not None
            for artifact in self.artifacts
            if item in artifact.resources
        )

    def _pushed(self, item: PublishItem, url: str, *, remember: bool = True) -> None:
        # From here on it is named by what another process can ask for it by.
        item.pushed(self._client.review_reference(item.upload_id or ""), url)
        if remember:
            self._pending.remember(item)

    def _reviewed(self, item: PublishItem, *, wait: bool) -> None:
        if not wait:
            return
        if item.upload_id is None and item.revision is not None:
            raise _held(item.revision)
        try:
            revision = self._client.wait_for_review(
                item.package, item.upload_id or "", self._limited_polling()
            )
        except ReviewRejectedError:
            self._pending.settle(item)
            raise
        item.found(revision, ItemState.UPLOADED)
        self._pending.settle(item)

    def _limited_polling(self) -> Polling:
        remaining = self._work.remaining()
        if remaining is None:
            return self._polling
        return replace(self._polling, timeout=round(remaining, 1))

    def _tell(self, item: PublishItem) -> None:
        if item.revision is not None:
            status = item.status.replace("-", " ")
            self._say(f"{item.title}: revision {item.revision} ({status})")
        elif item.state is ItemState.IN_REVIEW:
            self._say(f"{item.title}: in review, upload id {item.upload_id}")
        elif item.error is not None and not self._work.cancelled:
            self._say(f"{item.title}: {item.error.message}")


def _held(revision: int) -> ReviewPendingError:
    """The error for a file that another run uploaded, of which no upload id is known here."""
    return ReviewPendingError(
        "The upload waits for manual review.",
        upload_id="",
        why=f"The store has the file as revision {revision}, which is not yet approved.",
        advice="Run the same command again after the approval. The file is not uploaded again.",
    )


class Publication:
    """One publishing of one artifact, from the files to the release.

    Use as a context manager: leaving it stops the threads that read and send.

    Args:
        client: Of the store to publish to.
        request: What is to be published.
        polling: How reviews are waited for.
        say: Called with what happens, one line each.

    Raises:
        ArtifactError: A file is missing, or is not what it should be.
        InvalidChannelError: A channel is not one.
        UsageError: A resource is given that the artifact does not declare.
    """

    def __init__(
        self,
        client: StoreClient,
        request: PublishRequest,
        *,
        polling: Polling | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._all = PlanPublication(client, PublishPlan((request,)), polling=polling, say=say)
        (self._artifact,) = self._all.artifacts

    def __enter__(self) -> Publication:
        return self

    def __exit__(self, *_: object) -> None:
        self._all.stop()

    @property
    def name(self) -> str:
        """The package."""
        return self._artifact.name

    @property
    def artifact(self) -> PublishItem:
        """The artifact's file, and how far it is."""
        return self._artifact.artifact

    @property
    def resources(self) -> tuple[PublishItem, ...]:
        """The resources."""
        return self._artifact.resources

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Where it is released."""
        return tuple(self._artifact.releases)

    def check(self) -> None:
        """Ask the store everything that could make the publishing fail, and what it has already.

        Raises:
            PermissionRequiredError: The credentials do not allow it.
            NotFoundError: The name is not registered, or belongs to somebody else.
        """
        self._all.check()

    def run(self) -> PublishArtifact:
        """Send what is missing, wait for the reviews, release.

        Raises:
            ReviewError: A file was rejected, waits for a person, or was not reviewed in time.
            StoreError: The store refused something.
        """
        outcome = self._all.run()
        if outcome.error is not None:
            raise outcome.error
        (result,) = outcome.artifacts
        return result

    def submit(self) -> str:
        """Send the artifact and do not wait for its review; return the upload id."""
        return self._all.submit()
