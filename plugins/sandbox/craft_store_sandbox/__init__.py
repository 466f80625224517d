"""An embedded store of charms and snaps: real HTTP, real macaroons, real files, on loopback.

`Sandbox` serves the Publisher Gateway with its image registry, the Snap Store's dashboard, their
storage host, Ubuntu One single sign-on and a Candid identity service from one process::

    with Sandbox() as sandbox:
        account = sandbox.add_account("jo@example.com", "a password", totp=True)
        print(sandbox.urls.api)

Names are loaded when they are first used, so importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from craft_store_core import __version__

if TYPE_CHECKING:
    from .accounts import AccountInfo
    from .charms import build_charm
    from .clock import Clock
    from .faults import Fault, Faults
    from .image_building import BuiltImage, build_image
    from .recording import RecordedRequest
    from .registry.switches import RegistrySwitches
    from .sandbox import Sandbox
    from .settings import ReviewPace, SandboxUrls, TLSFiles
    from .snap_building import PackerMissing, build_component, build_snap
    from .snap_controls import SnapMacaroons
    from .snap_switches import SnapOutcome, SnapSwitches

__all__ = [
    "NOT_EMULATED",
    "AccountInfo",
    "BuiltImage",
    "Clock",
    "Fault",
    "Faults",
    "PackerMissing",
    "RecordedRequest",
    "RegistrySwitches",
    "ReviewPace",
    "Sandbox",
    "SandboxUrls",
    "SnapMacaroons",
    "SnapOutcome",
    "SnapSwitches",
    "TLSFiles",
    "__version__",
    "build_charm",
    "build_component",
    "build_image",
    "build_snap",
]

NOT_EMULATED = MappingProxyType(
    {
        "deleting images": "no client here deletes an image",
        "charm categories": "a property of the public site, of no use to a publisher",
        "charm refresh": "it belongs to the installer's protocol",
        "namespaces other than charm and snap": "no client here publishes to them",
        "e-mail": "an invitation returns its token; no mail is sent",
        "brand store administration": "only names can be registered there",
        "delta uploads of snaps": "refused as deltas that do not apply: clients then send all",
        "release history of the first generation": "only clients before 2018 used it",
        "signatures of assertions": "only snapd can check them; headers are checked",
        "snap review tools": "no interface is judged: a test decides what needs a review",
    }
)
"""What the sandbox does not do, each with the reason."""

_MODULES = {
    "AccountInfo": "accounts",
    "BuiltImage": "image_building",
    "Clock": "clock",
    "Fault": "faults",
    "Faults": "faults",
    "PackerMissing": "snap_building",
    "RecordedRequest": "recording",
    "RegistrySwitches": "registry.switches",
    "ReviewPace": "settings",
    "Sandbox": "sandbox",
    "SandboxUrls": "settings",
    "SnapMacaroons": "snap_controls",
    "SnapOutcome": "snap_switches",
    "SnapSwitches": "snap_switches",
    "TLSFiles": "settings",
    "build_charm": "charms",
    "build_component": "snap_building",
    "build_image": "image_building",
    "build_snap": "snap_building",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f".{_MODULES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
