"""The JSON schemas of request bodies, and the check that applies them.

Messages read ``3 is less than the minimum of 10 at /ttl`` (Publisher Gateway reference, section
1.3).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from flask import request
from jsonschema import Draft202012Validator, ValidationError

from craft_store_sandbox.serving.errors import DashboardError, StoreError, bad_request

_MAX_BODY_BYTES = 4 << 20

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
SOME_TEXT: Schema = {"type": "string", "minLength": 1}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
POSITIVE: Schema = {"type": "integer", "minimum": 1}


def shape(properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """Return an object with these keys and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def json_value() -> Any:
    """Return the body of the current request; None for none at all.

    Raises:
        ValueError: It is no JSON, or too large.
    """
    if (request.content_length or 0) > _MAX_BODY_BYTES:
        raise ValueError("Request body is too large")
    try:
        return json.loads(request.get_data() or b"null")
    except RecursionError:
        raise ValueError("Request body is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"Request body is not JSON: {error}") from error


def json_body(schema: Schema, refuse: Callable[[str], StoreError] = bad_request) -> Any:
    """Return the body of the current request, checked.

    Args:
        schema: What it must be.
        refuse: Makes the error from its message.

    Raises:
        StoreError: 400 for a body that is no JSON or breaks the schema.
    """
    try:
        value = json_value()
    except ValueError as error:
        raise refuse(str(error)) from error
    check(value, schema, refuse)
    return value


def check(value: Any, schema: Schema, refuse: Callable[[str], StoreError] = bad_request) -> None:
    """Apply a schema to a value.

    Raises:
        StoreError: 400 naming the first fault and where it is.
    """
    fault = first_fault(value, schema)
    if fault is not None:
        pointer = "/" + "/".join(str(part) for part in fault.path)
        raise refuse(f"{fault.message} at {pointer}")


def first_fault(value: Any, schema: Schema) -> ValidationError | None:
    """Return the first thing in a value that breaks a schema, or None."""
    validator = _validator(json.dumps(schema))
    faults = sorted(validator.iter_errors(value), key=lambda fault: list(map(str, fault.path)))
    return faults[0] if faults else None


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))


def read_object(fields: Mapping[str, Schema], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the JSON object of a request to the dashboard; keys beside the known ones are ignored.

    Args:
        fields: The schema of each key.
        required: Keys that must be there.

    Raises:
        DashboardError: 400 ``invalid-request``, ``missing-field`` or ``invalid-field``.
    """
    try:
        value = json_value()
    except ValueError as error:
        raise DashboardError(400, "invalid-request", str(error)) from error
    schema: Schema = {"type": "object", "properties": fields, "required": list(required)}
    fault = first_fault(value, schema)
    if fault is not None:
        raise _refusal(fault)
    return dict(value)


def _refusal(fault: ValidationError) -> DashboardError:
    if fault.validator == "required":
        needed: list[str] = list(cast("Any", fault.validator_value))
        missing = next(name for name in needed if name not in cast("Any", fault.instance))
        path = [*map(str, fault.path), missing]
        return DashboardError(
            400, "missing-field", "This field is required.", extra={"name": path[0]}
        )
    if not fault.path:
        return DashboardError(400, "invalid-request", "The request body is not a JSON object.")
    return DashboardError(
        400,
        "invalid-field",
        f"{fault.message} at /{'/'.join(map(str, fault.path))}",
        extra={"name": str(fault.path[0])},
    )
