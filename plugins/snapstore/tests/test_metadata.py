"""Texts, tracks and pictures of a snap."""

from __future__ import annotations

import json
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import BadRequestError, UnexpectedResponseError
from craft_store_snapstore import SnapArtifact
from craft_store_snapstore.errors import MetadataConflictError

if TYPE_CHECKING:
    from email.message import Message

    from craft_store_core.testing.scripted import RecordedRequest, ScriptedServer
    from craft_store_snapstore import SnapStoreEndpoints

MAP = "/api/v2/snaps/weather-widget/channel-map"
OLD_ICON = {"type": "icon", "hash": "beef", "filename": "old.png", "url": "https://x.example/1"}
SHOT = {"type": "screenshot", "hash": "c0ff", "filename": "s.png", "url": "https://x.example/2"}
BANNER = {"type": "banner", "hash": "bead", "filename": "b.png", "url": "https://x.example/3"}


def parts(request: RecordedRequest) -> dict[str, Message]:
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body)
    return {
        str(part.get_param("name", header="content-disposition")): part
        for part in message.walk()
        if not part.is_multipart()
    }


def content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def test_metadata_with_tracks(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, channel_map: dict[str, Any]
) -> None:
    """The default track is the one that the store marks, unless it names one."""
    named = {**channel_map, "snap": {**channel_map["snap"], "default-track": "3.x"}}
    bare = {**channel_map, "snap": {"id": "Wq3x", "name": "weather-widget", "tracks": None}}
    odd = {**channel_map, "snap": {"id": "Wq3x", "tracks": ["odd"]}}
    for body in (channel_map, named, bare, odd):
        dashboard.expect("GET", MAP, json=body)

    package = snapstore.get_metadata("weather-widget")

    assert (package.name, package.type, package.default_track) == ("weather-widget", "snap", "2.x")
    assert [track.name for track in package.tracks] == ["latest", "2.x"]
    assert package.tracks[1].version_pattern == "2\\.*"
    assert package.tracks[1].created_at is not None
    assert snapstore.get_metadata("weather-widget").default_track == "3.x"
    assert snapstore.get_metadata("weather-widget").default_track is None
    with pytest.raises(UnexpectedResponseError):
        snapstore.get_metadata("weather-widget")


def test_a_default_track_is_set(
    snapstore: SnapStoreEndpoints,
    knows_the_snap: ScriptedServer,
    of_snap: str,
    channel_map: dict[str, Any],
) -> None:
    """Forced, as a person asked for it; the answer may be empty."""
    knows_the_snap.expect("PUT", f"{of_snap}/metadata", body=b"")
    knows_the_snap.expect("GET", MAP, json=channel_map)

    package = snapstore.update_metadata("weather-widget", {"default-track": "2.x"})

    assert package.default_track == "2.x"
    assert knows_the_snap.requests[1].json() == {"default_track": "2.x"}


def test_conflicts_and_refusals(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """A conflict shows what the store has, so that a person can decide."""
    knows_the_snap.expect(
        "POST",
        f"{of_snap}/metadata",
        status=409,
        json={
            "error_list": [
                {
                    "code": "conflict",
                    "message": "Conflict on summary",
                    "extra": {"name": "summary", "current": "Edited on the web"},
                }
            ]
        },
    )
    knows_the_snap.expect(
        "POST",
        f"{of_snap}/metadata",
        status=400,
        json={"error_list": [{"code": "invalid-request"}]},
    )

    with pytest.raises(MetadataConflictError) as conflict:
        snapstore.push_metadata("weather-widget", {"summary": "Weather in the panel"})
    with pytest.raises(BadRequestError):
        snapstore.push_metadata("weather-widget", {"no-such": "x"})

    assert conflict.value.conflicts == {"summary": "Edited on the web"}
    assert "--force" in str(conflict.value.advice)


def artifact(icon: tuple[str, bytes] | None = None, **changes: Any) -> SnapArtifact:
    fields: dict[str, Any] = {"summary": "Weather in the panel", "license": "GPL-3.0", **changes}
    return SnapArtifact(Path("x.snap"), 1, "weather-widget", "snap", icon=icon, **fields)


def test_what_a_snap_says_is_sent(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """Only what it says; its icon too, unless the store has exactly that."""
    digest = sha256(b"picture").hexdigest()
    knows_the_snap.expect("POST", f"{of_snap}/metadata", times=2)
    knows_the_snap.expect("PUT", f"{of_snap}/metadata")
    knows_the_snap.expect("GET", f"{of_snap}/binary-metadata", json=[])
    knows_the_snap.expect(
        "GET", f"{of_snap}/binary-metadata", json=[{"type": "icon", "hash": digest}]
    )
    knows_the_snap.expect("PUT", f"{of_snap}/binary-metadata", json=[])
    icon = ("icon.png", b"picture")

    forced = snapstore.push_snap_metadata("weather-widget", artifact(icon), force=True)
    same = snapstore.push_snap_metadata("weather-widget", artifact(icon))
    bare = snapstore.push_snap_metadata("weather-widget", artifact())

    assert forced == ("summary", "license", "icon")
    assert same == bare == ("summary", "license")
    assert knows_the_snap.requests[1].json() == {
        "summary": "Weather in the panel",
        "license": "GPL-3.0",
    }


def test_an_icon_takes_the_place_of_the_old_one(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """Everything else is repeated as it was received, banners included, so that it stays."""
    knows_the_snap.expect("GET", f"{of_snap}/binary-metadata", json=[OLD_ICON, SHOT, BANNER, "odd"])
    knows_the_snap.expect("POST", f"{of_snap}/binary-metadata", json=[])

    assert snapstore.set_icon("weather-widget", ('new".png', b"picture\r\n--\x00"))

    sent = parts(knows_the_snap.requests[2])
    assert json.loads(content(sent["info"])) == [
        SHOT,
        BANNER,
        {
            "type": "icon",
            "hash": sha256(b"picture\r\n--\x00").hexdigest(),
            "key": "icon-0",
            "filename": 'new".png',
        },
    ]
    assert content(sent["icon-0"]) == b"picture\r\n--\x00"
    assert sent["icon-0"].get_filename() == "new_.png"


def test_pictures_are_added_and_removed(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """A screenshot comes beside others; what is removed needs no file, and is still multipart."""
    knows_the_snap.expect("GET", f"{of_snap}/binary-metadata", json=[OLD_ICON, SHOT], times=3)
    knows_the_snap.expect("POST", f"{of_snap}/binary-metadata", json=[], times=2)

    assert snapstore.push_media("weather-widget", [("screenshot", "2.png", b"two")])
    assert snapstore.set_icon("weather-widget", None)
    assert not snapstore.push_media("weather-widget", [], remove=["banner"])

    first, second = (parts(item) for item in knows_the_snap.requests if item.method == "POST")
    assert [item["type"] for item in json.loads(content(first["info"]))] == [
        "icon",
        "screenshot",
        "screenshot",
    ]
    assert json.loads(content(second["info"])) == [SHOT]
    assert second.keys() == {"info"}


def test_an_icon_that_the_store_has_beside_another(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """It is kept without being sent again, and the other goes."""
    same = {**OLD_ICON, "hash": sha256(b"same").hexdigest()}
    knows_the_snap.expect("GET", f"{of_snap}/binary-metadata", json=[OLD_ICON, same])
    knows_the_snap.expect("POST", f"{of_snap}/binary-metadata", json=[])

    assert snapstore.push_media("weather-widget", [("icon", "i.png", b"same")])

    assert json.loads(content(parts(knows_the_snap.requests[2])["info"])) == [same]


def test_pictures_are_listed(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """With their digests; an answer that is no list is refused, and so is a bad picture."""
    knows_the_snap.expect("GET", f"{of_snap}/binary-metadata", json=[OLD_ICON])
    knows_the_snap.expect("GET", f"{of_snap}/binary-metadata", json={})
    knows_the_snap.expect("GET", f"{of_snap}/binary-metadata", json=[])
    knows_the_snap.expect(
        "POST",
        f"{of_snap}/binary-metadata",
        status=400,
        json={"error_list": [{"code": "media-file-size-too-big"}]},
    )

    (icon,) = snapstore.list_media("weather-widget")
    assert (icon.type, icon.hash) == ("icon", "beef")
    with pytest.raises(UnexpectedResponseError):
        snapstore.list_media("weather-widget")
    with pytest.raises(BadRequestError):
        snapstore.push_media("weather-widget", [("icon", "i.png", b"x")])


def test_a_description_joins_tracks_and_texts(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, channel_map: dict[str, Any]
) -> None:
    """Two calls: the channel map has the tracks, the publisher's view has all that people read."""
    dashboard.expect("GET", MAP, json=channel_map)
    icon = {"type": "icon", "url": "https://x.example/1"}
    texts: dict[str, Any] = {
        "summary": "Weather in the panel",
        "contact": None,
        "media": [icon],
        "links": {},
    }
    dashboard.expect(
        "GET",
        "/dev/api/snaps/info/weather-widget",
        json={"snap_name": "weather-widget", "default_track": "9.x", **texts},
    )

    package = snapstore.describe("weather-widget")

    assert (package.summary, package.contact) == ("Weather in the panel", None)
    assert [item.url for item in package.media] == ["https://x.example/1"]
    assert package.default_track == "2.x"
    assert [track.name for track in package.tracks] == ["latest", "2.x"]
