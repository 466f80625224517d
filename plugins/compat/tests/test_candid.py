"""Candid logins that fail: each in the documented way."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pymacaroons
import pytest
from pymacaroons.serializers import JsonSerializer

from craft_store import StoreClient, errors
from craft_store.store_client import WebBrowserWaitingInteractor

if TYPE_CHECKING:
    from craft_store_core.testing.scripted import ScriptedServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="BROWSER is not read on Windows")


@pytest.fixture
def root(sso: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A root macaroon for an identity service that asks for a browser."""
    monkeypatch.setenv("BROWSER", "true %s")
    methods = {"browser-window": {"VisitURL": "/login", "WaitTokenURL": "/wait"}}
    sso.expect(
        "POST",
        "/discharge",
        status=407,
        json={
            "Code": "interaction required",
            "Message": "Log in.",
            "Info": {"InteractionMethods": methods},
        },
    )
    macaroon = pymacaroons.Macaroon(location="store", identifier="root", key="k", version=2)
    macaroon.add_third_party_caveat(sso.url, "caveat-key", "caveat")
    return str(macaroon.serialize(JsonSerializer()))


@pytest.mark.parametrize(
    ("status", "document", "kind", "text"),
    [
        (200, {}, errors.CandidTokenKindError, "Empty token kind returned from 'http.*/wait'"),
        (200, {"kind": "k"}, errors.CandidTokenValueError, "Empty token value returned from"),
        (408, {}, errors.CandidTokenTimeoutError, "Timed out waiting for token response from"),
        (403, {"message": "No."}, errors.CraftStoreError, "Candid refused the login"),
    ],
)
def test_a_login_that_fails_says_why(
    client: StoreClient,
    sso: ScriptedServer,
    root: str,
    status: int,
    document: dict[str, str],
    kind: type[errors.CraftStoreError],
    text: str,
) -> None:
    """With the documented class and words."""
    sso.expect("GET", "/wait", status=status, json=document)

    with pytest.raises(kind, match=text) as caught:
        client._candid_discharge(root)
    assert type(caught.value) is kind


def test_a_proxy_that_ends_every_wait_is_the_documented_timeout(
    client: StoreClient,
    sso: ScriptedServer,
    root: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its status 408 is not Candid's own word, so that it is asked some times before."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    sso.expect("GET", "/wait", status=408, body=b"<html>", times=5)

    with pytest.raises(errors.CandidTokenTimeoutError):
        client._candid_discharge(root)


def test_a_page_in_place_of_the_token_is_no_token(
    client: StoreClient, sso: ScriptedServer, root: str
) -> None:
    """As a proxy sends it."""
    sso.expect("GET", "/wait", body=b"<html>")

    with pytest.raises(errors.CandidTokenKindError):
        client._candid_discharge(root)


def test_an_interaction_without_addresses_is_refused(
    client: StoreClient, sso: ScriptedServer
) -> None:
    """Before a browser is opened."""
    info = {"InteractionMethods": {"browser-window": {"VisitURL": "", "WaitTokenURL": ""}}}
    document = {"Code": "interaction required", "Message": "Log in.", "Info": info}
    sso.expect("POST", "/discharge", status=407, json=document)
    macaroon = pymacaroons.Macaroon(location="store", identifier="root", key="k", version=2)
    macaroon.add_third_party_caveat(sso.url, "caveat-key", "caveat")

    with pytest.raises(errors.NetworkError, match="did not send the address of the login"):
        client._candid_discharge(str(macaroon.serialize(JsonSerializer())))


def test_the_interactor_is_known_by_its_documented_name() -> None:
    """It is made with a user agent alone, and asks nothing on the terminal."""
    interactor = WebBrowserWaitingInteractor(user_agent="compat-tests/1")
    around: Any = interactor._around

    assert interactor.kind() == "browser-window"
    assert interactor.failure is None
    assert WebBrowserWaitingInteractor.__module__ == "craft_store.store_client"
    with pytest.raises(Exception, match="requires an answer"):
        around.prompter.ask("email", "Your e-mail")
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        getattr(import_module("craft_store.store_client"), "Nothing")  # noqa: B009  # the test


def test_an_address_that_cannot_be_shown_ends_no_login(
    client: StoreClient, sso: ScriptedServer, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser was opened, and somebody logs in with it."""
    monkeypatch.setattr(sys, "stderr", None)
    sso.expect("GET", "/wait", status=403, json={"message": "No."})

    with pytest.raises(errors.CraftStoreError, match="Candid refused the login"):
        client._candid_discharge(root)
