"""What the documents say is so."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from craft_store_core.config import load_configuration
from craft_store_core.plugins.manager import HOOKS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def blocks(file: Path, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL)


def test_every_hook_is_documented() -> None:
    """The guide for plugin authors has a row for each hook and its offer."""
    text = (DOCS / "how-to" / "write-a-plugin.md").read_text(encoding="utf-8")
    for hook, offer in HOOKS.items():
        assert f"| `{hook}` | `{offer.__name__}`" in text


def test_the_documented_configuration_can_be_read(tmp_path: Path) -> None:
    """The example of the reference is a configuration file that works."""
    file = tmp_path / "config.toml"
    (example,) = blocks(DOCS / "reference" / "configuration.md", "toml")
    file.write_text(example)
    configuration = load_configuration({"CRAFT_STORE_CONFIG": str(file)})
    assert configuration.store == "charmhub"
    assert configuration.backend_options == {"file": {"encrypt": True}}
    store = configuration.define_store("acme", pytest.fail)
    assert store.auth_flows == ("candid",)


def test_every_variable_is_documented() -> None:
    """No variable that the sources read is missing from the reference."""
    text = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
    sources = [
        *ROOT.glob("craft_store_core/**/*.py"),
        *ROOT.glob("plugins/*/craft_store_*/**/*.py"),
    ]
    read = {
        name
        for source in sources
        for name in re.findall(r"\bCRAFT_STORE_[A-Z_]+[A-Z]\b", source.read_text(encoding="utf-8"))
    }
    assert {name for name in read if name not in text} == set()


def test_the_readme_names_every_distribution() -> None:
    """The table of the README is complete."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for folder in (ROOT / "plugins").iterdir():
        assert f"| `craft-store-{folder.name}` |" in text


@pytest.mark.parametrize(
    "file", sorted([*ROOT.glob("*.md"), *DOCS.glob("**/*.md")]), ids=lambda file: file.name
)
def test_links_lead_somewhere(file: Path) -> None:
    """Every relative link of a document leads to a file."""
    # A regular expression in code may look like a link.
    prose = re.sub(
        r"```.*?```|`[^`\n]*`", "code", file.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", prose):
        assert (file.parent / target).exists(), target


SCHEMA_OF_THE_GUIDE = """
import json
from acme_craft_store.audit import command
from craft_store_core.testing.json_schemas import document_schema
print(json.dumps(document_schema({"acme-audit": command})))
"""


def test_the_plugin_of_the_guide_works(tmp_path: Path) -> None:
    """The store and the command of the guide, installed, appear in the real program."""
    guide = DOCS / "how-to" / "write-a-plugin.md"
    store, endpoints, flow_offer, flow, command, offers = blocks(guide, "python")
    package = tmp_path / "acme_craft_store"
    package.mkdir()
    (package / "audit.py").write_text(command)
    (package / "endpoints.py").write_text(endpoints)
    (package / "flow.py").write_text(flow)
    (package / "plugin.py").write_text(
        f"{store}\n\n{flow_offer}\n\n{offers}\n\n"
        "_seal = object\n\n\n"
        "def _audit():\n"
        "    from acme_craft_store.audit import command\n\n"
        "    return command\n"
    )
    info = tmp_path / "acme_craft_store-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: acme-craft-store\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[craft_store.plugins]\nacme = acme_craft_store.plugin\n"
    )

    def run(*arguments: str) -> str:
        return python("from craft_store_core.cli import main; main()", *arguments)

    def python(program: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env={**os.environ, "PYTHONPATH": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    stores = json.loads(run("stores", "--format", "json"))["result"]
    (acme,) = (item for item in stores if item["name"] == "acme")
    assert acme["provider"] == "'acme' (acme-craft-store 1.0)"
    assert "craft-store acme-audit acme-web" in run("acme-audit", "--help")
    schema = json.loads(python(SCHEMA_OF_THE_GUIDE))
    items = schema["$defs"]["Audit"]["items"]
    assert (
        schema["$defs"]["Audit"]["description"] == "The revisions of a package, with their status."
    )
    assert "revision" in schema["$defs"][items["$ref"].rpartition("/")[2]]["required"]
    # That store has the Publisher Gateway's endpoint set, which lists revisions and seals nothing.
    listed = run("--store", "acme", "--help")
    assert "acme-audit" in listed
    assert "acme-seal" not in listed
    (tmp_path / "craft-store").mkdir()
    (tmp_path / "craft-store" / "config.toml").write_text(
        '[stores.sealed]\nlike = "acme"\nendpoint-set = "acme"\n'
    )
    assert "acme-seal" in run("--store", "sealed", "--help")
