"""What all models share: hyphens on the wire, underscores in Python, and unchangeable values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from typing_extensions import Self


def _hyphenated(name: str) -> str:
    return name.replace("_", "-")


class MarshableModel(BaseModel):
    """A model that is made from JSON documents and turned into them."""

    model_config = ConfigDict(
        validate_assignment=True,
        frozen=True,
        alias_generator=_hyphenated,
        populate_by_name=True,
    )

    @classmethod
    def unmarshal(cls, data: dict[str, Any]) -> Self:
        """Make one from a JSON document; what it does not know is left out.

        Raises:
            ValidationError: Something is missing or of another type.
        """
        return cls.model_validate(data)

    def marshal(self) -> dict[str, Any]:
        """Return the JSON document, without what was never set."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)
