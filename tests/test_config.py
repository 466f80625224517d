"""The user's settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.config import (
    FILE,
    TEXT,
    TEXTS,
    Configuration,
    data_folder,
    default_path,
    file_to_change,
    is_setting,
    list_settings,
    load_configuration,
)
from craft_store_core.errors import ConfigurationError, UnknownNameError
from craft_store_core.plugins.stores import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Reader = Callable[..., Configuration]

ROOT = Path(__file__).resolve().parents[1]
OFFERED = Store(
    name="charmhub",
    title="Charmhub",
    endpoint_set="charmhub",
    urls={"api": "https://api.charmhub.example", "storage": "https://storage.charmhub.example"},
    auth_flows=("ubuntu-one", "candid"),
    permissions=("package-view",),
)


def offered(name: str) -> Store:
    if name != "charmhub":
        raise UnknownNameError("store", name, ["charmhub"])
    return OFFERED


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Reads a configuration file of the given text, under the given variables."""

    def load(text: str, **variables: str) -> Configuration:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return load_configuration({"CRAFT_STORE_CONFIG": str(path), **variables})

    return load


@pytest.fixture
def refused(read: Reader) -> Callable[..., ConfigurationError]:
    """Reads what must be refused, and returns the error."""

    def load(text: str, **variables: str) -> ConfigurationError:
        with pytest.raises(ConfigurationError) as caught:
            read(text, **variables)
        return caught.value

    return load


def test_everything_has_a_default(read: Reader, tmp_path: Path) -> None:
    """An empty file says nothing, but is known as the source."""
    assert read("") == Configuration(source=tmp_path / "config.toml")


def test_the_whole_file_is_read(read: Reader) -> None:
    """Every documented key arrives."""
    configuration = read(
        """
        store = "charmhub"
        progress = "plain"
        ca-bundle = "/etc/ssl/acme.pem"

        [timeouts]
        connect = 1.5
        read = 30

        [proxies]
        https = "http://proxy.example:3128"
        no-proxy = ["files.example", "10.0.0.0/8"]

        [credentials]
        backends = ["file", "memory"]
        file = { passphrase-variable = "X" }

        [credentials.system-keyring]
        timeout = 3

        [stores.acme]
        like = "charmhub"
        """
    )

    assert configuration.store == "charmhub"
    assert configuration.progress == "plain"
    assert configuration.ca_bundle == Path("/etc/ssl/acme.pem")
    assert (configuration.connect_timeout, configuration.read_timeout) == (1.5, 30.0)
    assert configuration.proxies == {
        "https": "http://proxy.example:3128",
        "no": "files.example,10.0.0.0/8",
    }
    assert configuration.backends == ("file", "memory")
    assert configuration.backend_options == {
        "file": {"passphrase-variable": "X"},
        "system-keyring": {"timeout": 3},
    }
    assert configuration.stores == {"acme": {"like": "charmhub"}}


def test_variables_win_over_the_file(read: Reader) -> None:
    """A job can change what the machine's file says."""
    configuration = read(
        'store = "a"\nprogress = "a"\nca-bundle = "/a"\n[credentials]\nbackends = ["a"]\n',
        CRAFT_STORE_STORE="b",
        CRAFT_STORE_PROGRESS="b",
        CRAFT_STORE_CA_BUNDLE="/b",
        CRAFT_STORE_BACKEND=" b, c,,",
        CRAFT_STORE_RETRIES="0",
        CRAFT_STORE_BACKOFF="0.5",
        CRAFT_STORE_API_URL="https://api.b.example",
        CRAFT_STORE_SSO_URL="https://sso.b.example",
        CRAFT_STORE_STORAGE_URL="",
    )

    assert (configuration.store, configuration.progress) == ("b", "b")
    assert configuration.ca_bundle == Path("/b")
    assert configuration.backends == ("b", "c")
    assert (configuration.retries, configuration.backoff) == (0, 0.5)
    assert configuration.urls == {
        "api": "https://api.b.example",
        "sso": "https://sso.b.example",
    }


def test_empty_variables_say_nothing(read: Reader) -> None:
    """An empty variable is the same as none."""
    names = ["STORE", "PROGRESS", "CA_BUNDLE", "BACKEND", "RETRIES", "BACKOFF", "API_URL"]
    configuration = read('store = "a"', **{f"CRAFT_STORE_{name}": "" for name in names})

    assert configuration.store == "a"
    assert configuration == read('store = "a"')


@pytest.mark.parametrize("value", ["many", "-1", "1001", "nan", "1e9", "inf", "1.5"])
def test_numbers_in_variables_are_checked(refused: Any, value: str) -> None:
    """The error names the variable and shows its value."""
    error = refused("", CRAFT_STORE_RETRIES=value)

    assert "CRAFT_STORE_RETRIES" in error.message
    assert repr(value) in error.message


def test_a_missing_file_is_no_error_where_nobody_named_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most people have none."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    assert load_configuration({}) == Configuration()
    assert load_configuration({"CRAFT_STORE_CONFIG": ""}) == Configuration()


def test_a_missing_file_that_was_named_is_an_error(tmp_path: Path) -> None:
    """A typing error in the variable is not passed over."""
    missing = tmp_path / "missing.toml"

    with pytest.raises(ConfigurationError) as caught:
        load_configuration({"CRAFT_STORE_CONFIG": str(missing)})

    assert str(missing) in caught.value.message
    assert "CRAFT_STORE_CONFIG" in (caught.value.why or "")


@pytest.mark.parametrize(
    "content", [b"store = ", b"\xff\xfe", b'store = "a"\nstore = "b"', b"a = " + b"[" * 5000]
)
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes) -> None:
    """It is named, and nothing is guessed."""
    path = tmp_path / "config.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        load_configuration({"CRAFT_STORE_CONFIG": str(path)})

    assert str(path) in caught.value.message
    assert caught.value.why


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Errors of the system are told in its words."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_configuration({"CRAFT_STORE_CONFIG": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("stoer = 'a'", "stoer", "unknown key"),
        ("[timeouts]\nconect = 5", "timeouts.conect", "unknown key"),
        ("[credentials]\nbackend = ['file']", "credentials.backend", "must be a table"),
        ("store = 5", "store", "must be text"),
        ("store = ''", "store", "must be text"),
        ("timeouts = 5", "timeouts", "must be a table"),
        ("credentials = []", "credentials", "must be a table"),
        ("stores = 'a'", "stores", "must be a table"),
        ("stores.acme = 'a'", "stores.acme", "must be a table"),
        ("[credentials]\nbackends = 'file'", "credentials.backends", "must be a list of strings"),
        ("[credentials]\nbackends = [5]", "credentials.backends", "must be a list of strings"),
        ("proxies = 'http://p'", "proxies", "must be a table"),
        ("[proxies]\nftp = 'http://p'", "proxies.ftp", "unknown key"),
        ("[proxies]\nhttps = 3128", "proxies.https", "must be text"),
        ("[proxies]\nno-proxy = 'a'", "proxies.no-proxy", "must be a list of strings"),
        ("timeouts.read = '5'", "timeouts.read", "must be a number of seconds"),
        ("timeouts.read = true", "timeouts.read", "must be a number of seconds"),
        ("timeouts.read = 0", "timeouts.read", "must be a number of seconds"),
        ("timeouts.read = -1.5", "timeouts.read", "must be a number of seconds"),
        ("timeouts.read = inf", "timeouts.read", "must be a number of seconds"),
        ("timeouts.read = nan", "timeouts.read", "must be a number of seconds"),
        ("timeouts.read = 100000", "timeouts.read", "must be a number of seconds"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_names_the_place(
    refused: Any, text: str, place: str, expected: str
) -> None:
    """The key as it stands in the file, what it must be, and which file."""
    error = refused(text)

    assert repr(place) in error.message
    assert expected in error.message
    assert "config.toml" in (error.why or "")
    assert error.advice


def test_a_store_that_nobody_configured_is_the_offered_one() -> None:
    """The file need not mention a store to use it."""
    assert Configuration().define_store("charmhub", offered) is OFFERED


def test_an_unknown_store_is_an_error() -> None:
    """Neither the file nor a plugin knows it."""
    with pytest.raises(UnknownNameError):
        Configuration().define_store("acme", offered)


def test_urls_of_variables_replace_those_of_any_store() -> None:
    """One service can be pointed elsewhere, and the others stay."""
    configuration = Configuration(urls={"api": "https://mirror.example"})

    store = configuration.define_store("charmhub", offered)

    assert store.url("api") == "https://mirror.example"
    assert store.url("storage") == "https://storage.charmhub.example"


def test_a_store_can_be_defined_without_any_plugin_of_its_own(read: Reader) -> None:
    """All that a store is can stand in the file."""
    configuration = read(
        """
        [stores.acme]
        title = "Acme's own store"
        endpoint-set = "publisher-gateway"
        auth-flows = ["candid"]
        namespace = "machine"
        permissions = ["package-view"]
        credential-variables = ["ACME_AUTH"]
        ttl = 3600
        allow-http = true
        urls = { api = "http://store.acme.example", storage = "https://files.acme.example" }
        """
    )

    assert configuration.define_store("acme", offered) == Store(
        name="acme",
        title="Acme's own store",
        endpoint_set="publisher-gateway",
        urls={"api": "http://store.acme.example", "storage": "https://files.acme.example"},
        auth_flows=("candid",),
        namespace="machine",
        permissions=("package-view",),
        ttl=3600,
        allow_http=True,
        credential_variables=("ACME_AUTH",),
    )


def test_a_small_definition_is_enough(read: Reader) -> None:
    """The name serves as the title; a store may be read without any login."""
    configuration = read('[stores.acme]\nendpoint-set = "x"\nurls.api = "https://acme.example"')

    store = configuration.define_store("acme", offered)

    assert (store.title, store.auth_flows) == ("acme", ())


def test_a_store_can_be_like_another(read: Reader) -> None:
    """What the table does not say is as in the other store, and that one stays as it is."""
    configuration = read(
        """
        [stores.mirror]
        like = "charmhub"
        auth-flows = ["candid"]
        urls = { api = "https://mirror.example" }
        """
    )

    store = configuration.define_store("mirror", offered)

    assert (store.name, store.endpoint_set) == ("mirror", "charmhub")
    assert store.auth_flows == ("candid",)
    assert store.permissions == ("package-view",)
    assert store.host == "mirror.example"
    assert store.url("storage") == "https://storage.charmhub.example"
    assert OFFERED.host == "api.charmhub.example"


def test_a_store_like_an_unknown_one_is_an_error(read: Reader) -> None:
    """The other one must be installed."""
    with pytest.raises(UnknownNameError, match="'nowhere'"):
        read('[stores.acme]\nlike = "nowhere"').define_store("acme", offered)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("urls.api = 'https://a'", "does not set 'endpoint-set'"),
        ("endpoint-set = 'x'", "does not set 'urls.api'"),
        ("endpoint-set = 'x'\nurls.storage = 'https://a'", "does not set 'urls.api'"),
        ("auth-flow = 'x'", "unknown key: 'stores.acme.auth-flow'"),
        ("allow-http = 'yes'", "'stores.acme.allow-http' must be true or false"),
        ("allow-http = 0", "'stores.acme.allow-http' must be true or false"),
        ("ttl = 0", "'stores.acme.ttl' must be a whole number of seconds"),
        ("ttl = true", "'stores.acme.ttl' must be"),
        ("ttl = 1.5", "'stores.acme.ttl' must be"),
        ("urls = 'https://a'", "'stores.acme.urls' must be a table"),
        ("urls.api = 5", "'stores.acme.urls.api' must be text"),
        ("urls.api = ''", "'stores.acme.urls.api' must be text"),
        ("permissions = 'x'", "'stores.acme.permissions' must be a list of strings"),
        ("endpoint-set = 'x'\nurls.api = 'acme'", "'acme' is not an absolute http or https URL"),
    ],
)
def test_a_definition_that_cannot_be_used_costs_only_its_store(
    read: Reader, text: str, message: str
) -> None:
    """The place is named when that store is asked for; other stores can be used."""
    configuration = read(f"[stores.acme]\n{text}")

    assert configuration.define_store("charmhub", offered) is OFFERED
    with pytest.raises(ConfigurationError) as caught:
        configuration.define_store("acme", offered)
    assert message in caught.value.message


def test_the_places_of_files_can_be_named(tmp_path: Path) -> None:
    """A job keeps apart from what else is on the machine."""
    variables = {"CRAFT_STORE_CONFIG": str(tmp_path / "c"), "CRAFT_STORE_DATA": str(tmp_path / "d")}

    assert default_path(variables) == tmp_path / "c"
    assert data_folder(variables) == tmp_path / "d"


def test_the_usual_places_are_the_platforms() -> None:
    """They bear the name of the program, and asking for them creates nothing."""
    path, folder = default_path({}), data_folder({})

    assert path is not None
    assert folder is not None
    assert path.name == "config.toml"
    assert "craft-store" in path.parts
    assert folder.name == "craft-store" or "craft-store" in folder.parts


def _nobody(number: int) -> None:
    raise KeyError(f"getpwuid(): uid not found: {number}")


@pytest.fixture
def without_home(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A user whom the system does not know, without HOME, as in many containers."""
    pwd = pytest.importorskip("pwd", reason="a system with user ids is what is tested")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", _nobody)
    return monkeypatch


@pytest.mark.parametrize("home", [None, "", "not/absolute"])
def test_without_a_home_there_is_no_configuration_file(
    without_home: pytest.MonkeyPatch, home: str | None
) -> None:
    """Everything has its default, and the variables count."""
    if home is not None:
        without_home.setenv("HOME", home)

    assert default_path({}) is None
    assert data_folder({}) is None
    assert load_configuration({}) == Configuration()
    assert load_configuration({"CRAFT_STORE_STORE": "acme"}).store == "acme"


def test_without_a_home_a_change_of_the_file_says_what_to_do(
    without_home: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """There is a place again as soon as one is named."""
    with pytest.raises(ConfigurationError) as caught:
        file_to_change({})
    assert "HOME is not set" in (caught.value.why or "")
    assert "CRAFT_STORE_CONFIG" in (caught.value.advice or "")

    named = {"CRAFT_STORE_CONFIG": str(tmp_path / "config.toml")}
    assert file_to_change(named) == tmp_path / "config.toml"
    without_home.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert file_to_change({}) == tmp_path / "craft-store" / "config.toml"


def test_a_home_that_is_no_folder_has_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """System users have /dev/null for it, or something else that is not there."""
    (tmp_path / "file").touch()
    for home in ("file", "missing"):
        monkeypatch.setenv("HOME", str(tmp_path / home))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / home))

        assert load_configuration({}) == Configuration()


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A configuration that everybody may reach, in a folder of which that can be changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "craft-store").mkdir()
        file = folder / "craft-store" / "config.toml"
        file.write_text('store = "acme"\n')
        monkeypatch.setenv("HOME", name)
        monkeypatch.setenv("XDG_CONFIG_HOME", name)
        yield file
        file.parent.chmod(0o755)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Permissions count, also where root runs the tests."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(4242)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX are what is tested")
def test_a_folder_of_somebody_else_has_no_file_for_this_user(shared: Path) -> None:
    """Nobody can say whether there is one; where the variable names it, it is an error."""
    # This imports what others than root may not be able to.
    assert load_configuration({}).store == "acme"
    shared.parent.chmod(0)

    with unprivileged():
        assert load_configuration({}) == Configuration()
        with pytest.raises(ConfigurationError, match="cannot be read") as caught:
            load_configuration({"CRAFT_STORE_CONFIG": str(shared)})
    assert "Permission denied" in (caught.value.why or "")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX are what is tested")
def test_a_file_that_is_there_and_cannot_be_read_is_an_error(shared: Path) -> None:
    """To go on without what it says would be to guess."""
    assert load_configuration({}).store == "acme"
    shared.chmod(0)

    with unprivileged(), pytest.raises(ConfigurationError, match="cannot be read"):
        load_configuration({})


def test_every_setting_can_stand_in_the_file_and_in_its_variable(read: Reader) -> None:
    """What the reference lists is read, and the variable wins."""
    samples = {TEXT: ("a", "b"), TEXTS: (["a"], "b"), FILE: ("/a", "/b")}
    for setting in list_settings():
        before, after = samples.get(setting.kind, (2, "3"))
        *tables, name = setting.key.split(".")
        heading = f"[{tables[0]}]\n" if tables else ""
        text = f"{heading}{name} = {json.dumps(before)}\n"
        assert is_setting(setting.key.split("."))
        assert read(text) != read("")
        if setting.variable:
            assert read(text, **{setting.variable: after}) != read(text)


def test_the_reference_has_the_settings_as_they_are_declared() -> None:
    """The tables of the page are made from the declarations."""
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    made = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "settings_reference.py")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert made.stdout.strip() in page, "run tools/settings_reference.py"
