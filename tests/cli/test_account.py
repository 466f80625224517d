"""``login``, ``logout``, ``whoami``."""

from __future__ import annotations

import base64
import json
import os
import pty
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from pexpect.fdpexpect import fdspawn

if TYPE_CHECKING:
    from pathlib import Path


def test_login_keeps_credentials_that_whoami_uses(log_in: Any, at_sandbox: Any) -> None:
    """After a login with password and one-time password, whoami names the account."""
    done = log_in()
    assert done.code == 0, done
    assert "Logged in to the sandbox as jo@example.com" in done.out
    shown = at_sandbox.ok("whoami", "--format", "json").result
    assert shown["account"]["username"] == "jo-example"
    assert shown["credential-backend"] == "file"
    assert shown["permissions"] == [
        "account-register-package",
        "account-view-packages",
        "package-manage",
        "package-view",
    ]


def test_whoami_as_a_table_shows_every_limit(logged_in: Any) -> None:
    """The table names account, permissions and where the credentials come from."""
    shown = logged_in.ok("whoami").out
    for text in ("jo-example", "Jo Example", "package-manage", "file"):
        assert text in shown


def test_no_secret_is_printed_even_when_very_verbose(
    log_in: Any, logged_in: Any, sandbox_store: Any
) -> None:
    """With -vv requests are shown, but neither password nor token nor macaroon."""
    done = log_in("--force", "-vv")
    assert done.code == 0, done
    assert "/api/v2/tokens/discharge" in done.err
    assert sandbox_store.password not in done.out + done.err
    again = logged_in.ok("whoami", "-vv")
    stored = json.loads((logged_in.folder / "data" / "credentials.json").read_text())
    (encoded,) = (value for users in stored.values() for value in users.values())
    credential = json.loads(base64.b64decode(encoded))
    for secret in (*credential["v"].values(), credential["craft-store"]["exchanged"]):
        assert secret not in again.out + again.err + done.err


def test_a_second_login_is_refused_while_the_first_works(log_in: Any, logged_in: Any) -> None:
    """Working credentials are replaced only with --force."""
    del logged_in
    done = log_in()
    assert done.code == 3
    assert "already logged in to sandbox" in done.err
    assert "--force" in done.err
    assert log_in("--force").code == 0


def test_dead_credentials_do_not_stop_a_login(
    log_in: Any, logged_in: Any, sandbox_store: Any
) -> None:
    """Credentials that the store does not accept any more are replaced without a question."""
    del logged_in
    sandbox_store.revoke_tokens()
    sandbox_store.clock.advance(40 * 24 * 3600)
    assert log_in().code == 0


def test_wrong_password_says_so(at_sandbox: Any, tmp_path: Path) -> None:
    """A wrong password is an authentication error and nothing is stored."""
    password = tmp_path / "password"
    password.write_text("wrong\n")
    done = at_sandbox.run("login", "--email", "jo@example.com", "--password-file", password)
    assert done.code == 3
    assert "password" in done.err
    assert "what to do" in done.err
    assert at_sandbox.run("whoami").code == 3


def test_missing_one_time_password_without_a_terminal(
    at_sandbox: Any, sandbox_store: Any, tmp_path: Path
) -> None:
    """Where nobody can be asked for the one-time password, the error names the option."""
    password = tmp_path / "password"
    password.write_text(sandbox_store.password)
    done = at_sandbox.run("login", "--email", "jo@example.com", "--password-file", password)
    assert done.code in {2, 3}
    assert "one-time password" in done.err.lower() or "otp" in done.err
    assert "Traceback" not in done.err


def test_password_from_standard_input(at_sandbox: Any, sandbox_store: Any, tmp_path: Path) -> None:
    """A dash reads the secret from standard input."""
    code = tmp_path / "otp"
    code.write_text(sandbox_store.account.one_time_password())
    at_sandbox.ok(
        "login",
        "--email",
        "jo@example.com",
        "--password-file",
        "-",
        "--otp-file",
        code,
        stdin=f"{sandbox_store.password}\n",
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--password-file", "-", "--otp-file", "-"), "standard input"),
        (("--password-file", "missing"), "cannot be read"),
        (("--password-file", "empty"), "no secret"),
        (("--ttl", "0"), "--ttl"),
        (("--flow", "no-such-flow"), "no-such-flow"),
    ],
)
def test_login_options_that_cannot_be_used(
    at_sandbox: Any, tmp_path: Path, options: tuple[str, ...], text: str
) -> None:
    """Bad options are usage errors before anything is sent."""
    (tmp_path / "empty").write_text("\n")
    done = at_sandbox.run("login", "--email", "jo@example.com", *options)
    assert done.code == 2
    assert text in done.err


def test_a_file_with_a_secret_can_follow_an_at_sign(
    at_sandbox: Any, sandbox_store: Any, tmp_path: Path
) -> None:
    """As curl and other programs write it."""
    password, code = tmp_path / "password", tmp_path / "otp"
    password.write_text(sandbox_store.password)
    code.write_text(sandbox_store.account.one_time_password())
    files = ("--password-file", f"@{password}", "--otp-file", f"@{code}")
    at_sandbox.ok("login", "--email", "jo@example.com", *files)


@pytest.mark.parametrize("command", ["login", "export-login"])
def test_the_help_lists_the_questions_of_the_chosen_store(craft_store: Any, command: str) -> None:
    """Those of all auth flows where no store is chosen; ``--store`` counts wherever it stands."""
    everything = {"--email", "--password-file", "--otp-file", "--agent-file"}
    everything |= {"--admin-macaroon-file"}

    def listed(*options: str) -> set[str]:
        shown = craft_store.ok(command, *options, "--help").out
        return {option for option in everything if f"  {option} " in shown}

    assert listed() == everything
    at_charmhub = listed("--store", "charmhub")
    assert "--email" in at_charmhub or "--agent-file" in at_charmhub
    assert "--admin-macaroon-file" not in at_charmhub
    after = craft_store.ok(command, "--help", "--store", "charmhub").out
    assert "--admin-macaroon-file" not in after


def test_the_help_of_a_login_loads_no_auth_flow(craft_store: Any) -> None:
    """The questions come from the offers."""
    program = (
        "import sys\n"
        "from craft_store_core.cli.main import run\n"
        "assert run(['login', '--help']) == 0\n"
        "flows = [n for n in sys.modules if n.startswith('craft_store_') and n.endswith('.flow')]\n"
        "assert not flows, flows\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=craft_store.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "--email" in done.stdout


def test_exported_credentials_work_from_the_environment(
    log_in: Any, at_sandbox: Any, tmp_path: Path
) -> None:
    """An exported login is private to the owner, stored nowhere else, and used from a variable."""
    target = tmp_path / "exported"
    target.write_text("old")
    target.chmod(0o666)
    done = log_in("--export", target, "--permission", "account-view-packages")
    assert done.code == 0, done
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert at_sandbox.run("whoami").code == 3
    exported = target.read_text().strip()
    shown = at_sandbox.ok("whoami", "--format", "json", CRAFT_STORE_CREDENTIALS=exported).result
    assert shown["credential-backend"] == "environment"
    assert shown["permissions"] == ["account-view-packages"]
    refused = at_sandbox.run("logout", CRAFT_STORE_CREDENTIALS=exported)
    assert refused.code == 3
    assert "CRAFT_STORE_CREDENTIALS" in refused.err


def test_export_to_standard_output_prints_only_the_credentials(log_in: Any) -> None:
    """A dash prints one line that is base64 of JSON."""
    done = log_in("--export", "-")
    assert done.code == 0, done
    (line,) = done.out.splitlines()
    assert json.loads(base64.b64decode(line))["t"] == "u1-macaroon"


def test_export_to_a_place_that_cannot_be_written(log_in: Any, tmp_path: Path) -> None:
    """The error names the file."""
    done = log_in("--export", tmp_path / "no" / "folder")
    assert done.code == 2
    assert "cannot be written" in done.err


def test_undecodable_credentials_in_the_environment(at_sandbox: Any) -> None:
    """They are an error of their own and no other backend is tried."""
    done = at_sandbox.run("whoami", CRAFT_STORE_CREDENTIALS="%%%")
    assert done.code == 3
    assert "%%%" not in done.err
    assert "cannot be read" in done.err


def test_credentials_of_another_host_are_not_sent(
    log_in: Any, at_sandbox: Any, sandbox_factory: Any, tmp_path: Path
) -> None:
    """What one store issued never reaches another, also from the environment."""
    target = tmp_path / "exported"
    log_in("--export", target)
    other = sandbox_factory()
    done = at_sandbox.run(
        "whoami",
        CRAFT_STORE_CREDENTIALS=target.read_text().strip(),
        CRAFT_STORE_SANDBOX_URL=other.urls.api,
    )
    assert done.code == 3
    assert not [request for request in other.requests if "Authorization" in request.headers]


def test_logout_removes_the_credentials_once(logged_in: Any) -> None:
    """The second logout says that there was nothing, and is no error."""
    assert logged_in.ok("logout", "--format", "json").result["removed"] is True
    assert logged_in.ok("logout", "--format", "json").result["removed"] is False
    assert logged_in.run("whoami").code == 3


def test_expired_credentials(log_in: Any, logged_in: Any, sandbox_store: Any) -> None:
    """Past their lifetime they are refused with the advice to log in."""
    del log_in
    sandbox_store.clock.advance(400 * 24 * 3600)
    done = logged_in.run("whoami", "--format", "json")
    assert done.code == 3
    assert "login" in done.error["advice"]


def test_interactive_login_asks_for_each_answer(at_sandbox: Any, sandbox_store: Any) -> None:
    """On a terminal e-mail, password (unseen) and one-time password are asked for."""
    # Not pexpect.spawn(): forking is not safe beside the threads of the sandbox.
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from craft_store_core.cli import main; main()", "login"],
        env=at_sandbox.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=at_sandbox.folder,
    )
    os.close(theirs)
    child = fdspawn(ours, encoding="utf-8", timeout=60)
    child.expect("(?i)e-?mail")
    child.sendline(sandbox_store.account.email)
    child.expect("(?i)password")
    child.sendline(sandbox_store.password)
    child.expect("(?i)one-time|otp")
    child.sendline(sandbox_store.account.one_time_password())
    child.expect("Logged in to the sandbox")
    shown = str(child.before)
    assert process.wait(timeout=60) == 0
    child.close()
    assert sandbox_store.password not in shown
    at_sandbox.ok("whoami")


def test_no_usable_keyring_lists_the_reasons(at_sandbox: Any) -> None:
    """Without any backend the error says why each one cannot be used, and what to do."""
    done = at_sandbox.run_process(
        "whoami",
        CRAFT_STORE_BACKEND="system-keyring",
        PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
    )
    assert done.code == 3
    assert "system-keyring" in done.err
    assert "CRAFT_STORE_CREDENTIALS" in done.err


def test_two_stores_of_one_host_have_a_login_each(
    logged_in: Any, log_in: Any, sandbox_store: Any
) -> None:
    """The sandbox is two stores: neither login takes the place of the other."""
    sandbox_store.clock.advance(31)
    done = log_in("--store", "sandbox-snap")
    assert done.code == 0, done
    for store in ("sandbox", "sandbox-snap"):
        assert sandbox_store.account.username in logged_in.ok("whoami", "--store", store).out
    logged_in.ok("logout", "--store", "sandbox-snap")
    assert logged_in.run("whoami", "--store", "sandbox-snap").code == 3
    logged_in.ok("whoami")
