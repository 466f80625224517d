"""OCI images: read from where they are, checked, and pushed to a registry. No daemon is needed.

Reading order: ``sources.py`` (what a user can name), ``images.py`` (an image that was read),
``layouts.py``, ``docker_archives.py`` and ``remote.py`` (the three ways to read one),
``registries.py`` (requests to a registry) and ``pushing.py``.

Manifests are kept byte for byte, so that digests stay what they were. Only what ``docker save``
wrote before Docker 25 has no manifest; for that one is made, the same each time.

Sources: Publisher Gateway reference, section 12.2; the OCI image and distribution specifications,
version 1.1; Docker's image manifest, version 2, schema 2.
"""

from __future__ import annotations
