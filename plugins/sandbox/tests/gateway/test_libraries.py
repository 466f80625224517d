"""Charm libraries."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from craft_store_sandbox.gateway.libraries import content_hash


def _content(patch: int, api: int = 0) -> str:
    return f'LIBID = "x"\nLIBAPI = {api}\nLIBPATCH = {patch}\nprint({patch})\n'


@pytest.fixture
def library(acme: Any) -> Any:
    """The path and id of a library of acme-web."""
    body = {"library-name": "http_client"}
    library_id = acme.ok("POST", "/v1/charm/libraries/acme-web", body)["library-id"]
    return f"/v1/charm/libraries/acme-web/{library_id}", library_id


def _publish(acme: Any, path: str, patch: int, api: int = 0) -> Any:
    content = _content(patch, api)
    body = {"api": api, "patch": patch, "content": content, "hash": content_hash(content)}
    return acme.ok("POST", path, body)


def test_the_hash_leaves_out_the_version_lines() -> None:
    """The vector of the reference, with either line ending."""
    content = (
        '"""Client."""\nLIBID = "f0e1d2c3b4a5968778695a4b3c2d1e0f"\nLIBAPI = 0\nLIBPATCH = 1\n'
    )
    expected = "84bf1db36c417c5db7d9f1734f95f921d7c4af6fda5cb9b3bc7913a053db1520"

    assert content_hash(content) == expected
    assert content_hash(content.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize("separator", ["\r", "\f", "\u2028"])
def test_only_line_feeds_end_lines(separator: str) -> None:
    """As in files that a client reads line by line."""
    content = f"x{separator}LIBPATCH = 4\n"
    assert content_hash(content) == hashlib.sha256(content.encode()).hexdigest()


def test_a_library_is_published_and_read(acme: Any, library: Any) -> None:
    """Anybody reads the newest patch, one of an api, or an exact one."""
    path, library_id = library
    first = _publish(acme, path, 1)
    _publish(acme, path, 2)
    _publish(acme, path, 0, api=1)

    assert first == {
        "api": 0,
        "charm-name": "acme-web",
        "hash": content_hash(_content(1)),
        "library-id": library_id,
        "library-name": "http_client",
        "patch": 1,
    }
    assert _publish(acme, path, 1) == first
    for query, version in (("", (1, 0)), ("?api=0", (0, 2)), ("?api=0&patch=1", (0, 1))):
        answer = acme.call("GET", path + query, token="").json()
        assert (answer["api"], answer["patch"]) == version
        assert answer["content"].startswith("LIBID")
    assert acme.refused("GET", f"{path}?api=9", token="")[:2] == (404, "resource-not-found")
    assert acme.refused("GET", f"{path}?api=x", token="")[:2] == (400, "api-error")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"api": 0, "patch": 0}, "starts with"),
        ({"hash": "0" * 64}, "hash does not match"),
        ({"content": "other\n", "hash": content_hash("other\n")}, "already exists"),
        ({"api": -1}, "minimum"),
    ],
)
def test_bad_patches_are_refused(acme: Any, library: Any, change: Any, text: str) -> None:
    """A published patch never changes."""
    path, _ = library
    _publish(acme, path, 1)
    content = _content(1)
    body = {"api": 0, "patch": 1, "content": content, "hash": content_hash(content), **change}
    status, _, message = acme.refused("POST", path, body)

    assert status == 400
    assert text in message


@pytest.mark.usefixtures("library")
def test_a_library_name_is_taken_once(acme: Any) -> None:
    """And it follows its grammar."""
    for name in ("http_client", "Http", "1x", "a\n"):
        body = {"library-name": name}
        assert acme.refused("POST", "/v1/charm/libraries/acme-web", body)[0] == 400


def test_tips_are_found_in_bulk(acme: Any, library: Any) -> None:
    """One row for each library and api; with or without a token; unknown ids are left out."""
    path, library_id = library
    for patch in (1, 2):
        _publish(acme, path, patch)
    _publish(acme, path, 1, api=1)
    bulk = "/v1/charm/libraries/bulk"

    def versions(*selectors: Any, **options: Any) -> list[tuple[int, int]]:
        rows = acme.call("POST", bulk, list(selectors), **options).json()["libraries"]
        return [(row["api"], row["patch"]) for row in rows]

    assert versions() == []
    assert versions({"charm-name": "acme-web"}) == [(1, 1), (0, 2)]
    assert versions({"library-id": library_id, "api": 0}, token="") == [(0, 2)]
    assert versions({"library-id": library_id}, {"charm-name": "acme-web"}) == [(1, 1), (0, 2)]
    named = {"charm-name": "acme-web", "library-name": "http_client", "api": 0, "patch": 1}
    assert versions(named) == [(0, 1)]
    assert versions({"library-id": "unknown"}) == []


@pytest.mark.parametrize(
    "selector",
    [{"charm-name": "nowhere"}, {"charm-name": "acme-web", "library-name": "nothing"}, {"api": 0}],
)
def test_unknown_names_give_the_null_code(acme: Any, selector: Any) -> None:
    """The server bug that clients match."""
    assert acme.refused("POST", "/v1/charm/libraries/bulk", [selector]) == (
        400,
        None,
        "Items need to include 'library_id' or 'package_id'",
    )
