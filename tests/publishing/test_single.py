"""Publishing in one step, against the sandbox."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.channels import Channel
from craft_store_core.errors import (
    ArtifactError,
    NotFoundError,
    PermissionRequiredError,
    ReviewRejectedError,
    UsageError,
)
from craft_store_core.models import Base, ChannelMap, Identity, Listing, Package, read
from craft_store_core.publishing import (
    Publication,
    PublishRequest,
    channels_of,
    check_limits,
    is_released,
)
from craft_store_core.stores.reviews import Polling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from craft_store_core.stores.client import StoreClient
    from craft_store_sandbox.sandbox import ReadySandbox

QUICK = Polling(timeout=30, first=0.01, longest=0.05)


def publish(client: StoreClient, request: PublishRequest) -> Any:
    with Publication(client, request, polling=QUICK) as publication:
        publication.check()
        return publication.run()


def files(folder: Path, **contents: bytes) -> dict[str, Path]:
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


def test_everything_in_one_go(client: StoreClient, charm: Path, tmp_path: Path) -> None:
    """Charm and resources get revisions, and the channels get all of them."""
    resources = files(tmp_path, model=b"model", words=b"")
    result = publish(client, PublishRequest(charm, ("edge", "latest/beta", "edge"), resources))
    assert result.artifact.sha3_384 == hashlib.sha3_384(charm.read_bytes()).hexdigest()
    assert [(item.resource, item.revision, item.size) for item in result.resources] == [
        ("model", 1, 5),
        ("words", 1, 0),
    ]
    assert result.channels == {"latest/edge": "released", "latest/beta": "released"}
    rows = client.list_releases("acme-web").rows
    assert {str(row.channel) for row in rows} == {"latest/edge", "latest/beta"}
    assert {pin.name: pin.revision for pin in rows[0].resources} == {"model": 1, "words": 1}


def test_sending_without_waiting(client: StoreClient, charm: Path, tmp_path: Path) -> None:
    """The upload id is what the review is asked for by; the plan can be looked at meanwhile."""
    request = PublishRequest(charm, ("edge",), files(tmp_path, model=b"m"))
    with Publication(client, request, polling=QUICK) as publication:
        publication.check()
        assert publication.name == "acme-web"
        assert list(map(str, publication.channels)) == ["latest/edge"]
        assert [planned.title for planned in publication.resources] == ["model=model"]
        upload_id = publication.submit()
    assert client.wait_for_review("acme-web", upload_id, QUICK) == 1


def test_only_what_changed_is_sent(client: StoreClient, charm: Path, tmp_path: Path) -> None:
    """With one resource changed, the charm and the other resource are reused."""
    publish(client, PublishRequest(charm, ("edge",), files(tmp_path, model=b"1", words=b"w")))
    changed = files(tmp_path, model=b"2", words=b"w")
    result = publish(client, PublishRequest(charm, ("edge",), changed))
    assert result.artifact.status == "already-uploaded"
    assert [item.status for item in result.resources] == ["uploaded", "already-uploaded"]
    assert [item.revision for item in result.resources] == [2, 1]
    assert result.channels == {"latest/edge": "released"}


def test_same_size_but_other_bytes_is_another_file(client: StoreClient, tmp_path: Path) -> None:
    """Equal sizes do not make files equal; the digests decide."""
    from craft_store_sandbox import build_charm

    first = build_charm(tmp_path / "1.charm", payload=b"aaaa")
    second = build_charm(tmp_path / "2.charm", payload=b"bbbb")
    assert first.stat().st_size == second.stat().st_size
    assert publish(client, PublishRequest(first)).artifact.revision == 1
    assert publish(client, PublishRequest(second)).artifact.revision == 2


def test_a_revision_that_appears_meanwhile_is_found(
    client: StoreClient, charm: Path, sandbox_store: ReadySandbox, client_of: Any
) -> None:
    """When another run uploads the same bytes in between, its revision is taken."""
    with Publication(client, PublishRequest(charm), polling=QUICK) as late:
        late.check()
        publish(client_of(sandbox_store), PublishRequest(charm))
        result = late.run()
    assert (result.artifact.revision, result.artifact.status) == (1, "already-uploaded")


def test_a_rejected_charm_stays_rejected(client: StoreClient, tmp_path: Path) -> None:
    """A review's refusal is passed on, however often it is tried."""
    from craft_store_sandbox import build_charm

    other = build_charm(tmp_path, "other")
    for _ in range(2):
        with pytest.raises(ReviewRejectedError):
            publish(client, PublishRequest(other, name="acme-web"))


def test_an_interrupted_upload_stops_the_others_and_the_next_run_goes_on(
    client: StoreClient,
    charm: Path,
    tmp_path: Path,
    sandbox_store: ReadySandbox,
    client_of: Any,
) -> None:
    """Ctrl-C in the middle leaves nothing half done: running again completes it."""
    from contextlib import contextmanager

    class Interrupting:
        def close(self) -> None: ...

        @contextmanager
        def task(self, title: str, **_: Any) -> Iterator[Any]:
            class Task:
                def update(self, done: int) -> None:
                    if "model" in title:
                        raise KeyboardInterrupt

                def message(self, text: str) -> None: ...

            yield Task()

    request = PublishRequest(charm, ("edge",), files(tmp_path, model=b"m" * 10**6, words=b"w"))
    interrupted = client_of(sandbox_store, progress=Interrupting())
    with pytest.raises(KeyboardInterrupt):
        publish(interrupted, request)
    assert not client.list_releases("acme-web").rows
    result = publish(client, request)
    assert result.channels == {"latest/edge": "released"}
    assert len(client.list_revisions("acme-web")) == 1


def test_stopping_ends_uploads_in_other_threads(
    client: StoreClient, tmp_path: Path, sandbox_store: ReadySandbox
) -> None:
    """Leaving the publication while a big file is on its way ends the upload early."""
    from craft_store_core.errors import WorkCancelledError
    from craft_store_sandbox import build_charm

    charm = build_charm(tmp_path, payload=bytes(3 * 10**6))
    with Publication(client, PublishRequest(charm)) as publication:
        publication.check()
    with pytest.raises(WorkCancelledError):
        publication.submit()
    assert not [
        r for r in sandbox_store.requests if r.path.endswith("/revisions") and r.method == "POST"
    ]


def test_files_are_looked_at_before_anything_is_sent(
    client: StoreClient, charm: Path, tmp_path: Path, sandbox_store: ReadySandbox
) -> None:
    """A missing resource file or one that the charm does not declare stops at once."""
    sandbox_store.forget_requests()
    with pytest.raises(ArtifactError, match="missing"):
        Publication(client, PublishRequest(charm, resources={"model": tmp_path / "missing"}))
    with pytest.raises(UsageError, match="does not declare the resource 'other'"):
        Publication(client, PublishRequest(charm, resources={"other": charm}))
    assert sandbox_store.requests == []


def test_a_name_of_nobody(client: StoreClient, charm: Path) -> None:
    """An unregistered name is found before the upload and the error says how to register it."""
    with pytest.raises(NotFoundError) as caught:
        publish(client, PublishRequest(charm, name="unknown"))
    assert "craft-store register unknown" in str(caught.value.advice)


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"permissions": ["package-manage"]}, "package-view-revisions"),
        ({"permissions": ["package-view"]}, "package-manage-revisions"),
        ({"packages": [{"type": "charm", "name": "other"}]}, "acme-web"),
        ({"channels": ["latest/stable"]}, "latest/edge"),
    ],
)
def test_limits_are_seen_before_the_upload(
    client: StoreClient,
    charm: Path,
    sandbox_store: ReadySandbox,
    client_of: Any,
    limits: dict[str, Any],
    text: str,
) -> None:
    """Credentials that do not suffice are named, and nothing is sent."""
    del client
    if "packages" in limits:
        sandbox_store.add_package("other", sandbox_store.account)
    limited = client_of(sandbox_store, **limits)
    with pytest.raises(PermissionRequiredError) as caught:
        publish(limited, PublishRequest(charm, ("edge",)))
    assert text in f"{caught.value} {caught.value.why}"
    assert not [request for request in sandbox_store.requests if request.method == "POST"]


def test_channels_are_completed_with_the_default_track() -> None:
    """A risk alone means the default track; a track that does not exist is refused."""
    package = read(
        Package,
        {
            "id": "x",
            "name": "acme-web",
            "type": "charm",
            "private": False,
            "status": "registered",
            "store": "ubuntu",
            "publisher": {"id": "y"},
            "default-track": "2.0",
            "tracks": [{"name": "2.0"}],
        },
    )
    assert list(map(str, channels_of(package, ["edge", "2.0/edge", "latest/beta"]))) == [
        "2.0/edge",
        "latest/beta",
    ]
    with pytest.raises(UsageError, match=r"no track '3\.0'"):
        channels_of(package, ["3.0/edge"])


@pytest.mark.parametrize(
    ("patterns", "channel", "allowed"),
    [
        (["*/edge"], "latest/edge", True),
        (["edge"], "latest/edge", True),
        (["latest/*"], "latest/stable", True),
        (["edge"], "2.0/edge", False),
        (["latest/edge"], "latest/beta", False),
    ],
)
def test_channel_limits_are_patterns(patterns: list[str], channel: str, *, allowed: bool) -> None:
    """Limits are shell-style patterns; a risk alone means the default track's."""
    identity = read(Identity, {"account": {"id": "x"}, "channels": patterns})
    if allowed:
        check_limits(identity, "acme-web", [Channel.parse(channel)])
    else:
        with pytest.raises(PermissionRequiredError):
            check_limits(identity, "acme-web", [Channel.parse(channel)])


def _channel_map(*rows: tuple[str, int, dict[str, int]]) -> ChannelMap:
    from craft_store_core.models import Release, ResourcePin, Revision

    bases = {name: Base("ubuntu", "22.04", name) for name in ("amd64", "arm64")}
    return ChannelMap(
        rows=Listing(
            Release(
                Channel.parse("edge"),
                revision,
                bases[name],
                tuple(ResourcePin(key, value) for key, value in pins.items()),
            )
            for name, revision, pins in rows
        ),
        revisions=Listing(
            [Revision(1, bases=(bases["amd64"],)), Revision(2, bases=tuple(bases.values()))]
        ),
    )


@pytest.mark.parametrize(
    ("rows", "revision", "released"),
    [
        ([("amd64", 1, {"model": 1})], 1, True),
        ([("amd64", 1, {"model": 2})], 1, False),
        ([("amd64", 1, {})], 1, False),
        ([("amd64", 1, {"model": 1}), ("arm64", 9, {})], 1, True),
        ([("amd64", 2, {"model": 1})], 2, False),
        ([("amd64", 2, {"model": 1}), ("arm64", 2, {"model": 1})], 2, True),
        ([("amd64", 2, {"model": 1}), ("arm64", 1, {"model": 1})], 2, False),
        ([], 1, False),
        ([("amd64", 3, {"model": 1})], 3, False),
    ],
)
def test_what_counts_as_released(
    rows: list[tuple[str, int, dict[str, int]]], revision: int, *, released: bool
) -> None:
    """A revision is released when each of its bases has it with the wanted resources."""
    channel = Channel.parse("edge")
    assert is_released(_channel_map(*rows), channel, revision, {"model": 1}) is released


def test_a_resource_that_nothing_gives_is_warned_of_before_anything_is_sent(
    client: StoreClient, charm: Path, tmp_path: Path, sandbox_store: ReadySandbox
) -> None:
    """Unless it was released before, or nothing is to be released."""

    def said(*channels: str, **resources: Path) -> list[str]:
        lines: list[str] = []
        request = PublishRequest(charm, channels, resources)
        with Publication(client, request, polling=QUICK, say=lines.append) as publication:
            publication.check()
        return lines

    given = files(tmp_path, model=b"1", words=b"w")
    (warning,) = said("edge", model=given["model"])
    assert "'words'" in warning
    assert "--resource words=FILE" in warning
    assert len(said("edge")) == 2
    assert said() == []
    assert not any(request.method == "POST" for request in sandbox_store.requests)
    publish(client, PublishRequest(charm, ("beta",), given))
    assert said("edge", model=given["model"]) == []


@pytest.mark.parametrize(
    ("left", "warns"),
    [(timedelta(minutes=20), True), (timedelta(days=2), False), (None, False)],
    ids=["soon", "later", "unknown"],
)
def test_credentials_that_end_soon_are_warned_of(
    client: StoreClient, charm: Path, left: timedelta | None, warns: bool
) -> None:
    """Before anything is sent; those that have ended are an error of their own."""
    ends = None if left is None else datetime.now(timezone.utc) + left
    known = client.authenticator.credential()
    client.authenticator.store(replace(known, expires_at=ends))
    said: list[str] = []
    with Publication(client, PublishRequest(charm), polling=QUICK, say=said.append) as publication:
        publication.check()
    assert any("expire in 20 minutes" in line for line in said) is warns
