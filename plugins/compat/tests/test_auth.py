"""Where credentials are kept."""

from __future__ import annotations

import json
import logging
import os
import stat
from typing import TYPE_CHECKING, Any

import keyring
import keyring.errors
import pytest
from keyring.backends import fail, null

from craft_store import StoreClient, errors
from craft_store.auth import Auth, FileKeyring, MemoryKeyring

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Locked(MemoryKeyring):
    """A keyring that nobody unlocks."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("no")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked("no")


def test_credentials_are_kept_in_the_keyring() -> None:
    """Application and host are its service and user name; the value is base64."""
    auth = Auth("app", "api.example.com")
    auth.set_credentials("secret")

    assert keyring.get_password("app", "api.example.com") == "c2VjcmV0"
    assert Auth("app", "api.example.com").get_credentials() == "secret"
    auth.del_credentials()
    assert keyring.get_password("app", "api.example.com") is None


@pytest.mark.parametrize("ephemeral", [True, False])
def test_nothing_is_overwritten_unless_it_is_said(ephemeral: bool) -> None:
    """A second login needs a logout first."""
    auth = Auth("app", "host", ephemeral=ephemeral)
    auth.ensure_no_credentials()
    auth.set_credentials("one")

    with pytest.raises(errors.CredentialsAlreadyAvailable, match="Credentials found for 'app'"):
        auth.set_credentials("two")
    with pytest.raises(errors.CredentialsAlreadyAvailable):
        auth.ensure_no_credentials()
    auth.set_credentials("two", force=True)
    assert auth.get_credentials() == "two"
    auth.del_credentials()
    for action in (auth.get_credentials, auth.del_credentials):
        with pytest.raises(errors.CredentialsUnavailable, match="No credentials found for 'app'"):
            action()


def test_the_keyring_of_the_process_is_left_alone(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients that keep credentials in memory do not change where others keep theirs."""
    monkeypatch.setenv("OWN_CREDENTIALS", "YWJj")
    before = keyring.get_keyring()
    memory = StoreClient(**options)
    memory._auth.set_credentials("only in memory")
    environment = StoreClient(**{**options, "environment_auth": "OWN_CREDENTIALS"})

    assert environment._auth.get_credentials() == "abc"
    assert keyring.get_keyring() is before
    assert StoreClient(**{**options, "ephemeral": False})._auth._keyring is before


def test_the_variable_wins_when_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unset or empty one is as if none were named."""
    Auth("app", "host").set_credentials("from the keyring")
    monkeypatch.setenv("OWN_CREDENTIALS", "")
    found = [Auth("app", "host", environment_auth="OWN_CREDENTIALS").get_credentials()]
    monkeypatch.setenv("OWN_CREDENTIALS", "YWJj")
    found.append(Auth("app", "host", environment_auth="OWN_CREDENTIALS").get_credentials())

    assert found == ["from the keyring", "abc"]


@pytest.mark.parametrize("text", ["!!", "YWJ", "/w==", "YW!Jj"])
def test_what_is_not_base64_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half-read credentials are none; the error does not quote them."""
    with pytest.raises(errors.CredentialsNotParseable, match="Expected base64 encoded") as caught:
        Auth.decode_credentials(text)
    monkeypatch.setenv("OWN_CREDENTIALS", text)
    with pytest.raises(errors.CredentialsNotParseable):
        Auth("app", "host", environment_auth="OWN_CREDENTIALS")

    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ('{"t": "macaroon", "v": "abc"}', '{"t": "macaroon", "v": "abc"}'),
        ('{"macaroon": "abc"}', '{"macaroon": "abc"}'),
        (
            '# a comment\n{"r": "root", "d": "dis"}',
            '{"t": "u1-macaroon", "v": {"r": "root", "d": "dis"}}',
        ),
        (
            "[login.ubuntu.com]\nmacaroon = root\nunbound_discharge = dis\nemail = jo@example.com",
            '{"t": "u1-macaroon", "v": {"r": "root", "d": "dis"}}',
        ),
        ("Macaroon root=abc, discharge=def", "Macaroon root=abc, discharge=def"),
    ],
)
def test_forms_of_old_clients_are_read_from_a_variable(
    value: str, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that say by themselves what they are, without base64 around them."""
    monkeypatch.setenv("OWN_CREDENTIALS", value)

    assert Auth("app", "host", environment_auth="OWN_CREDENTIALS").get_credentials() == kept


def test_line_breaks_in_exported_credentials_do_not_matter() -> None:
    """Terminals and CI systems break long lines."""
    assert Auth.decode_credentials("YW\nJj\n") == "abc"
    assert Auth.encode_credentials("abc") == "YWJj"


def test_no_keyring_is_found_out_at_once() -> None:
    """Before anybody types a password."""
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # keyring leaves it so

    with pytest.raises(errors.NoKeyringError, match="No keyring found"):
        Auth("app", "host")


def test_a_keyring_that_cannot_be_loaded_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A configured keyring may fail in any way."""

    def broken() -> None:
        raise ImportError("no such keyring")

    monkeypatch.setattr(keyring, "get_keyring", broken)

    with pytest.raises(errors.NoKeyringError):
        Auth("app", "host")


def test_a_keyring_that_stores_nothing_refuses_to() -> None:
    """Reading finds nothing; a login would be lost, so it is an error."""
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call]  # keyring leaves it so
    auth = Auth("app", "host")

    with pytest.raises(errors.CredentialsUnavailable):
        auth.get_credentials()
    with pytest.raises(errors.NoKeyringError):
        auth.set_credentials("abc")


def test_a_locked_keyring_says_so() -> None:
    """With the documented class and words."""
    keyring.set_keyring(Locked())
    auth = Auth("app", "host")

    for action in (auth.get_credentials, auth.ensure_no_credentials, auth.del_credentials):
        with pytest.raises(errors.KeyringUnlockError, match="Failed to unlock the keyring"):
            action()
    with pytest.raises(errors.KeyringUnlockError):
        auth.set_credentials("abc", force=True)


def test_a_keyring_in_place_of_the_systems_is_used() -> None:
    """Tests of dependents put one there."""
    auth = Auth("app", "host")
    auth._keyring = MemoryKeyring()
    auth.set_credentials("abc")

    assert auth._keyring.get_password("app", "host") == "YWJj"
    auth.del_credentials()
    assert keyring.get_password("app", "host") is None


def test_the_file_is_used_when_there_is_no_keyring(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Only when it is asked for, and with a warning."""
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # keyring leaves it so
    with caplog.at_level(logging.WARNING):
        auth = Auth("app", "host", file_fallback=True)
    auth.set_credentials("abc")
    file = tmp_path / "data" / "app" / "credentials.json"

    assert "Falling back to file-based storage" in caplog.text
    assert json.loads(file.read_text(encoding="utf-8")) == {"app": {"host": "YWJj"}}
    assert Auth("app", "host", file_fallback=True).get_credentials() == "abc"
    auth.del_credentials()
    with pytest.raises(errors.CredentialsUnavailable):
        auth.get_credentials()


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX systems")
def test_the_file_and_its_folder_are_private() -> None:
    """Nobody else on the machine can read them."""
    ring = FileKeyring("app")
    ring.set_password("service", "user", "abc")
    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (ring.credentials_file, ring.credentials_file.parent)
    ]

    assert modes == [0o600, 0o700]


def test_a_damaged_file_is_left_as_it_is() -> None:
    """Nothing in it is lost by the next login."""
    ring = FileKeyring("app")
    ring.credentials_file.parent.mkdir(mode=0o700, parents=True)
    ring.credentials_file.write_text('{"app": {"host": ', encoding="utf-8")

    actions: list[Callable[[], object]] = [
        lambda: ring.get_password("app", "host"),
        lambda: ring.set_password("app", "host", "abc"),
        lambda: ring.delete_password("app", "host"),
    ]
    for action in actions:
        with pytest.raises(errors.CraftStoreError, match="is damaged"):
            action()
    assert ring.credentials_file.read_text(encoding="utf-8") == '{"app": {"host": '


def test_without_a_home_folder_a_file_keyring_has_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It can be made and asked; what is to be kept is an error in words."""
    pwd = pytest.importorskip("pwd", reason="a system with user ids is what is tested")

    def nobody(number: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    ring = FileKeyring("app")

    assert ring.get_password("app", "store.example") is None
    with pytest.raises(errors.CraftStoreError, match="path of the credential file is unknown"):
        ring.set_password("app", "store.example", "secret")


@pytest.mark.parametrize("make", [MemoryKeyring, lambda: FileKeyring("app")])
def test_keyrings_keep_passwords(make: Callable[[], Any]) -> None:
    """Both are keyrings of the library: what is not there is None, or an error to delete."""
    ring = make()
    ring.set_password("service", "user", "abc")

    assert ring.get_password("service", "user") == "abc"
    assert ring.get_password("service", "other") is None
    ring.delete_password("service", "user")
    assert ring.get_password("service", "user") is None
    with pytest.raises(keyring.errors.PasswordDeleteError):
        ring.delete_password("service", "user")
    assert ring.priority < 0
