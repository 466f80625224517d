"""Choosing by name what plugins offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest

from craft_store_core.errors import AmbiguousNameError, PluginError, UnknownNameError
from craft_store_core.plugins.catalogue import Catalogue
from craft_store_core.plugins.manager import PluginManager, PluginPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.plugins.discovery import PluginEntry

    PluginEntryMaker = Callable[..., PluginEntry]

EVERYTHING = """
    import click
    from craft_store_core.plugins.endpoint_sets import ArtifactReader, EndpointSet
    from craft_store_core.plugins.stores import Store

    class Endpoints(EndpointSet): ...

    class Reader(ArtifactReader): ...

    @hookimpl
    def craft_store_stores():
        yield StoreOffer(
            "acme", "A store", load=lambda: Store("acme", "A", "gw", {"api": "https://a"}, ("sso",))
        )

    @hookimpl
    def craft_store_endpoint_sets():
        yield EndpointSetOffer("acme", "Endpoints", load=lambda: Endpoints)

    @hookimpl
    def craft_store_artifact_readers():
        yield ArtifactReaderOffer("acme", "A reader", load=Reader)

    @hookimpl
    def craft_store_auth_flows():
        yield AuthFlowOffer("acme", "A flow", load=lambda: Endpoints, kinds=("acme", "macaroon"))
        yield AuthFlowOffer("beta", "A flow", load=lambda: Endpoints, kinds=("macaroon",))

    @hookimpl
    def craft_store_credential_backends():
        yield CredentialBackendOffer("low", "A backend", load=lambda: Endpoints, priority=1)
        yield CredentialBackendOffer("acme", "A backend", load=lambda: Endpoints, priority=9)

    @hookimpl
    def craft_store_progress_reporters():
        yield ProgressReporterOffer("low", "A reporter", load=lambda: Endpoints, priority=-1)
        yield ProgressReporterOffer("acme", "A reporter", load=lambda: Endpoints)

    @hookimpl
    def craft_store_commands():
        yield CommandOffer("acme", "A command", load=lambda: click.Command("acme"))
"""
NOTHING_USEFUL = """
    @hookimpl
    def craft_store_stores():
        yield StoreOffer("acme", "No store", load=lambda: 5)

    @hookimpl
    def craft_store_endpoint_sets():
        yield EndpointSetOffer("acme", "No endpoint set", load=lambda: 5)

    @hookimpl
    def craft_store_artifact_readers():
        yield ArtifactReaderOffer("acme", "No reader", load=lambda: 5)

    @hookimpl
    def craft_store_auth_flows():
        yield AuthFlowOffer("acme", "No flow", load=lambda: 5)

    @hookimpl
    def craft_store_credential_backends():
        yield CredentialBackendOffer("acme", "No backend", load=lambda: 5)

    @hookimpl
    def craft_store_progress_reporters():
        yield ProgressReporterOffer("acme", "No reporter", load=lambda: 5)

    @hookimpl
    def craft_store_commands():
        yield CommandOffer("acme", "No command", load=lambda: 5)
"""
LOOK_UPS = [
    ("store", "store"),
    ("endpoint_set", "endpoint set"),
    ("artifact_reader", "artifact reader"),
    ("auth_flow", "auth flow"),
    ("credential_backend", "credential backend"),
    ("progress_reporter", "progress reporter"),
    ("command", "command"),
]


def catalogue(*entries: PluginEntry, **options: Any) -> Catalogue:
    return Catalogue(PluginManager(entries, **options))


@pytest.mark.parametrize("method", [method for method, _ in LOOK_UPS])
def test_what_is_offered_is_found_by_its_name(method: str, plugin_entry: PluginEntryMaker) -> None:
    """Each kind of offer has a look-up of its own, and loads."""
    loaded = getattr(catalogue(plugin_entry(EVERYTHING)), method)("acme")

    if method == "store":
        assert loaded.name == "acme"
    elif method == "command":
        assert isinstance(loaded, click.Command)
    elif method == "endpoint_set":
        assert loaded.token_issuer
    elif method == "artifact_reader":
        assert loaded.read
    else:
        assert callable(loaded)


@pytest.mark.parametrize(("method", "kind"), LOOK_UPS)
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(
    method: str, kind: str, plugin_entry: PluginEntryMaker
) -> None:
    """The user sees what was looked for, and what could be written instead."""
    with pytest.raises(UnknownNameError) as caught:
        getattr(catalogue(plugin_entry(EVERYTHING)), method)("amce")

    assert caught.value.message == f"Unknown {kind} 'amce'."
    assert "acme" in caught.value.known
    assert "acme" in (caught.value.why or "")


@pytest.mark.parametrize(
    ("method", "name", "distribution"),
    [
        ("store", "charmhub", "craft-store-charmhub"),
        ("endpoint_set", "onprem", "craft-store-onprem"),
        ("artifact_reader", "charm", "craft-store-charmhub"),
        ("auth_flow", "ubuntu-one", "craft-store-ubuntu-one"),
        ("credential_backend", "file", "craft-store-file-keyring"),
        ("progress_reporter", "craft-cli", "craft-store-craft-cli-progress"),
        ("command", "demo", "craft-store-sandbox"),
    ],
)
def test_a_name_of_this_projects_own_plugins_is_advice_to_install_one(
    method: str, name: str, distribution: str
) -> None:
    """The user need not know which distribution offers what."""
    with pytest.raises(UnknownNameError) as caught:
        getattr(catalogue(), method)(name)

    assert caught.value.advice == f"Install {distribution}, which provides it."


@pytest.mark.parametrize(("method", "kind"), LOOK_UPS)
def test_a_name_that_two_plugins_offer_is_an_error_only_when_asked_for(
    method: str, kind: str, plugin_entry: PluginEntryMaker
) -> None:
    """Both distributions are named; everything else can be used."""
    chosen = catalogue(
        plugin_entry(EVERYTHING, "one"),
        plugin_entry(EVERYTHING.replace('("beta"', '("gamma"'), "two"),
    )
    assert callable(chosen.auth_flow("beta"))

    with pytest.raises(AmbiguousNameError) as caught:
        getattr(chosen, method)("acme")

    assert caught.value.message == f"More than one plugin offers the {kind} 'acme'."
    assert caught.value.providers == ("'one' (craft-one 1.0)", "'two' (craft-two 1.0)")
    assert "CRAFT_STORE_DISABLE_PLUGINS" in (caught.value.advice or "")


@pytest.mark.parametrize("method", [method for method, _ in LOOK_UPS])
def test_what_cannot_be_used_is_an_error_of_its_plugin(
    method: str, plugin_entry: PluginEntryMaker
) -> None:
    """An offer that loads something else is refused before anybody works with it."""
    with pytest.raises(PluginError, match=r"'acme' of the plugin 'acme' \(craft-acme 1\.0\)") as e:
        getattr(catalogue(plugin_entry(NOTHING_USEFUL)), method)("acme")

    assert e.value.why == "loading it returns int, which cannot be used"


def test_the_best_priority_comes_first(plugin_entry: PluginEntryMaker) -> None:
    """Backends and reporters are listed in the order in which they are tried."""
    chosen = catalogue(plugin_entry(EVERYTHING))

    assert [item.offer.name for item in chosen.credential_backends] == ["acme", "low"]
    assert [item.offer.name for item in chosen.progress_reporters] == ["acme", "low"]


def test_flows_are_found_by_the_kind_of_a_credential(plugin_entry: PluginEntryMaker) -> None:
    """The store's own flows come first, in its order; flows of other stores can help out."""
    chosen = catalogue(plugin_entry(EVERYTHING))

    assert chosen.auth_flow_names_for("macaroon", ()) == ["acme", "beta"]
    assert chosen.auth_flow_names_for("macaroon", ("other", "beta")) == ["beta", "acme"]
    assert chosen.auth_flow_names_for("acme", ("beta",)) == ["acme"]
    assert chosen.auth_flow_names_for("unheard-of", ("beta",)) == []


def test_a_plugin_cannot_take_over_what_the_core_offers(plugin_entry: PluginEntryMaker) -> None:
    """Asked for by its name, the core's own offer is what one gets."""
    mine = plugin_entry(
        """
        @hookimpl
        def craft_store_credential_backends():
            yield CredentialBackendOffer("memory", "Sends everything home", load=lambda: list)
        """
    )
    chosen = catalogue(mine, builtin=[("builtin", "craft_store_core.builtin")])

    assert chosen.credential_backend("memory").__name__ == "MemoryBackend"


def test_a_disabled_plugin_is_named_as_the_cause(plugin_entry: PluginEntryMaker) -> None:
    """Whoever has disabled the plugin of a store is told so when asking for the store."""
    entries = [plugin_entry(EVERYTHING, "other"), plugin_entry(EVERYTHING, "acme")]
    chosen = catalogue(*entries, policy=PluginPolicy(disabled={"other", "acme"}))

    with pytest.raises(UnknownNameError) as caught:
        chosen.store("acme")

    assert caught.value.why == "The plugin 'acme' (craft-acme) is disabled."


def test_a_broken_plugin_is_named_as_the_cause(plugin_entry: PluginEntryMaker) -> None:
    """Whoever asks for the store of a plugin that cannot be imported learns why."""
    chosen = catalogue(
        plugin_entry("raise OSError('first')", "first"),
        plugin_entry("raise OSError('no space')", "acme"),
    )

    with pytest.raises(UnknownNameError) as caught:
        chosen.store("acme")

    assert caught.value.why == (
        "The plugin 'acme' (craft-acme 1.0): the whole plugin is unavailable: OSError: no space."
    )


def test_the_cause_is_found_by_the_distribution_too(plugin_entry: PluginEntryMaker) -> None:
    """A plugin's name is seldom the name of what it offers."""
    broken = plugin_entry(
        "raise OSError('no space')", "snapstore", distribution="craft-store-snapstore"
    )
    disabled = plugin_entry(EVERYTHING, "charmhub", distribution="craft-store-charmhub")
    chosen = catalogue(broken, disabled, policy=PluginPolicy(disabled={"charmhub"}))

    with pytest.raises(UnknownNameError, match="charmhub-staging") as off:
        chosen.store("charmhub-staging")
    with pytest.raises(UnknownNameError, match="promote-snap") as unusable:
        chosen.command("promote-snap")

    assert off.value.why == "The plugin 'charmhub' (craft-store-charmhub) is disabled."
    assert "OSError: no space" in (unusable.value.why or "")
