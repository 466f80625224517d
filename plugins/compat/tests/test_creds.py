"""Stored credentials: every form is read, and what is written is what others read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from craft_store import creds, errors
from craft_store.auth import Auth
from craft_store_core.plugins.credentials import Credential, decode_credential

TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80).map(
    lambda text: f"t-{text}"
)


@given(TOKENS)
def test_tokens_come_back(token: str) -> None:
    """What is written is read, here and by the core."""
    text = creds.marshal_candid_credentials(token)

    assert json.loads(text) == {"t": "macaroon", "v": token}
    assert creds.unmarshal_candid_credentials(text) == token
    assert creds.read_payload(text).token == token


@given(TOKENS, TOKENS)
def test_macaroons_come_back(root: str, discharge: str) -> None:
    """What is written is read, here and by the core."""
    text = creds.marshal_u1_credentials(creds.UbuntuOneMacaroons(root=root, discharge=discharge))
    found = creds.unmarshal_u1_credentials(text)

    assert json.loads(text) == {"t": "u1-macaroon", "v": {"r": root, "d": discharge}}
    assert (found.root, found.discharge) == (root, discharge)
    assert creds.read_payload(text).part("r") == root


@pytest.mark.parametrize(
    ("payload", "token"),
    [
        ("raw-token", "raw-token"),
        ("12", "12"),
        ("true", "true"),
        ('{"c": [], "i": "x"}', '{"c": [], "i": "x"}'),
        ('{"t": "macaroon", "v": "typed"}', "typed"),
        ('{"macaroon": "from-the-web-site"}', "from-the-web-site"),
    ],
)
def test_every_stored_form_is_read(payload: str, token: str) -> None:
    """A token is found in whatever was stored around it."""
    assert creds.unmarshal_candid_credentials(payload) == token


def test_what_the_command_line_stores_is_read() -> None:
    """Credentials of ``craft-store login`` work in programs."""
    stored = Credential("macaroon", "abc", host="api.example.com", account="jo-example").encode()
    text = Auth.decode_credentials(stored)

    assert creds.unmarshal_candid_credentials(text) == "abc"


def test_what_is_written_is_read_by_the_command_line() -> None:
    """Exported credentials of programs work in ``CRAFT_STORE_CREDENTIALS``."""
    exported = Auth.encode_credentials(creds.marshal_candid_credentials("abc"))

    assert decode_credential(exported).token == "abc"


@pytest.mark.parametrize(
    "payload", ["", "tok\nen", '{"t": "u1-macaroon", "v": {"r": "a", "d": "b"}}', '{"t": 1}']
)
def test_other_kinds_are_refused(payload: str) -> None:
    """The documented text says which kind was expected, and shows nothing of what was found."""
    with pytest.raises(
        errors.CredentialsNotParseable, match=r"Expected valid Candid credentials\.$"
    ):
        creds.unmarshal_candid_credentials(payload)


@pytest.mark.parametrize(
    "payload", ["raw", '{"t": "macaroon", "v": "a"}', '{"t": "u1-macaroon", "v": {"r": "a"}}']
)
def test_other_kinds_are_refused_for_ubuntu_one(payload: str) -> None:
    """Also a pair of which one half is missing."""
    with pytest.raises(errors.CredentialsNotParseable, match="Expected valid Ubuntu One"):
        creds.unmarshal_u1_credentials(payload)


def test_developer_tokens_are_read() -> None:
    """Their model says what is wrong in the documented way."""
    token = creds.DeveloperToken.model_validate_json('{"macaroon": "dev"}')

    assert token.marshal() == {"macaroon": "dev"}
    assert creds.DeveloperToken.unmarshal(token.marshal()) == token
    with pytest.raises(errors.CredentialsNotParseable, match="developer token credentials"):
        creds.DeveloperToken.model_validate_json("{}")


def test_models_are_made_from_their_short_names() -> None:
    """``t``, ``v``, ``r`` and ``d`` are what stands in the documents."""
    candid = creds.CandidModel.unmarshal({"t": "macaroon", "v": "abc"})
    pair = creds.UbuntuOneModel.unmarshal({"v": {"r": "root", "d": "discharge"}})

    assert candid.marshal() == {"t": "macaroon", "v": "abc"}
    assert pair.token_type == "u1-macaroon"
    assert pair.value.with_discharge("newer").discharge == "newer"
    with pytest.raises(ValidationError):
        creds.CandidModel.unmarshal({"t": "u1-macaroon", "v": "abc"})


def test_models_of_credentials_show_no_secret() -> None:
    """Neither do their representations, nor the errors about them."""
    pair = creds.UbuntuOneMacaroons(root="secret", discharge="secret")
    shown = [
        repr(creds.CandidModel(value="secret")),
        repr(creds.DeveloperToken(macaroon="secret")),
        repr(creds.UbuntuOneModel(value=pair)),
        str(pair),
    ]
    with pytest.raises(ValidationError) as caught:
        creds.CandidModel.unmarshal({"t": "secret", "v": ["secret"]})

    assert not any("secret" in text for text in [*shown, str(caught.value)])
