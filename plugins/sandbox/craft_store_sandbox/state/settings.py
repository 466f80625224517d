"""What a sandbox is configured with, and where it can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class SandboxUrls:
    """Base URLs of the services, without a trailing slash.

    Attributes:
        api: the Publisher Gateway and the public read API.
        storage: the storage host.
        sso: Ubuntu One single sign-on.
        candid: the identity service, with its path ``/identity``.
        dashboard: the Snap Store's dashboard; on premises the same as `api`.
    """

    api: str
    storage: str
    sso: str
    candid: str
    dashboard: str

    @property
    def sso_host(self) -> str:
        """``host:port`` of single sign-on, as root macaroons name it.

        Source: Publisher Gateway reference, section 3.10.
        """
        return urlsplit(self.sso).netloc


@dataclass(frozen=True)
class TLSFiles:
    """A certificate chain and its private key, both PEM files."""

    certificate: Path
    private_key: Path


@dataclass(frozen=True)
class ReviewPace:
    """How long a review takes.

    Attributes:
        polls: how many review polls still answer ``new`` or ``scanned`` before the last state.
        seconds: time on the sandbox's clock after which the review ends without being polled.
    """

    polls: int = 1
    seconds: float = 5.0
