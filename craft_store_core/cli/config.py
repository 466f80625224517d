"""``craft-store config``: show the settings, change or remove one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.config import data_folder, file_to_change
from craft_store_core.redaction import HIDDEN

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.group("config")
def command() -> None:
    """Show or change the configuration."""


@command.command("path")
@click.pass_obj
def path(app: Application) -> None:
    """Print the path of the configuration file, even if the file does not exist.

    Example: craft-store config path
    """
    file = file_to_change(app.environment)
    app.result({"path": str(file), "exists": _is_file(file)}, lines=[str(file)])


@command.command("show")
@click.pass_obj
def show(app: Application) -> None:
    """Show the current settings, from the configuration file and the environment variables.

    Example: craft-store config show
    """
    configuration, data = app.configuration, data_folder(app.environment)
    settings: dict[str, object] = {
        "file": None if configuration.source is None else str(configuration.source),
        "data": None if data is None else str(data),
    }
    for item in fields(configuration):
        value: object = getattr(configuration, item.name)
        if item.name == "stores":
            value = sorted(configuration.stores)
        elif isinstance(value, Mapping):
            value = _without_passwords(item.name, dict(value))
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Path):
            value = str(value)
        settings[item.name.replace("_", "-")] = value
    # The backends know what of their options is a secret; the file is the first row.
    del settings["backend-options"], settings["source"]
    app.result(
        settings,
        columns=("Setting", "Value"),
        rows=[(name, _shown(value)) for name, value in settings.items()],
    )


@command.command("set")
@click.argument("key")
@click.argument("value")
@click.pass_obj
def set_value(app: Application, *, key: str, value: str) -> None:
    """Set one setting in the configuration file. Comments and order are kept.

    KEY is the name of a setting, with dots between table names. VALUE is text, or a TOML number,
    boolean or list.

    Example: craft-store config set timeouts.read 120
    """
    from craft_store_core.cli.settings_file import change_setting

    file = file_to_change(app.environment)
    written = _without_passwords(key, change_setting(file, key, value))
    app.result(
        {"file": str(file), "key": key, "value": written},
        lines=[f"Set {key} to {written!r} in {file}."],
    )


@command.command("unset")
@click.argument("key")
@click.pass_obj
def unset(app: Application, *, key: str) -> None:
    """Remove a setting from the configuration file, so that its default applies.

    KEY is the name of a setting, with dots between table names, or the name of a whole table, such
    as stores.acme. Comments and order are kept.

    Example: craft-store config unset timeouts.read
    """
    from craft_store_core.cli.settings_file import remove_setting

    file = file_to_change(app.environment)
    value = _without_passwords(key, remove_setting(file, key))
    removed = value is not None
    app.result(
        {"file": str(file), "key": key, "removed": removed, "value": value},
        lines=[
            f"Removed {key} from {file}; its value was {value!r}."
            if removed
            else f"{key} was not set in {file}."
        ],
    )


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # its folder is closed to this user
        return False


def _without_passwords(key: str, value: Any) -> Any:
    """Hide who logs in to a proxy, and with what; no other setting is a secret."""
    if key.partition(".")[0] != "proxies":
        return value
    if isinstance(value, dict):
        return {name: _without_passwords(key, item) for name, item in value.items()}
    if not isinstance(value, str) or "@" not in value:
        return value
    login, _, host = value.rpartition("@")
    scheme, separator, _ = login.rpartition("://")
    return f"{scheme}{separator}{HIDDEN}@{host}"


def _shown(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items()) or None
    return value
