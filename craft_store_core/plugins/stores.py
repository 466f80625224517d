"""A store: where it is, which endpoint set it has, and how to log in to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from craft_store_core.errors import ConfigurationError
from craft_store_core.origins import origin_of, split_url

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TTL = 30 * 24 * 3600
"""Lifetime asked for at login, in seconds, when the user names none (30 days)."""


@dataclass(frozen=True)
class Store:
    """One store.

    Attributes:
        name: What users choose it by.
        title: For people, as in "Charmhub".
        endpoint_set: Name of its endpoint set.
        urls: Service to base URL, without a trailing slash. ``api`` is always there; ``storage``,
            ``sso``, ``candid`` and ``registry`` where the store has them.
        auth_flows: Names of auth flows, the preferred one first.
        namespace: The first part of the paths of a Publisher Gateway, such as ``charm``.
        permissions: What a login asks for when the user names nothing.
        ttl: Lifetime in seconds that a login asks for when the user names none.
        credential_services: Services to which the account's credentials are sent; no others
            ever get them.
        allow_http: Plain http is allowed to hosts that are not loopback. Only a user says so.
        options: More settings, which the endpoint set of this store knows.
        credential_variables: Environment variables that hold its credentials for other programs;
            they are read after ``CRAFT_STORE_CREDENTIALS``, the first one first.
        artifacts: Names of the artifact readers for what is published there; empty takes those of
            the endpoint set.
        credential_area: What tells it from another store whose API is at the same host; keyrings
            file its credentials under ``PROGRAM/AREA`` instead of ``PROGRAM``.
    """

    name: str
    title: str
    endpoint_set: str
    urls: Mapping[str, str]
    auth_flows: tuple[str, ...]
    namespace: str = "charm"
    permissions: tuple[str, ...] = ()
    ttl: int = DEFAULT_TTL
    credential_services: tuple[str, ...] = ("api",)
    allow_http: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    credential_variables: tuple[str, ...] = ()
    credential_area: str = ""
    artifacts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if "api" not in self.urls:
            raise ConfigurationError(f"The store {self.name!r} has no 'api' URL.")
        cleaned = {service: url.rstrip("/") for service, url in self.urls.items()}
        for service, url in cleaned.items():
            parts = split_url(url)
            if parts.query or parts.fragment:
                raise ConfigurationError(
                    f"The {service!r} URL of the store {self.name!r} cannot be a base URL.",
                    why=(
                        "craft-store appends paths to the URL, but it ends with a query or a "
                        "fragment."
                    ),
                    advice="Write it as https://HOST[:PORT][/PATH].",
                )
        object.__setattr__(self, "urls", MappingProxyType(cleaned))
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    def url(self, service: str) -> str:
        """Return the base URL of a service, without a trailing slash.

        Raises:
            ConfigurationError: The store has no such service.
        """
        try:
            return self.urls[service]
        except KeyError:
            raise ConfigurationError(
                f"The store {self.name!r} has no {service!r} URL.",
                why=f"Its URLs are: {', '.join(sorted(self.urls))}.",
                advice=f"Add '{service}' to the URLs of the store in the configuration file.",
            ) from None

    @property
    def host(self) -> str:
        """Network location of the API; the user name under which keyrings file credentials."""
        return urlsplit(self.urls["api"]).netloc

    @property
    def origins(self) -> frozenset[str]:
        """The origins of all services, see :func:`~craft_store_core.origins.origin_of`."""
        return frozenset(origin_of(url) for url in self.urls.values())

    def with_urls(self, urls: Mapping[str, str]) -> Store:
        """Return the same store with some base URLs replaced.

        Where the API is replaced, the other services that get credentials must be too: those that
        are not are left out, so that credentials of one store never reach another's gateway.
        """
        kept = dict(self.urls)
        if "api" in urls:
            kept = {key: url for key, url in kept.items() if key not in self.credential_services}
        return replace(self, urls={**kept, **urls})
