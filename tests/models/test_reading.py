"""Reading: what stores send in odd forms, what is kept, what is written again."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.models import (
    Account,
    Base,
    Collaborator,
    DeclaredResource,
    ErrorEntry,
    Guardrail,
    Identity,
    Invite,
    InviteToken,
    IssuedToken,
    Listing,
    Package,
    Release,
    ReleaseResult,
    ResourceRevision,
    ReviewStatus,
    Revision,
    Track,
    UnreadableError,
    UnreadableRow,
    WireModel,
    read,
    read_listing,
)

MODELS: list[type[WireModel]] = [
    Account,
    Base,
    Collaborator,
    DeclaredResource,
    Guardrail,
    Identity,
    Invite,
    IssuedToken,
    Package,
    Release,
    ReleaseResult,
    ResourceRevision,
    ReviewStatus,
    Revision,
    Track,
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["name", "revision", "status", "bases", "base", "channel", "created-at", "type", "upload-id"]
)

REVISION = {
    "bases": [{"architecture": "arm64", "channel": "24.04", "name": "ubuntu"}],
    "created-at": "2026-05-04T03:02:01Z",
    "created-by": "accountaccountaccountaccount0001",
    "errors": None,
    "revision": 12,
    "sha3-384": "ab" * 48,
    "size": 2048,
    "status": "released",
    "version": "v3-1-gabc",
}


def test_a_revision_is_read_whole() -> None:
    """Wire names with hyphens become attributes; times are aware."""
    revision = read(Revision, REVISION)
    assert revision.revision == 12
    assert revision.bases == (Base("ubuntu", "24.04", "arm64"),)
    assert revision.created_at == datetime(2026, 5, 4, 3, 2, 1, tzinfo=timezone.utc)
    assert revision.sha3_384 == "ab" * 48
    assert revision.errors == ()
    assert revision.usable
    assert not revision.rejected
    assert str(revision.bases[0]) == "ubuntu@24.04:arm64"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-04T03:02:01Z", datetime(2026, 5, 4, 3, 2, 1, tzinfo=timezone.utc)),
        (
            "2026-05-04T03:02:01.000250",
            datetime(2026, 5, 4, 3, 2, 1, 250, tzinfo=timezone.utc),
        ),
        (
            "2026-05-04T05:02:01+02:00",
            datetime(2026, 5, 4, 5, 2, 1, tzinfo=timezone(timedelta(hours=2))),
        ),
    ],
)
def test_all_spellings_of_times_are_read_and_aware(text: str, moment: datetime) -> None:
    """One server uses three spellings; a time without a zone is UTC."""
    created = read(Revision, {**REVISION, "created-at": text}).created_at
    assert created == moment
    assert created is not None
    assert created.tzinfo is not None
    assert created.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize("bases", [[None], [], None])
def test_bundles_have_no_bases(bases: Any) -> None:
    """A list that holds null, as bundles and old charms have it, is an empty one."""
    revision = read(Revision, {**REVISION, "bases": bases})
    assert revision.bases == ()
    assert revision.raw["bases"] == bases


def test_nulls_between_bases_do_not_shift_what_was_read() -> None:
    """Each base keeps the object that it was read from."""
    first = {"architecture": "amd64", "channel": "22.04", "name": "ubuntu", "new": 1}
    second = {"architecture": "arm64", "channel": "22.04", "name": "ubuntu", "new": 2}
    revision = read(Revision, {**REVISION, "bases": [None, first, None, second]})
    assert [base.raw["new"] for base in revision.bases] == [1, 2]


def test_missing_keys_are_not_an_error() -> None:
    """Only what identifies a row must be there."""
    revision = read(Revision, {"revision": 1})
    assert (revision.status, revision.version, revision.created_at) == (None, None, None)
    assert read(Package, {"id": "p1"}).links == {}
    assert read(DeclaredResource, {"name": "model"}).type is None


def test_null_is_the_same_as_a_missing_key() -> None:
    """Null in place of an object, a list or a truth value leaves the default."""
    nulls = dict.fromkeys(
        ("private", "publisher", "links", "media", "tracks", "track-guardrails", "name")
    )
    assert read(Package, {"id": "p1", **nulls}) == read(Package, {"id": "p1"})
    row = {"channel": "latest/edge", "revision": 3, "progressive": None, "resources": None}
    assert read(Release, row).progressive.percentage is None


def test_words_of_growing_vocabularies_stay_text() -> None:
    """A state or a kind of tomorrow is readable today."""
    package = read(Package, {"id": "p", "type": "wafer", "status": "embalmed"})
    assert (package.type, package.status) == ("wafer", "embalmed")
    media = read(Package, {"id": "p", "media": [{"type": "hologram", "url": "not a URL"}]}).media
    assert (media[0].type, media[0].url) == ("hologram", "not a URL")


def test_links_are_lists_also_where_the_store_sent_one_text() -> None:
    """A single URL in place of a list is a list of one."""
    links = read(Package, {"id": "p", "links": {"docs": ["a", "b"], "issues": "c"}}).links
    assert links == {"docs": ("a", "b"), "issues": ("c",)}
    with pytest.raises(UnreadableError, match="links"):
        read(Package, {"id": "p", "links": "c"})


def test_numbers_are_taken_for_identifiers() -> None:
    """Upload ids are coerced to text: some servers send numbers."""
    review = read(ReviewStatus, {"upload-id": 4711, "status": "new"})
    assert review.upload_id == "4711"


def test_numbers_are_read_also_from_text() -> None:
    """The phasing percentage was seen as a number and as a text."""
    track = read(Track, {"name": "2.0", "automatic-phasing-percentage": "0.32"})
    assert track.automatic_phasing_percentage == 0.32


def test_errors_of_a_review_are_read_in_any_form() -> None:
    """A null or missing code and a missing message do not lose the entry."""
    revision = read(
        Revision,
        {
            **REVISION,
            "errors": [
                {"code": "review-error", "message": "No metadata", "hint": "x"},
                {"code": None, "message": "Odd"},
                {"message": None},
                "plain text",
                7,
            ],
        },
    )
    assert revision.errors == (
        ErrorEntry("review-error", "No metadata", {"hint": "x"}),
        ErrorEntry(None, "Odd"),
        ErrorEntry(None, ""),
        ErrorEntry(None, "plain text"),
        ErrorEntry(None, ""),
    )


def test_what_a_model_does_not_know_is_kept_and_written() -> None:
    """Unknown keys are in raw and in the JSON, at every level."""
    data = {
        **REVISION,
        "phase": {"of": "the moon"},
        "bases": [{"architecture": "arm64", "channel": "24.04", "name": "ubuntu", "libc": "musl"}],
    }
    revision = read(Revision, data)
    assert revision.raw is data
    assert revision.bases[0].raw["libc"] == "musl"
    written = revision.to_json()
    assert written["phase"] == {"of": "the moon"}
    assert written["bases"][0]["libc"] == "musl"


def test_nested_objects_keep_what_they_were_read_from() -> None:
    """Not only rows: what is inside of them, too."""
    data = {
        "channel": "latest/edge",
        "revision": 3,
        "base": {"name": "ubuntu", "channel": "22.04", "architecture": "amd64", "x": 1},
        "resources": [{"name": "model", "revision": 2, "type": "file", "y": 2}],
        "progressive": {"paused": False, "percentage": 20, "z": 3},
    }
    release = read(Release, data)
    assert release.base is not None
    assert release.base.raw["x"] == 1
    assert release.resources[0].raw["y"] == 2
    assert release.progressive.raw["z"] == 3


def test_what_a_default_stands_for_was_never_sent() -> None:
    """A default shared by all rows does not take over the raw object of one of them."""
    one = read(Release, {"channel": "edge", "revision": 1})
    read(Release, {"channel": "edge", "revision": 2, "progressive": {"percentage": 5}})
    assert one.progressive.raw == {"paused": None, "percentage": None}


def test_objects_made_by_a_program_have_a_raw_form_too() -> None:
    """It is what they would be on the wire."""
    base = Base("ubuntu", "22.04", "amd64")
    assert base.raw == {"name": "ubuntu", "channel": "22.04", "architecture": "amd64"}


def test_objects_with_equal_attributes_are_equal_whatever_came_with_them() -> None:
    """Rows can be compared with what a program makes."""
    data = {"name": "ubuntu", "channel": "22.04", "architecture": "amd64"}
    plain, more = read(Base, data), read(Base, {**data, "libc": "musl"})
    assert plain == more == Base("ubuntu", "22.04", "amd64")
    assert hash(plain) == hash(more)


def test_objects_cannot_be_changed_but_replaced_and_copied() -> None:
    """A copy says of itself what it is now, not what its origin was."""
    revision = read(Revision, REVISION)
    with pytest.raises(dataclasses.FrozenInstanceError):
        revision.status = "approved"  # type: ignore[misc]  # what is tested
    assert dataclasses.replace(revision, status="approved").raw["status"] == "approved"
    assert copy.copy(revision) == revision
    assert pickle.loads(pickle.dumps(revision)) == revision


def test_json_is_plain_and_times_are_written_in_utc() -> None:
    """What the command line prints can be printed, and is the same for every zone."""
    data = {**REVISION, "created-at": "2026-05-04T05:02:01+02:00"}
    written = read(Revision, data).to_json()
    assert written["created-at"] == "2026-05-04T03:02:01Z"
    assert json.loads(json.dumps(written))["sha3-384"] == "ab" * 48
    assert written["errors"] == []


def test_errors_and_links_are_written_back() -> None:
    """Entries keep their extra keys; links keep their kinds."""
    errors = [{"code": "review-error", "message": "No", "hint": "x"}]
    assert read(Revision, {**REVISION, "errors": errors}).to_json()["errors"] == errors
    links = {"docs": ["https://example.com"]}
    assert read(Package, {"id": "p", "links": links}).to_json()["links"] == links


def test_values_without_a_json_form_are_an_error() -> None:
    """A program that puts something else into a model is told."""
    with pytest.raises(TypeError, match="set has no JSON form"):
        IssuedToken("s", revoked_by={1}).to_json()


def test_odd_rows_do_not_lose_the_list() -> None:
    """They are kept beside it, with the reason, which tells no value."""
    rows = [REVISION, {"revision": "seven-secret"}, None, {**REVISION, "revision": 13}, {}]
    listing = read_listing(Revision, rows)
    assert [revision.revision for revision in listing] == [12, 13]
    assert [unreadable.row for unreadable in listing.unreadable] == [rows[1], None, {}]
    reasons = [unreadable.reason for unreadable in listing.unreadable]
    assert reasons[0].startswith("revision: ")
    assert "secret" not in reasons[0]
    assert reasons[1].startswith("the row: ")


def test_rows_with_odd_channels_are_kept_aside() -> None:
    """A channel that cannot be read makes its row unreadable, not the list."""
    listing = read_listing(
        Release,
        [{"channel": odd, "revision": 1} for odd in ("a/b/c/d", 7, ["edge"])]
        + [{"channel": "edge", "revision": 1}],
    )
    assert len(listing) == 1
    assert len(listing.unreadable) == 3


def test_a_listing_is_a_sequence_that_cannot_be_changed() -> None:
    """It compares, counts, slices and shows itself."""
    listing = Listing(["a", "b"], [UnreadableRow(None, "odd")])
    assert (len(listing), listing[0], listing[-1:], "b" in listing) == (2, "a", ("b",), True)
    assert listing == Listing(["a", "b"], [UnreadableRow(None, "odd")])
    assert listing != Listing(["a", "b"])
    assert listing != ["a", "b"]
    assert hash(listing) == hash(Listing(["a", "b"]))
    assert repr(listing) == "Listing(['a', 'b'], unreadable=1)"
    assert repr(Listing(["a"])) == "Listing(['a'])"
    assert listing.to_json() == ["a", "b"]
    with pytest.raises(TypeError):
        listing[0] = "c"  # type: ignore[index]  # what is tested


def test_secrets_are_not_shown() -> None:
    """An invitation's token is not in what logs print."""
    assert "mD3s" not in repr(read(InviteToken, {"email": "al@example.com", "token": "mD3s"}))


@given(st.sampled_from(MODELS), JSON | st.dictionaries(KEYS, JSON))
def test_whatever_comes_is_read_or_explained(model: type[WireModel], data: Any) -> None:
    """No answer of a store can make reading fail in another way; and what is read is writable."""
    try:
        value = read(model, data)
    except UnreadableError:
        assert [odd.row for odd in read_listing(model, [data]).unreadable] == [data]
        return
    assert value.raw == data
    json.dumps(value.to_json())
