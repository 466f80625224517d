"""What a store is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.errors import ConfigurationError
from craft_store_core.origins import origin_of
from craft_store_core.plugins.stores import DEFAULT_TTL, Store


def make(**changes: Any) -> Store:
    fields: dict[str, Any] = {
        "name": "acme",
        "title": "Acme",
        "endpoint_set": "publisher-gateway",
        "urls": {"api": "https://api.acme.example", "storage": "https://files.acme.example/"},
        "auth_flows": ("candid",),
    }
    return Store(**{**fields, **changes})


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://acme.example", "https://acme.example:443"),
        ("https://ACME.example:443/path?x=1", "https://acme.example:443"),
        ("http://acme.example", "http://acme.example:80"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://[::1]:8443", "https://::1:8443"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    """Two ways to write one origin compare equal."""
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme.example",
        "/v1/tokens",
        "ftp://acme.example",
        "https://",
        "https:///path",
        "https://acme.example:0",
        "https://acme.example:99999",
        "https://acme.example:port",
        "https://[::1",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_web_address_has_no_origin(url: str) -> None:
    """The error shows what was given."""
    with pytest.raises(ConfigurationError) as caught:
        origin_of(url)

    assert repr(url) in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "https://jo:hunter2@acme.example",
        "https://hunter2@acme.example",
        "https://@acme.example",
        "https://jo:hunter2@acme.example:port",
        "https://jo:hunt#hunter2@acme.example",
        "ftp://jo:hunter2@acme.example",
        "https://jo:hunter2@",
        "https://jo:a@hunter2@acme.example:port",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_shown(url: str) -> None:
    """Whatever else is wrong with such a URL, what stands before the host stays hidden."""
    with pytest.raises(ConfigurationError) as caught:
        origin_of(url)

    shown = f"{caught.value.message} {caught.value.why} {caught.value.advice}"
    assert "hunter2" not in shown
    assert "hunt" not in shown


def test_a_store_has_defaults() -> None:
    """Only what makes it this store must be said."""
    store = make()

    assert store.namespace == "charm"
    assert store.ttl == DEFAULT_TTL == 2_592_000
    assert store.allow_http is False
    assert store.options == {}


def test_services_with_credentials_are_replaced_together() -> None:
    """Another API without another gateway leaves the store without one, not with the old one."""
    store = make(
        urls={
            "api": "https://a.example",
            "gateway": "https://g.example",
            "sso": "https://s.example",
        },
        credential_services=("api", "gateway"),
    )
    assert set(store.with_urls({"api": "https://b.example"}).urls) == {"api", "sso"}
    both = store.with_urls({"api": "https://b.example", "gateway": "https://h.example"})
    assert both.url("gateway") == "https://h.example"
    assert store.with_urls({"sso": "https://t.example"}).url("gateway") == "https://g.example"


def test_urls_lose_their_trailing_slash() -> None:
    """Paths are added to them with a slash of their own; a path of theirs stays."""
    store = make(urls={"api": "https://acme.example/gateway//"})

    assert store.url("api") == "https://acme.example/gateway"


@pytest.mark.parametrize(
    "url", ["https://acme.example?x=1", "https://acme.example/#top", "https://acme.example/a?b"]
)
def test_a_base_url_has_no_query(url: str) -> None:
    """What would end up in the middle of every URL is refused, naming the service."""
    with pytest.raises(ConfigurationError, match="'storage' URL of the store 'acme'"):
        make(urls={"api": "https://acme.example", "storage": url})


def test_a_store_without_an_api_is_refused() -> None:
    """There is nothing to talk to."""
    with pytest.raises(ConfigurationError, match="has no 'api' URL"):
        make(urls={"storage": "https://acme.example"})


def test_a_service_that_is_not_there_is_an_error_that_lists_the_others() -> None:
    """A user's own store may lack a URL that a flow needs."""
    with pytest.raises(ConfigurationError) as caught:
        make().url("sso")

    assert caught.value.message == "The store 'acme' has no 'sso' URL."
    assert caught.value.why == "Its URLs are: api, storage."
    assert "'sso'" in (caught.value.advice or "")


def test_the_host_is_what_keyrings_file_credentials_under() -> None:
    """It is the network location of the API, with the port if one is written."""
    assert make().host == "api.acme.example"
    assert make(urls={"api": "http://127.0.0.1:8000/x"}).host == "127.0.0.1:8000"


def test_the_origins_are_those_of_all_services() -> None:
    """Nothing else is ever contacted."""
    assert make().origins == {"https://api.acme.example:443", "https://files.acme.example:443"}


def test_urls_can_be_replaced_one_by_one() -> None:
    """The others stay, and the original is as it was."""
    store = make()
    other = store.with_urls({"api": "https://mirror.example/", "sso": "https://sso.example"})

    assert dict(other.urls) == {
        "api": "https://mirror.example",
        "storage": "https://files.acme.example",
        "sso": "https://sso.example",
    }
    assert store.host == "api.acme.example"


def test_a_store_cannot_be_changed_from_outside() -> None:
    """Neither through the mappings it was made from nor through its own."""
    urls = {"api": "https://acme.example"}
    options = {"x": "1"}
    store = make(urls=urls, options=options)
    urls["api"] = "https://attacker.example"
    options["x"] = "2"
    frozen: Any = store.urls

    assert store.host == "acme.example"
    assert store.options == {"x": "1"}
    with pytest.raises(TypeError):
        frozen["api"] = "https://attacker.example"


@given(url=st.text(max_size=40) | st.text(max_size=40).map(lambda text: f"https://{text}"))
def test_any_text_has_an_origin_or_is_refused(url: str) -> None:
    """No text makes the parser fail in another way than by saying so."""
    try:
        origin = origin_of(url)
    except ConfigurationError:
        return
    assert origin.startswith(("http://", "https://"))
