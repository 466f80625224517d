"""What a command returns: one typed result, read as a JSON document, as lines and as a table.

::

    @dataclass(frozen=True)
    class Names(CommandResult, document="packages"):
        \"\"\"The packages of the account.\"\"\"

        packages: Listing[Package]

        def table(self) -> Table:
            return Table(("Name", "Type"), [(item.name, item.type) for item in self.packages])

A command returns it; what is shown is up to ``--format``. Its schema follows from the types of its
fields (:func:`craft_store_core.testing.result_schema`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from craft_store_core.models import Listing

FOR_PEOPLE: Mapping[str, Any] = MappingProxyType({"in-document": False})
"""Metadata of a field that is not in the JSON document."""

INLINE: Mapping[str, Any] = MappingProxyType({"inline": True})
"""Metadata of a field whose own keys are in the JSON document, in its place."""


def json_key(name: str) -> Mapping[str, Any]:
    """Return the metadata of a field whose key is not its own name with hyphens.

    Args:
        name: The key.
    """
    return {"json-key": name}


@dataclass(frozen=True)
class SchemaKeyword:
    """What the JSON schema says of a type besides, as in ``Annotated[int, SchemaKeyword(...)]``.

    Attributes:
        name: A keyword of JSON schema, such as ``minimum``.
        value: Its value.
    """

    name: str
    value: str | int


@dataclass(frozen=True)
class Table:
    """Rows for people.

    Attributes:
        columns: The headings; empty ones are not shown.
        rows: The cells of each row; None shows as a dash.
        grouped: How many columns at the left are often the same in neighbouring rows. A terminal
            shows them once.
        empty: The line on standard error when there are no rows.
    """

    columns: Sequence[str]
    rows: Iterable[Sequence[object]]
    grouped: int = 0
    empty: str | None = None


class CommandResult:
    """Base of the results of commands. Derive as ``@dataclass(frozen=True)``, without slots.

    The fields, in their order and with hyphens in their names, are the JSON document. Their values
    are plain data, times, paths, channels, models, further dataclasses, and lists of these. The
    docstring describes the result and, below ``Attributes:``, its fields in the JSON schema.

    Args:
        document: The one field that is the whole document, such as a list; the other fields are for
            people.
    """

    whole_document: ClassVar[str | None] = None

    def __init_subclass__(cls, *, document: str | None = None) -> None:
        super().__init_subclass__()
        if document is not None:
            cls.whole_document = document

    def lines(self) -> Iterable[str]:
        """Return what people see first, on standard output."""
        return ()

    def table(self) -> Table | None:
        """Return the table that follows the lines; None without one."""
        return None

    def notes(self) -> Iterable[str]:
        """Return remarks for standard error, which ``-q`` leaves out. Any format shows them."""
        return ()

    def listings(self) -> Iterable[Listing[Any]]:
        """Return the lists whose unreadable rows are mentioned on standard error."""
        from craft_store_core.models import Listing

        return [value for value in vars(self).values() if isinstance(value, Listing)]

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the command that returns this result."""
        return ExitCode.DONE

    def to_json(self) -> Any:
        """Return the JSON document."""
        whole = self.whole_document
        return _record(self) if whole is None else to_json(getattr(self, whole))


def to_json(value: object) -> Any:
    """Return a value of a result as JSON-able data.

    Raises:
        TypeError: It is of a kind that has no JSON form.
    """
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    return _object_to_json(value)


def _object_to_json(value: Any) -> Any:
    from craft_store_core.channels import Channel

    if hasattr(value, "to_json"):
        return value.to_json()
    if isinstance(value, (Channel, PurePath)):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return _record(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _record(value: Any) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for field in fields(value):
        content = getattr(value, field.name)
        if "inline" in field.metadata:
            document.update(to_json(content))
        elif field.metadata.get("in-document", True):
            document[key_of(field.name, field.metadata)] = to_json(content)
    return document


def key_of(name: str, metadata: Mapping[str, Any]) -> str:
    """Return the key of a field in the JSON document."""
    key: str = metadata.get("json-key") or name.replace("_", "-")
    return key
