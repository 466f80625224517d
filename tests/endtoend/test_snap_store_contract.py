"""Each endpoint of the Snap Store: asked by the library, answered by the sandbox, over sockets.

What a request must look like and what answers may look like is in the plugin's own tests, from the
examples of the reference; here both sides, which know nothing of each other, understand each other.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core import errors as core
from craft_store_core.errors import NotFoundError
from craft_store_core.models import ReleaseRequest, TrackRequest
from craft_store_snapstore import CONFDB_SCHEMAS, VALIDATION_SETS, SnapStoreEndpoints, errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME = "weather-widget"
PNG = b"\x89PNG\r\n\x1a\n"
DIGEST = "kQ7zPx3Lr9-Tb2Wm5Vn8Yc1Hd4Jf6Gs"

ENDPOINTS = """
    POST /dev/api/acl/verify/
    GET /api/v2/tokens/whoami
    GET /dev/api/account
    PATCH /dev/api/account
    GET /dev/api/agreement/
    POST /dev/api/agreement/
    POST /dev/api/account/account-key
    POST /dev/api/register-name/
    POST /dev/api/register-name-dispute/
    POST /unscanned-upload/
    POST /dev/api/snap-push/
    GET /dev/api/snaps/ID/builds/N/status
    POST /dev/api/snap-release/
    POST /dev/api/snaps/ID/close
    GET /dev/api/snaps/ID/state
    GET /api/v2/snaps/NAME/channel-map
    GET /api/v2/snaps/NAME/releases
    GET /api/v2/snaps/NAME/revisions/N
    POST /dev/api/snaps/ID/metadata
    PUT /dev/api/snaps/ID/metadata
    GET /dev/api/snaps/ID/binary-metadata
    POST /dev/api/snaps/ID/binary-metadata
    PUT /dev/api/snaps/ID/binary-metadata
    POST /dev/api/snaps/ID/builds
    GET /dev/api/snaps/ID/validations
    PUT /dev/api/snaps/ID/validations
    GET /dev/api/snaps/ID/developers
    PUT /dev/api/snaps/ID/developers
    GET /api/v2/validation-sets
    GET /api/v2/validation-sets/NAME
    POST /api/v2/validation-sets
    POST /api/v2/validation-sets/build-assertion
    GET /api/v2/confdb-schemas
    GET /api/v2/confdb-schemas/NAME
    POST /api/v2/confdb-schemas
    POST /api/v2/confdb-schemas/build-assertion
    POST /dev/api/snaps/metrics
    GET /dev/api/snaps/info/NAME
    GET /v2/snaps/info/NAME
    DELETE /v1/snap/NAME
    POST /v1/snap/NAME/tracks
    GET /v1/snap/NAME/collaborators
    GET /v1/snap/NAME/collaborators/invites
    POST /v1/snap/NAME/collaborators/invites
    POST /v1/snap/NAME/collaborators/invites/revoke
    POST /v1/snap/NAME/collaborators/invites/accept
    POST /v1/snap/NAME/collaborators/invites/reject
"""
"""What the Snap Store reference, section 17, lists for an account that is logged in.

The login has its own tests.
"""

_PARTS = {"ID": "[A-Za-z0-9]{32}", "NAME": "[a-z0-9-]+", "N": "[0-9]+"}


def asks(*endpoints: str) -> Callable[[Any], Any]:
    """Say which endpoints a test asks; it fails if it does not."""

    def mark(test: Any) -> Any:
        test.endpoints = endpoints
        return test

    return mark


def is_one(endpoint: str, method: str, path: str) -> bool:
    """Tell whether a request went to an endpoint."""
    wanted, _, template = endpoint.partition(" ")
    pattern = re.sub(r"ID|NAME|\bN\b", lambda match: _PARTS[match[0]], template)
    return wanted == method and re.fullmatch(pattern, path) is not None


@pytest.fixture
def snapstore(jo: Any, request: pytest.FixtureRequest) -> Iterator[SnapStoreEndpoints]:
    """What the library asks with credentials for everything."""
    credentials = jo.sandbox.issue_snap_macaroons(jo.sandbox.account).exported
    jo.environment["CRAFT_STORE_CREDENTIALS"] = credentials
    endpoints = jo.connect().endpoints
    assert isinstance(endpoints, SnapStoreEndpoints)
    yield endpoints
    for endpoint in request.function.endpoints:
        sent = [(item.method, item.path) for item in jo.sandbox.requests]
        assert any(is_one(endpoint, *one) for one in sent), f"{endpoint} was not asked: {sent}"


@pytest.fixture
def sam(jo: Any) -> SnapStoreEndpoints:
    """The same for another account."""
    account = jo.sandbox.add_account("sam@example.com", "another password", username="sam-example")
    credentials = jo.sandbox.issue_snap_macaroons(account).exported
    other = {**jo.environment, "CRAFT_STORE_CREDENTIALS": credentials}
    jo.environment, kept = other, jo.environment
    endpoints = jo.connect().endpoints
    jo.environment = kept
    assert isinstance(endpoints, SnapStoreEndpoints)
    return endpoints


def signed(body: str = "", **headers: Any) -> str:
    """An assertion that somebody signed; keys with underscores for hyphens."""
    spelled = {key.replace("_", "-"): value for key, value in headers.items()}
    spelled["sign-key-sha3-384"] = DIGEST
    text = "".join(f"{key}:{_written(value, 2)}\n" for key, value in spelled.items())
    return f"{text}\n{body}\n\nAcLBUg\n" if body else f"{text}\nAcLBUg\n"


def _written(value: Any, indent: int) -> str:
    space = " " * indent
    if isinstance(value, dict):
        return "".join(
            f"\n{space}{key}:{_written(item, indent + 2)}" for key, item in value.items()
        )
    if isinstance(value, list):
        return "".join(f"\n{space}-{_written(item, indent + 2)}" for item in value)
    return f" {value}"


def published(store: SnapStoreEndpoints, file: Path, *channels: str, **options: Any) -> int:
    """Upload a snap and wait for its processing."""
    upload_id = store.upload_file(file)
    url = store.push(NAME, upload_id, channels=channels, **options)
    for _ in range(20):
        status = store.review_status(NAME, url)
        if status.finished:
            assert status.revision is not None, status
            return status.revision
    raise AssertionError("the processing did not end")


def test_every_endpoint_has_a_test() -> None:
    """None of the reference's list is left out, and none is invented."""
    module = sys.modules[__name__]
    tests = [getattr(module, name) for name in dir(module) if name.startswith("test_")]
    asked = {endpoint for test in tests for endpoint in getattr(test, "endpoints", ())}

    assert asked == {line.strip() for line in ENDPOINTS.strip().splitlines()}


@asks("GET /api/v2/tokens/whoami", "GET /dev/api/account", "POST /dev/api/acl/verify/")
def test_the_account(jo: Any, snapstore: SnapStoreEndpoints) -> None:
    """Who it is, what it may do, what it has."""
    pair = jo.sandbox.issue_snap_macaroons(
        jo.sandbox.account, permissions=["package_access"], channels=["edge"]
    )
    identity, account = snapstore.whoami(), snapstore.account()
    verified = snapstore.verify(pair.authorization)

    assert (identity.account.username, identity.permissions) == ("jo-example", None)
    assert (account.id, account.username) == (jo.sandbox.account.id, "jo-example")
    assert (verified.permissions, verified.channels) == (("package_access",), ("edge",))
    assert [item.name for item in snapstore.list_names()] == [NAME]


@asks("PATCH /dev/api/account", "GET /dev/api/agreement/", "POST /dev/api/agreement/")
def test_a_new_account_is_made_ready(jo: Any, snapstore: SnapStoreEndpoints) -> None:
    """The agreement is accepted, then the user name chosen; once."""
    jo.sandbox.set_agreement(jo.sandbox.account, signed=False)
    with pytest.raises(core.AccountNotReadyError):
        snapstore.account()
    assert not snapstore.agreement().latest_tos_accepted

    assert snapstore.accept_agreement().latest_tos_accepted
    snapstore.set_username("jo-example")
    with pytest.raises(errors.InvalidFieldError) as refusal:
        snapstore.set_username("another-name")
    assert refusal.value.field == "short_namespace"


@asks("POST /dev/api/account/account-key")
def test_a_key_is_registered(snapstore: SnapStoreEndpoints) -> None:
    """The account lists it then; the same again is refused."""
    text = signed(
        type="account-key-request",
        account_id=snapstore.account().id,
        name="default",
        public_key_sha3_384=DIGEST,
        since="2026-11-01T00:00:00Z",
    )
    key = snapstore.register_key(text)

    assert (key.name, [item.name for item in snapstore.account().account_keys]) == (
        "default",
        ["default"],
    )
    with pytest.raises(errors.InvalidFieldError):
        snapstore.register_key(text)


@asks(
    "POST /dev/api/register-name/",
    "POST /dev/api/register-name-dispute/",
    "DELETE /v1/snap/NAME",
    "GET /dev/api/snaps/info/NAME",
)
def test_names(jo: Any, snapstore: SnapStoreEndpoints, sam: SnapStoreEndpoints) -> None:
    """Checked, registered (private, in a brand store), claimed, given back; limits are told."""
    jo.sandbox.add_brand_store("acme-id", "Acme", {jo.sandbox.account: ["access"]})
    snapstore.check_name("rain-widget")
    with pytest.raises(core.NotFoundError):
        snapstore.info("rain-widget")
    snap_id = snapstore.register_name("rain-widget", private=True, team="acme-id")

    info = snapstore.info("rain-widget")
    assert (info.snap_id, info.private, info.store) == (snap_id, True, "Acme")
    with pytest.raises(errors.NameTakenError) as taken:
        sam.register_name("rain-widget")
    assert "rain-widget" in (taken.value.claim_url or "")
    assert "rain-widget" in (sam.dispute_name("rain-widget", "Ours").status_url or "")
    with pytest.raises(core.ConflictError):
        sam.register_name("rain-widget")
    jo.sandbox.revoke_name("gone-widget")
    with pytest.raises(core.ConflictError):
        snapstore.check_name("gone-widget")
    assert snapstore.unregister_name("rain-widget") == snap_id
    jo.sandbox.snaps.register_limit = 0
    with pytest.raises(errors.RegistrationLimitedError) as limited:
        snapstore.register_name("rain-widget")
    assert (limited.value.retry_after or 0) > 0


@asks(
    "POST /unscanned-upload/",
    "POST /dev/api/snap-push/",
    "GET /dev/api/snaps/ID/builds/N/status",
    "GET /api/v2/snaps/NAME/channel-map",
)
def test_uploads(snapstore: SnapStoreEndpoints, snap: Callable[..., Path], component: Path) -> None:
    """Asked first, sent with their components, released where the push says."""
    snapstore.check_upload(NAME)
    with pytest.raises(core.NotFoundError):
        snapstore.check_upload("no-such-snap")
    file = snap(components={"maps": {"type": "standard"}})
    maps = snapstore.upload_file(component)
    revision = published(
        *(snapstore, file, "edge", "latest/beta/fix-17"),
        components={"maps": maps},
        built_at="2026-11-21T09:30:00.123456Z",
    )

    rows = snapstore.list_releases(NAME).rows
    assert {(str(row.channel), row.revision) for row in rows} == {
        ("latest/edge", revision),
        ("latest/beta/fix-17", revision),
    }
    with pytest.raises(errors.InvalidFieldError):
        snapstore.push(NAME, "no-such-upload")


@asks("GET /api/v2/snaps/NAME/releases", "GET /api/v2/snaps/NAME/revisions/N")
def test_history(jo: Any, snapstore: SnapStoreEndpoints, snap: Callable[..., Path]) -> None:
    """Read to its last page, however small the pages are."""
    jo.sandbox.snaps.page_size = 2
    for number in (1, 2, 3):
        published(snapstore, snap(f"{number}.snap", version=f"1.{number}"), "edge", "beta")

    assert [row.version for row in snapstore.list_revisions(NAME)] == ["1.1", "1.2", "1.3"]
    past = snapstore.list_past_releases(NAME)
    assert [row.revision for row in past] == [3, 3, 2, 2, 1, 1]
    assert snapstore.get_revision(NAME, 2).version == "1.2"
    with pytest.raises(NotFoundError):
        snapstore.get_revision(NAME, 9)


@asks(
    "POST /dev/api/snap-release/",
    "POST /dev/api/snaps/ID/close",
    "GET /dev/api/snaps/ID/state",
)
def test_releases(snapstore: SnapStoreEndpoints, snap: Callable[..., Path]) -> None:
    """In one step and in parts, closed, promoted for every architecture."""
    from craft_store_core.channels import Channel

    first = published(snapstore, snap("1.snap"), "edge")
    second = published(snapstore, snap("2.snap", architectures=["arm64"]), "edge")
    snapstore.release(
        NAME,
        [
            ReleaseRequest(Channel.parse("beta"), first),
            ReleaseRequest(Channel.parse("stable"), first, percentage=20),
        ],
    )
    progressive = [row for row in snapstore.list_releases(NAME).rows if row.progressive.percentage]

    assert [(str(row.channel), row.revision) for row in progressive] == [("latest/stable", first)]
    assert snapstore.close(NAME, ["beta"]) == ("beta",)
    assert snapstore.promote(NAME, "edge", "candidate") == {"amd64": first, "arm64": second}
    state = snapstore.channel_state(NAME, architecture="arm64")["latest"]["arm64"]
    assert {row.channel: row.info for row in state} == {
        "stable": "none",
        "candidate": "specific",
        "beta": "tracking",
        "edge": "specific",
    }
    with pytest.raises(core.NotFoundError):
        snapstore.release("no-such-snap", [ReleaseRequest(Channel.parse("edge"), 1)])


@asks("POST /v1/snap/NAME/tracks", "PUT /dev/api/snaps/ID/metadata")
def test_tracks(snapstore: SnapStoreEndpoints) -> None:
    """Made at the gateway, one of them made the default at the dashboard."""
    assert snapstore.create_tracks(NAME, [TrackRequest("2.x", version_pattern=r"2\..*")]) == 1
    package = snapstore.update_metadata(NAME, {"default-track": "2.x"})

    assert {track.name for track in package.tracks} == {"latest", "2.x"}
    assert package.default_track == "2.x"


@asks("POST /dev/api/snaps/ID/metadata", "PUT /dev/api/snaps/ID/metadata")
def test_texts(jo: Any, snapstore: SnapStoreEndpoints) -> None:
    """What was edited elsewhere is not overwritten, unless that is meant."""
    snapstore.push_metadata(NAME, {"summary": "Weather", "title": "Widget"})
    jo.sandbox.edit_snap(NAME, summary="Edited on the web")
    with pytest.raises(errors.MetadataConflictError) as conflict:
        snapstore.push_metadata(NAME, {"summary": "Rain", "title": "Widget"})

    assert conflict.value.conflicts == {"summary": "Edited on the web"}
    snapstore.push_metadata(NAME, {"summary": "Rain"}, force=True)
    assert snapstore.info(NAME).summary == "Rain"
    with pytest.raises(core.BadRequestError):
        snapstore.push_metadata(NAME, {"colour": "red"})


@asks(
    "GET /dev/api/snaps/ID/binary-metadata",
    "POST /dev/api/snaps/ID/binary-metadata",
    "PUT /dev/api/snaps/ID/binary-metadata",
)
def test_pictures(jo: Any, snapstore: SnapStoreEndpoints) -> None:
    """A new icon takes the place of the old one and leaves the banner; conflicts are told."""
    assert snapstore.push_media(NAME, [("icon", "a.png", PNG), ("banner", "b.png", PNG + b"b")])
    assert snapstore.set_icon(NAME, ("c.png", PNG + b"c"))
    assert not snapstore.set_icon(NAME, ("c.png", PNG + b"c"))

    assert {(item.type, item.filename) for item in snapstore.list_media(NAME)} == {
        ("banner", "b.png"),
        ("icon", "c.png"),
    }
    jo.sandbox.edit_snap_media(NAME, ("icon", "web.png", PNG + b"web"))
    with pytest.raises(errors.MetadataConflictError):
        snapstore.set_icon(NAME, ("d.png", PNG + b"d"))
    assert snapstore.set_icon(NAME, None, force=True)
    assert not snapstore.list_media(NAME)
    with pytest.raises(core.BadRequestError):
        snapstore.set_icon(NAME, ("e.txt", b"no picture"))


@asks("POST /dev/api/snaps/ID/builds")
def test_builds(jo: Any, snapstore: SnapStoreEndpoints) -> None:
    """Taken, or the store has that switched off."""
    text = signed(
        type="snap-build",
        snap_id=snapstore.snap_id(NAME),
        grade="stable",
        snap_sha3_384=DIGEST,
    )
    assert snapstore.push_snap_build(NAME, text)["grade"] == "stable"
    jo.sandbox.snaps.snap_builds = False
    with pytest.raises(core.StoreUnavailableError):
        snapstore.push_snap_build(NAME, text)


@asks(
    "GET /dev/api/snaps/ID/validations",
    "PUT /dev/api/snaps/ID/validations",
    "GET /v2/snaps/info/NAME",
)
def test_gating(jo: Any, snapstore: SnapStoreEndpoints, sam: SnapStoreEndpoints) -> None:
    """The gated snap is somebody else's, and found by its name."""
    lib = sam.register_name("lib-snap")
    jo.sandbox.gate_snap(NAME, "lib-snap")
    (before,) = snapstore.list_validations(NAME)
    assert before.approved_snap_revision == "-"
    assert snapstore.public_snap_id("lib-snap") == lib
    with pytest.raises(NotFoundError):
        snapstore.public_snap_id("no-such-snap")

    def validation(**more: str) -> str:
        return signed(
            type="validation",
            authority_id=jo.sandbox.account.id,
            series="16",
            snap_id=snapstore.snap_id(NAME),
            approved_snap_id=lib,
            approved_snap_revision="3",
            timestamp="2026-11-01T10:00:00.000000Z",
            **more,
        )

    assert snapstore.push_validation(NAME, validation(revoked="false"))["series"] == "16"
    (during,) = snapstore.list_validations(NAME)
    assert (during.approved_snap_name, during.approved_snap_revision) == ("lib-snap", "3")
    snapstore.push_validation(NAME, validation(revoked="true", revision="1"))
    (after,) = snapstore.list_validations(NAME, include_revoked=True)
    assert after.revoked == "true"


@asks("GET /dev/api/snaps/ID/developers", "PUT /dev/api/snaps/ID/developers")
def test_developers(jo: Any, snapstore: SnapStoreEndpoints) -> None:
    """The old way to say who works on a snap: first there is none."""
    with pytest.raises(core.NotFoundError):
        snapstore.get_developers(NAME)
    text = signed(
        type="snap-developer",
        authority_id=jo.sandbox.account.id,
        publisher_id=jo.sandbox.account.id,
        snap_id=snapstore.snap_id(NAME),
        developers=[{"developer-id": "Ab4y", "since": "2026-11-01T10:00:00Z"}],
    )
    snapstore.push_developers(NAME, text)

    (developer,) = snapstore.get_developers(NAME)["developers"]
    assert developer["developer-id"] == "Ab4y"


@asks(
    "GET /api/v2/validation-sets",
    "GET /api/v2/validation-sets/NAME",
    "POST /api/v2/validation-sets",
    "POST /api/v2/validation-sets/build-assertion",
)
def test_validation_sets(snapstore: SnapStoreEndpoints) -> None:
    """Completed by the store, signed, kept, listed; nothing there is an empty list."""
    assert not snapstore.list_assertions(VALIDATION_SETS, name="lab-set")
    built = snapstore.build_assertion(
        VALIDATION_SETS,
        {
            "account-id": snapstore.account().id,
            "name": "lab-set",
            "sequence": 3,
            "snaps": [{"name": NAME, "presence": "required"}],
        },
    )
    assert (built["sequence"], built["series"]) == ("3", "16")
    text = signed(**{key.replace("-", "_"): value for key, value in built.items()})
    kept = snapstore.push_assertion(VALIDATION_SETS, text)

    assert kept.headers["name"] == "lab-set"
    assert len(snapstore.list_assertions(VALIDATION_SETS)) == 1
    (found,) = snapstore.list_assertions(VALIDATION_SETS, name="lab-set", sequence=3)
    assert found.headers["snaps"][0]["name"] == NAME
    with pytest.raises(core.BadRequestError):
        snapstore.list_assertions(VALIDATION_SETS, name="lab-set", sequence=0)


@asks(
    "GET /api/v2/confdb-schemas",
    "GET /api/v2/confdb-schemas/NAME",
    "POST /api/v2/confdb-schemas",
    "POST /api/v2/confdb-schemas/build-assertion",
)
def test_confdb_schemas(snapstore: SnapStoreEndpoints) -> None:
    """The same, with a body that is kept as it is."""
    body = '{\n  "storage": {"schema": {"wifi": {"values": "any"}}}\n}'
    built = snapstore.build_assertion(
        CONFDB_SCHEMAS,
        {
            "account-id": snapstore.account().id,
            "name": "network",
            "views": {"wifi": {"rules": [{"request": "ssid", "storage": "wifi.ssid"}]}},
            "body": body,
        },
    )
    assert built.pop("body") == body
    built["body-length"] = str(len(body))
    text = signed(body, **{key.replace("-", "_"): value for key, value in built.items()})
    kept = snapstore.push_assertion(CONFDB_SCHEMAS, text)

    assert (kept.headers["name"], kept.body) == ("network", body)
    assert len(snapstore.list_assertions(CONFDB_SCHEMAS)) == 1
    (found,) = snapstore.list_assertions(CONFDB_SCHEMAS, name="network")
    assert found.body == body


@asks("POST /dev/api/snaps/metrics")
def test_metrics(jo: Any, snapstore: SnapStoreEndpoints) -> None:
    """By day and series; and where there are none, that is said."""
    metric = "installed_base_by_channel"
    series = {"latest/stable": {"2026-11-01": 120, "2026-11-02": 124}}
    jo.sandbox.add_metric(NAME, metric, series)
    days = {"start": date(2026, 11, 1), "end": date(2026, 11, 2)}
    known, none = snapstore.metrics(NAME, [metric, "daily_device_change"], **days)

    assert known.buckets == ("2026-11-01", "2026-11-02")
    assert (known.series[0].name, known.series[0].values) == ("latest/stable", (120, 124))
    assert none.status == "NO DATA"


@asks(
    "GET /v1/snap/NAME/collaborators",
    "GET /v1/snap/NAME/collaborators/invites",
    "POST /v1/snap/NAME/collaborators/invites",
    "POST /v1/snap/NAME/collaborators/invites/revoke",
    "POST /v1/snap/NAME/collaborators/invites/accept",
    "POST /v1/snap/NAME/collaborators/invites/reject",
)
def test_collaborators(snapstore: SnapStoreEndpoints, sam: SnapStoreEndpoints) -> None:
    """Invited, turned down, taken back, accepted."""
    email = "sam@example.com"
    with pytest.raises(core.PermissionRequiredError):
        sam.info(NAME)
    (token,) = snapstore.invite(NAME, [email])
    sam.reject_invite(NAME, token.token)
    snapstore.invite(NAME, [email])
    snapstore.revoke_invites(NAME, [email])
    (token,) = snapstore.invite(NAME, [email])
    sam.accept_invite(NAME, token.token)

    (row,) = snapstore.list_collaborators(NAME)
    assert row.account is not None
    assert row.account.username == "sam-example"
    assert len(snapstore.list_invites(NAME)) >= 1
    assert sam.info(NAME).snap_name == NAME
