"""Credentials as other programs of snap publishers wrote them."""

from __future__ import annotations

import base64
import json

import pytest

from craft_store_core.errors import CredentialsUnreadableError
from craft_store_core.plugins.credentials import (
    BOUND_MACAROONS,
    DEVELOPER_TOKEN,
    MACAROON,
    U1_MACAROON,
    decode_credential,
)

PAIR = {"r": "ROOT", "d": "DIS"}
OLD_FILE = """\
[login.ubuntu.com]
macaroon = ROOT
unbound_discharge = DIS
email = jo@example.com
"""


def armoured(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


@pytest.mark.parametrize("wrap", [str, armoured], ids=["plain", "base64"])
@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PAIR),
        json.dumps({"t": "u1-macaroon", "v": PAIR}),
        json.dumps({"macaroon": "ROOT", "unbound_discharge": "DIS", "email": "jo@example.com"}),
        json.dumps({"root": "ROOT", "discharge": "DIS", "store": "production", "type": "u1"}),
        OLD_FILE,
        f"# made in the year 2019\n\n{OLD_FILE}",
    ],
)
def test_each_form_of_an_ubuntu_one_login(text: str, wrap: type[str]) -> None:
    """The root and its unbound discharge are found in each of them, so that they can be renewed."""
    credential = decode_credential(wrap(text) if not text.startswith("#") else text)

    assert credential.kind == U1_MACAROON
    assert (credential.part("r"), credential.part("d")) == ("ROOT", "DIS")
    assert credential.account in {None, "jo@example.com"}


def test_the_pair_of_the_reference() -> None:
    """The test pair of the Snap Store reference, section 6.1, is read."""
    credential = decode_credential("eyJyIjogIlJPT1QiLCAiZCI6ICJESVMifQ==")

    assert (credential.part("r"), credential.part("d")) == ("ROOT", "DIS")


@pytest.mark.parametrize("wrap", [str, armoured], ids=["plain", "base64"])
@pytest.mark.parametrize("scheme", ["Macaroon", "macaroon"])
def test_a_finished_header_is_kept_as_it_is(scheme: str, wrap: type[str]) -> None:
    """Its discharge is bound already, so it is another kind than what can be renewed."""
    credential = decode_credential(wrap(f'{scheme} root="ROOT", discharge="DIS"'))

    assert credential.kind == BOUND_MACAROONS
    assert credential.token == 'root="ROOT", discharge="DIS"'


def test_json_of_one_token_is_read_as_it_is() -> None:
    """Neither a developer's token nor an exchanged one needs base64 around it."""
    assert decode_credential('{"macaroon": "TOKEN"}').kind == DEVELOPER_TOKEN
    assert decode_credential('{"t": "macaroon", "v": "TOKEN"}').token == "TOKEN"


def test_a_token_that_is_json_stays_whole() -> None:
    """A macaroon in its JSON form is a token of its own."""
    text = '{"i64": "AwoQ", "s64": "k0P"}'

    assert decode_credential(armoured(text)).kind == MACAROON
    assert decode_credential(armoured(text)).token == text


@pytest.mark.parametrize(
    "text",
    [
        "[login.ubuntu.com]\nmacaroon = ROOT\n",
        "[dashboard.snapcraft.io]\nmacaroon = {}\nauth = x\n",
        OLD_FILE + OLD_FILE,
        OLD_FILE + OLD_FILE.replace("login.", "login.staging."),
        "[login.ubuntu.com]\nno value\n",
    ],
    ids=["no discharge", "candid", "twice", "two stores", "damaged"],
)
def test_old_files_without_one_clear_login_are_refused(text: str) -> None:
    """A guess could send one store's credentials to another; the message holds no part of them."""
    with pytest.raises(CredentialsUnreadableError) as refusal:
        decode_credential(text)

    assert "old configuration file" in str(refusal.value.why)
    assert "ROOT" not in f"{refusal.value} {refusal.value.why} {refusal.value.advice}"
