"""The programs of the documented library's tutorials and guides, run as a person runs them."""

from __future__ import annotations

import base64
import json
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from pexpect import EOF
from pexpect.fdpexpect import fdspawn

from craft_store import UbuntuOneStoreClient, endpoints
from craft_store_sandbox import build_charm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAMS = Path(__file__).resolve().parent.parent / "seed"
KEYRING = '''
"""A keyring in one file, so that one program finds what another one kept."""

import json, os
from pathlib import Path

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):
    priority = 1
    path = Path(os.environ["KEYRING_FILE"])

    def _load(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get_password(self, service, username):
        return self._load().get(f"{service}|{username}")

    def set_password(self, service, username, password):
        self.path.write_text(json.dumps({**self._load(), f"{service}|{username}": password}))
'''
BROWSER = '''
"""A person at a browser, who logs in at the page that is opened."""

import os, sys
import requests

answers = {name: os.environ[f"PERSON_{name.upper()}"] for name in ("email", "password", "otp")}
requests.get(sys.argv[1], timeout=30).raise_for_status()
requests.post(sys.argv[1], data=answers, timeout=30).raise_for_status()
'''
MEBIBYTE = 1024 * 1024


class Programs:
    """Runs the programs against a sandbox, with a keyring and a home of their own."""

    def __init__(self, sandbox: Any, folder: Path) -> None:
        self.sandbox = sandbox
        self.keyring = folder / "keyring.json"
        (folder / "keyring_of_tests.py").write_text(KEYRING)
        (folder / "browser.py").write_text(BROWSER)
        path = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("CRAFT_STORE_", "XDG_"))},
            "HOME": str(folder),
            "KEYRING_FILE": str(self.keyring),
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHON_KEYRING_BACKEND": "keyring_of_tests.Keyring",
            "CRAFT_STORE_RETRIES": "0",
            "STORE_URL": sandbox.urls.dashboard,
            "STORAGE_URL": sandbox.urls.storage,
            "LOGIN_URL": sandbox.urls.sso,
            "BROWSER": f"{shlex.join([sys.executable, str(folder / 'browser.py')])} %s",
            "PERSON_EMAIL": sandbox.account.email,
            "PERSON_PASSWORD": sandbox.password,
            "PERSON_OTP": sandbox.account.one_time_password(),
        }

    def run(self, program: str, *arguments: str | Path, **environment: str) -> str:
        """Run a program to its end; return what it printed."""
        done = subprocess.run(
            [sys.executable, PROGRAMS / program, *arguments],
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def programs(sandbox_factory: Callable[..., Any], tmp_path: Path) -> Programs:
    """The programs, beside a sandbox with a port for each service."""
    return Programs(sandbox_factory(split_origins=True), tmp_path)


class Terminal:
    """A program on a pseudo-terminal that is a hundred columns wide."""

    def __init__(self, programs: Programs, *command: str | Path, **environment: str) -> None:
        # They exist where there are pseudo-terminals.
        import fcntl
        import termios

        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        # Not pexpect.spawn(): forking is not safe beside the threads of the sandbox.
        self.process = subprocess.Popen(
            [sys.executable, PROGRAMS / command[0], *command[1:]],
            env={**programs.environment, "TERM": "xterm", **environment},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.child = fdspawn(ours, encoding="utf-8", timeout=60)

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and type the answer."""
        self.child.expect_exact(question)
        self.child.sendline(text)

    def finish(self, *, code: int = 0) -> str:
        """Return what was shown since the last answer; the program must end with a code."""
        try:
            self.child.expect(EOF)
        except OSError:
            # Linux' way to say that nobody has the other side open.
            shown = str(self.child.buffer)
        else:
            shown = str(self.child.before)
        assert self.process.wait(timeout=60) == code, shown
        return re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", shown)

    def close(self) -> None:
        """Stop the program, if it still runs."""
        self.child.close()
        self.process.kill()
        self.process.wait(timeout=60)


@pytest.fixture
def terminal(programs: Programs) -> Iterator[Callable[..., Terminal]]:
    """Start programs on terminals."""
    started: list[Terminal] = []

    def start(*command: str | Path, **environment: str) -> Terminal:
        started.append(Terminal(programs, *command, **environment))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def snap(tmp_path: Path) -> Path:
    """A file to upload, of several reads' length."""
    path = tmp_path / "hello.snap"
    path.write_bytes(os.urandom(4 * MEBIBYTE))
    return path


def uploaded(programs: Programs) -> Any:
    """Return the one upload that the storage host got."""
    (request,) = (each for each in programs.sandbox.requests if each.method == "POST")
    assert (request.service, request.path) == ("storage", "/unscanned-upload/")
    assert "Authorization" not in request.headers
    return request


def exported(payload: dict[str, str]) -> str:
    """Return credentials as they are exported."""
    return base64.b64encode(json.dumps(payload).encode()).decode()


def upload_id(shown: str) -> str:
    """Return the upload id that was shown."""
    found = re.search(r"upload-id: ([0-9a-f-]{36})\s*$", shown)
    assert found is not None, shown
    return found[1]


def test_a_snap_is_uploaded(programs: Programs, snap: Path) -> None:
    """The tutorial's upload ends with the id that the storage host gave."""
    shown = programs.run("snap_store_upload.py", snap)

    assert upload_id(shown)
    assert uploaded(programs).body_size > snap.stat().st_size


def test_a_snap_is_looked_for_where_the_tutorial_puts_it(programs: Programs, snap: Path) -> None:
    """Without a file named, the program takes hello.snap from the temporary folder."""
    assert upload_id(programs.run("snap_store_upload.py", TMPDIR=str(snap.parent)))


def test_an_upload_tells_how_far_it_is(programs: Programs, snap: Path) -> None:
    """The numbers grow, several times, from something to exactly the length of the request."""
    shown = programs.run("snap_store_upload_progress.py", snap)

    total = uploaded(programs).body_size
    lines = re.findall(r"^Uploaded: (\d+) of (\d+)$", shown, flags=re.MULTILINE)
    numbers = [int(number) for number, _ in lines]
    assert {int(length) for _, length in lines} == {total}
    assert len(numbers) > 4
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == total
    assert upload_id(shown)


def test_craft_clis_bar_moves(
    programs: Programs, terminal: Callable[..., Terminal], snap: Path
) -> None:
    """The open bar grows on the terminal while the file is sent, to its full length."""
    credentials = exported({"r": "root", "d": "discharge"})

    shown = terminal(
        "upload_with_craft_cli.py", snap, SNAPCRAFT_STORE_CREDENTIALS=credentials
    ).finish()

    total = uploaded(programs).body_size
    opened, closed = shown.index("Uploading... (--->)"), shown.index("Uploading... (<---)")
    drawn = re.compile(r"Uploading\.\.\. \[(█*) *\] (\d+)/(\d+)")
    bars = drawn.findall(shown, opened, closed)
    numbers = [int(number) for _, number, _ in bars]
    assert {int(length) for _, _, length in bars} == {total}
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 4
    assert len({len(bar) for bar, _, _ in bars}) > 4
    assert numbers[-1] == total
    assert upload_id(shown)


def account_shown(programs: Programs) -> str:
    """Return what programs show about the account."""
    account = programs.sandbox.account
    return f"email: {account.email}\nid: {account.id}\n"


def test_a_login_with_a_browser_is_kept_for_the_next_program(programs: Programs) -> None:
    """The first tutorial logs in, the third one shows whose login that was."""
    assert programs.run("snap_store_login.py") == ""

    assert programs.run("snap_store_whoami.py") == account_shown(programs)


def test_exported_credentials_are_enough(programs: Programs) -> None:
    """What the first program prints gives the second one the account, without a keyring."""
    printed = programs.run("export_credentials.py")
    found = re.fullmatch(r"Exported credentials: (\S+)\n", printed)
    assert found is not None, printed
    programs.keyring.unlink()

    shown = programs.run(
        "whoami_with_credentials.py",
        CREDENTIALS=found[1],
        PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
    )

    assert shown == account_shown(programs)


def kept_login(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> UbuntuOneStoreClient:
    """Return a client with what the login with Ubuntu One kept."""
    host = programs.sandbox.urls.dashboard.removeprefix("http://")
    kept = json.loads(programs.keyring.read_text())[f"ubuntu1-dashboard|{host}"]
    monkeypatch.setenv("KEPT", kept)
    return UbuntuOneStoreClient(
        base_url=programs.sandbox.urls.dashboard,
        storage_base_url=programs.sandbox.urls.storage,
        auth_url=programs.sandbox.urls.sso,
        endpoints=endpoints.U1_SNAP_STORE,
        application_name="tests",
        user_agent="tests",
        environment_auth="KEPT",
    )


def test_a_login_with_ubuntu_one(
    programs: Programs, terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """E-mail, password and one-time password are asked for; what is kept is good for the store."""
    account = programs.sandbox.account

    login = terminal("snap_store_login_ubuntu_one.py")
    login.answer("Email: ", account.email)
    login.answer("Password: ", programs.sandbox.password)
    login.answer("OTP: ", account.one_time_password())
    login.finish()

    answer = kept_login(programs, monkeypatch).whoami()
    assert answer["account"]["email"] == account.email
    assert "package_register" in answer["permissions"]


def test_nobody_is_asked_for_a_second_factor_in_vain(
    programs: Programs, terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account without one logs in with its password alone."""
    programs.sandbox.add_account("ada@example.com", "a password")

    login = terminal("snap_store_login_ubuntu_one.py")
    login.answer("Email: ", "ada@example.com")
    login.answer("Password: ", "a password")

    assert "OTP" not in login.finish()
    answer = kept_login(programs, monkeypatch).whoami()
    assert answer["account"]["email"] == "ada@example.com"


def test_a_wrong_password_ends_the_login(
    programs: Programs, terminal: Callable[..., Terminal]
) -> None:
    """It is not taken for a missing second factor, and nothing is kept."""
    login = terminal("snap_store_login_ubuntu_one.py")
    login.answer("Email: ", programs.sandbox.account.email)
    login.answer("Password: ", "not the password")

    shown = login.finish(code=1)

    assert "StoreServerError" in shown
    assert "OTP" not in shown
    assert not programs.keyring.exists()


class Charmhub:
    """The account's own view of the store, without the library."""

    def __init__(self, sandbox: Any) -> None:
        self.sandbox = sandbox
        self.token = sandbox.issue_token(sandbox.account)

    def call(self, method: str, path: str, json: Any = None) -> Any:
        """Call the API."""
        answer = requests.request(
            method,
            f"{self.sandbox.urls.api}/v1/charm/{path}",
            json=json,
            headers={"Authorization": f"Macaroon {self.token}"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json()

    def add_revision(self, name: str, charm: Path) -> None:
        """Upload a charm and see it approved."""
        stored = requests.post(
            f"{self.sandbox.urls.storage}/unscanned-upload/",
            files={"binary": (charm.name, charm.read_bytes(), "application/octet-stream")},
            timeout=30,
        ).json()
        body = {"upload-id": stored["upload_id"]}
        self.call("POST", f"{name}/revisions", body)
        for _ in range(10):
            (review,) = self.call("GET", f"{name}/revisions/review?upload-id={body['upload-id']}")[
                "revisions"
            ]
            if review["status"] == "approved":
                return
        raise AssertionError(review)


def test_a_package_is_released_with_its_resource(programs: Programs, tmp_path: Path) -> None:
    """The guide's program leaves charm and resource together in the channel edge."""
    sandbox = programs.sandbox
    sandbox.add_package("acme-web", sandbox.account)
    charmhub = Charmhub(sandbox)
    # A store takes files for a resource once a revision has declared it.
    declared = {"model": "file"}
    charmhub.add_revision("acme-web", build_charm(tmp_path / "first.charm", resources=declared))
    charm = build_charm(tmp_path / "test.charm", resources=declared, payload=b"second")
    resource = tmp_path / "model.bin"
    resource.write_bytes(b"a model")
    credentials = exported({"t": "macaroon", "v": charmhub.token})

    programs.run(
        "upload_package.py",
        f"--charm={charm}",
        f"--resource={resource}",
        "acme-web",
        "model",
        STORE_URL=sandbox.urls.api,
        CRAFT_STORE_CHARMCRAFT_CREDENTIALS=credentials,
    )

    (row,) = charmhub.call("GET", "acme-web/releases")["channel-map"]
    assert (row["channel"], row["revision"]) == ("latest/edge", 2)
    assert [(each["name"], each["revision"]) for each in row["resources"]] == [("model", 1)]
    assert not programs.keyring.exists()
