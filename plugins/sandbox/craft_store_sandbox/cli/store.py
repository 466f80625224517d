"""The stores ``sandbox`` and ``sandbox-snap`` as clients see them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from craft_store_core.plugins import Store

if TYPE_CHECKING:
    from craft_store_sandbox.state.settings import SandboxUrls

DEFAULT_PORT = 8580
"""Where ``craft-store sandbox serve`` listens, and where the store ``sandbox`` is looked for."""

URL_VARIABLE = "CRAFT_STORE_SANDBOX_URL"
"""Names a sandbox elsewhere that serves everything on one port."""

PERMISSIONS = (
    "account-register-package",
    "account-view-packages",
    "package-manage",
    "package-view",
)


SNAP_PERMISSIONS = (
    "package_access",
    "package_manage",
    "package_metrics",
    "package_push",
    "package_register",
    "package_release",
    "package_update",
)


def configured_store() -> Store:
    """Return the store at the default port, or where the variable says."""
    base = configured_base()
    return _store({"api": base, "storage": base, "sso": base, "candid": f"{base}/identity"})


def store_at(urls: SandboxUrls) -> Store:
    """Return the store that a running sandbox is."""
    return _store(
        {"api": urls.api, "storage": urls.storage, "sso": urls.sso, "candid": urls.candid}
    )


def configured_snap_store() -> Store:
    """Return the snap side of the store at the default port, or where the variable says."""
    base = configured_base()
    return _snap_store(
        {
            "api": base,
            "storage": base,
            "sso": base,
            "candid": f"{base}/identity",
            "gateway": base,
        }
    )


def snap_store_at(urls: SandboxUrls) -> Store:
    """Return the Snap Store that a running sandbox is."""
    return _snap_store(
        {
            "api": urls.dashboard,
            "storage": urls.storage,
            "sso": urls.sso,
            "candid": urls.candid,
            "gateway": urls.api,
        }
    )


def configured_base() -> str:
    """Return the base URL of the sandbox: at the default port, or where the variable says."""
    base = os.environ.get(URL_VARIABLE) or f"http://127.0.0.1:{DEFAULT_PORT}"
    return base.rstrip("/")


def _snap_store(urls: dict[str, str]) -> Store:
    return Store(
        name="sandbox-snap",
        title="the sandbox's Snap Store",
        endpoint_set="snapstore",
        urls=urls,
        auth_flows=("ubuntu-one", "candid", "snapstore-header"),
        namespace="snap",
        credential_services=("api", "gateway"),
        permissions=SNAP_PERMISSIONS,
        # The store for charms is at the same host.
        credential_area="snap",
    )


def _store(urls: dict[str, str]) -> Store:
    return Store(
        name="sandbox",
        title="the sandbox",
        endpoint_set="charmhub",
        urls=urls,
        auth_flows=("ubuntu-one", "candid"),
        namespace="charm",
        permissions=PERMISSIONS,
    )
