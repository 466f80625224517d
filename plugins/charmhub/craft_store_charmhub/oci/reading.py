"""Reading an image of a file or a folder, whatever form it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_charmhub.oci import docker_archives, layouts
from craft_store_charmhub.oci.files import Folder, TarArchive
from craft_store_core.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_charmhub.oci.images import Image
    from craft_store_charmhub.oci.sources import FileSource


def read_file_source(source: FileSource, progress: Callable[[int], None] | None = None) -> Image:
    """Read an image, and check every byte of it.

    An archive that is both an OCI layout and a docker archive, as Docker 25 and later write, is
    read as a layout: its manifest is there already.

    Args:
        source: Where it is, and what the user says that it is.
        progress: Called with the number of bytes that were checked.

    Raises:
        ArtifactError: It is missing, or no image that can be used.
    """
    path, form = source.path, source.form
    if not path.exists():
        raise ArtifactError(f"The image {source.text!r} does not exist.", advice="Check the path.")
    if path.is_dir():
        if form in {"oci-archive", "docker-archive"}:
            raise ArtifactError(
                f"{source.text} is not an archive.",
                why="The path is a folder.",
                advice=f"Write oci:{path}.",
            )
        return layouts.read_layout(Folder(path), source, progress)
    if not path.is_file():
        raise ArtifactError(f"{source.text} cannot be read.", why="The path is not a regular file.")
    if form == "oci":
        raise ArtifactError(
            f"{source.text} is not a folder.",
            why="The path is a file.",
            advice=f"Write oci-archive:{path}.",
        )
    archive = TarArchive(path)
    is_layout = archive.find(layouts.MARKER) is not None
    if form == "docker-archive" or (form == "any" and not is_layout):
        return docker_archives.read_docker_archive(archive, source, progress)
    return layouts.read_layout(archive, source, progress)
