"""When a request is sent again, and when never."""

from __future__ import annotations

import io
import math
import socket
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from craft_store_core.errors import (
    BadRequestError,
    ConfigurationError,
    RateLimitedError,
    StoreTimeoutError,
    StoreUnavailableError,
    StoreUnreachableError,
)
from craft_store_core.http import HTTPClient, RetryPolicy, Timeouts, Work
from craft_store_core.http.retries import retry_after
from craft_store_core.http.upload import MultipartBody
from craft_store_core.testing.scripted import Fault

if TYPE_CHECKING:
    from craft_store_core.testing.scripted import ScriptedServer
    from tests.http.conftest import ClientFactory

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


def unused_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_harmless_methods_are_repeated(
    scripted_server: ScriptedServer, make_client: ClientFactory, method: str, status: int
) -> None:
    """After an answer that may be better later, a request that may arrive twice is sent again."""
    scripted_server.expect(method, "/a", status=status).expect(method, "/a", status=200)
    client = make_client()
    assert client.request(method, f"{scripted_server.url}/a").status == 200
    assert make_client.waits == [0.5]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_methods_with_an_effect_are_not_repeated(
    scripted_server: ScriptedServer, make_client: ClientFactory, method: str, status: int
) -> None:
    """A request that may have been processed is sent once."""
    scripted_server.expect(method, "/a", status=status)
    with pytest.raises(StoreUnavailableError):
        make_client().request(method, f"{scripted_server.url}/a", json={})


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {}),
        (429, {"Retry-After": "7"}),
        (503, {"Retry-After": "7"}),
        (408, {"Retry-After": "7"}),
    ],
)
def test_turned_away_requests_are_repeated(
    scripted_server: ScriptedServer,
    make_client: ClientFactory,
    status: int,
    headers: dict[str, str],
) -> None:
    """A POST that was turned away on purpose was not processed: it is sent again, when asked to."""
    scripted_server.expect("POST", "/a", status=status, headers=headers)
    scripted_server.expect("POST", "/a", json={"done": True})
    answer = make_client().request("POST", f"{scripted_server.url}/a", json={"n": 1})
    assert answer.json() == {"done": True}
    assert make_client.waits == [7.0 if headers else 0.5]
    assert [request.json() for request in scripted_server.requests] == [{"n": 1}, {"n": 1}]


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_secret_that_works_once_is_sent_once(
    scripted_server: ScriptedServer, make_client: ClientFactory, status: int
) -> None:
    """Not even an answer by which a host turns a request away is a reason to send it again."""
    scripted_server.expect("POST", "/a", status=status, headers={"Retry-After": "0"})
    answer = make_client().request(
        "POST", f"{scripted_server.url}/a", json={}, once=True, check=False
    )
    assert answer.status == status
    assert make_client.waits == []


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.RESET_EARLY, Fault.CLOSE, Fault.TRUNCATE])
def test_a_secret_that_may_have_arrived_is_not_sent_again(
    scripted_server: ScriptedServer, make_client: ClientFactory, fault: Fault
) -> None:
    """The error says that it may have arrived."""
    scripted_server.expect("PUT", "/a", body="12345678", fault=fault)
    with pytest.raises(StoreUnreachableError) as caught:
        make_client().request("PUT", f"{scripted_server.url}/a", json={}, once=True)
    assert caught.value.may_have_arrived
    assert make_client.waits == []


def test_a_secret_that_cannot_have_arrived_is_sent_again(make_client: ClientFactory) -> None:
    """Where the connection is refused, nothing was sent."""
    url = f"http://127.0.0.1:{unused_port()}/a"
    with pytest.raises(StoreUnreachableError, match="could not be reached") as caught:
        make_client().request("POST", url, json={}, once=True)
    assert not caught.value.may_have_arrived
    assert make_client.waits == [0.5, 1.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 501])
def test_final_answers_are_not_repeated(
    scripted_server: ScriptedServer, make_client: ClientFactory, status: int
) -> None:
    """What will not get better is not asked again."""
    scripted_server.expect("GET", "/a", status=status)
    assert make_client().request("GET", f"{scripted_server.url}/a", check=False).status == status


def test_the_caller_knows_best(scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
    """The caller can say of a POST that it may be repeated, and of a GET that it may not."""
    scripted_server.expect("POST", "/a", status=502).expect("POST", "/a")
    scripted_server.expect("GET", "/a", status=502)
    client = make_client()
    assert client.request("POST", f"{scripted_server.url}/a", repeatable=True).status == 200
    with pytest.raises(StoreUnavailableError):
        client.request("GET", f"{scripted_server.url}/a", repeatable=False)


def test_the_last_answer_is_what_the_user_sees(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """After all attempts the error says what the store said last."""
    scripted_server.expect("GET", "/a", status=502, body="<html>bad</html>", times=2)
    busy = {"error-list": [{"code": "rate-limit-exceeded", "message": "Slow down."}]}
    scripted_server.expect("GET", "/a", status=429, json=busy, headers={"Retry-After": "90"})
    with pytest.raises(RateLimitedError) as caught:
        make_client().request("GET", f"{scripted_server.url}/a")
    assert caught.value.why == "Slow down. (rate-limit-exceeded)"
    assert caught.value.advice == "Try again in 90 seconds."
    assert make_client.waits == [0.5, 1.0]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CLOSE, Fault.TRUNCATE])
def test_lost_connections(
    scripted_server: ScriptedServer, make_client: ClientFactory, fault: Fault
) -> None:
    """A lost connection is tried again where that does no harm; else the doubt is told."""
    scripted_server.expect("GET", "/a", body="12345678", fault=fault).expect("GET", "/a")
    scripted_server.expect("POST", "/b", body="12345678", fault=fault)
    client = make_client()
    assert client.request("GET", f"{scripted_server.url}/a").status == 200
    with pytest.raises(StoreUnreachableError) as caught:
        client.request("POST", f"{scripted_server.url}/b")
    assert f"127.0.0.1:{scripted_server.port}" in caught.value.message
    assert "may have processed" in (caught.value.advice or "")
    expected = "incomplete" if fault is Fault.TRUNCATE else "lost before the response"
    assert expected in (caught.value.why or "")


def test_answers_before_the_end_of_an_upload(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """A proxy that refuses an upload before it has read all of it is heard."""
    scripted_server.expect("POST", "/up", status=413, body="too much", fault=Fault.EARLY)
    body = MultipartBody(io.BytesIO(bytes(20_000_000)))
    with pytest.raises(BadRequestError, match="too large") as caught:
        make_client().request("POST", f"{scripted_server.url}/up", data=body, repeatable=True)
    assert caught.value.why == "too much"


def test_connections_that_ended_meanwhile(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """A server that ends idle connections costs a new one, not an error, even for a POST."""
    scripted_server.expect("POST", "/a", json={}, fault=Fault.HANG_UP, times=3)
    client = make_client()
    for _ in range(3):
        client.request("POST", f"{scripted_server.url}/a", json={})
        # The end of the connection arrives a moment after the answer.
        scripted_server.wait_until_idle()
    assert len({request.connection for request in scripted_server.requests}) == 3


def test_lost_for_good(scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
    """After the last attempt the error says how often it was tried."""
    scripted_server.expect("GET", "/a", fault=Fault.RESET, times=3)
    with pytest.raises(StoreUnreachableError) as caught:
        make_client().request("GET", f"{scripted_server.url}/a")
    assert "All 3 attempts failed." in (caught.value.why or "")
    assert "may have processed" not in (caught.value.advice or "")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refused_connections_are_always_tried_again(
    make_client: ClientFactory, method: str
) -> None:
    """Where no connection could be made nothing was processed, so even a POST is repeated."""
    port = unused_port()
    with pytest.raises(StoreUnreachableError) as caught:
        make_client().request(method, f"http://127.0.0.1:{port}/")
    assert caught.value.message == f"127.0.0.1:{port} could not be reached."
    assert caught.value.why == "The connection was refused. All 3 attempts failed."
    assert len(make_client.waits) == 2


def test_unknown_hosts(make_client: ClientFactory) -> None:
    """A host name that nobody knows is named, with the reason."""
    with pytest.raises(StoreUnreachableError, match=r"store\.invalid") as caught:
        make_client().request("POST", "https://store.invalid/")
    assert "was not found" in (caught.value.why or "")
    assert len(make_client.waits) == 2


def test_silent_servers(scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
    """A server that never answers is given up after the read timeout; a POST is not repeated."""
    scripted_server.expect("POST", "/a", fault=Fault.SILENCE)
    scripted_server.expect("GET", "/a", fault=Fault.SILENCE).expect("GET", "/a")
    client = make_client()
    tiny = Timeouts(connect=5, read=0.1)
    with pytest.raises(StoreTimeoutError, match="did not answer in time") as caught:
        client.request("POST", f"{scripted_server.url}/a", timeout=tiny)
    assert "may have processed" in (caught.value.advice or "")
    assert client.request("GET", f"{scripted_server.url}/a", timeout=tiny).status == 200


def test_hosts_that_accept_no_connection(make_client: ClientFactory) -> None:
    """A connection that is not accepted in time is tried again and then told, POST or not."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # The queue of connections that nobody accepts holds one; the next must wait.
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        client = make_client(timeouts=Timeouts(connect=0.1, read=5))
        with pytest.raises(StoreTimeoutError, match="timed out"):
            client.request("POST", f"http://127.0.0.1:{full.getsockname()[1]}/")
        for one in waiting:
            one.close()
    assert len(make_client.waits) == 2


def test_stalled_uploads_time_out(make_client: ClientFactory) -> None:
    """A server that stops reading is given up after the idle timeout, not after that to connect."""
    with socket.socket() as stalled:
        stalled.bind(("127.0.0.1", 0))
        stalled.listen(5)
        body = MultipartBody(io.BytesIO(bytes(64 * 1024 * 1024)))
        client = make_client(
            timeouts=Timeouts(connect=30, read=0.2), retries=RetryPolicy(attempts=1)
        )
        with pytest.raises(StoreTimeoutError, match="did not answer in time"):
            client.request("POST", f"http://127.0.0.1:{stalled.getsockname()[1]}/", data=body)


def test_uploads_begin_again(scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
    """A repeated upload sends the whole body again, and its progress begins again."""
    content = bytes(range(256)) * 4096
    scripted_server.expect("POST", "/up", fault=Fault.RESET_EARLY)
    scripted_server.expect("POST", "/up", status=503)
    scripted_server.expect("POST", "/up", json={"upload_id": "1"})
    seen: list[int] = []
    body = MultipartBody(io.BytesIO(content), progress=seen.append)
    answer = make_client().request("POST", f"{scripted_server.url}/up", data=body, repeatable=True)
    assert answer.json() == {"upload_id": "1"}
    for request in scripted_server.requests[1:]:
        assert len(request.body) == body.len
        assert content in request.body
        assert request.headers["Content-Type"] == body.content_type
    assert seen.count(0) >= 3
    assert seen[-1] == len(content)


def test_waits_double_with_jitter() -> None:
    """Waits double up to the longest; chance takes up to one half of them away."""
    policy = RetryPolicy(backoff=1, longest=10)
    assert [policy.wait(attempt, 0, None) for attempt in range(1, 7)] == [1, 2, 4, 8, 10, 10]
    assert policy.wait(3, 1, None) == 2
    assert policy.wait(100_000, 0, None) == 10
    assert policy.wait(1, 1, 3) == 3
    assert policy.wait(1, 1, 3600) == 10


@given(st.integers(1, 10_000), st.floats(0, 1), st.none() | st.floats(0, 1e300))
def test_waits_stay_within_bounds(attempt: int, chance: float, asked: float | None) -> None:
    """No wait is negative or longer than the longest."""
    assert 0 <= RetryPolicy().wait(attempt, chance, asked) <= 30


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("1.5", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(days=1)), 0),
        ("Sun, 22 Nov 2026 12:00:05 -0000", 5),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("٣", None),
    ],
)
def test_retry_after(text: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds and dates are understood; what is neither counts as nothing."""
    monkeypatch.setattr("time.time", NOW.timestamp)
    assert retry_after({"Retry-After": text}) == seconds


def test_the_clock_is_the_real_one(scripted_server: ScriptedServer) -> None:
    """Unless a test says otherwise, dates are compared with the time of today."""
    long_ago = "Sun, 06 Nov 1994 08:49:37 GMT"
    scripted_server.expect("GET", "/a", status=503, headers={"Retry-After": long_ago})
    scripted_server.expect("GET", "/a")
    waits: list[float] = []
    with HTTPClient(user_agent="t/1", proxies={}, work=Work(sleep=waits.append)) as client:
        client.request("GET", f"{scripted_server.url}/a")
    assert waits == [0.0]


@given(st.text(max_size=60))
@example("1" * 400)
@example("Sun, 22 Nov 9999 12:00:05 GMT")
def test_retry_after_never_fails(text: str) -> None:
    """Whatever a server writes there is a number of seconds or nothing."""
    found = retry_after({"Retry-After": text})
    assert found is None or (found >= 0 and math.isfinite(found))


@pytest.mark.parametrize(
    "options", [{"attempts": 0}, {"backoff": -1}, {"longest": -1}, {"longest": math.nan}]
)
def test_impossible_policies(options: dict[str, float]) -> None:
    """A policy that cannot be kept is refused where it is made."""
    with pytest.raises(ConfigurationError):
        RetryPolicy(**options)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("options", [{"connect": 0}, {"read": -1}, {"read": math.nan}])
def test_impossible_timeouts(options: dict[str, float]) -> None:
    """No timeout, which means waiting for ever, cannot be asked for."""
    with pytest.raises(ConfigurationError, match="timeout"):
        Timeouts(**options)
