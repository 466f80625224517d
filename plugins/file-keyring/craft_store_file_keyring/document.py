"""The readable form of a credential file: JSON ``{application: {host: credentials}}``.

It is the form of Canonical's craft-store (Publisher Gateway reference, section 3.15).
"""

from __future__ import annotations

import json
from typing import Any

Entries = dict[str, dict[str, str]]
"""Encoded credentials by application and host."""


class DamagedDocumentError(ValueError):
    """The content of a credential file is not what it should be; the text says how."""


def load_json(data: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        DamagedDocumentError: It is none.
    """
    try:
        document = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise DamagedDocumentError("It is not UTF-8 text.") from None
    except RecursionError:
        raise DamagedDocumentError("It is not JSON: nested too deeply.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        # The decoder's message tells a position and never quotes what is there.
        raise DamagedDocumentError(f"It is not JSON: {error.msg} ({where}).") from None
    except ValueError:
        raise DamagedDocumentError("It is not JSON: a number is too long.") from None
    if not isinstance(document, dict):
        raise DamagedDocumentError("It is not a JSON object.")
    return document


def read_entries(document: dict[str, Any]) -> Entries:
    """Check the shape of the readable form.

    Raises:
        DamagedDocumentError: It has another shape.
    """
    for application, hosts in document.items():
        if not isinstance(hosts, dict):
            raise DamagedDocumentError(f"Its entry for {application!r} is not an object.")
        for host, value in hosts.items():
            if not isinstance(value, str):
                raise DamagedDocumentError(
                    f"Its entry for {application!r} at {host!r} is not text."
                )
    return document


def write_entries(entries: Entries) -> bytes:
    """Write the readable form; one line per credential, for people who look at the file."""
    return (json.dumps(entries, indent=2, sort_keys=True) + "\n").encode("ascii")
