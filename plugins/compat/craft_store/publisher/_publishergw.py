"""The client of a Publisher Gateway: names, revisions, releases and tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from craft_store import errors
from craft_store._answers import document_of, list_of, text_of
from craft_store._gateway_http import GatewayHTTP
from craft_store._httpx_auth import CandidAuth, UbuntuOneAuth
from craft_store.auth import Auth
from craft_store.models.registered_name_model import RegisteredNameModel as RegisteredName
from craft_store.publisher import _response
from craft_store_core.errors import InvalidNameError
from craft_store_core.names import check_track_name
from craft_store_core.plugins.session import path

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from craft_store._gateway_http import RequestAuth
    from craft_store.publisher import _request
    from craft_store.publisher._response import ReleaseResult, Releases, Revision


class PublisherGateway:
    """Asks a Publisher Gateway about one namespace.

    Args:
        base_url: Of the gateway.
        namespace: Such as ``charm`` or ``snap``.
        auth: What authorizes requests: one of :class:`~craft_store.CandidAuth`,
            :class:`~craft_store.DeveloperTokenAuth`, :class:`~craft_store.UbuntuOneAuth`; an
            ``httpx.Auth``; anything that is called with a request and puts a header into it; or
            an :class:`~craft_store.Auth`, which stands for a token of Candid.

    Raises:
        TypeError: ``auth`` is none of these.
    """

    def __init__(self, base_url: str, namespace: str, auth: RequestAuth | Auth) -> None:
        self._namespace = namespace
        self._client = GatewayHTTP(
            base_url, CandidAuth(auth=auth) if isinstance(auth, Auth) else auth
        )

    @classmethod
    def with_ubuntu_one(
        cls,
        base_url: str,
        namespace: str,
        *,
        auth: Auth | None = None,
        application_name: str = "craft-store",
        client_description: str = "craft-store",
    ) -> PublisherGateway:
        """Return a gateway that uses a login with Ubuntu One.

        Args:
            base_url: Of the gateway.
            namespace: Such as ``charm`` or ``snap``.
            auth: Where the login is kept; by default in the keyring.
            application_name: Under what it is kept there.
            client_description: Label of the token in the account's list.
        """
        kept = auth or Auth(application_name, urlsplit(base_url).netloc)
        authorization: Any = UbuntuOneAuth(
            auth=kept, api_base_url=base_url, client_description=client_description
        )
        return cls(base_url, namespace, authorization)

    @staticmethod
    def _check_error(response: Any) -> None:
        """Raise what a refusal says.

        Raises:
            CraftStoreError: The store refused.
            InvalidResponseError: It refused, and its answer cannot be read.
        """
        if response.status_code < 400:
            return
        document_of(response)
        listed = errors.StoreErrorList(errors.read_error_list(response))
        message = f"Error {response.status_code} returned from store"
        if len(listed) == 1:
            (entry,) = listed
            message = f"{message}: {entry['message'] or entry['code']}"
        else:
            message = f"{message}.\n{listed}"
        raise errors.CraftStoreError(message, store_errors=listed)

    @staticmethod
    def _check_keys(response: Any, expected_keys: set[str]) -> dict[str, Any]:
        """Return the JSON object of an answer.

        Raises:
            InvalidResponseError: It is none, or a key is missing.
        """
        return document_of(response, expected_keys)

    def list_registered_names(
        self,
        include_collaborations: bool = False,
    ) -> Sequence[RegisteredName]:
        """Return the names that the account registered.

        Args:
            include_collaborations: Those that others share with it, too.
        """
        response = self._ask(
            "GET",
            path("v1", self._namespace),
            params={"include-collaborations": "true" if include_collaborations else "false"},
        )
        return [RegisteredName.unmarshal(row) for row in list_of(response, "results")]

    def whoami(self) -> dict[str, Any]:
        """Return what the store says about the account and its credentials."""
        return document_of(self._ask("GET", "/v1/tokens/whoami"))

    def register_name(
        self, name: str, *, entity_type: str, private: bool = False, team: str | None = None
    ) -> str:
        """Register a name.

        Args:
            name: The name.
            entity_type: What it is for, such as ``charm``.
            private: Only for the account and those that it shares with.
            team: Id of a team.

        Returns:
            The id of the package.
        """
        body: dict[str, Any] = {"name": name, "private": private, "type": entity_type}
        if team is not None:
            body["team"] = team
        return text_of(self._ask("POST", path("v1", self._namespace), json=body), "id")

    def get_package_metadata(self, name: str) -> RegisteredName:
        """Return what is said about a package."""
        response = self._ask("GET", self._path(name))
        return RegisteredName.unmarshal(self._check_keys(response, {"metadata"})["metadata"])

    def unregister_name(self, name: str) -> str:
        """Give up a name that never had a revision; return the id of the package."""
        return text_of(self._ask("DELETE", self._path(name)), "package-id")

    def list_revisions(
        self,
        name: str,
        *,
        fields: Collection[str] | None = None,
        include_craft_yaml: bool = False,
        revision: int | None = None,
    ) -> Sequence[Revision]:
        """Return the revisions of a package, as the store orders them.

        Args:
            name: The package.
            fields: Only these, by their names at the store.
            include_craft_yaml: With the project file, where the package is a source.
            revision: Only this one.

        Returns:
            Models of the kind that each revision is.
        """
        params: dict[str, str] = {}
        if fields is not None:
            params["fields"] = ",".join(fields)
        if include_craft_yaml:
            params["include-craft-yaml"] = "true"
        if revision is not None:
            params["revision"] = str(revision)
        response = self._ask("GET", self._path(name, "revisions"), params=params)
        rows = list_of(response, "revisions")
        return [_response.Revision.of_kind(row) for row in rows]

    def list_releases(self, name: str) -> Releases:
        """Return what is released where."""
        response = self._ask("GET", self._path(name, "releases"))
        keys = {"channel-map", "package", "revisions"}
        return _response.Releases.unmarshal(self._check_keys(response, keys))

    def release(
        self, name: str, requests: list[_request.ReleaseRequest]
    ) -> Sequence[ReleaseResult]:
        """Release revisions, or close channels.

        Args:
            name: The package.
            requests: What goes where.

        Returns:
            What became of each, in the order of the requests.
        """
        response = self._ask("POST", self._path(name, "releases"), json=requests)
        rows = list_of(response, "released")
        return [_response.ReleaseResult.unmarshal(row) for row in rows]

    def create_tracks(self, name: str, *tracks: _request.CreateTrackRequest) -> int:
        """Create tracks.

        Args:
            name: The package.
            *tracks: The tracks.

        Returns:
            How many were created.

        Raises:
            InvalidRequestError: A name is not that of a track; nothing was sent.
        """
        invalid = [track["name"] for track in tracks if not _is_track_name(track["name"])]
        if invalid:
            raise errors.InvalidRequestError(
                f"The following track names are invalid: {', '.join(map(str, invalid))}",
                resolution="Use letters and digits with single '.', '_' or '-' between them, at "
                "most 28 characters.",
            )
        response = self._ask("POST", self._path(name, "tracks"), json=list(tracks))
        return int(self._check_keys(response, {"num-tracks-created"})["num-tracks-created"])

    def _path(self, *parts: str) -> str:
        return path("v1", self._namespace, *parts)

    def _ask(self, method: str, target: str, **options: Any) -> Any:
        response = self._client.request(method, target, **options)
        self._check_error(response)
        return response


def _is_track_name(name: str) -> bool:
    try:
        check_track_name(name)
    except InvalidNameError:
        return False
    return True
