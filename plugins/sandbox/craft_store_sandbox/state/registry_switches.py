"""What tests set to make the registry behave otherwise (Publisher Gateway reference, section 12.2).

::

    sandbox.registry.bearer = True
    sandbox.registry.any_digest = True
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class RegistrySwitches:
    """Switches of the registry; an untouched one changes nothing.

    Attributes:
        bearer: authenticate with tokens of a token service instead of Basic (section 12.2, G1).
        realm: URL of the token service that the challenge names; None names the sandbox's own.
        upload_location: what the answer to the beginning of an upload names as its place, with
            ``{path}`` for the true one; clients must not follow it to another origin.
        push_seconds: lifetime of the password that pushes an image, by the sandbox's clock.
        token_seconds: lifetime of a Bearer token.
        public: let anybody read images, as registries outside of stores do.
        any_digest: give out the blob of images that were never pushed, for clients that push
            nothing (section 12.2).
    """

    bearer: bool = False
    realm: str | None = None
    upload_location: str = "{path}"
    push_seconds: float = 3600.0
    token_seconds: float = 300.0
    public: bool = False
    any_digest: bool = False
