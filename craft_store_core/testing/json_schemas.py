"""JSON schemas of what commands print, made from the types of their results.

::

    schema = document_schema({"acme-audit": command})
    jsonschema.validate(craft_store.ok("acme-audit", "acme-web", "--format", "json").json, schema)
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import PurePath
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from craft_store_core.channels import Channel
from craft_store_core.cli.error_json import ErrorDocument
from craft_store_core.cli.results import CommandResult, SchemaKeyword, key_of
from craft_store_core.errors import ErrorEntry
from craft_store_core.models import WireModel

if TYPE_CHECKING:
    import click

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_Schema = dict[str, Any]
_TEXT: _Schema = {"type": "string"}
_PLAIN: Mapping[Any, _Schema] = {
    Any: {},
    object: {},
    None: {"type": "null"},
    NoneType: {"type": "null"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: _TEXT,
    Channel: _TEXT,
    datetime: {"type": "string", "format": "date-time"},
    ErrorEntry: {
        "type": "object",
        "properties": {"code": {"type": ["string", "null"]}, "message": _TEXT},
        "required": ["code", "message"],
    },
}


def document_schema(commands: Mapping[str, click.Command]) -> dict[str, Any]:
    """Return the schema of the documents of commands, and of their errors.

    Args:
        commands: Each command, by its words.

    Raises:
        TypeError: A command has no typed result, or one that has no schema.
    """
    schemas = _Schemas()
    error = schemas.of(ErrorDocument)
    results = [
        {
            "if": {"properties": {"command": {"const": path}}, "required": ["result"]},
            "then": {"properties": {"result": schemas.of(result_type(command))}},
        }
        for path, command in commands.items()
    ]
    return {
        "$schema": DIALECT,
        "title": "What craft-store prints with --format json",
        "type": "object",
        "properties": {
            "version": {"const": 1},
            "command": {"type": ["string", "null"]},
            "store": {"type": ["string", "null"]},
            "ok": {"type": "boolean"},
            "result": {},
            "error": error,
        },
        "required": ["version", "command", "store", "ok"],
        "if": {"properties": {"ok": {"const": True}}},
        "then": {"required": ["result"], "not": {"required": ["error"]}},
        "else": {"required": ["error"]},
        "allOf": results,
        "$defs": dict(sorted(schemas.definitions.items())),
    }


def result_type(command: click.Command) -> Any:
    """Return the type of a command's result, as its function is annotated.

    Raises:
        TypeError: The command has no function, or the function does not name a result.
    """
    function = inspect.unwrap(command.callback) if command.callback else None
    hints = {} if function is None else inspect.get_annotations(function)
    hint = _resolved(hints.get("return"), getattr(function, "__module__", __name__))
    if get_origin(hint) is Iterator:
        (hint,) = get_args(hint)
    kinds = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    if not all(isinstance(kind, type) and issubclass(kind, CommandResult) for kind in kinds):
        raise TypeError(f"The command {command.name!r} does not return a CommandResult.")
    return hint


class _Schemas:
    """Makes schemas, and collects those of the classes that they refer to."""

    def __init__(self) -> None:
        self.definitions: dict[str, _Schema] = {}
        self._classes: dict[str, type] = {}

    def of(self, hint: Any) -> _Schema:
        """Return the schema of a type."""
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            words = [item for item in arguments[1:] if isinstance(item, SchemaKeyword)]
            return self.of(arguments[0]) | {word.name: word.value for word in words}
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in {Union, UnionType}:
            return _any_of([self.of(kind) for kind in arguments])
        if isinstance(origin or hint, type):
            return self._of_class(origin or hint, arguments)
        raise TypeError(f"{hint!r} has no JSON schema.")

    def _of_class(self, kind: type, arguments: tuple[Any, ...]) -> _Schema:
        if issubclass(kind, Mapping):
            inner = self.of(arguments[1]) if arguments else {}
            return {"type": "object", **({"additionalProperties": inner} if inner else {})}
        if issubclass(kind, PurePath):
            return dict(_TEXT)
        if is_dataclass(kind):
            return self._reference(kind)
        if issubclass(kind, Iterable):
            inner = self.of(arguments[0]) if arguments else {}
            return {"type": "array", **({"items": inner} if inner else {})}
        raise TypeError(f"{kind.__name__} has no JSON schema.")

    def _reference(self, kind: type) -> _Schema:
        name = kind.__name__
        if self._classes.setdefault(name, kind) is not kind:
            raise TypeError(f"There are two classes {name}: {kind} and {self._classes[name]}.")
        if name not in self.definitions:
            self.definitions[name] = {}  # it may refer to itself
            self.definitions[name] = self._definition(kind)
        return {"$ref": f"#/$defs/{name}"}

    def _definition(self, kind: type) -> _Schema:
        summary, texts = _documentation(kind)
        about = {"description": summary} if summary else {}
        hints = _hints(kind)
        whole = kind.whole_document if issubclass(kind, CommandResult) else None
        if whole is not None:
            return {**about, **self.of(hints[whole])}
        properties: _Schema = {}
        for field in fields(kind):
            if "inline" in field.metadata:
                properties |= self._definition(hints[field.name])["properties"]
            elif field.metadata.get("in-document", True):
                text = texts.get(field.name)
                key = _key(kind, field.name, field.metadata)
                schema = self.of(hints[field.name])
                properties[key] = {**schema, **({"description": text} if text else {})}
        return {**about, "type": "object", "properties": properties, "required": [*properties]}


def _key(kind: type, name: str, metadata: Mapping[str, Any]) -> str:
    writers = [each for each in kind.__mro__ if "to_json" in vars(each)]
    if issubclass(kind, WireModel) and writers[0] is WireModel:
        return kind.wire_name(name)
    if not writers or writers[0] is CommandResult:
        return key_of(name, metadata)
    raise TypeError(f"The keys of {kind.__name__} are known to its to_json() alone.")


def _any_of(schemas: list[_Schema]) -> _Schema:
    """Join schemas; what may be null besides is written as briefly as it can be."""
    null = {"type": "null"}
    others = [schema for schema in schemas if schema != null]
    if len(others) == 1 and len(schemas) == 2:
        (schema,) = others
        if isinstance(schema.get("type"), str):
            return {**schema, "type": [schema["type"], "null"]}
        if "enum" in schema:
            return {**schema, "enum": [*schema["enum"], None]}
    if all(schema.keys() == {"type"} for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    return {"anyOf": schemas}


def _hints(kind: type) -> dict[str, Any]:
    return {
        name: _resolved(annotation, base.__module__)
        for base in reversed(kind.__mro__)
        for name, annotation in inspect.get_annotations(base).items()
    }


def _resolved(annotation: Any, module: str) -> Any:
    if not isinstance(annotation, str):
        return annotation
    # An annotation is an expression of the module that it is written in.
    return eval(annotation, _names(module))  # noqa: S307


@cache
def _names(module: str) -> dict[str, Any]:
    """Return the names of a module, with those that it imports for annotations alone."""
    names = dict(vars(sys.modules[module]))
    for node in ast.parse(inspect.getsource(sys.modules[module])).body:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for statement in node.body:
                with suppress(ImportError):  # stubs that only type checkers have
                    code = compile(ast.Module([statement], []), f"<imports of {module}>", "exec")
                    exec(code, names)  # noqa: S102  # an import statement of an installed module
    return names


def _documentation(kind: type) -> tuple[str, dict[str, str]]:
    """Return the summary of a class, and what its docstring says of each attribute."""
    summary, texts = "", {}
    for base in reversed(kind.__mro__):
        text = inspect.cleandoc(vars(base).get("__doc__") or "")
        summary = " ".join(text.partition("\n\n")[0].split()) or summary
        attributes = text.partition("Attributes:\n")[2].partition("\n\n")[0]
        for name, words in re.findall(r"^    (\w+): (.+(?:\n {8}.+)*)", attributes, re.MULTILINE):
            texts[name] = " ".join(words.split())
    return _plain(summary), {name: _plain(words) for name, words in texts.items()}


def _plain(text: str) -> str:
    """Return a text for readers of JSON, who know neither Python nor reStructuredText."""
    return re.sub(r"\bNone\b", "null", text.replace("``", ""))
