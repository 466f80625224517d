"""Endpoint sets: everything particular to one store's HTTP API, as methods of one base class.

Each operation is declared once, here or in a plugin: its name, the permission it needs and its
result. :class:`EndpointSet` refuses every operation; a subclass overrides what its store has, and
what the store can do is derived from that. So a new operation breaks no plugin.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from craft_store_core.errors import UnsupportedOperationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from typing_extensions import Self

    from craft_store_core.channels import Channel
    from craft_store_core.http import HTTPClient, Work
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

F = TypeVar("F", bound=Callable[..., Any])

READ_ARTIFACT = "read-artifact"
"""What a command needs that reads the published file; a store has it by its artifact readers."""

_MARK = "__permission__"


def operation(permission: str | None = None) -> Callable[[F], F]:
    """Declare a method of an endpoint set as an operation.

    Its public name is the method's, with hyphens: ``list_releases`` is ``list-releases``.

    Args:
        permission: What the credentials must allow, in the store's own words; None where nothing is
            needed or nothing is known.

    Example::

        class AcmeEndpoints(EndpointSet):
            @operation("acme-audit")
            def audit(self, name: str) -> AuditReport: ...
    """

    def declare(method: F) -> F:
        vars(method)[_MARK] = permission
        return method

    return declare


def _refuse_operations(declared: type[EndpointSet]) -> type[EndpointSet]:
    """Make each operation of the base class raise ``UnsupportedOperationError``."""
    for attribute, method in list(vars(declared).items()):
        if _MARK in getattr(method, "__dict__", ()):
            setattr(declared, attribute, _refusing(method))
    return declared


def _refusing(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def refuse(self: EndpointSet, *_: Any, **__: Any) -> Any:
        raise UnsupportedOperationError(self.store.name, _public_name(method.__name__))

    return refuse


def _public_name(attribute: str) -> str:
    return attribute.replace("_", "-")


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


class ArtifactReader:
    """Reads what a file to be published says of itself. Nothing is sent."""

    def accepts(self, file: Path) -> bool:
        """Return whether the file looks like one of this reader's.

        Asked only at stores that take several kinds of artifacts; the last reader is not asked.
        """
        return True

    def read(self, file: Path) -> Artifact:
        """Read a file.

        Raises:
            ArtifactError: It is missing, empty, or not an artifact of this kind.
        """
        raise NotImplementedError


@_refuse_operations
class EndpointSet:
    """One store's HTTP API, in which every operation raises ``UnsupportedOperationError``.

    Args:
        session: Sends the requests of the store.

    Attributes:
        session: As given.
        store: The store of the session.
        artifacts: Names of the artifact readers of stores that do not name theirs.
        transported_types: Types of resources that travel by :meth:`transport_resource`; all others
            are files.
    """

    artifacts: ClassVar[tuple[str, ...]] = ()
    transported_types: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, session: StoreSession) -> None:
        self.session = session
        self.store = session.store

    def within(self, work: Work) -> Self:
        """Return the same endpoint set for a part of its client's work."""
        other = copy.copy(self)
        other.session = self.session.within(work)
        return other

    @classmethod
    def token_issuer(cls, store: Store, http: HTTPClient) -> TokenIssuer:
        """Return the side that issues tokens, for auth flows.

        Args:
            store: The store to log in to.
            http: Sends requests without credentials.

        Raises:
            UnsupportedOperationError: These stores issue no tokens.
        """
        del http
        raise UnsupportedOperationError(store.name, "login")

    @classmethod
    def operations(cls) -> Mapping[str, str | None]:
        """Return the operations that the class has, each with the permission it needs."""
        found: dict[str, str | None] = {}
        for attribute in dir(cls):
            method = getattr(cls, attribute)
            if method is getattr(EndpointSet, attribute, None):
                continue
            for parent in cls.__mro__:
                marks = getattr(vars(parent).get(attribute), "__dict__", {})
                if _MARK in marks:
                    found[_public_name(attribute)] = marks[_MARK]
                    break
        return found

    def permission_for(self, operation: str) -> str | None:
        """Return the permission that credentials must carry; None where none is known."""
        return self.operations().get(operation)

    @operation()
    def whoami(self) -> Identity:
        """Return the account and the limits of the credentials in use."""
        raise NotImplementedError

    @operation()
    def list_names(self, *, include_collaborations: bool = False) -> Listing[Package]:
        """Return the packages of the account."""
        raise NotImplementedError

    @operation()
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
            ConflictError: It is taken, reserved, or yours already (see its ``codes``).
        """
        raise NotImplementedError

    @operation()
    def unregister_name(self, name: str) -> str:
        """Unregister a name that has no revisions; return the package id."""
        raise NotImplementedError

    @operation()
    def get_metadata(self, name: str) -> Package:
        """Return everything the store knows of a package, with tracks and guardrails."""
        raise NotImplementedError

    def describe(self, name: str) -> Package:
        """Return the same with texts, links and pictures, where the store keeps these apart."""
        return self.get_metadata(name)

    @operation()
    def update_metadata(self, name: str, changes: Mapping[str, Any]) -> Package:
        """Change some fields (wire names) and return the package as it is then."""
        raise NotImplementedError

    @operation()
    def set_icon(self, name: str, icon: tuple[str, bytes] | None, *, force: bool = False) -> bool:
        """Replace or remove the icon of a package, where it does not come from the file alone.

        Args:
            name: The package.
            icon: File name and content; None removes it.
            force: Also when it was changed elsewhere.

        Returns:
            False where the store had exactly that: then nothing was changed.
        """
        raise NotImplementedError

    @operation()
    def create_tracks(self, name: str, tracks: Sequence[TrackRequest]) -> int:
        """Create tracks and return how many were created."""
        raise NotImplementedError

    @operation()
    def check_upload(self, name: str) -> None:
        """Ask the store whether it would take an upload, before a byte of it is sent.

        Raises:
            StoreError: It would not; the error is that of the upload itself.
        """
        raise NotImplementedError

    @operation()
    def upload_file(self, file: Path, *, progress: Callable[[int], None] | None = None) -> str:
        """Send a file to storage.

        Args:
            file: The file.
            progress: Called with the number of bytes of the file sent so far.

        Returns:
            The upload id.

        Raises:
            ArtifactError: The file is missing or cannot be read.
        """
        raise NotImplementedError

    @operation()
    def push_revision(self, name: str, upload_id: str) -> str:
        """Make an uploaded blob a revision of a package.

        Returns:
            The absolute URL at which the store shows the review's state; :meth:`review_status`
            asks there by the upload id.
        """
        raise NotImplementedError

    @operation()
    def push_components(self, name: str, upload_id: str, components: Mapping[str, str]) -> str:
        """Make an uploaded blob and those of its components a revision of a package.

        Args:
            name: The package.
            upload_id: The artifact's blob.
            components: Name of each component that the artifact declares, to its upload id.

        Returns:
            As :meth:`push_revision`.
        """
        raise NotImplementedError

    @operation()
    def push_to_channels(
        self,
        name: str,
        upload_id: str,
        channels: Sequence[Channel],
        *,
        components: Mapping[str, str] | None = None,
        only_if_newer: bool = False,
    ) -> str:
        """Make an uploaded blob a revision that the store releases, also after a person's review.

        Args:
            name: The package.
            upload_id: The artifact's blob.
            channels: Where to.
            components: As of :meth:`push_components`; None where there are none.
            only_if_newer: Leave channels alone that have a newer revision.

        Returns:
            As :meth:`push_revision`.
        """
        raise NotImplementedError

    @operation()
    def review_status(self, name: str, upload_id: str) -> ReviewStatus:
        """Return the state of an upload's review (of a revision or of a resource)."""
        raise NotImplementedError

    def review_reference(self, upload_id: str) -> str:
        """Return what another process can pass to :meth:`review_status`; mostly the upload id."""
        return upload_id

    @operation()
    def list_revisions(self, name: str) -> Listing[Revision]:
        """Return the revisions, oldest first."""
        raise NotImplementedError

    @operation()
    def list_releases(self, name: str) -> ChannelMap:
        """Return what is released where."""
        raise NotImplementedError

    @operation()
    def release(self, name: str, requests: Iterable[ReleaseRequest]) -> Listing[ReleaseResult]:
        """Release revisions to channels; a request without a revision closes its channel."""
        raise NotImplementedError

    @operation()
    def release_progressively(
        self, name: str, requests: Iterable[ReleaseRequest]
    ) -> Listing[ReleaseResult]:
        """Release as :meth:`release` does, where set to a percentage of the installations."""
        raise NotImplementedError

    @operation()
    def list_resources(
        self, name: str, *, revision: int | None = None
    ) -> Listing[DeclaredResource]:
        """Return the resources that revisions declare."""
        raise NotImplementedError

    @operation()
    def list_resource_revisions(self, name: str, resource: str) -> Listing[ResourceRevision]:
        """Return the revisions of one resource, oldest first."""
        raise NotImplementedError

    @operation()
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
        raise NotImplementedError

    @operation()
    def update_resource_revisions(
        self, name: str, resource: str, updates: Mapping[int, Sequence[ResourceBase]]
    ) -> int:
        """Replace the bases of resource revisions; return how many were updated."""
        raise NotImplementedError

    # Resources that travel to the store in another way than a file does, such as images, which go
    # to a registry; as the resource's file the store keeps something small that stands for them.
    # Which types these are, how they are written on a command line and where they go is the
    # endpoint set's own matter: another store can bring ways of its own.

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
            UnsupportedOperationError: No resource travels this way to the store.
        """
        raise UnsupportedOperationError(self.store.name, "transport-resource")

    def resource_digest(self, name: str, resource: str, content: ResourceContent) -> str | None:
        """Return the sha3-384 of what the store keeps as the file of some content.

        Args:
            name: The package.
            resource: The resource.
            content: What :meth:`read_resource` returned.

        Returns:
            None where the store does not know the content (yet).
        """
        return None

    @operation()
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
            progress: Called with the number of bytes that are there so far.

        Returns:
            The upload id of the file that stands for it, for :meth:`push_resource`.
        """
        raise NotImplementedError
