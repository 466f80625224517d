"""No secret survives redaction; what is no secret can still be read."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.redaction import (
    HIDDEN,
    LONGEST,
    is_secret_name,
    redact_body,
    redact_headers,
    redact_json,
    redact_text,
    redact_url,
)

SECRET = "s3cr3t-value"

SECRET_FIELDS = [
    "Authorization",
    "authorization",
    "Macaroons",
    "macaroon",
    "Macaroon",
    "discharge_macaroon",
    "discharge-macaroon",
    "password",
    "Password",
    "otp",
    "caveat_id",
    "caveat-id",
    "CaveatId",
    "caveat64",
    "token",
    "tokens",
    "token64",
    "DischargeToken",
    "refresh_token",
    "invite-token",
    "secret",
    "client_secret",
    "Set-Cookie",
    "Proxy-Authorization",
    "api_key",
]
PLAIN_FIELDS = ["name", "upload-id", "revision", "status", "channel", "error-list", "account"]

secret_names = st.sampled_from(SECRET_FIELDS)
plain_values = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
# A secret's field may hold a text, or anything with the secret somewhere inside.
hidden_values = st.recursive(
    st.just(SECRET),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=2)
        | st.dictionaries(st.sampled_from(PLAIN_FIELDS), inner, min_size=1, max_size=2)
    ),
    max_leaves=4,
)
documents = st.recursive(
    st.dictionaries(secret_names, hidden_values, min_size=1, max_size=3),
    lambda inner: (
        st.lists(inner | plain_values, max_size=3)
        | st.dictionaries(st.sampled_from(PLAIN_FIELDS), inner | plain_values, max_size=3)
    ),
    max_leaves=8,
)


@given(documents)
def test_no_secret_survives_in_json(document: Any) -> None:
    """Whatever the document's form, nothing of a secret field is left."""
    assert SECRET not in json.dumps(redact_json(document))
    body = json.dumps(document).encode()
    assert SECRET not in redact_body(body, "application/json; charset=utf-8")
    assert SECRET not in redact_body(body, "application/problem+json")


@given(st.dictionaries(st.sampled_from([*SECRET_FIELDS, "code", "did", "waitid"]), st.just(SECRET)))
def test_no_secret_survives_in_queries_and_forms(fields: dict[str, str]) -> None:
    """Secret parameters of URLs and forms are replaced, whatever else is there."""
    query = urlencode({**fields, "fields": "id,name"})
    url = redact_url(f"https://jo:{SECRET}@store.example.test/a?{query}#{SECRET}")
    form = redact_body(query.encode(), "application/x-www-form-urlencoded")
    assert SECRET not in url + form
    assert "id%2Cname" in url
    assert "id,name" in form


@given(st.dictionaries(secret_names, st.just(SECRET)))
def test_no_secret_survives_in_headers(headers: dict[str, str]) -> None:
    """Secret headers are replaced in any case."""
    for changed in (headers, {name.upper(): value for name, value in headers.items()}):
        assert SECRET not in str(redact_headers(changed))


@given(
    st.sampled_from(["Macaroon", "macaroon", "Bearer", "Basic"]),
    st.text("abcdefXYZ0189+/=_-", min_size=20, max_size=400),
    st.text(max_size=15),
)
def test_no_header_value_survives_in_text(scheme: str, token: str, around: str) -> None:
    """A message that echoes an Authorization header loses its token."""
    for value in (f"{scheme} {token}", f"{scheme} root={token}, discharge={token}"):
        assert token not in redact_text(f"{around} {value}")


@given(st.text("abcdefXYZ0189+/=_-", min_size=129, max_size=400))
def test_no_long_token_survives_in_text(token: str) -> None:
    """What is too long for a name or a digest is taken for a token."""
    assert token not in redact_text(f"the value {token} is bad")


@given(st.binary(max_size=300), st.sampled_from(["application/json", "text/html", "", "x/y"]))
def test_bodies_never_fail(content: bytes, kind: str) -> None:
    """Any body of any type gives a line that can be logged."""
    assert isinstance(redact_body(content, kind), str)


@given(st.text(max_size=200))
def test_urls_never_fail(url: str) -> None:
    """Any text that is taken for a URL gives a text."""
    assert isinstance(redact_url(url), str)
    assert isinstance(redact_url(f"https://store.example.test/{quote(url)}?{url}"), str)


@pytest.mark.parametrize("name", [*PLAIN_FIELDS, "Content-Type", "x-request-id", "User-Agent"])
def test_other_fields_are_shown(name: str) -> None:
    """Names, states, ids and the like stay readable."""
    assert not is_secret_name(name)
    assert redact_json({name: "shown"}) == {name: "shown"}


def test_error_codes_are_shown() -> None:
    """The code of an error is no secret, although a login page's code is."""
    document = {"error-list": [{"code": "macaroon-needs-refresh", "message": "Expired macaroon"}]}
    assert redact_json(document) == document


def test_challenges_are_shown() -> None:
    """What a server asks for can be read."""
    headers = {"WWW-Authenticate": "Macaroon needs_refresh=1"}
    assert redact_headers(headers) == headers


def test_macaroons_are_known_by_their_form() -> None:
    """Macaroons are hidden wherever they stand, in either JSON form."""
    version_2 = {"c": [], "i64": "AwoQ", "s64": "c2ln", "l": "store.example.test"}
    version_1 = {"identifier": "a", "signature": "b", "location": "c", "caveats": []}
    assert redact_json([version_2, {"x": version_1}]) == [HIDDEN, {"x": HIDDEN}]


def test_documents_inside_texts_are_hidden() -> None:
    """Text that holds JSON may hold anything."""
    document = {"blob": json.dumps({"Password": SECRET}), "n": 1}
    assert redact_json(document) == {"blob": HIDDEN, "n": 1}
    assert redact_json(f"just {SECRET}") == HIDDEN


@pytest.mark.parametrize("end", ["upload-credentials", "blob"])
def test_image_credentials_are_hidden(end: str) -> None:
    """Nothing of the answers about images is shown (Publisher Gateway reference, section 12)."""
    url = f"https://api.example.test/v1/charm/a/resources/b/oci-image/{end}"
    text = redact_body(b'{"ImageName": "a", "Username": "jo"}', "application/json", url)
    assert text == "<36 bytes of application/json>"


@pytest.mark.parametrize(
    ("content", "kind", "shown"),
    [
        (b"", "application/json", "<0 bytes of application/json>"),
        (b"{", "application/json", "<1 bytes of application/json>"),
        (b"[" * 200_000, "application/json", "<200000 bytes of application/json>"),
        (b"hello", "text/plain; charset=utf-8", "<5 bytes of text/plain>"),
        (b"hello", "", "<5 bytes of unknown type>"),
        (b'{"a": [1, null]}', "application/json", '{"a": [1, null]}'),
    ],
)
def test_bodies(content: bytes, kind: str, shown: str) -> None:
    """Only JSON and forms are shown; of the rest the size."""
    assert redact_body(content, kind) == shown


def test_long_bodies_are_cut() -> None:
    """A log line has a bound."""
    body = json.dumps({"rows": ["a b"] * 10_000}).encode()
    shown = redact_body(body, "application/json")
    assert len(shown) < LONGEST + 50
    assert shown.endswith("characters)")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.test:8443/v1/charm?q=x&q=y", "https://a.test:8443/v1/charm?q=x&q=y"),
        ("https://a.test/v1?token=", "https://a.test/v1?token=<hidden>"),
        ("https://jo@a.test/", "https://a.test/"),
        ("https://[::1", HIDDEN),
    ],
)
def test_urls(url: str, shown: str) -> None:
    """Host, path and harmless parameters stay; what cannot be parsed is hidden."""
    assert redact_url(url) == shown
