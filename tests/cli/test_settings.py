"""``config set`` and ``config unset``, ``metadata``, ``export-login`` and ``--non-interactive``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_a_setting_is_changed_and_comments_stay(craft_store: Any, tmp_path: Path) -> None:
    """What a person wrote is still there; the next command uses the value."""
    file = tmp_path / "own.toml"
    file.write_text('# mine\nstore = "charmhub" # the usual\n\n[timeouts]\nconnect = 5\n')
    own = {"CRAFT_STORE_CONFIG": str(file)}
    craft_store.ok("config", "set", "store", "sandbox", **own)
    craft_store.ok("config", "set", "timeouts.read", "7.5", **own)
    done = craft_store.ok(
        "config", "set", "credentials.backends", "file, memory", "--format", "json", **own
    )
    assert done.result == {
        "file": str(file), "key": "credentials.backends", "value": ["file", "memory"]
    }  # fmt: skip
    text = file.read_text()
    assert text.startswith('# mine\nstore = "sandbox" # the usual\n\n[timeouts]\nconnect = 5\n')
    shown = craft_store.ok("config", "show", "--format", "json", **own, CRAFT_STORE_BACKEND="")
    assert shown.result["read-timeout"] == 7.5
    assert shown.result["backends"] == ["file", "memory"]


def test_a_new_file_and_its_folder_are_made(craft_store: Any) -> None:
    """Nobody needs to know where it is; nothing else is left beside it."""
    craft_store.ok("config", "set", "progress", "2026-01-01")
    file = Path(craft_store.ok("config", "path").out.strip())
    assert file.read_text() == 'progress = "2026-01-01"\n'
    assert [item.name for item in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("stroe", "x", "'stroe' is not a setting"),
        ("stores.acme.tilte", "x", "'stores.acme.tilte' is not a setting"),
        ("stores.acme.urls.api.more", "x", "is not a setting"),
        ("credentials.backends.more", "x", "is not a setting"),
        ("timeouts.read", "soon", "must be a number of seconds"),
        ("timeouts.read", "-1", "must be a number of seconds"),
        ("store.name", "x", "not a table"),
        ("timeouts.", "x", "not a setting"),
    ],
)
def test_a_setting_that_cannot_be_used_is_not_written(
    craft_store: Any, tmp_path: Path, key: str, value: str, text: str
) -> None:
    """The file stays as it was, and the error speaks of it and not of a copy."""
    file = tmp_path / "own.toml"
    file.write_text('store = "charmhub"\n')
    done = craft_store.run("config", "set", "--", key, value, CRAFT_STORE_CONFIG=str(file))
    assert done.code == 2, done
    assert text in done.err
    assert ".own.toml" not in done.err
    assert file.read_text() == 'store = "charmhub"\n'


SETTINGS = """\
# mine
store = "charmhub" # the usual
progress = "plain"

[timeouts]
# patience
read = 5

[stores.acme]
like = "charmhub"
allow-http = false
urls = { api = "https://a.example", storage = "https://s.example" }

[credentials]
backends = ["file"]

[stores.other]
ttl = 60
"""


@pytest.mark.parametrize(
    ("key", "value", "gone"),
    [
        ("store", "charmhub", 'store = "charmhub" # the usual\n'),
        ("timeouts.read", 5, "read = 5\n"),
        ("stores.acme.like", "charmhub", 'like = "charmhub"\n'),
        ("stores.acme.allow-http", False, "allow-http = false\n"),
        ("stores.other", {"ttl": 60}, "[stores.other]\nttl = 60\n"),
        ("stores.other.ttl", 60, "[stores.other]\nttl = 60\n"),
        ("credentials.backends", ["file"], '[credentials]\nbackends = ["file"]\n\n'),
    ],
)
def test_a_setting_is_taken_out_and_the_rest_stays(
    craft_store: Any, tmp_path: Path, key: str, value: object, gone: str
) -> None:
    """Its line goes, with a table that nothing is left of; comments and order stay."""
    file = tmp_path / "own.toml"
    file.write_text(SETTINGS)
    own = {"CRAFT_STORE_CONFIG": str(file)}
    done = craft_store.ok("config", "unset", key, "--format", "json", **own)
    assert done.result == {"file": str(file), "key": key, "removed": True, "value": value}
    assert file.read_text() == SETTINGS.replace(gone, "")
    again = craft_store.ok("config", "unset", key, **own)
    assert again.out == f"{key} was not set in {file}.\n"


def test_what_is_left_of_inline_tables_can_be_read(craft_store: Any, tmp_path: Path) -> None:
    """One address goes, the other is still the store's; the last one takes the table along."""
    file = tmp_path / "own.toml"
    file.write_text(SETTINGS)
    own = {"CRAFT_STORE_CONFIG": str(file)}
    craft_store.ok("config", "unset", "stores.acme.urls.api", **own)
    stores = craft_store.ok("stores", "--format", "json", **own).result
    (acme,) = (store for store in stores if store["name"] == "acme")
    assert acme["urls"]["storage"] == "https://s.example"
    assert acme["urls"]["api"] == "https://api.charmhub.io"
    craft_store.ok("config", "unset", "stores.acme.urls.storage", **own)
    assert "urls" not in file.read_text()


def test_what_is_not_set_is_not_made(craft_store: Any) -> None:
    """Neither the setting nor the file; an unknown name is an error all the same."""
    done = craft_store.ok("config", "unset", "timeouts.read", "--format", "json")
    assert (done.result["removed"], done.result["value"]) == (False, None)
    assert not Path(done.result["file"]).exists()
    for key in ("stroe", "timeouts.raed", "store.name", "stores.acme.tilte", "timeouts."):
        unknown = craft_store.run("config", "unset", key)
        assert (unknown.code, "not a setting" in unknown.err) == (2, True), unknown


def test_a_file_is_repaired_by_taking_out_what_is_wrong(craft_store: Any, tmp_path: Path) -> None:
    """One thing after the other, also what the program does not know."""
    file = tmp_path / "own.toml"
    file.write_text('stroe = 2026-01-01\nstore = 7\n\n[more]\nx = 1\n[timeouts]\nread = "x"\n')
    own = {"CRAFT_STORE_CONFIG": str(file)}
    assert craft_store.run("config", "show", **own).code == 2
    for key in ("stroe", "more", "store", "timeouts.read"):
        craft_store.ok("config", "unset", key, "--format", "json", **own)
    assert file.read_text().strip() == ""
    craft_store.ok("config", "show", **own)


def test_a_file_that_cannot_be_read_or_written(craft_store: Any, tmp_path: Path) -> None:
    """A broken file is left alone; a place that cannot be written is named."""
    broken = tmp_path / "broken.toml"
    broken.write_text("store = ")
    done = craft_store.run("config", "set", "store", "x", CRAFT_STORE_CONFIG=str(broken))
    assert done.code == 2
    assert "cannot be read" in done.err
    done = craft_store.run("config", "unset", "store", CRAFT_STORE_CONFIG=str(broken))
    assert done.code == 2
    assert "cannot be read" in done.err
    assert broken.read_text() == "store = "
    below = str(broken / "below.toml")
    done = craft_store.run("config", "set", "store", "x", CRAFT_STORE_CONFIG=below)
    assert done.code == 2
    assert "cannot be" in done.err


def test_metadata_is_shown_and_changed(logged_in: Any) -> None:
    """What is not given stays; an empty text and an empty link remove."""
    logged_in.ok("register", "acme-web")
    logged_in.ok(
        "metadata", "set", "acme-web", "--contact", "team@example.com", "--title", "Acme",
        "--link", "docs=https://example.com/docs", "--link", "source=https://example.com/src",
    )  # fmt: skip
    logged_in.ok("metadata", "set", "acme-web", "--title", "", "--link", "docs=", "--private")
    result = logged_in.ok("metadata", "get", "acme-web", "--format", "json").result
    assert result["contact"] == "team@example.com"
    assert result["title"] is None
    assert result["links"] == {"source": ["https://example.com/src"]}
    assert result["private"] is True
    assert "https://example.com/src" in logged_in.ok("metadata", "get", "acme-web").out
    nothing = logged_in.run("metadata", "set", "acme-web")
    assert (nothing.code, "--title" in nothing.err) == (2, True)
    odd = logged_in.run("metadata", "set", "acme-web", "--link", "docs")
    assert (odd.code, "not KIND=URL" in odd.err) == (2, True)


def test_credentials_for_another_machine(
    at_sandbox: Any, sandbox_store: Any, tmp_path: Path
) -> None:
    """export-login is login --export: to a file or standard output, kept nowhere."""
    password, code = tmp_path / "password", tmp_path / "otp"

    def export(*arguments: object) -> Any:
        sandbox_store.clock.advance(31)
        password.write_text(sandbox_store.password)
        code.write_text(sandbox_store.account.one_time_password())
        return at_sandbox.ok(
            "export-login", *arguments, "--email", sandbox_store.account.email,
            "--password-file", password, "--otp-file", code,
        )  # fmt: skip

    export(tmp_path / "credentials")
    assert at_sandbox.run("whoami").code == 3
    text = (tmp_path / "credentials").read_text()
    assert at_sandbox.ok("whoami", CRAFT_STORE_CREDENTIALS=text).code == 0
    assert at_sandbox.ok("whoami", CRAFT_STORE_CREDENTIALS=export().out).code == 0
    document = json.loads(export("-", "--format", "json").out)
    credentials = document["result"]["credentials"]
    assert at_sandbox.ok("whoami", CRAFT_STORE_CREDENTIALS=credentials).code == 0


@pytest.mark.parametrize(
    ("given", "option", "code"),
    [
        ((), "--email", 2),
        (("--email", "jo@example.com"), "--password-file", 2),
        (("--email", "jo@example.com", "--password-file", "-"), "--otp-file", 3),
    ],
)
def test_without_a_terminal_the_option_is_named(
    at_sandbox: Any, sandbox_store: Any, given: tuple[str, ...], option: str, code: int
) -> None:
    """A job does not hang at a question that nobody sees: it learns how to answer it."""
    done = at_sandbox.run("login", *given, "--format", "json", stdin=f"{sandbox_store.password}\n")
    assert done.code == code
    assert option in done.error["advice"]


def test_nobody_is_asked_when_that_is_not_wanted(at_sandbox: Any) -> None:
    """With --non-interactive a login without a password fails at once, on a terminal too."""
    pty = pytest.importorskip("pty")  # Windows has none
    ours, theirs = pty.openpty()
    arguments = ("login", "--email", "jo@example.com", "--non-interactive")
    with subprocess.Popen(
        [sys.executable, "-c", "from craft_store_core.cli import main; main()", *arguments],
        env=at_sandbox.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=at_sandbox.folder,
    ) as process:
        assert process.wait(timeout=60) in {2, 3}
    shown = os.read(ours, 100_000).decode()
    os.close(theirs)
    os.close(ours)
    assert "what to do" in shown
    assert "Password" not in shown
