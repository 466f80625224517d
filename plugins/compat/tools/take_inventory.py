"""Take the inventory of the public surface of whatever ``craft_store`` is installed.

Run it with the interpreter of an environment that has a release of the library in it::

    python take_inventory.py > inventory-3.4.0.json

It imports every module and writes down what it finds by looking at the objects: names, signatures,
bases, fields of models, members of enumerations, values of constants, and the texts of exceptions.
It needs nothing but the standard library and reads no source, so that it runs the same way on any
release of the library and on this project's own ``craft_store``.
"""

# ruff: noqa: C901, PLR0911  # switches over the kinds of objects that there are

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import json
import pkgutil
import sys
import types
import typing
import warnings
from functools import cached_property
from typing import Any

PACKAGE = "craft_store"
_RENAMED = {"Dict": "dict", "List": "list", "Tuple": "tuple", "Type": "type", "Set": "set"}
_PLAIN = (str, int, float, bool, type(None))


def inventory() -> dict[str, Any]:
    """Return the inventory of the installed package."""
    package = importlib.import_module(PACKAGE)
    names = [PACKAGE] + [
        module.name for module in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.")
    ]
    return {
        "modules": {name: _module(importlib.import_module(name)) for name in sorted(names)},
        "messages": _messages(),
        "attributes": _attributes(),
    }


def _module(module: types.ModuleType) -> dict[str, Any]:
    exported = list(getattr(module, "__all__", []))
    found = {}
    # dir() also tells the names that a package loads when they are first used.
    for name in sorted({*dir(module), *exported}):
        described = _described(module, name, is_exported=name in exported)
        if described is not None:
            found[name] = described
    return {"exports": sorted(set(exported)), "names": found}


def _described(module: types.ModuleType, name: str, *, is_exported: bool) -> Any:
    if (name.startswith("_") or name == "TYPE_CHECKING") and not is_exported:
        return None
    value = getattr(module, name)
    if inspect.ismodule(value):
        is_part = hasattr(module, "__path__") and value.__name__ == f"{module.__name__}.{name}"
        return {"kind": "module"} if is_part else None
    home = getattr(value, "__module__", None)
    ours = isinstance(home, str) and home.split(".")[0] == PACKAGE
    if inspect.isclass(value) and ours:
        return _class(value) if home == module.__name__ else _alias(value)
    if inspect.isfunction(value) and ours:
        return _function(value) if home == module.__name__ else _alias(value)
    if name == "__version__":
        return {"kind": "version"}
    if isinstance(value, _PLAIN) or (isinstance(value, tuple) and ours):
        return {"kind": "constant", "value": repr(value)} if name.isupper() else None
    if typing.get_origin(value) is not None and is_exported:
        return {"kind": "type", "type": type_text(value)}
    if type(value).__module__.split(".")[0] == PACKAGE:
        return {"kind": "object", "type": type(value).__qualname__, "value": repr(value)}
    return None


def _alias(value: Any) -> dict[str, str]:
    return {"kind": "alias", "of": f"{value.__module__}.{value.__qualname__}"}


def _class(cls: type) -> dict[str, Any]:
    described: dict[str, Any] = {
        "kind": "class",
        "bases": [f"{base.__module__}.{base.__qualname__}" for base in cls.__bases__],
    }
    if issubclass(cls, enum.Enum):
        described["members"] = {member.name: member.value for member in cls}
        return described
    methods, constants = {}, {}
    for owner in reversed(cls.__mro__):
        if owner.__module__.split(".")[0] != PACKAGE:
            continue
        for name, value in vars(owner).items():
            if isinstance(value, property):
                constants[name] = "<property>"
            elif isinstance(value, (staticmethod, classmethod)) or inspect.isfunction(value):
                inner = getattr(value, "__func__", value)
                if inspect.isfunction(inner) and _is_recorded(name, inner):
                    methods[name] = {**_function(inner), "kind": _method_kind(value)}
            elif isinstance(value, _PLAIN) and not name.startswith("_") and name != "model_fields":
                constants[name] = repr(value)
    described["methods"] = methods
    fields = _fields(cls)
    if fields is not None:
        described["fields"] = fields
        constants = {name: value for name, value in constants.items() if name not in fields}
    required = getattr(cls, "__required_keys__", None)
    if required is not None:
        described["keys"] = {
            key: {"type": type_text(value), "required": key in required}
            for key, value in cls.__annotations__.items()
        }
    described["constants"] = constants
    return described


def _is_recorded(name: str, function: Any) -> bool:
    if function.__module__.split(".")[0] != PACKAGE:
        return name == "__init__"
    return name == "__init__" or not name.startswith("__")


def _method_kind(value: Any) -> str:
    return type(value).__name__ if isinstance(value, (staticmethod, classmethod)) else "method"


def _function(function: Any) -> dict[str, Any]:
    signature = inspect.signature(function)
    return {
        "kind": "function",
        "parameters": [
            {
                "name": parameter.name,
                "kind": parameter.kind.name,
                "type": _annotation(parameter.annotation),
                "default": None
                if parameter.default is inspect.Parameter.empty
                else repr(parameter.default),
            }
            for parameter in signature.parameters.values()
            if parameter.name not in {"self", "cls"}
        ],
        "returns": _annotation(signature.return_annotation),
    }


def _annotation(annotation: Any) -> str | None:
    return None if annotation is inspect.Parameter.empty else type_text(annotation)


def type_text(annotation: Any) -> str:
    """Return a type in one spelling, whether it was written as text, old or new."""
    if isinstance(annotation, str):
        try:
            return _from_tree(ast.parse(annotation, mode="eval").body)
        except SyntaxError:
            return annotation
    if annotation is None or annotation is type(None):
        return "None"
    if isinstance(annotation, typing.ForwardRef):
        return type_text(annotation.__forward_arg__)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_text(arguments[0])
    if origin is typing.Union or (origin is not None and origin is getattr(types, "UnionType", 0)):
        return " | ".join(type_text(argument) for argument in arguments)
    if origin is typing.Literal:
        return f"Literal[{', '.join(repr(argument) for argument in arguments)}]"
    if origin is not None:
        inner = ", ".join(_argument_text(argument) for argument in arguments)
        return f"{_plain_name(origin)}[{inner}]" if inner else _plain_name(origin)
    return _plain_name(annotation)


def _argument_text(argument: Any) -> str:
    if isinstance(argument, list):
        return f"[{', '.join(type_text(item) for item in argument)}]"
    return "..." if argument is ... else type_text(argument)


def _plain_name(value: Any) -> str:
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None) or str(value)
    name = str(name).rpartition(".")[2].lstrip("~")
    return _RENAMED.get(name, name)


def _from_tree(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        if node.value is ...:
            return "..."
        return type_text(node.value) if isinstance(node.value, str) else str(node.value)
    if isinstance(node, ast.Name):
        return _RENAMED.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return _RENAMED.get(node.attr, node.attr)
    if isinstance(node, ast.BinOp):
        return f"{_from_tree(node.left)} | {_from_tree(node.right)}"
    if isinstance(node, (ast.Tuple, ast.List)):
        inner = ", ".join(_from_tree(item) for item in node.elts)
        return f"[{inner}]" if isinstance(node, ast.List) else inner
    if isinstance(node, ast.Subscript):
        name = _from_tree(node.value)
        if name == "Literal":
            return f"Literal[{ast.unparse(node.slice).strip('()')}]"
        if name == "Annotated" and isinstance(node.slice, ast.Tuple):
            return _from_tree(node.slice.elts[0])
        inner = _from_tree(node.slice)
        if name == "Optional":
            return f"{inner} | None"
        if name == "Union":
            return " | ".join(part.strip() for part in inner.split(","))
        return f"{name}[{inner}]"
    return ast.unparse(node)


def _fields(cls: Any) -> dict[str, Any] | None:
    if hasattr(cls, "__pydantic_fields__"):
        return {name: _field(field) for name, field in cls.__pydantic_fields__.items()}
    if hasattr(cls, "__fields__") and hasattr(cls, "__fields_set__"):
        return {name: _old_field(field) for name, field in cls.__fields__.items()}
    return None


def _field(field: Any) -> dict[str, Any]:
    default = None
    if not field.is_required():
        made = field.default_factory
        default = repr(made() if made is not None else field.default)
    return {
        "type": type_text(field.annotation),
        "alias": field.alias,
        "required": field.is_required(),
        "default": default,
        "constraints": sorted(filter(None, map(_constraint, field.metadata))),
    }


def _constraint(metadata: Any) -> str:
    for name in ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern"):
        if getattr(metadata, name, None) is not None:
            return f"{name}={getattr(metadata, name)}"
    return ""


def _old_field(field: Any) -> dict[str, Any]:
    text = type_text(field.outer_type_)
    if field.allow_none and "None" not in text and text != "Any":
        text = f"{text} | None"
    return {
        "type": text,
        "alias": field.alias,
        "required": bool(field.required),
        "default": None if field.required else repr(field.get_default()),
        "constraints": [],
    }


class _Answer:
    """As much of a response as the exceptions look at."""

    status_code = 418
    reason = reason_phrase = "I'm a teapot"
    text = "short and stout"
    url = "https://api.example.com/v1/x"
    headers: typing.ClassVar[dict[str, str]] = {}

    def __init__(self, document: Any) -> None:
        self._document = document

    def json(self) -> Any:
        if self._document is None:
            raise json.JSONDecodeError("no JSON", "doc", 0)
        return self._document


_ENTRY = {"code": "some-code", "message": "some message"}
_OTHER = {"code": "other-code", "message": "other message"}
_SAMPLES: dict[str, list[tuple[Any, ...]]] = {
    "AuthTokenUnavailableError": [("text",), ("text", "details", "resolution")],
    "CandidTokenKindError": [("https://candid.example.com/wait",)],
    "CandidTokenTimeoutError": [("https://candid.example.com/wait",)],
    "CandidTokenValueError": [("https://candid.example.com/wait",)],
    "CraftStoreError": [("text",), ("text", "details", "resolution")],
    "CredentialsAlreadyAvailable": [("app", "api.example.com")],
    "CredentialsNotParseable": [(), ("other text",)],
    "CredentialsUnavailable": [("app", "api.example.com")],
    "InvalidRequestError": [("text",), ("text", "details", "resolution")],
    "KeyringUnlockError": [()],
    "NetworkError": [(ValueError("the cause"),)],
    "NoKeyringError": [()],
    "StoreErrorList": [([],), ([_ENTRY],), ([_ENTRY, _OTHER],)],
    "StoreServerError": [
        (_Answer(None),),
        (_Answer({}),),
        (_Answer({"error-list": []}),),
        (_Answer({"error-list": [_ENTRY]}),),
        (_Answer({"error-list": [_ENTRY, _OTHER]}),),
        (_Answer({"error_list": [_ENTRY]}),),
        (_Answer(_ENTRY),),
    ],
    "InvalidResponseError": [(_Answer({}),)],
    "UbuntuOneCredentialsError": [],
    "UbuntuOneOtpRequiredError": [()],
}


def _messages() -> dict[str, list[dict[str, Any]]]:
    errors = importlib.import_module(f"{PACKAGE}.errors")
    texts = {
        name: [_said(getattr(errors, name), sample) for sample in samples]
        for name, samples in _SAMPLES.items()
        if hasattr(errors, name)
    }
    if hasattr(errors, "UbuntuOneCredentialsError"):
        error = errors.UbuntuOneCredentialsError("text", error_code="code")
        texts["UbuntuOneCredentialsError"] = [_state(error)]
    return texts


def _said(kind: type, arguments: tuple[Any, ...]) -> dict[str, Any]:
    try:
        return _state(kind(*arguments))
    except Exception as error:  # what a release does with this sample is the record
        return {"raises": type(error).__name__}


def _state(value: Any) -> dict[str, Any]:
    state = {
        name: str(attribute) if attribute is not None else None
        for name, attribute in vars(value).items()
        if name in {"details", "resolution", "error_code", "error_list", "url"}
    }
    return {"text": str(value), **state}


def _attributes() -> dict[str, list[str]]:
    """What instances hold: dependents read some of it in spite of the underscore."""
    store = importlib.import_module(PACKAGE)
    common: dict[str, Any] = {
        "base_url": "https://api.example.com",
        "storage_base_url": "https://storage.example.com",
        "endpoints": store.endpoints.CHARMHUB,
        "application_name": "inventory",
        "user_agent": "inventory",
        "ephemeral": True,
    }
    clients = {
        "StoreClient": store.StoreClient(**common),
        "UbuntuOneStoreClient": store.UbuntuOneStoreClient(
            auth_url="https://sso.example.com", **common
        ),
    }
    instances = {
        **clients,
        "HTTPClient": clients["StoreClient"].http_client,
        "Auth": clients["StoreClient"]._auth,  # noqa: SLF001  # dependents read it
    }
    return {name: _readable(instance) for name, instance in instances.items()}


def _readable(instance: Any) -> list[str]:
    computed = {
        name
        for name in dir(type(instance))
        if isinstance(inspect.getattr_static(type(instance), name), (property, cached_property))
    }
    return sorted({*vars(instance), *computed})


def main() -> None:
    """Write the inventory to standard output."""
    warnings.simplefilter("ignore")
    json.dump(inventory(), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
