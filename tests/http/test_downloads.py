"""Answers that go to a file, work that is repeated as a whole, hosts that are not the store's."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

import pytest

from craft_store_core.errors import (
    BadRequestError,
    HostNotAllowedError,
    NotFoundError,
    RateLimitedError,
    StoreUnavailableError,
    StoreUnreachableError,
)
from craft_store_core.http import Download, RetryPolicy
from craft_store_core.testing.scripted import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer
    from tests.http.conftest import ClientFactory

CONTENT = bytes(range(256)) * 4096


def test_a_body_goes_to_a_file(
    scripted_server: ScriptedServer, make_client: ClientFactory, tmp_path: Path
) -> None:
    """Block by block; what was in the file is gone."""
    scripted_server.expect("GET", "/blob", body=CONTENT)
    seen: list[int] = []
    path = tmp_path / "blob"
    path.write_bytes(b"x" * (len(CONTENT) + 7))

    with path.open("r+b") as file:
        url = f"{scripted_server.url}/blob"
        response = make_client().request("GET", url, download=Download(file, seen.append))

    assert (response.status, response.content) == (200, b"")
    assert path.read_bytes() == CONTENT
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == len(CONTENT)


def test_a_download_that_breaks_off_begins_again(
    scripted_server: ScriptedServer, make_client: ClientFactory, tmp_path: Path
) -> None:
    """As every reading does; nothing of the first attempt stays."""
    scripted_server.expect("GET", "/blob", body=CONTENT, fault=Fault.TRUNCATE)
    scripted_server.expect("GET", "/blob", body=b"short")
    with (tmp_path / "blob").open("w+b") as file:
        client = make_client()
        client.request("GET", f"{scripted_server.url}/blob", download=Download(file))

    assert (tmp_path / "blob").read_bytes() == b"short"
    assert len(scripted_server.requests) == 2


def test_refusals_are_read_as_ever(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """What they say is no download."""
    error = {"errors": [{"code": "BLOB_UNKNOWN", "message": "blob unknown to registry"}]}
    scripted_server.expect("GET", "/blob", status=404, json=error)
    file = io.BytesIO()

    with pytest.raises(NotFoundError) as caught:
        make_client().request(
            "GET",
            f"{scripted_server.url}/blob",
            download=Download(cast("io.BufferedRandom", file)),
        )

    assert caught.value.why == "blob unknown to registry (BLOB_UNKNOWN)"
    assert file.getvalue() == b""


def test_the_progress_of_a_download_can_end_it(
    scripted_server: ScriptedServer, make_client: ClientFactory, tmp_path: Path
) -> None:
    """By raising; it is not tried again."""
    scripted_server.expect("GET", "/blob", body=CONTENT)

    def stop(done: int) -> None:
        raise KeyError(done)

    with (tmp_path / "blob").open("w+b") as file, pytest.raises(KeyError):
        make_client().request("GET", f"{scripted_server.url}/blob", download=Download(file, stop))


@pytest.mark.parametrize(
    "error",
    [
        StoreUnreachableError("lost"),
        StoreUnavailableError("failed", status=503),
        RateLimitedError("too many", status=429),
    ],
)
def test_work_is_repeated_as_a_whole(make_client: ClientFactory, error: Exception) -> None:
    """After what may pass, as often and as patiently as requests are."""
    factory = make_client
    client = factory(retries=RetryPolicy(attempts=3, backoff=2))
    outcomes: list[Any] = [error, error, "done"]

    def work() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return str(outcome)

    assert client.retry(work) == "done"
    assert factory.waits == [2, 4]
    outcomes[:] = [error] * 3
    with pytest.raises(type(error)):
        client.retry(work)
    assert outcomes == []
    outcomes[:] = [BadRequestError("no", status=400)]
    with pytest.raises(BadRequestError):
        client.retry(work)


def test_hosts_elsewhere_have_the_same_settings_and_their_own_limits(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """The user's retries and name; other origins; never plain http to another machine."""
    scripted_server.expect("GET", "/a", status=503)
    scripted_server.expect("GET", "/a")
    client = make_client(
        user_agent="tests/2", origins=frozenset({"https://store.example.test:443"}), allow_http=True
    )

    with client.for_origins(None) as elsewhere:
        elsewhere.request("GET", f"{scripted_server.url}/a")
        with pytest.raises(HostNotAllowedError, match="was not sent"):
            elsewhere.request("GET", "http://registry.example.test/")
    with pytest.raises(HostNotAllowedError):
        client.request("GET", f"{scripted_server.url}/a")
    with (
        client.for_origins(frozenset({"https://registry.example.test:443"})) as limited,
        pytest.raises(HostNotAllowedError, match="does not belong to the store"),
    ):
        limited.request("GET", f"{scripted_server.url}/a")
    assert [r.headers["User-Agent"] for r in scripted_server.requests] == ["tests/2"] * 2


def test_hosts_elsewhere_are_reached_through_the_same_proxy(make_client: ClientFactory) -> None:
    """The one that was read at the start, whatever the environment says later."""
    client = make_client(proxies={"https": "http://127.0.0.1:1"})
    with client.for_origins(None) as elsewhere, pytest.raises(StoreUnreachableError) as caught:
        elsewhere.request("GET", "https://registry.example.test/v2/")
    assert "the proxy 127.0.0.1:1" in caught.value.message
