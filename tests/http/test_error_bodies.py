"""Every form of refusal becomes the right error, and nothing that a server says is a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from craft_store_core.errors import (
    AccountNotReadyError,
    AuthenticationRequiredError,
    BadRequestError,
    ConflictError,
    ErrorEntry,
    NotFoundError,
    PermissionRequiredError,
    RateLimitedError,
    StoreError,
    StoreUnavailableError,
)
from craft_store_core.http.error_bodies import describe_text, parse_error_body, store_error

URL = "https://api.example.test/v1/charm"

KEYS = [
    "error-list",
    "error_list",
    "code",
    "message",
    "Code",
    "Message",
    "Info",
    "extra",
    "error",
    "errors",
    "error_message",
    "detail",
    "title",
    "permission",
    "status",
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=20,
)


def error_for(status: int, document: Any, **headers: str) -> StoreError:
    """Return the error for a JSON answer."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return store_error(status, sent, json.dumps(document).encode(), url=URL)


def listed(code: str | None, message: str = "Because.", **extra: Any) -> dict[str, Any]:
    """Return a body with one entry."""
    return {"error-list": [{"code": code, "message": message, **extra}]}


@given(json_values, st.integers(400, 599), st.text(max_size=30))
@example({"error-list": None}, 401, "")
@example({"error": {"code": "a", "message": {}}}, 400, "")
def test_any_json_is_understood(document: Any, status: int, challenge: str) -> None:
    """Any JSON at any status becomes an error with a message, a reason and its status."""
    error = error_for(status, document, www_authenticate=challenge)
    assert error.status == status
    assert error.message
    assert error.why
    assert all(isinstance(entry, ErrorEntry) for entry in error.entries)
    assert all(isinstance(code, str) for code in error.codes)


@given(st.binary(max_size=200), st.sampled_from(["", "text/html", "application/json"]))
@example(b"[" * 200_000, "application/json")
@example(b'{"errors":' + b"[" * 500 + b"]" * 500 + b"}", "application/json")
@example(b'{"errors":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}", "application/json")
@example(b"<title>", "text/html")
@example("\ud800".encode("utf-16", "surrogatepass"), "")
def test_any_bytes_are_understood(content: bytes, kind: str) -> None:
    """Any bytes become an error; control characters never reach a terminal."""
    error = store_error(502, {"Content-Type": kind}, content, url=URL)
    assert isinstance(error, StoreUnavailableError)
    assert error.why
    assert not any(ord(c) < 32 and c not in "\n\t" for c in error.why)


@pytest.mark.parametrize(
    ("document", "entries"),
    [
        (
            {"error-list": [{"code": "a", "message": "b"}, {"code": "c", "message": "d"}]},
            [("a", "b", {}), ("c", "d", {})],
        ),
        ({"error_list": [{"code": "a", "message": "b"}]}, [("a", "b", {})]),
        ({"error-list": [{"message": "b"}]}, [(None, "b", {})]),
        ({"error-list": [{"code": None, "message": "b"}]}, [(None, "b", {})]),
        ({"error-list": [{"code": 7, "message": 7}]}, [(None, "", {})]),
        ({"error-list": [{"code": "a"}]}, [("a", "", {})]),
        ({"error-list": ["b", None, 7]}, [(None, "b", {}), (None, "", {}), (None, "7", {})]),
        (
            {"error-list": [{"code": "a", "extra": {"x": 1}, "y": 2}], "permission": "p"},
            [("a", "", {"x": 1, "y": 2, "permission": "p"})],
        ),
        ({"error-list": [{"code": "a", "extra": ["x"]}]}, [("a", "", {"extra": ["x"]})]),
        ({"error-list": None, "error_list": [{"code": "a"}]}, [("a", "", {})]),
        ({"error-list": [], "code": "a", "message": "b"}, [("a", "b", {})]),
        ({"code": "A_B", "message": "b", "extra": {"f": ["x"]}}, [("A_B", "b", {"f": ["x"]})]),
        (
            {"code": "UP", "message": "m", "error_list": [{"code": "low", "message": "m"}]},
            [("low", "m", {})],
        ),
        (
            {"status": 409, "code": "already_claimed", "title": "T", "detail": "D"},
            [("already_claimed", "D", {"status": 409, "title": "T", "detail": "D"})],
        ),
        (
            {"Code": "macaroon discharge required", "Message": "discharge required", "Info": {}},
            [("macaroon discharge required", "discharge required", {"Info": {}})],
        ),
        ({"Message": "not found"}, [(None, "not found", {})]),
        ({"error": "Something."}, [(None, "Something.", {})]),
        ({"error": {"code": "a", "message": "b"}}, [("a", "b", {})]),
        ({"errors": "Something."}, [(None, "Something.", {})]),
        ({"errors": ["a", "b"]}, [(None, "a, b", {})]),
        (
            {"errors": [{"code": "DENIED", "message": "No.", "detail": {"a": 1}}]},
            [("DENIED", "No.", {"detail": {"a": 1}})],
        ),
        (
            {"success": False, "errors": {"name": ["too long", "odd"]}},
            [(None, "name: too long, odd", {"success": False})],
        ),
        ({"error_message": "Something."}, [(None, "Something.", {})]),
        ({"type": "t", "title": "T", "status": 400}, [(None, "T", {"type": "t", "status": 400})]),
        ({}, []),
    ],
)
def test_forms(document: Any, entries: list[tuple[str | None, str, dict[str, object]]]) -> None:
    """Every known form gives its entries (Publisher Gateway reference, section 15.1)."""
    found = parse_error_body(json.dumps(document).encode())
    assert found.entries == tuple(ErrorEntry(*entry) for entry in entries)


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        (
            b"<html><head><title>502\n Bad &amp; Gateway</title>",
            "",
            "an HTML page titled '502 Bad & Gateway'",
        ),
        (b"<p>oops</p>", "text/html", "an HTML page"),
        (b"  <!DOCTYPE HTML>", "", "an HTML page"),
        (b"upstream\r\ntimed out\x1b[31m", "text/plain", "upstream timed out\ufffd[31m"),
        (b"x y" * 1000, "", ("x y" * 1000)[:500]),
        (b"", "", ""),
        (b'["a"]', "application/json", '["a"]'),
        (b"null", "application/json", "null"),
    ],
)
def test_texts(content: bytes, kind: str, text: str) -> None:
    """Of an HTML page its title is shown at most, of other text one line."""
    assert parse_error_body(content, kind).text == text
    assert describe_text(content, kind) == text


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (400, listed("api-error"), BadRequestError),
        (405, {}, BadRequestError),
        (413, {}, BadRequestError),
        (400, listed("invalid-tracks"), BadRequestError),
        (401, listed("permission-required"), PermissionRequiredError),
        (403, listed("permission_required"), PermissionRequiredError),
        (403, listed("forbidden"), PermissionRequiredError),
        (403, listed("macaroon-permission-required"), PermissionRequiredError),
        (401, listed("macaroon-permission-required"), AuthenticationRequiredError),
        (401, listed("macaroon-authorization-required"), AuthenticationRequiredError),
        (403, listed("macaroon-authorization-required"), AuthenticationRequiredError),
        (401, listed("macaroon-needs-refresh"), AuthenticationRequiredError),
        (401, {}, AuthenticationRequiredError),
        (401, ["odd"], AuthenticationRequiredError),
        (401, {"Code": "macaroon discharge required"}, AuthenticationRequiredError),
        (407, {"Code": "macaroon discharge required"}, AuthenticationRequiredError),
        (400, listed("user-not-ready"), AccountNotReadyError),
        (403, listed("user-missing-latest-tos"), AccountNotReadyError),
        (401, listed("user-not-ready"), AccountNotReadyError),
        (404, {}, NotFoundError),
        (410, {}, NotFoundError),
        (400, listed("resource-not-found"), NotFoundError),
        (409, {}, ConflictError),
        (400, listed("already-registered"), ConflictError),
        (409, listed("already_owned"), ConflictError),
        (400, listed("reserved-name"), ConflictError),
        (409, listed("conflicting-tracks"), ConflictError),
        (429, {}, RateLimitedError),
        (403, {"code": "TOO_MANY_REQUESTS", "message": "m"}, RateLimitedError),
        (500, listed("already-owned"), StoreUnavailableError),
        (503, "busy", StoreUnavailableError),
        (408, {}, StoreUnavailableError),
        (408, listed("not-found"), StoreUnavailableError),
        (408, listed("macaroon-needs-refresh"), StoreUnavailableError),
    ],
)
def test_classes(status: int, document: Any, kind: type[StoreError]) -> None:
    """The body decides first, the status second.

    Source: Publisher Gateway reference, sections 15.3 and 21.2.
    """
    error = error_for(status, document)
    assert type(error) is kind
    # Every refusal says what happened, why, and what to do.
    assert error.message
    assert error.why
    assert error.advice


@pytest.mark.parametrize(
    ("status", "document", "challenge", "needed"),
    [
        (401, listed("macaroon-needs-refresh"), "", True),
        (401, {}, "Macaroon needs_refresh=1", True),
        (403, {}, 'Macaroon needs_refresh="1"', True),
        (401, listed(None, "Expired macaroon (age: 172900 seconds)"), "", True),
        (401, listed("macaroon-permission-required"), "Macaroon needs_refresh=1", True),
        (401, listed("macaroon-authorization-required"), 'Macaroon realm="Devportal"', False),
        (401, {}, "Macaroon needs_refresh=10", False),
        (401, {}, "", False),
    ],
)
def test_refresh(status: int, document: Any, challenge: str, needed: bool) -> None:
    """Code, header or text ask to renew (Publisher Gateway reference, section 3.16)."""
    error = error_for(status, document, www_authenticate=challenge)
    assert isinstance(error, AuthenticationRequiredError)
    assert error.needs_refresh is needed


def test_missing_permissions_keep_the_credentials() -> None:
    """A missing permission is no reason to renew, even where the header says so."""
    error = error_for(
        401, listed("permission-required", "No."), www_authenticate="Macaroon needs_refresh=1"
    )
    assert type(error) is PermissionRequiredError


@pytest.mark.parametrize(
    ("document", "why", "advice"),
    [
        (
            listed("permission-required", "Permission is required: package-manage"),
            "Permission is required: package-manage (permission-required)",
            "the permission package-manage,",
        ),
        (
            listed("permission-required", "Package access not allowed"),
            "Package access not allowed (permission-required)",
            "the permission, package or channel,",
        ),
        (
            listed("permission-required", "No.", extra={"permissions": ["a-b", "c-d", 7]}),
            "No. (permission-required)\nMissing: a-b, c-d.",
            "the permission a-b, c-d,",
        ),
        (
            {**listed("permission-required", "No."), "permission": "package_push"},
            "No. (permission-required)\nMissing: package_push.",
            "the permission package_push,",
        ),
    ],
)
def test_permissions(document: Any, why: str, advice: str) -> None:
    """The missing permission is told, from wherever the store names it."""
    error = error_for(401, document)
    assert error.why == why
    assert advice in (error.advice or "")


@pytest.mark.parametrize(
    ("status", "document", "headers", "words"),
    [
        (409, listed("reserved-name"), {}, "reserved name"),
        (403, listed("forbidden", "It has revisions."), {}, "would not help"),
        (409, listed("already-registered"), {}, "another name"),
        (429, {}, {"Retry-After": "90"}, "in 90 seconds"),
        (429, {}, {"Retry-After": "Sun, 22 Nov 2026 12:00:05 GMT"}, "in a few minutes"),
        (413, {}, {}, "size"),
        (407, {}, {}, "HTTP_PROXY"),
        (502, {}, {"X-Request-ID": "5eed"}, "request id 5eed."),
        (502, {}, {}, "operators of the store."),
        (408, {}, {}, "Try again later."),
    ],
)
def test_advice(status: int, document: Any, headers: dict[str, str], words: str) -> None:
    """What can be done is said where something can be done."""
    error = store_error(status, headers, json.dumps(document).encode(), url=URL)
    assert words in (error.advice or "")


def test_a_request_that_did_not_arrive_in_time_is_not_the_callers_fault() -> None:
    """The message names the server, and that it waited."""
    host = URL.split("/")[2]
    assert error_for(408, {}).message == f"{host} stopped waiting for the request (status 408)."


def test_messages_name_the_host_and_keep_the_request_id() -> None:
    """The error says who refused, why in the store's words, and under which request id."""
    error = store_error(
        400,
        {"x-request-id": "5eed"},
        json.dumps(
            {"error-list": [{"code": "api-error", "message": "3 is too low"}, {"message": "Odd."}]}
        ).encode(),
        url="https://jo:hunter2@api.example.test:8443/v1/tokens?token=abc",
    )
    assert error.message == "api.example.test:8443 refused the request."
    assert error.why == "3 is too low (api-error)\nOdd."
    assert error.request_id == "5eed"


def test_silence_is_told() -> None:
    """Without a reason the status is the reason."""
    assert error_for(404, {}).why == "The store answered with status 404 and gave no reason."


def test_echoed_credentials_are_hidden() -> None:
    """A server that echoes what it was sent does not make us print it."""
    token = "AgEKYWNtZS1zdG9yZQIgc2VjcmV0LW1hY2Fyb29u"
    error = error_for(400, listed("api-error", f"Bad header: Macaroon {token}"))
    assert token not in f"{error.why} {error.entries}"
    html = store_error(500, {}, f"Authorization: Bearer {token}".encode(), url=URL)
    assert token not in (html.why or "")
