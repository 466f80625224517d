"""Where Charmhub is.

Source: Publisher Gateway reference, sections 1.1 and 3.3.
"""

from __future__ import annotations

from craft_store_core.plugins import Store

PERMISSIONS = (
    "account-register-package",
    "account-view-packages",
    "package-manage",
    "package-view",
)
"""What a login asks for by default: the same as charmcraft."""

CREDENTIAL_VARIABLES = ("CHARMCRAFT_AUTH",)
"""Where charmcraft reads exported credentials; Publisher Gateway reference, section 1.1."""

# Ubuntu One first: Candid is being retired.
_FLOWS = ("ubuntu-one", "candid")

CHARMHUB = Store(
    name="charmhub",
    title="Charmhub",
    endpoint_set="charmhub",
    urls={
        "api": "https://api.charmhub.io",
        "storage": "https://storage.snapcraftcontent.com",
        "sso": "https://login.ubuntu.com",
        "candid": "https://api.jujucharms.com/identity",
        "registry": "https://registry.jujucharms.com",
    },
    auth_flows=_FLOWS,
    namespace="charm",
    permissions=PERMISSIONS,
    credential_variables=CREDENTIAL_VARIABLES,
)

CHARMHUB_STAGING = Store(
    name="charmhub-staging",
    title="Charmhub staging",
    endpoint_set="charmhub",
    urls={
        "api": "https://api.staging.charmhub.io",
        "storage": "https://storage.staging.snapcraftcontent.com",
        "sso": "https://login.staging.ubuntu.com",
        "candid": "https://api.staging.jujucharms.com/identity",
        "registry": "https://registry.staging.jujucharms.com",
    },
    auth_flows=_FLOWS,
    namespace="charm",
    permissions=PERMISSIONS,
    credential_variables=CREDENTIAL_VARIABLES,
)
