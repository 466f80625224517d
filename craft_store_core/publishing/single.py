"""Publishing one artifact, with errors that are raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.publishing.publication import PlanPublication
from craft_store_core.publishing.request import PublishPlan, PublishRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.channels import Channel
    from craft_store_core.publishing.results import PlannedFile, PublishResult
    from craft_store_core.stores.client import StoreClient
    from craft_store_core.stores.reviews import Polling


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
        self._client = client
        self._all = PlanPublication(client, PublishPlan((request,)), polling=polling, say=say)
        (self._planned,) = self._all.artifacts

    def __enter__(self) -> Publication:
        return self

    def __exit__(self, *_: object) -> None:
        self._all.stop()

    @property
    def name(self) -> str:
        """The package."""
        return self._planned.name

    @property
    def artifact(self) -> PlannedFile:
        """The artifact's file, and how far it is."""
        return self._planned.file

    @property
    def resources(self) -> tuple[PlannedFile, ...]:
        """The resources."""
        return self._planned.resources

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Where it is released."""
        return self._planned.channels

    def check(self) -> None:
        """Ask the store everything that could make the publishing fail, and what it has already.

        Raises:
            PermissionRequiredError: The credentials do not allow it.
            NotFoundError: The name is not registered, or belongs to somebody else.
        """
        self._all.check()

    def run(self) -> PublishResult:
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
        upload_id = self._all.send(self.artifact)
        self._client.push_revision(self.name, upload_id)
        return upload_id
