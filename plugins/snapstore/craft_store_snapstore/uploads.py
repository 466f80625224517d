"""From a file to a revision: storage, precheck, push, processing.

Source: Snap Store reference, section 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.errors import BadRequestError, UsageError
from craft_store_core.plugins import Answer, MultipartBody, operation
from craft_store_snapstore.area import SERIES, DashboardArea, hyphenated, model
from craft_store_snapstore.models import SnapReviewStatus
from craft_store_snapstore.snap_file import build_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from craft_store_core.plugins import Channel, StoreSession

_UNSCANNED = "/unscanned-upload/"
_PUSH = "/dev/api/snap-push/"

# The dashboard's words for the end of the processing. Errors decide only where a word is new:
# a rejected upload may come without any.
_OUTCOMES = {
    "ready_to_release": "approved",
    "processing_error": "rejected",
    "processing_upload_delta_error": "rejected",
    "error": "rejected",
    "need_manual_review": "need_manual_review",
}


class DashboardUploads(DashboardArea):
    """Uploads of snaps and their components, checks, and processing."""

    def __init__(self, session: StoreSession) -> None:
        super().__init__(session)
        # What a push says of a file that was sent before: bytes, and when it was built.
        self._sizes: dict[str, int] = {}
        self._built_at: dict[str, str] = {}
        self._status_urls: dict[str, str] = {}

    @operation()
    def upload_file(self, file: Path, *, progress: Callable[[int], None] | None = None) -> str:
        """Send a file to storage. Nothing refers to it yet, so that sending it twice is harmless.

        Args:
            file: The file, of a snap or of a component.
            progress: Called with the number of bytes of the file sent so far.

        Returns:
            The upload id.

        Raises:
            ArtifactError: The file cannot be read, or changed while it was sent.
            BadRequestError: The storage host did not take it.
        """
        with MultipartBody(file, progress=progress) as body:
            response = self.session.upload(_UNSCANNED, body)
            size = body.file_size
        answer = Answer(response, f"POST {_UNSCANNED} of the storage host")
        # Servers of some age do not say that it was successful.
        if answer.document.get("successful", True) is not True:
            raise BadRequestError(
                f"The storage host rejected {file.name}.",
                status=response.status,
                request_id=response.request_id,
                why="The storage host reported that the upload failed.",
                advice=(
                    "Try again. If the error persists, report it to the operators of the "
                    "store with "
                    "the time."
                ),
            )
        upload_id = answer.text("upload_id")
        self._sizes[upload_id] = size
        if (built := build_time(file)) is not None:
            self._built_at[upload_id] = built
        return upload_id

    @operation("package_push")
    def check_upload(self, name: str) -> None:
        """Ask whether an upload would be taken, before a byte of it is sent.

        Raises:
            NotFoundError: The name is not registered.
            PermissionRequiredError: It belongs to somebody else.
            PermissionRequiredError: The credentials do not allow uploads.
        """
        # What the answer says is not laid down; that it is no refusal is all that counts.
        self._send("POST", _PUSH, json={"name": name, "dry_run": True}, repeatable=True)

    @operation("package_push")
    def push_revision(self, name: str, upload_id: str) -> str:
        """Make an uploaded snap a revision; return where its processing can be asked for."""
        return self.push(name, upload_id)

    @operation("package_push")
    def push_components(self, name: str, upload_id: str, components: Mapping[str, str]) -> str:
        """Make an uploaded snap, together with its components, a revision.

        Args:
            name: The snap.
            upload_id: Its upload.
            components: Name of each component that it declares, to the component's upload id.
        """
        return self.push(name, upload_id, components=components)

    @operation("package_release")
    def push_to_channels(
        self,
        name: str,
        upload_id: str,
        channels: Sequence[Channel],
        *,
        components: Mapping[str, str] | None = None,
        only_if_newer: bool = False,
    ) -> str:
        """Make an uploaded snap a revision that the store releases as soon as it is approved."""
        return self.push(
            name,
            upload_id,
            components=components,
            channels=[str(channel) for channel in channels],
            only_if_newer=only_if_newer,
        )

    def push(
        self,
        name: str,
        upload_id: str,
        *,
        components: Mapping[str, str] | None = None,
        channels: Sequence[str] = (),
        only_if_newer: bool = False,
        built_at: str | None = None,
    ) -> str:
        """Make an upload a revision, with everything that the dashboard takes for it.

        It is not sent a second time when an answer is lost: then nobody knows whether the store
        has it. Publishing again finds that out by the digest of the file.

        Args:
            name: The snap.
            upload_id: Its upload.
            components: All components that it declares, by name; their upload ids.
            channels: Release it there as soon as it is accepted, also by a person.
            only_if_newer: Only where it is newer than what is there.
            built_at: When its build began; by default what the file says.

        Returns:
            The URL that :meth:`review_status` asks.
        """
        body: dict[str, Any] = {
            "name": name,
            "series": SERIES,
            "updown_id": upload_id,
            "source_uploaded": False,
            "binary_filesize": self._sizes.get(upload_id),
            "built_at": built_at or self._built_at.get(upload_id),
            "channels": list(channels) or None,
            "only_if_newer": True if only_if_newer else None,
            "components": dict(components) if components else None,
        }
        answer = self._ask(
            "POST",
            _PUSH,
            json={key: value for key, value in body.items() if value is not None},
            repeatable=False,
        )
        url = self.session.url(answer.text("status_details_url"))
        self._status_urls[upload_id] = url
        return url

    def review_reference(self, upload_id: str) -> str:
        """Return what another process can ask :meth:`review_status` by: the status URL."""
        return self._status_urls.get(upload_id, upload_id)

    @operation()
    def review_status(self, name: str, upload_id: str) -> SnapReviewStatus:
        """Return how far the processing of an upload is.

        Args:
            name: The snap.
            upload_id: Of an upload that this client pushed, or the URL that :meth:`push` returned.

        Raises:
            UsageError: It is neither.
        """
        url = self.review_reference(upload_id)
        if "/" not in url:
            raise UsageError(
                f"The status of the upload {upload_id!r} is unknown.",
                why=(
                    "The Snap Store reports the status of an upload only at the URL that "
                    "it returned "
                    "for it."
                ),
                advice="Pass this URL, which the upload command printed, instead of the id.",
            )
        answer = self._ask("GET", self.session.url(url), authenticated=False)
        document = hyphenated(answer.document)
        return model(answer, SnapReviewStatus, {**document, **_state(document), "upload-id": url})


def _state(document: dict[str, Any]) -> dict[str, Any]:
    """Return code and state, in the dashboard's and in the core's words."""
    code = str(document.get("code") or "unknown")
    if not document.get("processed"):
        # A word of the core here would end the waiting.
        return {"code": code, "status": f"processing ({code})" if code in _FINAL else code}
    unclear = "approved" if document.get("revision") and not document.get("errors") else "rejected"
    return {"code": code, "status": _OUTCOMES.get(code, unclear)}


_FINAL = frozenset({"approved", "rejected"})
