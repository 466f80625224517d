"""Revisions, reviews, resources and releases, as a publisher meets them."""

from __future__ import annotations

import hashlib
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from craft_store_sandbox import ReviewPace, build_charm

AMD64 = {"name": "ubuntu", "channel": "22.04", "architectures": ["amd64"]}
BOTH = {"name": "ubuntu", "channel": "22.04", "architectures": ["amd64", "arm64"]}


def test_a_charm_with_a_resource_is_published(acme: Any) -> None:
    """Upload, review, resource, release: the channel map shows the pairing for each base."""
    revision = acme.push(resources={"model": "file"}, bases=[BOTH])
    resource = acme.push_resource(b"weights")
    released = acme.release(
        {
            "channel": "edge",
            "revision": 1,
            "resources": [{"name": "model", "revision": resource["revision"]}],
        }
    )
    answer = acme.channel_map()

    assert revision == {
        "errors": None,
        "revision": 1,
        "status": "approved",
        "upload-id": revision["upload-id"],
    }
    assert released == [
        {
            "channel": "latest/edge",
            "revision": 1,
            "resources": [{"name": "model", "revision": 1}],
        }
    ]
    rows = answer["channel-map"]
    assert [row["base"]["architecture"] for row in rows] == ["amd64", "arm64"]
    for row in rows:
        assert set(row["base"]) == {"architecture", "channel", "name"}
        assert row["resources"] == [{"name": "model", "revision": 1, "type": "file"}]
        assert row["expiration-date"] is None
        assert row["progressive"] == {"paused": None, "percentage": None}
        assert row["when"].endswith("Z")
    (listed,) = answer["revisions"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", listed["created-at"])
    assert [channel["name"] for channel in answer["package"]["channels"]] == [
        "latest/stable",
        "latest/candidate",
        "latest/beta",
        "latest/edge",
    ]
    metadata = acme.ok("GET", "/v1/charm/acme-web")["metadata"]
    assert metadata["status"] == "published"
    assert metadata["summary"] == "A charm for tests."


def test_the_status_url_is_path_and_query_alone(acme: Any) -> None:
    """Clients glue it to their base URL."""
    upload_id = acme.upload(build_charm(acme.folder).read_bytes())
    answer = acme.ok("POST", "/v1/charm/acme-web/revisions", {"upload-id": upload_id})

    expected = f"/v1/charm/acme-web/revisions/review?upload-id={upload_id}"
    assert answer == {"status-url": expected}


def test_a_review_takes_its_polls(sandbox_factory: Any, wire_client: Any) -> None:
    """The states come one after the other, by number of polls."""
    client = wire_client(sandbox_factory(review=ReviewPace(polls=3)))
    client.sandbox.add_package("acme-web", client.sandbox.account)
    upload_id = client.upload(build_charm(client.folder).read_bytes())
    url = client.ok("POST", "/v1/charm/acme-web/revisions", {"upload-id": upload_id})["status-url"]
    states = [client.ok("GET", url)["revisions"][0]["status"] for _ in range(5)]

    assert states == ["new", "scanned", "scanned", "approved", "approved"]


def test_a_review_ends_by_the_clock_as_well(acme: Any) -> None:
    """A client that stopped polling finds its revision later."""
    upload_id = acme.upload(build_charm(acme.folder).read_bytes())
    acme.ok("POST", "/v1/charm/acme-web/revisions", {"upload-id": upload_id})
    before = acme.ok("GET", "/v1/charm/acme-web/revisions")["revisions"]
    acme.sandbox.clock.advance(60)
    (after,) = acme.ok("GET", "/v1/charm/acme-web/revisions")["revisions"]

    assert before == []
    assert (after["revision"], after["status"]) == (1, "approved")


def test_revisions_are_listed_oldest_first_with_every_key(acme: Any) -> None:
    """Digest and size are those of the bytes; rejected ones are listed with their errors."""
    content = build_charm(acme.folder, payload=b"one", files={"version": "1.2-git\n"}).read_bytes()
    acme.push(content=content)
    acme.push(name="acme-web", content=b"no zip at all")
    first, second = acme.ok("GET", "/v1/charm/acme-web/revisions")["revisions"]

    assert first["sha3-384"] == hashlib.sha3_384(content).hexdigest()
    assert first["size"] == len(content)
    assert first["version"] == "1.2-git"
    assert first["created-at"].endswith("Z")
    assert first["created-by"] == acme.sandbox.account.id
    assert first["errors"] is None
    assert (second["status"], second["version"]) == ("rejected", "2")
    assert second["errors"][0]["code"] == "review-error"


def test_revisions_can_be_filtered(acme: Any) -> None:
    """By number and by field; unknown numbers give nothing, unknown fields are refused."""
    acme.push()
    path = "/v1/charm/acme-web/revisions"

    assert acme.ok("GET", f"{path}?revision=2")["revisions"] == []
    assert acme.ok("GET", f"{path}?revision=1&fields=revision,status")["revisions"] == [
        {"revision": 1, "status": "approved"}
    ]
    assert acme.refused("GET", f"{path}?fields=colour")[:2] == (400, "api-error")
    assert acme.refused("GET", f"{path}?revision=x")[:2] == (400, "api-error")


def test_identical_bytes_are_rejected(acme: Any) -> None:
    """The message names the digest."""
    content = build_charm(acme.folder).read_bytes()
    acme.push(content=content)
    again = acme.push(content=content)

    digest = hashlib.sha3_384(content).hexdigest()
    assert again["status"] == "rejected"
    assert again["errors"] == [
        {
            "code": "review-error",
            "message": "Cannot insert package. An upload with that digest"
            f" (SHA3-384: '{digest}') already exists in the database.",
        }
    ]
    assert len(acme.ok("GET", "/v1/charm/acme-web/revisions")["revisions"]) == 1


def test_an_upload_is_used_once(acme: Any) -> None:
    """An upload id that was notified, or never existed, is refused."""
    used = acme.push()["upload-id"]
    path = "/v1/charm/acme-web/revisions"

    for upload_id in (used, "nothing", "../store.sqlite3", "a\0b"):
        assert acme.refused("POST", path, {"upload-id": upload_id})[:2] == (400, "api-error")
    assert acme.refused("GET", f"{path}/review?upload-id=nothing")[:2] == (
        404,
        "resource-not-found",
    )
    assert len(acme.ok("GET", f"{path}/review")["revisions"]) == 1


def test_a_release_needs_the_declared_resources(acme: Any) -> None:
    """The three messages of the gateway."""
    acme.push(resources={"model": "file"})
    package_id = acme.ok("GET", "/v1/charm/acme-web")["metadata"]["id"]
    path = "/v1/charm/acme-web/releases"

    def message(*resources: Any) -> str:
        item = {"channel": "edge", "revision": 1, "resources": list(resources)}
        status, code, text = acme.refused("POST", path, [item])
        assert (status, code) == (400, "api-error")
        return str(text)

    missing = (
        "Resource 'model' doesn't have a released revision for charm with id"
        f" '{package_id}' and revision 1"
    )
    assert message() == missing
    assert message({"name": "model", "revision": None}) == missing
    assert message({"name": "other", "revision": 1}) == (
        f"Resource 'other' is not valid for charm with id {package_id} and revision 1"
    )
    assert message({"name": "model", "revision": 2}).startswith(
        "Resource 'model' with revision 2 does not exist for charm"
    )


def test_releases_inherit_resources(acme: Any) -> None:
    """The channel's own pairing first, then what was released last for the charm."""
    acme.push(resources={"model": "file"})
    for content in (b"one", b"two"):
        acme.push_resource(content)

    def paired(channel: str, *resources: int) -> int:
        chosen = [{"name": "model", "revision": number} for number in resources]
        (row,) = acme.release({"channel": channel, "revision": 1, "resources": chosen})
        return int(row["resources"][0]["revision"])

    assert paired("edge", 1) == 1
    assert paired("beta", 2) == 2
    assert paired("edge") == 1
    assert paired("stable") == 2


def test_optional_resources_may_be_left_out(acme: Any) -> None:
    """A null revision, or none at all, releases without the resource."""
    acme.push(resources={"model": {"type": "file", "optional": True}})
    item = {"channel": "edge", "revision": 1}

    for body in (item, {**item, "resources": [{"name": "model", "revision": None}]}):
        assert acme.release(body)[0]["resources"] == [{"name": "model", "revision": None}]


def test_releases_of_other_bases_are_not_disturbed(acme: Any) -> None:
    """One channel holds a revision for each base."""
    acme.push(bases=[BOTH])
    acme.push(bases=[AMD64], payload=b"2")
    acme.release({"channel": "edge", "revision": 1}, {"channel": "edge", "revision": 2})
    rows = acme.channel_map()["channel-map"]

    assert {row["base"]["architecture"]: row["revision"] for row in rows} == {
        "amd64": 2,
        "arm64": 1,
    }
    assert {row["revision"] for row in acme.channel_map()["revisions"]} == {1, 2}


@pytest.mark.parametrize(
    ("item", "status", "text"),
    [
        ({"channel": "nonsense", "revision": 1}, 400, "Invalid channel name"),
        ({"channel": "edge//x", "revision": 1}, 400, "Invalid channel name"),
        ({"channel": "2.0/edge", "revision": 1}, 400, "Track '2.0' does not exist"),
        ({"channel": "edge", "revision": 9}, 404, "Revision 9 not found"),
        ({"channel": "edge", "revision": 2}, 400, "Revision 2 is not approved"),
        ({"channel": "edge"}, 400, "'revision' is a required property"),
        ({"channel": "edge", "revision": 0}, 400, "0 is less than the minimum of 1"),
    ],
)
def test_bad_releases_change_nothing(acme: Any, item: Any, status: int, text: str) -> None:
    """All items are applied or none."""
    acme.push()
    acme.push(content=b"not a zip")
    body = [{"channel": "beta", "revision": 1}, item]
    found, _, message = acme.refused("POST", "/v1/charm/acme-web/releases", body)

    assert found == status
    assert text in message
    assert acme.channel_map()["channel-map"] == []


def test_closing_removes_the_rows_and_keeps_the_channel(acme: Any) -> None:
    """A closed channel falls back; closing twice is no error."""
    acme.push()
    acme.release({"channel": "edge", "revision": 1}, {"channel": "beta", "revision": 1})
    close: dict[str, Any] = {"channel": "edge", "revision": None, "resources": []}
    assert acme.release(close, close)[0] == {**close, "channel": "latest/edge"}
    answer = acme.channel_map()

    assert [row["channel"] for row in answer["channel-map"]] == ["latest/beta"]
    edge = answer["package"]["channels"][-1]
    assert (edge["name"], edge["fallback"]) == ("latest/edge", "latest/beta")


def test_branches_expire_thirty_days_after_their_last_release(acme: Any) -> None:
    """They vanish from rows and channels; a release in between prolongs them."""
    acme.push()
    branch = {"channel": "edge/fix-1", "revision": 1}
    acme.release(branch)
    answer = acme.channel_map()
    assert answer["channel-map"][0]["expiration-date"] is not None
    assert answer["package"]["channels"][-1] == {
        "branch": "fix-1",
        "fallback": "latest/edge",
        "name": "latest/edge/fix-1",
        "risk": "edge",
        "track": "latest",
    }

    acme.sandbox.clock.advance(29 * 86400)
    acme.release(branch)
    acme.sandbox.clock.advance(29 * 86400)
    assert len(acme.channel_map()["channel-map"]) == 1
    acme.sandbox.clock.advance(2 * 86400)
    answer = acme.channel_map()
    assert answer["channel-map"] == []
    assert len(answer["package"]["channels"]) == 4


def test_a_token_limited_to_channels_releases_only_there(acme: Any) -> None:
    """Names and shell-style patterns."""
    acme.push()
    for limit in (["edge"], ["latest/edge"], ["*/edge"]):
        token = acme.sandbox.issue_token(acme.sandbox.account, channels=limit)
        path = "/v1/charm/acme-web/releases"
        good = acme.call("POST", path, [{"channel": "edge", "revision": 1}], token=token)
        bad = acme.refused("POST", path, [{"channel": "stable", "revision": 1}], token=token)

        assert good.status_code == 200
        assert bad[:2] == (401, "permission-required")


def test_the_default_track_completes_short_channels(acme: Any) -> None:
    """After a change of default track, 'edge' means that track's."""
    acme.push()
    acme.sandbox.add_track("acme-web", "2.0", version_pattern="1.*|[0-9]+")
    acme.ok("PATCH", "/v1/charm/acme-web", {"default-track": "2.0"})

    assert acme.release({"channel": "edge", "revision": 1})[0]["channel"] == "2.0/edge"


def test_a_track_takes_only_versions_of_its_pattern(acme: Any) -> None:
    """The pattern is matched on the whole version."""
    acme.push(files={"version": "3.1"})
    acme.sandbox.add_track("acme-web", "2.0", version_pattern=r"2\..*")
    body = [{"channel": "2.0/edge", "revision": 1}]

    assert "does not match" in acme.refused("POST", "/v1/charm/acme-web/releases", body)[2]


def test_rows_of_removed_tracks_stay(acme: Any) -> None:
    """The channel map may name tracks that no longer exist."""
    acme.push()
    acme.sandbox.add_track("acme-web", "2.0")
    acme.release({"channel": "2.0/edge", "revision": 1})
    acme.sandbox.remove_track("acme-web", "2.0")
    answer = acme.channel_map()

    assert answer["channel-map"][0]["channel"] == "2.0/edge"
    assert {channel["track"] for channel in answer["package"]["channels"]} == {"latest"}


def test_resources_are_declared_by_revisions(acme: Any) -> None:
    """One row for each charm revision and resource."""
    acme.push(resources={"model": "file", "image": {"type": "oci-image", "optional": True}})
    acme.push(resources={"model": "file"})
    rows = acme.ok("GET", "/v1/charm/acme-web/resources")["resources"]

    assert rows == [
        {"name": "image", "optional": True, "revision": 1, "type": "oci-image"},
        {"name": "model", "optional": False, "revision": 1, "type": "file"},
        {"name": "model", "optional": False, "revision": 2, "type": "file"},
    ]
    only = acme.ok("GET", "/v1/charm/acme-web/resources?revision=2")["resources"]
    assert only == rows[2:]


def test_resource_revisions_carry_all_digests(acme: Any) -> None:
    """Oldest first, with four digests of the bytes, the default base, and zone-aware times."""
    acme.push(resources={"model": "file"})
    acme.push_resource(b"")
    acme.push_resource(b"two", type="file", bases=[{"architectures": ["amd64"]}])
    first, second = acme.ok("GET", "/v1/charm/acme-web/resources/model/revisions")["revisions"]

    assert (first["revision"], first["size"]) == (1, 0)
    assert first["bases"] == [{"architectures": ["all"], "channel": "all", "name": "all"}]
    assert second["bases"][0]["architectures"] == ["amd64"]
    for key in ("sha256", "sha384", "sha512", "sha3-384"):
        expected = hashlib.new(key.replace("sha3-", "sha3_"), b"two").hexdigest()
        assert second[key] == expected
    assert second["created-at"].endswith("Z")
    assert second["updated-at"] is second["updated-by"] is None


def test_identical_resources_give_the_same_revision_with_new_bases(acme: Any) -> None:
    """A second push of the same bytes replaces the bases."""
    acme.push(resources={"model": "file"})
    first = acme.push_resource(b"same", bases=[{"architectures": ["all"]}])
    again = acme.push_resource(b"same", bases=[{"architectures": ["amd64"]}])
    (row,) = acme.ok("GET", "/v1/charm/acme-web/resources/model/revisions")["revisions"]

    assert first["revision"] == again["revision"] == 1
    assert row["bases"][0]["architectures"] == ["amd64"]


def test_bases_of_resource_revisions_are_replaced_and_merged(acme: Any) -> None:
    """Bases of one name and channel become one."""
    acme.push(resources={"model": "file"})
    acme.push_resource(b"x")
    path = "/v1/charm/acme-web/resources/model/revisions"

    def update(revision: int) -> Any:
        bases = [{"architectures": ["amd64"]}, {"architectures": ["all"]}]
        return {"resource-revision-updates": [{"revision": revision, "bases": bases}]}

    answer = acme.ok("PATCH", path, update(1))
    (row,) = acme.ok("GET", path)["revisions"]

    assert answer == {"num-resource-revisions-updated": 1}
    assert row["bases"] == [{"architectures": ["amd64", "all"], "channel": "all", "name": "all"}]
    assert row["updated-by"] == acme.sandbox.account.id
    assert acme.refused("PATCH", path, update(2))[:2] == (404, "resource-not-found")


def test_undeclared_resources_and_wrong_types_are_refused(acme: Any) -> None:
    """A resource exists once an approved revision declares it."""
    path = "/v1/charm/acme-web/resources/model/revisions"
    body = {"upload-id": acme.upload(b"x")}

    assert acme.refused("POST", path, body)[:2] == (404, "resource-not-found")
    assert acme.refused("GET", path)[:2] == (404, "resource-not-found")
    acme.push(resources={"model": "file"})
    assert acme.refused("POST", path, {**body, "type": "oci-image"})[0] == 400
    assert acme.refused("POST", path, {"upload-id": "nothing"})[0] == 400
    doubled = [{"architectures": ["amd64", "amd64"]}]
    assert "non-unique" in acme.refused("POST", path, {**body, "bases": doubled})[2]


def test_concurrent_uploads_and_releases_all_succeed(acme: Any) -> None:
    """Revision numbers are allotted once each, and no release is lost."""
    contents = [
        build_charm(acme.folder / f"{index}.charm", payload=bytes([index])).read_bytes()
        for index in range(12)
    ]
    with ThreadPoolExecutor(6) as pool:
        revisions = list(pool.map(lambda content: acme.push(content=content), contents))
        acme.sandbox.add_track("acme-web", "1.0")
        risks = ("stable", "candidate", "beta", "edge")
        channels = [f"{track}/{risk}" for track in ("latest", "1.0") for risk in risks]
        list(pool.map(lambda name: acme.release({"channel": name, "revision": 1}), channels))

    assert sorted(item["revision"] for item in revisions) == list(range(1, 13))
    assert {row["channel"] for row in acme.channel_map()["channel-map"]} == set(channels)


def test_a_big_upload_is_digested_after_the_transfer(acme: Any) -> None:
    """Charms and resources over the inline limit get the same digests."""
    content = build_charm(
        acme.folder, resources={"model": "file"}, payload=bytes(3 << 20)
    ).read_bytes()
    acme.push(content=content)
    acme.push_resource(content)
    (row,) = acme.ok("GET", "/v1/charm/acme-web/revisions")["revisions"]
    (resource,) = acme.ok("GET", "/v1/charm/acme-web/resources/model/revisions")["revisions"]

    digest = hashlib.sha3_384(content).hexdigest()
    assert row["sha3-384"] == resource["sha3-384"] == digest
    assert resource["sha512"] == hashlib.sha512(content).hexdigest()


def test_a_restart_finds_everything_again(
    sandbox_factory: Any, wire_client: Any, tmp_path: Any
) -> None:
    """Accounts, tokens, names, releases and macaroons survive on the same folder."""
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        port = chosen.getsockname()[1]
    folder = tmp_path / "state"
    first = wire_client(sandbox_factory(folder, port=port))
    first.sandbox.add_package("acme-web", first.sandbox.account)
    first.push(payload=bytes(2 << 20))
    first.release({"channel": "edge", "revision": 1})
    before = first.channel_map()
    root = first.root()
    discharge = first.discharge(root)
    token = first.token
    first.sandbox.close()

    second = wire_client(sandbox_factory(folder, port=port))
    assert second.sandbox.account.id == first.sandbox.account.id
    assert second.channel_map() == before
    assert second.call("GET", "/v1/tokens/whoami", token=token).status_code == 200
    assert second.exchange(root, discharge).status_code == 200


def test_a_number_that_nothing_can_have(acme: Any) -> None:
    """The store has nothing of such a number, and does not fail over it."""
    body = [{"channel": "latest/edge", "revision": 10**30}]
    status, code, message = acme.refused("POST", "/v1/charm/acme-web/releases", body)
    assert (status, code) == (404, "resource-not-found")
    assert "so great a number" in message
