"""Where the operations of a store are, and what a request for credentials looks like there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from craft_store.models import CharmListReleasesModel, SnapListReleasesModel
from craft_store_core.plugins.session import path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store.models import MarshableModel


@dataclass(repr=True)
class Package:
    """A package, to which credentials can be limited.

    Attributes:
        package_name: Its name.
        package_type: ``charm``, ``bundle`` or ``snap``.
    """

    package_name: str
    package_type: str


@dataclass(repr=True)
class Endpoints:
    """The paths of one store.

    Attributes:
        namespace: The first part of the paths of packages.
        whoami: Where the account is told.
        tokens: Where root macaroons are issued.
        tokens_exchange: Where they are exchanged, or discharged.
        list_releases_model: What a channel map is read into.
        valid_package_types: To what credentials can be limited.
        upload: Where files are uploaded, on the storage host.
        tokens_refresh: Where discharges are renewed.
    """

    namespace: str
    whoami: str
    tokens: str
    tokens_exchange: str
    list_releases_model: type[MarshableModel]
    valid_package_types: Sequence[str]
    upload: str = "/unscanned-upload/"
    tokens_refresh: str | None = None

    def _validate_packages(self, packages: Sequence[Package]) -> None:
        invalid = [
            package.package_type
            for package in packages
            if package.package_type not in self.valid_package_types
        ]
        if invalid:
            raise ValueError(f"Package types {invalid} not in {self.valid_package_types!r}")

    def get_token_request(
        self,
        *,
        permissions: Sequence[str],
        description: str,
        ttl: int,
        channels: Sequence[str] | None = None,
        packages: Sequence[Package] | None = None,
    ) -> dict[str, Any]:
        """Return the body of a request for credentials.

        Args:
            permissions: See :mod:`craft_store.attenuations`.
            description: Label of the credentials.
            ttl: Their lifetime in seconds.
            channels: Limit them to these channels.
            packages: Limit them to these packages.

        Raises:
            ValueError: The store has no packages of such a type.
        """
        request: dict[str, Any] = {
            "permissions": permissions,
            "description": description,
            "ttl": ttl,
        }
        if packages:
            self._validate_packages(packages)
            request["packages"] = [
                {"type": package.package_type, "name": package.package_name} for package in packages
            ]
        if channels:
            request["channels"] = channels
        return request

    @staticmethod
    def get_upload_id(result: dict[str, Any]) -> str:
        """Return the id of an upload from the storage host's answer."""
        return str(result["upload_id"])

    def get_releases_endpoint(self, name: str) -> str:
        """Return the path of a package's releases."""
        return path("v1", self.namespace, name, "releases")

    def get_revisions_endpoint(self, name: str) -> str:
        """Return the path of a package's revisions."""
        return path("v1", self.namespace, name, "revisions")

    def get_resources_endpoint(self, name: str) -> str:
        """Return the path of a package's resources."""
        return path("v1", self.namespace, name, "resources")

    def get_resource_revisions_endpoint(self, name: str, resource_name: str) -> str:
        """Return the path of a resource's revisions."""
        return f"{self.get_resources_endpoint(name)}{path(resource_name, 'revisions')}"


@dataclass(repr=True)
class _SnapStoreEndpoints(Endpoints):
    """The Snap Store: another form of token request, and none of the operations on packages."""

    def get_token_request(
        self,
        *,
        permissions: Sequence[str],
        description: str,
        ttl: int,
        channels: Sequence[str] | None = None,
        packages: Sequence[Package] | None = None,
    ) -> dict[str, Any]:
        """Return the body of a request for credentials; the Snap Store wants their end."""
        expires = datetime.now(timezone.utc) + timedelta(seconds=ttl)
        request: dict[str, Any] = {
            "permissions": permissions,
            "description": description,
            "expires": expires.isoformat(timespec="seconds"),
        }
        if packages:
            self._validate_packages(packages)
            request["packages"] = [
                {"series": "16", "name": package.package_name} for package in packages
            ]
        if channels:
            request["channels"] = channels
        return request

    @staticmethod
    def get_upload_id(result: dict[str, Any]) -> str:
        """Return the id of an upload from the storage host's answer."""
        return Endpoints.get_upload_id(result)

    def get_releases_endpoint(self, name: str) -> str:
        """Refuse: the Snap Store has no such path."""
        raise NotImplementedError

    def get_revisions_endpoint(self, name: str) -> str:
        """Refuse: the Snap Store has no such path."""
        raise NotImplementedError

    def get_resources_endpoint(self, name: str) -> str:
        """Refuse: the Snap Store has no such path."""
        raise NotImplementedError

    def get_resource_revisions_endpoint(self, name: str, resource_name: str) -> str:
        """Refuse: the Snap Store has no such path."""
        raise NotImplementedError


CHARMHUB: Final = Endpoints(
    namespace="charm",
    whoami="/v1/tokens/whoami",
    tokens="/v1/tokens",
    tokens_exchange="/v1/tokens/exchange",
    valid_package_types=["charm", "bundle"],
    list_releases_model=CharmListReleasesModel,
)
"""Charmhub, with login by Candid."""

SNAP_STORE: Final = _SnapStoreEndpoints(
    namespace="snap",
    whoami="/api/v2/tokens/whoami",
    tokens="/api/v2/tokens",
    tokens_exchange="/api/v2/tokens/exchange",
    valid_package_types=["snap"],
    list_releases_model=SnapListReleasesModel,
)
"""The Snap Store, with login by Candid."""

U1_SNAP_STORE: Final = _SnapStoreEndpoints(
    namespace="snap",
    whoami="/api/v2/tokens/whoami",
    tokens="/dev/api/acl/",
    tokens_exchange="/api/v2/tokens/discharge",
    tokens_refresh="/api/v2/tokens/refresh",
    valid_package_types=["snap"],
    list_releases_model=SnapListReleasesModel,
)
"""The Snap Store, with login by Ubuntu One; discharge and renewal are at the single sign-on."""
