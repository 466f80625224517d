"""An embedded charm store: real HTTP, real macaroons, real files, on loopback.

`Sandbox` serves the Publisher Gateway, its storage host, Ubuntu One single sign-on and a Candid
identity service from one process::

    with Sandbox() as sandbox:
        account = sandbox.add_account("jo@example.com", "a password", totp=True)
        print(sandbox.urls.api)

Names are loaded when they are first used, so importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accounts import AccountInfo
    from .charms import build_charm
    from .clock import Clock
    from .faults import Fault, Faults
    from .recording import RecordedRequest
    from .sandbox import Sandbox
    from .settings import ReviewPace, SandboxUrls, TLSFiles

__version__ = "0.1.0"

__all__ = [
    "NOT_EMULATED",
    "AccountInfo",
    "Clock",
    "Fault",
    "Faults",
    "RecordedRequest",
    "ReviewPace",
    "Sandbox",
    "SandboxUrls",
    "TLSFiles",
    "build_charm",
]

NOT_EMULATED = MappingProxyType(
    {
        "OCI image registry": "image layers are not stored; any digest is accepted for the blob",
        "offline token exchange": "only on-premises stores have it",
        "charm categories": "a property of the public site, of no use to a publisher",
        "charm refresh": "the installer's protocol, not the publisher's",
        "namespaces other than charm": "charms and bundles are what this store holds",
        "snap store dashboard": "its macaroons come from the Python API, not from an endpoint",
        "e-mail": "invitations are answered with their token and sent to nobody",
        "brand stores": "no charm client needs them",
    }
)
"""What the sandbox does not do, each with the reason."""

_MODULES = {
    "AccountInfo": "accounts",
    "Clock": "clock",
    "Fault": "faults",
    "Faults": "faults",
    "RecordedRequest": "recording",
    "ReviewPace": "settings",
    "Sandbox": "sandbox",
    "SandboxUrls": "settings",
    "TLSFiles": "settings",
    "build_charm": "charms",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f".{_MODULES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
