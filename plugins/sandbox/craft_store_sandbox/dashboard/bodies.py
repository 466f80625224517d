"""Reading the dashboard's request bodies, and saying in its words what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from craft_store_sandbox.serving.errors import DashboardError
from craft_store_sandbox.serving.schemas import Schema, first_fault, json_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema import ValidationError


def read_object(fields: Mapping[str, Schema], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON object of the current request; keys beside the known ones are ignored.

    Args:
        fields: the schema of each key.
        required: keys that must be there.

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
