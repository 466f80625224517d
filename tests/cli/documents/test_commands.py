"""Every command of every document works, or the document says why it is not run.

A block of shell or Python in a Markdown file is run here, unless a comment before it says
``not run: REASON`` or ``run by: TEST``. Commands of ``craft-store`` inside of sentences are parsed;
those in the tables that compare programs are run as well.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import click
import pytest

from craft_store_core.builtin import load_catalogue
from craft_store_core.cli.application import Application
from craft_store_core.cli.group import with_common_options
from craft_store_core.config import load_configuration

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CHARMS = {
    "ARCH": "amd64",
    "BUNDLE": "acme-bundle",
    "CHANNEL": "latest/edge",
    "CHARM": "acme-web",
    "CREDENTIALS": "exported.txt",
    "FILE": "acme-web.charm",
    "IMAGE": "image.tar",
    "IMAGE-RESOURCE": "web-image",
    "LIBRARY": "http_client",
    "NAME": "acme-new",
    "RESOURCE": "model",
    "REVISION": "1",
    "SOURCE": "latest/candidate",
    "TARGET": "latest/stable",
    "TRACK": "3.0",
    "charms.CHARM.vN.LIBRARY": "charms.acme_web.v0.http_client",
    "upload-resource CHARM RESOURCE FILE": "upload-resource acme-web model model.bin",
}
SNAPS = {
    "ARM-FILE": "weather-widget_1.5_arm64.snap",
    "CHANNEL": "latest/edge",
    "COMPONENT": "maps",
    "CREDENTIALS": "exported.txt",
    "DAY": "2026-01-31",
    "EMAIL": "sam@example.com",
    "FILE": "weather-widget_1.5_amd64.snap",
    "GATING": "lab-gadget",
    "ID": "acme",
    "KEY": "build-key",
    "METRIC": "installed_base_by_channel",
    "NAME": "weather-widget",
    "OTHER": "maps.comp",
    "PERCENT": "20",
    "PERMISSION": "package_access",
    "REVISION": "8",
    "SCHEMA-FILE": "network.yaml",
    "SECONDS": "3600",
    "SET": "lab-set",
    "SET-FILE": "lab-set.yaml",
    "SNAP": "lib-snap",
    "SOURCE": "latest/beta",
    "TARGET": "latest/stable",
    "TRACK": "2.x",
}
TABLES = {
    "docs/reference/coming-from-charmcraft.md": ("charmhub", CHARMS),
    "docs/reference/coming-from-snapcraft.md": ("snapstore", SNAPS),
}
"""What the words in the tables of a page stand for, and the store that they are for."""
CONFIGURES = re.compile(r"^\[(stores|credentials)", re.MULTILINE)
OF_SNAPS = re.compile("weather-widget|lab-|build-key|network|agreement|sandbox (force|revoke)")


def test_code_is_marked_as_what_it_is(page: Any) -> None:
    """Each block is fenced and has a language; the test that a mark names is there."""
    assert page.faults == ()
    for block in page.blocks:
        if block.mark and block.mark[0] == "run by":
            assert (page.path.parents[len(str(page).split("/")) - 1] / block.mark[1]).is_file()


@pytest.fixture(scope="session")
def tree(command_tree: Iterable[Any]) -> dict[str, click.Command]:
    """Every command by its words, with the options that all commands have."""
    return {leaf.path: with_common_options(leaf.command) for leaf in command_tree}


def fault_of(code: str, tree: dict[str, click.Command]) -> str | None:
    """Return what is wrong with a command in a sentence, where arguments may be left out."""
    words = shlex.split(code, comments=True)[1:]
    while words[:1] and words[0].startswith("-"):
        del words[: 2 if words[0] in {"--store", "--format"} else 1]
    path = next((path for n in (2, 1) if (path := " ".join(words[:n])) in tree), None)
    if path is None:
        group = any(known.startswith(f"{' '.join(words)} ") for known in tree)
        return None if group or not words or words[0].isupper() else "no such command"
    command = tree[path]
    context = click.Context(command, info_name=path, obj=Application({}))
    parser = command.make_parser(context)
    try:
        _, more, _ = parser.parse_args(words[len(path.split()) :])
    except click.NoSuchOption as error:
        return error.format_message()
    except click.UsageError:
        # A sentence may speak of an option without its value.
        return None
    return f"too many arguments: {more}" if more else None


def test_commands_in_sentences_exist(page: Any, tree: dict[str, click.Command]) -> None:
    """Also those whose first word is left out: ``release --progressive``."""
    first_words = {path.split()[0] for path in tree}
    wrong = []
    for line, code in (*page.inline, *page.cells):
        short = code.split(" ")[0] in first_words and " --" in code
        if short or code.startswith("craft-store "):
            fault = fault_of(f"craft-store {code}" if short else code, tree)
            if fault:
                wrong.append(f"line {line}: {code}: {fault}")
    assert wrong == []


def test_blocks_run(runnable: Any, publisher: Any) -> None:
    """All of a page, one after the other, as its reader does."""
    wrong = []
    for block in runnable.blocks:
        if block.language == "toml" and "[[artifact]]" in block.text:
            (publisher.folder / "publish.toml").write_text(block.text)
        try:
            if block.is_run_here:
                publisher.do(block.text, store_of(block.text), python=block.language == "python")
        except AssertionError as error:
            wrong.append(f"{runnable}:{block.line}: {error}")
    assert not wrong, "\n\n".join(wrong)


def store_of(text: str) -> str:
    """Return the store that a block names, or that its packages are at."""
    named = re.search(r"(?:--store[ =]|connect\(\")([a-z-]+)", text)
    if named:
        return named[1]
    return "snapstore" if OF_SNAPS.search(text) else "charmhub"


def test_configurations_can_be_read(page: Any, tmp_path: Path) -> None:
    """Each example of a configuration file works, with the stores that it defines."""
    catalogue = load_catalogue({"CRAFT_STORE_STRICT_PLUGINS": "1"})
    for block in page.blocks:
        if block.language == "toml" and CONFIGURES.search(block.text):
            file = tmp_path / "config.toml"
            file.write_text(block.text, encoding="utf-8")
            configuration = load_configuration({"CRAFT_STORE_CONFIG": str(file)})
            for name in configuration.stores:
                assert configuration.define_store(name, catalogue.store).name == name


@pytest.mark.parametrize("name", TABLES)
def test_commands_in_tables_run(name: str, pages: Any, publisher: Any) -> None:
    """What stands for a command of another program does its work."""
    store, values = TABLES[name]
    longest_first = sorted(values, key=len, reverse=True)
    words = re.compile(rf"\b({'|'.join(longest_first)})\b")
    wrong = []
    for line, code in pages[name].cells:
        if code.startswith("craft-store "):
            try:
                publisher.do(words.sub(lambda match: values[match[0]], code), store)
            except AssertionError as error:
                wrong.append(f"{name}:{line}: {error}")
    assert not wrong, "\n\n".join(wrong)
