"""Publishing several artifacts as one set, against the sandbox."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    ArtifactError,
    ExitCode,
    NotFoundError,
    ReviewPendingError,
    ReviewRejectedError,
    ReviewTimeoutError,
    StoreUnavailableError,
    UsageError,
)
from craft_store_core.http import Work
from craft_store_core.publishing import (
    PlanPublication,
    PublishIncompleteError,
    PublishOutcome,
    PublishPlan,
    PublishRequest,
    PublishTimedOutError,
)
from craft_store_core.stores.reviews import Polling
from craft_store_sandbox import Fault, build_charm

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_core.stores.client import StoreClient
    from craft_store_sandbox.sandbox import ReadySandbox

QUICK = Polling(timeout=30, first=0.01, longest=0.05)


def charm_for(folder: Path, architecture: str, name: str = "acme-web", **options: Any) -> Path:
    """Build a charm for one architecture; its name is in its bytes."""
    base = {"name": "ubuntu", "channel": "22.04", "architectures": [architecture]}
    file = folder / f"{name}_{architecture}.charm"
    options.setdefault("payload", architecture.encode())
    return build_charm(file, name, bases=[base], **options)


def run(
    client: StoreClient,
    *requests: PublishRequest,
    wait: bool = True,
    only_if_newer: bool = False,
    **options: Any,
) -> PublishOutcome:
    plan = PublishPlan(requests, only_if_newer)
    options.setdefault("polling", QUICK)
    with PlanPublication(client, plan, **options) as publication:
        publication.check()
        return publication.run(wait=wait)


def uploads(sandbox: ReadySandbox) -> int:
    return sum(r.path.startswith("/unscanned-upload") for r in sandbox.requests)


def test_architectures_of_a_package_share_resource_and_release(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """Two builds with one resource: three uploads, one release request, a row for each base."""
    model = tmp_path / "model.bin"
    model.write_bytes(b"model")
    requests = [
        PublishRequest(
            charm_for(tmp_path, architecture, resources={"model": "file"}),
            ("edge",),
            {"model": model},
        )
        for architecture in ("amd64", "arm64")
    ]
    sandbox_store.forget_requests()
    outcome = run(client, *requests)
    assert outcome.name == "done"
    assert outcome.error is None
    assert {item.artifact.revision for item in outcome.artifacts} == {1, 2}
    assert [item.resources[0].revision for item in outcome.artifacts] == [1, 1]
    assert uploads(sandbox_store) == 3
    posts = [r for r in sandbox_store.requests if r.method == "POST" and "/releases" in r.path]
    assert len(posts) == 1
    rows = client.list_releases("acme-web").rows
    assert {row.base.architecture for row in rows if row.base} == {"amd64", "arm64"}
    again = run(client, *requests)
    assert [item.channels for item in again.artifacts] == [{"latest/edge": "unchanged"}] * 2


def test_nothing_is_released_when_one_of_a_set_is_rejected(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """The good one stays at the store unreleased; after the repair only the other one is sent."""
    sandbox_store.faults.reject_content[b"bad"] = "This one is bad"
    good = PublishRequest(charm_for(tmp_path, "amd64"), ("edge",))
    bad = PublishRequest(charm_for(tmp_path, "arm64", payload=b"bad"), ("edge",))
    outcome = run(client, good, bad)
    assert outcome.name == "partial"
    error = outcome.error
    assert isinstance(error, PublishIncompleteError)
    assert error.exit_code is ExitCode.PARTIAL
    assert "1 of 2" in str(error)
    assert "This one is bad" in str(error.why)
    assert [item.artifact.status for item in outcome.artifacts] == ["uploaded", "failed"]
    assert outcome.artifacts[0].channels == {"latest/edge": "to-release"}
    assert not client.list_releases("acme-web").rows
    sandbox_store.forget_requests()
    repaired = PublishRequest(charm_for(tmp_path, "arm64", payload=b"good"), ("edge",))
    assert run(client, good, repaired).name == "done"
    assert uploads(sandbox_store) == 1


def test_all_rejected_is_a_rejection(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """Where nothing of the set is done, the outcome is the error itself."""
    sandbox_store.faults.reject_content[b"payload"] = "Never"
    requests = [PublishRequest(charm_for(tmp_path, name)) for name in ("amd64", "arm64")]
    outcome = run(client, *requests)
    assert isinstance(outcome.error, ReviewRejectedError)
    assert outcome.name == "failed"


def test_a_set_that_waits_for_a_person(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """Waiting is no partial failure: it is pending, and the run after the review releases."""
    first = PublishRequest(charm_for(tmp_path, "amd64"), ("edge",))
    run(client, first)
    sandbox_store.faults.manual_review = True
    second = PublishRequest(charm_for(tmp_path, "arm64"), ("edge",))
    outcome = run(client, first, second)
    assert outcome.name == "pending"
    assert isinstance(outcome.error, ReviewPendingError)
    waiting = outcome.artifacts[1].artifact
    assert waiting.status == "in-review"
    assert waiting.upload_id == outcome.error.upload_id
    sandbox_store.faults.manual_review = False
    assert run(client, first, second).name == "done"
    assert len(client.list_revisions("acme-web")) == 2


def test_resources_of_a_rejected_artifact_are_not_pushed(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """No store takes a resource that none of its revisions declares."""
    sandbox_store.faults.reject_content[b"amd64"] = "No"
    model = tmp_path / "model"
    model.touch()
    charm = charm_for(tmp_path, "amd64", resources={"model": "file"})
    outcome = run(client, PublishRequest(charm, ("edge",), {"model": model}))
    assert isinstance(outcome.error, ReviewRejectedError)
    (resource,) = outcome.artifacts[0].resources
    assert resource.status == "to-upload"
    assert not [r for r in sandbox_store.requests if "/resources/model/revisions" in r.path
                and r.method == "POST"]  # fmt: skip


def test_several_packages_in_one_plan(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """Each package gets its own release; a failure of the second says what the first did."""
    sandbox_store.add_package("acme-db", sandbox_store.account)
    requests = [
        PublishRequest(charm_for(tmp_path, "amd64", name), ("edge",))
        for name in ("acme-web", "acme-db")
    ]
    sandbox_store.faults.add(
        Fault.errors(400, {"code": "api-error", "message": "Not today"}),
        method="POST",
        path="/acme-db/releases$",
    )
    outcome = run(client, *requests)
    assert isinstance(outcome.error, PublishIncompleteError)
    assert "acme-web revision 1 to latest/edge" in str(outcome.error)
    assert [item.channels for item in outcome.artifacts] == [
        {"latest/edge": "released"},
        {"latest/edge": "to-release"},
    ]
    again = run(client, *requests)
    assert [item.channels for item in again.artifacts] == [
        {"latest/edge": "unchanged"},
        {"latest/edge": "released"},
    ]


def test_a_release_whose_answer_is_lost_is_looked_for(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """What the store has done is no failure, though it did not say so."""
    request = PublishRequest(charm_for(tmp_path, "amd64"), ("edge",))
    for _ in range(3):
        sandbox_store.faults.add(Fault(reset="after"), method="POST", path="/releases$")
    outcome = run(client, request)
    assert outcome.error is None
    assert outcome.artifacts[0].channels == {"latest/edge": "released"}
    sandbox_store.faults.clear()
    assert run(client, request).artifacts[0].channels == {"latest/edge": "unchanged"}


def test_a_release_that_the_store_refuses_is_its_own_error(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """Of one artifact, the refusal itself is the outcome, with the revision that was made."""
    sandbox_store.faults.add(Fault.html(503), method="POST", path="/releases$", count=20)
    outcome = run(client, PublishRequest(charm_for(tmp_path, "amd64"), ("edge",)))
    assert isinstance(outcome.error, StoreUnavailableError)
    assert outcome.name == "failed"
    assert outcome.artifacts[0].artifact.revision == 1
    assert outcome.artifacts[0].channels == {"latest/edge": "to-release"}


def test_only_if_newer_keeps_what_is_newer_for_the_same_base(
    client: StoreClient, tmp_path: Path
) -> None:
    """An old build does not replace a newer one; another architecture does not count."""
    old = PublishRequest(charm_for(tmp_path, "amd64", payload=b"old"), ("edge",))
    run(client, PublishRequest(old.artifact))
    other = PublishRequest(charm_for(tmp_path, "arm64"), ("edge",))
    run(client, other)
    released = run(client, old, only_if_newer=True)
    assert released.artifacts[0].channels == {"latest/edge": "released"}
    new = charm_for(tmp_path / "..", "amd64", payload=b"new")
    assert run(client, PublishRequest(new, ("edge",))).name == "done"
    kept = run(client, old, only_if_newer=True)
    assert kept.artifacts[0].channels == {"latest/edge": "kept-newer"}
    assert kept.name == "done"
    rows = {str(row.base): row.revision for row in client.list_releases("acme-web").rows}
    assert rows == {"ubuntu@22.04:amd64": 3, "ubuntu@22.04:arm64": 2}
    back = run(client, old)
    assert back.artifacts[0].channels == {"latest/edge": "released"}


def test_without_waiting_everything_is_sent_and_a_later_run_releases(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """The first run gives upload ids; repeating it goes on until all is done."""
    model = tmp_path / "model"
    model.write_bytes(b"m")
    charm = charm_for(tmp_path, "amd64", resources={"model": "file"})
    request = PublishRequest(charm, ("edge",), {"model": model})
    first = run(client, request, wait=False)
    assert first.name == "pending"
    assert first.error is None
    assert first.artifacts[0].artifact.upload_id
    assert first.artifacts[0].artifact.review_url
    assert first.artifacts[0].resources[0].status == "to-upload"
    sandbox_store.clock.advance(60)
    second = run(client, request, wait=False)
    assert second.artifacts[0].artifact.status == "already-uploaded"
    assert second.artifacts[0].resources[0].status == "in-review"
    sandbox_store.clock.advance(60)
    assert run(client, request, wait=False).name == "done"
    assert len(client.list_revisions("acme-web")) == 1


def test_the_time_for_everything(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """It ends reviews as well as uploads, each with the exit code for it."""
    request = PublishRequest(charm_for(tmp_path, "amd64"), ("edge",))
    stopped = run(client, request, timeout=0)
    assert isinstance(stopped.error, PublishTimedOutError)
    assert stopped.error.exit_code is ExitCode.TIMEOUT
    assert stopped.artifacts[0].artifact.status == "failed"
    seconds = itertools.count()
    slow = client.within(Work(sleep=lambda _: None, clock=lambda: float(next(seconds))))
    sandbox_store.faults.add(
        Fault(merge={"revisions": [{"upload-id": "?", "status": "new"}]}),
        path="/revisions/review",
        count=1000,
    )
    sandbox_store.faults.manual_review = False
    outcome = run(slow, request, timeout=300, polling=Polling(first=0.0, longest=0.0))
    assert isinstance(outcome.error, ReviewTimeoutError | NotFoundError)


def test_a_preview_changes_nothing_and_tells_everything(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """What is known to the store, what would be sent, and what would happen to the channels."""
    first = PublishRequest(charm_for(tmp_path, "amd64"), ("edge", "beta"))
    run(client, PublishRequest(first.artifact, ("edge",)))
    second = PublishRequest(charm_for(tmp_path, "arm64"), ("edge",))
    sandbox_store.forget_requests()
    with PlanPublication(client, PublishPlan((first, second))) as publication:
        publication.check()
        outcome = publication.preview()
    assert outcome.name == "planned"
    assert [item.artifact.status for item in outcome.artifacts] == ["already-uploaded", "to-upload"]
    assert [item.channels for item in outcome.artifacts] == [
        {"latest/edge": "unchanged", "latest/beta": "to-release"},
        {"latest/edge": "to-release"},
    ]
    assert all(item.artifact.sha3_384 for item in outcome.artifacts)
    assert {request.method for request in sandbox_store.requests} == {"GET"}


def test_files_that_would_replace_each_other(client: StoreClient, tmp_path: Path) -> None:
    """Two builds for one base and channel, one file twice, or nothing at all, are refused."""
    charm = charm_for(tmp_path, "amd64")
    other = charm.with_name("other.charm")
    other.write_bytes(charm_for(tmp_path, "amd64", payload=b"2").read_bytes())
    with pytest.raises(UsageError, match="replace each other in latest/edge"):
        run(client, PublishRequest(charm, ("edge",)), PublishRequest(other, ("latest/edge",)))
    with pytest.raises(UsageError, match="given twice"):
        run(client, PublishRequest(charm), PublishRequest(charm))
    with pytest.raises(UsageError, match="No artifact"):
        run(client)
    unknown = [
        build_charm(tmp_path / f"{number}.charm", files={"manifest.yaml": "bases: []"}, payload=b)
        for number, b in enumerate((b"1", b"2"))
    ]
    with pytest.raises(UsageError, match="replace each other") as caught:
        run(client, *(PublishRequest(file, ("edge",)) for file in unknown))
    assert "neither declares" in str(caught.value.why)


def test_what_cannot_be_given(client: StoreClient, tmp_path: Path) -> None:
    """A component of a charm, a folder as a resource, a resource revision that is not there."""
    charm = charm_for(tmp_path, "amd64", resources={"model": "file"})
    with pytest.raises(UsageError, match="does not declare the component 'x'"):
        run(client, PublishRequest(charm, components={"x": charm}))
    with pytest.raises(ArtifactError, match="is not a file"):
        run(client, PublishRequest(charm, resources={"model": tmp_path}))
    with pytest.raises(UsageError, match="has no revision 3"):
        run(client, PublishRequest(charm, resources={"model": 3}))


def test_a_store_that_fails_while_a_twin_is_looked_for(
    client: StoreClient, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """The refusal of the review stays the error."""
    sandbox_store.faults.reject_content[b"amd64"] = "Bad"
    request = PublishRequest(charm_for(tmp_path, "amd64"))
    with PlanPublication(client, PublishPlan((request,)), polling=QUICK) as publication:
        publication.check()
        sandbox_store.faults.add(Fault.html(503), path="/acme-web/revisions$", method="GET",
                                 count=20)  # fmt: skip
        outcome = publication.run()
    assert isinstance(outcome.error, ReviewRejectedError)
