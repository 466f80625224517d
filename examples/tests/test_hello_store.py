"""The example charm under ops' own testing tools: every way that an event can end."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import ops
import pytest
from ops import testing

FOLDER = Path(__file__).resolve().parent.parent / "charm"


@pytest.fixture
def charm(monkeypatch: pytest.MonkeyPatch) -> type[ops.CharmBase]:
    """Load the charm's class from where Juju would run it."""
    spec = importlib.util.spec_from_file_location("hello_store", FOLDER / "src" / "charm.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # ops looks there for the folder that holds metadata.yaml and config.yaml.
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    loaded: type[ops.CharmBase] = module.HelloStoreCharm
    return loaded


@pytest.fixture
def context(charm: type[ops.CharmBase]) -> testing.Context[ops.CharmBase]:
    """Run events against the charm with its real metadata and options."""
    return testing.Context(charm)


@pytest.fixture
def greeting(tmp_path: Path) -> Path:
    """Return the attached resource, which tests may write otherwise."""
    file = tmp_path / "greeting.txt"
    file.write_text("Good morning\n", encoding="utf-8")
    return file


def state(greeting: Path, **config: str) -> testing.State:
    """Return a unit with the resource attached."""
    return testing.State(
        resources={testing.Resource(name="greeting", path=greeting)}, config=dict(config)
    )


@pytest.mark.parametrize("event", ["start", "config_changed", "upgrade_charm"])
def test_it_greets(context: testing.Context[ops.CharmBase], greeting: Path, event: str) -> None:
    """The resource's line and the default recipient make the status."""
    after = context.run(getattr(context.on, event)(), state(greeting))

    assert after.unit_status == testing.ActiveStatus("Good morning, world!")


def test_it_greets_whom_the_configuration_names(
    context: testing.Context[ops.CharmBase], greeting: Path
) -> None:
    """The option decides who is greeted."""
    after = context.run(context.on.config_changed(), state(greeting, recipient="Jo"))

    assert after.unit_status == testing.ActiveStatus("Good morning, Jo!")


def test_it_waits_after_its_installation(
    context: testing.Context[ops.CharmBase], greeting: Path
) -> None:
    """Nothing is promised before the first configuration."""
    after = context.run(context.on.install(), state(greeting))

    assert isinstance(after.unit_status, testing.MaintenanceStatus)


def test_it_asks_for_a_resource_that_is_not_attached(
    context: testing.Context[ops.CharmBase], greeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing resource blocks the unit with the command that helps."""

    def nothing_attached(_resources: ops.Resources, name: str) -> Path:
        # ops' testing tools know no resource that is declared but absent; a model answers this.
        raise ops.ModelError(f"ERROR could not download resource: {name}")

    monkeypatch.setattr(ops.Resources, "fetch", nothing_attached)

    after = context.run(context.on.start(), state(greeting))

    assert isinstance(after.unit_status, testing.BlockedStatus)
    assert "juju attach-resource" in after.unit_status.message


@pytest.mark.parametrize("content", [b"", b"one\ntwo\n", b"x" * 201, b"\xff\xfe\x00"])
def test_it_refuses_a_resource_that_is_no_line_of_text(
    context: testing.Context[ops.CharmBase], greeting: Path, content: bytes
) -> None:
    """A resource that cannot be shown blocks the unit; the hook itself does not fail."""
    greeting.write_bytes(content)

    after = context.run(context.on.start(), state(greeting))

    assert isinstance(after.unit_status, testing.BlockedStatus)
    assert "greeting" in after.unit_status.message
