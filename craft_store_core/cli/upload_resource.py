"""``craft-store upload-resource``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import CommandResult
from craft_store_core.cli.review_options import timeout_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_core.cli.application import Application
    from craft_store_core.cli.publish_output import ImageDigest
    from craft_store_core.models import ResourceBase
    from craft_store_core.stores.client import StoreClient
    from craft_store_core.stores.reviews import Polling


@dataclass(frozen=True)
class UploadedResource(CommandResult):
    """The new revision of a resource.

    Attributes:
        type: The resource's type, such as file or oci-image.
        digest: Of an image; null for a file.
        bases: What the revision fits; empty for a file, which fits everything.
    """

    name: str
    resource: str
    type: str
    revision: int
    upload_id: str
    digest: ImageDigest | None
    bases: Sequence[ResourceBase]

    def lines(self) -> tuple[str, ...]:
        """Show the revision, and of an image what it fits."""
        image = ""
        if self.digest is not None:
            architectures = {name for base in self.bases for name in base.architectures}
            image = f" ({self.digest}, {', '.join(sorted(architectures))})"
        return (f"{self.name}: resource {self.resource} revision {self.revision}{image}",)


@click.command("upload-resource")
@click.argument("name")
@click.argument("resource")
@click.argument("source")
@click.option(
    "--type",
    "resource_type",
    metavar="TYPE",
    help="Type of the resource, such as file or oci-image (default: the type at the store).",
)
@timeout_option
@click.pass_obj
def command(
    app: Application,
    *,
    name: str,
    resource: str,
    source: str,
    resource_type: str | None,
    polling: Polling,
) -> UploadedResource:
    """Upload a file or an image as a new revision of a resource, and wait for its review.

    SOURCE is a file. For a resource that is an OCI image, SOURCE is an image: an archive
    (image.tar, app.rock), a folder, oci-archive:FILE:TAG, oci:FOLDER:TAG, docker-archive:FILE:TAG
    or docker://HOST/NAME:TAG. No container daemon or other program is needed. Layers that the
    registry already has are not uploaded again. Uploading the same image again returns the existing
    revision.

    Example: craft-store upload-resource acme-web web-image image.tar
    """
    with app.connect() as client:
        kind = resource_type or declared_type(client, name, resource)
        content = client.read_resource(kind, source) if client.transports(kind) else None
        if content is None:
            upload_id = client.upload_file(Path(source))
        else:
            upload_id = client.transport_resource(name, resource, content)
        bases = () if content is None else content.bases
        client.push_resource(name, resource, upload_id, resource_type=kind, bases=bases)
        revision = client.wait_for_review(name, upload_id, polling)
    digest = None if content is None else content.digest
    return UploadedResource(name, resource, kind, revision, upload_id, digest, bases)


def declared_type(client: StoreClient, name: str, resource: str) -> str:
    """Return the type of a resource, as the newest revision that declares it says.

    Where the store does not tell, it is a file.

    Raises:
        UsageError: No revision declares the resource.
    """
    from craft_store_core.errors import UsageError

    if not client.supports("list-resources"):
        return "file"
    declared = sorted(client.list_resources(name), key=lambda item: item.revision or 0)
    types = {item.name: item.type or "file" for item in declared}
    if resource not in types:
        raise UsageError(
            f"{name} does not declare the resource {resource!r}.",
            why=f"Its revisions declare: {', '.join(sorted(types)) or 'none'}.",
            advice=f"Correct the name, or first upload a revision of {name} that declares it.",
        )
    return types[resource]
