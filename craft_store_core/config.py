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
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from craft_store_core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from craft_store_core.plugins.stores import Store

APPLICATION = "craft-store"
"""Name of the configuration folder, and the service under which credentials are filed."""

_SERVICES = ("api", "storage", "sso", "candid", "registry", "gateway")


@dataclass(frozen=True)
class Kind:
    """How the value of a setting is written.

    Attributes:
        expected: What it must be, for errors and the reference.
        read: Returns the value that a TOML value stands for; raises TypeError or ValueError where
            it stands for none.
        parse: Returns the TOML value that a text stands for, as in a variable or on a command line.
    """

    expected: str
    read: Callable[[Any], Any]
    parse: Callable[[str], Any] = str


@dataclass(frozen=True)
class Setting:
    """One setting: all that is known of it.

    Attributes:
        key: Its name in the configuration file, with dots between tables.
        kind: How its value is written.
        description: One sentence for people.
        default: The value where nothing is set.
        variable: The environment variable that overrides the file; None where there is none.
    """

    key: str
    kind: Kind
    description: str
    default: Any = None
    variable: str | None = None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError
    return tuple(value)


def _split(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _table_of_texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError
    return {name: _text(item) for name, item in value.items()}


def _number(unit: str, lowest: float, highest: float, *, whole: bool = False) -> Kind:
    """Return the kind of numbers from ``lowest`` to ``highest``; above it where that is 0.0."""
    open_end = not whole and lowest == 0 and unit == "seconds"

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise TypeError
        # Written so that what is not a number is refused, too.
        if not lowest <= value <= highest or (open_end and value == 0):
            raise ValueError
        return value if whole else float(value)

    number = "a whole number" if whole else "a number"
    of = f" of {unit}" if unit else ""
    limits = f"greater than 0, at most {highest}" if open_end else f"from {lowest} to {highest}"
    return Kind(f"{number}{of} {limits}", read, int if whole else float)


TEXT = Kind("text", _text)
TEXTS = Kind("a list of strings", _texts, _split)
FILE = Kind("the path of a file", lambda value: Path(_text(value)))
FLAG = Kind("true or false", _flag)
TABLE = Kind("a table of strings", _table_of_texts)
SECONDS = _number("seconds", 0, 24 * 3600)
PAUSE = _number("", 0, 1000)
COUNT = _number("", 0, 1000, whole=True)


def _setting(
    key: str, kind: Kind, description: str, *, default: Any = None, variable: str | None = None
) -> Any:
    """Declare a field of :class:`Configuration` as a setting."""
    declared = Setting(key, kind, description, default, variable)
    return field(default=default, metadata={"setting": declared})


PROXIES = (
    Setting("proxies.http", TEXT, "URL of the proxy for http requests."),
    Setting("proxies.https", TEXT, "URL of the proxy for https requests."),
    Setting("proxies.all", TEXT, "URL of the proxy for all other requests."),
    Setting("proxies.no-proxy", TEXTS, "Hosts to connect to without a proxy."),
)
"""The usual proxy variables win over them."""

STORE_SETTINGS = (
    Setting("title", TEXT, "Display name of the store (default: the name of the table)."),
    Setting("like", TEXT, "Store of a plugin to copy; the keys of this table replace its values."),
    Setting("endpoint-set", TEXT, "Name of the store's endpoint set."),
    Setting("auth-flows", TEXTS, "Names of the auth flows, in order of preference."),
    Setting(
        "namespace",
        TEXT,
        "Namespace of the packages at a Publisher Gateway, such as charm.",
        "charm",
    ),
    Setting("permissions", TEXTS, "Permissions that a login requests by default."),
    Setting("artifacts", TEXTS, "Names of the artifact readers for the store's artifacts."),
    Setting(
        "credential-variables",
        TEXTS,
        "Additional environment variables with credentials for the store.",
    ),
    Setting(
        "ttl",
        _number("seconds", 1, 100 * 365 * 24 * 3600, whole=True),
        "Credential lifetime that a login requests by default.",
        30 * 24 * 3600,
    ),
    Setting("allow-http", FLAG, "Allow plain http to hosts other than this machine.", False),
    Setting("options", TABLE, "Options of the store's endpoint set."),
    Setting("urls", TABLE, "Base URL of each service, such as api and storage."),
)
"""The keys of a table ``[stores.NAME]``."""


_NOT_SHOWN = {"in-document": False}
"""Metadata of what ``config show`` does not show as it is."""


@dataclass(frozen=True)
class Configuration:
    """What a user has set. Everything has a default; ``config show`` lists the fields in order.

    Attributes:
        store: Name of the store to use; None when not set.
        progress: Name of the progress reporter; None chooses the best.
        backends: Names of the credential backends to try, in order; empty tries all by priority.
        ca_bundle: A file of CA certificates to trust instead of the system's.
        proxies: Scheme of requests (``http``, ``https``, ``all``) to the URL of a proxy; ``no`` to
            the hosts that need none, separated by commas.
        connect_timeout: Seconds.
        read_timeout: Seconds without a byte.
        retries: How often a request is tried again; None keeps the default of the HTTP client.
        backoff: Seconds before the first retry; None keeps the default of the HTTP client.
        parallel_uploads: How many files a publication sends at the same time; None keeps its
            default.
        urls: Service to base URL, replacing those of the chosen store.
        stores: Name to the table of a store that the user defined.
        backend_options: Backend name to its options.
        source: The file that was read; None when there was none.
    """

    store: str | None = _setting(
        "store", TEXT, "Store to use when --store is not given.", variable="CRAFT_STORE_STORE"
    )
    progress: str | None = _setting(
        "progress",
        TEXT,
        "Progress reporter to use, such as plain (default: by the kind of output).",
        variable="CRAFT_STORE_PROGRESS",
    )
    backends: tuple[str, ...] = _setting(
        "credentials.backends",
        TEXTS,
        "Credential backends to try, in this order (default: all, by priority).",
        default=(),
        variable="CRAFT_STORE_BACKEND",
    )
    ca_bundle: Path | None = _setting(
        "ca-bundle",
        FILE,
        "File of CA certificates to trust instead of those of the system.",
        variable="CRAFT_STORE_CA_BUNDLE",
    )
    proxies: Mapping[str, str] = field(default_factory=dict)
    connect_timeout: float = _setting(
        "timeouts.connect",
        SECONDS,
        "Time limit for a connection.",
        default=10.0,
        variable="CRAFT_STORE_CONNECT_TIMEOUT",
    )
    read_timeout: float = _setting(
        "timeouts.read",
        SECONDS,
        "Time limit for a wait without received data.",
        default=60.0,
        variable="CRAFT_STORE_READ_TIMEOUT",
    )
    retries: int | None = _setting(
        "retries",
        COUNT,
        "Number of retries of a failed request (default: 4).",
        variable="CRAFT_STORE_RETRIES",
    )
    backoff: float | None = _setting(
        "backoff",
        PAUSE,
        "Wait before the first retry; each further wait doubles (default: 0.5).",
        variable="CRAFT_STORE_BACKOFF",
    )
    parallel_uploads: int | None = _setting(
        "parallel-uploads",
        _number("", 1, 64, whole=True),
        "Number of files that `publish` uploads at the same time (default: 4).",
        variable="CRAFT_STORE_PARALLEL_UPLOADS",
    )
    urls: Mapping[str, str] = field(default_factory=dict)
    stores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, metadata=_NOT_SHOWN)
    # The backends know what of their options is a secret.
    backend_options: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict, metadata=_NOT_SHOWN
    )
    source: Path | None = field(default=None, metadata=_NOT_SHOWN)

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
            store = _store(name, _Table(table, f"stores.{name}", self.source), offered)
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
            "The path of the configuration file is unknown.",
            why="HOME is not set, or it is not an absolute path.",
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


def list_settings() -> tuple[Setting, ...]:
    """Return the settings of the configuration file, without those of ``[stores.NAME]``."""
    own = [item.metadata["setting"] for item in fields(Configuration) if "setting" in item.metadata]
    return (*own, *PROXIES)


def find_setting(parts: Sequence[str]) -> Setting | None:
    """Return the setting of a name.

    Args:
        parts: The name, split at its dots; not empty.
    """
    of_store = parts[0] == "stores"
    key = ".".join(parts[2:] if of_store else parts)
    known = STORE_SETTINGS if of_store else list_settings()
    return next((setting for setting in known if setting.key == key), None)


def is_setting(parts: Sequence[str]) -> bool:
    """Return whether the configuration file may have a value or a table of that name.

    Args:
        parts: The name, split at its dots; not empty.
    """
    top, *rest = parts
    if find_setting(parts) is not None:
        return True
    if top == "stores":
        table = find_setting(parts[:3]) if len(rest) == 3 else None
        return len(rest) < 2 or (table is not None and table.kind is TABLE)
    if top == "credentials":
        # What is not the list of backends is the table of one; its options are the backend's.
        return find_setting(parts[:2]) is None
    return not rest and top in _tables()


def _tables() -> set[str]:
    return {key.partition(".")[0] for key in (each.key for each in list_settings()) if "." in key}


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
    settings = list_settings()
    root.refuse_unknown({each.key.partition(".")[0] for each in settings} | {"stores"})
    for name in ("timeouts", "proxies"):
        below = [each.key for each in settings if each.key.startswith(f"{name}.")]
        root.table(name).refuse_unknown({key.partition(".")[2] for key in below})
    credentials, stores = root.table("credentials"), root.table("stores")
    values = {
        item.name: _value(item.metadata["setting"], root, environment)
        for item in fields(Configuration)
        if "setting" in item.metadata
    }
    return Configuration(
        **{name: value for name, value in values.items() if value is not None},
        proxies=_proxies(root),
        urls={
            service: environment[variable]
            for service in _SERVICES
            if environment.get(variable := f"CRAFT_STORE_{service.upper()}_URL")
        },
        stores={name: stores.table(name).content for name in stores.content},
        backend_options={
            name: credentials.table(name).content
            for name in credentials.content
            # What is not the list of backends is the table of one.
            if find_setting(("credentials", name)) is None
        },
        source=None if document is None else path,
    )


def _value(setting: Setting, root: _Table, environment: Mapping[str, str]) -> Any:
    """Return the value of a setting; None where nothing is set."""
    text = environment.get(setting.variable, "").strip() if setting.variable else ""
    if not text:
        return root.value(setting)
    try:
        return setting.kind.read(setting.kind.parse(text))
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"The variable {setting.variable} must be {setting.kind.expected}, not {text!r}."
        ) from None


def _proxies(root: _Table) -> dict[str, str]:
    found = {each.key.partition(".")[2]: root.value(each) for each in PROXIES}
    direct = ",".join(found.pop("no-proxy") or ())
    return {
        **{scheme: url for scheme, url in found.items() if url is not None},
        **({"no": direct} if direct else {}),
    }


def _store(name: str, table: _Table, offered: Callable[[str], Store]) -> Store:
    from craft_store_core.plugins.stores import Store

    table.refuse_unknown({each.key for each in STORE_SETTINGS})
    found = {each.key.replace("-", "_"): table.value(each) for each in STORE_SETTINGS}
    given = {key: value for key, value in found.items() if value not in (None, ())}
    like, urls = given.pop("like", None), given.pop("urls", {})
    if like is not None:
        other = offered(like).with_urls(urls)
        options = {**other.options, **given.pop("options", {})}
        return replace(other, **given, options=options, name=name)
    for key, value in (("endpoint-set", given.get("endpoint_set")), ("urls.api", urls.get("api"))):
        if not value:
            raise ConfigurationError(
                f"The store {name!r} in the configuration file does not set {key!r}.",
                why=f"The file is {table.source}.",
                advice='Add the key, or set like = "STORE" to copy a store of a plugin.',
            )
    return Store(**{"name": name, "title": name, "auth_flows": (), **given, "urls": urls})


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
                why="The environment variable CRAFT_STORE_CONFIG is set to this path.",
                advice="Create the file, or unset CRAFT_STORE_CONFIG.",
            ) from None
        return None
    except (OSError, ValueError, RecursionError) as error:
        closed = isinstance(error, (NotADirectoryError, PermissionError)) and not _is_there(path)
        if closed and not required:
            return None
        raise ConfigurationError(
            f"The configuration file {path} cannot be read.",
            why=str(error),
            advice="Correct the file. Nothing was changed.",
        ) from None


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True


class _Table:
    """A TOML table that knows where it stands, for errors that name the place."""

    def __init__(self, content: Mapping[str, Any], place: str, source: Path | None) -> None:
        self.content = content
        self.source = source
        self._place = place

    def value(self, setting: Setting) -> Any:
        """Return the value of a setting of this table or one below it; None where it is not set."""
        *tables, name = setting.key.split(".")
        table = self
        for part in tables:
            table = table.table(part)
        value = table.content.get(name)
        if value is None:
            return None
        if setting.kind is TABLE:
            inner = table.table(name)
            return {key: inner.value(Setting(key, TEXT, "")) for key in inner.content}
        try:
            return setting.kind.read(value)
        except (TypeError, ValueError):
            raise table.wrong(name, setting.kind.expected) from None

    def table(self, name: str) -> _Table:
        value = self.content.get(name, {})
        if not isinstance(value, dict):
            raise self.wrong(name, "a table")
        return _Table(value, self._at(name), self.source)

    def refuse_unknown(self, known: set[str]) -> None:
        unknown = sorted(self.content.keys() - known)
        if unknown:
            raise ConfigurationError(
                f"The configuration file has an unknown key: {self._at(unknown[0])!r}.",
                why=f"The file is {self.source}. Known keys are {', '.join(sorted(known))}.",
                advice="Correct or remove the key.",
            )

    def wrong(self, name: str, expected: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self._at(name)!r} must be {expected}.",
            why=f"Its value in the configuration file {self.source} is {self.content[name]!r}.",
            advice="Correct this value in the file.",
        )

    def _at(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name
