"""Which proxy a request goes through, read once."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment

from craft_store_core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})


class ProxyRules:
    """Proxies by scheme, and the hosts that are reached without one.

    Args:
        proxies: Proxy URLs by the scheme of the request (``http``, ``https``, ``all``) and, as
            ``no``, a comma-separated list of hosts, domains and networks that need none. None
            reads the environment (and on macOS and Windows the system's settings), now.
    """

    def __init__(self, proxies: Mapping[str, str] | None = None) -> None:
        self._proxies = dict(getproxies() if proxies is None else proxies)
        listed = self._proxies.pop("no", "").split(",")
        self._direct = [entry.strip().lower() for entry in listed if entry.strip()]

    def proxy_for(self, url: str) -> str | None:
        """Return the URL of the proxy for an absolute http or https URL, or None.

        Raises:
            ConfigurationError: The proxy that should be used has no usable URL.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if is_loopback_host(host) or self._is_direct(host, parts.netloc):
            return None
        proxy = self._proxies.get(parts.scheme) or self._proxies.get("all")
        if not proxy:
            return None
        return _checked(proxy if "://" in proxy else f"http://{proxy}")

    def _is_direct(self, host: str, location: str) -> bool:
        address = _address(host)
        for entry in self._direct:
            domain = entry.lstrip(".")
            if entry in {"*", host, location.lower()} or host.endswith(f".{domain}"):
                return True
            if host == domain:
                return True
            network = _network(entry) if address is not None else None
            if network is not None and address in network:
                return True
        return False


def proxies_in_force(configured: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies of now: those of variables, of the user's file, then of the system.

    Args:
        configured: What the user's file says, as :class:`ProxyRules` takes it.
    """
    return {**getproxies(), **configured, **getproxies_environment()}


def _checked(proxy: str) -> str:
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme.lower() in _SCHEMES and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if usable:
        return proxy
    # Not shown: it may hold a password.
    raise ConfigurationError(
        "The proxy cannot be used.",
        why="Its URL is not an http, https or SOCKS URL with a host.",
        advice=(
            "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, the table 'proxies' in the configuration "
            "file, and the proxy settings of the system."
        ),
    )


def is_loopback_host(host: str) -> bool:
    """Tell whether a host name or address can only be this machine."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
