"""What an Enterprise Store can do; imports nothing heavy, so that the help can ask.

Source: Snap Store reference, section 15.
"""

from __future__ import annotations

from craft_store_core.plugins.endpoint_sets import Operation

OPERATIONS = frozenset(
    {
        Operation.WHOAMI,
        Operation.LIST_NAMES,
        Operation.REGISTER_NAME,
        Operation.UNREGISTER_NAME,
        Operation.GET_METADATA,
        Operation.UPDATE_METADATA,
        Operation.UPLOAD_FILE,
        Operation.PUSH_REVISION,
        Operation.REVIEW_STATUS,
        Operation.LIST_REVISIONS,
        Operation.LIST_RELEASES,
        Operation.RELEASE,
    }
)
"""The operations of its endpoint set; files are read by the Snap Store's."""
