"""What the reference, the guide to CI and the example workflow say of commands is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from craft_store_core.builtin import load_catalogue
from craft_store_core.cli.application import COMMANDS_PLUGIN
from craft_store_core.publishing import read_plan

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WORKFLOW = ROOT / "examples" / "github-actions" / "publish.yml"
TABLES = {
    "charmcraft": "login logout whoami names register register-bundle unregister upload"
    " upload-resource resources resource-revisions set-resource-architectures revisions release"
    " promote close status create-track list-lib fetch-libs fetch-lib publish-lib create-lib",
    "snapcraft": "login export-login logout whoami names register upload upload-metadata release"
    " promote close status revisions tracks set-default-track metrics keys create-key register-key"
    " sign-build validate gated validation-sets edit-validation-sets confdb-schemas"
    " edit-confdb-schema",
}
"""Programs whose store commands stand in a table beside ours, and these commands."""
PAGES = [
    DOCS / "explanation" / "what-users-ask.md",
    DOCS / "how-to" / "publish-in-ci.md",
    *(DOCS / "reference" / f"coming-from-{program}.md" for program in TABLES),
    WORKFLOW,
]


@pytest.fixture(scope="module")
def offered() -> dict[str, click.Command]:
    """Every command by its words."""
    catalogue = load_catalogue({"CRAFT_STORE_STRICT_PLUGINS": "1"}, builtin=(COMMANDS_PLUGIN,))
    found: dict[str, click.Command] = {}
    for item in catalogue.commands:
        command = catalogue.command(item.offer.name)
        children = command.commands if isinstance(command, click.Group) else {}
        found |= {f"{item.offer.name} {name}": child for name, child in children.items()}
        if not children:
            found[item.offer.name] = command
    return found


def sections(text: str) -> dict[str, str]:
    """Return the section of each command."""
    parts = re.split(r"^### `craft-store ([a-z- ]+?)(?= [^a-z]|`)", text, flags=re.MULTILINE)
    return {
        name: body.split("\n## ")[0] for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_the_reference_of_commands_is_what_the_program_says(
    offered: dict[str, click.Command],
) -> None:
    """Each command has its section; those of the core are word for word what it says today."""
    page = sections((DOCS / "reference" / "commands.md").read_text(encoding="utf-8"))
    fresh = sections(
        subprocess.run(
            [sys.executable, str(ROOT / "tools" / "command_reference.py")],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
    )
    assert set(fresh) == set(offered)
    assert set(fresh) <= set(page), "run tools/command_reference.py"
    own = [name for name in page if "craft_store_core" in str(offered[name].callback.__module__)]
    assert len(own) > 30
    assert {name: page[name] for name in own} == {name: fresh[name] for name in own}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_that_pages_name_exist(
    page: Path, offered: dict[str, click.Command]
) -> None:
    """Nobody copies a command line that does not work."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"craft-store ([a-z][^`\n;|]*)", text)
    assert lines
    common = {"--store", "--format", "--quiet", "--non-interactive", "--verbose"}
    for line in lines:
        words = line.split()
        name = next((n for n in (" ".join(words[:2]), words[0]) if n in offered), None)
        if name is None and words[0] == "publish:":
            continue
        assert name is not None, line
        known = {option for parameter in offered[name].params for option in parameter.opts}
        for option in re.findall(r"(?<!\S)--[a-z-]+", line):
            assert option in known | common, line


@pytest.mark.parametrize("program", TABLES)
def test_every_command_of_another_program_has_its_row(program: str) -> None:
    """What stands beside it is run in ``tests/cli/documents``."""
    text = (DOCS / "reference" / f"coming-from-{program}.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \| .+? \|$", text, re.MULTILINE)
    theirs = {name for left in rows for name in re.findall(rf"`{program} ([a-z-]+)", left)}
    assert theirs >= set(TABLES[program].split())


def test_the_plan_of_the_guide_can_be_read(tmp_path: Path) -> None:
    """It is a plan that works, where the files are."""
    (tmp_path / "dist").mkdir()
    for name in ("acme-web_amd64", "acme-web_arm64", "acme-db_amd64"):
        (tmp_path / "dist" / f"{name}.charm").touch()
    text = (DOCS / "how-to" / "publish-in-ci.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "publish.toml").write_text(example)
    assert len(read_plan(tmp_path / "publish.toml").requests) == 3


def test_all_complaints_are_answered_and_held() -> None:
    """Twenty-five rows, each with a test that is there."""
    text = (DOCS / "explanation" / "what-users-ask.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| `(.+?)` \|$", text, re.MULTILINE)
    assert [int(row[0]) for row in rows] == list(range(1, 26))
    for row in rows:
        assert (ROOT / row[3]).is_file(), row


def test_the_workflow_is_one_and_keeps_outputs_out_of_scripts() -> None:
    """It is YAML with steps, and no expression stands inside of a script."""
    document: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    steps = document["jobs"]["publish"]["steps"]
    scripts = [step["run"] for step in steps if "run" in step]
    assert any("craft-store publish" in script for script in scripts)
    assert not any("${{" in script for script in scripts)
