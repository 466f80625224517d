"""The publishing itself: send what is missing, wait for the reviews, release all or nothing."""

from __future__ import annotations

import time
from concurrent.futures import wait as wait_for
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from craft_store_core.errors import (
    CraftStoreError,
    DeadlinePassedError,
    ReviewPendingError,
    ReviewRejectedError,
)
from craft_store_core.publishing.checks import size_of
from craft_store_core.publishing.pending import PendingReviews
from craft_store_core.publishing.planned import PlannedArtifact, read_artifacts
from craft_store_core.publishing.preflight import Preflight, rejected_before
from craft_store_core.publishing.releasing import Releasing
from craft_store_core.publishing.results import (
    ALREADY_UPLOADED,
    IN_REVIEW,
    TO_RELEASE,
    TO_UPLOAD,
    UPLOADED,
    WHEN_APPROVED,
    PlannedFile,
    PublishOutcome,
    PublishTimedOutError,
)
from craft_store_core.publishing.sending import PARALLEL_UPLOADS, Sending
from craft_store_core.publishing.workers import Workers
from craft_store_core.stores.reviews import Polling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from craft_store_core.publishing.journal import ReviewJournal
    from craft_store_core.publishing.request import PublishPlan
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
        self._sending = Sending(client, parallel)
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
        for workers in (self._sending, self._reviews, self._digests):
            workers.stop(max(0.0, end - time.monotonic()))

    def check(self) -> None:
        """Ask the store everything that could make the publishing fail, and what it has already.

        Raises:
            PermissionRequiredError: The credentials do not allow it.
            NotFoundError: A name is not registered, or belongs to somebody else.
            UsageError: A track or a revision of a resource does not exist.
        """
        self._preflight.check(self.artifacts)
        for planned, owner in self._files():
            if planned.resource is not None or not owner.components:
                self._pending.recall(owner.name, planned)
        for artifact in self.artifacts:
            number = self._preflight.in_review(artifact)
            if artifact.file.status == TO_UPLOAD and number is not None:
                artifact.file.found(number, IN_REVIEW)
        left = self._client.authenticator.left()
        if left is not None and left < _SOON:
            self._say(
                f"warning: the credentials expire in {left.total_seconds() / 60:.0f} minutes. If "
                "they expire before the last release, log in again and run the same command "
                "again."
            )
        for artifact, resource in self._releasing.unbound_resources():
            self._say(
                f"warning: {artifact.file.title} declares the resource {resource!r}, which was not "
                "given and never released. If it is required, the store will refuse the release. "
                f"Pass --resource {resource}=FILE or {resource}=REVISION."
            )

    def preview(self) -> PublishOutcome:
        """Return what :meth:`run` would do, after :meth:`check`."""
        self._releasing.plan()
        return PublishOutcome(
            tuple(artifact.snapshot(TO_RELEASE) for artifact in self.artifacts), dry_run=True
        )

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
        if all(item.snapshot(TO_RELEASE, wait=False).uploaded for item in self.artifacts):
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
        return PublishOutcome(
            tuple(item.snapshot(TO_RELEASE, wait=not interrupted) for item in self.artifacts),
            release_error=self._release_error,
            interrupted=interrupted,
        )

    def send(self, planned: PlannedFile) -> str:
        """Send one file to the storage and return the upload id.

        Raises:
            WorkCancelledError: The publishing was left.
            DeadlinePassedError: Its time is over.
        """
        return self._sending.send(planned)

    # Sending

    def _send_all(self, *, wait: bool) -> None:
        sending = [
            planned
            for planned, _ in self._files()
            if planned.status == TO_UPLOAD
            and (self._can_push(planned) or (wait and planned.content is None))
        ]
        parts = {
            (id(artifact), name): file
            for artifact in self.artifacts
            if artifact.file.status == TO_UPLOAD
            for name, file in artifact.components.items()
        }
        sizes = [planned.size or 0 for planned in sending] + [*map(size_of, parts.values())]
        with self._sending.together(sizes):
            blobs = {id(planned): self._sending.submit(planned) for planned in sending}
            components = {key: self._sending.submit_file(file) for key, file in parts.items()}
            reviews = self._review_all(blobs, components, wait=wait)
            wait_for([*blobs.values(), *components.values()])
        for done in reviews:
            done.result()

    def _review_all(
        self,
        blobs: Mapping[int, Future[str]],
        components: Mapping[tuple[int, str], Future[str]],
        *,
        wait: bool,
    ) -> list[Future[None]]:
        """Have each file pushed as soon as it is sent, and its review waited for."""
        revisions: dict[int, Future[None]] = {}
        for artifact in self.artifacts:
            if artifact.file.status == TO_UPLOAD:
                parts = {name: components[id(artifact), name] for name in artifact.components}
                blob = blobs[id(artifact.file)]
                revisions[id(artifact)] = self._reviews.submit(
                    self._take_artifact, artifact, blob, parts, wait
                )
            elif artifact.file.status == IN_REVIEW and wait:
                revisions[id(artifact)] = self._reviews.submit(
                    self._take_artifact, artifact, None, {}, wait
                )
            else:
                self._tell(artifact.file)
        resources = [
            self._reviews.submit(
                self._take_resource,
                owner.name,
                planned,
                blobs.get(id(planned)),
                revisions.get(id(owner)),
                wait,
            )
            for planned, owner in self._files()
            if planned.resource is not None and planned.status in {TO_UPLOAD, IN_REVIEW}
        ]
        return [*revisions.values(), *resources]

    def _files(self) -> list[tuple[PlannedFile, PlannedArtifact]]:
        """Return every file once, with the first artifact that it belongs to."""
        found: dict[int, tuple[PlannedFile, PlannedArtifact]] = {}
        for artifact in self.artifacts:
            for planned in (artifact.file, *artifact.resources):
                found.setdefault(id(planned), (planned, artifact))
        return list(found.values())

    def _can_push(self, planned: PlannedFile) -> bool:
        """Tell whether a file can be pushed without waiting for another one's review."""
        return planned.resource is None or any(
            self._preflight.knows_resource(artifact.name, planned.resource)
            for artifact in self.artifacts
            if planned in artifact.resources
        )

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

    def _take_artifact(
        self,
        artifact: PlannedArtifact,
        blob: Future[str] | None,
        parts: Mapping[str, Future[str]],
        wait: bool,  # submitted to a thread, by position
    ) -> None:
        planned = artifact.file
        try:
            if blob is not None:
                upload_id = blob.result()
                components = {name: part.result() for name, part in parts.items()}
                url = self._push(artifact, upload_id, components)
                # Components have no digests by which a later run could tell what is in review.
                self._pushed(artifact.name, planned, url, remember=not components)
            self._reviewed(artifact.name, planned, wait=wait)
        except ReviewRejectedError as error:
            # An earlier run may have sent the same bytes and not lived to see the answer.
            self._accept_twin(artifact, error)
        except CraftStoreError as error:
            planned.failed(self._told(error))
        self._tell(planned)
        if artifact.handed_over and planned.status == IN_REVIEW:
            artifact.states = dict.fromkeys(artifact.channels, WHEN_APPROVED)

    def _push(
        self, artifact: PlannedArtifact, upload_id: str, components: Mapping[str, str]
    ) -> str:
        # Of several artifacts none is released before all are approved: that the store cannot do.
        alone = len(self.artifacts) == 1 and not artifact.resources and bool(artifact.channels)
        if alone and self._client.supports("push-to-channels"):
            artifact.handed_over = True
            return self._client.push_to_channels(
                artifact.name,
                upload_id,
                artifact.channels,
                components=components,
                only_if_newer=self._releasing.only_if_newer,
            )
        if components:
            return self._client.push_components(artifact.name, upload_id, components)
        return self._client.push_revision(artifact.name, upload_id)

    def _accept_twin(self, artifact: PlannedArtifact, error: ReviewRejectedError) -> None:
        planned = artifact.file
        try:
            found = self._preflight.twin(artifact)
        except CraftStoreError:
            found = None  # the refusal of the review is what matters
        if found is not None and found.in_review:
            planned.upload_id, planned.revision = None, found.revision
            planned.failed(_held(found.revision))
        elif found is not None and not found.rejected:
            planned.found(found.revision, ALREADY_UPLOADED)
        elif found is not None and found.errors:
            # The store refuses the same bytes for being there: what was wrong with them it said
            # the first time.
            planned.failed(rejected_before(found, error))
        else:
            planned.failed(self._told(error))

    def _take_resource(
        self,
        name: str,
        planned: PlannedFile,
        blob: Future[str] | None,
        revision: Future[None] | None,
        wait: bool,  # submitted to a thread, by position
    ) -> None:
        # What is no file cannot be sent before a revision declares it.
        late = wait and planned.content is not None and planned.status == TO_UPLOAD
        if planned.resource is None or not (blob or late or planned.status == IN_REVIEW):
            return
        try:
            if blob or late:
                if blob is not None:
                    blob.result()
                if wait and revision is not None:
                    # No store takes a resource that none of its revisions declares.
                    revision.result()
                    if not self._owner_accepted(planned):
                        return
                upload_id = (blob or self._sending.submit(planned, counted=False)).result()
                url = self._client.push_resource(
                    name,
                    planned.resource,
                    upload_id,
                    resource_type=planned.resource_type,
                    bases=() if planned.content is None else planned.content.bases,
                )
                self._pushed(name, planned, url)
            self._reviewed(name, planned, wait=wait)
        except CraftStoreError as error:
            planned.failed(self._told(error))
        self._tell(planned)

    def _owner_accepted(self, planned: PlannedFile) -> bool:
        return any(
            artifact.file.revision is not None
            for artifact in self.artifacts
            if planned in artifact.resources
        )

    def _pushed(self, name: str, planned: PlannedFile, url: str, *, remember: bool = True) -> None:
        # From here on it is named by what another process can ask for it by.
        planned.upload_id = self._client.review_reference(planned.upload_id or "")
        planned.status, planned.review_url = IN_REVIEW, url
        if remember:
            self._pending.remember(name, planned)

    def _reviewed(self, name: str, planned: PlannedFile, *, wait: bool) -> None:
        if not wait:
            return
        if planned.upload_id is None and planned.revision is not None:
            raise _held(planned.revision)
        try:
            revision = self._client.wait_for_review(
                name, planned.upload_id or "", self._limited_polling()
            )
        except ReviewRejectedError:
            self._pending.settle(name, planned)
            raise
        planned.found(revision, UPLOADED)
        self._pending.settle(name, planned)

    def _limited_polling(self) -> Polling:
        remaining = self._work.remaining()
        if remaining is None:
            return self._polling
        return replace(self._polling, timeout=round(remaining, 1))

    def _tell(self, planned: PlannedFile) -> None:
        if planned.revision is not None:
            status = planned.status.replace("-", " ")
            self._say(f"{planned.title}: revision {planned.revision} ({status})")
        elif planned.status == IN_REVIEW:
            self._say(f"{planned.title}: in review, upload id {planned.upload_id}")
        elif planned.error is not None and not self._work.cancelled:
            self._say(f"{planned.title}: {planned.error.message}")


def _held(revision: int) -> ReviewPendingError:
    """The error for a file that another run uploaded, of which no upload id is known here."""
    return ReviewPendingError(
        "The upload waits for manual review.",
        upload_id="",
        why=f"The store has the file as revision {revision}, which is not yet approved.",
        advice="Run the same command again after the approval. The file is not uploaded again.",
    )
