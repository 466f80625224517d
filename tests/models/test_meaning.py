"""What models conclude from what they hold: reviews, limits, invitations, requests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from craft_store_core.channels import Channel
from craft_store_core.models import (
    Account,
    Artifact,
    Base,
    Identity,
    Invite,
    ReleaseRequest,
    ResourceBase,
    ResourcePin,
    ReviewStatus,
    Revision,
    TrackRequest,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("status", "revision", "finished", "approved", "rejected", "needs_person"),
    [
        ("new", None, False, False, False, False),
        ("new", 7, False, False, False, False),
        ("scanned", None, False, False, False, False),
        ("approved", 7, True, True, False, False),
        ("approved", None, True, False, False, False),
        ("rejected", None, True, False, True, False),
        ("manual-review", None, False, False, False, True),
        ("Needs-Review", None, False, False, False, True),
        ("processing", None, False, False, False, False),
    ],
)
def test_only_two_states_of_a_review_are_final(
    status: str,
    revision: int | None,
    finished: bool,
    approved: bool,
    rejected: bool,
    needs_person: bool,
) -> None:
    """Unknown states are pending; approval without a revision is none."""
    review = ReviewStatus("u", status, revision)
    assert review.finished is finished
    assert review.approved is approved
    assert review.rejected is rejected
    assert review.needs_person is needs_person


@pytest.mark.parametrize(
    ("status", "usable", "rejected"),
    [
        ("approved", True, False),
        ("released", True, False),
        ("published", True, False),
        ("rejected", False, True),
        ("rejected-by-hand", False, True),
        ("new", False, False),
        (None, False, False),
    ],
)
def test_revisions_are_usable_when_they_passed_the_review(
    status: str | None, usable: bool, rejected: bool
) -> None:
    """A revision that was released is no longer called approved."""
    revision = Revision(1, status)
    assert (revision.usable, revision.rejected) == (usable, rejected)


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        ("ManualReviewPending", True),
        ("NeedsInformation", True),
        ("ReviewInProgress", True),
        ("ReviewQueued", True),
        ("needs-manual-review", True),
        ("AutomaticallyRejected", False),
        ("Unpublished", False),
        ("approved", False),
        ("new", False),
        (None, False),
    ],
)
def test_revisions_wait_for_a_review(status: str | None, waits: bool) -> None:
    """In the words of each kind of store; words that nobody knows are no review."""
    assert Revision(1, status).in_review is waits


@pytest.mark.parametrize(
    ("permissions", "asked", "allowed"),
    [
        (None, "package-manage-revisions", True),
        ((), "package-manage-revisions", False),
        (("package-manage-revisions",), "package-manage-revisions", True),
        (("package-manage",), "package-manage-revisions", True),
        (("package-manage",), "package-view-revisions", False),
        (("package-view",), "package-view-releases", True),
        (("package-view",), "package-view", True),
        (("package-view",), "package-viewer", False),
        (("account-view-packages",), "account-register-package", False),
    ],
)
def test_shorthands_stand_for_their_permissions(
    permissions: tuple[str, ...] | None, asked: str, allowed: bool
) -> None:
    """Managing does not imply viewing."""
    assert Identity(Account(), permissions=permissions).allows(asked) is allowed


def test_the_state_of_an_invitation_is_computed() -> None:
    """Revocation counts before acceptance, and acceptance before the end of its time."""
    later, before = NOW + timedelta(days=1), NOW - timedelta(days=1)
    mail = "al@example.com"
    assert Invite(mail, expires_at=later).state(NOW) == "pending"
    assert Invite(mail).state(NOW) == "pending"
    assert Invite(mail, expires_at=before).state(NOW) == "expired"
    assert Invite(mail, accepted_at=before, expires_at=before).state(NOW) == "accepted"
    assert Invite(mail, accepted_at=before, revoked_at=before).state(NOW) == "revoked"


def test_a_request_to_close_says_null() -> None:
    """The key is there with null, or the store would not close the channel."""
    assert ReleaseRequest(Channel.parse("1.0/beta"), None).to_json() == {
        "channel": "1.0/beta",
        "revision": None,
        "resources": [],
    }


def test_a_request_to_release_names_resources_without_their_type() -> None:
    """The type is the store's to know."""
    pins = (ResourcePin("model", 2, "file"), ResourcePin("extra"))
    assert ReleaseRequest(Channel.parse("edge"), 7, pins).to_json() == {
        "channel": "latest/edge",
        "revision": 7,
        "resources": [{"name": "model", "revision": 2}, {"name": "extra", "revision": None}],
    }


def test_a_track_request_is_written_whole() -> None:
    """Numbers stay numbers."""
    assert TrackRequest("2.0", automatic_phasing_percentage=50).to_json() == {
        "name": "2.0",
        "version-pattern": None,
        "automatic-phasing-percentage": 50,
    }


def test_a_resource_base_fits_everything_unless_told() -> None:
    """The store's own default."""
    assert ResourceBase().to_json() == {"architectures": ["all"], "name": "all", "channel": "all"}


def test_an_artifact_is_shown_as_plain_data() -> None:
    """The path is a text, the resources a mapping of name to type."""
    artifact = Artifact(
        Path("a.charm"), 10, "a", "charm", (Base("ubuntu", "22.04", "amd64"),), {"model": "file"}
    )
    assert artifact.to_json() == {
        "path": "a.charm",
        "size": 10,
        "name": "a",
        "kind": "charm",
        "bases": [{"name": "ubuntu", "channel": "22.04", "architecture": "amd64"}],
        "resources": {"model": "file"},
        "summary": None,
        "components": {},
    }
