"""The Markdown files of the project, and a publisher who does what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from macaroonbakery import bakery
from markdown_it import MarkdownIt

from craft_store_core.errors import ExitCode
from craft_store_core.plugins.credentials import MACAROON, Credential
from craft_store_core.testing.command_line import CommandLine, Finished
from craft_store_sandbox import (
    ReviewPace,
    SnapOutcome,
    build_charm,
    build_component,
    build_image,
    build_snap,
)
from craft_store_sandbox.sandbox import ReadySandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("benchmarks", "docs", "examples", "plugins", "tests")
BUILT = {"build", "dist"}
RUNNABLE = {"sh", "python"}
SHOWN = {"ini", "json", "text", "toml"}
MARK = re.compile(r"<!-- (not run|run by): (.+?) -->\s*", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of code, and what the comment before it says."""

    language: str
    text: str
    line: int
    mark: tuple[str, str] | None

    @property
    def is_run_here(self) -> bool:
        return self.language in RUNNABLE and self.mark is None


@dataclass(frozen=True)
class Page:
    """A Markdown file.

    Attributes:
        blocks: Its fenced blocks.
        inline: Line and text of code inside of sentences.
        cells: The same in tables.
        faults: Code that cannot be told from text or from a command.
    """

    path: Path
    blocks: tuple[Block, ...]
    inline: tuple[tuple[int, str], ...]
    cells: tuple[tuple[int, str], ...]
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()


@cache
def _pages() -> tuple[Page, ...]:
    below = (page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))
    found = {*ROOT.glob("*.md"), *(page for page in below if not BUILT & {*page.parts})}
    return tuple(_read(page) for page in sorted(found))


def _read(path: Path) -> Page:
    blocks: list[Block] = []
    inline: list[tuple[int, str]] = []
    cells: list[tuple[int, str]] = []
    faults: list[str] = []
    mark: tuple[str, str] | None = None
    line = 0
    heading = table = False
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8")):
        line = token.map[0] + 1 if token.map else line
        if mark and token.type != "fence":
            faults.append(f"line {line}: a mark without a block")
        if token.type in {"heading_open", "heading_close"}:
            heading = token.type == "heading_open"
        elif token.type in {"table_open", "table_close"}:
            table = token.type == "table_open"
        elif token.type == "code_block":
            faults.append(f"line {line}: code without a fence")
        elif token.type == "fence":
            language = token.info.strip()
            if language not in RUNNABLE | SHOWN:
                faults.append(f"line {line}: a block of the language {language!r}")
            blocks.append(Block(language, token.content, line, mark))
        elif token.type == "inline" and not heading:
            codes = (child for child in token.children or () if child.type == "code_inline")
            (cells if table else inline).extend((line, code.content) for code in codes)
        match = MARK.fullmatch(token.content) if token.type == "html_block" else None
        mark = (match[1], match[2]) if match else None
    return Page(path, tuple(blocks), tuple(inline), tuple(cells), tuple(faults))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test for every ``page``, or for every ``runnable`` one that has code to run."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", _pages(), ids=str)
    if "runnable" in metafunc.fixturenames:
        pages = [page for page in _pages() if any(block.is_run_here for block in page.blocks)]
        metafunc.parametrize("runnable", pages, ids=str)


@pytest.fixture(scope="session")
def pages() -> dict[str, Page]:
    """Every page by its path from the root of the repository."""
    return {str(page): page for page in _pages()}


PROGRAM = "from craft_store_core.cli import main; main()"
# What is asked for at a login is given by options.
SHIM = """\
#!/bin/sh
case $1 in login|export-login) set -- "$@" {answers} ;; esac
exec {python} -c '{program}' "$@"
"""
BROWSER = """\
#!{python}
import os, sys
from urllib.parse import urlencode
from urllib.request import urlopen

urlopen(sys.argv[1]).read()
form = {{name: os.environ[f"ACCOUNT_{{name.upper()}}"] for name in ("email", "password", "otp")}}
urlopen(sys.argv[1], urlencode(form).encode()).read()
"""
STORES = """\
[stores.charmhub]
like = "charmhub"
urls = {{ {urls}, registry = "{api}" }}

[stores.snapstore]
like = "snapstore"
urls = {{ {urls}, gateway = "{api}" }}

[stores.acme]
endpoint-set = "publisher-gateway"
auth-flows = ["candid"]
permissions = ["package-manage", "package-view"]
urls = {{ {urls} }}

[stores.mine]
endpoint-set = "onprem"
auth-flows = ["onprem-admin"]
urls = {{ api = "{enterprise.api}", storage = "{enterprise.storage}" }}
"""
TEXTS = {
    "charmcraft.yaml": "name: acme-web\n",
    "lab-set.yaml": (
        "name: lab-set\nsequence: 1\nsnaps:\n- name: lib-snap\n  presence: required\n"
    ),
    "network.yaml": """\
name: network
views:
  wifi-setup:
    rules:
    - request: ssids
      storage: wifi.ssids
body: '{"storage": {"schema": {"wifi": {"values": "any"}}}}'
""",
}
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00\x00\x00\x02\x00\x08\x06\x00\x00\x00"
    b"\xf4x\xd4\xfa"
)
RESOURCES = {"model": "file", "web-image": "oci-image", "db-image": "oci-image"}
ASKS = ("promote", "promote-snap", "unregister")
"""Commands that ask for a confirmation."""
ENDS_LOGIN = re.compile("login|logout|import|advance-clock|answer|agent|connect")
DAYS = 86400
CAT = re.compile(r"\"?\$\(cat ([a-z.]+)\)\"?")
ASSIGNMENT = re.compile(r"[A-Z_]+=")
SHELL = re.compile(r"[$`|&;<>*()]")


class Publisher:
    """A person with a folder of files, and with stores on this machine that know them.

    Args:
        folder: Home and working directory; ``stores`` in it is what the stores keep.
        environment: Variables.
        charms_and_snaps: Charmhub, the Snap Store and their logins.
        enterprise: An Enterprise Store.
    """

    def __init__(
        self,
        folder: Path,
        environment: dict[str, str],
        charms_and_snaps: ReadySandbox,
        enterprise: ReadySandbox,
    ) -> None:
        self._program = CommandLine(folder)
        self.folder = folder
        self.sandbox = charms_and_snaps
        self.environment = {
            **environment,
            "BROWSER": str(folder / "bin" / "browser"),
            "CRAFT_STORE_CONFIG": str(folder / "config.toml"),
            "CRAFT_STORE_SANDBOX_URL": charms_and_snaps.urls.api,
            "CRAFT_STORE_STRICT_PLUGINS": "1",
        }
        self._enterprise = enterprise
        self._logged_in: str | None = None
        urls = charms_and_snaps.urls
        texts = (f'{name} = "{getattr(urls, name)}"' for name in ("api", "storage", "sso"))
        candid = f'candid = "{urls.candid}"'
        configuration = STORES.format(
            api=urls.api, urls=", ".join((*texts, candid)), enterprise=enterprise.urls
        )
        (folder / "config.toml").write_text(configuration)

    def stock(self) -> None:
        """Put the files and the packages there that the documents name."""
        for name, text in TEXTS.items():
            (self.folder / name).write_text(text)
        (self.folder / "icon.png").write_bytes(PNG)
        (self.folder / "admin.macaroon").write_text(self._admin["SNAPCRAFT_ADMIN_MACAROON"])
        self._stock_charms()
        self._stock_snaps()

    def _stock_charms(self) -> None:
        folder, store, jo = self.folder, self.sandbox, self.sandbox.account
        store.add_package("acme-web", jo, guardrails=[r"\d\.\d"])
        store.add_package("acme-db", jo, tracks=["2.0"])
        store.add_package("acme-old", jo)
        build_image(folder / "image.tar", architectures=["amd64", "arm64"])
        self.log_in("charmhub")
        for number in range(1, 8):
            charm = build_charm(folder, resources=RESOURCES, payload=bytes([number]))
            sent = self.ok("upload", charm, "--format", "json", store="charmhub").result
        (folder / "upload-id").write_text(sent["upload-id"])
        for number in (1, 2):
            (folder / "model.bin").write_bytes(bytes([number]))
            self.ok("upload-resource", "acme-web", "model", "model.bin", store="charmhub")
        for name in ("db-image", "web-image"):
            self.ok("upload-resource", "acme-web", name, "image.tar", store="charmhub")
        pins = [f"--resource={name}=1" for name in RESOURCES]
        channels = ("latest/candidate", "latest/beta", "latest/stable")
        self.ok("release", "acme-web", 7, *channels, *pins, store="charmhub")
        self.ok("libraries", "register", "acme-web.http_client", store="charmhub")
        self.ok("libraries", "publish", store="charmhub")
        (folder / "dist").mkdir()
        for name in ("acme-web", "acme-web_amd64", "dist/acme-web_amd64"):
            file = folder / f"{name}.charm"
            build_charm(file, resources=RESOURCES, payload=name.encode())
        build_charm(folder / "dist" / "acme-db_amd64.charm", "acme-db")
        build_charm(folder / "my.charm", "my-charm", resources={"model": "file"})

    def _stock_snaps(self) -> None:
        folder, store, jo = self.folder, self.sandbox, self.sandbox.account
        sam = store.add_account("sam@example.com", "a password of sam", username="sam-example")
        store.add_snap("weather-widget", jo, tracks=["2.x"], guardrails=[r"\d\.x"])
        store.add_snap("lab-gadget", jo)
        store.add_snap("lib-snap", sam)
        store.gate_snap("lab-gadget", "lib-snap")
        store.add_brand_store("acme", "Acme", {jo: ["admin", "view"]})
        store.add_metric("weather-widget", "installed_base_by_channel", {"stable": {}})
        self.log_in("snapstore")
        for number in range(1, 9):
            snap = build_snap(folder / "old.snap", payload=bytes([number]))
            self.ok("upload", snap, store="snapstore")
        self.ok("release", "weather-widget", 7, "beta", store="snapstore")
        snap = build_snap(folder / "weather-widget_1.5_arm64.snap", architectures=["arm64"])
        self.ok("upload", snap, "--release", "beta", store="snapstore")
        build_component(folder / "maps.comp")

    def run(self, *words: object, store: str, **variables: str) -> Finished:
        """Run ``craft-store`` at a store."""
        self._program.environment = {**self.environment, "CRAFT_STORE_STORE": store}
        return self._program.run(*words, **variables)

    def ok(self, *words: object, store: str, **variables: str) -> Finished:
        """Run a command that must succeed."""
        done = self.run(*words, store=store, **variables)
        assert done.code == 0, f"craft-store {shlex.join(map(str, words))}\n{done.err}{done}"
        return done

    def log_in(self, store: str, email: str | None = None) -> None:
        """Replace the stored credentials by new ones, which nothing has limited or ended."""
        if store == "mine":
            self.ok("login", "--force", store=store, **self._admin)
            return
        account = self.sandbox.find_account(email) if email else self.sandbox.account
        assert account is not None
        if store == "snapstore":
            text = self.sandbox.issue_snap_macaroons(account).exported
        else:
            token = self.sandbox.issue_token(account, ttl=90 * DAYS)
            expires = self.sandbox.clock.now() + timedelta(days=90)
            text = Credential(MACAROON, token, expires_at=expires).encode()
        (self.folder / "credentials.txt").write_text(text)
        self.run("logout", store=store)
        self.ok("auth", "import", "credentials.txt", store=store)

    @property
    def _admin(self) -> dict[str, str]:
        macaroon = self._enterprise.issue_admin_macaroon(self._enterprise.account)
        return {"SNAPCRAFT_ADMIN_MACAROON": macaroon}

    def do(self, text: str, store: str, *, python: bool = False) -> None:
        """Do what a block says, with new credentials unless it makes some itself."""
        text = self._prepare(text, store)
        if python:
            self._python(text)
            return
        lines = text.replace("\\\n", " ").splitlines()
        if not all(_is_plain(CAT.sub("", line)) for line in lines):
            self._shell(text, store)
            return
        exported: dict[str, str] = {}
        for line in lines:
            words = shlex.split(CAT.sub(self._quote, line), comments=True)
            variables = dict(word.split("=", 1) for word in takewhile(ASSIGNMENT.match, words))
            if words[:1] == ["export"]:
                exported |= dict(word.split("=", 1) for word in words[1:])
            elif words:
                arguments = words[len(variables) + 1 :]
                self._call(arguments, store, {**exported, **variables})

    def _quote(self, match: re.Match[str]) -> str:
        return shlex.quote(_text_of(self.folder / match[1]))

    def _call(self, arguments: list[str], store: str, variables: dict[str, str]) -> None:
        """Run ``craft-store`` as a reader does: with answers where it asks."""
        arguments = [word.replace("~", str(self.folder)) for word in arguments]
        if arguments[0] in {"login", "export-login"}:
            arguments += self._answers(store)
        if arguments[0] in ASKS and "--yes" not in arguments:
            arguments.append("--yes")
        if arguments[:2] == ["sandbox", "serve"]:
            self._serve(arguments)
        else:
            self.ok(*arguments, store=store, **variables)

    def _python(self, text: str) -> None:
        """Run a program, then the tests in it."""
        self._answers("charmhub")
        names: dict[str, Any] = {"__name__": "example"}
        try:
            exec(compile(text, "example", "exec"), names)
            for name, function in names.items():
                if name.startswith("test_"):
                    function(self.sandbox)
        except Exception as error:
            raise AssertionError(f"{text}{error!r}") from error

    def _answers(self, store: str) -> list[str]:
        """Return options that say at a login what a person would type."""
        if store == "mine":
            return []
        account = self.sandbox.account
        # A one-time password can be used only once.
        self.sandbox.clock.advance(31)
        otp = account.one_time_password()
        self.environment |= {
            "ACCOUNT_EMAIL": account.email,
            "ACCOUNT_PASSWORD": self.sandbox.password,
            "ACCOUNT_OTP": otp,
        }
        os.environ.update(self.environment)
        if store == "acme":
            return []
        (self.folder / "password").write_text(self.sandbox.password)
        (self.folder / "otp").write_text(otp)
        return ["--email", account.email, "--password-file", "password", "--otp-file", "otp"]

    def _prepare(self, text: str, store: str) -> str:
        """Make what a block needs to be there; return it with the ids that stores chose."""
        if re.search(r"\blogin\b(?!s)", text):
            self.run("logout", store=store)
        elif store not in {"acme", self._logged_in}:
            self.log_in(store)
        # What a block does to the credentials must not reach the next one.
        self._logged_in = None if ENDS_LOGIN.search(text) else store
        if "sandbox review" in text:
            self.sandbox.snaps.outcomes["weather-widget"] = SnapOutcome("need_manual_review", [])
            build_snap(self.folder / "held.snap", payload=text.encode())
            known = self.ok("revisions", "weather-widget", "--format", "json", store="snapstore")
            revision = len(known.result) + 1
            text = re.sub(r"(review weather-widget) \d+", rf"\1 {revision}", text)
            assert self.run("upload", "held.snap", store="snapstore").code == ExitCode.PENDING
        if "collaborators answer" in text:
            invite = ("collaborators", "invite", "weather-widget", "sam@example.com")
            (row,) = self.ok(*invite, "--format", "json", store="snapstore").result
            (self.folder / "token.txt").write_text(row["token"])
            self.log_in("snapstore", "sam@example.com")
        keys = self.folder / "bin" / "keys.json"
        if "create-key" in text:
            keys.unlink(missing_ok=True)
        elif "build-key" in text and "build-key" not in _text_of(keys):
            subprocess.run(["snap", "create-key", "build-key"], check=True, capture_output=True)
        if ".snap" in text:
            components = {"maps": "standard"} if "--component" in text else None
            snap = self.folder / "weather-widget_1.5_amd64.snap"
            build_snap(snap, version="1.5", components=components)
        if "libraries register" in text:
            # A library can be registered once.
            text = text.replace("http_client", "http_server")
        if "agent.json" in text:
            self._make_agent()
        upload_id = (self.folder / "upload-id").read_text()
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", upload_id, text)

    def _make_agent(self) -> None:
        key = bakery.generate_key()
        public = str(key.public_key)
        self.sandbox.add_agent("acme-ci", public, self.sandbox.account)
        agents = [{"url": self.sandbox.urls.candid, "username": "acme-ci"}]
        document = {"key": {"public": public, "private": str(key)}, "agents": agents}
        (self.folder / "agent.json").write_text(json.dumps(document))

    def _shell(self, text: str, store: str) -> None:
        """Run what only a shell can run."""
        (self.folder / "bin" / "craft-store").write_text(
            SHIM.format(
                python=shlex.quote(sys.executable),
                program=PROGRAM,
                answers=shlex.join(self._answers(store)),
            )
        )
        done = subprocess.run(
            ["bash", "-euc", text],
            env={**self.environment, "CRAFT_STORE_STORE": store},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{text}exit code {done.returncode}\n{done.stderr}"

    def _serve(self, arguments: list[str]) -> None:
        """Run what goes on until Ctrl-C, at any port."""
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments, "--port", "0"],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            assert process.stderr
            served = any("until you press Ctrl-C" in line for line in process.stdout)
            process.send_signal(signal.SIGINT)
            said = process.stderr.read()
        assert served, said
        assert process.returncode == 0, said


def _text_of(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _is_plain(line: str) -> bool:
    """Tell whether a line does nothing but set variables, or call ``craft-store``."""
    words = shlex.split(line, comments=True)
    program = next((word for word in words if not ASSIGNMENT.match(word)), "craft-store")
    return program in {"craft-store", "export"} and not SHELL.search(line.partition("#")[0])


@contextmanager
def _publisher(folder: Path) -> Iterator[Publisher]:
    """Start the stores of a folder, and make this process the publisher's."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        for name in os.environ:
            if name.startswith(("CRAFT_STORE_", "SNAPCRAFT_", "XDG_")):
                patch.delenv(name)
        kept = dict(os.environ)
        stores = [
            stack.enter_context(
                ReadySandbox(
                    folder / "stores" / name,
                    review=ReviewPace(polls=0),
                    control=True,
                    on_prem=name == "enterprise",
                )
            )
            for name in ("both", "enterprise")
        ]
        environment = {
            **kept,
            "HOME": str(folder),
            "PATH": f"{folder / 'bin'}{os.pathsep}{kept['PATH']}",
            "CRAFT_STORE_BACKEND": "file",
            "CRAFT_STORE_BACKOFF": "0",
            "CRAFT_STORE_DATA": str(folder / "data"),
            "NO_COLOR": "1",
        }
        publisher = Publisher(folder, environment, *stores)
        for name, value in publisher.environment.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        yield publisher


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a publisher, filled once: each test works on a copy."""
    if shutil.which("mksquashfs") is None:
        pytest.skip("mksquashfs is not installed (Debian: squashfs-tools)")
    folder = tmp_path_factory.mktemp("stocked")
    (folder / "bin").mkdir()
    for name, text in {"browser": BROWSER.format(python=sys.executable), "craft-store": ""}.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    with _publisher(folder) as publisher:
        publisher.stock()
    return folder


@pytest.fixture
def publisher(stocked: Path, snap_program: Path) -> Iterator[Publisher]:
    """A publisher with a copy of that folder, and with the program ``snap``."""
    folder = snap_program.parents[1]
    shutil.copytree(stocked, folder, dirs_exist_ok=True)
    with _publisher(folder) as publisher:
        yield publisher
