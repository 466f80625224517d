"""Programs of their own that use the system keyring: keyrings of the tests, and a real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from pathlib import Path

KEYRINGS = '''
"""Keyrings for tests, chosen with PYTHON_KEYRING_BACKEND."""

import json, os, threading
from pathlib import Path

from keyring import errors
from keyring.backend import KeyringBackend


class Stored(KeyringBackend):
    """Keeps everything in one file."""

    priority = 1
    path = Path(os.environ.get("KEYRING_FILE", "keyring.json"))

    def _load(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get_password(self, service, username):
        return self._load().get(f"{service}|{username}")

    def set_password(self, service, username, password):
        self.path.write_text(json.dumps({**self._load(), f"{service}|{username}": password}))

    def delete_password(self, service, username):
        content = self._load()
        if content.pop(f"{service}|{username}", None) is None:
            raise errors.PasswordDeleteError("no such password")
        self.path.write_text(json.dumps(content))


class Failing(KeyringBackend):
    """Raises what KEYRING_ERROR names."""

    priority = 1

    def get_password(self, service, username):
        if os.environ["KEYRING_ERROR"] == "PasswordDeleteError":
            return "there"
        self._fail("")

    def set_password(self, service, username, password):
        self._fail(f" for {password}")

    def delete_password(self, service, username):
        self._fail("")

    def _fail(self, more):
        name = os.environ["KEYRING_ERROR"]
        kind = getattr(errors, name, None) or getattr(__builtins__, name, None) or OSError
        raise kind(f"it failed{more}")


class Hanging(KeyringBackend):
    """Never answers."""

    priority = 1

    def get_password(self, *arguments):
        threading.Event().wait()

    set_password = delete_password = get_password


class Never:
    """An attribute that cannot be read."""

    def __get__(self, instance, owner):
        threading.Event().wait()


class HangingAtOnce(Hanging):
    """Does not even tell its priority."""

    priority = Never()
'''

PRELUDE = """
import json, os, sys, traceback
from pathlib import Path
from craft_store_core.login.backends.system_keyring import SystemKeyringBackend
from craft_store_core.plugins.credentials import BackendSettings, CredentialKey

KEY = CredentialKey("craft-store", "api.store.example")

def backend(interactive=False, **options):
    return SystemKeyringBackend(
        BackendSettings(dict(os.environ), Path("no-such-folder"), options, interactive)
    )

def attempt(action):
    try:
        print(json.dumps(action()))
    except Exception as error:
        traceback.print_exc()
        print(type(error).__name__, str(error), error.why, error.advice, sep=" | ")

keyring = backend()
"""

CONFORMANCE = """
import pytest
from craft_store_core.login.backends.system_keyring import SystemKeyringBackend
from craft_store_core.testing.backends import KEY, OTHER_KEYS, CredentialBackendConformance

class TestSystemKeyring(CredentialBackendConformance):
    persistent = True

    @pytest.fixture
    def factory(self):
        return SystemKeyringBackend

    @pytest.fixture(autouse=True)
    def empty_keyring(self, backend):
        yield
        for key in (KEY, *OTHER_KEYS):
            backend.delete(key)
"""

OWN_SERVICES = """
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Run(Protocol):
    """Runs Python code that has ``keyring``, ``backend()`` and ``attempt()``."""

    def __call__(self, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Return what it printed."""


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home folder with a short path, as sockets need it."""
    home = tmp_path_factory.mktemp("h")
    (home / "run").mkdir(mode=0o700)
    return home


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """The variables of a user who has neither a desktop nor a keyring."""
    (home / "keyrings_of_tests.py").write_text(KEYRINGS)
    wanted = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"}
        and not name.startswith(("KEYRING_", "PYTHON_KEYRING_", "XDG_", "GNOME_"))
    }
    python_path = os.pathsep.join(filter(None, (str(home), wanted.get("PYTHONPATH", ""))))
    return {
        **wanted,
        "HOME": str(home),
        "PYTHONPATH": python_path,
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "KEYRING_FILE": str(home / "keyring.json"),
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run code with a keyring of the tests or of the library."""

    def run_code(code: str, **more: str) -> subprocess.CompletedProcess[str]:
        return _run([sys.executable, "-c", PRELUDE + textwrap.dedent(code)], environment, more)

    return run_code


@pytest.fixture
def run_conformance(environment: dict[str, str], home: Path) -> Run:
    """Run the suite for all backends with a keyring of the tests or of the library."""
    suite = home / "test_conformance.py"
    suite.write_text(CONFORMANCE)

    def run_suite(code: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(home)]
        command = [sys.executable, "-m", "pytest", *options, str(suite)]
        more = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **more}
        return _run([*_session(code), *command], environment, more)

    return run_suite


@pytest.fixture
def run_in_session(environment: dict[str, str]) -> Run:
    """Run code in a D-Bus session with gnome-keyring; KEYRING says in which state.

    ``KEYRING="unlocked"`` or ``"locked"``.
    """
    needed = ("dbus-run-session", "gnome-keyring-daemon", "secret-tool", "bash")
    missing = [program for program in needed if shutil.which(program) is None]
    if missing:
        pytest.skip(f"programs are missing for a real Secret Service: {', '.join(missing)}")

    def run_code(code: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", PRELUDE + textwrap.dedent(code)]
        return _run([*_session(more.pop("KEYRING")), *command], environment, more)

    return run_code


@pytest.fixture
def run_without_services(environment: dict[str, str], home: Path) -> Run:
    """Run code in a D-Bus session where only services of the folder ``services`` can be started."""
    if shutil.which("dbus-run-session") is None:
        pytest.skip("the program dbus-run-session is missing for a D-Bus session")
    configuration = home / "session.conf"
    configuration.write_text(OWN_SERVICES.lstrip().format(services=home / "services"))

    def run_code(code: str, **more: str) -> subprocess.CompletedProcess[str]:
        session = ["dbus-run-session", f"--config-file={configuration}", "--"]
        command = [sys.executable, "-c", PRELUDE + textwrap.dedent(code)]
        return _run([*session, *command], environment, more)

    return run_code


def _session(state: str) -> list[str]:
    if not state:
        return []
    start = {
        "unlocked": "echo -n a-password | gnome-keyring-daemon --unlock --components=secrets",
        "locked": "gnome-keyring-daemon --start --components=secrets",
    }[state]
    return ["dbus-run-session", "--", "bash", "-c", f'{start} >/dev/null; exec "$@"', "bash"]


def _run(
    command: list[str], environment: dict[str, str], more: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**environment, **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
