"""``stores``, ``plugins``, help, and what happens when the store cannot be reached."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import click
import pytest

from craft_store_core.builtin import load_catalogue
from craft_store_core.cli.application import COMMANDS_PLUGIN
from craft_store_core.cli.main import run


def _commands() -> list[tuple[str, ...]]:
    catalogue = load_catalogue({"CRAFT_STORE_STRICT_PLUGINS": "1"}, builtin=(COMMANDS_PLUGIN,))
    found: list[tuple[str, ...]] = []
    for item in catalogue.commands:
        command = catalogue.command(item.offer.name)
        found.append((item.offer.name,))
        if isinstance(command, click.Group):
            found += [(item.offer.name, name) for name in command.commands]
    return found


@pytest.mark.parametrize("path", _commands(), ids=" ".join)
def test_every_command_explains_itself(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Help has a text, an example (but for groups) and the options that every command takes."""
    assert run([*path, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"Usage: craft-store {' '.join(path)}" in text
    for option in ("--store", "--format", "--verbose", "--quiet"):
        assert option in text
    if "COMMAND [ARGS]" not in text:
        assert f"Example: craft-store {' '.join(path)}" in " ".join(text.split())


def test_help_lists_the_commands_under_headings(craft_store: Any) -> None:
    """The help names every command that the job needs."""
    text = craft_store.ok("--help").out
    for name in [
        "demo",
        "publish",
        "login",
        "logout",
        "whoami",
        "register",
        "names",
        "upload",
        "upload-resource",
        "release",
        "status",
        "revisions",
        "resources",
        "stores",
        "plugins",
        "sandbox",
    ]:
        assert f"\n  {name} " in text
    assert "Publishing:" in text


def test_an_unknown_command_gets_a_suggestion(craft_store: Any) -> None:
    """A typing mistake is a usage error with what was probably meant."""
    done = craft_store.run("publsh")
    assert done.code == 2
    assert "publish" in done.err


def test_options_are_taken_before_and_after_the_name(craft_store: Any) -> None:
    """--format works in both places."""
    after = craft_store.ok("stores", "--format", "json").json
    before = craft_store.ok("--format", "json", "stores").json
    assert after == before
    assert before["command"] == "stores"


def test_usage_errors_are_json_too(craft_store: Any) -> None:
    """With --format json a bad option is an error object on standard output."""
    done = craft_store.run("whoami", "--format", "json", "--no-such-option")
    assert done.code == 2
    assert done.error["code"] == "usage"


def test_version(craft_store: Any) -> None:
    """--version prints the version."""
    assert craft_store.ok("--version").out.startswith("craft-store 0.")


def test_stores_lists_installed_and_configured_ones(craft_store: Any) -> None:
    """A store of the configuration file stands beside those of plugins."""
    folder = craft_store.folder / "config" / "craft-store"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        '[stores.mine]\nlike = "charmhub"\nurls = { api = "https://store.example" }\n'
        '[stores.broken]\nlike = "no-such-store"\n'
    )
    stores = {item["name"]: item for item in craft_store.ok("stores", "--format", "json").result}
    assert stores["charmhub"]["urls"]["api"] == "https://api.charmhub.io"
    assert stores["mine"]["urls"]["api"] == "https://store.example"
    assert "no-such-store" in stores["broken"]["error"]
    shown = craft_store.ok("stores").out
    assert "https://store.example" in shown


def test_a_configuration_that_cannot_be_read(craft_store: Any) -> None:
    """The error names the file and the key."""
    file = craft_store.folder / "own.toml"
    file.write_text("stroe = 'charmhub'\n")
    done = craft_store.run("whoami", CRAFT_STORE_CONFIG=str(file))
    assert done.code == 2
    assert "stroe" in done.err
    assert str(file) in done.err


def test_plugins_list_and_doctor(craft_store: Any) -> None:
    """What is installed is listed with what it offers; the doctor finds nothing wrong."""
    plugins = {p["name"]: p for p in craft_store.ok("plugins", "list", "--format", "json").result}
    assert plugins["charmhub"]["distribution"] == "craft-store-charmhub"
    assert {"kind": "store", "name": "charmhub"}.items() <= plugins["charmhub"]["offers"][0].items()
    assert "charmhub" in craft_store.ok("plugins", "list").out
    assert craft_store.ok("plugins", "doctor", "--load").out == "No problems found.\n"


def test_a_disabled_plugin_is_not_there(craft_store: Any) -> None:
    """Its stores are gone, the list says that it is disabled, the error says why."""
    off = {"CRAFT_STORE_DISABLE_PLUGINS": "charmhub"}
    stores = craft_store.ok("stores", "--format", "json", **off).result
    assert "charmhub" not in {item["name"] for item in stores}
    listed = craft_store.ok("plugins", "list", "--format", "json", **off).result
    assert {p["name"]: p["status"] for p in listed}["charmhub"] == "disabled"
    done = craft_store.run("whoami", "--store", "charmhub", **off)
    assert done.code == 2
    assert "disabled" in done.err


def test_no_plugins_leaves_the_core(craft_store: Any) -> None:
    """--no-plugins loads none of them."""
    stores = craft_store.ok("--no-plugins", "stores", "--format", "json").result
    assert stores == []


def test_an_unknown_store(craft_store: Any) -> None:
    """The error lists the stores that there are."""
    done = craft_store.run("whoami", "--store", "no-such-store")
    assert done.code == 2
    assert "no-such-store" in done.err
    assert "charmhub" in done.err


def test_no_store_chosen(craft_store: Any) -> None:
    """With several stores installed one must be named."""
    done = craft_store.run("whoami")
    assert done.code == 2
    assert "--store" in done.err


def test_a_store_that_is_down(craft_store: Any) -> None:
    """A refused connection is 'unavailable' and names the host."""
    done = craft_store.run(
        "whoami",
        "--store",
        "sandbox",
        CRAFT_STORE_SANDBOX_URL="http://127.0.0.1:9",
        CRAFT_STORE_CREDENTIALS="eyJ0IjoibWFjYXJvb24iLCJ2IjoidG9rZW4tYWJjIn0=",
    )
    assert done.code == 9
    assert "127.0.0.1:9" in done.err
    assert "Traceback" not in done.err


def test_an_html_error_page(craft_store: Any, scripted_server: Any) -> None:
    """A proxy's page is named as such, and not dumped."""
    page = "<html><title>Bad Gateway</title><body>" + "x" * 5000 + "</body></html>"
    scripted_server.expect("GET", "/v1/tokens/whoami", status=502, body=page)
    done = craft_store.run(
        "whoami",
        "--store",
        "sandbox",
        CRAFT_STORE_SANDBOX_URL=scripted_server.url,
        CRAFT_STORE_CREDENTIALS="eyJ0IjoibWFjYXJvb24iLCJ2IjoidG9rZW4tYWJjIn0=",
    )
    assert done.code == 9
    assert "HTML" in done.err
    assert "xxxx" not in done.err


def test_a_reader_that_goes_away(craft_store: Any) -> None:
    """Output into a closed pipe ends without a traceback."""
    program = "from craft_store_core.cli import main; main()"
    done = subprocess.run(
        f'"{sys.executable}" -c "{program}" plugins list | head -c 1',
        shell=True,
        env=craft_store.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert len(done.stdout) == 1
    assert "Traceback" not in done.stderr


def test_config_shows_what_is_in_force(craft_store: Any) -> None:
    """The file and the variables, as they are used."""
    shown = craft_store.ok(
        "config", "show", "--format", "json", CRAFT_STORE_API_URL="https://a.example"
    )
    assert shown.result["backends"] == ["file"]
    assert shown.result["urls"] == {"api": "https://a.example"}
    assert shown.result["file"] is None
    assert (
        "api=https://a.example"
        in craft_store.ok("config", "show", CRAFT_STORE_API_URL="https://a.example").out
    )
    path = craft_store.ok("config", "path").out.strip()
    assert path == str(craft_store.folder / "config" / "craft-store" / "config.toml")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for_shells(craft_store: Any, shell: str) -> None:
    """The script is for the program by its name."""
    script = craft_store.ok("completion", shell).out
    assert "_CRAFT_STORE_COMPLETE" in script
    assert "craft-store" in script


def test_completion_completes_commands(craft_store: Any) -> None:
    """What the script asks for is answered with the commands that are installed."""
    done = craft_store.ok(
        _CRAFT_STORE_COMPLETE="bash_complete", COMP_WORDS="craft-store pub", COMP_CWORD="1"
    )
    assert "publish" in done.out


@pytest.mark.parametrize(
    ("store", "words", "expected", "missing"),
    [
        ("", "", {"publish", "libraries", "metrics"}, set()),
        ("charmhub", "", {"publish", "libraries"}, {"metrics"}),
        ("", "--store snapstore ", {"publish", "metrics"}, {"libraries"}),
    ],
    ids=["none", "variable", "option"],
)
def test_completion_knows_the_chosen_store(
    craft_store: Any, store: str, words: str, expected: set[str], missing: set[str]
) -> None:
    """It offers what the help lists."""
    done = craft_store.run(
        _CRAFT_STORE_COMPLETE="bash_complete",
        COMP_WORDS=f"craft-store {words}",
        COMP_CWORD=str(len(words.split()) + 1),
        CRAFT_STORE_STORE=store,
    )
    offered = {line.partition(",")[2] for line in done.out.splitlines()}
    assert expected <= offered
    assert not missing & offered
