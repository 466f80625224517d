"""Signed statements at the dashboard, and metrics."""

from __future__ import annotations

from typing import Any

import pytest

SETS = "/api/v2/validation-sets"
SCHEMAS = "/api/v2/confdb-schemas"
METRICS = "/dev/api/snaps/metrics"
JSON_SCHEMA = '{\n  "storage": {"schema": {"wifi": {"values": "any"}}}\n}'


def written(value: Any, indent: int = 0) -> str:
    """A header's value."""
    space = " " * indent
    if isinstance(value, dict):
        return "".join(f"\n{space}{key}:{written(item, indent + 2)}" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"\n{space}-{written(item, indent + 2)}" for item in value)
    return f" {value}"


def signed(headers: dict[str, Any], body: str = "") -> str:
    """An assertion that somebody signed."""
    headers = {**headers, "sign-key-sha3-384": "kQ7z"}
    text = "\n".join(f"{key}:{written(value, 2)}" for key, value in headers.items())
    return f"{text}\n\n{body}{'' if not body else chr(10) * 2}AcLBUg\n"


def post(client: Any, path: str, text: str) -> Any:
    """Send an assertion as it is."""
    return client.call("POST", path, data=text.encode())


@pytest.fixture
def gating(weather: Any) -> Any:
    """The client, the address of its snap, and the id of a snap that it gates."""
    lib = weather.sandbox.add_snap("lib-snap", weather.sandbox.account)
    weather.sandbox.gate_snap("weather-widget", "lib-snap")
    snap_id = weather.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]
    return weather, f"/dev/api/snaps/{snap_id}", snap_id, lib


def validation(client: Any, snap_id: str, lib: str, **changes: str) -> dict[str, str]:
    """The body of a validation."""
    headers = {
        "type": "validation",
        "authority-id": client.sandbox.account.id,
        "series": "16",
        "snap-id": snap_id,
        "approved-snap-id": lib,
        "approved-snap-revision": "3",
        "timestamp": "2026-11-01T10:00:00.000000Z",
        "revoked": "false",
        **changes,
    }
    return {"assertion": signed({key: value for key, value in headers.items() if value})}


def test_gated_snaps_are_validated_and_that_is_taken_back(gating: Any) -> None:
    """First they are listed as not validated; a revoked one shows on demand."""
    client, page, snap_id, lib = gating
    path = f"{page}/validations"
    before = client.ok("GET", path)
    answer = client.ok("PUT", path, validation(client, snap_id, lib))
    during = client.ok("GET", path)
    client.ok("PUT", path, validation(client, snap_id, lib, revision="1", revoked="true"))

    assert [row["approved-snap-revision"] for row in before] == ["-"]
    assert answer["approved-snap-revision"] == "3"
    assert [(row["approved-snap-name"], row["approved-snap-revision"]) for row in during] == [
        ("lib-snap", "3")
    ]
    assert [row["approved-snap-revision"] for row in client.ok("GET", path)] == ["-"]
    (revoked,) = client.ok("GET", f"{path}?include_revoked=1")
    assert (revoked["revoked"], revoked["revision"], revoked["required"]) == ("true", "1", True)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "snap-build"},
        {"snap-id": "another"},
        {"authority-id": "somebody"},
        {"approved-snap-id": ""},
        {"approved-snap-revision": "x"},
        {"revision": "x"},
    ],
)
def test_validations_that_cannot_be_are_refused(gating: Any, change: dict[str, str]) -> None:
    """400 invalid-field."""
    client, page, snap_id, lib = gating
    body = validation(client, snap_id, lib, **change)

    assert client.refused("PUT", f"{page}/validations", body) == (400, "invalid-field")
    assert client.refused("PUT", f"{page}/validations", {"assertion": "x"}) == (
        400, "invalid-field",
    )  # fmt: skip


def test_a_revision_of_an_assertion_is_there_once(gating: Any) -> None:
    """The next one must be higher."""
    client, page, snap_id, lib = gating
    body = validation(client, snap_id, lib)
    client.ok("PUT", f"{page}/validations", body)

    assert client.refused("PUT", f"{page}/validations", body) == (400, "invalid-field")


def test_builds_are_stored_or_the_feature_is_off(gating: Any) -> None:
    """The answer repeats the headers; also of the form that substitutes of snapd print."""
    client, page, snap_id, _ = gating
    headers = {"type": "snap-build", "snap-id": snap_id, "grade": "stable", "snap-sha3-384": "x"}
    answer = client.ok("POST", f"{page}/builds", {"assertion": signed(headers)})
    fake = {"assertion": '{"type": "snap-build", "snap-sha3-384": "y"}\n\nsig'}
    client.ok("POST", f"{page}/builds", fake)
    client.sandbox.snaps.snap_builds = False

    assert answer["grade"] == "stable"
    assert client.refused("POST", f"{page}/builds", fake) == (501, "feature-disabled")


def test_developers_are_named_by_an_assertion(gating: Any, other: Any, plain_snap: Any) -> None:
    """None at first; whoever uploaded cannot be left out by mistake."""
    client, _, _, _ = gating
    shared = client.sandbox.add_snap("shared-snap", client.sandbox.account, collaborators=[other])
    path = f"/dev/api/snaps/{shared}/developers"
    credentials = client.credentials
    client.credentials = client.sandbox.issue_snap_macaroons(other)
    client.push(plain_snap(name="shared-snap"), "shared-snap")
    client.credentials = credentials
    entry = {"developer-id": other.id, "since": "2026-11-01T10:00:00.123456Z"}
    with_sam = {"type": "snap-developer", "snap-id": shared, "developers": [entry]}
    without = {**with_sam, "revision": "1", "developers": [{**entry, "developer-id": "x"}]}
    assert client.refused("GET", path) == (404, "snap-developer-not-found")
    client.ok("PUT", path, {"snap_developer": signed(with_sam)})
    refused = client.call("PUT", path, {"snap_developer": signed(without)})
    forced = f"{path}?ignore_revoked_uploads"

    assert client.ok("GET", path)["snap_developer"]["developers"] == [entry]
    assert refused.status_code == 409
    assert refused.json()["error_list"][0]["code"] == "revoked-uploads"
    assert refused.json()["error_list"][0]["extra"] == ["sam-example"]
    client.ok("PUT", forced, {"snap_developer": signed(without)})
    malformed = {"snap_developer": signed({**without, "developers": "sam"})}
    assert client.refused("PUT", path, malformed) == (400, "invalid-request")


def a_set(client: Any, **changes: Any) -> dict[str, Any]:
    """A validation set as it is built."""
    return {
        "account-id": client.sandbox.account.id,
        "name": "lab-set",
        "sequence": 3,
        "snaps": [{"name": "weather-widget", "presence": "required", "revision": 8}],
        **changes,
    }


def test_a_validation_set_is_built_signed_and_listed(weather: Any) -> None:
    """Numbers become texts; the store adds ids, authority, time and revision."""
    components = {"maps": {"presence": "required", "revision": 2}, "sounds": "optional"}
    snaps = [{"name": "weather-widget", "components": components}]
    built = weather.ok("POST", f"{SETS}/build-assertion", a_set(weather, snaps=snaps))
    answer = post(weather, SETS, signed(built)).json()
    again = weather.ok("POST", f"{SETS}/build-assertion", a_set(weather))

    (snap,) = built["snaps"]
    assert (built["type"], built["sequence"], built["series"]) == ("validation-set", "3", "16")
    assert built["revision"] == "0"
    assert len(snap["id"]) == 32
    assert snap["presence"] == "required"
    assert snap["components"]["maps"] == {"presence": "required", "revision": "2"}
    (entry,) = answer["assertions"]
    assert entry["headers"] == {**built, "sign-key-sha3-384": "kQ7z"}
    assert again["revision"] == "1"
    assert again["snaps"][0]["revision"] == "8"
    assert weather.ok("GET", SETS) == weather.ok("GET", f"{SETS}/lab-set") == answer


def test_sequences_of_a_set_are_asked_for(weather: Any) -> None:
    """The latest, all, one; an unknown name or sequence is an empty list."""
    for sequence in (1, 2):
        built = weather.ok("POST", f"{SETS}/build-assertion", a_set(weather, sequence=sequence))
        post(weather, SETS, signed(built))

    def sequences(query: str) -> list[str]:
        listed = weather.ok("GET", f"{SETS}{query}")["assertions"]
        return [entry["headers"]["sequence"] for entry in listed]

    assert sequences("/lab-set") == sequences("?sequence=latest") == ["2"]
    assert sequences("/lab-set?sequence=all") == ["1", "2"]
    assert sequences("/lab-set?sequence=1") == ["1"]
    assert sequences("/lab-set?sequence=9") == sequences("/no-such") == []
    for query in ("sequence=0", "sequence=newest"):
        assert weather.refused("GET", f"{SETS}?{query}") == (400, "invalid-request")


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 0},
        {"snaps": []},
        {"account-id": "somebody"},
        {"snaps": [{"name": "no-such"}]},
        {"snaps": [{"name": "weather-widget", "presence": "maybe"}]},
        {"colour": "red"},
    ],
)
def test_sets_that_cannot_be_are_not_built(weather: Any, change: dict[str, Any]) -> None:
    """In the error body of the second generation."""
    answer = weather.call("POST", f"{SETS}/build-assertion", a_set(weather, **change))

    assert answer.status_code == 400
    assert answer.json()["error-list"][0]["code"] == "invalid-request"


def test_the_message_names_the_place(weather: Any) -> None:
    """As schemas are checked there."""
    answer = weather.call("POST", f"{SETS}/build-assertion", a_set(weather, sequence=0))

    message = answer.json()["error-list"][0]["message"]
    assert message == "0 is less than the minimum of 1 at /sequence"


@pytest.mark.parametrize(
    "change",
    [
        {"type": "snap-build"},
        {"sequence": "0"},
        {"sequence": "x"},
        {"account-id": "somebody"},
        {"authority-id": "somebody"},
        {"snaps": None},
        {"name": None},
        {"colour": "red"},
        {"revision": "x"},
    ],
)
def test_sets_that_cannot_be_are_not_stored(weather: Any, change: dict[str, Any]) -> None:
    """Nothing is listed afterwards."""
    built = weather.ok("POST", f"{SETS}/build-assertion", a_set(weather))
    headers = {key: value for key, value in {**built, **change}.items() if value is not None}

    assert post(weather, SETS, signed(headers)).status_code == 400
    assert post(weather, SETS, "no assertion").status_code == 400
    assert weather.ok("GET", SETS) == {"assertions": []}


def test_a_stored_set_is_not_replaced(weather: Any) -> None:
    """The next revision must be higher."""
    built = weather.ok("POST", f"{SETS}/build-assertion", a_set(weather))

    assert post(weather, SETS, signed(built)).status_code == 200
    assert post(weather, SETS, signed(built)).status_code == 400


def a_schema(client: Any, **changes: Any) -> dict[str, Any]:
    """A confdb schema as it is built."""
    rule = {"request": "ssid", "storage": "wifi.ssid", "access": "read-write"}
    return {
        "account-id": client.sandbox.account.id,
        "name": "network",
        "summary": "Network configuration",
        "views": {"wifi": {"rules": [rule]}},
        "body": JSON_SCHEMA,
        **changes,
    }


def test_a_confdb_schema_is_built_signed_and_listed(weather: Any) -> None:
    """Its body goes along."""
    built = weather.ok("POST", f"{SCHEMAS}/build-assertion", a_schema(weather, revision=2))
    headers = {key: value for key, value in built.items() if key != "body"}
    answer = post(weather, SCHEMAS, signed(headers, built["body"])).json()
    next_one = weather.ok("POST", f"{SCHEMAS}/build-assertion", a_schema(weather, summary=None))

    assert built["type"] == "confdb-schema"
    assert built["body-length"] == str(len(JSON_SCHEMA))
    assert answer["assertions"][0]["body"] == JSON_SCHEMA
    assert answer["assertions"][0]["headers"]["views"] == built["views"]
    assert (next_one["revision"], "summary" in next_one) == ("3", False)
    assert weather.ok("GET", SCHEMAS) == weather.ok("GET", f"{SCHEMAS}/network") == answer
    assert weather.ok("GET", f"{SCHEMAS}/no-such") == {"assertions": []}


@pytest.mark.parametrize(
    "change", [{"views": {}}, {"views": {"wifi": {"rules": [{"request": "x"}]}}}, {"body": None}]
)
def test_schemas_that_cannot_be_are_not_built(weather: Any, change: dict[str, Any]) -> None:
    """Views, rules with storage, and a body are needed."""
    refused = weather.refused("POST", f"{SCHEMAS}/build-assertion", a_schema(weather, **change))
    assert refused == (400, "invalid-request")

    built = weather.ok("POST", f"{SCHEMAS}/build-assertion", a_schema(weather))
    headers = {key: value for key, value in built.items() if key not in ("body", "views")}
    assert post(weather, SCHEMAS, signed(headers, JSON_SCHEMA)).status_code == 400


@pytest.fixture
def measured(weather: Any) -> Any:
    """The client, with numbers, and the id of its snap."""
    weather.sandbox.add_metric(
        "weather-widget", "installed_base_by_channel",
        {"latest/stable": {"2026-11-01": 120, "2026-11-02": 124}, "edge": {"2026-11-02": 3}},
    )  # fmt: skip
    weather.sandbox.add_metric("weather-widget", "daily_device_change", {"new": {"2026-11-01": 5}})
    return weather, weather.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]


def test_metrics_answer_each_filter(measured: Any, plain_snap: Any) -> None:
    """In order; without numbers the series are empty; channels say whether they are released."""
    client, snap_id = measured
    client.push(plain_snap(), channels=["edge"])
    names = ("installed_base_by_channel", "daily_device_change", "weekly_device_change")
    filters = [
        {"snap_id": snap_id, "metric_name": name, "start": "2026-11-01", "end": "2026-11-30"}
        for name in names
    ]
    channels, daily, weekly = client.ok("POST", METRICS, {"filters": filters})["metrics"]

    assert channels == {
        "buckets": ["2026-11-01", "2026-11-02"],
        "metric_name": "installed_base_by_channel",
        "series": [
            {"name": "edge", "values": [0, 3], "currently_released": True},
            {"name": "latest/stable", "values": [120, 124], "currently_released": False},
        ],
        "snap_id": snap_id,
        "status": "OK",
    }
    assert daily["series"] == [{"name": "new", "values": [5]}]
    assert (weekly["status"], weekly["buckets"], weekly["series"]) == ("NO DATA", [], [])


def test_metrics_are_refused_for_cause(measured: Any, other: Any) -> None:
    """Intervals, names, dates, permission, foreign snaps."""
    client, snap_id = measured

    def ask(**changes: Any) -> dict[str, Any]:
        item = {"snap_id": snap_id, "metric_name": "daily_device_change", "start": "2026-11-01",
                "end": "2026-11-02", **changes}  # fmt: skip
        return {"filters": [item]}

    answer = client.call("POST", METRICS, ask(end="2026-10-01"))
    assert (answer.status_code, answer.json()["error_list"][0]["extra"]) == (
        400, {"start": "2026-11-01", "end": "2026-10-01", "index": 0},
    )  # fmt: skip
    assert answer.json()["error_list"][0]["code"] == "invalid-date-interval"
    assert client.refused("POST", METRICS, ask(metric_name="mood")) == (400, "invalid-field")
    assert client.refused("POST", METRICS, ask(start="soon")) == (400, "invalid-field")
    reader = client.limited(permissions=["package_access"])
    assert client.refused("POST", METRICS, ask(), credentials=reader)[0] == 403
    foreign = client.sandbox.add_snap("foreign-snap", other)
    assert client.refused("POST", METRICS, ask(snap_id=foreign)) == (403, "resource-forbidden")
