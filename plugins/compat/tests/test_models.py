"""Models: what is read, what is written, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from craft_store import models, publisher
from craft_store.models import (
    charm_list_releases_model,
    registered_name_model,
    revisions_model,
    snap_list_releases_model,
)

BASE = {"architecture": "amd64", "channel": "22.04", "name": "ubuntu"}
REVISION: dict[str, Any] = {
    "created-at": "2026-03-01T09:12:44Z",
    "revision": 7,
    "sha3-384": "ab" * 48,
    "size": 20,
    "status": "released",
    "version": "7",
}
PACKAGE: dict[str, Any] = {
    "id": "i",
    "private": False,
    "publisher": {"id": "p"},
    "status": "published",
    "store": "ubuntu",
    "type": "charm",
}


def test_only_what_was_set_is_written() -> None:
    """Unset fields are left out; those that were set to None are not."""
    closing = models.ReleaseRequestModel(channel="edge", revision=None)
    binding = models.ReleaseRequestModel(
        channel="edge", revision=7, resources=[models.ResourceModel(name="model", revision=2)]
    )

    assert closing.marshal() == {"channel": "edge", "revision": None}
    assert binding.marshal()["resources"] == [{"name": "model", "revision": 2}]
    assert closing.resources == []


def test_models_cannot_be_changed() -> None:
    """What was read stays as it was read."""
    account = models.AccountModel(id="i", display_name="Jo Example")

    with pytest.raises(ValidationError, match="frozen"):
        account.id = "j"  # type: ignore[misc]  # that is the test
    assert account.marshal() == {"id": "i", "display-name": "Jo Example"}
    assert models.AccountModel.unmarshal(account.marshal()) == account


def test_bases_of_resources_are_checked() -> None:
    """By default they fit everything; none, and one twice, are errors."""
    base = models.RequestCharmResourceBase()

    assert base.architectures == models.ResponseCharmResourceBase().architectures == ["all"]
    for wrong in ([], ["amd64", "amd64"]):
        with pytest.raises(ValidationError, match="architectures"):
            models.RequestCharmResourceBase(architectures=wrong)
    for fields in ({"revision": 0, "bases": [base]}, {"revision": 1, "bases": []}):
        with pytest.raises(ValidationError):
            models.CharmResourceRevisionUpdateRequest(**fields)


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"bases": [BASE]}, revisions_model.CharmRevisionModel),
        (
            {
                "apps": ["tool"],
                "architectures": ["amd64"],
                "confinement": "strict",
                "created-by": "a",
                "grade": "stable",
                "type": "app",
            },
            revisions_model.SnapRevisionModel,
        ),
        ({"commit-id": "abc", "created-by": "a"}, revisions_model.GitRevisionModel),
        ({}, revisions_model.RevisionModel),
    ],
)
def test_revisions_are_of_their_kind(more: dict[str, Any], kind: type) -> None:
    """The fields that are there say which kind it is."""
    assert type(models.RevisionModel.unmarshal({**REVISION, **more})) is kind


def test_odd_rows_are_read() -> None:
    """One row that is unlike the others does not make a list unreadable."""
    row: dict[str, Any] = {"base": None, "channel": "latest/edge", "revision": 7}
    row["when"] = "2026-03-01T09:15:02Z"
    error = {"code": None, "message": "It is wrong."}
    charm = charm_list_releases_model.ListReleasesModel.unmarshal(
        {
            "channel-map": [row],
            "package": {"channels": []},
            "revisions": [{**REVISION, "bases": [None]}],
        }
    )
    snap = snap_list_releases_model.ChannelMapModel.unmarshal({**row, "architecture": "amd64"})
    revision = revisions_model.RevisionModel.unmarshal(
        {**REVISION, "bases": [None, BASE], "errors": [error]}
    )
    name = registered_name_model.RegisteredNameModel.unmarshal(
        {
            **PACKAGE,
            "links": None,
            "tracks": None,
            "media": [{"type": "video", "url": "https://example.com/film"}],
            "website": "example dot com",
        }
    )
    gateway = publisher.Releases.unmarshal(
        {
            "channel-map": [],
            "package": {"channels": []},
            "revisions": [{**REVISION, "bases": [None], "version": None}],
        }
    )

    assert charm.channel_map[0].base is None
    assert charm.channel_map[0].progressive.percentage is None
    assert charm.channel_map[0].resources == []
    assert charm.revisions[0].bases == [None]
    assert snap.progressive.paused is None
    assert isinstance(revision, revisions_model.CharmRevisionModel)
    assert revision.errors is not None
    assert revision.errors[0].code is None
    assert name.media[0].type == "video"
    assert name.website == "example dot com"
    assert (name.links, name.tracks) == ({}, [])
    assert gateway.revisions[0].version is None


def test_websites_and_times_are_written_as_text() -> None:
    """A web address is one, and a time keeps having a zone or none."""
    track = {"name": "1.0", "created-at": "2023-11-13T09:09:28.717348"}
    guardrail = {"pattern": "[0-9]+", "created-at": "2023-11-13T09:09:28Z"}
    read = models.RegisteredNameModel.unmarshal(
        {
            **PACKAGE,
            "tracks": [track],
            "track-guardrails": [guardrail],
            "website": "https://example.com",
        }
    )
    written = read.marshal()

    assert read.website is not None
    assert read.website == type(read.website)("https://example.com")
    assert not isinstance(read.website, str)
    assert written["website"] == "https://example.com/"
    assert written["tracks"] == [track]
    assert written["track-guardrails"][0]["created-at"] == "2023-11-13T09:09:28+00:00"
    assert read.track_guardrails[0].pattern.fullmatch("12")


def test_revisions_in_one_channel_map_may_be_of_several_kinds() -> None:
    """Each row keeps its own fields."""
    rows = [{**REVISION, "bases": [BASE]}, {**REVISION, "apps": []}, {**REVISION, "commit-id": "a"}]
    read = publisher.Releases.unmarshal(
        {"channel-map": [], "package": {"channels": []}, "revisions": rows}
    )

    assert [type(row).__name__ for row in read.revisions] == [
        "CharmRevision",
        "SnapRevision",
        "SourceRevision",
    ]
    assert read.marshal()["revisions"][0]["bases"] == [BASE]
    with pytest.raises(ValidationError):
        publisher.Releases.unmarshal(
            {"channel-map": [], "package": {"channels": []}, "revisions": "none"}
        )
    assert publisher.Revision.of_kind(read.revisions[0]) is read.revisions[0]
