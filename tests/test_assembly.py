"""Putting a client together from plugins and configuration."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.assembly import (
    connect,
    default_user_agent,
    make_http_client,
    make_reporter,
    resolve_store,
)
from craft_store_core.config import Configuration
from craft_store_core.errors import (
    AmbiguousNameError,
    ConfigurationError,
    CredentialsNotFoundError,
    HostNotAllowedError,
    KeyringLockedError,
    NoKeyringError,
    PluginError,
    StoreUnavailableError,
    UnknownNameError,
    UsageError,
)
from craft_store_core.login.backends.memory import MemoryBackend
from craft_store_core.plugins.auth_flows import LoginRequest, NoPrompter
from craft_store_core.plugins.catalogue import Catalogue
from craft_store_core.plugins.credentials import Credential, CredentialKey
from craft_store_core.plugins.manager import PluginManager, PluginPolicy
from craft_store_core.plugins.stores import Store
from craft_store_core.progress.silent import SilentReporter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.plugins.discovery import PluginEntry
    from craft_store_core.testing.scripted import ScriptedServer

    PluginEntryMaker = Callable[..., PluginEntry]
    CatalogueMaker = Callable[..., Catalogue]

# A store with an endpoint set and two flows of its own: nothing that the core knows by name.
ACME = """
    from craft_store_core.plugins.credentials import Credential
    from craft_store_core.plugins import AuthFlow, EndpointSet, Store

    class Endpoints(EndpointSet):
        @classmethod
        def token_issuer(cls, store, http):
            return f"issuer of {store.name}"

        def whoami(self):
            return self.session.request("GET", "/whoami").json()

    class Flow(AuthFlow):
        made = []

        def __init__(self, context):
            self.context = context
            self.made.append(self)

        def login(self, request):
            token = self.context.prompter.ask("token", "Token")
            return Credential(self.kind, token, host=self.context.store.host)

        def prepare(self, credential):
            return credential

        def authorization(self, credential):
            return f"Macaroon {self.kind}:{credential.token}"

    class Sso(Flow):
        kind = "acme-sso"

    class Key(Flow):
        kind = "acme-key"

    def load_store():
        urls = {"api": "https://acme.example"}
        return Store("acme", "Acme", "acme", urls, ("gone", "sso", "key"))

    @hookimpl
    def craft_store_stores():
        yield StoreOffer("acme", "Acme", load=load_store)

    @hookimpl
    def craft_store_endpoint_sets():
        yield EndpointSetOffer("acme", "Acme's API", load=lambda: Endpoints)

    @hookimpl
    def craft_store_auth_flows():
        yield AuthFlowOffer("key", "A key", load=lambda: Key, kinds=("acme-key", "macaroon"))
        yield AuthFlowOffer("sso", "Sign on", load=lambda: Sso, kinds=("acme-sso", "macaroon"))
"""
BACKEND = """
    from craft_store_core.plugins import CredentialBackend, Probe
    from craft_store_core.errors import ConfigurationError

    class Backend(CredentialBackend):
        probe_result = Probe(True, "It works.")

        def __init__(self, settings):
            self.settings = settings
            self.values = {{}}

        name = "{name}"

        def probe(self):
            return self.probe_result

        def get(self, key):
            return self.values.get(key)

        def set(self, key, value):
            self.values[key] = value

        def delete(self, key):
            return self.values.pop(key, None) is not None

    {extra}

    @hookimpl
    def craft_store_credential_backends():
        yield CredentialBackendOffer(
            "{name}", "A backend", load=lambda: Backend, priority={priority}
        )
"""
REPORTER = """
    class Reporter:
        def task(self, title, *, total=None, unit="bytes"):
            raise NotImplementedError

        def close(self):
            pass

    {extra}

    @hookimpl
    def craft_store_progress_reporters():
        yield ProgressReporterOffer(
            "{name}", "A reporter", load=lambda: Reporter, priority={priority}, terminal={terminal}
        )
"""
# Of what the core itself offers, only what works the same on every machine.
ENVIRONMENT_ONLY = """
    from craft_store_core import builtin

    @hookimpl
    def craft_store_credential_backends():
        yield next(o for o in builtin.craft_store_credential_backends() if o.name == "environment")

    @hookimpl
    def craft_store_progress_reporters():
        yield next(o for o in builtin.craft_store_progress_reporters() if o.name == "silent")
"""


def backend(name: str, priority: int = 60, extra: str = "") -> str:
    return BACKEND.format(name=name, priority=priority, extra=extra)


def reporter(name: str, priority: int = 60, terminal: bool = False, extra: str = "") -> str:
    return REPORTER.format(name=name, priority=priority, terminal=terminal, extra=extra)


@pytest.fixture
def catalogue(plugin_entry: PluginEntryMaker) -> CatalogueMaker:
    """A catalogue of plugins with these sources, and what comes with the core."""
    core = (("core", plugin_entry(ENVIRONMENT_ONLY, "core").target),)

    def make(
        *sources: str, builtin: tuple[tuple[str, str], ...] = core, strict: bool = False
    ) -> Catalogue:
        entries = [plugin_entry(source, f"plugin-{n}") for n, source in enumerate(sources, 1)]
        return Catalogue(PluginManager(entries, PluginPolicy(strict=strict), builtin=builtin))

    return make


def client(catalogue: Catalogue, store: str | Store | None = "acme", **options: Any) -> Any:
    """Connect without the user's own file and variables."""
    return connect(
        store,
        **{"configuration": Configuration(), "environment": {}, **options},
        catalogue=catalogue,
    )


def variables(kind: str, token: str = "abc") -> dict[str, str]:
    return {"CRAFT_STORE_CREDENTIALS": Credential(kind, token).encode()}


class Answers:
    """A person who knows the token."""

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        return f"answer-to-{name}"

    def tell(self, text: str) -> None: ...


REQUEST = LoginRequest(permissions=(), description="tests", ttl=60)


def test_a_client_is_made_from_plugins_and_talks_to_its_store(
    catalogue: CatalogueMaker, scripted_server: ScriptedServer
) -> None:
    """Store, endpoint set, flow and backend come from plugins; the request is a real one."""
    scripted_server.expect("GET", "/whoami", json={"username": "jo-example"})

    with client(
        catalogue(ACME), urls={"api": scripted_server.url}, environment=variables("acme-key")
    ) as connected:
        assert connected.store.name == "acme"
        assert connected.whoami() == {"username": "jo-example"}

    (request,) = scripted_server.requests
    assert request.headers["Authorization"] == "Macaroon acme-key:abc"
    assert request.headers["User-Agent"] == default_user_agent()


def test_connecting_sends_nothing_and_reads_no_credential(catalogue: CatalogueMaker) -> None:
    """A store that is down and a keyring that is missing are found when they are needed."""
    connected = client(catalogue(ACME), urls={"api": "http://127.0.0.1:1"})

    with pytest.raises(NoKeyringError):
        connected.whoami()


def test_only_the_hosts_of_the_store_are_contacted() -> None:
    """The HTTP client refuses every other one, whoever asks it."""
    store = Store("x", "X", "acme", {"api": "https://acme.example"}, ())
    http = make_http_client(store, Configuration())

    with pytest.raises(HostNotAllowedError):
        http.request("GET", "https://attacker.example/")


# The store


def test_the_only_store_that_is_installed_is_the_default(catalogue: CatalogueMaker) -> None:
    """Who has one store need not name it."""
    assert client(catalogue(ACME), None).store.name == "acme"


def test_the_configured_store_is_the_default(catalogue: CatalogueMaker) -> None:
    """The user's choice counts where the program names none, and only there."""
    configuration = Configuration(
        store="mine", stores={"mine": {"like": "acme", "urls": {"api": "https://mine.example"}}}
    )

    assert client(catalogue(ACME), None, configuration=configuration).store.host == "mine.example"
    assert client(catalogue(ACME), configuration=configuration).store.host == "acme.example"


def test_several_stores_need_a_choice(catalogue: CatalogueMaker) -> None:
    """The error lists what there is, the user's own stores among them."""
    configuration = Configuration(stores={"mine": {"like": "acme"}})

    with pytest.raises(UsageError, match="No store was chosen") as caught:
        client(catalogue(ACME), None, configuration=configuration)

    assert caught.value.why == "Several stores are installed: acme, mine."
    assert "--store" in (caught.value.advice or "")


def test_no_store_at_all_is_an_error_that_says_what_to_install(catalogue: CatalogueMaker) -> None:
    """The core alone has none."""
    with pytest.raises(UsageError, match="No store is installed") as caught:
        client(catalogue(), None)

    assert "craft-store-charmhub" in (caught.value.advice or "")


def test_an_unknown_store_is_an_error_that_lists_the_known_ones(catalogue: CatalogueMaker) -> None:
    """A typing error can be seen at once."""
    with pytest.raises(UnknownNameError, match="Unknown store 'amce'") as caught:
        client(catalogue(ACME), "amce")

    assert "acme" in caught.value.known


def test_a_store_that_two_plugins_offer_is_an_error(catalogue: CatalogueMaker) -> None:
    """Also where it is the only name that there is."""
    with pytest.raises(AmbiguousNameError):
        client(catalogue(ACME, ACME), None)


def test_a_store_can_be_given_itself(catalogue: CatalogueMaker) -> None:
    """A program needs neither a plugin's store nor a file to describe its own."""
    mine = Store("mine", "Mine", "acme", {"api": "https://mine.example"}, ())

    assert client(catalogue(ACME), mine).store is mine
    assert resolve_store(mine, Configuration(), catalogue()) is mine


def test_urls_can_be_replaced(catalogue: CatalogueMaker) -> None:
    """By the program and, for all stores, by the user; the program's word is the last."""
    configuration = Configuration(
        urls={"api": "https://user.example", "sso": "https://sso.example"}
    )
    urls = {"api": "https://program.example"}

    connected = client(catalogue(ACME), configuration=configuration, urls=urls)

    assert connected.store.host == "program.example"
    assert connected.store.url("sso") == "https://sso.example"


def test_an_unknown_endpoint_set_is_an_error(catalogue: CatalogueMaker) -> None:
    """A store may name an endpoint set whose plugin is missing."""
    with pytest.raises(UnknownNameError, match="Unknown endpoint set 'gone'"):
        client(catalogue(ACME), Store("x", "X", "gone", {"api": "https://x.example"}, ()))


def test_the_users_own_file_and_variables_are_read(
    catalogue: CatalogueMaker, tmp_path: Path
) -> None:
    """Without a configuration, the one that the variables name counts."""
    path = tmp_path / "config.toml"
    path.write_text('[stores.mine]\nlike = "acme"\nurls = { api = "https://mine.example" }\n')
    environment = {"CRAFT_STORE_CONFIG": str(path), "CRAFT_STORE_STORE": "mine"}

    connected = connect(environment=environment, catalogue=catalogue(ACME))

    assert connected.store.host == "mine.example"


def test_the_process_and_what_is_installed_are_the_defaults(plugin_site: Any) -> None:
    """``connect()`` alone finds plugins, file and variables."""
    plugin_site.add("acme", "    from craft_store_core.plugins import *\n" + ACME)

    run = plugin_site.python(
        """
        import json
        from craft_store_core import connect
        client = connect()
        print(json.dumps([client.store.name, client.authenticator.credential().kind]))
        """,
        **variables("acme-sso"),
    )

    assert run.stderr == ""
    assert json.loads(run.stdout) == ["acme", "acme-sso"]


# Auth flows


def test_a_login_uses_the_first_flow_that_is_installed(catalogue: CatalogueMaker) -> None:
    """The store names them in order of preference."""
    connected = client(catalogue(ACME), backend=MemoryBackend(None), prompter=Answers())  # type: ignore[arg-type]  # it looks at no settings

    credential = connected.login(REQUEST)

    assert credential == Credential("acme-sso", "answer-to-token", host="acme.example")
    assert connected.authenticator.authorization() == "Macaroon acme-sso:answer-to-token"


def test_a_login_can_name_the_flow(catalogue: CatalogueMaker) -> None:
    """Any flow of the store will do."""
    connected = client(catalogue(ACME), auth_flow="key", prompter=Answers())

    assert connected.obtain_credential(REQUEST).kind == "acme-key"


def test_without_a_prompter_nobody_is_asked(catalogue: CatalogueMaker) -> None:
    """The error names the answer that could have been given beforehand."""
    with pytest.raises(UsageError, match="requires an answer to 'Token'") as caught:
        client(catalogue(ACME)).obtain_credential(REQUEST)

    assert "'token'" in (caught.value.advice or "")
    NoPrompter().tell("nobody sees this")


def test_a_flow_that_the_store_does_not_know_is_an_error(catalogue: CatalogueMaker) -> None:
    """The flows of the store are listed."""
    with pytest.raises(UnknownNameError, match="auth flow of the store 'acme'") as caught:
        client(catalogue(ACME), auth_flow="password").obtain_credential(REQUEST)

    assert caught.value.known == ("gone", "key", "sso")


def test_a_flow_whose_plugin_is_missing_is_an_error(catalogue: CatalogueMaker) -> None:
    """The store knows it, but nothing that is installed does."""
    with pytest.raises(UnknownNameError, match="Unknown auth flow 'gone'"):
        client(catalogue(ACME), auth_flow="gone").obtain_credential(REQUEST)


@pytest.mark.parametrize(
    ("flows", "why", "advice"),
    [
        (("gone", "lost"), "The store needs gone or lost.", "the plugin that provides it"),
        (("gone", "candid"), "The store needs gone or candid.", "craft-store-candid"),
        (
            (),
            "The store needs an auth flow, but its definition has no 'auth-flows'.",
            "'auth-flows'",
        ),
    ],
)
def test_no_flow_of_the_store_is_an_error_that_says_what_to_install(
    catalogue: CatalogueMaker, flows: tuple[str, ...], why: str, advice: str
) -> None:
    """It is raised at the login: reading public information needs none."""
    store = Store("mine", "Mine", "acme", {"api": "https://mine.example"}, flows)

    with pytest.raises(
        UsageError, match="No auth flow for the store 'mine' is installed"
    ) as caught:
        client(catalogue(ACME), store).obtain_credential(REQUEST)

    assert caught.value.why == why
    assert advice in (caught.value.advice or "")


def test_the_kind_of_the_stored_credential_chooses_its_flow(catalogue: CatalogueMaker) -> None:
    """Of several that read it, the one that the store prefers; each is made once."""
    chosen = catalogue(ACME)
    flow = chosen.auth_flow("sso")
    connected = client(chosen, environment=variables("macaroon"))

    assert connected.authenticator.authorization() == "Macaroon acme-sso:abc"
    assert len(flow.made) == 1  # type: ignore[attr-defined]  # counted by the plugin above
    assert flow.made[0].context.issuer == "issuer of acme"  # type: ignore[attr-defined]  # the same


def test_a_credential_that_no_flow_reads_is_an_error(catalogue: CatalogueMaker) -> None:
    """The kinds that can be read are listed."""
    connected = client(catalogue(ACME), environment=variables("of-tomorrow"))

    with pytest.raises(UnknownNameError, match="of kind 'of-tomorrow'") as caught:
        connected.whoami()

    assert caught.value.known == ("acme-key", "acme-sso", "macaroon")
    assert "log in again" in (caught.value.advice or "")


# Credential backends


def test_the_best_backend_that_works_is_used(catalogue: CatalogueMaker) -> None:
    """Highest priority first; those without a priority are never chosen by themselves."""
    chosen = catalogue(
        ACME,
        backend("low", 1),
        backend("high", 90),
        backend("broken", 95, extra='Backend.probe_result = Probe(False, "No.")'),
        backend("unwanted", 0),
    )

    assert client(chosen).authenticator.backend.name == "high"


def test_credentials_in_the_environment_win_over_all(catalogue: CatalogueMaker) -> None:
    """Whatever the program or the user has chosen."""
    options: list[dict[str, Any]] = [
        {},
        {"backend": "file"},
        {"configuration": Configuration(backends=("file",))},
    ]
    for chosen in options:
        connected = client(
            catalogue(ACME, backend("file")), environment=variables("acme-key"), **chosen
        )
        assert connected.authenticator.backend.name == "environment"


def test_the_users_backends_are_tried_in_order(catalogue: CatalogueMaker) -> None:
    """And no others, however high their priority."""
    chosen = catalogue(
        ACME,
        backend("one", 0, extra='Backend.probe_result = Probe(False, "No.")'),
        backend("two", 0),
        backend("high", 90),
    )
    configuration = Configuration(
        backends=("one", "two", "environment"), backend_options={"two": {"x": 1}}
    )

    used = client(chosen, configuration=configuration, interactive=True).authenticator.backend

    assert used.name == "two"
    assert used.settings.options == {"x": 1}
    assert used.settings.interactive is True


def test_the_programs_backend_is_used(catalogue: CatalogueMaker, tmp_path: Path) -> None:
    """By its name or itself; one that is given itself is not even probed."""
    chosen = catalogue(ACME, backend("one", 90), backend("two", 0))
    mine = MemoryBackend(None)  # type: ignore[arg-type]  # it looks at no settings
    environment = {"CRAFT_STORE_DATA": str(tmp_path)}

    by_name = client(chosen, backend="two", environment=environment).authenticator.backend
    assert (by_name.name, by_name.settings.folder) == ("two", tmp_path)
    assert client(chosen, backend=mine).authenticator.backend is mine


def test_credentials_are_filed_under_application_and_host(catalogue: CatalogueMaker) -> None:
    """Two programs, and two stores, do not see each other's."""
    mine = MemoryBackend(None)  # type: ignore[arg-type]  # it looks at no settings
    connected = client(catalogue(ACME), backend=mine, application="acme-tool", prompter=Answers())

    connected.login(REQUEST)

    assert mine.get(CredentialKey("acme-tool", "acme.example"))
    assert client(catalogue(ACME), backend=mine).authenticator.stored() is None


def test_an_unknown_backend_is_an_error(catalogue: CatalogueMaker) -> None:
    """It is raised when credentials are needed, and lists the known ones."""
    connected = client(catalogue(ACME, backend("file")), backend="flie")

    with pytest.raises(UnknownNameError, match="Unknown credential backend 'flie'") as caught:
        connected.whoami()

    assert caught.value.known == ("environment", "file")


def holding(name: str, priority: int) -> str:
    """Return a backend that has credentials, and forgets them for all of its instances."""
    encoded = Credential("acme-key", name).encode()
    return backend(
        name,
        priority,
        f"kept = ['{encoded}']\n"
        "    Backend.get = lambda self, key: kept[-1] if kept else None\n"
        "    Backend.set = lambda self, key, value: kept.append(value)\n"
        "    Backend.delete = lambda self, key: bool(kept) and not kept.clear()",
    )


@pytest.mark.parametrize("names", [(), ("high", "low")])
def test_credentials_are_found_where_they_were_stored(
    catalogue: CatalogueMaker, names: tuple[str, ...]
) -> None:
    """A better place that works since then, but has none, does not hide them."""
    chosen = catalogue(ACME, backend("high", 90), holding("low", 10))
    authenticator = client(chosen, configuration=Configuration(backends=names)).authenticator

    assert authenticator.backend.name == "high"
    assert authenticator.credential().token == "low"
    assert authenticator.backend.name == "low"


def test_the_best_place_with_credentials_is_used(catalogue: CatalogueMaker) -> None:
    """Where there are several."""
    chosen = catalogue(ACME, backend("best", 95), holding("high", 90), holding("low", 10))

    assert client(chosen).authenticator.credential().token == "high"


def test_credentials_are_replaced_where_they_are(catalogue: CatalogueMaker) -> None:
    """So that there are none of two logins, in two places."""
    chosen = catalogue(ACME, backend("high", 90), holding("low", 10))
    authenticator = client(chosen).authenticator

    authenticator.store(Credential("acme-key", "new"))

    assert authenticator.backend.name == "low"
    assert client(chosen).authenticator.credential().token == "new"


def test_the_first_credentials_go_to_the_best_place(catalogue: CatalogueMaker) -> None:
    """Where no place has any."""
    authenticator = client(catalogue(ACME, backend("high", 90), backend("low", 10))).authenticator

    assert authenticator.stored() is None
    authenticator.store(Credential("acme-key", "new"))

    assert authenticator.backend.name == "high"
    assert authenticator.credential().token == "new"


def test_forgetting_leaves_credentials_in_no_place(catalogue: CatalogueMaker) -> None:
    """A logout is one wherever the credentials are."""
    chosen = catalogue(ACME, holding("high", 90), holding("low", 10))

    assert client(chosen).authenticator.forget() is True
    assert client(chosen).authenticator.stored() is None
    assert client(chosen).authenticator.forget() is False


def test_a_defect_of_a_later_place_costs_nothing(catalogue: CatalogueMaker) -> None:
    """The first one works."""
    unreadable = backend(
        "low",
        10,
        "def bad(self, key): raise CredentialError('It is damaged.')\n"
        "    from craft_store_core.errors import CredentialError\n"
        "    Backend.get = bad",
    )
    for later in (unreadable, UNLOADABLE.replace("priority=95", "priority=10")):
        authenticator = client(catalogue(ACME, backend("high", 90), later)).authenticator
        authenticator.store(Credential("acme-key", "new"))
        assert authenticator.backend.name == "high"


def test_a_locked_keyring_is_not_passed_over(catalogue: CatalogueMaker) -> None:
    """It may have the credentials: only the user's word makes another place be used."""
    locked = 'Backend.probe_result = Probe(False, "The keyring is locked.", locked=True)'
    chosen = catalogue(ACME, backend("keyring", 50, extra=locked), backend("file", 10))

    with pytest.raises(KeyringLockedError) as caught:
        client(chosen).whoami()

    assert "CRAFT_STORE_BACKEND=file" in (caught.value.advice or "")
    assert "install" not in (caught.value.advice or "")
    named = Configuration(backends=("keyring", "file"))
    assert client(chosen, configuration=named).authenticator.backend.name == "file"


@pytest.mark.parametrize(
    ("installed", "names", "advised", "not_advised"),
    [
        ((), (), "install craft-store-file-keyring", "CRAFT_STORE_BACKEND"),
        ((), ("one",), "install craft-store-file-keyring and set CRAFT_STORE_BACKEND=file", "x x"),
        (("file",), ("one",), "set CRAFT_STORE_BACKEND=file", "install"),
        (("file",), (), "fix the causes above", "install"),
    ],
)
def test_the_advice_fits_what_is_installed(
    catalogue: CatalogueMaker,
    installed: tuple[str, ...],
    names: tuple[str, ...],
    advised: str,
    not_advised: str,
) -> None:
    """Nobody is told to install what is there."""
    broken = 'Backend.probe_result = Probe(False, "No.")'
    chosen = catalogue(
        ACME, backend("one", 50, broken), *(backend(name, 10, broken) for name in installed)
    )

    with pytest.raises(NoKeyringError) as caught:
        client(chosen, configuration=Configuration(backends=names)).whoami()

    assert advised in (caught.value.advice or "")
    assert not_advised not in (caught.value.advice or "")


def test_no_working_backend_is_an_error_that_lists_every_reason(catalogue: CatalogueMaker) -> None:
    """Whoever has a headless machine sees what was tried, and what to do."""
    chosen = catalogue(
        ACME,
        backend("one", 50, extra='Backend.probe_result = Probe(False, "There is no D-Bus.")'),
        backend("two", 40, extra='Backend.probe_result = Probe(False, "The disk is full.")'),
    )

    with pytest.raises(NoKeyringError) as caught:
        client(chosen).whoami()

    assert caught.value.why == (
        "environment: The variable CRAFT_STORE_CREDENTIALS is not set. "
        "one: There is no D-Bus. two: The disk is full."
    )
    assert "CRAFT_STORE_CREDENTIALS" in (caught.value.advice or "")


def test_a_locked_keyring_is_another_error(catalogue: CatalogueMaker) -> None:
    """It can be unlocked, which is told first."""
    locked = 'Backend.probe_result = Probe(False, "The keyring is locked.", locked=True)'

    with pytest.raises(KeyringLockedError) as caught:
        client(catalogue(ACME, backend("one", extra=locked))).whoami()

    assert "one: The keyring is locked." in (caught.value.why or "")
    assert (caught.value.advice or "").startswith("Unlock it")


UNLOADABLE = backend("broken", 95).replace("load=lambda: Backend", "load=lambda: 1 / 0")
DEFECTIVE = {
    "cannot be loaded": UNLOADABLE,
    "cannot be made": backend(
        "broken",
        95,
        "def bad(self, settings): raise OSError('boom')\n    Backend.__init__ = bad",
    ),
    "exits": backend(
        "broken",
        95,
        "def bad(self, settings): raise SystemExit('boom')\n    Backend.__init__ = bad",
    ),
    "cannot be probed": backend(
        "broken", 95, "def bad(self): raise LookupError('boom')\n    Backend.probe = bad"
    ),
}


@pytest.mark.parametrize("case", DEFECTIVE)
def test_a_broken_backend_that_nobody_chose_is_left_out(
    catalogue: CatalogueMaker, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With a warning; the next best is used."""
    chosen = catalogue(ACME, DEFECTIVE[case], backend("good", 1))

    assert client(chosen).authenticator.backend.name == "good"
    assert "the credential backend 'broken' is skipped: " in caplog.text


@pytest.mark.parametrize("case", DEFECTIVE)
def test_a_broken_backend_that_was_chosen_is_an_error(catalogue: CatalogueMaker, case: str) -> None:
    """Credentials must not end up in another place than the user wants."""
    chosen = catalogue(ACME, DEFECTIVE[case], backend("good", 1))
    connected = client(chosen, configuration=Configuration(backends=("broken", "good")))

    with pytest.raises((PluginError, OSError, SystemExit, LookupError)):
        connected.whoami()


@pytest.mark.parametrize("case", DEFECTIVE)
def test_strict_mode_raises_for_a_broken_backend(catalogue: CatalogueMaker, case: str) -> None:
    """Whether it was chosen or not."""
    connected = client(catalogue(ACME, DEFECTIVE[case], backend("good", 1), strict=True))

    with pytest.raises((PluginError, OSError, SystemExit, LookupError)):
        connected.whoami()


def test_broken_backends_alone_are_listed_with_their_reasons(catalogue: CatalogueMaker) -> None:
    """The error that there is no place for credentials tells of them, too."""
    with pytest.raises(NoKeyringError) as caught:
        client(catalogue(ACME, DEFECTIVE["cannot be made"])).whoami()

    assert "broken: boom" in (caught.value.why or "")


def test_two_backends_of_one_name_do_not_matter_unless_it_is_asked_for(
    catalogue: CatalogueMaker,
) -> None:
    """The clash costs that name, not the command."""
    chosen = catalogue(ACME, backend("twin", 90), backend("twin", 90), backend("good", 1))

    assert client(chosen).authenticator.backend.name == "good"
    with pytest.raises(AmbiguousNameError):
        client(chosen, backend="twin").whoami()


def test_a_bad_option_of_a_backend_is_an_error_even_if_nobody_chose_it(
    catalogue: CatalogueMaker,
) -> None:
    """What the user has written wrongly is told, not worked around."""
    bad = "def bad(self, settings): raise ConfigurationError('bad')\n    Backend.__init__ = bad"

    with pytest.raises(ConfigurationError, match="bad"):
        client(catalogue(ACME, backend("one", 90, bad), backend("good", 1))).whoami()


# Progress reporters


def made(catalogue: Catalogue, progress: Any = None, configured: str | None = None) -> str:
    return type(make_reporter(progress, Configuration(progress=configured), catalogue)).__name__


def test_a_reporter_can_be_given_or_named(catalogue: CatalogueMaker) -> None:
    """By the program, then by the user."""
    mine = SilentReporter()
    chosen = catalogue(reporter("one"), reporter("two"))

    assert make_reporter(mine, Configuration(), chosen) is mine
    assert made(chosen, "silent", "one") == "SilentReporter"
    assert made(chosen, None, "silent") == "SilentReporter"
    with pytest.raises(UnknownNameError, match="Unknown progress reporter 'three'"):
        made(chosen, "three")


@pytest.mark.parametrize(("terminal", "expected"), [(True, "Fancy"), (False, "Sober")])
def test_the_best_reporter_for_the_terminal_is_the_default(
    catalogue: CatalogueMaker, monkeypatch: pytest.MonkeyPatch, terminal: bool, expected: str
) -> None:
    """What needs a terminal is not used where there is none."""
    chosen = catalogue(
        reporter("sober", 10, extra="Reporter.__name__ = 'Sober'"),
        reporter("fancy", 50, terminal=True, extra="Reporter.__name__ = 'Fancy'"),
    )
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)

    assert made(chosen) == expected


def test_without_standard_error_there_is_no_terminal(
    catalogue: CatalogueMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs without a console have none."""
    monkeypatch.setattr("sys.stderr", None)

    assert made(catalogue(reporter("fancy", 50, terminal=True))) == "SilentReporter"


@pytest.mark.parametrize(
    "broken",
    [
        reporter("broken", 90).replace("load=lambda: Reporter", "load=lambda: 1 / 0"),
        reporter("broken", 90, extra="Reporter.__init__ = lambda self: 1 / 0"),
        reporter("broken", 90, extra="Reporter.__init__ = lambda self: exit('boom')"),
    ],
)
def test_a_broken_reporter_never_fails_the_work(
    catalogue: CatalogueMaker, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The next best is used, with a warning; where it was the last one, nothing is shown."""
    good = reporter("good", 1, extra="Reporter.__name__ = 'Good'")

    assert made(catalogue(broken, good)) == "Good"
    assert made(catalogue(broken, builtin=())) == "SilentReporter"
    assert "the progress reporter 'broken' is skipped: " in caplog.text


def test_a_named_reporter_that_cannot_be_made_shows_nothing(
    catalogue: CatalogueMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """The upload goes on, with a warning."""
    broken = reporter("broken", extra="Reporter.__init__ = lambda self: 1 / 0")

    assert made(catalogue(broken), "broken") == "SilentReporter"
    assert "division by zero" in caplog.text


def test_two_reporters_of_one_name_do_not_matter_unless_it_is_asked_for(
    catalogue: CatalogueMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """The clash costs that name alone, with one warning."""
    chosen = catalogue(reporter("twin", 90), reporter("twin", 90))

    assert made(chosen) == "SilentReporter"
    assert len(caplog.records) == 1
    with pytest.raises(AmbiguousNameError):
        made(chosen, "twin")


def test_strict_mode_raises_for_a_broken_reporter(catalogue: CatalogueMaker) -> None:
    """Its plugin's tests see the defect."""
    broken = reporter("broken", 90).replace("load=lambda: Reporter", "load=lambda: 1 / 0")

    with pytest.raises(PluginError):
        made(catalogue(broken, strict=True))


# HTTP


def test_the_users_timeouts_and_retries_reach_the_http_client(
    scripted_server: ScriptedServer,
) -> None:
    """``CRAFT_STORE_RETRIES=2`` is three attempts, ``CRAFT_STORE_BACKOFF=0`` no waiting."""
    scripted_server.expect("GET", "/x", status=503, times=3)
    store = Store("x", "X", "acme", {"api": scripted_server.url}, ())

    with (
        make_http_client(store, Configuration(retries=2, backoff=0.0), "tests/1") as http,
        pytest.raises(StoreUnavailableError),
    ):
        http.request("GET", f"{scripted_server.url}/x")

    assert {request.headers["User-Agent"] for request in scripted_server.requests} == {"tests/1"}


def test_plain_http_is_for_those_who_say_so() -> None:
    """A store of the user's may be allowed it; no other request is sent unprotected."""
    store = Store("x", "X", "acme", {"api": "http://unprotected.invalid"}, ())

    with pytest.raises(HostNotAllowedError, match="not sent"):
        make_http_client(store, Configuration()).request("GET", "http://unprotected.invalid/")


def test_the_program_names_itself() -> None:
    """Name, version, system and Python, in one line that a header can hold."""
    agent = default_user_agent()

    assert agent.startswith("craft-store/")
    assert "python/" in agent
    assert agent.isascii()
    assert agent.isprintable()


def test_nothing_secret_is_logged(
    catalogue: CatalogueMaker, caplog: pytest.LogCaptureFixture, scripted_server: ScriptedServer
) -> None:
    """Also at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    scripted_server.expect("GET", "/whoami", json={})
    environment = variables("acme-key", "hush-hush")

    with client(
        catalogue(ACME), urls={"api": scripted_server.url}, environment=environment
    ) as connected:
        connected.whoami()

    assert caplog.text
    assert "hush" not in caplog.text


def test_no_credentials_is_told_with_the_backend_that_was_looked_into(
    catalogue: CatalogueMaker,
) -> None:
    """The client is usable for a login all the same."""
    with pytest.raises(CredentialsNotFoundError, match="acme\\.example"):
        client(catalogue(ACME, backend("empty"))).whoami()
