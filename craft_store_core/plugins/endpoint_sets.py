"""Operations of stores, and the narrow protocols by which an endpoint set provides them.

An endpoint set is everything particular to one store's HTTP API. It says in ``operations`` which
operations it has and implements the protocols that belong to them; nothing else is asked of it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from craft_store_core.channels import Channel
    from craft_store_core.http import HTTPClient
    from craft_store_core.models import (
        Artifact,
        ChannelMap,
        DeclaredResource,
        Identity,
        Listing,
        Package,
        ReleaseRequest,
        ReleaseResult,
        ResourceBase,
        ResourceRevision,
        ReviewStatus,
        Revision,
        TrackRequest,
    )
    from craft_store_core.plugins.auth_flows import TokenIssuer
    from craft_store_core.plugins.progress import ProgressTask
    from craft_store_core.plugins.session import StoreSession
    from craft_store_core.plugins.stores import Store


class Operation(str, Enum):
    """What a store may be able to do. The value is the name shown to users."""

    WHOAMI = "whoami"
    LIST_NAMES = "list-names"
    REGISTER_NAME = "register-name"
    UNREGISTER_NAME = "unregister-name"
    GET_METADATA = "get-metadata"
    UPDATE_METADATA = "update-metadata"
    SET_ICON = "set-icon"
    CREATE_TRACKS = "create-tracks"
    READ_ARTIFACT = "read-artifact"
    UPLOAD_FILE = "upload-file"
    PUSH_REVISION = "push-revision"
    REVIEW_STATUS = "review-status"
    LIST_REVISIONS = "list-revisions"
    LIST_RELEASES = "list-releases"
    RELEASE = "release"
    LIST_RESOURCES = "list-resources"
    LIST_RESOURCE_REVISIONS = "list-resource-revisions"
    PUSH_RESOURCE = "push-resource"
    UPDATE_RESOURCE_REVISIONS = "update-resource-revisions"
    CHECK_UPLOAD = "check-upload"
    PUSH_COMPONENTS = "push-components"
    PUSH_TO_CHANNELS = "push-to-channels"
    RELEASE_PROGRESSIVELY = "release-progressively"
    TRANSPORT_RESOURCE = "transport-resource"


class EndpointSet(Protocol):
    """What every endpoint set has."""

    @property
    def operations(self) -> frozenset[Operation]:
        """The operations that it supports."""


@runtime_checkable
class Accounts(Protocol):
    """``WHOAMI``."""

    def whoami(self) -> Identity:
        """Return the account and the limits of the credentials in use."""


@runtime_checkable
class Names(Protocol):
    """``LIST_NAMES``, ``REGISTER_NAME``, ``UNREGISTER_NAME``."""

    def list_names(self, *, include_collaborations: bool = False) -> Listing[Package]:
        """Return the packages of the account."""

    def register_name(
        self,
        name: str,
        *,
        entity_type: str | None = None,
        private: bool = False,
        team: str | None = None,
    ) -> str:
        """Register a name and return the package id."""

    def unregister_name(self, name: str) -> str:
        """Give a name back that never had a revision; return the package id."""


@runtime_checkable
class Metadata(Protocol):
    """``GET_METADATA``, ``UPDATE_METADATA``."""

    def get_metadata(self, name: str) -> Package:
        """Return everything the store knows of a package, with tracks and guardrails."""

    def update_metadata(self, name: str, changes: Mapping[str, Any]) -> Package:
        """Change some fields (wire names) and return the package as it is then."""


@runtime_checkable
class Descriptions(Protocol):
    """For stores that keep the texts and pictures of a package apart from the rest."""

    def describe(self, name: str) -> Package:
        """Return what :meth:`Metadata.get_metadata` does, with texts, links and pictures."""


@runtime_checkable
class Icons(Protocol):
    """``SET_ICON``, for stores that do not take the icon from the published file alone."""

    def set_icon(self, name: str, icon: tuple[str, bytes] | None, *, force: bool = False) -> bool:
        """Replace the icon of a package, or remove it.

        Args:
            name: The package.
            icon: File name and content; None removes it.
            force: Also when it was changed elsewhere.

        Returns:
            False where the store had exactly that: then nothing was changed.
        """


@runtime_checkable
class Tracks(Protocol):
    """``CREATE_TRACKS``."""

    def create_tracks(self, name: str, tracks: Sequence[TrackRequest]) -> int:
        """Create tracks and return how many were created."""


@runtime_checkable
class Artifacts(Protocol):
    """``READ_ARTIFACT``."""

    def read_artifact(self, file: Path) -> Artifact:
        """Read what a file to be published says of itself; nothing is sent.

        Raises:
            ArtifactError: It is missing, empty, or not what this store takes.
        """


@runtime_checkable
class Uploads(Protocol):
    """``UPLOAD_FILE``, ``PUSH_REVISION``, ``REVIEW_STATUS``."""

    def upload_file(self, file: Path, *, progress: Callable[[int], None] | None = None) -> str:
        """Send a file to storage.

        Args:
            file: The file.
            progress: Called with the number of bytes of the file sent so far.

        Returns:
            The upload id.
        """

    def push_revision(self, name: str, upload_id: str) -> str:
        """Make an uploaded blob a revision of a package.

        Returns:
            The absolute URL at which the store tells the review's state; :meth:`review_status`
            asks there by the upload id.
        """

    def review_status(self, name: str, upload_id: str) -> ReviewStatus:
        """Return the state of an upload's review (of a revision or of a resource)."""


@runtime_checkable
class Revisions(Protocol):
    """``LIST_REVISIONS``."""

    def list_revisions(self, name: str) -> Listing[Revision]:
        """Return the revisions, oldest first."""


@runtime_checkable
class Releases(Protocol):
    """``LIST_RELEASES``, ``RELEASE``."""

    def list_releases(self, name: str) -> ChannelMap:
        """Return what is released where."""

    def release(self, name: str, requests: Iterable[ReleaseRequest]) -> Listing[ReleaseResult]:
        """Release revisions to channels; a request without a revision closes its channel."""


@runtime_checkable
class Resources(Protocol):
    """``LIST_RESOURCES``, ``LIST_RESOURCE_REVISIONS``, ``PUSH_RESOURCE``, and the update."""

    def list_resources(
        self, name: str, *, revision: int | None = None
    ) -> Listing[DeclaredResource]:
        """Return the resources that revisions declare."""

    def list_resource_revisions(self, name: str, resource: str) -> Listing[ResourceRevision]:
        """Return the revisions of one resource, oldest first."""

    def push_resource(
        self,
        name: str,
        resource: str,
        upload_id: str,
        *,
        resource_type: str | None = None,
        bases: Sequence[ResourceBase] = (),
    ) -> str:
        """Make an uploaded blob a revision of a resource; return where its review can be seen."""

    def update_resource_revisions(
        self, name: str, resource: str, updates: Mapping[int, Sequence[ResourceBase]]
    ) -> int:
        """Replace the bases of resource revisions; return how many were updated."""


TaskFactory = Callable[[str, "int | None"], "AbstractContextManager[ProgressTask | None]"]
"""Shows work until its context is left. Takes a title, and the bytes in all where known."""


class ResourceContent(Protocol):
    """What a resource consists of that is more than one file; read and checked, not sent."""

    @property
    def source(self) -> str:
        """Where it is, as the user wrote it."""

    @property
    def digest(self) -> str:
        """What identifies it, as in ``sha256:6105…``."""

    @property
    def size(self) -> int:
        """Bytes in all."""

    @property
    def bases(self) -> tuple[ResourceBase, ...]:
        """What it fits."""


@runtime_checkable
class ResourceTransport(Protocol):
    """``TRANSPORT_RESOURCE``: resources that take another way to the store than a file does.

    Such as images, which go to a registry; as the resource's file the store keeps something small
    that stands for them. Which types these are, how they are written on a command line and where
    they go is the endpoint set's own matter: another store can bring ways of its own.
    """

    @property
    def transported_types(self) -> frozenset[str]:
        """The types of resources that go that way; all others are files."""

    def read_resource(
        self, resource_type: str, source: Path | str, *, folder: Path, task: TaskFactory
    ) -> ResourceContent:
        """Read and check what a user named as the content of a resource; nothing is sent.

        Args:
            resource_type: One of :attr:`transported_types`.
            source: A path, or a text of another form.
            folder: Where relative paths begin.
            task: Shows the reading.

        Raises:
            UsageError: It is not written as it should be.
            ArtifactError: It is missing, damaged, or not what the store takes.
        """

    def resource_digest(self, name: str, resource: str, content: ResourceContent) -> str | None:
        """Return the sha3-384 of what the store keeps as the file of some content.

        Args:
            name: The package.
            resource: The resource.
            content: What :meth:`read_resource` returned.

        Returns:
            None where the store does not know the content (yet).
        """

    def transport_resource(
        self,
        name: str,
        resource: str,
        content: ResourceContent,
        *,
        task: TaskFactory,
        progress: Callable[[int], None] | None = None,
    ) -> str:
        """Bring some content to the store. What is there already is not sent again.

        Args:
            name: The package; a revision of it must declare the resource.
            resource: The resource.
            content: What :meth:`read_resource` returned.
            task: Shows the sending.
            progress: Called with the number of bytes that are there so far. What it raises ends
                the sending.

        Returns:
            The upload id of the file that stands for it, for :meth:`Resources.push_resource`.
        """


@runtime_checkable
class UploadChecks(Protocol):
    """``CHECK_UPLOAD``."""

    def check_upload(self, name: str) -> None:
        """Ask the store whether it would take an upload, before a byte of it is sent.

        Raises:
            StoreError: It would not; the error is that of the upload itself.
        """


@runtime_checkable
class ComponentUploads(Protocol):
    """``PUSH_COMPONENTS``: files that become one revision together with the artifact."""

    def push_components(self, name: str, upload_id: str, components: Mapping[str, str]) -> str:
        """Make an uploaded blob and those of its components a revision of a package.

        Args:
            name: The package.
            upload_id: The artifact's blob.
            components: Name of each component that the artifact declares, to its upload id.

        Returns:
            As :meth:`Uploads.push_revision`.
        """


@runtime_checkable
class ChannelUploads(Protocol):
    """``PUSH_TO_CHANNELS``: uploads that the store releases by itself once they are approved."""

    def push_to_channels(
        self,
        name: str,
        upload_id: str,
        channels: Sequence[Channel],
        *,
        components: Mapping[str, str],
        only_if_newer: bool,
    ) -> str:
        """Make an uploaded blob a revision that the store releases, also after a person's review.

        Args:
            name: The package.
            upload_id: The artifact's blob.
            channels: Where to.
            components: As of :meth:`ComponentUploads.push_components`; empty where there are none.
            only_if_newer: Leave channels alone that have a newer revision.

        Returns:
            As :meth:`Uploads.push_revision`.
        """


@runtime_checkable
class ReviewReferences(Protocol):
    """For stores where an upload id alone does not lead to its review."""

    def review_reference(self, upload_id: str) -> str:
        """Return what another process can give to :meth:`Uploads.review_status`."""


@runtime_checkable
class Permissions(Protocol):
    """What operations need, so that it can be checked before the first byte is sent."""

    def permission_for(self, operation: Operation) -> str | None:
        """Return the permission that credentials must carry; None where none is known."""


@runtime_checkable
class BorrowedArtifacts(Protocol):
    """A :class:`Dialect` of stores whose files another endpoint set can read."""

    @property
    def artifacts_of(self) -> str:
        """Name of the endpoint set whose ``READ_ARTIFACT`` is used."""


class Dialect(Protocol):
    """What an :class:`~craft_store_core.plugins.EndpointSetOffer` loads: makes the two sides."""

    def token_issuer(self, store: Store, http: HTTPClient) -> TokenIssuer:
        """Return the side that issues tokens, for auth flows."""

    def endpoint_set(self, session: StoreSession) -> EndpointSet:
        """Return the endpoint set over an authenticated session."""
