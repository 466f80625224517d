"""Changing the user's configuration file without disturbing what a person wrote."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from craft_store_core.config import TEXTS, find_setting, is_setting, load_configuration
from craft_store_core.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping


def change_setting(file: Path, key: str, text: str) -> Any:
    """Set one value; the file is replaced whole, and only if it can be used then.

    Args:
        file: The configuration file; made, with its folder, when it is not there.
        key: Name of the setting, with dots below tables.
        text: The value, as TOML writes it; anything else is text. A list may be separated by
            commas.

    Returns:
        The value as it is in the file.

    Raises:
        ConfigurationError: The file cannot be read or written, or would not be valid.
        UsageError: The key is none.
    """
    parts = _parts(key)
    document = _read(file)
    value = _value(parts, text)
    table: MutableMapping[str, Any] = document
    for part in parts[:-1]:
        table = table.setdefault(part, tomlkit.table())
        if not hasattr(table, "setdefault"):
            raise UsageError(f"{part!r} is not a table in {file}.", advice="Correct the key.")
    if not is_setting(parts):
        raise _unknown(key, file)
    table[parts[-1]] = value
    _replace(file, tomlkit.dumps(document), lambda fresh: _check(fresh, file, key))
    return value


def remove_setting(file: Path, key: str) -> Any:
    """Take one value, or a whole table, out of the file; comments and order stay.

    A table that is empty then, without a comment, goes with it. What is not known may be taken
    out too: that is how a file is repaired.

    Args:
        file: The configuration file; it need not be there.
        key: Name of the setting, with dots below tables.

    Returns:
        The value as it was in the file, times as texts; None when it was not there.

    Raises:
        ConfigurationError: The file cannot be read or written.
        UsageError: The key is none, and the file has nothing of that name either.
    """
    parts = _parts(key)
    document = _read(file)
    tables: list[MutableMapping[str, Any]] = [document]
    for part in parts[:-1]:
        inner: Any = tables[-1].get(part)
        if not hasattr(inner, "setdefault"):
            break
        tables.append(inner)
    if len(tables) < len(parts) or parts[-1] not in tables[-1]:
        if not is_setting(parts):
            raise _unknown(key, file)
        return None
    value = tables[-1].pop(parts[-1])
    for table, part in zip(reversed(tables[:-1]), reversed(parts[:-1]), strict=True):
        if _is_blank(table[part]):
            del table[part]
    _replace(file, tomlkit.dumps(document))
    # A bool comes as Python's own, everything else as an item of the document.
    plain = value.unwrap() if hasattr(value, "unwrap") else value
    return json.loads(json.dumps(plain, default=str))


def _unknown(key: str, file: Path) -> UsageError:
    return UsageError(
        f"{key!r} is not a setting. {file} was not changed.",
        why="craft-store has no setting with this name.",
        advice="Correct the name. The configuration reference lists all settings.",
    )


def _is_blank(table: Any) -> bool:
    # A table that is written in several places has no text of its own; it stays.
    text = table.as_string() if hasattr(table, "as_string") else "?"
    return not text.strip("{} \t\r\n")


def _parts(key: str) -> list[str]:
    parts = key.split(".")
    if not all(parts):
        raise UsageError(f"{key!r} is not a setting.", advice="Write it like timeouts.read.")
    return parts


def _read(file: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except OSError as error:
        raise _inaccessible(file, "read", error) from None
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigurationError(
            f"The configuration file {file} cannot be read.",
            why=str(error),
            advice="Correct the file. Nothing was changed.",
        ) from None


def _value(parts: list[str], text: str) -> Any:
    try:
        value = tomlkit.parse(f"x = {text}").unwrap()["x"]
    except TOMLKitError:
        value = text
    setting = find_setting(parts)
    if setting is not None and setting.kind is TEXTS and isinstance(value, str):
        return TEXTS.parse(value)
    # A word such as 2026-01-01 has a type of its own in TOML, which no setting has.
    return value if isinstance(value, (str, int, float, bool, list)) else text


def _replace(file: Path, content: str, check: Callable[[Path], None] | None = None) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Beside the file, so that it can take its place in one step; readable for its owner only.
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        fresh = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(content)
            if check is not None:
                check(fresh)
            fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise _inaccessible(file, "written", error) from None


def _inaccessible(file: Path, done: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The configuration file {file} cannot be {done}.",
        why=error.strerror or str(error),
        advice="Check the disk, and what this user may do in the folder; or set HOME or "
        "CRAFT_STORE_CONFIG to another place. Nothing was changed.",
    )


def _check(fresh: Path, file: Path, key: str) -> None:
    try:
        load_configuration({"CRAFT_STORE_CONFIG": str(fresh)})
    except ConfigurationError as error:
        raise ConfigurationError(
            error.message,
            why=(error.why or "").replace(str(fresh), str(file)),
            advice=f"{key} was not changed.",
        ) from None
