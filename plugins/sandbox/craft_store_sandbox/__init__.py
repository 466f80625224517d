"""An embedded store of charms and snaps: real HTTP, real macaroons, real files, on loopback.

`Sandbox` serves the Publisher Gateway with its image registry, the Snap Store's dashboard, their
storage host, Ubuntu One single sign-on and a Candid identity service from one process::

    with Sandbox() as sandbox:
        account = sandbox.add_account("jo@example.com", "a password", totp=True)
        print(sandbox.urls.api)

Names are loaded when they are first used, so importing this package costs next to nothing.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from craft_store_core import __version__
from craft_store_core.plugins import lazy_names

if TYPE_CHECKING:
    from craft_store_core.testing import Fault, RecordedRequest
    from craft_store_sandbox.charms.building import build_charm
    from craft_store_sandbox.charms.image_building import BuiltImage, build_image
    from craft_store_sandbox.sandbox import Sandbox
    from craft_store_sandbox.serving.faults import Faults
    from craft_store_sandbox.snaps.building import PackerMissingError, build_component, build_snap
    from craft_store_sandbox.snaps.controls import SnapMacaroons
    from craft_store_sandbox.state.accounts import AccountInfo
    from craft_store_sandbox.state.clock import Clock
    from craft_store_sandbox.state.settings import (
        RegistrySwitches,
        ReviewPace,
        SandboxUrls,
        SnapOutcome,
        SnapSwitches,
        TLSFiles,
    )
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "NOT_EMULATED",
    "AccountInfo",
    "BuiltImage",
    "Clock",
    "Fault",
    "Faults",
    "PackerMissingError",
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
