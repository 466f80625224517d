"""What a Publisher Gateway can do, and the permission that each operation needs.

Beside the dialect and not in it, so that the help can tell without importing what talks to stores.

Source: Publisher Gateway reference, sections 2 and 3.3.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from craft_store_core.plugins.endpoint_sets import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

PERMISSIONS: Mapping[Operation, str | None] = MappingProxyType(
    {
        Operation.WHOAMI: None,
        Operation.LIST_NAMES: "account-view-packages",
        Operation.REGISTER_NAME: "account-register-package",
        Operation.UNREGISTER_NAME: "account-register-package",
        Operation.GET_METADATA: "package-view-metadata",
        Operation.UPDATE_METADATA: "package-manage-metadata",
        Operation.CREATE_TRACKS: "package-manage-metadata",
        Operation.UPLOAD_FILE: None,
        Operation.PUSH_REVISION: "package-manage-revisions",
        Operation.REVIEW_STATUS: "package-view-revisions",
        Operation.LIST_REVISIONS: "package-view-revisions",
        Operation.LIST_RELEASES: "package-view-releases",
        Operation.RELEASE: "package-manage-releases",
        Operation.LIST_RESOURCES: "package-view-revisions",
        Operation.LIST_RESOURCE_REVISIONS: "package-view-revisions",
        Operation.PUSH_RESOURCE: "package-manage-revisions",
        Operation.UPDATE_RESOURCE_REVISIONS: "package-manage-revisions",
    }
)
"""The operations of the gateway and the permission that each needs."""
