"""What the Snap Store can do; imports nothing heavy, so that the help can ask."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from craft_store_core.plugins.endpoint_sets import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

PERMISSIONS: Mapping[Operation, str | None] = MappingProxyType(
    {
        Operation.WHOAMI: None,
        Operation.LIST_NAMES: "package_access",
        Operation.REGISTER_NAME: "package_register",
        Operation.UNREGISTER_NAME: "package_register",
        Operation.GET_METADATA: "package_access",
        Operation.UPDATE_METADATA: "package_update",
        Operation.SET_ICON: "package_update",
        Operation.CREATE_TRACKS: "package_manage",
        Operation.READ_ARTIFACT: None,
        Operation.UPLOAD_FILE: None,
        Operation.CHECK_UPLOAD: "package_push",
        Operation.PUSH_REVISION: "package_push",
        Operation.PUSH_COMPONENTS: "package_push",
        Operation.PUSH_TO_CHANNELS: "package_release",
        Operation.REVIEW_STATUS: None,
        Operation.LIST_REVISIONS: "package_access",
        Operation.LIST_RELEASES: "package_access",
        Operation.RELEASE: "package_release",
        Operation.RELEASE_PROGRESSIVELY: "package_release",
    }
)
"""The operations of the Snap Store and the permission that each needs.

Source: Snap Store reference, section 5.10.
"""
