"""Charmhub's endpoint set against the embedded store: the protocol from one end to the other."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_charmhub import (
    CHARMHUB,
    CharmhubEndpoints,
    LibraryFile,
    LibrarySelector,
)
from craft_store_charmhub.archive import read_archive
from craft_store_core.errors import (
    AuthenticationRequiredError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionRequiredError,
)
from craft_store_core.models import (
    Base,
    ReleaseRequest,
    ResourceBase,
    ResourcePin,
    ReviewStatus,
    TrackRequest,
)
from craft_store_core.plugins import Channel, HTTPClient, RetryPolicy, StoreSession, Work
from craft_store_core.publishing.digests import sha3_384

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

EDGE = Channel.parse("edge")
AMD64, ARM64 = Base("ubuntu", "24.04", "amd64"), Base("ubuntu", "24.04", "arm64")
METADATA = """\
name: teapot
summary: Brews tea.
resources:
  leaves: {type: file, filename: leaves.bin}
  water: {type: oci-image}
"""
MANIFEST = "bases: [{name: ubuntu, channel: '24.04', architectures: [amd64, arm64]}]\n"


class Token:
    """One exchanged token of the sandbox."""

    def __init__(self, token: str) -> None:
        self._token = token

    def authorization(self) -> str:
        return f"Macaroon {self._token}"

    def renew(self, rejected: str) -> bool:
        return False


@pytest.fixture
def client(sandbox_store: Any) -> Iterator[Callable[..., CharmhubEndpoints]]:
    """Make endpoint sets of Charmhub for tokens of the sandbox's account."""
    urls = sandbox_store.urls
    store = CHARMHUB.with_urls(
        {
            "api": urls.api,
            "storage": urls.storage,
            "sso": urls.sso,
            "candid": urls.candid,
            "registry": urls.api,
        }
    )
    with HTTPClient(
        user_agent="test",
        origins=store.origins,
        retries=RetryPolicy(attempts=3),
        work=Work(sleep=lambda seconds: None),
    ) as http:

        def make(**limits: Any) -> CharmhubEndpoints:
            token = Token(sandbox_store.issue_token(sandbox_store.account, **limits))
            endpoints = CharmhubEndpoints(StoreSession(store, http, token))
            assert isinstance(endpoints, CharmhubEndpoints)
            return endpoints

        yield make


@pytest.fixture
def charmhub(client: Callable[..., CharmhubEndpoints]) -> CharmhubEndpoints:
    """The endpoint set of an account without limits."""
    return client()


@pytest.fixture
def charm(tmp_path: Path) -> Callable[[str], Path]:
    """Pack a charm that differs by a text in it."""

    def pack(text: str) -> Path:
        file = tmp_path / f"teapot-{text}.charm"
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("metadata.yaml", METADATA)
            archive.writestr("manifest.yaml", MANIFEST)
            archive.writestr("src/charm.py", f"# {text}\n")
        return file

    return pack


def reviewed(charmhub: CharmhubEndpoints, upload_id: str) -> ReviewStatus:
    """Ask until the review has ended; the sandbox's takes one poll."""
    for _ in range(10):
        status = charmhub.review_status("teapot", upload_id)
        if status.finished:
            return status
    raise AssertionError(status)


def pushed(charmhub: CharmhubEndpoints, file: Path) -> ReviewStatus:
    upload_id = charmhub.upload_file(file)
    charmhub.push_revision("teapot", upload_id)
    return reviewed(charmhub, upload_id)


def pushed_resource(charmhub: CharmhubEndpoints, resource: str, file: Path) -> int:
    upload_id = charmhub.upload_file(file)
    charmhub.push_resource("teapot", resource, upload_id)
    revision = reviewed(charmhub, upload_id).revision
    assert revision is not None
    return revision


def test_a_charm_is_published_from_its_name_to_its_page(
    charmhub: CharmhubEndpoints, charm: Callable[[str], Path], tmp_path: Path, sandbox_store: Any
) -> None:
    """Register, upload, review, resources, release: every list shows it then."""
    sandbox_store.registry.any_digest = True  # the image itself is pushed in test_registry.py
    file = charm("one")
    artifact = read_archive(file)
    package_id = charmhub.register_name(artifact.name, entity_type=artifact.kind)
    (package,) = charmhub.list_names()
    assert (package.id, package.name, package.status) == (package_id, "teapot", "registered")
    assert package.publisher is not None
    assert package.publisher.username == charmhub.whoami().account.username

    review = pushed(charmhub, file)
    assert review.approved
    (revision,) = charmhub.list_revisions("teapot")
    assert revision.bases == artifact.bases == (AMD64, ARM64)
    assert revision.sha3_384 == sha3_384(file)
    assert revision.size == artifact.size
    declared = charmhub.list_resources("teapot", revision=1)
    assert {item.name: item.type for item in declared} == artifact.resources

    leaves = tmp_path / "leaves.bin"
    leaves.write_bytes(b"assam")
    number = pushed_resource(charmhub, "leaves", leaves)
    (stored,) = charmhub.list_resource_revisions("teapot", "leaves")
    assert (stored.revision, stored.size, stored.sha3_384) == (number, 5, sha3_384(leaves))
    assert stored.bases == (ResourceBase(),)

    water = tmp_path / "water.json"
    blob = charmhub.image_blob("teapot", "water", f"sha256:{'1' * 64}")
    assert blob == charmhub.image_blob("teapot", "water", f"sha256:{'1' * 64}")
    assert set(json.loads(blob)) == {"ImageName", "Username", "Password"}
    water.write_bytes(blob)
    pins = (
        ResourcePin("leaves", number),
        ResourcePin("water", pushed_resource(charmhub, "water", water)),
    )
    assert "/" in charmhub.image_credentials("teapot", "water").image_name

    (result,) = charmhub.release("teapot", [ReleaseRequest(EDGE, review.revision, pins)])
    assert (result.channel, result.revision, result.confirmed) == (EDGE, 1, True)
    releases = charmhub.list_releases("teapot")
    assert {row.base for row in releases.at(EDGE)} == {AMD64, ARM64}
    row = releases.effective(Channel.parse("latest/edge/no-branch"), ARM64)
    assert row is not None
    assert [(pin.name, pin.revision) for pin in row.resources] == [
        (pin.name, pin.revision) for pin in pins
    ]
    details = releases.revision(1)
    assert details is not None
    assert details.created_at is not None
    assert details.created_at.tzinfo is not None

    assert charmhub.get_metadata("teapot").status == "published"
    page = charmhub.info("teapot")
    assert (page.id, page.result.summary) == (package_id, "Brews tea.")
    assert {str(found.channel.name) for found in page.channel_map} == {"latest/edge"}
    assert [found.name for found in charmhub.find("teapot")] == ["teapot"]
    assert len(charmhub.public_resource_revisions("teapot", "leaves")) == 1


def test_no_list_has_rows_that_cannot_be_read(
    charmhub: CharmhubEndpoints, charm: Callable[[str], Path]
) -> None:
    """What the store sends is what the models expect."""
    charmhub.register_name("teapot")
    pushed(charmhub, charm("one"))
    releases = charmhub.list_releases("teapot")
    for listing in (
        charmhub.list_names(include_collaborations=True),
        charmhub.list_revisions("teapot"),
        charmhub.list_resources("teapot"),
        releases.rows,
        releases.channels,
        releases.revisions,
        charmhub.list_tokens(include_inactive=True),
    ):
        assert listing.unreadable == ()
    assert [str(info.channel) for info in releases.channels] == [
        "latest/stable",
        "latest/candidate",
        "latest/beta",
        "latest/edge",
    ]


def test_a_channel_is_closed_and_falls_back(
    charmhub: CharmhubEndpoints, charm: Callable[[str], Path], tmp_path: Path
) -> None:
    """Two releases in one request, then an explicit null for one of them."""
    charmhub.register_name("teapot")
    pushed(charmhub, charm("one"))
    pushed(charmhub, charm("two"))
    file = tmp_path / "file"
    file.write_bytes(b"")
    pins = tuple(
        ResourcePin(name, pushed_resource(charmhub, name, file)) for name in ("leaves", "water")
    )
    beta = Channel.parse("beta")
    charmhub.release("teapot", [ReleaseRequest(beta, 1, pins), ReleaseRequest(EDGE, 2, pins)])
    before = charmhub.list_releases("teapot").effective(EDGE, AMD64)
    (closed,) = charmhub.release("teapot", [ReleaseRequest(EDGE, None)])
    after = charmhub.list_releases("teapot")
    effective = after.effective(EDGE, AMD64)
    assert before is not None
    assert effective is not None
    assert (before.revision, closed.revision, effective.revision) == (2, None, 1)
    assert after.at(EDGE) == ()


def test_the_same_bytes_are_refused_with_the_reason(
    charmhub: CharmhubEndpoints, charm: Callable[[str], Path]
) -> None:
    """The review says which digest it has already."""
    charmhub.register_name("teapot")
    file = charm("one")
    pushed(charmhub, file)
    second = pushed(charmhub, file)
    assert second.rejected
    assert sha3_384(file)[:32] in second.errors[0].message


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_lost_answer_makes_no_second_revision(
    charmhub: CharmhubEndpoints, charm: Callable[[str], Path], sandbox_store: Any, moment: Any
) -> None:
    """Whether the connection broke before or after the store took the upload."""
    from craft_store_sandbox import Fault

    charmhub.register_name("teapot")
    sandbox_store.faults.add(Fault(reset=moment), method="POST", path="/teapot/revisions$")
    assert pushed(charmhub, charm("one")).approved
    assert [revision.status for revision in charmhub.list_revisions("teapot")] == ["approved"]


@pytest.mark.parametrize(
    "knob",
    [
        "absolute_status_url",
        "short_channel_names",
        "zoned_created_at",
        "duplicate_branches",
        "null_base",
        "extra_fields",
    ],
)
def test_odd_forms_of_answers_are_understood(
    charmhub: CharmhubEndpoints,
    charm: Callable[[str], Path],
    tmp_path: Path,
    sandbox_store: Any,
    knob: str,
) -> None:
    """Everything that the sandbox can spell in another way is read to the same end."""
    setattr(sandbox_store.faults, knob, True)
    charmhub.register_name("teapot")
    pushed(charmhub, charm("one"))
    file = tmp_path / "file"
    file.write_bytes(b"x")
    pins = tuple(
        ResourcePin(name, pushed_resource(charmhub, name, file)) for name in ("leaves", "water")
    )
    branch = Channel.parse("edge/fix-1")
    results = charmhub.release(
        "teapot", [ReleaseRequest(channel, 1, pins) for channel in (EDGE, branch)]
    )
    assert [(result.channel, result.confirmed) for result in results] == [
        (EDGE, True),
        (branch, True),
    ]
    releases = charmhub.list_releases("teapot")
    assert [row.revision for row in releases.at(branch)] == [1, 1]
    assert all(row.expires_at is not None for row in releases.at(branch))
    assert [info.channel for info in releases.channels].count(branch) == 1
    assert releases.rows.unreadable == releases.revisions.unreadable == ()


def test_a_review_by_a_person_and_a_rejection_are_told(
    charmhub: CharmhubEndpoints, charm: Callable[[str], Path], sandbox_store: Any
) -> None:
    """Waiting for a person is no end; a rejection has its reasons."""
    charmhub.register_name("teapot")
    sandbox_store.faults.manual_review = True
    upload_id = charmhub.upload_file(charm("one"))
    charmhub.push_revision("teapot", upload_id)
    states = [charmhub.review_status("teapot", upload_id) for _ in range(4)]
    assert states[-1].needs_person
    assert not states[-1].finished
    sandbox_store.faults.manual_review = False
    sandbox_store.faults.reject_content[b"poison"] = "No poison, please"
    rejected = pushed(charmhub, charm("poison"))
    assert rejected.rejected
    assert [entry.message for entry in rejected.errors] == ["No poison, please"]


def test_a_name_is_taken_once(charmhub: CharmhubEndpoints, sandbox_store: Any) -> None:
    """The code says whose it is."""
    other = sandbox_store.add_account("al@example.com", "password of al", username="al-other")
    sandbox_store.add_package("kettle", other)
    charmhub.register_name("teapot")
    for name, code in (("teapot", "already-owned"), ("kettle", "already-registered")):
        with pytest.raises(ConflictError) as caught:
            charmhub.register_name(name)
        assert caught.value.codes == (code,)
    assert charmhub.unregister_name("teapot")
    with pytest.raises(NotFoundError):
        charmhub.get_metadata("teapot")


def test_a_name_with_revisions_is_not_given_back(
    charmhub: CharmhubEndpoints, charm: Callable[[str], Path]
) -> None:
    """The store forbids it."""
    charmhub.register_name("teapot")
    pushed(charmhub, charm("one"))
    with pytest.raises(PermissionRequiredError):
        charmhub.unregister_name("teapot")


def test_metadata_and_tracks_are_changed(charmhub: CharmhubEndpoints, sandbox_store: Any) -> None:
    """A guardrail decides which tracks can be created."""
    charmhub.register_name("teapot")
    sandbox_store.add_guardrail("teapot", r"[0-9]+\.[0-9]+")
    assert charmhub.create_tracks("teapot", [TrackRequest("2.0"), TrackRequest("2.1")]) == 2
    with pytest.raises(BadRequestError):
        charmhub.create_tracks("teapot", [TrackRequest("two")])
    with pytest.raises(ConflictError):
        charmhub.create_tracks("teapot", [TrackRequest("2.0")])
    changed = charmhub.update_metadata(
        "teapot", {"summary": "More tea", "default-track": "2.0", "links": {"docs": ["https://x"]}}
    )
    assert (changed.summary, changed.default_track) == ("More tea", "2.0")
    assert changed.links == {"docs": ("https://x",)}
    assert {track.name for track in changed.tracks} == {"latest", "2.0", "2.1"}
    assert changed.track_guardrails[0].pattern == r"[0-9]+\.[0-9]+"


def test_architectures_of_a_resource_are_replaced(
    charmhub: CharmhubEndpoints, charm: Callable[[str], Path], tmp_path: Path
) -> None:
    """And read back."""
    charmhub.register_name("teapot")
    pushed(charmhub, charm("one"))
    file = tmp_path / "leaves.bin"
    file.write_bytes(b"assam")
    number = pushed_resource(charmhub, "leaves", file)
    updates = {number: [ResourceBase(("amd64",))]}
    assert charmhub.update_resource_revisions("teapot", "leaves", updates) == 1
    (stored,) = charmhub.list_resource_revisions("teapot", "leaves")
    assert stored.bases == (ResourceBase(("amd64",)),)
    assert stored.updated_at is not None


def test_limits_of_credentials_are_told_and_enforced(
    client: Callable[..., CharmhubEndpoints], sandbox_store: Any
) -> None:
    """The limits that whoami tells are those that the store holds to."""
    sandbox_store.add_package("teapot", sandbox_store.account)
    limited = client(
        permissions=["package-view"],
        packages=[{"type": "charm", "name": "teapot"}],
        channels=["latest/edge"],
    )
    identity = limited.whoami()
    assert identity.allows("package-view-revisions")
    assert not identity.allows("package-manage-releases")
    assert identity.channels == ("latest/edge",)
    assert identity.packages is not None
    assert [scope.name for scope in identity.packages] == ["teapot"]
    with pytest.raises(PermissionRequiredError):
        limited.release("teapot", [ReleaseRequest(EDGE, 1)])


def test_a_token_is_revoked(client: Callable[..., CharmhubEndpoints]) -> None:
    """It is found in the list, ended, gone from the list of active ones, and of no more use."""
    charmhub, other = client(), client(description="another job")
    (token,) = [each for each in other.list_tokens() if each.description == "another job"]
    assert token.revoked_at is None
    (revoked,) = charmhub.revoke_token(token.session_id)
    assert revoked.session_id == token.session_id
    assert token.session_id not in {each.session_id for each in charmhub.list_tokens()}
    ended = {each.session_id: each for each in charmhub.list_tokens(include_inactive=True)}
    assert ended[token.session_id].revoked_at is not None
    with pytest.raises(AuthenticationRequiredError):
        other.list_tokens()


def test_collaborators_are_invited(charmhub: CharmhubEndpoints, sandbox_store: Any) -> None:
    """The invitation is pending until it is taken back."""
    charmhub.register_name("teapot")
    (token,) = charmhub.invite("teapot", ["al@example.com"])
    assert token.email == "al@example.com"
    (invite,) = charmhub.list_invites("teapot")
    assert invite.state(sandbox_store.clock.now()) == "pending"
    charmhub.revoke_invites("teapot", ["al@example.com"])
    (invite,) = charmhub.list_invites("teapot")
    assert invite.state(sandbox_store.clock.now()) == "revoked"
    assert len(charmhub.list_collaborators("teapot")) == 0


def test_a_library_is_published_and_found(charmhub: CharmhubEndpoints) -> None:
    """The store computes the same hash."""
    charmhub.register_name("teapot")
    assert len(charmhub.find_libraries([LibrarySelector(charm_name="teapot")])) == 0
    library_id = charmhub.register_library("teapot", "tea")
    content = f'LIBID = "{library_id}"\nLIBAPI = 0\nLIBPATCH = 1\n\r\nBREW = "é"\n'
    local = LibraryFile(library_id, 0, 1, content)
    published = charmhub.publish_library("teapot", local)
    assert published.hash == local.hash
    (tip,) = charmhub.find_libraries([LibrarySelector(library_id=library_id, api=0)])
    assert not local.must_be_published(tip)
    assert charmhub.get_library("teapot", library_id).content == content
    with pytest.raises(NotFoundError):
        charmhub.find_libraries([LibrarySelector(charm_name="nobody")])
