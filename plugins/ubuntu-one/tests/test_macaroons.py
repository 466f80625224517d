"""Reading, binding and looking into version 1 macaroons."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pymacaroons
import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.errors import (
    CredentialsUnreadableError,
    HostNotAllowedError,
    UnexpectedResponseError,
)
from craft_store_ubuntu_one.macaroons import Macaroon, read_received, read_stored

# The vectors of the Publisher Gateway reference, section 4.14.
ROOT_KEY, CAVEAT_KEY = "root-key-0001", "caveat-root-key-24-bytes"
VECTOR_A = (
    "MDAxZWxvY2F0aW9uIGFwaS5leGFtcGxlLnRlc3QKMDAxY2lkZW50aWZpZXIgcm9vdC1pZC0wMDAxCjAwMjljaWQgdGlt"
    "ZS1iZWZvcmUgMjAzMC0wMS0wMVQwMDowMDowMFoKMDAxNGNpZCB0cC1jYXZlYXQtMQowMDUxdmlkIAABAgMEBQYHCAkK"
    "CwwNDg8QERITFBUWF0Zh_K48rZnrYEVF1TNGruznm937ih3kMbHxx86d_zmHn6zJ4PSw8Xv_YR05GLdkoQowMDFhY2wg"
    "bG9naW4uZXhhbXBsZS50ZXN0CjAwMmZzaWduYXR1cmUgormfaH94dOOBjdJmgDUZ-RB7-ZusaaDbKuB8jw57eXkK"
)
BOUND_B = (
    "MDAyMGxvY2F0aW9uIGxvZ2luLmV4YW1wbGUudGVzdAowMDFiaWRlbnRpZmllciB0cC1jYXZlYXQtMQowMDFmY2lkIGRl"
    "Y2xhcmVkIHVzZXJpZCB1LTAwMDEKMDAyZnNpZ25hdHVyZSCGD0FSRZOgilalbZR3mrNuYwC_obD0UEnqNC7LeNSJjAo"
)
SIGNATURE_B = "7e07dac1f47dd3751f1004646180c59b84472a8b9c1ef78a19888f234d8d359c"


def discharge_b() -> pymacaroons.Macaroon:
    macaroon = pymacaroons.Macaroon("login.example.test", "tp-caveat-1", CAVEAT_KEY)
    macaroon.add_first_party_caveat("declared userid u-0001")
    assert macaroon.signature == SIGNATURE_B
    return macaroon


def with_caveats(*caveats: tuple[str, str], conditions: tuple[str, ...] = ()) -> Macaroon:
    macaroon = pymacaroons.Macaroon("api.example.test", "root-1", "root-key")
    for condition in conditions:
        macaroon.add_first_party_caveat(condition)
    for location, caveat_id in caveats:
        macaroon.add_third_party_caveat(location, CAVEAT_KEY, caveat_id)
    return read_stored(macaroon.serialize())


def test_binding_gives_the_bytes_of_the_reference() -> None:
    """The bound discharge of vector B is byte for byte the one that other clients send."""
    assert read_stored(VECTOR_A).bind(read_stored(discharge_b().serialize())) == BOUND_B


def test_the_caveat_and_the_end_of_the_reference_are_found() -> None:
    """Vector A asks login.example.test for an identity and ends in 2030."""
    root = read_stored(VECTOR_A)
    assert root.sso_caveat("https://login.example.test") == "tp-caveat-1"
    assert root.expires_at() == datetime(2030, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text,
        lambda text: text + "=" * (-len(text) % 4),
        lambda text: text + "====",
        lambda text: text.replace("-", "+").replace("_", "/"),
        lambda text: f"\n {text}\n",
    ],
    ids=["unpadded", "padded", "padded too much", "standard alphabet", "white space"],
)
def test_every_spelling_of_base64_is_read_and_made_fit_for_a_header(spelling: object) -> None:
    """Padding, the alphabet and white space around do not matter; what is sent is one form."""
    assert callable(spelling)
    assert read_stored(spelling(VECTOR_A)).text == VECTOR_A


def test_a_macaroon_shows_no_secret() -> None:
    """Neither its repr nor an f-string shows the macaroon."""
    assert VECTOR_A not in f"{read_stored(VECTOR_A)!r} {read_stored(VECTOR_A)}"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("login.example.test", "https://login.example.test"),
        ("login.example.test", "https://login.example.test/sso"),
        ("LOGIN.example.test", "https://login.EXAMPLE.test"),
        ("https://login.example.test", "https://login.example.test"),
        ("https://login.example.test/", "https://login.example.test"),
        ("login.example.test:443", "https://login.example.test"),
        ("login.example.test", "https://login.example.test:443"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_caveat_of_the_stores_single_sign_on_is_found(location: str, url: str) -> None:
    """A host, a host with a port and a whole URL name the service."""
    root = with_caveats(("other.example.test", "other"), (location, "wanted"))
    assert root.sso_caveat(url) == "wanted"


@pytest.mark.parametrize(
    "location",
    [
        "login.elsewhere.test",
        "login.example.test.elsewhere.test",
        "login.example.test@elsewhere.test",
        "login.example.test:8443",
        "http://login.example.test",
        "//login.example.test",
        "login.example.test:port",
        "[login.example.test",
        "local",
    ],
)
def test_a_caveat_for_another_host_is_refused(location: str) -> None:
    """Nothing that merely resembles the host is taken for it."""
    with pytest.raises(HostNotAllowedError) as error:
        with_caveats((location, "caveat")).sso_caveat("https://login.example.test")
    assert location in (error.value.why or "")
    assert error.value.advice


def test_a_root_without_a_third_party_is_a_clear_error() -> None:
    """A root that asks for no identity cannot be discharged by logging in."""
    with pytest.raises(UnexpectedResponseError):
        with_caveats().sso_caveat("https://login.example.test")


def test_a_caveat_whose_id_is_no_text_is_a_clear_error() -> None:
    """The id travels in JSON, so bytes that are no text cannot be sent."""
    macaroon = pymacaroons.Macaroon("api.example.test", "root-1", "root-key")
    macaroon.add_third_party_caveat("login.example.test", CAVEAT_KEY, b"\xff")
    with pytest.raises(UnexpectedResponseError):
        read_stored(macaroon.serialize()).sso_caveat("https://login.example.test")


@pytest.mark.parametrize(
    ("conditions", "end"),
    [
        ((), None),
        (("session-id 1", "a|b", "x|expires|never", "time-before soon"), None),
        (("time-before 2030-01-02T03:04:05Z",), "2030-01-02T03:04:05"),
        (("time-before 2030-01-02T03:04:05.678901Z",), "2030-01-02T03:04:05.678901"),
        (("time-before 2030-01-02T03:04:05.678901234Z",), "2030-01-02T03:04:05.678901"),
        (("time-before 2030-01-02T03:04:05.5+02:00",), "2030-01-02T01:04:05.500000"),
        (("dashboard.test|expires|2030-01-02T03:04:05.000000",), "2030-01-02T03:04:05"),
        (("time-before 2030-01-02T00:00:00Z", "t|expires|2029-01-01T00:00:00"),
         "2029-01-01T00:00:00"),
        (("time-before 2030-13-45T99:00:00Z",), None),
        (("time-before 0001-01-01T00:00:00+14:00",), None),
    ],
)  # fmt: skip
def test_the_earliest_end_among_the_caveats_is_found(
    conditions: tuple[str, ...], end: str | None
) -> None:
    """Both spellings of an expiry are read; what is no time is left out."""
    expected = None if end is None else datetime.fromisoformat(end).replace(tzinfo=timezone.utc)
    assert with_caveats(conditions=conditions).expires_at() == expected


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),  # noqa: DTZ001 - the zone is added
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_every_moment_is_read_as_it_was_written(moment: datetime, minutes: int) -> None:
    """An expiry in any zone means the same moment."""
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    root = with_caveats(conditions=(f"time-before {moment.isoformat()}",))
    assert root.expires_at() == moment


def packets(*parts: bytes) -> str:
    data = b"".join(b"%04x%s\n" % (len(part) + 5, part) for part in parts)
    return base64.urlsafe_b64encode(data).decode()


SIGNATURE = b"signature " + b"s" * 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "A",
        "AAAA",
        "<html>",
        "naïve",
        "e30",
        VECTOR_A[:-8],
        VECTOR_A + "MDAx",
        VECTOR_A[:40] + "!" + VECTOR_A[40:],
        "A" * 70_000,
        packets(b"identifier x"),
        packets(b"location x", SIGNATURE),
        packets(b"location x", b"identifier x", b"signature short"),
        packets(b"location x", b"identifier x", b"vid x", SIGNATURE),
        packets(b"location x", b"identifier x", b"cl x", SIGNATURE),
        packets(b"location x", b"identifier x", b"cid y", b"vid z", SIGNATURE),
        packets(b"location x", b"identifier x", b"unknown y", SIGNATURE),
        packets(b"location x", b"identifier \xff", SIGNATURE),
        packets(b"identifier x", b"location x", SIGNATURE),
        packets(b"location x", b"identifier ", SIGNATURE),
        base64.urlsafe_b64encode(b"0000").decode(),
        base64.urlsafe_b64encode(b"0004").decode(),
        base64.urlsafe_b64encode(b"ffffidentifier x\n").decode(),
        # A length below zero leads pymacaroons back to where it was.
        base64.urlsafe_b64encode(b"000ecid aaaaa\n-00e").decode(),
    ],
)
def test_what_is_no_macaroon_is_a_clear_error(text: str) -> None:
    """Damaged and hostile text is refused without showing it, wherever it came from."""
    with pytest.raises(CredentialsUnreadableError) as stored:
        read_stored(text)
    with pytest.raises(UnexpectedResponseError) as received:
        read_received(text, "The store")
    for error in (stored.value, received.value):
        assert error.advice
        assert not text or f"{text} " not in f"{error} {error.why} "


@pytest.mark.parametrize("value", [None, 1, ["x"], {"x": "y"}, b"MDAx"])
def test_an_answer_that_is_no_text_is_a_clear_error(value: object) -> None:
    """JSON of another kind in the place of a macaroon does not crash."""
    with pytest.raises(UnexpectedResponseError):
        read_received(value, "Ubuntu One")


def use(macaroon: Macaroon) -> None:
    """Do everything that can be done with a macaroon that was read."""
    assert read_stored(macaroon.text).text == macaroon.text
    macaroon.expires_at()
    with suppress(HostNotAllowedError, UnexpectedResponseError):
        macaroon.sso_caveat("https://login.example.test")
    assert read_stored(read_stored(VECTOR_A).bind(macaroon)).text


@given(st.one_of(st.text(), st.text(alphabet="MDAxZWxvY2F0-_=")))
def test_no_text_crashes_the_reader(text: str) -> None:
    """Any text is a macaroon that can be used, or unreadable."""
    try:
        macaroon = read_stored(text)
    except CredentialsUnreadableError:
        return
    use(macaroon)


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    """Any bytes are a macaroon that can be used, or unreadable."""
    try:
        macaroon = read_received(base64.urlsafe_b64encode(data).decode(), "The store")
    except UnexpectedResponseError:
        return
    use(macaroon)


KEYS = st.sampled_from([b"location", b"identifier", b"cid", b"vid", b"cl", b"signature", b"x", b""])


@given(st.lists(st.tuples(KEYS, st.one_of(st.binary(max_size=40), st.just(b"s" * 32)))))
def test_no_arrangement_of_packets_crashes_the_reader(parts: list[tuple[bytes, bytes]]) -> None:
    """Well-formed packets in any order are a macaroon that can be used, or unreadable."""
    try:
        macaroon = read_stored(packets(*(key + b" " + value for key, value in parts)))
    except CredentialsUnreadableError:
        return
    use(macaroon)


@given(st.integers(min_value=0, max_value=345), st.binary(min_size=1, max_size=8))
def test_no_change_of_a_genuine_macaroon_crashes_the_reader(position: int, patch: bytes) -> None:
    """A macaroon with some bytes replaced can be used, or is unreadable."""
    data = bytearray(base64.urlsafe_b64decode(VECTOR_A + "=="))
    data[position : position + len(patch)] = patch
    try:
        macaroon = read_stored(base64.urlsafe_b64encode(bytes(data)).decode())
    except CredentialsUnreadableError:
        return
    use(macaroon)


@given(
    st.lists(st.text(max_size=30)),
    # pymacaroons counts characters, not bytes, when it writes an identifier.
    st.text(st.characters(max_codepoint=127), min_size=1, max_size=30),
)
def test_what_pymacaroons_writes_is_read_and_bound(conditions: list[str], identifier: str) -> None:
    """Any macaroon of the version 1 form survives reading, and binding verifies."""
    root = pymacaroons.Macaroon("api.example.test", "root-1", "root-key")
    root.add_third_party_caveat("login.example.test", CAVEAT_KEY, identifier)
    discharge = pymacaroons.Macaroon("login.example.test", identifier, CAVEAT_KEY)
    for condition in conditions:
        discharge.add_first_party_caveat(condition)
    bound = read_stored(root.serialize()).bind(read_stored(discharge.serialize()))
    verifier = pymacaroons.Verifier()
    verifier.satisfy_general(lambda condition: True)
    assert verifier.verify(root, "root-key", [pymacaroons.Macaroon.deserialize(bound)])
