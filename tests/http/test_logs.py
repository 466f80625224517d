"""What is logged, and what never is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from craft_store_core.errors import StoreUnreachableError
from craft_store_core.testing.scripted import Fault

if TYPE_CHECKING:
    from craft_store_core.testing.scripted import ScriptedServer
    from tests.http.conftest import ClientFactory


def test_one_line_per_request_and_per_answer(
    scripted_server: ScriptedServer, make_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """Method, URL, status, time, request id and attempt are logged; secrets are not."""
    scripted_server.expect("POST", "/login", status=429)
    scripted_server.expect(
        "POST",
        "/login",
        json={"discharge_macaroon": "s3cr3t-answer", "shown": "yes"},
        headers={"x-request-id": "5eed", "publishergw-version": "42"},
    )
    with caplog.at_level(logging.DEBUG, logger="craft_store_core.http"):
        make_client().request(
            "POST",
            f"{scripted_server.url}/login",
            params={"token": "s3cr3t-query", "fields": "id"},
            headers={"Authorization": "Macaroon s3cr3t-header", "Macaroons": "s3cr3t-list"},
            json={"email": "jo@example.com", "password": "s3cr3t-body", "otp": "s3cr3t-otp"},
        )
    ours = [r.getMessage() for r in caplog.records if r.name == "craft_store_core.http"]
    text = "\n".join(ours)
    url = f"{scripted_server.url}/login?token=<hidden>&fields=id"
    assert f"POST {url} (attempt 1)" in ours
    assert f"POST {url} (attempt 2)" in ours
    assert f"POST {url}: 429 after" in text
    assert "request id 5eed, gateway version 42 (attempt 2)" in text
    assert "jo@example.com" in text
    assert '"shown": "yes"' in text
    assert "s3cr3t" not in text


def test_failures_are_logged(
    scripted_server: ScriptedServer, make_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """An attempt without an answer is logged with its reason."""
    scripted_server.expect("POST", "/a", fault=Fault.RESET)
    with (
        caplog.at_level(logging.DEBUG, logger="craft_store_core.http"),
        pytest.raises(StoreUnreachableError),
    ):
        make_client().request("POST", f"{scripted_server.url}/a")
    assert "failed: " in caplog.text
    assert "connection was lost" in caplog.text


def test_quiet_by_default(
    scripted_server: ScriptedServer, make_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """Above DEBUG nothing is logged."""
    scripted_server.expect("GET", "/a", status=503).expect("GET", "/a")
    scripted_server.expect("POST", "/b", fault=Fault.CLOSE)
    client = make_client()
    with caplog.at_level(logging.INFO):
        client.request("GET", f"{scripted_server.url}/a")
        with pytest.raises(StoreUnreachableError):
            client.request("POST", f"{scripted_server.url}/b")
    assert [r for r in caplog.records if r.name.startswith("craft_store_core")] == []
