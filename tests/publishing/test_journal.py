"""Uploads in review, remembered between runs."""

from __future__ import annotations

import json
import os
import stat
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ExitCode, StoreUnavailableError
from craft_store_core.publishing import (
    PlanPublication,
    PublishOutcome,
    PublishPlan,
    PublishRequest,
    ReviewJournal,
)
from craft_store_core.publishing.journal import MAX_AGE, ReviewEntry
from craft_store_core.stores.reviews import Polling
from craft_store_sandbox import Fault, build_charm

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_core.stores.client import StoreClient
    from craft_store_sandbox.sandbox import ReadySandbox

QUICK = Polling(timeout=30, first=0.01, longest=0.05)
ENTRY = ReviewEntry(
    store="https://store.example",
    package="acme-web",
    resource=None,
    size=5,
    sha3_384="ab" * 48,
    upload_id="upload-1",
    review_url="https://store.example/review?upload-id=upload-1",
)


@pytest.fixture
def journal(tmp_path: Path) -> ReviewJournal:
    """A journal of the store of `ENTRY`."""
    return ReviewJournal(tmp_path / "reviews", ENTRY.store)


def found(journal: ReviewJournal) -> list[ReviewEntry]:
    return journal.find(ENTRY.package, ENTRY.resource, ENTRY.size)


def files(folder: Path) -> list[Path]:
    return sorted((folder / "reviews").glob("*"))


def test_what_is_noted_is_found_until_it_is_forgotten(
    journal: ReviewJournal, tmp_path: Path
) -> None:
    """Another object on the same folder finds it; noting it again replaces it."""
    assert found(journal) == []
    journal.note(ENTRY)
    newer = replace(ENTRY, upload_id="upload-2")
    journal.note(newer)
    assert found(ReviewJournal(tmp_path / "reviews", ENTRY.store)) == [newer]
    journal.forget(ENTRY)
    assert found(journal) == []
    journal.forget(ENTRY)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "other",
    [
        {"store": "https://other.example"},
        {"package": "acme-db"},
        {"resource": "model"},
        {"size": 6},
    ],
    ids=str,
)
def test_only_the_same_place_and_size_is_found(
    journal: ReviewJournal, other: dict[str, Any]
) -> None:
    """Another store, package, resource or size is another upload."""
    journal.note(replace(ENTRY, **other))
    assert found(journal) == []


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_the_owner_can_read_it(journal: ReviewJournal, tmp_path: Path) -> None:
    """A status URL of the Snap Store needs no credentials."""
    journal.note(ENTRY)
    (file,) = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nonsense",
        json.dumps({"version": 2}),
        json.dumps({"version": 1, "store": ENTRY.store}),
        json.dumps({"version": 1, **dict.fromkeys(ENTRY.__dataclass_fields__, 1)}),
    ],
)
def test_what_cannot_be_read_counts_as_not_there(
    journal: ReviewJournal, tmp_path: Path, text: str
) -> None:
    """A damaged file costs one upload, not the publishing; a new note mends it."""
    journal.note(ENTRY)
    (file,) = files(tmp_path)
    file.write_text(text)
    assert found(journal) == []
    journal.note(ENTRY)
    assert found(journal) == [ENTRY]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """Then nothing is remembered."""
    (tmp_path / "reviews").write_text("a file in its place")
    journal = ReviewJournal(tmp_path / "reviews", ENTRY.store)
    journal.note(ENTRY)
    journal.forget(ENTRY)
    assert found(journal) == []


def test_what_is_very_old_is_dropped(journal: ReviewJournal, tmp_path: Path) -> None:
    """At the next note, so that the folder does not grow for ever."""
    journal.note(ENTRY)
    (old,) = files(tmp_path)
    then = time.time() - MAX_AGE - 60
    os.utime(old, (then, then))
    journal.note(replace(ENTRY, package="acme-db"))
    assert old not in files(tmp_path)
    assert len(files(tmp_path)) == 1


# With a publishing


@pytest.fixture
def request_of(tmp_path: Path) -> PublishRequest:
    """A charm with a resource, for one channel."""
    model = tmp_path / "model.bin"
    model.write_bytes(b"a model")
    charm = build_charm(tmp_path, resources={"model": "file"})
    return PublishRequest(charm, ("edge",), {"model": model})


def publish(
    client: StoreClient,
    request: PublishRequest,
    folder: Path,
    *,
    wait: bool = True,
    polling: Polling = QUICK,
) -> PublishOutcome:
    journal = ReviewJournal(folder / "reviews", client.store.url("api"))
    plan = PublishPlan((request,))
    with PlanPublication(client, plan, polling=polling, journal=journal) as publication:
        publication.check()
        return publication.run(wait=wait)


def uploads(sandbox: ReadySandbox) -> int:
    return sum(r.path.startswith("/unscanned-upload") for r in sandbox.requests)


def test_what_is_in_review_is_not_sent_again(
    client: StoreClient, sandbox_store: ReadySandbox, request_of: PublishRequest, tmp_path: Path
) -> None:
    """The next runs go on with the same review, and the last one leaves nothing behind."""
    first = publish(client, request_of, tmp_path, wait=False)
    assert first.artifacts[0].artifact.status == "in-review"
    assert uploads(sandbox_store) == 1  # no revision declares the resource yet
    again = publish(client, request_of, tmp_path, wait=False)
    assert again.artifacts[0].artifact.upload_id == first.artifacts[0].artifact.upload_id
    assert uploads(sandbox_store) == 1
    last = publish(client, request_of, tmp_path)
    assert last.name == "done"
    assert uploads(sandbox_store) == 2
    assert files(tmp_path) == []


def test_a_timeout_is_gone_on_from(
    client: StoreClient, sandbox_store: ReadySandbox, request_of: PublishRequest, tmp_path: Path
) -> None:
    """After giving up on a review, the next run waits for that review."""
    timed_out = publish(client, request_of, tmp_path, polling=replace(QUICK, timeout=0))
    assert timed_out.error is not None
    assert timed_out.error.exit_code is ExitCode.TIMEOUT
    before = uploads(sandbox_store)
    assert publish(client, request_of, tmp_path).name == "done"
    assert uploads(sandbox_store) == before + 1  # the resource, which had to wait


def test_a_review_that_ended_meanwhile(
    client: StoreClient, sandbox_store: ReadySandbox, request_of: PublishRequest, tmp_path: Path
) -> None:
    """The revision is taken, and the entry is dropped."""
    publish(client, request_of, tmp_path, wait=False)
    sandbox_store.clock.advance(60)
    outcome = publish(client, request_of, tmp_path)
    assert outcome.artifacts[0].artifact.status == "already-uploaded"
    assert outcome.name == "done"
    assert uploads(sandbox_store) == 2


def test_a_refused_one_is_sent_again(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """So the reasons are those of now."""
    sandbox_store.faults.reject_content[b"bad"] = "This one is bad"
    request = PublishRequest(build_charm(tmp_path, payload=b"bad"))
    publish(client, request, tmp_path, wait=False)
    sandbox_store.clock.advance(60)
    outcome = publish(client, request, tmp_path)
    assert outcome.name == "failed"
    assert "This one is bad" in str(outcome.error and outcome.error.why)
    assert uploads(sandbox_store) == 2
    assert files(tmp_path) == []


def test_an_upload_that_the_store_does_not_know_is_sent_again(
    client: StoreClient, request_of: PublishRequest, tmp_path: Path
) -> None:
    """An entry that is wrong costs a question, not the publishing."""
    publish(client, request_of, tmp_path, wait=False)
    (file,) = files(tmp_path)
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, "upload_id": "no-such-upload"}))
    assert publish(client, request_of, tmp_path).name == "done"


def test_a_store_that_does_not_answer_is_an_error_before_anything_is_sent(
    client: StoreClient, sandbox_store: ReadySandbox, request_of: PublishRequest, tmp_path: Path
) -> None:
    """The entry stays for the next run."""
    publish(client, request_of, tmp_path, wait=False)
    sandbox_store.faults.add(Fault.html(503), path="/revisions/review", count=20)
    with pytest.raises(StoreUnavailableError):
        publish(client, request_of, tmp_path)
    sandbox_store.faults.clear()
    assert uploads(sandbox_store) == 1
    assert publish(client, request_of, tmp_path).name == "done"
