"""The encrypted form gives back what was sealed, and nothing after any change of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_file_keyring.document import DamagedDocumentError, load_json
from craft_store_file_keyring.encryption import (
    Key,
    PassphraseMismatchError,
    ScryptParameters,
    is_encrypted,
    seal,
    unseal,
)

CHEAP = ScryptParameters(n=2, r=1, p=1)
SALT = bytes(16)


def sealed(plain: bytes = b"plain", passphrase: str = "passphrase") -> dict[str, Any]:
    return load_json(seal(plain, Key.derive(passphrase, parameters=CHEAP)))


@given(plain=st.binary(max_size=300), passphrase=st.text(min_size=1, max_size=40))
def test_what_was_sealed_comes_back(plain: bytes, passphrase: str) -> None:
    """Any content under any passphrase survives, also with the key that is known already."""
    key = Key.derive(passphrase.encode("utf-8", "replace").decode(), parameters=CHEAP)
    document = load_json(seal(plain, key))
    assert is_encrypted(document)
    again, derived = unseal(document, passphrase.encode("utf-8", "replace").decode())
    assert (again, derived) == (plain, key)
    assert unseal(document, "not looked at", key)[0] == plain


@given(first=st.text(max_size=20), second=st.text(max_size=20))
def test_only_the_same_passphrase_opens(first: str, second: str) -> None:
    """A passphrase that differs at all is told from damage."""
    first, second = (text.encode("utf-8", "replace").decode() for text in (first, second))
    document = sealed(passphrase=first)
    if first == second:
        assert unseal(document, second)[0] == b"plain"
    else:
        with pytest.raises(PassphraseMismatchError):
            unseal(document, second)


def test_the_same_content_never_looks_the_same() -> None:
    """Each sealing takes a new nonce, also with the same key."""
    key = Key.derive("passphrase", parameters=CHEAP, salt=SALT)
    first, second = load_json(seal(b"plain", key)), load_json(seal(b"plain", key))
    assert first["cipher"]["nonce"] != second["cipher"]["nonce"]
    assert first["sealed"] != second["sealed"]


def test_a_key_shows_no_secret() -> None:
    """Neither the key nor the check is in the repr."""
    key = Key.derive("passphrase", parameters=CHEAP, salt=SALT)
    assert repr(key.secret) not in repr(key)
    assert repr(key.check) not in repr(key)


def test_keys_cost_what_is_recommended() -> None:
    """The default is 128 MiB of work (OWASP's recommendation for scrypt)."""
    assert ScryptParameters() == ScryptParameters(n=2**17, r=8, p=1)


@given(position=st.integers(0, 10_000), change=st.integers(1, 255))
def test_any_changed_byte_is_noticed(position: int, change: int) -> None:
    """After a flipped byte the content either comes back whole or not at all."""
    data = bytearray(seal(b'{"a": {"b": "c"}}', Key.derive("passphrase", parameters=CHEAP)))
    data[position % len(data)] ^= change
    try:
        document = load_json(bytes(data))
        plain = unseal(document, "passphrase")[0] if is_encrypted(document) else None
    except (DamagedDocumentError, PassphraseMismatchError):
        return
    # White space and the order of members mean nothing, and an altered "format" is no other file.
    assert plain in {None, b'{"a": {"b": "c"}}'}


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (("format",), "craft-store-something"),
        (("version",), 2),
        (("version",), True),
        (("version",), "1"),
        (("version",), None),
        (("kdf",), None),
        (("kdf", "name"), "pbkdf2"),
        (("kdf", "n"), 0),
        (("kdf", "n"), 1),
        (("kdf", "n"), 3),
        (("kdf", "n"), "2"),
        (("kdf", "n"), True),
        (("kdf", "n"), 2.0),
        (("kdf", "n"), 2**30),
        (("kdf", "r"), 2**21),
        (("kdf", "r"), -8),
        (("kdf", "p"), 5),
        (("kdf", "p"), None),
        (("kdf", "salt"), "AAAA"),
        (("kdf", "salt"), "A" * 400),
        (("kdf", "salt"), "*"),
        (("kdf", "salt"), "ü"),
        (("kdf", "salt"), 1),
        (("check",), "AAAA"),
        (("cipher",), []),
        (("cipher", "name"), "aes-128-ecb"),
        (("cipher", "nonce"), "AAAA"),
        (("sealed",), ""),
        (("sealed",), None),
    ],
    ids=repr,
)
def test_a_header_that_is_not_as_written_is_refused(part: tuple[str, ...], value: object) -> None:
    """Unknown versions and methods, sizes that are wrong, and costs out of bounds are damage."""
    document = sealed()
    inner = document
    for name in part[:-1]:
        inner = inner[name]
    inner[part[-1]] = value
    with pytest.raises(DamagedDocumentError):
        unseal(document, "passphrase")


@pytest.mark.parametrize("name", ["format", "version", "kdf", "check", "cipher", "sealed"])
def test_a_missing_part_is_refused(name: str) -> None:
    """No part of the form can be left out."""
    document = sealed()
    del document[name]
    with pytest.raises(DamagedDocumentError):
        unseal(document, "passphrase")


def test_changed_content_is_told_from_a_wrong_passphrase() -> None:
    """With the right passphrase, damage is called damage."""
    document = sealed(b"plain")
    document["sealed"] = json.loads(json.dumps(sealed(b"other")["sealed"]))
    with pytest.raises(DamagedDocumentError, match="changed"):
        unseal(document, "passphrase")
