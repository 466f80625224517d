"""Signed statements at the store: gating, snap builds, validation sets, confdb schemas.

What is signed is made by the program ``snap``; see :mod:`craft_store_snapstore.signing`.

Source: Snap Store reference, section 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.models import Listing, read_listing
from craft_store_core.plugins import BytesBody, operation
from craft_store_snapstore.area import DashboardArea, hyphenated
from craft_store_snapstore.models import Assertion, Validation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.plugins import Answer

VALIDATION_SETS = "validation-sets"
"""Lists of snaps and revisions that belong together."""
CONFDB_SCHEMAS = "confdb-schemas"
"""Descriptions of configuration that snaps share."""

_ASSERTION = "application/x.ubuntu.assertion"


class DashboardAssertions(DashboardArea):
    """Signed statements."""

    @operation()
    def push_snap_build(self, name: str, assertion: str) -> Mapping[str, Any]:
        """Send the signed statement of who built a snap; return what the store makes of it.

        Raises:
            StoreUnavailableError: The store takes none.
            InvalidFieldError: It is no such assertion.
        """
        target = self._of_snap(name, "builds")
        answer = self._ask("POST", target, json={"assertion": assertion}, repeatable=False)
        headers = answer.document.get("headers")
        return headers if isinstance(headers, dict) else answer.document

    @operation()
    def list_validations(self, name: str, *, include_revoked: bool = False) -> Listing[Validation]:
        """Return what a gating snap said of the snaps that it gates.

        Args:
            name: The gating snap.
            include_revoked: Also what was taken back.
        """
        params = {"include_revoked": "1"} if include_revoked else None
        listed = self._ask_list("GET", self._of_snap(name, "validations"), params=params)
        return read_listing(Validation, map(hyphenated, listed))

    @operation()
    def push_validation(self, name: str, assertion: str) -> Mapping[str, Any]:
        """Send a signed validation; return what the store makes of it.

        Args:
            name: The gating snap.
            assertion: The signed text.
        """
        target = self._of_snap(name, "validations")
        return self._ask("PUT", target, json={"assertion": assertion}).document

    @operation()
    def get_developers(self, name: str) -> Mapping[str, Any]:
        """Return the assertion that names the developers of a snap.

        Raises:
            NotFoundError: There is none yet.
        """
        return self._ask("GET", self._of_snap(name, "developers")).part("snap_developer").document

    @operation()
    def push_developers(self, name: str, assertion: str, *, force: bool = False) -> None:
        """Send a signed assertion of the developers of a snap.

        Args:
            name: The snap.
            assertion: The signed text.
            force: Also if uploads of those who are left out become invalid.

        Raises:
            RevokedUploadsError: They would.
        """
        self._send(
            "PUT",
            self._of_snap(name, "developers"),
            params={"ignore_revoked_uploads": ""} if force else None,
            json={"snap_developer": assertion},
        )

    @operation()
    def list_assertions(
        self, family: str, *, name: str | None = None, sequence: str | int | None = None
    ) -> Listing[Assertion]:
        """Return assertions of the account.

        Args:
            family: :data:`VALIDATION_SETS` or :data:`CONFDB_SCHEMAS`.
            name: Only of this name; one that nobody used gives an empty list.
            sequence: ``all``, ``latest`` or a number; only validation sets have sequences.

        Raises:
            BadRequestError: The sequence is none of these.
        """
        parts = () if name is None else (name,)
        params = None if sequence is None else {"sequence": str(sequence)}
        answer = self._ask("GET", self._path("api", "v2", family, *parts), params=params)
        return answer.listing(Assertion, "assertions")

    @operation()
    def build_assertion(self, family: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Let the store complete what is to be signed. Nothing is kept there.

        Args:
            family: :data:`VALIDATION_SETS` or :data:`CONFDB_SCHEMAS`.
            content: What the publisher wrote; numbers as numbers.

        Returns:
            The headers, and the body where there is one, with all scalars as texts: what the
            program ``snap`` signs.

        Raises:
            BadRequestError: Something in it cannot be.
        """
        answer = self._ask(
            "POST",
            self._path("api", "v2", family, "build-assertion"),
            json=dict(content),
            repeatable=True,
        )
        built: dict[str, Any] = as_texts(answer.document)
        return built

    @operation()
    def push_assertion(self, family: str, signed: str) -> Assertion:
        """Send a signed assertion; return it as the store keeps it.

        Args:
            family: :data:`VALIDATION_SETS` or :data:`CONFDB_SCHEMAS`.
            signed: The text that the program ``snap`` gave.

        Raises:
            UnexpectedResponseError: The store does not answer with exactly one assertion.
        """
        answer = self._ask(
            "POST",
            self._path("api", "v2", family),
            data=BytesBody(signed.encode(), _ASSERTION),
            repeatable=False,
        )
        return _the_only(answer)


def as_texts(value: Any) -> Any:
    """Return data whose scalars are all texts, as assertions have them; what is null is left out.

    Source: Snap Store reference, sections 11 and 11.4.
    """
    if isinstance(value, dict):
        return {key: as_texts(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [as_texts(item) for item in value if item is not None]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _the_only(answer: Answer) -> Assertion:
    kept = answer.listing(Assertion, "assertions")
    if len(kept) != 1:
        raise answer.unexpected(f"The response has {len(kept)} assertions instead of one.")
    return kept[0]
