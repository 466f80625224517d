"""From a file to a revision: storage upload, notification, review.

Source: Publisher Gateway reference, sections 8, 9 and 21.3.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from craft_store_core.errors import (
    BadRequestError,
    NotFoundError,
    StoreError,
    StoreTimeoutError,
    StoreUnavailableError,
    StoreUnreachableError,
)
from craft_store_core.http.upload import MultipartBody
from craft_store_core.models import Listing, ReviewStatus, Revision
from craft_store_core.plugins.answers import Answer, architecture_as_base, numbered
from craft_store_core.plugins.endpoint_sets import operation
from craft_store_core.stores.gateway.area import GatewayArea

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger(__name__)

_UNSCANNED = "/unscanned-upload/"
_OUTCOME_UNKNOWN = (StoreUnreachableError, StoreTimeoutError, StoreUnavailableError)


class GatewayUploads(GatewayArea):
    """Uploads, their reviews, and the revisions that come of them."""

    @operation()
    def upload_file(self, file: Path, *, progress: Callable[[int], None] | None = None) -> str:
        """Send a file to storage. Nothing refers to it yet, so that sending it twice is harmless.

        Args:
            file: The file.
            progress: Called with the number of bytes of the file sent so far.

        Returns:
            The upload id, to be used once.

        Raises:
            ArtifactError: The file cannot be read, or changed while it was sent.
            BadRequestError: The storage host did not take it.
        """
        with MultipartBody(file, progress=progress) as body:
            response = self.session.upload(_UNSCANNED, body)
        answer = Answer(response, f"POST {_UNSCANNED} of the storage host")
        if answer.document.get("successful") is not True:
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
        return answer.text("upload_id")

    @operation("package-manage-revisions")
    def push_revision(self, name: str, upload_id: str) -> str:
        """Make an uploaded blob a revision of a package.

        Returns:
            The absolute URL of the review's state; :meth:`review_status` asks there by the
            upload id.
        """
        return self._notify(name, self.package_path(name, "revisions"), {"upload-id": upload_id})

    @operation("package-view-revisions")
    def review_status(self, name: str, upload_id: str) -> ReviewStatus:
        """Return the state of an upload's review (of a revision or of a resource).

        Raises:
            NotFoundError: The store does not list that upload (yet).
        """
        answer = self.ask("GET", self._review_path(name), params={"upload-id": upload_id})
        reviews = answer.listing(ReviewStatus, "revisions")
        for review in reviews:
            if review.upload_id == upload_id:
                return review
        if reviews.unreadable:
            raise answer.unexpected(
                f"A review in the response cannot be read: {reviews.unreadable[0].reason}."
            )
        raise NotFoundError(
            f"The store does not list the upload {upload_id} of {name!r}.",
            status=answer.response.status,
            request_id=answer.response.request_id,
            why="The upload belongs to another package, or it is not yet visible.",
            advice="Check the upload id, or try again in some seconds.",
        )

    @operation("package-view-revisions")
    def list_revisions(self, name: str) -> Listing[Revision]:
        """Return the revisions, oldest first; also the rejected ones."""
        answer = self.ask("GET", self.package_path(name, "revisions"))
        return numbered(answer.listing(Revision, "revisions", adapt=architecture_as_base))

    def _review_path(self, name: str) -> str:
        return self.package_path(name, "revisions", "review")

    def _notify(self, name: str, target: str, body: dict[str, Any]) -> str:
        """Turn an upload into a revision, sending the request again only if it was not seen.

        A repeated upload id has no defined effect, and the same bytes are refused the second
        time. So when the outcome is unknown, the review list is asked first.
        """
        try:
            return self._notified(target, body)
        except _OUTCOME_UNKNOWN as error:
            if self._is_under_review(name, body["upload-id"], error):
                return self._review_url(name, body["upload-id"])
        logger.debug("The store lost the upload after a failure; uploading it again")
        return self._notified(target, body)

    def _notified(self, target: str, body: dict[str, Any]) -> str:
        answer = self.ask("POST", target, json=body, repeatable=False)
        return self.session.url(answer.text("status-url"))

    def _is_under_review(self, name: str, upload_id: str, failure: Exception) -> bool:
        try:
            self.review_status(name, upload_id)
        except NotFoundError:
            return False
        except _OUTCOME_UNKNOWN:
            raise failure from None
        except StoreError:
            # Credentials may allow to upload but not to look: then nothing can be repeated.
            raise failure from None
        return True

    def _review_url(self, name: str, upload_id: str) -> str:
        query = urlencode({"upload-id": upload_id})
        return self.session.url(f"{self._review_path(name)}?{query}")
