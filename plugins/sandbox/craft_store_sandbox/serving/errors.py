"""The failures that the embedded store answers with, and how each area spells them.

Sections without a name are those of the Publisher Gateway reference.

::

    StoreError           an answer other than success: an error list (section 15.1)
    ├── DashboardError       the dashboard's spelling, with an underscore
    ├── BareError            objects of other forms, and empty bodies
    ├── SingleSignOnError    Ubuntu One's spelling (section 3.11.1)
    ├── IdentityError        Candid's and the bakery's spelling (section 4.4)
    │   └── DischargeRequiredError    a macaroon or token past its lifetime (section 3.16)
    ├── StorageError         the storage host's spelling (section 8)
    └── RegistryError        the image registry's spelling (section 12.2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class StoreError(Exception):
    """An answer that is not a success.

    Args:
        status: HTTP status.
        code: Machine-readable code; None is the server bug of section 13.4.
        message: Human-readable text.
        extra: More facts, machine-readable.
        headers: More response headers.
        beside: Top-level keys beside the error list, as older forms of errors have them.
    """

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        extra: Any = None,
        headers: Mapping[str, str] | None = None,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra
        self.headers = dict(headers or {})
        self.beside = dict(beside or {})

    def body(self) -> dict[str, Any]:
        """Return the JSON object of the answer."""
        item: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.extra:
            item["extra"] = self.extra
        return {"error-list": [item]}


class DashboardError(StoreError):
    """A refusal by the Snap Store's dashboard (Snap Store reference, section 3.1)."""

    def body(self) -> dict[str, Any]:
        """Return ``error_list``, and what older clients look for beside it."""
        item: dict[str, Any] = {"message": self.message}
        if self.code is not None:
            item["code"] = self.code
        if self.extra is not None:
            item["extra"] = self.extra
        return {**self.beside, "error_list": [item]}


class BareError(StoreError):
    """A refusal whose body is an object of a form of its own, or nothing at all.

    Args:
        status: HTTP status.
        document: The body; None is an empty ``text/plain`` one.
    """

    def __init__(self, status: int, document: dict[str, Any] | None) -> None:
        super().__init__(status, None, str(document))
        self.document = document

    def body(self) -> dict[str, Any]:
        """Return the object."""
        return self.document or {}


class SingleSignOnError(StoreError):
    """A refusal by Ubuntu One, in the body that every client reads (section 3.11.1)."""

    def body(self) -> dict[str, Any]:
        """Return top-level code and message, and the same as an ``error_list``."""
        code = self.code or "error"
        hyphenated = code.lower().replace("_", "-")
        return {
            "code": code,
            "message": self.message,
            "extra": self.extra or {},
            "error_list": [{"code": hyphenated, "message": self.message}],
        }


class IdentityError(StoreError):
    """A refusal by the identity service (section 4.4)."""

    def body(self) -> dict[str, Any]:
        """Return the bakery's spelling, with the machine-readable part under ``Info``."""
        answer: dict[str, Any] = {"Code": self.code, "Message": self.message}
        if self.extra:
            answer["Info"] = self.extra
        return answer


class DischargeRequiredError(IdentityError):
    """A macaroon or token past its lifetime (section 3.16 and open question Q1)."""

    def __init__(self) -> None:
        super().__init__(401, "macaroon discharge required", "discharge required")


class StorageError(StoreError):
    """A refusal by the storage host (section 8)."""

    def body(self) -> dict[str, Any]:
        """Return ``successful`` and ``upload_id``, and the reason beside them."""
        return {"successful": False, "upload_id": None, **super().body()}


class RegistryError(StoreError):
    """A refusal by the image registry (section 12.2)."""

    def body(self) -> dict[str, Any]:
        """Return the list that the registry API calls ``errors``."""
        item = {"code": self.code, "message": self.message}
        if self.extra is not None:
            item["detail"] = self.extra
        return {"errors": [item]}


def bad_request(message: str) -> StoreError:
    """Return 400 ``api-error``: a schema violation or an invalid value."""
    return StoreError(400, "api-error", message)


def not_found(message: str) -> StoreError:
    """Return 404 ``resource-not-found``: unknown, or not for this account to see."""
    return StoreError(404, "resource-not-found", message)


def invalid_field(message: str, field: str | None = None) -> DashboardError:
    """Return 400 ``invalid-field``: the dashboard does not like a value."""
    return DashboardError(
        400, "invalid-field", message, extra=None if field is None else {"name": field}
    )


def invalid_request(message: str) -> StoreError:
    """Return 400 ``invalid-request``: what the dashboard's second generation says of schemas."""
    return StoreError(400, "invalid-request", message)


def permission_required(message: str) -> StoreError:
    """401 ``permission-required``: the token is good but does not reach so far (section 3.3)."""
    return StoreError(401, "permission-required", message)
