"""Errors as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from craft_store_core.errors import CraftStoreError


def error_json(error: CraftStoreError) -> dict[str, Any]:
    """Return an error as plain data: code, texts, exit code, and the store's own entries."""
    entries = getattr(error, "entries", ())
    return {
        "code": error.code,
        "message": error.message,
        "why": error.why,
        "advice": error.advice,
        "exit-code": int(error.exit_code),
        "status": getattr(error, "status", None),
        "request-id": getattr(error, "request_id", None),
        "upload-id": getattr(error, "upload_id", None) or None,
        "entries": [{"code": entry.code, "message": entry.message} for entry in entries],
    }
