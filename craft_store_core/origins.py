"""Where a URL leads: scheme, host and port, in a form that can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from craft_store_core.errors import ConfigurationError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str:
    """Return scheme, host and port of ``url`` in a form that can be compared.

    Raises:
        ConfigurationError: It is no absolute http or https URL, or it carries a user name.
    """
    parts = split_url(url)
    port = parts.port or _PORTS[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}:{port}"


def split_url(url: str) -> SplitResult:
    """Split an absolute http or https URL.

    Raises:
        ConfigurationError: It is another kind of URL, or it carries a user name.
    """
    # Passwords end at the last "@", wherever a parser believes that the host begins.
    shown = url if "@" not in url else f"...@{url.rpartition('@')[2]}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        why = None if "@" in url else str(error)
        raise ConfigurationError(f"{shown!r} is not a URL.", why=why) from None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise ConfigurationError(
            f"{shown!r} is not an absolute http or https URL.",
            advice="Write it as https://HOST[:PORT][/PATH].",
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            "A store URL must not contain a user name or a password.",
            why=f"The URL for the host {parts.hostname!r} contains one.",
            advice="Remove it from the URL. Credentials are stored in a credential backend.",
        )
    return parts
