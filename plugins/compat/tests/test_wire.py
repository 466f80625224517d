"""Requests and outcomes, compared with what was recorded of the documented library."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
TOOL = HERE.parent / "tools" / "record_wire.py"
TABLE = HERE.parents[2] / "docs" / "reference" / "compat.md"


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    """The records of this package, made in a process of its own."""
    output = subprocess.run([sys.executable, str(TOOL)], check=True, capture_output=True, text=True)
    return dict(json.loads(output.stdout))


def recorded(release: str) -> dict[str, Any]:
    """Return the records of a release."""
    return dict(json.loads((HERE / f"wire-{release}.json").read_text(encoding="utf-8")))


def patterns(kind: str) -> list[str]:
    """Return what the table of differences says to differ."""
    return re.findall(rf"`{kind}:([^`]+)`", TABLE.read_text(encoding="utf-8"))


def without_named_headers(record: dict[str, Any], theirs: dict[str, Any]) -> list[Any]:
    """Return the requests, without the headers that the table names where httpx sent them."""
    kept = []
    for request, other in zip(record["requests"], theirs["requests"], strict=True):
        headers = request["headers"]
        if other["headers"]["user-agent"] == "python-httpx":
            headers = {n: v for n, v in headers.items() if n not in patterns("wire-header")}
        kept.append({**request, "headers": headers})
    return kept


def outcome(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "requests"}


def test_every_recorded_scenario_is_run(ours: dict[str, Any]) -> None:
    """The same methods were called."""
    assert ours.keys() == recorded("3.4.0").keys() >= recorded("2.6.2").keys()


def test_requests_are_those_of_the_documented_library(ours: dict[str, Any]) -> None:
    """Method, path, query, body and headers are those of 3.4.0, for each client method."""
    for name, theirs in recorded("3.4.0").items():
        if any(fnmatchcase(name, pattern) for pattern in patterns("wire")):
            continue
        mine = ours[name]
        assert len(mine["requests"]) == len(theirs["requests"]), name
        assert without_named_headers(mine, theirs) == without_named_headers(theirs, theirs), name


def test_the_named_headers_really_differ(ours: dict[str, Any]) -> None:
    """Requests that httpx made say who we are."""
    seen = {
        request["headers"]["user-agent"]
        for name, theirs in recorded("3.4.0").items()
        for request, other in zip(ours[name]["requests"], theirs["requests"], strict=False)
        if other["headers"]["user-agent"] == "python-httpx"
    }

    assert seen == {"craft-store"}


def test_outcomes_are_those_of_the_documented_library(ours: dict[str, Any]) -> None:
    """The same answers give equal models, and the same errors; what differs is in the table."""
    different = [
        name for name, theirs in recorded("3.4.0").items() if outcome(ours[name]) != outcome(theirs)
    ]
    named = patterns("wire")

    assert [n for n in different if not any(fnmatchcase(n, p) for p in named)] == []
    assert [p for p in named if not any(fnmatchcase(n, p) for n in different)] == []


def test_requests_of_the_older_release_are_the_same(ours: dict[str, Any]) -> None:
    """Programs for 2.6.2 find the requests that they know."""
    for name, theirs in recorded("2.6.2").items():
        if "without password" not in name:
            assert ours[name]["requests"] == theirs["requests"], name


def test_every_form_of_error_body_is_read(ours: dict[str, Any]) -> None:
    """No body makes a raw error: each refusal is a documented one."""
    refusals = {name: record for name, record in ours.items() if "refusal" in name}

    assert len(refusals) > 20
    for name, record in refusals.items():
        assert "CraftStoreError" in record["raised"], name
    assert "Some message." in refusals["refusal top-level"]["text"]
    assert "broken" in refusals["refusal text-entry"]["text"]
    assert "M." in refusals["gateway refusal without-code"]["text"]
