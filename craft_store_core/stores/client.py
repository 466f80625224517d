"""The client of one store: operations, login and logout. It knows no plugin."""

from __future__ import annotations

import copy
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from craft_store_core.errors import (
    AccountNotReadyError,
    AuthenticationRequiredError,
    CredentialsExistError,
    CredentialsExpiredError,
    CredentialsForOtherHostError,
    CredentialsReadOnlyError,
    CredentialsUnreadableError,
    PermissionRequiredError,
    UnknownNameError,
    UnsupportedOperationError,
)
from craft_store_core.plugins.endpoint_sets import READ_ARTIFACT
from craft_store_core.plugins.progress import ProgressReporter, guarded
from craft_store_core.stores.reviews import Polling, wait_for_review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from typing_extensions import Self

    from craft_store_core.http import HTTPClient, Response, Work
    from craft_store_core.login.authenticator import StoredAuthenticator
    from craft_store_core.models import (
        Artifact,
        Identity,
        Listing,
        ReleaseRequest,
        ReleaseResult,
    )
    from craft_store_core.plugins.auth_flows import AuthFlow, LoginRequest
    from craft_store_core.plugins.credentials import Credential
    from craft_store_core.plugins.endpoint_sets import EndpointSet, ResourceContent, TaskFactory
    from craft_store_core.plugins.progress import ProgressTask
    from craft_store_core.plugins.session import StoreSession
    from craft_store_core.plugins.stores import Store

T = TypeVar("T")

# What a login may replace. Of a backend that fails, nobody knows what it holds.
_DEAD_CREDENTIALS = (
    AuthenticationRequiredError,
    CredentialsExpiredError,
    CredentialsForOtherHostError,
    CredentialsUnreadableError,
    # No installed flow reads credentials of that kind.
    UnknownNameError,
)


if TYPE_CHECKING:
    _Operations = EndpointSet
else:
    _Operations = object


class StoreClient(_Operations):
    """Everything that can be done at one store.

    Made by :func:`craft_store_core.connect`, or by hand from its parts. It has every operation of
    :class:`~craft_store_core.plugins.endpoint_sets.EndpointSet`. Each operation raises
    :class:`~craft_store_core.errors.UnsupportedOperationError` where the store does not have it, a
    :class:`~craft_store_core.errors.StoreError` when the store refuses, a
    :class:`~craft_store_core.errors.TransportError` when there is no answer, and a
    :class:`~craft_store_core.errors.CredentialError` when credentials are needed and not usable.

    Args:
        store: The store.
        http: Closed together with the client.
        session: Sends the store's requests.
        endpoints: The endpoint set over that session.
        authenticator: The credentials of the session.
        login_flow: Returns the flow that a login uses.
        progress: Shows uploads and reviews; what it raises is not passed on.
        artifact_reader: Reads a file to be published; None where the store takes none.
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
        artifact_reader: Callable[[Path], Artifact] | None = None,
    ) -> None:
        self.store = store
        self.endpoints = endpoints
        self.authenticator = authenticator
        self._http = http
        self.session = session
        self._login_flow = login_flow
        self._artifact_reader = artifact_reader
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

    @property
    def work(self) -> Work:
        """What ends everything that the client does, by a deadline or by being cancelled."""
        return self.session.work

    def within(self, work: Work) -> Self:
        """Return the same client for a part of its work; not to be closed."""
        other = copy.copy(self)
        other.session = self.session.within(work)
        other.endpoints = self.endpoints.within(work)
        return other

    def supports(self, operation: str) -> bool:
        """Return whether the store has an operation, by its public name."""
        if operation == READ_ARTIFACT:
            return self._artifact_reader is not None
        return operation in self.endpoints.operations()

    def missing_permissions(self, identity: Identity, operations: Iterable[str]) -> tuple[str, ...]:
        """Return the permissions that operations need and credentials lack.

        Args:
            identity: What :meth:`whoami` returned.
            operations: Public names of what is going to be done.
        """
        needed = dict.fromkeys(map(self.endpoints.permission_for, operations))
        return tuple(name for name in needed if name is not None and not identity.allows(name))

    def request(self, method: str, target: str, **options: Any) -> Response:
        """Send an authenticated request of your own; see :class:`StoreSession`."""
        return self.session.request(method, target, **options)

    # Login

    def login(self, request: LoginRequest, *, force: bool = False) -> Credential:
        """Log in and keep the credential.

        Credentials that are there are checked against the store first: dead ones are replaced.

        Args:
            request: What to ask for.
            force: Replace credentials even if they work.

        Raises:
            CredentialsExistError: There are working ones, and ``force`` is not given.
            CredentialsReadOnlyError: The environment supplies credentials.
            AuthenticationError: The identity service refused.
            CredentialError: The backend cannot be read or written.
        """
        backend = self.authenticator.backend
        if not backend.writable:
            raise CredentialsReadOnlyError(
                f"The credential backend {backend.name!r} is in use, and it is read-only.",
                why=f"{backend.probe().reason} A login would not replace these credentials.",
                advice="To log in, unset the environment variable.",
            )
        if not force and self._credentials_work():
            raise CredentialsExistError(
                f"You are already logged in to {self.store.name}.",
                why=f"The credential backend {backend.name!r} has valid credentials.",
                advice="Pass --force to replace them, or run 'craft-store logout' first.",
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
            CredentialsReadOnlyError: The environment supplies credentials.
        """
        return self.authenticator.forget()

    def _credentials_work(self) -> bool:
        try:
            if self.authenticator.stored() is None:
                return False
            if self.supports("whoami"):
                self.whoami()
            else:
                # All that can be found out without asking the store.
                self.authenticator.authorization()
        except (PermissionRequiredError, AccountNotReadyError):
            return True
        except _DEAD_CREDENTIALS:
            return False
        return True

    # Operations. Those that are not written here are the endpoint set's, see __getattr__.

    def read_artifact(self, file: Path) -> Artifact:
        """Read what a file to be published says of itself; nothing is sent.

        Raises:
            ArtifactError: It is missing, empty, or not what this store takes.
        """
        if self._artifact_reader is None:
            raise UnsupportedOperationError(self.store.name, READ_ARTIFACT)
        return self._artifact_reader(file)

    def upload_file(self, file: Path, *, progress: Callable[[int], None] | None = None) -> str:
        """Send a file to the store's storage and return the upload id.

        Args:
            file: The file.
            progress: Called with the number of bytes sent so far, beside the client's reporter.

        Raises:
            ArtifactError: The file is missing or cannot be read.
        """
        total = file.stat().st_size if file.is_file() else None
        with self.task(f"Uploading {file.name}", total) as task:
            return self.endpoints.upload_file(
                file, progress=_both(task.update if task else None, progress)
            )

    def wait_for_review(self, name: str, upload_id: str, polling: Polling | None = None) -> int:
        """Wait until the review of an upload ends and return the revision number.

        Raises:
            ReviewError: Rejected, queued for a person, or not finished in time.
        """
        upload_id = self.endpoints.review_reference(upload_id)
        with self.task(f"Waiting for the review of {name}", None) as task:
            return wait_for_review(
                lambda: self.endpoints.review_status(name, upload_id),
                upload_id,
                polling,
                work=self.work,
                changed=task.message if task else None,
            )

    def release(self, name: str, requests: Iterable[ReleaseRequest]) -> Listing[ReleaseResult]:
        """Release revisions to channels; a request without a revision closes its channel."""
        wanted = tuple(requests)
        if any(request.percentage is not None for request in wanted):
            return self.endpoints.release_progressively(name, wanted)
        return self.endpoints.release(name, wanted)

    def transports(self, resource_type: str | None) -> bool:
        """Return whether resources of a type travel to the store in another way than files do."""
        return resource_type in self.endpoints.transported_types

    def read_resource(
        self,
        resource_type: str,
        source: Path | str,
        *,
        folder: Path | None = None,
        task: TaskFactory | None = None,
    ) -> ResourceContent:
        """Read and check the content of a resource that is not a file; nothing is sent.

        Args:
            resource_type: A type that the store :meth:`transports`.
            source: A path, or a text of a form that the store's endpoint set knows.
            folder: Where relative paths begin; by default the current folder.
            task: Shows the reading; by default the client's reporter does.

        Raises:
            UsageError: It is not written as it should be.
            ArtifactError: It is missing, damaged, or not what the store takes.
        """
        return self.endpoints.read_resource(
            resource_type, source, folder=folder or Path(), task=task or self.task
        )

    def transport_resource(
        self,
        name: str,
        resource: str,
        content: ResourceContent,
        *,
        task: TaskFactory | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> str:
        """Bring some content to the store; return the upload id for :meth:`push_resource`.

        Args:
            name: The package; a revision of it must declare the resource.
            resource: The resource.
            content: What :meth:`read_resource` returned.
            task: Shows the sending; by default the client's reporter does.
            progress: Called with the number of bytes that are there so far, beside the reporter.
        """
        return self.endpoints.transport_resource(
            name, resource, content, task=task or self.task, progress=progress
        )

    def endpoints_of(self, kind: type[T], operation: str) -> T:
        """Return the endpoint set, for what only one kind of stores can do.

        Args:
            kind: The class that it must be of.
            operation: What is going to be done, for the error.

        Raises:
            UnsupportedOperationError: It is a client of another kind of store.
        """
        if not isinstance(self.endpoints, kind):
            raise UnsupportedOperationError(self.store.name, operation)
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

    if not TYPE_CHECKING:
        # A client has the operations of its endpoint set. For type checkers it derives from them.
        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name == "endpoints":
                raise AttributeError(name)
            return getattr(self.endpoints, name)


def _both(
    first: Callable[[int], None] | None, second: Callable[[int], None] | None
) -> Callable[[int], None] | None:
    if first is None or second is None:
        return first or second

    def call(done: int) -> None:
        first(done)
        second(done)

    return call
