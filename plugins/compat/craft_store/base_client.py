"""What clients of all stores have in common: operations, without a way to log in."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from craft_store import errors
from craft_store._answers import document_of, list_of, text_of
from craft_store._monitoring import MonitoredBody
from craft_store._translation import as_documented
from craft_store.auth import Auth
from craft_store.http_client import HTTPClient
from craft_store.models import (
    CharmResourceRevisionUpdateRequest,
    RegisteredNameModel,
    RevisionsResponseModel,
)
from craft_store.models.resource_revision_model import CharmResourceRevision
from craft_store.models.revisions_model import RevisionModel
from craft_store_core.errors import ConfigurationError
from craft_store_core.origins import origin_of
from craft_store_core.plugins.session import path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import requests

    from craft_store.endpoints import Endpoints, Package
    from craft_store.models import (
        CharmResourceType,
        MarshableModel,
        ReleaseRequestModel,
        RequestCharmResourceBase,
        RevisionsRequestModel,
    )


class BaseClient(metaclass=ABCMeta):
    """Sends the requests of one store; subclasses say how one logs in.

    Args:
        base_url: Of the store's API. Credentials are sent to its host alone.
        storage_base_url: Of the host that files are uploaded to.
        endpoints: The paths of the store.
        application_name: Name of the program, under which credentials are kept.
        user_agent: Value of the ``User-Agent`` header.
        environment_auth: An environment variable that may hold exported credentials.
        ephemeral: Keep credentials in memory only.
        file_fallback: Keep credentials in a private file where there is no keyring.

    Raises:
        NoKeyringError: There is no keyring, and nothing else was asked for.

    Attributes:
        http_client: Sends the requests.
    """

    def __init__(
        self,
        *,
        base_url: str,
        storage_base_url: str,
        endpoints: Endpoints,
        application_name: str,
        user_agent: str,
        environment_auth: str | None = None,
        ephemeral: bool = False,
        file_fallback: bool = False,
    ) -> None:
        self.http_client = HTTPClient(user_agent=user_agent)
        self._base_url = base_url
        self._storage_base_url = storage_base_url
        self._endpoints = endpoints
        self._auth = Auth(
            application_name,
            urlsplit(base_url).netloc,
            environment_auth=environment_auth,
            ephemeral=ephemeral,
            file_fallback=file_fallback,
        )

    @abstractmethod
    def _get_discharged_macaroon(self, root_macaroon: str, **kwargs: Any) -> str:
        """Return what is to be kept of a login, made of a root macaroon."""

    @abstractmethod
    def _get_authorization_header(self) -> str:
        """Return the value of the ``Authorization`` header, made of what is kept."""

    def _get_macaroon(self, token_request: dict[str, Any]) -> str:
        """Return a fresh root macaroon."""
        response = self.http_client.request(
            "POST",
            self._url(self._endpoints.tokens),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            json=token_request,
        )
        return text_of(response, "macaroon")

    def login(
        self,
        *,
        permissions: Sequence[str],
        description: str,
        ttl: int,
        packages: Sequence[Package] | None = None,
        channels: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> str:
        """Log in and keep the credentials.

        Args:
            permissions: What the credentials allow, see :mod:`craft_store.attenuations`.
            description: Label of the credentials.
            ttl: Their lifetime in seconds.
            packages: Limit them to these packages.
            channels: Limit them to these channels.
            **kwargs: What the way of logging in needs beside it.

        Returns:
            The credentials, as ``environment_auth`` takes them.

        Raises:
            CredentialsAlreadyAvailable: There are credentials.
            StoreServerError: The store refused.
            NetworkError: There was no answer.
        """
        self._auth.ensure_no_credentials()
        token_request = self._endpoints.get_token_request(
            permissions=permissions,
            description=description,
            ttl=ttl,
            packages=packages,
            channels=channels,
        )
        root_macaroon = self._get_macaroon(token_request)
        credentials = self._get_discharged_macaroon(root_macaroon, **kwargs)
        self._auth.set_credentials(credentials)
        return self._auth.encode_credentials(credentials)

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Send a request, with the credentials where it goes to the host of ``base_url``.

        Args:
            method: The HTTP method.
            url: An absolute URL.
            params: The query.
            headers: More headers.
            **kwargs: See :meth:`HTTPClient.request`.

        Raises:
            StoreServerError: The answer is a refusal.
            NetworkError: There was no answer.
            CredentialsUnavailable: There are no credentials.
        """
        merged = dict(headers or {})
        if self._takes_credentials(url):
            merged["Authorization"] = self._get_authorization_header()
        return self.http_client.request(method, url, params=params, headers=merged, **kwargs)

    def whoami(self) -> dict[str, Any]:
        """Return what the store says about the account and its credentials."""
        return document_of(self.request("GET", self._url(self._endpoints.whoami)))

    def logout(self) -> None:
        """Forget the credentials.

        Raises:
            CredentialsUnavailable: There are none.
        """
        self._auth.del_credentials()

    def upload_file(
        self,
        *,
        filepath: Path,
        monitor_callback: Callable[..., Any] | None = None,
    ) -> str:
        """Send a file to storage. Credentials do not go there.

        Args:
            filepath: The file.
            monitor_callback: Called with an object whose ``len`` is the number of bytes to send;
                returns what is called with an object whose ``bytes_read`` is how many were sent.

        Returns:
            The upload id, to be used once.

        Raises:
            OSError: The file cannot be read.
            CraftStoreError: The storage host did not take it.
        """
        with filepath.open("rb", buffering=0) as file, as_documented():
            body = MonitoredBody(file, filename=filepath.name)
            if monitor_callback is not None:
                body.callback = monitor_callback(body)
            response = self.http_client.request(
                "POST",
                f"{self._storage_base_url.rstrip('/')}{self._endpoints.upload}",
                headers={"Content-Type": body.content_type, "Accept": "application/json"},
                data=body,
            )
        result = document_of(response, ["successful"])
        if not result["successful"]:
            raise errors.CraftStoreError(f"Server error while pushing file: {result}")
        try:
            return self._endpoints.get_upload_id(result)
        except KeyError as error:
            raise errors.InvalidResponseError(
                response, details=f"The answer has no {error}."
            ) from None

    def notify_revision(
        self, *, name: str, revision_request: RevisionsRequestModel
    ) -> RevisionsResponseModel:
        """Make an upload a revision of a package.

        Args:
            name: The package.
            revision_request: The upload.

        Returns:
            Where to ask about the review.
        """
        response = self.request(
            "POST",
            self._url(self._endpoints.get_revisions_endpoint(name)),
            json=revision_request.marshal(),
        )
        return RevisionsResponseModel.unmarshal(document_of(response, ["status-url"]))

    def push_resource(
        self,
        name: str,
        resource_name: str,
        *,
        upload_id: str,
        resource_type: CharmResourceType | None = None,
        bases: list[RequestCharmResourceBase] | None = None,
    ) -> str:
        """Make an upload a revision of a resource.

        Args:
            name: The package.
            resource_name: The resource.
            upload_id: What :meth:`upload_file` returned.
            resource_type: Its type; by default what was declared.
            bases: What it fits; by default everything.

        Returns:
            Path and query of the URL where to ask about the review.
        """
        body: dict[str, Any] = {"upload-id": upload_id}
        if resource_type:
            body["type"] = resource_type
        if bases:
            body["bases"] = [_in_full(base) for base in bases]
        url = self._url(self._endpoints.get_resource_revisions_endpoint(name, resource_name))
        return text_of(self.request("POST", url, json=body), "status-url")

    def list_revisions(self, name: str) -> list[RevisionModel]:
        """Return the revisions of a package, as the store orders them.

        Returns:
            Models of the kind that each revision is.
        """
        url = self._url(self._endpoints.get_revisions_endpoint(name))
        rows = list_of(self.request("GET", url), "revisions")
        return [RevisionModel.unmarshal(row) for row in rows]

    def list_resource_revisions(self, name: str, resource_name: str) -> list[CharmResourceRevision]:
        """Return the revisions of a resource, as the store orders them.

        Raises:
            NotImplementedError: The packages of the store are no charms.
        """
        self._only_charms("get")
        response = self.request("GET", self._resource_revisions_url(name, resource_name))
        rows = list_of(response, "revisions")
        return [CharmResourceRevision.unmarshal(row) for row in rows]

    def update_resource_revisions(
        self, *updates: CharmResourceRevisionUpdateRequest, name: str, resource_name: str
    ) -> int:
        """Change what resource revisions fit.

        Args:
            *updates: Resource revisions and their bases.
            name: The package.
            resource_name: The resource.

        Returns:
            How many were changed.

        Raises:
            ValueError: There are no updates.
            NotImplementedError: The packages of the store are no charms.
        """
        self._only_charms("update")
        if not updates:
            raise ValueError("Need at least one resource revision to update.")
        body = {"resource-revision-updates": [_in_full(update) for update in updates]}
        response = self.request(
            "PATCH", self._resource_revisions_url(name, resource_name), json=body
        )
        count = document_of(response, ["num-resource-revisions-updated"])
        return int(count["num-resource-revisions-updated"])

    def update_resource_revision(
        self,
        name: str,
        resource_name: str,
        *,
        revision: int,
        bases: list[RequestCharmResourceBase],
    ) -> int:
        """Change what one resource revision fits, see :meth:`update_resource_revisions`."""
        update = CharmResourceRevisionUpdateRequest(revision=revision, bases=bases)
        return self.update_resource_revisions(update, name=name, resource_name=resource_name)

    def get_list_releases(self, *, name: str) -> MarshableModel:
        """Return what is released where, as the model that the endpoints name."""
        response = self.request("GET", self._url(self._package_path(name, "releases")))
        return self._endpoints.list_releases_model.unmarshal(document_of(response))

    def release(self, *, name: str, release_request: Sequence[ReleaseRequestModel]) -> None:
        """Release revisions, or close channels.

        Args:
            name: The package.
            release_request: What goes where.
        """
        self.request(
            "POST",
            self._url(self._package_path(name, "releases")),
            json=[request.marshal() for request in release_request],
        )

    def list_registered_names(
        self, *, include_collaborations: bool = False
    ) -> list[RegisteredNameModel]:
        """Return the names that the account registered.

        Args:
            include_collaborations: Those that others share with it, too.
        """
        response = self.request(
            "GET",
            self._url(path("v1", self._endpoints.namespace)),
            params={"include-collaborations": "true" if include_collaborations else "false"},
        )
        return [RegisteredNameModel.unmarshal(row) for row in list_of(response, "results")]

    def register_name(
        self,
        name: str,
        *,
        entity_type: Literal["charm", "bundle", "snap"] | None = None,
        private: bool = False,
        team: str | None = None,
    ) -> str:
        """Register a name.

        Args:
            name: The name.
            entity_type: What it is for; by default what the store has most.
            private: Only for the account and those that it shares with.
            team: Id of a team.

        Returns:
            The id of the package.
        """
        body: dict[str, Any] = {"name": name, "private": private}
        if team is not None:
            body["team"] = team
        if entity_type is not None:
            body["type"] = entity_type
        url = self._url(path("v1", self._endpoints.namespace))
        return text_of(self.request("POST", url, json=body), "id")

    def unregister_name(self, name: str) -> str:
        """Give up a name that never had a revision; return the id of the package."""
        response = self.request("DELETE", self._url(self._package_path(name)))
        return text_of(response, "package-id")

    def _url(self, target: str) -> str:
        return f"{self._base_url.rstrip('/')}{target}"

    def _package_path(self, *parts: str) -> str:
        return path("v1", self._endpoints.namespace, *parts)

    def _resource_revisions_url(self, name: str, resource_name: str) -> str:
        return self._url(self._package_path(name, "resources", resource_name, "revisions"))

    def _only_charms(self, what: str) -> None:
        if self._endpoints.namespace != "charm":
            raise NotImplementedError(
                f"Cannot {what} resource revisions in namespace {self._endpoints.namespace}."
            )

    def _takes_credentials(self, url: str) -> bool:
        try:
            return origin_of(url) == origin_of(self._base_url)
        except ConfigurationError:
            # The HTTP client says what is wrong with such a URL.
            return False


def _in_full(model: MarshableModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True)
