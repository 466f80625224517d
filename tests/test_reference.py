"""The reference, the guide to CI and the example workflow are correct, and so are citations."""

from __future__ import annotations

import io
import re
import runpy
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import pytest
import yaml

from craft_store_core.builtin import load_catalogue
from craft_store_core.cli.application import COMMANDS_PLUGIN, Application
from craft_store_core.publishing import read_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
WIRE = DOCS / "reference" / "wire"
SOURCES = ("craft_store_core", "plugins", "tests", "examples", "benchmarks", "tools")
"""Folders whose docstrings and comments cite the wire references."""
NUMBER = r"\d+(?:\.\d+)*"
CITATION = re.compile(
    # Another document's section, the name of a reference, or the sections themselves.
    rf"(?P<foreign>\bRFC \d+, sections? {NUMBER})"
    r"|(?P<name>\b[A-Z]\w+ [A-Z]\w+ reference)\b"
    rf"|\b[Ss]ections? (?P<list>{NUMBER}(?: \(item \d+\))?"
    rf"(?:(?:, | and | or | to |, and ){NUMBER}(?: \(item \d+\))?)*)"
    # A number that stands alone is a citation which a search for sections misses.
    rf"|(?P<bare>\breference,? (?:section )?{NUMBER}|\(\d+\.\d+(?:\.\d+)?\))"
)


class Citation(NamedTuple):
    """A section that a text names, and of which reference; None where no reference is named."""

    reference: str | None
    section: str


def read_texts(source: str) -> Iterator[str]:
    """Yield each docstring and each comment of Python source, on one line."""
    comment: list[str] = []
    starts_statement = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comment.append(token.string.lstrip("#:"))
            continue
        if token.type == tokenize.NL:
            continue
        if comment:
            yield " ".join(" ".join(comment).split())
            comment = []
        if token.type == tokenize.STRING and starts_statement:
            yield " ".join(token.string.split())
        starts_statement = token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


def find_citations(texts: Iterator[str]) -> Iterator[Citation]:
    """Yield the sections that texts of one file name.

    A reference that is named holds for the rest of its text. The one that the first text names is
    the file's, and holds in texts without a name.
    """
    own: str | None = None
    for number, text in enumerate(texts):
        current = own
        for match in CITATION.finditer(text):
            if match["name"]:
                current = match["name"]
                own = own or current if number == 0 else own
            elif match["list"]:
                for section in re.findall(rf"(?<!item ){NUMBER}", match["list"]):
                    yield Citation(current, section)
            elif match["bare"]:
                yield Citation(None, match["bare"])


@pytest.fixture(scope="module")
def references() -> dict[str, Path]:
    """The page of each wire reference, by the name under which sources cite it."""
    pages = {}
    for page in WIRE.glob("*.md"):
        text = " ".join(page.read_text(encoding="utf-8").split())
        (name,) = re.findall(r'Source code cites this page as "([\w ]+), section N"', text)
        pages[name] = page
    return pages


@pytest.fixture(scope="module")
def citations(references: Mapping[str, Path]) -> dict[Citation, set[str]]:
    """Every citation in the sources and in the wire references, to the files that have it."""
    found: dict[Citation, set[str]] = {}
    own = Path(__file__)
    files = [own.parents[1] / folder for folder in SOURCES]
    for file in sorted(path for folder in files for path in folder.rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if file != own and re.search("[Ss]ection|reference", source):
            for citation in find_citations(read_texts(source)):
                found.setdefault(citation, set()).add(str(file.relative_to(ROOT)))
    for name, page in references.items():
        text = " ".join(page.read_text(encoding="utf-8").split())
        for citation in find_citations(iter([name, text])):
            found.setdefault(citation, set()).add(page.name)
    return found


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


def test_the_reference_is_what_the_code_says() -> None:
    """The page of commands and the JSON schema are those that the tool makes now."""
    files = runpy.run_path(str(ROOT / "tools" / "reference.py"))["generated"]()
    assert set(files) == {"commands.md", "json-schema.json"}
    for name, text in files.items():
        written = (DOCS / "reference" / name).read_text(encoding="utf-8")
        assert written == text, "run: python tools/reference.py"


def test_commands_and_options_of_the_workflow_exist(offered: dict[str, click.Command]) -> None:
    """Those of the documents are run in ``tests/cli/documents``."""
    lines = re.findall(r"\brun: craft-store (.+)", WORKFLOW.read_text(encoding="utf-8"))
    assert len(lines) > 1
    for line in lines:
        words = line.split()
        name = next(n for n in (" ".join(words[:2]), words[0]) if n in offered)
        command = offered[name]
        context = click.Context(command, obj=Application({}))
        known = {option for item in command.get_params(context) for option in item.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


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


@pytest.mark.parametrize("page", sorted(WIRE.glob("*.md")), ids=lambda page: page.stem)
def test_cited_sections_of_a_wire_reference_exist(
    page: Path, references: Mapping[str, Path], citations: Mapping[Citation, set[str]]
) -> None:
    """Each section that sources and the page itself name is a heading of the page."""
    headings = re.findall(
        rf"^##+ ({NUMBER})\.? \S", page.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert len(headings) == len(set(headings))
    (name,) = (name for name in references if references[name] == page)
    cited = {item.section: files for item, files in citations.items() if item.reference == name}
    assert len({file for files in cited.values() for file in files if file.endswith(".py")}) > 20
    assert {section: cited[section] for section in cited if section not in headings} == {}


def test_every_citation_names_a_wire_reference(
    references: Mapping[str, Path], citations: Mapping[Citation, set[str]]
) -> None:
    """A number whose document is not named leads nowhere."""
    assert set(references) == {"Publisher Gateway reference", "Snap Store reference"}
    lost = {item: files for item, files in citations.items() if item.reference not in references}
    assert lost == {}


def test_citations_are_found_in_docstrings_and_comments() -> None:
    """All spellings are recognised, and those that lead nowhere are reported."""
    source = '''"""Do it (Publisher Gateway
reference, sections 3.4 to 3.12, 18 (item 9) and 21.9)."""

# As in the Snap Store reference,
# section 4.3; see section 8, too.
LIMIT = "section 99"
"""Bytes (section 8); see RFC 9110, section 5.1."""


def send() -> None:
    """Send it.

    Source: Snap Store reference, section 6; Publisher Gateway reference, section 2.
    """
    print("section 98")  # Not (12.2), nor the reference, section 7, nor reference 5.
'''
    gateway, snaps = "Publisher Gateway reference", "Snap Store reference"
    assert list(find_citations(read_texts(source))) == [
        Citation(gateway, "3.4"),
        Citation(gateway, "3.12"),
        Citation(gateway, "18"),
        Citation(gateway, "21.9"),
        Citation(snaps, "4.3"),
        Citation(snaps, "8"),
        Citation(gateway, "8"),
        Citation(snaps, "6"),
        Citation(gateway, "2"),
        Citation(None, "(12.2)"),
        Citation(None, "reference, section 7"),
        Citation(None, "reference 5"),
    ]
    assert list(find_citations(iter(["Bytes (section 8)."]))) == [Citation(None, "8")]
