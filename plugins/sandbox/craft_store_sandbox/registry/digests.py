"""Digests as the registry writes them: ``sha256:`` and hexadecimal digits."""

from __future__ import annotations

import hashlib
import re

from craft_store_sandbox.serving.errors import RegistryError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


def checked_digest(text: str) -> str:
    """The digest, if it is one.

    Raises:
        RegistryError: 400 ``DIGEST_INVALID``.
    """
    if not _DIGEST.fullmatch(text):
        raise RegistryError(400, "DIGEST_INVALID", f"{text[:80]!r} is not a digest")
    return text


def is_digest(text: str) -> bool:
    """Whether a manifest is named by its digest and not by a tag."""
    return ":" in text


def algorithm_of(digest: str) -> str:
    """The name by which `hashlib.new` knows the algorithm."""
    return digest.partition(":")[0]


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """The digest of some bytes."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
