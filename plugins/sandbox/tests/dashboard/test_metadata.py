"""Texts and pictures of a snap's page."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 64, 48)
OTHER_PNG = PNG + b"another"


@pytest.fixture
def page(weather: Any) -> str:
    """The address of the snap's parts."""
    snap_id = weather.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]
    return f"/dev/api/snaps/{snap_id}"


def digest(content: bytes) -> str:
    """The hash by which pictures are known."""
    return hashlib.sha256(content).hexdigest()


def send(
    client: Any,
    page: str,
    info: Any,
    files: dict[str, bytes] | None = None,
    *,
    method: str = "PUT",
    query: str = "",
) -> Any:
    """Send the wanted pictures; without new ones the list is a file part."""
    text = info if isinstance(info, str) else json.dumps(info)
    parts: dict[str, Any] = {
        key: (f"{key}.png", content, "image/png") for key, content in (files or {}).items()
    }
    return client.call(
        method,
        f"{page}/binary-metadata{query}",
        data={"info": text} if files else None,
        files=parts or {"info": ("", text, "application/json")},
    )


def new(kind: str, content: bytes, key: str) -> dict[str, str]:
    """The entry of a new picture."""
    return {"type": kind, "hash": digest(content), "key": key, "filename": f"{key}.png"}


def test_fields_are_set(weather: Any, page: str) -> None:
    """The answer has the values that they have now; a part of the fields is enough."""
    values = {"summary": "Weather", "license": "GPL-3.0", "keywords": ["rain"], "unlisted": True}
    answer = weather.ok("POST", f"{page}/metadata", values)
    info = weather.ok("GET", "/dev/api/snaps/info/weather-widget")

    assert answer == values
    assert {key: info[key] for key in values} == values
    assert weather.ok("GET", "/dev/api/account")["snaps"]["16"]["weather-widget"]["unlisted"]


def test_edits_on_the_web_are_conflicts(weather: Any, page: str) -> None:
    """For POST, and for PUT that asks so; PUT alone overwrites."""
    values = {"summary": "Mine", "title": "Same", "license": "MIT"}
    weather.ok("POST", f"{page}/metadata", values)
    weather.sandbox.edit_snap("weather-widget", summary="Web", title="Same", license="Web too")
    answer = weather.call("POST", f"{page}/metadata", {**values, "summary": "Mine again"})
    asked = weather.call("PUT", f"{page}/metadata?conflict_on_update=true", {"summary": "x"})
    weather.ok("PUT", f"{page}/metadata", {**values, "summary": "Mine again"})

    assert answer.status_code == asked.status_code == 409
    assert answer.json()["error_list"] == [
        {
            "code": "conflict",
            "message": f"Conflict on {field}",
            "extra": {"name": field, "field": field, "current": current, "value": value},
        }
        for field, current, value in (
            ("license", "Web too", "MIT"), ("summary", "Web", "Mine again"),
        )
    ]  # fmt: skip
    weather.ok("POST", f"{page}/metadata", {"summary": "Mine for good"})


def test_what_nobody_edited_is_no_conflict(weather: Any, page: str, plain_snap: Any) -> None:
    """Neither first values nor those that a release brought along."""
    weather.push(plain_snap(), channels=["stable"])

    weather.ok("POST", f"{page}/metadata", {"summary": "New", "private": True, "links": {}})


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"colour": "red"}, "invalid-request"),
        ({"summary": "x" * 129}, "invalid-field"),
        ({"title": 7}, "invalid-field"),
        ({"default_track": "9.x"}, "invalid-field"),
        ([], "invalid-request"),
    ],
)
def test_fields_that_cannot_be_are_refused(weather: Any, page: str, values: Any, code: str) -> None:
    """400 that names the field."""
    assert weather.refused("PUT", f"{page}/metadata", values) == (400, code)


def test_the_default_track_is_set_and_taken_back(weather: Any, page: str) -> None:
    """The channel map shows it."""
    path = "/api/v2/snaps/weather-widget/channel-map"
    weather.ok("PUT", f"{page}/metadata", {"default_track": "2.x"})
    snap = weather.ok("GET", path)["snap"]
    weather.ok("PUT", f"{page}/metadata", {"default_track": None})

    assert snap["default-track"] == "2.x"
    assert [item["status"] for item in snap["tracks"]] == ["active", "default"]
    assert weather.ok("GET", path)["snap"]["default-track"] is None


def test_metadata_need_permission(weather: Any, page: str) -> None:
    """Either of two."""
    for permission, status in (
        ("package_manage", 200),
        ("package_update", 200),
        ("package_push", 403),
    ):
        limited = weather.limited(permissions=[permission])
        answer = weather.call("PUT", f"{page}/metadata", {"title": "T"}, credentials=limited)
        assert answer.status_code == status


def test_pictures_are_what_was_sent_last(weather: Any, page: str) -> None:
    """New ones come as parts; those that are repeated stay; the others go."""
    first = send(weather, page, [new("icon", PNG, "icon"), new("banner", OTHER_PNG, "banner")],
                 {"icon": PNG, "banner": OTHER_PNG})  # fmt: skip
    icon, banner = first.json()
    second = send(weather, page, [banner])
    info = weather.ok("GET", "/dev/api/snaps/info/weather-widget")

    assert first.status_code == 200
    assert set(icon) == {"type", "hash", "filename", "url"}
    assert weather.session.get(banner["url"], timeout=30).content == OTHER_PNG
    assert second.json() == [banner] == weather.ok("GET", f"{page}/binary-metadata")
    assert info["media"] == [{"type": "banner", "url": banner["url"], "width": 64, "height": 48}]
    gone = weather.session.get(icon["url"], timeout=30)
    assert gone.status_code == 404


def test_the_account_shows_the_icon(weather: Any, page: str) -> None:
    """Its address, or null."""

    def icon() -> Any:
        return weather.ok("GET", "/dev/api/account")["snaps"]["16"]["weather-widget"]["icon_url"]

    assert icon() is None
    send(weather, page, [new("icon", PNG, "icon")], {"icon": PNG})
    assert icon().endswith("/icon.png")


def test_pictures_edited_on_the_web_are_conflicts(weather: Any, page: str) -> None:
    """By kind; PUT overwrites."""
    entry = [new("icon", OTHER_PNG, "icon")]
    send(weather, page, [new("icon", PNG, "icon")], {"icon": PNG})
    weather.sandbox.edit_snap_media("weather-widget", ("icon", "web.svg", b"<svg/>"))
    answer = send(weather, page, entry, {"icon": OTHER_PNG}, method="POST")
    asked = send(weather, page, entry, {"icon": OTHER_PNG}, query="?conflict_on_update=true")

    assert answer.status_code == asked.status_code == 409
    (item,) = answer.json()["error_list"]
    assert (item["code"], item["extra"]["name"]) == ("conflict", "icon")
    assert send(weather, page, entry, {"icon": OTHER_PNG}).status_code == 200
    assert (
        send(weather, page, [new("icon", PNG, "icon")], {"icon": PNG}, method="POST").status_code
        == 200
    )


@pytest.mark.parametrize(
    ("info", "files", "code"),
    [
        ("no json", {}, "invalid-request"),
        ([{"type": "poster", "hash": "0" * 64}], {}, "invalid-request"),
        ([{"type": "icon", "hash": "0" * 64}], {}, "invalid-request"),
        ([new("icon", PNG, "absent")], {"icon": PNG}, "invalid-request"),
        ([new("icon", PNG, "icon")], {"icon": OTHER_PNG}, "media-modified"),
        ([new("icon", b"plain text", "icon")], {"icon": b"plain text"}, "media-unsupported-type"),
        ([new("icon", PNG, "icon")] * 2, {"icon": PNG}, "media-too-many-items"),
        (
            [new("icon", PNG + bytes(2 << 20), "icon")],
            {"icon": PNG + bytes(2 << 20)},
            "media-file-size-too-big",
        ),
    ],
)
def test_pictures_that_cannot_be_are_refused(
    weather: Any, page: str, info: Any, files: dict[str, bytes], code: str
) -> None:
    """400, and nothing changes."""
    answer = send(weather, page, info, files)

    assert (answer.status_code, answer.json()["error_list"][0]["code"]) == (400, code)
    assert weather.ok("GET", f"{page}/binary-metadata") == []
