"""An account of the store."""

from __future__ import annotations

from pydantic import Field

from craft_store.models._base_model import MarshableModel


class AccountModel(MarshableModel):
    """An account: a publisher or a collaborator."""

    display_name: str | None = Field(None, alias="display-name")
    email: str | None = None
    id: str
    username: str | None = None
    validation: str | None = None
