"""The OCI registry behind image resources (Publisher Gateway reference, section 12.2).

It has what pushing and pulling need: blobs in one or many parts, manifests by tag and by digest,
Basic authentication and, on request, Bearer tokens with the service that issues them. It is served
on the origin of the API.

Reading order: ``access.py`` (who may do what), ``blobs.py``, ``manifests.py``.
"""

from __future__ import annotations
