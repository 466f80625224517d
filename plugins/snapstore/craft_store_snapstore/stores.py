"""Where the Snap Store is. Source: Snap Store reference, section 1."""

from __future__ import annotations

from craft_store_core.stores import Store


def snapstore() -> Store:
    """Return the Snap Store."""
    return Store(
        name="snapstore",
        title="Snap Store",
        endpoint_set="snapstore",
        urls={
            "api": "https://dashboard.snapcraft.io",
            "storage": "https://storage.snapcraftcontent.com",
            "sso": "https://login.ubuntu.com",
        },
        auth_flows=("ubuntu-one",),
        namespace="snap",
    )


def snapstore_staging() -> Store:
    """Return the Snap Store's staging twin."""
    return Store(
        name="snapstore-staging",
        title="Snap Store (staging)",
        endpoint_set="snapstore",
        urls={
            "api": "https://dashboard.staging.snapcraft.io",
            "storage": "https://storage.staging.snapcraftcontent.com",
            "sso": "https://login.staging.ubuntu.com",
        },
        auth_flows=("ubuntu-one",),
        namespace="snap",
    )
