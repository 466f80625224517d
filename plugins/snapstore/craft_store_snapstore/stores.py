"""Where the Snap Store is. Source: Snap Store reference, sections 1 and 5.10."""

from __future__ import annotations

from craft_store_core.plugins import Store

PERMISSIONS = (
    "package_access",
    "package_manage",
    "package_metrics",
    "package_push",
    "package_register",
    "package_release",
    "package_update",
)
"""What a login asks for by default: the same as snapcraft."""

YEAR = 365 * 24 * 3600
"""How long a login lasts by default, in seconds: the same as snapcraft's."""

CREDENTIAL_VARIABLES = ("SNAPCRAFT_STORE_CREDENTIALS",)
"""Where snapcraft reads exported credentials; Snap Store reference, section 6.2."""

# Ubuntu One first: Candid is being retired.
_FLOWS = ("ubuntu-one", "candid", "snapstore-header")

BRAND_STORE = "brand-store"
"""The option of a store that names the brand store in which names are registered."""


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
            "candid": "https://api.jujucharms.com/identity",
            "gateway": "https://api.charmhub.io",
        },
        auth_flows=_FLOWS,
        namespace="snap",
        credential_services=("api", "gateway"),
        permissions=PERMISSIONS,
        ttl=YEAR,
        credential_variables=CREDENTIAL_VARIABLES,
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
            "candid": "https://api.staging.jujucharms.com/identity",
            "gateway": "https://api.staging.charmhub.io",
        },
        auth_flows=_FLOWS,
        namespace="snap",
        credential_services=("api", "gateway"),
        permissions=PERMISSIONS,
        ttl=YEAR,
        credential_variables=CREDENTIAL_VARIABLES,
    )
