"""Waiting for a review, with a clock of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from craft_store_core.errors import (
    CertificateError,
    CraftStoreError,
    ErrorEntry,
    HostNotAllowedError,
    NotFoundError,
    PermissionRequiredError,
    RateLimitedError,
    ReviewError,
    ReviewPendingError,
    ReviewRejectedError,
    ReviewTimeoutError,
    StoreTimeoutError,
    StoreUnavailableError,
    StoreUnreachableError,
    UnexpectedResponseError,
)
from craft_store_core.http import Work
from craft_store_core.models import ReviewStatus
from craft_store_core.stores.reviews import NOT_FOUND_GRACE, Polling, wait_for_review

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = ReviewStatus | CraftStoreError

MISSING = NotFoundError("It is not there.", status=404)
DOWN = StoreUnavailableError("The store is down.", status=503)


def state(word: str, revision: int | None = None, *errors: ErrorEntry) -> ReviewStatus:
    return ReviewStatus("u-1", word, revision, errors)


class Store:
    """Gives its answers in turn, the last one for ever; time passes only by sleeping."""

    def __init__(self, *answers: Answer, duration: float = 0.0) -> None:
        self.answers = list(answers)
        self.duration = duration
        self.time = 1000.0
        self.slept: list[float] = []
        self.changes: list[str] = []

    def ask(self) -> ReviewStatus:
        self.time += self.duration
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, CraftStoreError):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.time += seconds

    def wait(self, timeout: float = 60.0, **polling: float) -> int:
        return wait_for_review(
            self.ask,
            "u-1",
            Polling(timeout=timeout, **polling),
            work=Work(sleep=self.sleep, clock=lambda: self.time),
            changed=self.changes.append,
        )


@pytest.mark.parametrize(
    "states",
    [
        ["approved"],
        ["new", "approved"],
        ["new", "scanned", "approved"],
        ["new", "a-word-of-next-year", "scanned", "approved"],
    ],
)
def test_an_approved_upload_becomes_a_revision(states: list[str]) -> None:
    """States that are not final, known or not, are waited for; each change is told."""
    answers = [state(word, 7 if word == "approved" else None) for word in states]
    store = Store(*answers)

    assert store.wait() == 7
    assert store.changes == states


def test_a_revision_number_alone_is_no_approval() -> None:
    """It may be there before the review has finished."""
    assert Store(state("scanned", 7), state("approved", 7)).wait() == 7


def test_a_state_is_told_once() -> None:
    """Only a change is news."""
    store = Store(state("new"), state("new"), DOWN, state("new"), state("approved", 1))

    store.wait()

    assert store.changes == ["new", "approved"]


@pytest.mark.parametrize(
    ("errors", "why"),
    [
        ([ErrorEntry("bad", "It is bad."), ErrorEntry("worse", "")], "It is bad.; worse"),
        ([], "The store gave no reason."),
    ],
)
def test_a_rejected_upload_is_an_error_with_the_reasons(errors: list[ErrorEntry], why: str) -> None:
    """Nothing is waited for; the entries are kept."""
    store = Store(state("rejected", None, *errors))

    with pytest.raises(ReviewRejectedError) as caught:
        store.wait()

    assert (caught.value.why, caught.value.entries) == (why, tuple(errors))
    assert caught.value.upload_id == "u-1"
    assert store.slept == []


@pytest.mark.parametrize(
    ("errors", "why"),
    [
        ([], "The store approved the upload without a revision number."),
        ([ErrorEntry("odd", "It is odd.")], "It is odd."),
    ],
)
def test_approval_without_a_revision_is_a_failure(errors: list[ErrorEntry], why: str) -> None:
    """There is nothing that could be released; the error says that this is why."""
    with pytest.raises(ReviewRejectedError) as caught:
        Store(state("approved", None, *errors)).wait()

    assert caught.value.why == why


@pytest.mark.parametrize("word", ["manual-review", "needs-review", "needs_review"])
def test_a_review_by_a_person_is_not_waited_for(word: str) -> None:
    """It may take days; the error names the upload to ask about."""
    store = Store(state("new"), state(word))

    with pytest.raises(ReviewPendingError, match="manual review") as caught:
        store.wait()

    assert caught.value.upload_id == "u-1"
    assert repr(word) in (caught.value.why or "")
    assert "u-1" in (caught.value.advice or "")


def test_polling_starts_short_and_grows() -> None:
    """A quick review is seen quickly, a slow one costs few requests."""
    store = Store(state("new"))

    with pytest.raises(ReviewTimeoutError):
        store.wait(timeout=10, first=0.5, factor=2, longest=3)

    assert store.slept == [0.5, 1, 2, 3, 3, 0.5]


def test_the_defaults_are_those_of_the_reference() -> None:
    """From 0.2 s to 3 s, five minutes in all (Publisher Gateway reference, section 21.4)."""
    polling = Polling()

    assert (polling.first, polling.longest, polling.timeout) == (0.2, 3.0, 300.0)


def test_a_review_that_does_not_end_is_given_up() -> None:
    """The error names state and upload: the review goes on at the store."""
    store = Store(state("new"))

    with pytest.raises(ReviewTimeoutError) as caught:
        store.wait(timeout=12)

    assert caught.value.message == "The review did not finish within 12 seconds."
    assert caught.value.why == "Its status is 'new'. The review continues at the store."
    assert caught.value.upload_id == "u-1"
    assert sum(store.slept) == pytest.approx(12)


def test_no_time_at_all_asks_once() -> None:
    """``--timeout 0`` is a look at the state."""
    assert Store(state("approved", 3)).wait(timeout=0) == 3
    store = Store(state("new"))
    with pytest.raises(ReviewTimeoutError):
        store.wait(timeout=0)
    assert store.slept == []


def test_what_ends_at_the_deadline_is_still_seen() -> None:
    """The last question is asked when the time is over, not before."""
    store = Store(state("new"), state("approved", 5))

    assert store.wait(timeout=0.1) == 5


@pytest.mark.parametrize(
    "failure",
    [
        DOWN,
        RateLimitedError("Too many requests.", status=429),
        StoreTimeoutError("It did not answer."),
        StoreUnreachableError("The connection was reset."),
        UnexpectedResponseError("The answer is an HTML page."),
    ],
)
def test_a_failing_store_is_asked_again(failure: CraftStoreError) -> None:
    """The upload is made; a hiccup while waiting does not lose it."""
    assert Store(state("new"), failure, failure, state("approved", 7)).wait() == 7


@pytest.mark.parametrize("duration", [0.0, 0.7, 20.0])
@pytest.mark.parametrize("seen", [True, False])
def test_a_store_that_stays_down_ends_as_a_timeout(duration: float, seen: bool) -> None:
    """Whatever the last answer was, the error names the upload, so that one can go on later."""
    answers: list[Answer] = [state("scanned"), DOWN] if seen else [DOWN]

    with pytest.raises(ReviewTimeoutError) as caught:
        Store(*answers, duration=duration).wait(timeout=15)

    assert caught.value.upload_id == "u-1"
    ended_by_the_first_answer = seen and duration > 15
    assert (caught.value.__cause__ is DOWN) is not ended_by_the_first_answer
    if not seen:
        assert caught.value.why == (
            "The store did not report its status; the last error was: The store is down. "
            "The review continues at the store."
        )


def test_an_upload_may_take_a_moment_to_be_seen() -> None:
    """A 404 in the first seconds means "not yet"."""
    assert Store(MISSING, MISSING, state("new"), MISSING, state("approved", 7)).wait() == 7


def test_an_upload_that_is_never_seen_is_unknown() -> None:
    """After the grace a 404 is what it says."""
    store = Store(MISSING)

    with pytest.raises(NotFoundError):
        store.wait(timeout=60)

    assert NOT_FOUND_GRACE < store.time - 1000 < NOT_FOUND_GRACE + 3.1


def test_a_deadline_within_the_grace_is_a_timeout() -> None:
    """Nobody knows yet whether the upload is unknown."""
    with pytest.raises(ReviewTimeoutError, match="within 5 seconds") as caught:
        Store(MISSING, duration=0.3).wait(timeout=5)

    assert "It is not there." in (caught.value.why or "")


@pytest.mark.parametrize(
    "failure",
    [
        HostNotAllowedError("The URL leads away."),
        CertificateError("The certificate is not trusted."),
        PermissionRequiredError("You may not see it.", status=403),
        ReviewError("Something else.", upload_id="u-1"),
    ],
)
def test_what_waiting_does_not_help_is_raised_at_once(failure: CraftStoreError) -> None:
    """Nobody waits five minutes to read what was clear from the beginning."""
    store = Store(failure)

    with pytest.raises(type(failure)) as caught:
        store.wait()

    assert caught.value is failure
    assert store.slept == []


def test_the_real_clock_is_the_default() -> None:
    """Without a polling of one's own, a final state is returned at once."""
    ask: Callable[[], ReviewStatus] = lambda: state("approved", 9)  # noqa: E731  # typed in one line

    assert wait_for_review(ask, "u-1") == 9
