"""What Charmhub tells everybody, without credentials.

Source: Publisher Gateway reference, sections 14.1, 14.2 and 14.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_charmhub.models import PublicPackage, PublicResourceRevision
from craft_store_core.plugins import numbered, operation
from craft_store_core.stores.gateway import GatewayArea

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_core.models import Listing

DETAILS = (
    "result.title",
    "result.summary",
    "result.description",
    "result.license",
    "result.publisher.display-name",
    "result.publisher.username",
    "default-release",
)
"""The fields that are asked for: without any, the store sends little more than names."""


class CharmhubPublic(GatewayArea):
    """The public read API, on the same host as the gateway."""

    @operation()
    def info(
        self, name: str, *, channel: str | None = None, fields: Sequence[str] | None = None
    ) -> PublicPackage:
        """Return what everybody can know of a package.

        Args:
            name: The package.
            channel: Only what is released there.
            fields: The fields to ask for; by default :data:`DETAILS` and the channel map.

        Raises:
            NotFoundError: There is no such public package.
        """
        wanted = (*DETAILS, "channel-map") if fields is None else tuple(fields)
        params = {"fields": ",".join(wanted)}
        if channel is not None:
            params["channel"] = channel
        target = self.api_path("v2", "charms", "info", name)
        return self.ask("GET", target, params=params, authenticated=False).model(PublicPackage)

    @operation()
    def find(
        self, query: str, *, kind: str | None = None, fields: Sequence[str] | None = None
    ) -> Listing[PublicPackage]:
        """Search for packages.

        Args:
            query: What to search for.
            kind: ``charm`` or ``bundle``; by default both.
            fields: The fields to ask for; by default :data:`DETAILS`.
        """
        params = {"q": query, "fields": ",".join(DETAILS if fields is None else fields)}
        if kind is not None:
            params["type"] = kind
        answer = self.ask(
            "GET", self.api_path("v2", "charms", "find"), params=params, authenticated=False
        )
        return answer.listing(PublicPackage, "results")

    @operation()
    def public_resource_revisions(
        self, charm: str, resource: str
    ) -> Listing[PublicResourceRevision]:
        """Return the revisions of a resource of a public charm, oldest first."""
        target = self.api_path("v2", "charms", "resources", charm, resource, "revisions")
        answer = self.ask("GET", target, authenticated=False)
        return numbered(answer.listing(PublicResourceRevision, "revisions"))
