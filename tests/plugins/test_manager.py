"""Loading plugins one by one."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import PluginError
from craft_store_core.plugins import CommandOffer, StoreOffer
from craft_store_core.plugins.discovery import PluginEntry
from craft_store_core.plugins.failures import PluginFailure, Provider, Stage
from craft_store_core.plugins.manager import HOOKS, PluginManager, PluginPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    PluginEntryMaker = Callable[..., PluginEntry]

STORE = """
    @hookimpl
    def craft_store_stores():
        yield StoreOffer("{0}", "The store {0}", load=lambda: "{0}")
"""
BUILTIN = (("builtin", "craft_store_core.builtin"),)

BROKEN = {
    "raises on import": (
        "raise ValueError('two\\nlines')",
        Stage.IMPORT,
        "ValueError: two lines",
        "the whole plugin",
    ),
    "exits on import": (
        "import sys; sys.exit(3)",
        Stage.IMPORT,
        "SystemExit: 3",
        "the whole plugin",
    ),
    "imports what is missing": (
        "import no_such_module_anywhere",
        Stage.IMPORT,
        "ModuleNotFoundError: No module named 'no_such_module_anywhere'",
        "the whole plugin",
    ),
    "is no Python": ("def", Stage.IMPORT, "SyntaxError: ", "the whole plugin"),
    "cannot even say what is wrong": (
        """
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError("and this neither")
        raise Mute
        """,
        Stage.IMPORT,
        "Mute",
        "the whole plugin",
    ),
    "takes an argument": (
        """
        @hookimpl
        def craft_store_stores(configuration):
            return []
        """,
        Stage.HOOK_SIGNATURE,
        "PluginValidationError: ",
        "the whole plugin",
    ),
    "takes a keyword": (
        """
        @hookimpl
        def craft_store_stores(*, configuration):
            return []
        """,
        Stage.HOOK_CALL,
        "TypeError: craft_store_stores() missing 1 required keyword-only argument",
        "the hook craft_store_stores",
    ),
    "has an unknown hook": (
        """
        @hookimpl
        def craft_store_shops():
            return []
        """,
        Stage.UNKNOWN_HOOK,
        "unknown hook 'craft_store_shops'; the hooks are craft_store_stores, ",
        "the hook craft_store_shops",
    ),
    "raises when called": (
        """
        @hookimpl
        def craft_store_stores():
            raise KeyError("x")
        """,
        Stage.HOOK_CALL,
        "KeyError: 'x'",
        "the hook craft_store_stores",
    ),
    "exits when called": (
        """
        @hookimpl
        def craft_store_stores():
            raise SystemExit
        """,
        Stage.HOOK_CALL,
        "SystemExit",
        "the hook craft_store_stores",
    ),
    "fails late": (
        """
        @hookimpl
        def craft_store_stores():
            yield StoreOffer("early", "Yielded before the end", load=list)
            raise OSError("late")
        """,
        Stage.HOOK_CALL,
        "OSError: late",
        "the hook craft_store_stores",
    ),
    "yields another type": (
        """
        @hookimpl
        def craft_store_stores():
            yield StoreOffer("early", "Yielded before the other", load=list)
            yield CommandOffer("x", "A command, where stores are", load=list)
        """,
        Stage.WRONG_TYPE,
        "it yields CommandOffer instead of StoreOffer",
        "the hook craft_store_stores",
    ),
    "returns one offer": (
        """
        @hookimpl
        def craft_store_stores():
            return StoreOffer("x", "Not in a list", load=list)
        """,
        Stage.HOOK_CALL,
        "TypeError: 'StoreOffer' object is not iterable",
        "the hook craft_store_stores",
    ),
    "wraps the others": (
        """
        @hookimpl(wrapper=True)
        def craft_store_stores():
            return (yield)
        """,
        Stage.WRONG_TYPE,
        "it yields NoneType instead of StoreOffer",
        "the hook craft_store_stores",
    ),
    "yields a bad offer": (
        """
        @hookimpl
        def craft_store_stores():
            yield StoreOffer("Not A Name", "x", load=list)
        """,
        Stage.HOOK_CALL,
        "ValueError: offer name 'Not A Name' must be lower-case",
        "the hook craft_store_stores",
    ),
}


def names(manager: PluginManager, hook: str = "craft_store_stores") -> list[str]:
    return [item.offer.name for item in manager.offers(hook, HOOKS[hook])]


def test_what_plugins_offer_is_collected_with_who_offers_it(
    plugin_entry: PluginEntryMaker,
) -> None:
    """Offers come in the order of registration, built-in plugins first."""
    manager = PluginManager(
        [plugin_entry(STORE.format("one"), "one"), plugin_entry(STORE.format("two"), "two")],
        builtin=BUILTIN,
    )

    first, second = manager.offers("craft_store_stores", StoreOffer)
    assert (first.offer.name, second.offer.name) == ("one", "two")
    assert first.provider == Provider("one", "craft-one", "1.0")
    assert [provider.plugin for provider in manager.providers] == ["builtin", "one", "two"]
    assert [provider.builtin for provider in manager.providers] == [True, False, False]
    assert manager.failures == ()
    assert names(manager, "craft_store_credential_backends")[0] == "environment"


def test_by_default_the_installed_plugins_are_loaded(plugin_site: Any) -> None:
    """Without entries, those that are found on the path count."""
    plugin_site.add("acme", "    from craft_store_core.plugins import *" + STORE.format("acme"))

    run = plugin_site.python(
        """
        from craft_store_core.plugins import StoreOffer
        from craft_store_core.plugins.manager import PluginManager
        manager = PluginManager()
        print([item.offer.name for item in manager.offers("craft_store_stores", StoreOffer)
               if item.provider.plugin == "acme"])
        """
    )

    assert run.stdout == "['acme']\n", run.stderr


def test_a_hook_may_return_a_list_or_nothing(plugin_entry: PluginEntryMaker) -> None:
    """Generators, lists and None are all fine."""
    manager = PluginManager(
        [
            plugin_entry(
                """
                @hookimpl
                def craft_store_stores():
                    return [StoreOffer("listed", "In a list", load=list)]

                @hookimpl
                def craft_store_commands():
                    return None
                """
            )
        ]
    )

    assert names(manager) == ["listed"]
    assert names(manager, "craft_store_commands") == []
    assert manager.failures == ()


def test_an_object_can_be_a_plugin(plugin_entry: PluginEntryMaker) -> None:
    """An entry point may name an object whose methods are the hooks."""
    entry = plugin_entry(
        """
        class Acme:
            @hookimpl
            def craft_store_stores(self):
                yield StoreOffer("acme", "From an object", load=list)
        plugin = Acme()
        """,
        attribute="plugin",
    )

    assert names(PluginManager([entry])) == ["acme"]


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_costs_only_itself(case: str, plugin_entry: PluginEntryMaker) -> None:
    """Its defect is recorded once, with who, when and why; the plugins around it work."""
    source, stage, reason, off = BROKEN[case]
    manager = PluginManager(
        [
            plugin_entry(STORE.format("one"), "one"),
            plugin_entry(source, "broken", distribution="craft-broken", version="6.6"),
            plugin_entry(STORE.format("two"), "two"),
        ]
    )

    assert names(manager) == ["one", "two"]
    (failure,) = manager.failures
    assert failure.provider == Provider("broken", "craft-broken", "6.6")
    assert (failure.stage, failure.off) == (stage, off)
    assert failure.reason.startswith(reason)
    assert "\n" not in failure.reason
    assert (
        str(failure)
        == f"plugin 'broken' (craft-broken 6.6): {off} is unavailable: {failure.reason}"
    )
    assert ("Traceback" in failure.traceback()) == (failure.error is not None)
    if stage in {Stage.IMPORT, Stage.HOOK_CALL}:
        assert failure.error is not None


@pytest.mark.parametrize("case", BROKEN)
def test_strict_mode_raises_at_the_first_broken_plugin(
    case: str, plugin_entry: PluginEntryMaker
) -> None:
    """The error names the plugin, its distribution and version, and the reason."""
    source, stage, reason, _ = BROKEN[case]

    with pytest.raises(PluginError) as caught:
        PluginManager(
            [plugin_entry(source, "broken"), plugin_entry("raise SystemExit", "never-reached")],
            PluginPolicy(strict=True),
        )

    stopped = stage in {Stage.IMPORT, Stage.HOOK_SIGNATURE, Stage.UNKNOWN_HOOK}
    name = "broken" if stopped else "never-reached"
    assert caught.value.message.startswith(f"The plugin {name!r} (craft-{name} 1.0) is broken (")
    if stopped:
        assert (caught.value.why or "").startswith(reason)
    assert "CRAFT_STORE_STRICT_PLUGINS" in (caught.value.advice or "")


def test_a_hook_that_works_stays_on_beside_a_broken_one(plugin_entry: PluginEntryMaker) -> None:
    """A defect in one hook of a plugin leaves its other hooks."""
    manager = PluginManager(
        [
            plugin_entry(
                """
                @hookimpl
                def craft_store_stores():
                    yield 5

                @hookimpl
                def craft_store_shops():
                    pass

                @hookimpl
                def craft_store_commands():
                    yield CommandOffer("audit", "Works", load=list)
                """
            )
        ]
    )

    assert names(manager, "craft_store_commands") == ["audit"]
    assert [failure.stage for failure in manager.failures] == [
        Stage.UNKNOWN_HOOK,
        Stage.WRONG_TYPE,
    ]


def test_an_object_that_cannot_be_looked_at_costs_only_itself(
    plugin_entry: PluginEntryMaker,
) -> None:
    """Whatever registering raises, the other plugins are there."""
    odd = plugin_entry(
        """
        class Odd:
            def __dir__(self):
                raise LookupError("do not look")
        plugin = Odd()
        """,
        "odd",
        attribute="plugin",
    )
    manager = PluginManager([odd, plugin_entry(STORE.format("one"), "one")])

    assert names(manager) == ["one"]
    (failure,) = manager.failures
    assert (failure.stage, failure.reason) == (Stage.HOOK_SIGNATURE, "LookupError: do not look")
    assert [provider.plugin for provider in manager.providers] == ["one"]


def test_an_entry_point_that_names_none_is_broken(plugin_entry: PluginEntryMaker) -> None:
    """What is no plugin is not taken for one without hooks."""
    manager = PluginManager([plugin_entry("nothing = None", attribute="nothing")])

    (failure,) = manager.failures
    assert failure.reason == "its entry point names None, not a module"
    assert failure.traceback() == ""
    assert manager.providers == ()


def test_a_plugin_that_is_registered_twice_is_used_once(plugin_entry: PluginEntryMaker) -> None:
    """A distribution that was renamed and is installed under both names does no harm."""
    entry = plugin_entry(STORE.format("acme"), "acme", distribution="acme-craft")
    again = PluginEntry("acme", entry.target, "craft-acme", "2.0")

    manager = PluginManager([entry, again])

    assert names(manager) == ["acme"]
    (failure,) = manager.failures
    assert failure.provider.distribution == "craft-acme"
    assert failure.reason == "it is already registered as 'acme' (acme-craft 1.0)"


def test_two_entry_points_of_one_name_keep_the_first(plugin_entry: PluginEntryMaker) -> None:
    """A second entry point of one name in one distribution does not take the first one away."""
    manager = PluginManager(
        [plugin_entry(STORE.format("one"), "acme"), plugin_entry(STORE.format("two"), "acme")]
    )

    assert names(manager) == ["one"]
    assert [failure.stage for failure in manager.failures] == [Stage.NAME_CLASH]


def test_a_name_that_is_offered_twice_is_recorded(plugin_entry: PluginEntryMaker) -> None:
    """Both offers stay, so that asking for the name can name both; the later one is told."""
    manager = PluginManager(
        [plugin_entry(STORE.format("acme"), "one"), plugin_entry(STORE.format("acme"), "two")]
    )

    assert names(manager) == ["acme", "acme"]
    (failure,) = manager.failures
    assert failure.provider.plugin == "two"
    assert str(failure) == (
        "plugin 'two' (craft-two 1.0): the store 'acme' is unavailable: "
        "'one' (craft-one 1.0) also offers it"
    )


def test_a_clash_with_something_built_in_is_recorded(plugin_entry: PluginEntryMaker) -> None:
    """A plugin cannot silently stand in the place of a part of the core."""
    entry = plugin_entry(
        """
        @hookimpl
        def craft_store_credential_backends():
            yield CredentialBackendOffer("environment", "Mine", load=list, priority=1000)
        """
    )
    manager = PluginManager([entry], builtin=BUILTIN)

    (failure,) = manager.failures
    assert failure.stage is Stage.NAME_CLASH
    assert failure.off == "the credential backend 'environment'"
    with pytest.raises(PluginError, match="name clash"):
        PluginManager([entry], PluginPolicy(strict=True), builtin=BUILTIN)


def test_a_disabled_plugin_is_never_imported(plugin_entry: PluginEntryMaker) -> None:
    """Blocking comes before importing, for every entry point of the name."""
    entries = [
        plugin_entry("raise SystemExit", "bad", distribution="one"),
        plugin_entry("raise SystemExit", "bad", distribution="two"),
        plugin_entry(STORE.format("acme"), "acme"),
    ]
    manager = PluginManager(entries, PluginPolicy(disabled={"bad"}, strict=True))

    assert names(manager) == ["acme"]
    assert [entry.distribution for entry in manager.disabled] == ["one", "two"]
    assert manager.failures == ()
    assert not {entry.target for entry in entries[:2]} & sys.modules.keys()


def test_without_plugins_only_the_built_in_ones_are_there(plugin_entry: PluginEntryMaker) -> None:
    """Nothing that is installed is imported."""
    entry = plugin_entry("raise SystemExit", "bad")
    manager = PluginManager([entry], PluginPolicy(enabled=False), builtin=BUILTIN)

    assert [provider.plugin for provider in manager.providers] == ["builtin"]
    assert manager.disabled == (entry,)
    assert entry.target not in sys.modules


@pytest.mark.parametrize(
    ("environment", "policy"),
    [
        ({}, PluginPolicy(disabled=frozenset())),
        (
            {"CRAFT_STORE_DISABLE_PLUGINS": " a, ,b-c,"},
            PluginPolicy(disabled=frozenset({"a", "b-c"})),
        ),
        (
            {"CRAFT_STORE_STRICT_PLUGINS": "1"},
            PluginPolicy(disabled=frozenset(), strict=True),
        ),
        ({"CRAFT_STORE_STRICT_PLUGINS": "0"}, PluginPolicy(disabled=frozenset())),
        ({"CRAFT_STORE_STRICT_PLUGINS": ""}, PluginPolicy(disabled=frozenset())),
    ],
)
def test_the_policy_comes_from_variables(environment: dict[str, str], policy: PluginPolicy) -> None:
    """Empty and 0 switch strictness off; names are separated by commas."""
    assert PluginPolicy.from_environment(environment) == policy


def test_an_offer_is_loaded_when_it_is_asked_for(plugin_entry: PluginEntryMaker) -> None:
    """Listing loads nothing; loading gives what ``load`` returns."""
    manager = PluginManager([plugin_entry(STORE.format("acme"))])
    (item,) = manager.offers("craft_store_stores", StoreOffer)

    assert manager.load_offer(item, lambda loaded: loaded == "acme") == "acme"


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("__import__('sys').exit('no')", "SystemExit: no"),
        ("5", "loading it returns int, which cannot be used"),
    ],
)
def test_an_offer_that_cannot_be_loaded_is_an_error_and_recorded_once(
    load: str, reason: str, plugin_entry: PluginEntryMaker
) -> None:
    """Whoever asked gets an error that names the plugin; the doctor shows it once."""
    manager = PluginManager(
        [plugin_entry(STORE.format("acme").replace('load=lambda: "acme"', f"load=lambda: {load}"))]
    )
    (item,) = manager.offers("craft_store_stores", StoreOffer)

    for _ in range(2):
        with pytest.raises(PluginError) as caught:
            manager.load_offer(item, lambda loaded: loaded is None)
        assert (
            caught.value.message
            == "'acme' of the plugin 'acme' (craft-acme 1.0) could not be loaded."
        )
        assert caught.value.why == reason

    assert manager.failures == (PluginFailure(item.provider, Stage.LOAD, reason, "'acme'"),)


def test_the_person_who_interrupts_is_heard(plugin_entry: PluginEntryMaker) -> None:
    """Ctrl-C while a plugin is imported ends the program: it is no defect of the plugin."""
    with pytest.raises(KeyboardInterrupt):
        PluginManager([plugin_entry("raise KeyboardInterrupt")])


def test_managers_share_nothing(plugin_entry: PluginEntryMaker) -> None:
    """What one manager has loaded another one does not know."""
    plugin = ModuleType("empty")
    PluginManager([plugin_entry(plugin, "one")])

    assert PluginManager([]).providers == ()
    assert PluginManager([plugin_entry(plugin, "two")]).failures == ()


def test_offers_of_a_hook_are_of_its_type(plugin_entry: PluginEntryMaker) -> None:
    """Asking with the type of another hook gives nothing rather than what it is not."""
    manager = PluginManager([plugin_entry(STORE.format("acme"))])

    assert manager.offers("craft_store_stores", CommandOffer) == []
