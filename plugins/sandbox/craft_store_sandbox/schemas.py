"""The JSON schemas of request bodies, and the check that applies them.

Messages read ``3 is less than the minimum of 10 at /ttl`` (Publisher Gateway reference, section
1.3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import request
from jsonschema import Draft202012Validator

from .errors import bad_request

_MAX_BODY_BYTES = 4 << 20

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
SOME_TEXT: Schema = {"type": "string", "minLength": 1}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
POSITIVE: Schema = {"type": "integer", "minimum": 1}


def shape(properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """An object with these keys and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def json_body(schema: Schema) -> Any:
    """The body of the current request, checked.

    Raises:
        StoreError: 400 ``api-error`` for a body that is no JSON or breaks the schema.
    """
    if (request.content_length or 0) > _MAX_BODY_BYTES:
        raise bad_request("Request body is too large")
    try:
        value = json.loads(request.get_data() or b"null")
    except ValueError as error:
        raise bad_request(f"Request body is not JSON: {error}") from error
    check(value, schema)
    return value


def check(value: Any, schema: Schema) -> None:
    """Apply a schema to a value.

    Raises:
        StoreError: 400 ``api-error`` naming the first fault and where it is.
    """
    validator = _validator(json.dumps(schema))
    faults = sorted(validator.iter_errors(value), key=lambda fault: list(map(str, fault.path)))
    if faults:
        pointer = "/" + "/".join(str(part) for part in faults[0].path)
        raise bad_request(f"{faults[0].message} at {pointer}")


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))
