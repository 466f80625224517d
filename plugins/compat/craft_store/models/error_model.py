"""An error that a review found."""

from __future__ import annotations

from craft_store.models._base_model import MarshableModel


class ErrorModel(MarshableModel):
    """Why an upload was rejected.

    Attributes:
        code: None where the store has no word for it.
    """

    code: str | None
    message: str
