"""``craft-store config``: show the settings, change or remove one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.cli.results import INLINE, CommandResult, Table
from craft_store_core.config import data_folder, file_to_change
from craft_store_core.redaction import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from craft_store_core.cli.application import Application
    from craft_store_core.config import Configuration


@dataclass(frozen=True)
class ConfigurationPath(CommandResult):
    """The path of the configuration file."""

    path: Path
    exists: bool

    def lines(self) -> tuple[str, ...]:
        """Show the path."""
        return (str(self.path),)


@dataclass(frozen=True)
class CurrentSettings(CommandResult):
    """The current settings.

    Attributes:
        file: The configuration file; null without one.
        data: The folder for data; null where there is none.
        stores: The names of the stores that the configuration file defines.
    """

    file: Path | None
    data: Path | None
    configuration: Configuration = field(metadata=INLINE)
    stores: Sequence[str]

    def table(self) -> Table:
        """Show names and values."""
        settings = self.to_json().items()
        return Table(("Setting", "Value"), [(name, _shown(value)) for name, value in settings])


@dataclass(frozen=True)
class ChangedSetting(CommandResult):
    """The changed setting."""

    file: Path
    key: str
    value: Any

    def lines(self) -> tuple[str, ...]:
        """Show the value."""
        return (f"Set {self.key} to {self.value!r} in {self.file}.",)


@dataclass(frozen=True)
class RemovedSetting(CommandResult):
    """The removed setting.

    Attributes:
        removed: False where it was not set.
        value: What it was; null when it was not set.
    """

    file: Path
    key: str
    removed: bool
    value: Any

    def lines(self) -> tuple[str, ...]:
        """Show the value that the setting had."""
        if not self.removed:
            return (f"{self.key} was not set in {self.file}.",)
        return (f"Removed {self.key} from {self.file}; its value was {self.value!r}.",)


@click.group("config")
def command() -> None:
    """Show or change the configuration."""


@command.command("path")
@click.pass_obj
def path(app: Application) -> ConfigurationPath:
    """Print the path of the configuration file, even if the file does not exist.

    Example: craft-store config path
    """
    file = file_to_change(app.environment)
    return ConfigurationPath(file, _is_file(file))


@command.command("show")
@click.pass_obj
def show(app: Application) -> CurrentSettings:
    """Show the current settings, from the configuration file and the environment variables.

    Example: craft-store config show
    """
    configuration = app.configuration
    return CurrentSettings(
        configuration.source,
        data_folder(app.environment),
        replace(configuration, proxies=_without_passwords("proxies", dict(configuration.proxies))),
        sorted(configuration.stores),
    )


@command.command("set")
@click.argument("key")
@click.argument("value")
@click.pass_obj
def set_value(app: Application, *, key: str, value: str) -> ChangedSetting:
    """Set one setting in the configuration file. Comments and order are kept.

    KEY is the name of a setting, with dots between table names. VALUE is text, or a TOML number,
    boolean or list.

    Example: craft-store config set timeouts.read 120
    """
    from craft_store_core.cli.settings_file import change_setting

    file = file_to_change(app.environment)
    written = _without_passwords(key, change_setting(file, key, value))
    return ChangedSetting(file, key, written)


@command.command("unset")
@click.argument("key")
@click.pass_obj
def unset(app: Application, *, key: str) -> RemovedSetting:
    """Remove a setting from the configuration file, so that its default applies.

    KEY is the name of a setting, with dots between table names, or the name of a whole table, such
    as stores.acme. Comments and order are kept.

    Example: craft-store config unset timeouts.read
    """
    from craft_store_core.cli.settings_file import remove_setting

    file = file_to_change(app.environment)
    value = _without_passwords(key, remove_setting(file, key))
    return RemovedSetting(file, key, value is not None, value)


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
