"""The help lists the commands that the chosen store supports, and says that others are left out."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.builtin import load_catalogue
from craft_store_core.cli.application import COMMANDS_PLUGIN

if TYPE_CHECKING:
    from craft_store_core.plugins.catalogue import Catalogue

EVERYWHERE = {"publish", "release", "status", "whoami", "names", "tracks", "login", "stores"}
CHARMS = {"libraries", "set-resource-architectures", "resources", "upload-resource"}
SNAPS = {"promote-snap", "validation-sets", "keys", "create-key", "register-snap"}
TRACKS = {"create-track"}
LEFT_OUT = "does not support are hidden"
ON_PREM = """\
[stores.ours]
endpoint-set = "onprem"
auth-flows = ["onprem-admin"]
urls = { api = "https://store.example", storage = "https://files.example" }

[stores.acme]
like = "snapstore"
options = { brand-store = "acme-id" }

[stores.odd]
endpoint-set = "no-such-dialect"
urls = { api = "https://store.example" }
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The plugins of this project."""
    return load_catalogue({"CRAFT_STORE_STRICT_PLUGINS": "1"}, builtin=(COMMANDS_PLUGIN,))


@pytest.fixture
def configured(craft_store: Any) -> Any:
    """The program with a configuration file that defines stores."""
    folder = craft_store.folder / "config" / "craft-store"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(ON_PREM)
    return craft_store


def listed(text: str) -> set[str]:
    """Return the commands that a help lists."""
    return set(re.findall(r"^  ([a-z][a-z-]+)  ", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("store", "others", "missing"),
    [
        ("charmhub", CHARMS | TRACKS, SNAPS),
        ("sandbox", CHARMS | TRACKS, SNAPS),
        ("snapstore", SNAPS | TRACKS, CHARMS),
        ("sandbox-snap", SNAPS | TRACKS, CHARMS),
        ("acme", SNAPS | TRACKS, CHARMS),
        ("ours", set(), CHARMS | SNAPS | TRACKS),
    ],
)
def test_the_help_is_that_of_the_store(
    configured: Any, store: str, others: set[str], missing: set[str]
) -> None:
    """Charms' commands at stores of charms, snaps' at stores of snaps, and fewer on premises."""
    text = configured.ok("--store", store, "--help").out
    assert EVERYWHERE | others <= listed(text)
    assert not listed(text) & missing
    assert f"store '{store}' {LEFT_OUT}" in " ".join(text.split())


def test_wherever_the_store_was_chosen(configured: Any) -> None:
    """By an option on either side, by the variable or by the file; the option wins."""
    wanted = configured.ok("--store", "snapstore", "--help").out
    assert configured.ok("--help", "--store", "snapstore").out == wanted
    assert configured.ok("--help", CRAFT_STORE_STORE="snapstore").out == wanted
    assert configured.ok("--help", "--store", "snapstore", CRAFT_STORE_STORE="ours").out == wanted
    configured.ok("config", "set", "store", "snapstore")
    assert configured.ok("--help").out == wanted


def test_without_a_store_every_command_is_listed(configured: Any) -> None:
    """Nothing is left out, and nothing is said of that."""
    text = configured.ok("--help").out
    assert listed(text) >= EVERYWHERE | CHARMS | SNAPS
    assert LEFT_OUT not in text


@pytest.mark.parametrize("store", ["no-such-store", "odd"])
def test_the_help_comes_also_where_the_store_cannot_be_had(configured: Any, store: str) -> None:
    """It lists everything and says why."""
    text = " ".join(configured.ok("--store", store, "--help").out.split())
    assert "All commands are listed: Unknown " in text
    assert "promote-snap" in text


def test_the_help_comes_also_with_a_broken_configuration(configured: Any) -> None:
    """People read it to find out what is wrong."""
    done = configured.ok("--help", CRAFT_STORE_CONFIG=str(configured.folder / "missing"))
    assert "All commands are listed: The configuration file" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("store", "arguments"),
    [
        ("charmhub", ["account"]),
        ("charmhub", ["promote-snap", "acme-web", "--from", "edge", "--to", "beta"]),
        ("snapstore", ["libraries", "list", "acme-web"]),
        ("snapstore", ["resources", "acme-web"]),
        ("ours", ["create-track", "acme-web", "2.0"]),
    ],
)
def test_what_is_left_out_says_so_when_it_is_typed(
    configured: Any, store: str, arguments: list[str]
) -> None:
    """Before anything is sent, and with the way to what is supported."""
    done = configured.run(*arguments, "--store", store, "--format", "json")
    assert done.code == 2, done
    assert done.error["code"] == "unsupported-operation"
    assert f"--store {store} --help" in done.error["advice"]


def test_a_file_is_not_sent_to_a_store_that_has_no_use_for_it(
    at_sandbox: Any, sandbox_store: Any
) -> None:
    """The Snap Store has no resources: that is found out before the upload."""
    file = at_sandbox.folder / "model.bin"
    file.write_bytes(b"model")
    call = ("upload-resource", "acme-web", "model", file, "--store", "sandbox-snap")
    assert at_sandbox.run(*call).code == 2
    assert not sandbox_store.requests


def test_stores_tells_what_each_can_do(configured: Any) -> None:
    """In JSON; null where the endpoint set is not installed."""
    stores = {item["name"]: item for item in configured.ok("stores", "--format", "json").result}
    assert "list-resources" in stores["charmhub"]["operations"]
    assert "list-resources" not in stores["snapstore"]["operations"]
    assert stores["odd"]["operations"] is None


def test_what_commands_need_exists(catalogue: Catalogue) -> None:
    """A need that nobody can have would hide a command everywhere."""
    stores = [catalogue.store(item.offer.name) for item in catalogue.stores]
    known = {name for store in stores for name in catalogue.operations(store)}
    for item in catalogue.commands:
        assert known.issuperset(item.offer.needs), item.offer.name


PLUGIN = """
    from craft_store_core.plugins import *
    from craft_store_core.plugins.endpoint_sets import EndpointSet, operation
    from craft_store_core.plugins.stores import Store

    @hookimpl
    def craft_store_stores():
        yield StoreOffer("acme", "A store", load=lambda: Store(
            "acme", "Acme", "acme", {"api": "https://acme.example"}, ()
        ))

    class Endpoints(EndpointSet):
        @operation()
        def release(self, name, requests): ...

        @operation()
        def get_metadata(self, name): ...

        @operation("acme-audit")
        def audit(self, name): ...

    @hookimpl
    def craft_store_endpoint_sets():
        yield EndpointSetOffer("acme", "Endpoints", load=LOAD)

    @hookimpl
    def craft_store_commands():
        yield CommandOffer("acme-audit", "Audit.", load=object, needs=["acme", "audit"])
        yield CommandOffer("other-audit", "Audit.", load=object, needs=("other",))
"""


@pytest.mark.parametrize(
    ("load", "there", "missing", "note"),
    [
        ("lambda: Endpoints", {"acme-audit", "close"}, "other-audit", LEFT_OUT),
        ("lambda: 1 / 0", {"acme-audit", "other-audit", "close"}, "", "All commands are listed"),
        ("lambda: 'release'", {"acme-audit", "close"}, "", "All commands are listed"),
        ("lambda: Endpoints(None)", {"acme-audit", "close"}, "", "All commands are listed"),
    ],
)
def test_the_endpoint_set_of_any_plugin_is_asked(
    plugin_site: Any, load: str, there: set[str], missing: str, note: str
) -> None:
    """Its operations, those of its own too, and its name; a defect costs nothing else."""
    plugin_site.add("acme", PLUGIN.replace("LOAD", load))
    done = plugin_site.run("--store", "acme", "--help")
    assert done.code == 0, done.err
    assert there <= listed(done.out)
    assert missing not in listed(done.out)
    assert note in " ".join(done.out.split())


def test_the_file_is_found_wherever_the_platform_has_it(craft_store: Any) -> None:
    """Without the variable it is below the home folder; without a home folder nothing breaks."""
    folder = craft_store.folder / ".config" / "craft-store"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('store = "charmhub"\n')
    del craft_store.environment["XDG_CONFIG_HOME"]
    if sys.platform == "linux":
        assert "create-key" not in craft_store.ok("--help").out
    del craft_store.environment["HOME"]
    assert "publish" in craft_store.ok("--help").out
