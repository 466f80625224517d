"""The sandbox's libraries agree with the vectors (Publisher Gateway reference, section 4.14)."""

from __future__ import annotations

import base64

import pytest
from macaroonbakery import bakery
from nacl.public import PrivateKey
from pymacaroons import Macaroon, Verifier
from pymacaroons.serializers import JsonSerializer

ROOT_V1 = (
    "MDAxZWxvY2F0aW9uIGFwaS5leGFtcGxlLnRlc3QKMDAxY2lkZW50aWZpZXIgcm9vdC1pZC0wMDAxCjAwMjljaWQgdGltZS"
    "1iZWZvcmUgMjAzMC0wMS0wMVQwMDowMDowMFoKMDAxNGNpZCB0cC1jYXZlYXQtMQowMDUxdmlkIAABAgMEBQYHCAkKCwwN"
    "Dg8QERITFBUWF0Zh_K48rZnrYEVF1TNGruznm937ih3kMbHxx86d_zmHn6zJ4PSw8Xv_YR05GLdkoQowMDFhY2wgbG9naW"
    "4uZXhhbXBsZS50ZXN0CjAwMmZzaWduYXR1cmUgormfaH94dOOBjdJmgDUZ-RB7-ZusaaDbKuB8jw57eXkK"
)
ROOT_V2 = (
    "AgEQYXBpLmV4YW1wbGUudGVzdAIMcm9vdC1pZC0wMDAxAAIgdGltZS1iZWZvcmUgMjAzMC0wMS0wMVQwMDowMDowMFoAAR"
    "Jsb2dpbi5leGFtcGxlLnRlc3QCC3RwLWNhdmVhdC0xBEgAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhdGYfyuPK2Z62BFRdUz"
    "Rq7s55vd-4od5DGx8cfOnf85h5-syeD0sPF7_2EdORi3ZKEAAAYgormfaH94dOOBjdJmgDUZ-RB7-ZusaaDbKuB8jw57eXk"
)
ROOT_JSON = (
    '{"i": "root-id-0001", "s64": "ormfaH94dOOBjdJmgDUZ-RB7-ZusaaDbKuB8jw57eXk",'
    ' "l": "api.example.test", "c": [{"i": "time-before 2030-01-01T00:00:00Z"},'
    ' {"i": "tp-caveat-1", "l": "login.example.test", "v64": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'
    "RmH8rjytmetgRUXVM0au7Oeb3fuKHeQxsfHHzp3_OYefrMng9LDxe_9hHTkYt2Sh"
    '"}]}'
)
BOUND = (
    "MDAyMGxvY2F0aW9uIGxvZ2luLmV4YW1wbGUudGVzdAowMDFiaWRlbnRpZmllciB0cC1jYXZlYXQtMQowMDFmY2lkIGRlY2"
    "xhcmVkIHVzZXJpZCB1LTAwMDEKMDAyZnNpZ25hdHVyZSCGD0FSRZOgilalbZR3mrNuYwC_obD0UEnqNC7LeNSJjAo"
)
THIRD_PARTY = {
    2: "02a4e09292ce"
    "8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d596465666768696a6b6c"
    "6d6e6f707172737475767778797a7bdef03b242ffd9d1acbc5822c8f9c5585ef342ea7cbe438ce6c964ae956270b9f"
    "477f5aff0966a268debf16e2dc9601a25145a54b51c556b7aa2f80d4394077",
    3: "03a4e09292ce"
    "8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d596465666768696a6b6c"
    "6d6e6f707172737475767778797a7be95b9f1d8a8003b5f031cb0619a531f1ee342ea7cbe438ce6c964ae956270b9f"
    "477f5aff0966a268debf7be285934ebf4a0daa4a4cce52adbb22cec03e406191f1c4c8c9",
}


def _root(form: str) -> Macaroon:
    if form.startswith("{"):
        return Macaroon.deserialize(form, JsonSerializer())
    return Macaroon.deserialize(form)


@pytest.mark.parametrize("form", [ROOT_V1, ROOT_V2, ROOT_JSON])
def test_the_root_reads_the_same_in_every_form(form: str) -> None:
    """Vector A: identifier, signature, caveats."""
    root = _root(form)

    assert root.identifier_bytes == b"root-id-0001"
    assert root.signature == "a2b99f687f7874e3818dd266803519f9107bf99bac69a0db2ae07c8f0e7b7979"
    assert [caveat.location for caveat in root.third_party_caveats()] == ["login.example.test"]


def test_the_discharge_binds_and_verifies() -> None:
    """Vector B: made from its parts, bound to the root, and verified."""
    discharge = Macaroon("login.example.test", "tp-caveat-1", "caveat-root-key-24-bytes")
    discharge.add_first_party_caveat("declared userid u-0001")
    root = _root(ROOT_V1)
    bound = root.prepare_for_request(discharge)
    verifier = Verifier()
    verifier.satisfy_general(lambda _: True)

    assert discharge.signature == (
        "7e07dac1f47dd3751f1004646180c59b84472a8b9c1ef78a19888f234d8d359c"
    )
    assert bound.serialize() == BOUND
    assert verifier.verify(root, "root-key-0001", [Macaroon.deserialize(BOUND)])


@pytest.mark.parametrize("version", [2, 3])
def test_third_party_caveats_decode(version: int) -> None:
    """Vector C: root key and condition come out of the box."""
    secret = base64.b64encode(bytes(PrivateKey(b"\x01" * 32))).decode()
    key = bakery.PrivateKey.deserialize(secret)
    info = bakery.decode_caveat(key, bytes.fromhex(THIRD_PARTY[version]))

    assert str(key.public_key) == "pOCSkrZRwni5dyxWn1+puxPZBrRqtoyd+dwrRAn4ogk="
    assert info.root_key == bytes(range(24))
    assert info.condition == "is-authenticated-user"
    assert info.version == version
