"""What is kept of a login: the models of stored credentials, and reading and writing their text.

Every form that was ever stored is read, as :mod:`craft_store_core.plugins.credentials` reads it;
what is written is what the documented library writes (Publisher Gateway reference, section 3.15).
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from craft_store import errors
from craft_store_core.errors import CredentialsUnreadableError
from craft_store_core.plugins.credentials import (
    DEVELOPER_TOKEN,
    MACAROON,
    U1_MACAROON,
    Credential,
    decode_credential,
)

if TYPE_CHECKING:
    from typing_extensions import Self

_CANDID = "Expected valid Candid credentials"
NO_DEVELOPER_TOKEN = "Expected valid developer token credentials"  # noqa: S105  # a message
NO_UBUNTU_ONE = "Expected valid Ubuntu One credentials"
"""What is said where credentials are of another kind."""


class CandidModel(BaseModel):
    """One exchanged token."""

    model_config = ConfigDict(populate_by_name=True, hide_input_in_errors=True)

    token_type: Literal["macaroon"] = Field("macaroon", alias="t")
    value: str = Field(..., alias="v", repr=False)

    def marshal(self) -> dict[str, str]:
        """Return it as it is stored."""
        return self.model_dump(by_alias=True)

    @classmethod
    def unmarshal(cls, data: dict[str, Any]) -> CandidModel:
        """Read what is stored.

        Raises:
            ValidationError: It is something else.
        """
        return cls.model_validate(data)


class DeveloperToken(BaseModel):
    """A token that the store's web site gave out."""

    model_config = ConfigDict(hide_input_in_errors=True)

    macaroon: str = Field(..., repr=False)

    def marshal(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return self.model_dump()

    @classmethod
    def unmarshal(cls, data: dict[str, Any]) -> Self:
        """Read what is stored.

        Raises:
            ValidationError: It is something else.
        """
        return cls.model_validate(data)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **kwargs: Any) -> Self:
        """Read the stored text.

        Raises:
            CredentialsNotParseable: It is something else.
        """
        try:
            return super().model_validate_json(json_data, **kwargs)
        except ValidationError as error:
            raise errors.CredentialsNotParseable(NO_DEVELOPER_TOKEN) from error


class UbuntuOneMacaroons(BaseModel):
    """A root macaroon and its discharge, which is not bound to it yet."""

    model_config = ConfigDict(populate_by_name=True, hide_input_in_errors=True)

    root: str = Field(..., alias="r", repr=False)
    discharge: str = Field(..., alias="d", repr=False)

    def with_discharge(self, discharge: str) -> UbuntuOneMacaroons:
        """Return the pair with another discharge."""
        return self.model_copy(update={"discharge": discharge})


class UbuntuOneModel(BaseModel):
    """A login with Ubuntu One."""

    model_config = ConfigDict(populate_by_name=True, hide_input_in_errors=True)

    token_type: Literal["u1-macaroon"] = Field("u1-macaroon", alias="t")
    value: UbuntuOneMacaroons = Field(..., alias="v")

    def marshal(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return self.model_dump(by_alias=True)

    @classmethod
    def unmarshal(cls, data: dict[str, Any]) -> UbuntuOneModel:
        """Read what is stored.

        Raises:
            ValidationError: It is something else.
        """
        return cls.model_validate(data)


def marshal_candid_credentials(candid_creds: str) -> str:
    """Return the text that is stored for an exchanged token."""
    return json.dumps(CandidModel(value=candid_creds).marshal())


def unmarshal_candid_credentials(marshalled_creds: str) -> str:
    """Return the token of a stored text, typed or as older releases stored it.

    Raises:
        CredentialsNotParseable: They are credentials of another kind.
    """
    credential = read_payload(marshalled_creds, _CANDID)
    if credential.kind not in {MACAROON, DEVELOPER_TOKEN} or not isinstance(credential.secret, str):
        raise errors.CredentialsNotParseable(_CANDID)
    return credential.secret


def marshal_u1_credentials(u1_creds: UbuntuOneMacaroons) -> str:
    """Return the text that is stored for a login with Ubuntu One."""
    return json.dumps(UbuntuOneModel(value=u1_creds).marshal())


def unmarshal_u1_credentials(marshalled_creds: str) -> UbuntuOneMacaroons:
    """Return the macaroons of a stored text, typed or as older releases stored it.

    Raises:
        CredentialsNotParseable: They are credentials of another kind.
    """
    credential = read_payload(marshalled_creds, NO_UBUNTU_ONE)
    if credential.kind != U1_MACAROON:
        raise errors.CredentialsNotParseable(NO_UBUNTU_ONE)
    try:
        return UbuntuOneMacaroons.model_validate(credential.secret)
    except ValidationError:
        raise errors.CredentialsNotParseable(NO_UBUNTU_ONE) from None


def read_payload(text: str, expected: str = "Expected valid credentials") -> Credential:
    """Read what base64 was taken off already.

    Args:
        text: The stored text.
        expected: What to say when it is none.

    Raises:
        CredentialsNotParseable: It is none of the known forms.
    """
    try:
        return decode_credential(base64.b64encode(text.encode()).decode("ascii"))
    except (CredentialsUnreadableError, UnicodeError):
        # Its words are left out: the documented text is matched on.
        raise errors.CredentialsNotParseable(expected) from None
