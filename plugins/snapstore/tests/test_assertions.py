"""Signed statements, metrics and collaborators: requests sent and answers read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.errors import (
    BadRequestError,
    NotFoundError,
    StoreUnavailableError,
    UnexpectedResponseError,
    UsageError,
)
from craft_store_snapstore import CONFDB_SCHEMAS, VALIDATION_SETS
from craft_store_snapstore.assertions import as_texts
from craft_store_snapstore.errors import RevokedUploadsError

if TYPE_CHECKING:
    from craft_store_core.testing.scripted import ScriptedServer
    from craft_store_snapstore import SnapStoreEndpoints

SETS = "/api/v2/validation-sets"
HEADERS = {
    "type": "validation-set",
    "account-id": "q1Wm",
    "name": "lab-set",
    "sequence": "3",
    "snaps": [{"name": "weather-widget", "id": "Wq3x", "presence": "required", "revision": "8"}],
}
PEOPLE = "/pgw/v1/snap/weather-widget/collaborators"


@pytest.mark.parametrize(
    "answer", [{"type": "snap-build"}, {"headers": {"type": "snap-build"}}], ids=["bare", "wrapped"]
)
def test_a_snap_build_is_sent(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str, answer: Any
) -> None:
    """The signed text goes out as it is; what comes back is read in either form."""
    knows_the_snap.expect("POST", f"{of_snap}/builds", status=201, json=answer)

    assert snapstore.push_snap_build("weather-widget", "type: snap-build\n") == {
        "type": "snap-build"
    }
    assert knows_the_snap.requests[1].json() == {"assertion": "type: snap-build\n"}


def test_a_snap_build_that_the_store_does_not_take(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """A kind of assertion can be switched off."""
    knows_the_snap.expect(
        "POST",
        f"{of_snap}/builds",
        status=501,
        json={"error_list": [{"code": "feature-disabled", "message": "off"}]},
    )
    with pytest.raises(StoreUnavailableError):
        snapstore.push_snap_build("weather-widget", "x")


def test_validations(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """Listed, with the revoked ones on demand; sent; an answer without JSON is a fault."""
    row = {
        "type": "validation",
        "approved-snap-id": "Ab4y",
        "approved-snap-name": "lib-snap",
        "approved-snap-revision": "-",
        "revoked": "false",
        "required": True,
        "revision": 3,
    }
    target = f"{of_snap}/validations"
    knows_the_snap.expect("GET", target, query={}, json=[row])
    knows_the_snap.expect("GET", target, query={"include_revoked": "1"}, json=[])
    knows_the_snap.expect("PUT", target, json={"type": "validation"})
    knows_the_snap.expect("PUT", target, body=b"ok")

    (found,) = snapstore.list_validations("weather-widget")
    assert (found.approved_snap_revision, found.revision, found.required) == ("-", "3", True)
    assert not snapstore.list_validations("weather-widget", include_revoked=True)
    assert snapstore.push_validation("weather-widget", "text")["type"] == "validation"
    with pytest.raises(UnexpectedResponseError):
        snapstore.push_validation("weather-widget", "text")


def test_developers(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """The old form of collaborators: read, missing, sent, and refused for uploads of theirs."""
    target = f"{of_snap}/developers"
    knows_the_snap.expect("GET", target, json={"snap_developer": {"developers": []}})
    knows_the_snap.expect(
        "GET", target, status=404, json={"error_list": [{"code": "snap-developer-not-found"}]}
    )
    knows_the_snap.expect(
        "PUT",
        target,
        query={},
        status=409,
        json={"error_list": [{"code": "revoked-uploads", "extra": ["jo"]}]},
    )
    knows_the_snap.expect("PUT", target, query={"ignore_revoked_uploads": ""}, body=b"")

    assert snapstore.get_developers("weather-widget") == {"developers": []}
    with pytest.raises(NotFoundError):
        snapstore.get_developers("weather-widget")
    with pytest.raises(RevokedUploadsError):
        snapstore.push_developers("weather-widget", "text")
    snapstore.push_developers("weather-widget", "text", force=True)
    assert knows_the_snap.requests[-1].json() == {"snap_developer": "text"}


def test_assertions_are_listed(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """All, those of one name, one of a sequence; an unknown name is an empty list."""
    dashboard.expect("GET", SETS, query={}, json={"assertions": [{"headers": HEADERS}]})
    dashboard.expect("GET", f"{SETS}/lab-set", query={"sequence": "3"}, json={"assertions": []})
    dashboard.expect(
        "GET",
        f"{SETS}/lab-set",
        query={"sequence": "0"},
        status=400,
        json={"error-list": [{"code": "invalid-request", "message": "0 is less than 1"}]},
    )

    (found,) = snapstore.list_assertions(VALIDATION_SETS)
    assert found.headers["snaps"][0]["revision"] == "8"
    assert not snapstore.list_assertions(VALIDATION_SETS, name="lab-set", sequence=3)
    with pytest.raises(BadRequestError):
        snapstore.list_assertions(VALIDATION_SETS, name="lab-set", sequence=0)


def test_what_is_to_be_signed(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """The store completes it; then every scalar is a text, and what is null is gone."""
    dashboard.expect(
        "POST",
        f"{SETS}/build-assertion",
        json={**HEADERS, "sequence": 3, "revision": None, "snaps": [{"revision": 8, "x": True}]},
    )

    built = snapstore.build_assertion(VALIDATION_SETS, {"name": "lab-set", "sequence": 3})

    assert dashboard.requests[0].json() == {"name": "lab-set", "sequence": 3}
    assert built["sequence"] == "3"
    assert built["snaps"] == [{"revision": "8", "x": "true"}]
    assert "revision" not in built


def test_a_signed_assertion_is_sent_as_it_is(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer
) -> None:
    """Not as JSON; exactly one comes back, with its body where it has one."""
    target = "/api/v2/confdb-schemas"
    kept = {"headers": {"type": "confdb-schema", "name": "network"}, "body": "{}"}
    dashboard.expect("POST", target, json={"assertions": [kept]})
    for odd in ([], [kept, kept], None):
        dashboard.expect("POST", target, json={"assertions": odd})

    assertion = snapstore.push_assertion(CONFDB_SCHEMAS, "type: confdb-schema\n\né")

    assert (assertion.headers["name"], assertion.body) == ("network", "{}")
    assert dashboard.requests[0].headers["Content-Type"] == "application/x.ubuntu.assertion"
    assert dashboard.requests[0].body == "type: confdb-schema\n\né".encode()
    for _ in range(3):
        with pytest.raises(UnexpectedResponseError):
            snapstore.push_assertion(CONFDB_SCHEMAS, "text")


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).filter(lambda value: value is not None)
)
def test_assertions_hold_nothing_but_texts(value: Any) -> None:
    """Whatever the store sends, and once is as good as twice."""
    texts = as_texts(value)

    assert all(isinstance(leaf, str) for leaf in leaves(texts))
    assert as_texts(texts) == texts


def test_metrics(snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer) -> None:
    """One filter for each; missing values and missing data are no errors."""
    answer = [
        {
            "status": "OK",
            "snap_id": "Wq3x",
            "metric_name": "installed_base_by_channel",
            "buckets": ["2027-01-01", "2027-01-02"],
            "series": [
                {"name": "latest/stable", "values": [120, None], "currently_released": True},
                {"name": "edge", "values": ["3"]},
            ],
        },
        {"status": "NO DATA", "snap_id": "Wq3x", "buckets": [], "series": None},
    ]
    knows_the_snap.expect("POST", "/dev/api/snaps/metrics", json={"metrics": answer})

    found = snapstore.metrics(
        "weather-widget",
        ["installed_base_by_channel", "daily_device_change"],
        start=date(2027, 1, 1),
        end=date(2027, 1, 31),
    )

    assert [item.status for item in found] == ["OK", "NO DATA"]
    assert found[0].series[0].values == (120, None)
    assert found[0].series[0].currently_released
    assert found[1].series == ()
    assert knows_the_snap.requests[1].json()["filters"][0] == {
        "snap_id": "Wq3xA0b9kLm2N4pR6sT8uV1yZ5cD7eFg",
        "metric_name": "installed_base_by_channel",
        "start": "2027-01-01",
        "end": "2027-01-31",
    }


def test_metrics_of_no_time(snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer) -> None:
    """An interval that ends before it begins is not sent; the store's own refusal is typed."""
    knows_the_snap.expect(
        "POST",
        "/dev/api/snaps/metrics",
        status=400,
        json={"error_list": [{"code": "invalid-date-interval", "extra": {"index": 0}}]},
    )
    one, two = date(2027, 1, 1), date(2027, 1, 2)

    with pytest.raises(UsageError):
        snapstore.metrics("weather-widget", ["x"], start=two, end=one)
    with pytest.raises(BadRequestError):
        snapstore.metrics("weather-widget", ["x"], start=one, end=two)


def test_collaborators(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """Listed, invited, taken back, accepted and turned down at the gateway."""
    dashboard.expect(
        "GET",
        PEOPLE,
        json={"collaborators": [{"account": {"username": "sam"}, "permissions": []}]},
    )
    dashboard.expect("GET", f"{PEOPLE}/invites", json={"invites": [{"email": "jo@example.com"}]})
    dashboard.expect(
        "POST",
        f"{PEOPLE}/invites",
        status=201,
        json={"tokens": [{"email": "jo@example.com", "token": "t"}]},
    )
    for what in ("revoke", "accept", "reject"):
        dashboard.expect("POST", f"{PEOPLE}/invites/{what}", status=204)

    assert snapstore.list_collaborators("weather-widget")[0].account.username == "sam"
    assert snapstore.list_invites("weather-widget")[0].email == "jo@example.com"
    assert snapstore.invite("weather-widget", ["jo@example.com"])[0].token == "t"
    snapstore.revoke_invites("weather-widget", ["jo@example.com"])
    snapstore.accept_invite("weather-widget", "t")
    snapstore.reject_invite("weather-widget", "t")

    invited = {"invites": [{"email": "jo@example.com"}]}
    assert [item.json() for item in dashboard.requests[2:]] == [
        invited,
        invited,
        {"token": "t"},
        {"token": "t"},
    ]
