"""Image resources: where to push an image, and the blob that stands for it.

Source: Publisher Gateway reference, section 12.
"""

from __future__ import annotations

from craft_store_charmhub.models import ImageCredentials
from craft_store_core.endpoints.gateway.area import GatewayArea


class CharmhubImages(GatewayArea):
    """The store's side of OCI image resources; the image itself goes to the registry."""

    def image_credentials(self, name: str, resource: str) -> ImageCredentials:
        """Return where and how to push the image of a resource; a short-lived secret."""
        target = self._path(name, "resources", resource, "oci-image", "upload-credentials")
        return self._ask("GET", target).model(ImageCredentials)

    def image_blob(self, name: str, resource: str, digest: str) -> bytes:
        """Return what must be uploaded as the resource's file for an image that was pushed.

        Args:
            name: The charm.
            resource: The resource, of type ``oci-image``.
            digest: Of the image's manifest, as in ``sha256:6105…``.

        Returns:
            Bytes to be uploaded as they are, always the same for one digest. They hold a
            long-lived password for reading the image: a secret.
        """
        response = self._session.request(
            "POST",
            self._path(name, "resources", resource, "oci-image", "blob"),
            json={"image-digest": digest},
            repeatable=True,
        )
        return response.content
