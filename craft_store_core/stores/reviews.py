"""Waiting for a store's review: polling that starts short and grows, with a deadline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from craft_store_core.errors import (
    CertificateError,
    CraftStoreError,
    DeadlinePassedError,
    HostNotAllowedError,
    NotFoundError,
    RateLimitedError,
    ReviewPendingError,
    ReviewRejectedError,
    ReviewTimeoutError,
    StoreUnavailableError,
    TransportError,
    UnexpectedResponseError,
)
from craft_store_core.http.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.models import ReviewStatus

NOT_FOUND_GRACE = 10.0
"""Seconds during which a 404 means "not visible yet" rather than "unknown"."""


@dataclass(frozen=True)
class Polling:
    """How a review is polled; all times in seconds.

    Attributes:
        timeout: Give up after this long; the review goes on at the store.
        first: Pause before the second question.
        factor: How much longer each pause is than the one before.
        longest: The longest pause.
    """

    timeout: float = 300.0
    first: float = 0.2
    factor: float = 1.5
    longest: float = 3.0


def wait_for_review(
    ask: Callable[[], ReviewStatus],
    upload_id: str,
    polling: Polling | None = None,
    *,
    work: Work | None = None,
    changed: Callable[[str], None] | None = None,
) -> int:
    """Ask for a review's state until it is final.

    Only ``approved`` with a revision, and ``rejected``, are final; an unknown state is waited for
    (Publisher Gateway reference, sections 9.3 and 21.4). Failures of the store while polling are
    transient until the deadline.

    Args:
        ask: Returns the state now.
        upload_id: What the errors name, so that a later command can go on.
        polling: Intervals and deadline.
        work: Ends the waiting, too.
        changed: Called with the state's name whenever it is another than before.

    Returns:
        The revision number.

    Raises:
        ReviewRejectedError: With the reasons.
        ReviewPendingError: A person must review it.
        ReviewTimeoutError: The deadline passed, or the store did not answer until then.
        NotFoundError: The store does not know the upload, also some seconds after it was made.
        StoreError: The store refuses to tell.
        WorkCancelledError: The work was cancelled.
    """
    polling, work = polling or Polling(), work or Work()
    review = work.part()
    review.limit(polling.timeout)
    start = work.clock()
    pause = polling.first
    state: str | None = None
    while True:
        status, trouble = _ask(ask, work.clock() - start)
        if status is not None:
            if status.status != state and changed is not None:
                changed(status.status)
            state = status.status
            if status.needs_person:
                raise _pending(status, upload_id)
            if status.finished:
                return _outcome(status, upload_id)
        if not review.remaining():
            raise _timeout(upload_id, polling.timeout, state, trouble) from trouble
        review.wait(pause)
        if work.cancelled:
            work.check()
        pause = min(pause * polling.factor, polling.longest)


def _ask(
    ask: Callable[[], ReviewStatus], elapsed: float
) -> tuple[ReviewStatus | None, CraftStoreError | None]:
    try:
        return ask(), None
    except DeadlinePassedError:
        return None, None  # it was not asked any more
    except (CertificateError, HostNotAllowedError):
        # These have no answer either, but waiting does not help.
        raise
    except NotFoundError as error:
        if elapsed > NOT_FOUND_GRACE:
            raise
        return None, error
    except (
        StoreUnavailableError,
        RateLimitedError,
        TransportError,
        UnexpectedResponseError,
    ) as error:
        return None, error


def _pending(status: ReviewStatus, upload_id: str) -> ReviewPendingError:
    revision = "" if status.revision is None else f" Its revision is {status.revision}."
    reasons = "; ".join(entry.message or str(entry.code) for entry in status.errors)
    return ReviewPendingError(
        "The upload waits for manual review.",
        upload_id=upload_id,
        entries=status.errors,
        why=f"Its status is {status.status!r}.{revision}{' ' if reasons else ''}{reasons}",
        advice=f"Check its status later with the upload id {upload_id}.",
    )


def _timeout(
    upload_id: str, timeout: float, state: str | None, trouble: CraftStoreError | None
) -> ReviewTimeoutError:
    known = "The store did not report its status" if state is None else f"Its status is {state!r}"
    last = f"; the last error was: {trouble.message}" if trouble else "."
    return ReviewTimeoutError(
        f"The review did not finish within {timeout:g} seconds.",
        upload_id=upload_id,
        why=f"{known}{last} The review continues at the store.",
        advice=(
            "Run the command again later, or with a longer --timeout. The upload id is "
            f"{upload_id}."
        ),
    )


def _outcome(status: ReviewStatus, upload_id: str) -> int:
    if status.approved and status.revision is not None:
        return status.revision
    reasons = [entry.message or str(entry.code) for entry in status.errors]
    if not reasons and status.status == "approved":
        reasons = ["The store approved the upload without a revision number."]
    raise ReviewRejectedError(
        "The store's review rejected the upload.",
        upload_id=upload_id,
        entries=status.errors,
        why="; ".join(reasons) or "The store gave no reason.",
        advice="Correct the file and upload it again.",
    )
