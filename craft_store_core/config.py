"""The user's settings: a TOML file, and the ``CRAFT_STORE_*`` variables that override it.

The file is ``config.toml`` in the platform's configuration folder of ``craft-store``, or the one
that ``CRAFT_STORE_CONFIG`` names::

    store = "charmhub"
    progress = "plain"
    ca-bundle = "/etc/ssl/acme.pem"

    [timeouts]
    connect = 10
    read = 60

    [proxies]
    https = "http://proxy.acme.example:3128"
    no-proxy = ["files.acme.example"]

    [credentials]
    backends = ["file"]

    [stores.acme]
    title = "Acme's own store"
    endpoint-set = "publisher-gateway"
    auth-flows = ["candid"]
    urls = { api = "https://store.acme.example", storage = "https://files.acme.example" }

    [stores.charmhub-mirror]
    like = "charmhub"
    urls = { api = "https://mirror.acme.example" }
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from craft_store_core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from craft_store_core.plugins.stores import Store

APPLICATION = "craft-store"
"""Name of the configuration folder, and the service under which credentials are filed."""

_SERVICES = ("api", "storage", "sso", "candid", "registry", "gateway")
_TOP = {"store", "progress", "ca-bundle", "timeouts", "proxies", "credentials", "stores"}
_TIMEOUTS = {"connect", "read"}
_PROXIED = ("http", "https", "all")
_PROXIES = {*_PROXIED, "no-proxy"}
_CREDENTIALS = {"backends"}
_STORE = {
    "title",
    "like",
    "endpoint-set",
    "auth-flows",
    "namespace",
    "permissions",
    "credential-variables",
    "artifacts",
    "ttl",
    "allow-http",
    "options",
    "urls",
}

_LONGEST = 24 * 3600

T = TypeVar("T")


@dataclass(frozen=True)
class Configuration:
    """What a user has set. Everything has a default.

    Attributes:
        store: Name of the store to use; None when not set.
        progress: Name of the progress reporter; None chooses the best.
        backends: Names of the credential backends to try, in order; empty tries all by priority.
        backend_options: Backend name to its options.
        ca_bundle: A file of CA certificates to trust instead of the system's.
        proxies: Scheme of requests (``http``, ``https``, ``all``) to the URL of a proxy; ``no`` to
            the hosts that need none, separated by commas. The usual variables win over them.
        connect_timeout: Seconds.
        read_timeout: Seconds without a byte.
        retries: How often a request is tried again; None keeps the default.
        backoff: Seconds before the first retry; None keeps the default.
        urls: Service to base URL, replacing those of the chosen store.
        stores: Name to the table of a store that the user defined.
        source: The file that was read; None when there was none.
    """

    store: str | None = None
    progress: str | None = None
    backends: tuple[str, ...] = ()
    backend_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ca_bundle: Path | None = None
    proxies: Mapping[str, str] = field(default_factory=dict)
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    retries: int | None = None
    backoff: float | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    stores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: Path | None = None

    def define_store(self, name: str, offered: Callable[[str], Store]) -> Store:
        """Return the store ``name`` as the user wants it.

        Args:
            name: Name of the store.
            offered: Returns a store that a plugin offers.

        Raises:
            ConfigurationError: The user's table for it cannot be used.
            UnknownNameError: Neither the user nor a plugin knows it.
        """
        table = self.stores.get(name)
        if table is None:
            store = offered(name)
        else:
            store = _Table(table, f"stores.{name}", self.source).store(name, offered)
        return store.with_urls(self.urls) if self.urls else store


def default_path(environment: Mapping[str, str]) -> Path | None:
    """Return where the configuration file is, whether it exists or not.

    Returns:
        None where no variable names a place and the home folder of the user is not known.
    """
    if named := environment.get("CRAFT_STORE_CONFIG"):
        return Path(named)
    from platformdirs import user_config_path

    folder = _below_home(user_config_path)
    return None if folder is None else folder / "config.toml"


def file_to_change(environment: Mapping[str, str]) -> Path:
    """Return where the configuration file is, or is to be made.

    Raises:
        ConfigurationError: There is no place for it, see :func:`default_path`.
    """
    path = default_path(environment)
    if path is None:
        raise ConfigurationError(
            "There is no place for the configuration file.",
            why="The home folder of this user is not known: HOME is not set, or not absolute.",
            advice="Set HOME, or set CRAFT_STORE_CONFIG to the path of the file.",
        )
    return path


def data_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder where files may be kept from one run to the next; it need not exist.

    Returns:
        None where no variable names a place and the home folder of the user is not known.
    """
    if named := environment.get("CRAFT_STORE_DATA"):
        return Path(named)
    from platformdirs import user_data_path

    return _below_home(user_data_path)


def _below_home(find: Callable[[str], Path]) -> Path | None:
    try:
        folder = find(APPLICATION)
    except (RuntimeError, KeyError):  # there is no such user, or none with a home folder
        return None
    # Some releases of platformdirs leave the "~" where it is.
    return folder if folder.is_absolute() else None


def is_setting(parts: Sequence[str]) -> bool:
    """Return whether the configuration file may have a value or a table of that name.

    Args:
        parts: The name, split at its dots; not empty.
    """
    top, *rest = parts
    if top == "timeouts":
        return not rest or (len(rest) == 1 and rest[0] in _TIMEOUTS)
    if top == "proxies":
        return not rest or (len(rest) == 1 and rest[0] in _PROXIES)
    if top == "credentials":
        # What is no list of backends is the table of one; its options are the backend's to know.
        return not rest or rest[0] not in _CREDENTIALS or len(rest) == 1
    if top == "stores":
        deepest = 3 if rest[1:2] and rest[1] in {"options", "urls"} else 2
        return len(rest) < 2 or (rest[1] in _STORE and len(rest) <= deepest)
    return top in _TOP and not rest


def load_configuration(environment: Mapping[str, str]) -> Configuration:
    """Read the configuration file and the variables.

    Raises:
        ConfigurationError: One of them cannot be used. A file that is not there, or in a folder
            that is closed to this user, is no error, unless ``CRAFT_STORE_CONFIG`` names it.
    """
    path = default_path(environment)
    required = bool(environment.get("CRAFT_STORE_CONFIG"))
    document = None if path is None else _read(path, required=required)
    root = _Table(document or {}, "", path)
    root.refuse_unknown(_TOP)
    timeouts = root.table("timeouts")
    timeouts.refuse_unknown(_TIMEOUTS)
    credentials = root.table("credentials")
    # What is no list of backends is the table of one.
    options = {name: credentials.table(name) for name in credentials.content.keys() - _CREDENTIALS}
    stores = root.table("stores")
    ca_bundle = environment.get("CRAFT_STORE_CA_BUNDLE") or root.text("ca-bundle")
    backends = environment.get("CRAFT_STORE_BACKEND")
    return Configuration(
        store=environment.get("CRAFT_STORE_STORE") or root.text("store"),
        progress=environment.get("CRAFT_STORE_PROGRESS") or root.text("progress"),
        backends=(
            tuple(name.strip() for name in backends.split(",") if name.strip())
            if backends
            else credentials.texts("backends")
        ),
        backend_options={name: table.content for name, table in options.items()},
        ca_bundle=Path(ca_bundle) if ca_bundle else None,
        proxies=_proxies(root.table("proxies")),
        connect_timeout=timeouts.seconds("connect", 10.0),
        read_timeout=timeouts.seconds("read", 60.0),
        retries=_number(environment, "CRAFT_STORE_RETRIES", int),
        backoff=_number(environment, "CRAFT_STORE_BACKOFF", float),
        urls={
            service: environment[variable]
            for service in _SERVICES
            if environment.get(variable := f"CRAFT_STORE_{service.upper()}_URL")
        },
        stores={name: stores.table(name).content for name in stores.content},
        source=None if document is None else path,
    )


def _proxies(table: _Table) -> dict[str, str]:
    table.refuse_unknown(_PROXIES)
    proxies = {scheme: url for scheme in _PROXIED if (url := table.text(scheme)) is not None}
    direct = table.texts("no-proxy")
    return {**proxies, "no": ",".join(direct)} if direct else proxies


def _read(path: Path, *, required: bool) -> dict[str, Any] | None:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        with path.open("rb") as file:
            document: dict[str, Any] = tomllib.load(file)
            return document
    except FileNotFoundError:
        if required:
            raise ConfigurationError(
                f"The configuration file {path} does not exist.",
                why="The variable CRAFT_STORE_CONFIG names it.",
                advice="Create the file, or unset the variable.",
            ) from None
        return None
    except (OSError, ValueError, RecursionError) as error:
        closed = isinstance(error, (NotADirectoryError, PermissionError)) and not _is_there(path)
        if closed and not required:
            return None
        raise ConfigurationError(
            f"The configuration file {path} cannot be read.",
            why=str(error),
            advice="Correct the file; nothing was changed.",
        ) from None


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True


def _number(environment: Mapping[str, str], name: str, kind: Callable[[str], T]) -> T | None:
    text = environment.get(name, "").strip()
    if not text:
        return None
    try:
        value = kind(text)
        if not 0 <= value <= 1000:  # type: ignore[operator]  # int and float are what is passed
            raise ValueError
    except ValueError:
        raise ConfigurationError(
            f"The variable {name} must be a number from 0 to 1000, not {text!r}."
        ) from None
    return value


class _Table:
    """A TOML table that knows where it stands, for errors that name the place."""

    def __init__(self, content: Mapping[str, Any], place: str, source: Path | None) -> None:
        self.content = content
        self._place = place
        self._source = source

    def _wrong(self, name: str, expected: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self._at(name)!r} must be {expected}.",
            why=f"The configuration file {self._source} has {self.content[name]!r} there.",
            advice="Correct the file.",
        )

    def _at(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def refuse_unknown(self, known: set[str]) -> None:
        unknown = sorted(self.content.keys() - known)
        if unknown:
            raise ConfigurationError(
                f"The configuration file has an unknown key: {self._at(unknown[0])!r}.",
                why=f"In {self._source}; known keys are {', '.join(sorted(known))}.",
                advice="Correct or remove it.",
            )

    def text(self, name: str) -> str | None:
        value = self.content.get(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise self._wrong(name, "text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.content.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, "a list of texts")
        return tuple(value)

    def table(self, name: str) -> _Table:
        value = self.content.get(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name, "a table")
        return _Table(value, self._at(name), self._source)

    def seconds(self, name: str, default: float) -> float:
        value = self.content.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(name, "a number of seconds")
        # A system waits neither for ever nor for a time that is no number.
        if not 0 < value <= _LONGEST:
            raise self._wrong(name, f"a number of seconds above 0 and up to {_LONGEST}")
        return float(value)

    def store(self, name: str, offered: Callable[[str], Store]) -> Store:
        from dataclasses import replace

        from craft_store_core.plugins.stores import Store

        self.refuse_unknown(_STORE)
        allow_http = self.content.get("allow-http", False)
        if not isinstance(allow_http, bool):
            raise self._wrong("allow-http", "true or false")
        ttl = self.content.get("ttl")
        if ttl is not None and (isinstance(ttl, bool) or not isinstance(ttl, int) or ttl <= 0):
            raise self._wrong("ttl", "a number of seconds above 0")
        urls = {service: self.table("urls").text(service) or "" for service in self._services()}
        fields: dict[str, Any] = {
            "title": self.text("title"),
            "endpoint_set": self.text("endpoint-set"),
            "auth_flows": self.texts("auth-flows"),
            "namespace": self.text("namespace"),
            "permissions": self.texts("permissions"),
            "credential_variables": self.texts("credential-variables"),
            "artifacts": self.texts("artifacts"),
            "ttl": ttl,
            "allow_http": allow_http,
        }
        given = {key: value for key, value in fields.items() if value not in (None, ())}
        options = self.table("options")
        extra = {key: options.text(key) or "" for key in options.content}
        like = self.text("like")
        if like is not None:
            other = offered(like).with_urls(urls)
            return replace(other, **{**given, "options": {**other.options, **extra}, "name": name})
        missing = [
            key
            for key, value in (
                ("endpoint-set", given.get("endpoint_set")),
                ("urls.api", urls.get("api")),
            )
            if not value
        ]
        if missing:
            raise ConfigurationError(
                f"The store {name!r} in the configuration file lacks {missing[0]!r}.",
                why=f"In {self._source}.",
                advice='Add it, or write like = "STORE" to start from a store of a plugin.',
            )
        fixed = {"urls": urls, "options": extra}
        return Store(**{"name": name, "title": name, "auth_flows": (), **given, **fixed})

    def _services(self) -> list[str]:
        return list(self.table("urls").content)
