"""The fault knobs, seen from the client."""

from __future__ import annotations

import http.client
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
import requests

from craft_store_sandbox import Fault

WHOAMI = "/v1/tokens/whoami"


def test_faults_count_down_and_match(client: Any) -> None:
    """Method and path choose the request; afterwards all is well again."""
    client.sandbox.faults.add(Fault.html(502), method="GET", path="whoami$", count=2)
    other = client.call("GET", "/v1/charm").status_code
    answers = [client.call("GET", WHOAMI) for _ in range(3)]

    assert other == 200
    assert [answer.status_code for answer in answers] == [502, 502, 200]
    assert answers[0].text.startswith("<html>")


def test_faults_can_be_taken_back(client: Any) -> None:
    """Clearing forgets what is queued."""
    client.sandbox.faults.add(Fault(status=599))
    client.sandbox.faults.clear()

    assert client.call("GET", WHOAMI).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "header"),
    [
        (Fault.rate_limit(7), 429, ("Retry-After", "7")),
        (Fault.rate_limit(), 429, ("Retry-After", None)),
        (Fault.needs_refresh(), 401, ("WWW-Authenticate", "Macaroon needs_refresh=1")),
        (Fault(status=599, body=b"odd"), 599, ("Retry-After", None)),
        (Fault.errors(400, {"code": None, "message": "x"}, {"message": "y"}), 400, ("x", None)),
    ],
)
def test_ready_made_faults(client: Any, fault: Fault, status: int, header: Any) -> None:
    """Rate limits, refreshes, odd errors."""
    client.sandbox.faults.add(fault)
    answer = client.call("POST", "/v1/charm", {"name": "acme-web"})

    assert answer.status_code == status
    assert answer.headers.get(header[0]) == header[1]
    assert client.ok("GET", "/v1/charm")["results"] == []


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_connections_break_before_or_after_the_work(
    client: Any, when: Literal["before", "after"], made: int
) -> None:
    """The client sees a broken connection either way; the store knows what happened."""
    client.sandbox.faults.add(Fault(reset=when), method="POST")
    with pytest.raises(requests.ConnectionError):
        client.call("POST", "/v1/charm", {"name": "acme-web"})

    assert len(client.ok("GET", "/v1/charm")["results"]) == made


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.RESET, requests.ConnectionError),
        (Fault.RESET_EARLY, requests.ConnectionError),
        (Fault.CLOSE, requests.ConnectionError),
        (Fault.TRUNCATE, requests.exceptions.ChunkedEncodingError),
        (Fault.SILENCE, requests.ReadTimeout),
    ],
)
def test_connections_end_without_a_whole_answer(
    client: Any, fault: Fault, error: type[Exception]
) -> None:
    """The same faults as a scripted server knows; the next request is answered."""
    client.sandbox.faults.add(fault)
    with pytest.raises(error):
        requests.get(f"{client.sandbox.urls.api}/v1/tokens", timeout=0.5)

    assert client.call("GET", WHOAMI).status_code == 200


@pytest.mark.parametrize("fault", [Fault.HANG_UP, Fault(400, close="answered")])
def test_connections_end_after_the_answer(client: Any, fault: Fault) -> None:
    """The answer is whole, and the connection cannot be used again, which no header announced."""
    client.sandbox.faults.add(fault)
    url = urlsplit(client.sandbox.urls.api)
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=5)
    connection.request("GET", "/v1/tokens")
    answer = connection.getresponse()

    assert (answer.status, answer.length) == (fault.status or 200, len(answer.read()))
    assert answer.getheader("Connection") is None
    assert connection.sock.recv(1) == b""
    connection.close()


def test_answers_can_come_before_the_body(client: Any) -> None:
    """The client has sent no byte of the body that it announced."""
    client.sandbox.faults.add(Fault(400, body=b"no", early=True))
    url = urlsplit(client.sandbox.urls.api)
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=5)
    connection.putrequest("POST", "/v1/tokens")
    connection.putheader("Content-Length", "1000")
    connection.endheaders()
    answer = connection.getresponse()

    assert (answer.status, answer.read()) == (400, b"no")
    assert answer.getheader("Connection") == "close"
    connection.close()


def test_answers_are_cut_or_extended(client: Any) -> None:
    """Truncated JSON, merged keys, and fields that nobody knows."""
    faults = client.sandbox.faults
    faults.add(Fault(truncate=True, delay=0.01))
    faults.add(Fault(merge={"permissions": ["changed"]}))
    cut = client.call("GET", WHOAMI)
    merged = client.call("GET", WHOAMI).json()
    faults.extra_fields = True
    extended = client.call("GET", WHOAMI).json()

    with pytest.raises(requests.JSONDecodeError):
        cut.json()
    assert merged["permissions"] == ["changed"]
    assert "sandbox-extra" in extended
    page = f"{client.sandbox.urls.candid}/login?did=x"
    assert client.session.get(page, timeout=30).status_code == 404


def test_merging_leaves_other_bodies_alone(acme: Any) -> None:
    """Bytes and empty answers are no JSON objects."""
    acme.sandbox.faults.extra_fields = True
    path = "/v1/charm/acme-web/collaborators/invites"
    body = {"invites": [{"email": "x@example.com"}]}
    acme.ok("POST", path, body)

    assert acme.call("POST", f"{path}/revoke", body).content == b""


def test_the_answers_can_be_odd(acme: Any) -> None:
    """Each switch changes one thing, and only while it is set."""
    faults = acme.sandbox.faults
    acme.push()
    acme.release({"channel": "edge", "revision": 1})
    faults.short_channel_names = faults.zoned_created_at = True
    faults.duplicate_branches = faults.null_base = faults.absolute_status_url = True
    upload = {"upload-id": acme.upload(b"x")}
    status_url = acme.ok("POST", "/v1/charm/acme-web/revisions", upload)["status-url"]
    (released,) = acme.release({"channel": "edge/fix", "revision": 1})
    answer = acme.channel_map()

    assert released["channel"] == "edge/fix"
    assert status_url.startswith(acme.sandbox.urls.api)
    names = [channel["name"] for channel in answer["package"]["channels"]]
    assert names.count("latest/edge/fix") == 2
    assert answer["revisions"][0]["created-at"].endswith("Z")
    assert {row["base"] for row in answer["channel-map"]} == {None}


def test_releases_can_lag(acme: Any) -> None:
    """A fresh release shows up after its time."""
    acme.push()
    acme.sandbox.faults.release_lag = 5
    acme.release({"channel": "edge", "revision": 1})
    before = acme.channel_map()["channel-map"]
    acme.sandbox.clock.advance(6)

    assert before == []
    assert len(acme.channel_map()["channel-map"]) == 1


def test_content_can_be_rejected(acme: Any) -> None:
    """The message is the test's own."""
    acme.sandbox.faults.reject_content = {b"forbidden": "It holds a forbidden word"}
    rejected = acme.push(payload=b"a forbidden thing")
    approved = acme.push(payload=b"a good thing")

    assert rejected["errors"] == [{"code": "review-error", "message": "It holds a forbidden word"}]
    assert approved["status"] == "approved"


def test_reviews_can_wait_for_a_person(acme: Any) -> None:
    """They stay where they are until the switch is off."""
    acme.sandbox.faults.manual_review = True
    upload = {"upload-id": acme.upload(b"x")}
    url = acme.ok("POST", "/v1/charm/acme-web/revisions", upload)["status-url"]
    states = [acme.ok("GET", url)["revisions"][0]["status"] for _ in range(3)]
    acme.sandbox.faults.manual_review = False

    assert states == ["new", "needs-manual-review", "needs-manual-review"]
    assert acme.reviewed(url)["status"] == "rejected"
