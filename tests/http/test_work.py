"""Work: a deadline and a cancellation that requests, waits and bodies ask for."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import pytest

from craft_store_core.errors import (
    DeadlinePassedError,
    RateLimitedError,
    StoreUnreachableError,
    WorkCancelledError,
)
from craft_store_core.http import Download, RetryPolicy, Work
from craft_store_core.http.upload import BLOCK, MultipartBody
from craft_store_core.testing.scripted import Fault

if TYPE_CHECKING:
    from craft_store_core.testing.scripted import ScriptedServer
    from tests.http.conftest import ClientFactory


class Clock:
    """A time that passes by waiting only."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def work(self) -> Work:
        return Work(clock=lambda: self.now, sleep=self.sleep)


def test_without_a_limit_it_goes_on() -> None:
    """There is no deadline, and nothing to raise."""
    work = Work()

    assert work.remaining() is None
    assert work.error is None
    work.check()


def test_a_part_ends_with_the_whole_or_before() -> None:
    """The shorter of both deadlines counts; what a part does not need, the whole keeps."""
    clock = Clock()
    whole = clock.work()
    part = whole.part()
    part.limit(5)
    assert (whole.remaining(), part.remaining()) == (None, 5)
    whole.limit(3)
    assert (whole.remaining(), part.remaining(), whole.part().remaining()) == (3, 3, 3)
    whole.limit(60)
    part.wait(10)
    assert (whole.remaining(), part.remaining()) == (55, 0)
    with pytest.raises(DeadlinePassedError):
        part.check()
    whole.check()


def test_a_cancellation_reaches_all_parts() -> None:
    """Those that there are and those to come; not the other way round."""
    whole = Work()
    part = whole.part()
    part.part().cancel()
    assert not part.cancelled
    whole.cancel()
    assert part.cancelled
    assert whole.part().cancelled
    with pytest.raises(WorkCancelledError):
        part.check()


def test_a_wait_ends_when_it_is_cancelled() -> None:
    """In another thread, at once."""
    whole = Work()
    part = whole.part()
    thread = threading.Thread(target=part.wait, args=(3600,), daemon=True)
    thread.start()
    whole.cancel()
    thread.join(30)
    assert not thread.is_alive()


def test_nothing_is_sent_after_the_end(make_client: ClientFactory) -> None:
    """Neither after the deadline nor after a cancellation; the server is not even looked for."""
    late, cancelled = Work(), Work()
    late.limit(0)
    cancelled.cancel()
    with pytest.raises(DeadlinePassedError):
        make_client(work=late).request("GET", "https://store.invalid/")
    with pytest.raises(WorkCancelledError):
        make_client(work=cancelled).request("GET", "https://store.invalid/")


def test_a_part_of_a_client_uses_its_connections(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """When the part has ended, the whole goes on, through the same connection."""
    scripted_server.expect("GET", "/a", times=3)
    client = make_client(work=Work())
    part = client.work.part()
    client.request("GET", f"{scripted_server.url}/a")
    client.within(part).request("GET", f"{scripted_server.url}/a")
    part.cancel()
    client.request("GET", f"{scripted_server.url}/a")
    assert len({request.connection for request in scripted_server.requests}) == 1


def test_a_server_that_does_not_answer_is_left_at_the_deadline(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """It may have the request: that is told, whatever the idle limit is."""
    work = Work()
    work.limit(0.2)
    scripted_server.expect("POST", "/a", fault=Fault.SILENCE)
    with pytest.raises(DeadlinePassedError) as caught:
        make_client(work=work).request("POST", f"{scripted_server.url}/a", json={})
    assert caught.value.may_have_arrived


def test_no_wait_is_begun_that_ends_after_the_deadline(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """What the store said is raised instead; shorter waits are waited."""
    clock = Clock()
    work = clock.work()
    work.limit(10)
    scripted_server.expect("GET", "/a", status=429, headers={"Retry-After": "4"})
    scripted_server.expect("GET", "/a", status=429, headers={"Retry-After": "20"})
    with pytest.raises(RateLimitedError):
        make_client(work=work).request("GET", f"{scripted_server.url}/a")
    assert clock.now == 104


def test_a_cancelled_wait_ends_the_retries(make_client: ClientFactory) -> None:
    """No further attempt is made."""
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        work.cancel()

    work = Work(sleep=sleep)
    client = make_client(work=work, retries=RetryPolicy(attempts=9))

    def never() -> None:
        raise StoreUnreachableError("It is gone.")

    with pytest.raises(StoreUnreachableError):
        client.retry(never)
    assert len(waits) == 1


def test_an_upload_ends_between_two_blocks(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """The body is not read on, and the client is of use for other work."""
    work = Work()
    client = make_client(work=Work())
    seen: list[int] = []

    def progress(done: int) -> None:
        seen.append(done)
        if done == 2 * BLOCK:
            work.cancel()

    body = MultipartBody(io.BytesIO(bytes(50 * BLOCK)), progress=progress)
    with pytest.raises(WorkCancelledError):
        client.within(work).request("POST", f"{scripted_server.url}/up", data=body, repeatable=True)
    assert seen[-1] == 2 * BLOCK
    scripted_server.expect("GET", "/after")
    assert client.request("GET", f"{scripted_server.url}/after").status == 200


def test_a_download_ends_between_two_blocks(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """What came so far is in the file."""
    work = Work()
    scripted_server.expect("GET", "/a", body=bytes(10 * BLOCK))
    file = io.BytesIO()
    download = Download(file, lambda _: work.cancel())
    with pytest.raises(WorkCancelledError):
        make_client(work=work).request("GET", f"{scripted_server.url}/a", download=download)
    assert len(file.getvalue()) == BLOCK
