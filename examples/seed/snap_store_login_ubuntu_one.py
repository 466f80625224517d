#!/usr/bin/env python3
"""Log in to the Snap Store with an Ubuntu One account, asking for what the account needs."""

from __future__ import annotations

import os

import click

from craft_store import UbuntuOneStoreClient, endpoints, errors

PERMISSIONS = [
    "package_access",
    "package_manage",
    "package_metrics",
    "package_push",
    "package_register",
    "package_release",
    "package_update",
]

store_client = UbuntuOneStoreClient(
    base_url=os.environ.get("STORE_URL", "https://dashboard.snapcraft.io"),
    storage_base_url=os.environ.get("STORAGE_URL", "https://upload.apps.staging.ubuntu.com"),
    auth_url=os.environ.get("LOGIN_URL", "https://login.ubuntu.com"),
    endpoints=endpoints.U1_SNAP_STORE,
    application_name="ubuntu1-dashboard",
    user_agent="test",
)


def log_in(one_time_password: str | None = None) -> None:
    """Log in with what the person answered."""
    store_client.login(
        permissions=PERMISSIONS,
        description="foo",
        ttl=1800,
        email=email,
        password=password,
        otp=one_time_password,
    )


email = click.prompt("Email")
password = click.prompt("Password", hide_input=True)
try:
    log_in()
except errors.StoreServerError as error:
    # Only accounts with a second factor are asked for it, once the password was right.
    if "twofactor-required" not in error.error_list:
        raise
    log_in(click.prompt("OTP"))
