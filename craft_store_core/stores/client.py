"""The client of one store: operations, login and logout. It knows no plugin."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from craft_store_core.errors import (
    AccountNotReady,
    AuthenticationRequired,
    CredentialsExist,
    CredentialsExpired,
    CredentialsForOtherHost,
    CredentialsReadOnly,
    CredentialsUnreadable,
    PermissionRequired,
    UnknownNameError,
    UnsupportedOperation,
)
from craft_store_core.plugins.endpoint_sets import (
    Accounts,
    Artifacts,
    ChannelUploads,
    ComponentUploads,
    Descriptions,
    Icons,
    Metadata,
    Names,
    Operation,
    Permissions,
    Releases,
    Resources,
    ResourceTransport,
    ReviewReferences,
    Revisions,
    Tracks,
    UploadChecks,
    Uploads,
)
from craft_store_core.plugins.progress import ProgressReporter, guarded
from craft_store_core.stores.reviews import Polling, wait_for_review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from craft_store_core.channels import Channel
    from craft_store_core.http import HTTPClient, Response
    from craft_store_core.login.authenticator import StoredAuthenticator
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
    from craft_store_core.plugins.auth_flows import AuthFlow, LoginRequest
    from craft_store_core.plugins.credentials import Credential
    from craft_store_core.plugins.endpoint_sets import EndpointSet, ResourceContent
    from craft_store_core.plugins.progress import ProgressTask
    from craft_store_core.plugins.session import StoreSession
    from craft_store_core.plugins.stores import Store

T = TypeVar("T")

# What a login may replace. Of a backend that fails, nobody knows what it holds.
_DEAD_CREDENTIALS = (
    AuthenticationRequired,
    CredentialsExpired,
    CredentialsForOtherHost,
    CredentialsUnreadable,
    # No installed flow reads credentials of that kind.
    UnknownNameError,
)


class StoreClient:
    """Everything that can be done at one store.

    Made by :func:`craft_store_core.connect`, or by hand from its parts. Each operation raises
    :class:`~craft_store_core.errors.UnsupportedOperation` where the store does not have it, a
    :class:`~craft_store_core.errors.StoreError` when the store refuses, a
    :class:`~craft_store_core.errors.TransportError` when there is no answer, and a
    :class:`~craft_store_core.errors.CredentialError` when credentials are needed and not usable.

    Args:
        store: The store.
        http: Closed together with the client.
        session: Sends the store's requests.
        endpoints: The dialect over that session.
        authenticator: The credentials of the session.
        login_flow: Returns the flow that a login uses.
        progress: Shows uploads and reviews; what it raises is not passed on.
        artifacts: Returns what reads artifacts where the endpoint set does not.
    """

    def __init__(
        self,
        *,
        store: Store,
        http: HTTPClient,
        session: StoreSession,
        endpoints: EndpointSet,
        authenticator: StoredAuthenticator,
        login_flow: Callable[[], AuthFlow],
        progress: ProgressReporter | None = None,
        artifacts: Callable[[], EndpointSet] | None = None,
    ) -> None:
        self.store = store
        self.endpoints = endpoints
        self.authenticator = authenticator
        self._http = http
        self._session = session
        self._login_flow = login_flow
        self._artifacts = artifacts
        self._progress = None if progress is None else guarded(progress)

    def __enter__(self) -> StoreClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and the progress reporter."""
        if self._progress is not None:
            self._progress.close()
        self._http.close()

    def supports(self, operation: Operation) -> bool:
        """Tell whether the store has an operation."""
        borrowed = self._artifacts is not None and operation is Operation.READ_ARTIFACT
        return borrowed or operation in self.endpoints.operations

    def missing_permissions(
        self, identity: Identity, operations: Iterable[Operation]
    ) -> tuple[str, ...]:
        """Return the permissions that operations need and credentials lack.

        Args:
            identity: What :meth:`whoami` returned.
            operations: What is going to be done.
        """
        endpoints = self.endpoints
        if not isinstance(endpoints, Permissions):
            return ()
        needed = dict.fromkeys(endpoints.permission_for(operation) for operation in operations)
        return tuple(name for name in needed if name is not None and not identity.allows(name))

    def request(self, method: str, target: str, **options: Any) -> Response:
        """Send an authenticated request of your own; see :class:`StoreSession`."""
        return self._session.request(method, target, **options)

    # Login

    def login(self, request: LoginRequest, *, force: bool = False) -> Credential:
        """Log in and keep the credential.

        Credentials that are there are checked against the store first: dead ones are replaced.

        Args:
            request: What to ask for.
            force: Replace credentials even if they work.

        Raises:
            CredentialsExist: There are working ones, and ``force`` is not given.
            CredentialsReadOnly: The environment supplies credentials.
            AuthenticationError: The identity service refused.
            CredentialError: The backend cannot be read or written.
        """
        backend = self.authenticator.backend
        if not backend.writable:
            raise CredentialsReadOnly(
                f"Credentials come from the backend {backend.name!r}, which cannot be written.",
                why=f"{backend.probe().reason} A login would not change what is used.",
                advice="Unset the environment variable to log in, or do without the login.",
            )
        if not force and self._credentials_work():
            raise CredentialsExist(
                f"You are logged in to {self.store.name} already.",
                why=f"The backend {backend.name!r} holds credentials that work.",
                advice="Use --force to replace them, or log out first.",
            )
        credential = self._login_flow().login(request)
        self.authenticator.store(credential)
        return credential

    def obtain_credential(self, request: LoginRequest) -> Credential:
        """Log in without keeping the credential, to hand it to another machine."""
        return self._login_flow().login(request)

    def logout(self) -> bool:
        """Remove the stored credential; False when there was none.

        Raises:
            CredentialsReadOnly: The environment supplies credentials.
        """
        return self.authenticator.forget()

    def _credentials_work(self) -> bool:
        try:
            if self.authenticator.stored() is None:
                return False
            if self.supports(Operation.WHOAMI):
                self.whoami()
            else:
                # All that can be found out without asking the store.
                self.authenticator.authorization()
        except (PermissionRequired, AccountNotReady):
            return True
        except _DEAD_CREDENTIALS:
            return False
        return True

    # Operations

    def whoami(self) -> Identity:
        """Return the account and the limits of the credentials in use."""
        return self._provider(Accounts, Operation.WHOAMI).whoami()

    def list_names(self, *, include_collaborations: bool = False) -> Listing[Package]:
        """Return the packages of the account."""
        return self._provider(Names, Operation.LIST_NAMES).list_names(
            include_collaborations=include_collaborations
        )

    def register_name(
        self,
        name: str,
        *,
        entity_type: str | None = None,
        private: bool = False,
        team: str | None = None,
    ) -> str:
        """Register a name and return the package id.

        Raises:
            Conflict: It is taken, reserved, or yours already (see its ``codes``).
        """
        return self._provider(Names, Operation.REGISTER_NAME).register_name(
            name, entity_type=entity_type, private=private, team=team
        )

    def unregister_name(self, name: str) -> str:
        """Give a name back that never had a revision; return the package id."""
        return self._provider(Names, Operation.UNREGISTER_NAME).unregister_name(name)

    def get_metadata(self, name: str) -> Package:
        """Return everything the store knows of a package, with tracks and guardrails."""
        return self._provider(Metadata, Operation.GET_METADATA).get_metadata(name)

    def describe(self, name: str) -> Package:
        """Return what :meth:`get_metadata` does, surely with texts, links and pictures."""
        endpoints = self.endpoints
        if isinstance(endpoints, Descriptions):
            return endpoints.describe(name)
        return self.get_metadata(name)

    def update_metadata(self, name: str, changes: Mapping[str, Any]) -> Package:
        """Change some fields (wire names) and return the package as it is then."""
        return self._provider(Metadata, Operation.UPDATE_METADATA).update_metadata(name, changes)

    def set_icon(self, name: str, icon: tuple[str, bytes] | None, *, force: bool = False) -> bool:
        """Replace the icon by a file name and its content, or remove it; False where it is so."""
        return self._provider(Icons, Operation.SET_ICON).set_icon(name, icon, force=force)

    def create_tracks(self, name: str, tracks: Sequence[TrackRequest]) -> int:
        """Create tracks and return how many were created."""
        return self._provider(Tracks, Operation.CREATE_TRACKS).create_tracks(name, tracks)

    def read_artifact(self, file: Path) -> Artifact:
        """Read what a file to be published says of itself; nothing is sent.

        Raises:
            ArtifactError: It is missing, empty, or not what this store takes.
        """
        reader = self.endpoints
        if self._artifacts is not None and Operation.READ_ARTIFACT not in reader.operations:
            reader = self._artifacts()
        if Operation.READ_ARTIFACT in reader.operations and isinstance(reader, Artifacts):
            return reader.read_artifact(file)
        raise UnsupportedOperation(self.store.name, Operation.READ_ARTIFACT.value)

    def upload_file(self, file: Path, *, progress: Callable[[int], None] | None = None) -> str:
        """Send a file to the store's storage and return the upload id.

        Args:
            file: The file.
            progress: Called with the number of bytes sent so far, beside the client's reporter.
                What it raises ends the upload.

        Raises:
            ArtifactError: The file is missing or cannot be read.
        """
        uploads = self._provider(Uploads, Operation.UPLOAD_FILE)
        total = file.stat().st_size if file.is_file() else None
        with self.task(f"Uploading {file.name}", total) as task:
            return uploads.upload_file(
                file, progress=_both(task.update if task else None, progress)
            )

    def push_revision(self, name: str, upload_id: str) -> str:
        """Make an uploaded blob a revision; return where its review can be seen."""
        return self._provider(Uploads, Operation.PUSH_REVISION).push_revision(name, upload_id)

    def check_upload(self, name: str) -> None:
        """Ask the store whether it would take an upload, before a byte of it is sent."""
        self._provider(UploadChecks, Operation.CHECK_UPLOAD).check_upload(name)

    def push_components(self, name: str, upload_id: str, components: Mapping[str, str]) -> str:
        """Make blobs one revision: the artifact's and, by name, those of its components."""
        return self._provider(ComponentUploads, Operation.PUSH_COMPONENTS).push_components(
            name, upload_id, components
        )

    def push_to_channels(
        self,
        name: str,
        upload_id: str,
        channels: Sequence[Channel],
        *,
        components: Mapping[str, str] | None = None,
        only_if_newer: bool = False,
    ) -> str:
        """Make a blob a revision that the store releases by itself as soon as it is approved."""
        return self._provider(ChannelUploads, Operation.PUSH_TO_CHANNELS).push_to_channels(
            name, upload_id, channels, components=components or {}, only_if_newer=only_if_newer
        )

    def review_status(self, name: str, upload_id: str) -> ReviewStatus:
        """Return the state of an upload's review."""
        return self._provider(Uploads, Operation.REVIEW_STATUS).review_status(name, upload_id)

    def review_reference(self, upload_id: str) -> str:
        """Return what another process can ask for a review by; mostly the upload id itself."""
        endpoints = self.endpoints
        if isinstance(endpoints, ReviewReferences):
            return endpoints.review_reference(upload_id)
        return upload_id

    def wait_for_review(self, name: str, upload_id: str, polling: Polling | None = None) -> int:
        """Wait until the review of an upload ends and return the revision number.

        Raises:
            ReviewError: Rejected, queued for a person, or not finished in time.
        """
        uploads = self._provider(Uploads, Operation.REVIEW_STATUS)
        upload_id = self.review_reference(upload_id)
        with self.task(f"Waiting for the review of {name}", None) as task:
            return wait_for_review(
                lambda: uploads.review_status(name, upload_id),
                upload_id,
                polling,
                changed=task.message if task else None,
            )

    def list_revisions(self, name: str) -> Listing[Revision]:
        """Return the revisions, oldest first."""
        return self._provider(Revisions, Operation.LIST_REVISIONS).list_revisions(name)

    def list_releases(self, name: str) -> ChannelMap:
        """Return what is released where."""
        return self._provider(Releases, Operation.LIST_RELEASES).list_releases(name)

    def release(self, name: str, requests: Iterable[ReleaseRequest]) -> Listing[ReleaseResult]:
        """Release revisions to channels; a request without a revision closes its channel."""
        wanted = tuple(requests)
        operation = Operation.RELEASE
        if any(request.percentage is not None for request in wanted):
            operation = Operation.RELEASE_PROGRESSIVELY
        return self._provider(Releases, operation).release(name, wanted)

    def list_resources(
        self, name: str, *, revision: int | None = None
    ) -> Listing[DeclaredResource]:
        """Return the resources that revisions declare."""
        return self._provider(Resources, Operation.LIST_RESOURCES).list_resources(
            name, revision=revision
        )

    def list_resource_revisions(self, name: str, resource: str) -> Listing[ResourceRevision]:
        """Return the revisions of one resource, oldest first."""
        return self._provider(Resources, Operation.LIST_RESOURCE_REVISIONS).list_resource_revisions(
            name, resource
        )

    def push_resource(
        self,
        name: str,
        resource: str,
        upload_id: str,
        *,
        resource_type: str | None = None,
        bases: Sequence[ResourceBase] = (),
    ) -> str:
        """Make an uploaded blob a resource revision; return where its review can be seen."""
        return self._provider(Resources, Operation.PUSH_RESOURCE).push_resource(
            name, resource, upload_id, resource_type=resource_type, bases=bases
        )

    def transports(self, resource_type: str | None) -> bool:
        """Tell whether resources of a type take another way to the store than files do."""
        endpoints = self.endpoints
        return (
            Operation.TRANSPORT_RESOURCE in endpoints.operations
            and isinstance(endpoints, ResourceTransport)
            and resource_type in endpoints.transported_types
        )

    def read_resource(
        self, resource_type: str, source: Path | str, *, folder: Path | None = None
    ) -> ResourceContent:
        """Read and check the content of a resource that is no file; nothing is sent.

        Args:
            resource_type: A type that the store :meth:`transports`.
            source: A path, or a text of a form that the store's endpoint set knows.
            folder: Where relative paths begin; by default the current folder.

        Raises:
            UsageError: It is not written as it should be.
            ArtifactError: It is missing, damaged, or not what the store takes.
        """
        transport = self._provider(ResourceTransport, Operation.TRANSPORT_RESOURCE)
        return transport.read_resource(
            resource_type, source, folder=folder or Path(), task=self.task
        )

    def resource_digest(self, name: str, resource: str, content: ResourceContent) -> str | None:
        """Return the sha3-384 by which the store knows some content; None when it does not."""
        transport = self._provider(ResourceTransport, Operation.TRANSPORT_RESOURCE)
        return transport.resource_digest(name, resource, content)

    def transport_resource(
        self,
        name: str,
        resource: str,
        content: ResourceContent,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> str:
        """Bring some content to the store; return the upload id for :meth:`push_resource`.

        Args:
            name: The package; a revision of it must declare the resource.
            resource: The resource.
            content: What :meth:`read_resource` returned.
            progress: Called with the number of bytes that are there so far, beside the client's
                reporter. What it raises ends the sending.
        """
        transport = self._provider(ResourceTransport, Operation.TRANSPORT_RESOURCE)
        return transport.transport_resource(
            name, resource, content, task=self.task, progress=progress
        )

    def update_resource_revisions(
        self, name: str, resource: str, updates: Mapping[int, Sequence[ResourceBase]]
    ) -> int:
        """Replace the bases of resource revisions; return how many were updated."""
        return self._provider(
            Resources, Operation.UPDATE_RESOURCE_REVISIONS
        ).update_resource_revisions(name, resource, updates)

    def endpoints_of(self, kind: type[T], operation: str) -> T:
        """Return the endpoint set, for what only one kind of stores can do.

        Args:
            kind: The class that it must be of.
            operation: What is going to be done, for the error.

        Raises:
            UnsupportedOperation: It is a client of another kind of store.
        """
        if not isinstance(self.endpoints, kind):
            raise UnsupportedOperation(self.store.name, operation)
        return self.endpoints

    def task(
        self, title: str, total: int | None = None
    ) -> AbstractContextManager[ProgressTask | None]:
        """Show work in the client's progress reporter until the context is left.

        Args:
            title: What is done.
            total: Its bytes; None when they are not known.

        Returns:
            A context of the task; of None for a client without a reporter.
        """
        if self._progress is None:
            return nullcontext()
        return self._progress.task(title, total=total)

    def _provider(self, capability: type[T], operation: Operation) -> T:
        endpoints = self.endpoints
        if operation not in endpoints.operations or not isinstance(endpoints, capability):
            raise UnsupportedOperation(self.store.name, operation.value)
        return endpoints


def _both(
    first: Callable[[int], None] | None, second: Callable[[int], None] | None
) -> Callable[[int], None] | None:
    if first is None or second is None:
        return first or second

    def call(done: int) -> None:
        first(done)
        second(done)

    return call
