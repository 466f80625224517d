"""What commands print with ``--format json`` at a store of charms keeps to the documented schemas.

That every command has a schema is checked in ``test_command_tree.py``; the commands for snaps, and
those for both at a store of snaps, are run in ``test_json_schemas_snaps.py``.
"""

from __future__ import annotations

import signal
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IN_THE_OTHER = {
    f"sandbox {name}"
    for name in ("advance-clock", "force-refresh", "review", "revoke-logins", "set")
}
"""Commands that are run in the other file, where there is something for each to do."""

Step = tuple[tuple[object, ...], int]
"""A command line and its exit code."""


def system_steps(charm: Path, secret: str) -> Iterator[Step]:
    yield ("stores",), 0
    yield ("plugins", "list"), 0
    yield ("plugins", "doctor", "--load"), 0
    yield ("config", "show"), 0
    yield ("config", "path"), 0
    yield ("config", "set", "timeouts.read", "50"), 0
    yield ("config", "unset", "timeouts.read"), 0
    yield ("config", "unset", "timeouts.read"), 0
    yield ("completion", "bash"), 0
    yield ("sandbox", "otp", secret), 0
    yield ("demo", charm, "--resource", f"model={charm}"), 0


def account_steps(folder: Path, sandbox: Any) -> Iterator[Step]:
    password, otp = folder / "password", folder / "otp"

    def with_password(*arguments: object) -> tuple[object, ...]:
        sandbox.clock.advance(31)
        password.write_text(sandbox.password)
        otp.write_text(sandbox.account.one_time_password())
        email = sandbox.account.email
        return *arguments, "--email", email, "--password-file", password, "--otp-file", otp

    yield ("whoami",), 3
    yield with_password("export-login", folder / "credentials"), 0
    yield with_password("export-login"), 0
    yield ("auth", "import", folder / "credentials"), 0
    yield with_password("login", "--force"), 0
    yield ("auth", "status"), 0
    yield ("auth", "status", "--offline"), 0
    yield ("whoami",), 0
    yield ("api", "GET", "/v1/tokens/whoami"), 0


def name_steps(sandbox: Any) -> Iterator[Step]:
    yield ("register", "acme-web"), 0
    yield ("register", "acme-web"), 0
    yield ("register", "acme-db"), 0
    yield ("register", "acme-set", "--type", "bundle"), 0
    yield ("names",), 0
    yield ("unregister", "acme-db", "--yes"), 0
    yield ("metadata", "set", "acme-web", "--link", "docs=https://example.com"), 0
    yield ("metadata", "get", "acme-web"), 0
    sandbox.add_guardrail("acme-web", r"[0-9]\.[0-9]")
    yield ("create-track", "acme-web", "2.0", "--phasing", "20"), 0
    yield ("tracks", "acme-web"), 0
    yield ("libraries", "register", "acme-web.tea"), 0
    yield ("libraries", "publish", "--charm", "acme-web", "--dry-run"), 0
    yield ("libraries", "publish", "--charm", "acme-web"), 0
    yield ("libraries", "list", "acme-web"), 0
    yield ("libraries", "fetch", "acme-web.tea", "--folder", "config"), 0
    yield ("libraries", "fetch"), 0
    yield ("libraries", "fetch", "acme-web.no_such_library"), 5
    yield ("status", "no-such-name"), 5


def publishing_steps(folder: Path, charm: Path, sandbox: Any) -> Iterator[Step]:
    plan = folder / "publish.toml"
    (folder / "model.bin").write_bytes(b"model")
    plan.write_text(f"[[artifact]]\nfile = '{charm}'\nresources = {{ model = 'model.bin' }}\n")
    yield ("publish", plan, "--channel", "edge", "--dry-run"), 0
    yield ("publish", plan, "--no-wait"), 7
    sandbox.clock.advance(60)
    yield ("upload", charm), 0
    yield ("publish", plan, "--channel", "edge"), 0
    yield ("publish", plan, "--channel", "2.0/edge/fix"), 0
    yield ("publish", plan, "--channel", "2.0/candidate", "--timeout", "0"), 8
    yield ("upload-resource", "acme-web", "model", charm), 0
    yield ("set-resource-architectures", "acme-web", "model", "amd64", "--revision", 2), 0
    yield ("revisions", "acme-web"), 0
    yield ("resources", "acme-web"), 0
    yield ("resource-revisions", "acme-web", "model"), 0
    yield ("release", "acme-web", 1, "beta", "--resource", "model=2"), 0
    yield ("release", "acme-web", 99, "edge"), 5
    yield ("status", "acme-web"), 0
    yield ("diff", "acme-web", "edge", "stable"), 0
    yield ("promote", "acme-web", "--from", "beta", "--to", "stable", "--yes"), 0
    yield ("close", "acme-web", "beta"), 0
    yield ("set-default-track", "acme-web", "2.0"), 0
    yield ("logout",), 0
    yield ("info", "acme-web"), 0
    yield ("info", "no-such-charm"), 5


@pytest.fixture
def scenario(sandbox_store: Any, charm: Path, tmp_path: Path) -> Iterator[Step]:
    """Everything that a publisher does, in an order that works."""
    return chain(
        system_steps(charm, sandbox_store.account.totp_secret),
        account_steps(tmp_path, sandbox_store),
        name_steps(sandbox_store),
        publishing_steps(tmp_path, charm, sandbox_store),
    )


def test_what_commands_print_keeps_to_their_schemas(
    at_sandbox: Any,
    documents_of: Callable[[Any], Any],
    scenario: Any,
    works_at: Callable[[str], set[str]],
) -> None:
    """Successes and failures of every command, through the real program at a real store."""
    documents = documents_of(at_sandbox)
    for arguments, code in scenario:
        document = documents.run(*arguments, code=code)
        if document["command"] == "publish" and code == 7:
            upload_id = document["result"]["artifacts"][0]["upload-id"]
            documents.run("upload-status", "acme-web", upload_id)
    with at_sandbox.start("sandbox", "serve", "--port", "0", "--format", "json") as process:
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line == "}\n":
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    documents.take("".join(lines))
    assert documents.commands(ok=True) == works_at("charmhub") - IN_THE_OTHER
