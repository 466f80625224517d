"""Image resources: read, pushed to the store's registry, and registered at the store.

Source: Publisher Gateway reference, section 12.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from craft_store_charmhub.models import ImageCredentials
from craft_store_core.errors import (
    BadRequestError,
    NotFoundError,
    StoreUnavailableError,
    UnexpectedResponseError,
)
from craft_store_core.models import ResourceBase
from craft_store_core.plugins import operation, origin_of
from craft_store_core.stores.gateway import GatewayUploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_charmhub.oci.images import Image
    from craft_store_core.plugins import HTTPClient, ResourceContent, Store, TaskFactory

IMAGE = "oci-image"
"""The type of resources that are images."""


@dataclass(frozen=True)
class ImageContent:
    """An image that was read.

    Attributes:
        image: The image.
        http: What fetches its layers, where they are in a registry.
    """

    image: Image
    http: HTTPClient | None = field(default=None, repr=False)

    @property
    def source(self) -> str:
        """Where it is, as the user wrote it."""
        return self.image.title

    @property
    def digest(self) -> str:
        """Digest of its manifest or index."""
        return self.image.digest

    @property
    def size(self) -> int:
        """Bytes of all its layers and configurations."""
        return self.image.size

    @property
    def bases(self) -> tuple[ResourceBase, ...]:
        """The architectures that it runs on."""
        return (ResourceBase(self.image.architectures),)


class CharmhubImages(GatewayUploads):
    """Implements ``ResourceTransport`` for OCI images."""

    transported_types = frozenset({IMAGE})

    def read_resource(
        self, resource_type: str, source: Path | str, *, folder: Path, task: TaskFactory
    ) -> ImageContent:
        """Read and check an image.

        Args:
            resource_type: ``oci-image``.
            source: A file, a folder, or a text as :mod:`craft_store_charmhub.oci.sources` has it.
            folder: Where relative paths begin.
            task: Shows the reading.

        Raises:
            UsageError: The text names no image.
            ArtifactError: The image is missing, damaged, or not understood.
            StoreError: Its registry refuses.
            TransportError: Its registry does not answer.
        """
        from craft_store_charmhub.oci.reading import read_file_source
        from craft_store_charmhub.oci.remote import read_remote
        from craft_store_charmhub.oci.sources import FileSource, parse_source

        parsed = parse_source(source, folder)
        with task(f"Reading {parsed.text}", None) as reading:
            if isinstance(parsed, FileSource):
                return ImageContent(
                    read_file_source(parsed, reading.update if reading is not None else None)
                )
            # Its connections are opened again when the layers are fetched.
            with self.session.for_origins(None) as http:
                return ImageContent(read_remote(http, parsed), http)

    def resource_digest(self, name: str, resource: str, content: ResourceContent) -> str | None:
        """Return the sha3-384 of what stands for an image; None when the store has none."""
        try:
            blob = self.image_blob(name, resource, content.digest)
        except (BadRequestError, NotFoundError, StoreUnavailableError):
            # What the store says of an image that was never pushed is not known (section 12.3). If
            # it is something else that is wrong, the push will tell.
            return None
        return hashlib.sha3_384(blob).hexdigest()

    @operation("package-manage-revisions")
    def transport_resource(
        self,
        name: str,
        resource: str,
        content: ResourceContent,
        *,
        task: TaskFactory,
        progress: Callable[[int], None] | None = None,
    ) -> str:
        """Push an image, and upload what stands for it; return the upload id.

        Args:
            name: The charm; a revision of it must declare the resource.
            resource: The resource, of type ``oci-image``.
            content: What :meth:`read_resource` returned.
            task: Shows the sending of each layer.
            progress: Called with the number of bytes of the image that the registry has.

        Raises:
            StoreError: The store or the registry refused.
            TransportError: One of them did not answer.
            ArtifactError: The image changed meanwhile.
        """
        if not isinstance(content, ImageContent):
            raise TypeError(f"{content!r} is not an image that was read here")
        credentials = self.image_credentials(name, resource)
        if content.http is None:
            self._push(content.image, credentials, task, progress)
        else:
            with content.http:
                self._push(content.image, credentials, task, progress)
        blob = self.image_blob(name, resource, content.digest)
        # The file holds a password: nobody else can read it, and it is gone afterwards.
        with tempfile.TemporaryDirectory(prefix="craft-store-") as folder:
            file = Path(folder, f"{resource}.json")
            file.write_bytes(blob)
            return self.upload_file(file)

    @operation("package-manage-revisions")
    def image_credentials(self, name: str, resource: str) -> ImageCredentials:
        """Return where and how to push the image of a resource; a short-lived secret."""
        target = self.package_path(name, "resources", resource, IMAGE, "upload-credentials")
        return self.ask("GET", target).model(ImageCredentials)

    @operation("package-manage-revisions")
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
        response = self.session.request(
            "POST",
            self.package_path(name, "resources", resource, IMAGE, "blob"),
            json={"image-digest": digest},
            repeatable=True,
        )
        return response.content

    def _push(
        self,
        image: Image,
        credentials: ImageCredentials,
        task: TaskFactory,
        progress: Callable[[int], None] | None,
    ) -> None:
        from craft_store_charmhub.oci.pushing import push_image
        from craft_store_charmhub.oci.registries import ImageRegistry, Login

        store = self.session.store
        url, path = registry_place(store, credentials.image_name)
        with self.session.for_origins(store.origins | {origin_of(url)}) as http:
            registry = ImageRegistry(
                http,
                url,
                path,
                actions="pull,push",
                login=Login(credentials.username, credentials.password),
                token_origins=store.origins,
            )
            push_image(http, registry, image, task, progress)


def registry_place(store: Store, image_name: str) -> tuple[str, str]:
    """Return the URL of the registry and the path of an image there.

    The store's own registry URL wins over the host that the store names, so that a user can have
    another one in its place, as charmcraft's ``CHARMCRAFT_REGISTRY_URL`` does (section 12.2).

    Args:
        store: The store.
        image_name: Host and path, as the store sent it.

    Raises:
        UnexpectedResponseError: The name is not of that form.
    """
    host, _, path = image_name.partition("/")
    if not host or not path or not set(image_name).isdisjoint("?#@\\ %"):
        raise UnexpectedResponseError(
            f"The store sent the image name {image_name[:100]!r}, which is not valid.",
            why="An image name has the form HOST/PATH.",
            advice="Check that the API URL belongs to the store.",
        )
    if "registry" in store.urls:
        return store.url("registry"), path
    # A store that is its own registry, such as the sandbox, may be without TLS on this machine.
    own = {urlsplit(url).netloc: urlsplit(url).scheme for url in store.urls.values()}
    return f"{own.get(host, 'https')}://{host}", path
