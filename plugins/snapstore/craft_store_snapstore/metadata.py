"""What the store shows of a snap: texts, tracks, pictures.

Source: Snap Store reference, sections 9.6, 9.9 and 10.
"""

from __future__ import annotations

import json
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from craft_store_core.models import Listing, Package, read_listing
from craft_store_core.plugins import BytesBody, operation
from craft_store_snapstore.area import DashboardArea, hyphenated, model
from craft_store_snapstore.models import MediaItem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from craft_store_snapstore.models import SnapArtifact

SINGLE = ("icon", "banner")
"""The kinds of pictures of which a snap has one at most."""

_DESCRIBED = (
    "title", "summary", "description", "license", "contact", "website", "links", "media", "private"
)  # fmt: skip


class DashboardMetadata(DashboardArea):
    """Metadata, texts, icons and other pictures."""

    @operation("package_access")
    def get_metadata(self, name: str) -> Package:
        """Return what the store knows of a snap, with its tracks.

        Texts for people are in :meth:`describe`.
        """
        answer = self._ask("GET", self._path("api", "v2", "snaps", name, "channel-map"))
        snap = hyphenated(answer.part("snap").document)
        tracks = snap.get("tracks")
        listed = tracks if isinstance(tracks, list) else []
        default = next((_name(track) for track in listed if _is_default(track)), None)
        return model(
            answer,
            Package,
            {
                **snap,
                "type": "snap",
                "default-track": snap.get("default-track") or default,
                "tracks": [_track(track) for track in listed],
            },
        )

    def describe(self, name: str) -> Package:
        """Return :meth:`get_metadata` with texts, links and pictures (section 13.1)."""
        known = self.get_metadata(name)
        answer = self._ask("GET", self._path("dev", "api", "snaps", "info", name))
        described = {key: answer.document[key] for key in _DESCRIBED if key in answer.document}
        return model(answer, Package, {**known.to_json(), **described})

    @operation("package_update")
    def update_metadata(self, name: str, changes: Mapping[str, Any]) -> Package:
        """Change some fields, whatever the store has there, and return the snap as it is then.

        Args:
            name: The snap.
            changes: Field, such as ``summary`` or ``default-track``, to its new value.

        Raises:
            BadRequestError: There is no such field.
            InvalidFieldError: A value cannot be.
        """
        self.push_metadata(name, changes, force=True)
        return self.get_metadata(name)

    @operation("package_update")
    def push_metadata(self, name: str, changes: Mapping[str, Any], *, force: bool = False) -> None:
        """Send fields.

        Args:
            name: The snap.
            changes: Field to value.
            force: Overwrite what was changed elsewhere since this was last sent.

        Raises:
            MetadataConflictError: Something was changed elsewhere; ``conflicts`` has what is there.
        """
        body = {field.replace("-", "_"): value for field, value in changes.items()}
        # The answer may be empty, or the fields: both mean that it was done.
        self._send(
            "PUT" if force else "POST", self._of_snap(name, "metadata"), json=body, repeatable=True
        )

    @operation("package_update")
    def push_snap_metadata(
        self, name: str, artifact: SnapArtifact, *, force: bool = False
    ) -> tuple[str, ...]:
        """Send what a snap file says of itself, its icon included; return the fields sent.

        Raises:
            MetadataConflictError: Something was changed elsewhere since.
        """
        fields = {
            "summary": artifact.summary,
            "description": artifact.description,
            "license": artifact.license,
            "title": artifact.title,
        }
        given = {field: value for field, value in fields.items() if value is not None}
        self.push_metadata(name, given, force=force)
        sent = list(given)
        if artifact.icon is not None and self.push_media(
            name, [("icon", *artifact.icon)], force=force
        ):
            sent.append("icon")
        return tuple(sent)

    @operation("package_update")
    def set_icon(self, name: str, icon: tuple[str, bytes] | None, *, force: bool = False) -> bool:
        """Replace the icon of a snap, or remove it; see :meth:`push_media`.

        Args:
            name: The snap.
            icon: File name and content; None removes it.
            force: Overwrite what was changed elsewhere.

        Returns:
            False where the store had exactly that: then nothing was sent.

        Raises:
            BadRequestError: It is too large, or of a wrong form or type.
            MetadataConflictError: It was changed elsewhere since.
        """
        if icon is None:
            return self.push_media(name, [], remove=["icon"], force=force)
        return self.push_media(name, [("icon", *icon)], force=force)

    @operation("package_access")
    def list_media(self, name: str) -> Listing[MediaItem]:
        """Return the pictures of a snap."""
        return read_listing(MediaItem, self._media(name))

    @operation("package_update")
    def push_media(
        self,
        name: str,
        files: Sequence[tuple[str, str, bytes]],
        *,
        remove: Sequence[str] = (),
        force: bool = False,
    ) -> bool:
        """Add pictures, or put them in the place of the old ones; nothing else is touched.

        Args:
            name: The snap.
            files: Type (``icon``, ``banner``, ``screenshot``), file name and content of each. Of
                icons and banners there is one at most.
            remove: Types of which nothing shall stay.
            force: Overwrite what was changed elsewhere.

        Returns:
            False where the store had exactly that: then nothing was sent.

        Raises:
            BadRequestError: A picture is too large, or of a wrong form or type.
            MetadataConflictError: A picture was changed elsewhere since.
        """
        current = self._media(name)
        new = [
            (kind, filename, content, sha256(content).hexdigest())
            for kind, filename, content in files
        ]
        replaced = {kind for kind, *_ in new if kind in SINGLE} | {*remove}
        known = {(item.get("type"), item.get("hash")) for item in current}
        added = [item for item in new if (item[0], item[3]) not in known]
        # A file that is there already is kept as it is, also where its kind is replaced.
        kept_again = {(kind, digest) for kind, _, _, digest in new}
        kept = [
            item
            for item in current
            if item.get("type") not in replaced
            or (item.get("type"), item.get("hash")) in kept_again
        ]
        if not added and len(kept) == len(current):
            return False
        self._send(
            "PUT" if force else "POST",
            self._of_snap(name, "binary-metadata"),
            data=_form(kept, added),
            repeatable=True,
        )
        return True

    def _media(self, name: str) -> list[Any]:
        listed = self._ask_list("GET", self._of_snap(name, "binary-metadata"))
        return [item for item in listed if isinstance(item, dict)]


def _form(kept: Sequence[Any], added: Sequence[tuple[str, str, bytes, str]]) -> BytesBody:
    """Return the multipart body: the complete wanted set, and the files that are new in it."""
    info = [
        *kept,
        *(
            {"type": kind, "hash": digest, "key": f"{kind}-{number}", "filename": filename}
            for number, (kind, filename, _, digest) in enumerate(added)
        ),
    ]
    # As a file part: a body with no file in it would not be multipart for some servers.
    parts = [("info", "", "application/json", json.dumps(info).encode())] + [
        (f"{kind}-{number}", filename, "application/octet-stream", content)
        for number, (kind, filename, content, _) in enumerate(added)
    ]
    boundary = secrets.token_hex(16)
    body = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\nContent-Type: %s\r\n\r\n%s\r\n"
        % (boundary.encode(), _disposition(key, filename), kind.encode(), content)
        for key, filename, kind, content in parts
    )
    end = f"--{boundary}--\r\n".encode()
    return BytesBody(body + end, f"multipart/form-data; boundary={boundary}")


def _disposition(key: str, filename: str) -> bytes:
    safe = "".join(c if c.isprintable() and c not in '"\\' else "_" for c in filename)
    return f'name="{key}"; filename="{safe}"'.encode()


def _name(track: Any) -> Any:
    return track.get("name")


def _is_default(track: Any) -> bool:
    return (
        isinstance(track, dict)
        and track.get("status") == "default"
        and track.get("name") != "latest"
    )


def _track(track: Any) -> Any:
    if not isinstance(track, dict):
        return track
    known = hyphenated(track)
    return {**known, "created-at": known.get("creation-date")}
