"""Resources and their revisions.

Source: Publisher Gateway reference, section 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.models import DeclaredResource, Listing, ResourceRevision
from craft_store_core.plugins.answers import numbered
from craft_store_core.plugins.endpoint_sets import operation
from craft_store_core.stores.gateway.uploads import GatewayUploads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from craft_store_core.models import ResourceBase


class GatewayResources(GatewayUploads):
    """Resources over uploads and their review."""

    @operation("package-view-revisions")
    def list_resources(
        self, name: str, *, revision: int | None = None
    ) -> Listing[DeclaredResource]:
        """Return the resources that revisions declare, one row for each of both.

        Args:
            name: The package.
            revision: Only what this revision of the package declares.
        """
        params = None if revision is None else {"revision": str(revision)}
        answer = self.ask("GET", self.package_path(name, "resources"), params=params)
        return answer.listing(DeclaredResource, "resources")

    @operation("package-view-revisions")
    def list_resource_revisions(self, name: str, resource: str) -> Listing[ResourceRevision]:
        """Return the revisions of one resource, oldest first."""
        answer = self.ask("GET", self._revisions_path(name, resource))
        return numbered(answer.listing(ResourceRevision, "revisions"))

    @operation("package-manage-revisions")
    def push_resource(
        self,
        name: str,
        resource: str,
        upload_id: str,
        *,
        resource_type: str | None = None,
        bases: Sequence[ResourceBase] = (),
    ) -> str:
        """Make an uploaded blob a revision of a resource.

        Args:
            name: The package; an approved revision of it must declare the resource.
            resource: The resource.
            upload_id: What :meth:`upload_file` returned.
            resource_type: ``file`` or ``oci-image``; by default what was declared.
            bases: What it fits; by default everything.

        Returns:
            The absolute URL of the review's state.
        """
        body: dict[str, Any] = {"upload-id": upload_id}
        if resource_type is not None:
            body["type"] = resource_type
        if bases:
            body["bases"] = [base.to_json() for base in bases]
        return self._notify(name, self._revisions_path(name, resource), body)

    @operation("package-manage-revisions")
    def update_resource_revisions(
        self, name: str, resource: str, updates: Mapping[int, Sequence[ResourceBase]]
    ) -> int:
        """Replace the bases of resource revisions; return how many were updated.

        Args:
            name: The package.
            resource: The resource.
            updates: Resource revision to its new bases, one at least.
        """
        body = {
            "resource-revision-updates": [
                {"revision": revision, "bases": [base.to_json() for base in bases]}
                for revision, bases in updates.items()
            ]
        }
        target = self._revisions_path(name, resource)
        answer = self.ask("PATCH", target, json=body, repeatable=True)
        return answer.count("num-resource-revisions-updated")

    def _revisions_path(self, name: str, resource: str) -> str:
        return self.package_path(name, "resources", resource, "revisions")
