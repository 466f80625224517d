"""Credentials as they are written and read."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from craft_store_core.errors import CredentialsUnreadableError
from craft_store_core.plugins.credentials import (
    DEVELOPER_TOKEN,
    MACAROON,
    U1_MACAROON,
    Credential,
    CredentialKey,
    decode_credential,
    unreadable,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)

TOKENS = st.text(
    alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=60
)
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
CREDENTIALS = st.builds(
    Credential,
    kind=TEXTS.filter(bool),
    secret=st.one_of(TOKENS, st.dictionaries(TEXTS, TOKENS, max_size=3)),
    exchanged=st.none() | TOKENS,
    host=st.none() | TEXTS,
    account=st.none() | TEXTS,
    expires_at=st.none()
    | st.datetimes(
        min_value=datetime(1970, 1, 1),  # noqa: DTZ001  # the zone is the next argument
        timezones=st.just(timezone.utc) | st.just(timezone(timedelta(hours=5, minutes=30))),
    ).filter(lambda moment: moment.year < 9999),
)


def encode(payload: object) -> str:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return base64.b64encode(text.encode()).decode()


@given(credential=CREDENTIALS)
def test_what_is_written_is_read_again(credential: Credential) -> None:
    """Nothing is lost or changed on the way through a backend."""
    assert decode_credential(credential.encode()) == credential


@given(credential=CREDENTIALS)
def test_the_written_form_is_one_line_of_ascii(credential: Credential) -> None:
    """It can be a keyring entry, an environment variable, a line of a file."""
    encoded = credential.encode()

    assert encoded.isascii()
    assert len(encoded.split()) == 1


@given(credential=CREDENTIALS)
def test_a_reader_that_knows_only_type_and_value_finds_both(credential: Credential) -> None:
    """Canonical's craft-store reads what is written here: one more key, which it ignores."""
    document = json.loads(base64.b64decode(credential.encode(), validate=True))

    assert document["t"] == credential.kind
    expected = credential.secret if isinstance(credential.secret, str) else dict(credential.secret)
    assert document["v"] == expected
    assert document.keys() == {"t", "v", "craft-store"}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"t": "macaroon", "v": "ex-abc"}, Credential(MACAROON, "ex-abc")),
        (
            {"t": "u1-macaroon", "v": {"r": "root", "d": "discharge"}},
            Credential(U1_MACAROON, {"r": "root", "d": "discharge"}),
        ),
        (
            {"r": "root", "d": "discharge"},
            Credential(U1_MACAROON, {"r": "root", "d": "discharge"}),
        ),
        ({"macaroon": "dev-abc"}, Credential(DEVELOPER_TOKEN, "dev-abc")),
        ("ex-opaque.token", Credential(MACAROON, "ex-opaque.token")),
        ("  ex-opaque.token\n", Credential(MACAROON, "ex-opaque.token")),
        # Tokens are opaque: whatever they look like, they are not taken apart.
        ('{"caveats": []}', Credential(MACAROON, '{"caveats": []}')),
        ('{"macaroon": "x", "y": 1}', Credential(MACAROON, '{"macaroon": "x", "y": 1}')),
        ("12e7", Credential(MACAROON, "12e7")),
        ("null", Credential(MACAROON, "null")),
        ("true", Credential(MACAROON, "true")),
        ('["a"]', Credential(MACAROON, '["a"]')),
        ("[" * 5000, Credential(MACAROON, "[" * 5000)),
        ({"t": "acme-sso", "v": "x"}, Credential("acme-sso", "x")),
        (
            {"t": "macaroon", "v": "x", "future": 1, "craft-store": {"future": 2}},
            Credential(MACAROON, "x"),
        ),
    ],
)
def test_every_form_that_was_ever_written_is_read(payload: object, expected: Credential) -> None:
    """Typed, untyped, developer token, bare token, and forms of releases to come."""
    assert decode_credential(encode(payload)) == expected


def test_white_space_alphabet_and_padding_do_not_matter() -> None:
    """What people copy from a terminal or a web page is read, wrapped or trimmed as it is."""
    token = "ex-" + "".join(chr(code) for code in range(0x21, 0x7F))
    encoded = encode({"t": "macaroon", "v": token})
    assert {"+", "/"} & set(encoded)
    variants = [
        encoded.rstrip("="),
        encoded.replace("+", "-").replace("/", "_"),
        f"  {encoded}\n",
        "\n".join(encoded[i : i + 20] for i in range(0, len(encoded), 20)),
        encoded + "==",
    ]

    for variant in variants:
        assert decode_credential(variant) == Credential(MACAROON, token)


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "   \n",
        "no base64!",
        "é",
        "A",
        base64.b64encode(b"\xff\xfe").decode(),
        encode("   "),
        encode({"t": "", "v": "ex-secret"}),
        encode({"t": 5, "v": "ex-secret"}),
        encode({"t": "macaroon"}),
        encode({"t": "macaroon", "v": ""}),
        encode({"t": "macaroon", "v": 5}),
        encode({"t": "macaroon", "v": ["ex-secret"]}),
        encode({"t": "u1-macaroon", "v": {"r": "ex-secret", "d": None}}),
        encode({"r": "ex-secret", "d": 5}),
        encode({"macaroon": None}),
        encode({"t": "macaroon", "v": "ex-secret", "craft-store": "x"}),
        encode({"t": "macaroon", "v": "ex-secret", "craft-store": {"version": "ex-secret"}}),
        encode({"t": "macaroon", "v": "ex-secret", "craft-store": {"version": 2}}),
        encode({"t": "macaroon", "v": "ex-secret", "craft-store": {"exchanged": 5}}),
        encode({"t": "macaroon", "v": "ex-secret", "craft-store": {"host": 5}}),
        encode({"t": "macaroon", "v": "ex-secret", "craft-store": {"account": []}}),
        encode({"t": "macaroon", "v": "ex-secret", "craft-store": {"expires-at": 5}}),
        encode({"t": "macaroon", "v": "ex-secret", "craft-store": {"expires-at": "soon"}}),
        encode(
            {
                "t": "macaroon",
                "v": "ex-secret",
                "craft-store": {"expires-at": "0001-01-01T00:00:00+05:00"},
            }
        ),
        # What would get into a header of its own.
        encode({"t": "macaroon", "v": "ex-secret\r\nX-Injected: 1"}),
        encode({"t": "u1-macaroon", "v": {"r": "ex-secret", "d": "x\ny"}}),
        encode({"t": "macaroon", "v": "x", "craft-store": {"exchanged": "ex-secret\r\nX: 1"}}),
        encode("ex-secret\nX-Injected: 1"),
        encode({"macaroon": "ex-secret\x00"}),
        encode({"t": "macaroon", "v": "ex-sécret"}),
        encode({"t": "macaroon", "v": "ex-secret\u2028"}),
    ],
)
def test_what_cannot_be_used_is_refused_without_being_shown(encoded: str) -> None:
    """The error says why and what to do, and holds no part of the credentials."""
    with pytest.raises(CredentialsUnreadableError) as caught:
        decode_credential(encoded)

    error = caught.value
    assert error.why
    assert "Log in again" in (error.advice or "")
    shown = f"{error} {error!r} {error.why} {error.advice}"
    assert "secret" not in shown
    assert "sécret" not in shown
    assert error.__cause__ is None


@given(text=st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda b: encode(b.hex()))))
@example(text="-_-_")
def test_any_text_is_credentials_or_is_refused(text: str) -> None:
    """No text makes reading fail in another way than by saying so."""
    for encoded in (text, encode(text)):
        try:
            credential = decode_credential(encoded)
        except CredentialsUnreadableError:
            continue
        assert decode_credential(credential.encode()) == credential


def test_times_without_a_zone_are_utc_and_others_are_converted() -> None:
    """A local time is never compared with UTC."""

    def read(text: str) -> datetime | None:
        document = {"t": "macaroon", "v": "x", "craft-store": {"expires-at": text}}
        return decode_credential(encode(document)).expires_at

    assert read("2026-11-22T12:00:00") == NOW
    assert read("2026-11-22T12:00:00Z") == NOW
    converted = read("2026-11-22T14:00:00+02:00")
    assert converted == NOW
    assert f"{converted:%H:%M}" == "12:00"


def secret_credential(**changes: Any) -> Credential:
    fields = {"kind": U1_MACAROON, "secret": {"r": "hush-r", "d": "hush-d"}, "exchanged": "hush-x"}
    return Credential(**{**fields, **changes})


def test_a_credential_shows_no_secret() -> None:
    """Neither in a repr, nor as text, nor formatted, nor within other things."""
    credential = secret_credential(host="acme.example", account="jo-example", expires_at=NOW)

    for shown in (repr(credential), str(credential), f"{credential}", repr([credential])):
        assert "hush" not in shown
        assert "jo-example" in shown


def test_errors_about_parts_show_no_secret() -> None:
    """Asking for what a credential does not have names the part, not the contents."""
    token = Credential(MACAROON, "hush")
    pair = secret_credential()

    assert token.token == "hush"
    assert pair.part("r") == "hush-r"
    attempts: list[Any] = [
        lambda: token.part("r"),
        lambda: pair.part("other"),
        lambda: pair.token,
    ]
    for attempt in attempts:
        with pytest.raises(CredentialsUnreadableError) as caught:
            attempt()
        assert "hush" not in f"{caught.value} {caught.value.why}"


def test_a_credential_cannot_be_changed_from_outside() -> None:
    """The mapping that it was made from may change; the credential does not."""
    parts = {"r": "one", "d": "two"}
    credential = Credential(U1_MACAROON, parts)
    parts["r"] = "three"

    assert credential.part("r") == "one"


def test_another_token_leaves_the_original() -> None:
    """What can be renewed stays beside what was exchanged for it."""
    credential = secret_credential()
    other = credential.with_exchanged("new")

    assert (other.exchanged, other.secret) == ("new", credential.secret)
    assert credential.exchanged == "hush-x"
    assert other.with_exchanged(None).exchanged is None


@pytest.mark.parametrize(
    ("expires_at", "expired"),
    [
        (None, False),
        (NOW + timedelta(seconds=1), False),
        (NOW, True),
        (NOW - timedelta(seconds=1), True),
    ],
)
def test_a_credential_ends_when_it_says(expires_at: datetime | None, expired: bool) -> None:
    """At its end it has ended; without one it is never known to."""
    assert secret_credential(expires_at=expires_at).has_expired(NOW) is expired


def test_a_key_says_for_what_and_where() -> None:
    """Keys of one application and host are equal, and can be looked up."""
    assert {CredentialKey("craft-store", "acme.example"): 1}[
        CredentialKey("craft-store", "acme.example")
    ]


def test_the_error_for_unreadable_credentials_can_be_made_by_flows() -> None:
    """Plugins speak of unreadable credentials in the same words."""
    error = unreadable("The discharge is missing.")

    assert error.message == "The credentials cannot be read."
    assert error.why == "The discharge is missing."
