"""The library craft-store 3.4.0 from PyPI, as a client of the sandbox's Snap Store.

It has the facade's import name, so that it is installed into an environment of its own and driven
by lines of JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from craft_store_sandbox.sandbox import ReadySandbox

LIBRARY = "craft-store==3.4.0"
DRIVER = """
import json, pathlib, sys
import craft_store

client = craft_store.UbuntuOneStoreClient(
    endpoints=craft_store.endpoints.U1_SNAP_STORE,
    application_name="kiln", user_agent="kiln/1", ephemeral=True, **json.loads(sys.argv[1]),
)
for line in sys.stdin:
    call, arguments = json.loads(line)
    if call == "upload_file":
        arguments["filepath"] = pathlib.Path(arguments["filepath"])
    try:
        value = getattr(client, call)(**arguments)
        answer = {"value": value.json() if call == "request" else value}
    except craft_store.errors.StoreServerError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
"""


class Library:
    """A client object of the library in its own process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answer(self, call: str, **arguments: Any) -> Any:
        """Call a method; give its value, or the text of the store's error."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps([call, arguments])}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the library's process ended"
        return json.loads(line)

    def call(self, name: str, **arguments: Any) -> Any:
        """Call a method that must succeed."""
        answer = self.answer(name, **arguments)
        assert "value" in answer, answer
        return answer["value"]


@pytest.fixture(scope="session")
def library_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the library alone."""
    folder = tmp_path_factory.mktemp("library")
    # The environment's settings leave the library out: there the facade stands in for it.
    environment = {name: value for name, value in os.environ.items() if name != "UV_OVERRIDE"}
    for command in (
        ("venv", "--python", sys.executable, folder),
        ("pip", "install", "--python", folder, LIBRARY),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "uv", "--quiet", *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    return folder / "bin" / "python"


@pytest.fixture
def store(sandbox_factory: Callable[..., ReadySandbox]) -> ReadySandbox:
    """A Snap Store with ``weather-widget``."""
    sandbox = sandbox_factory()
    sandbox.add_snap("weather-widget", sandbox.account)
    return sandbox


@pytest.fixture
def library(library_python: Path, store: ReadySandbox) -> Iterator[Library]:
    """The library's client of that store, not logged in."""
    urls = {
        "base_url": store.urls.dashboard,
        "storage_base_url": store.urls.storage,
        "auth_url": store.urls.sso,
    }
    with subprocess.Popen(
        [library_python, "-c", DRIVER, json.dumps(urls)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Library(process)


@pytest.fixture
def snap(tmp_path: Path) -> Path:
    """A snap that ``mksquashfs`` packed."""
    program = shutil.which("mksquashfs")
    if program is None:
        pytest.skip("mksquashfs is not installed (Debian: squashfs-tools)")
    about = {"name": "weather-widget", "version": "1.5", "summary": "Weather", "base": "core24"}
    (tmp_path / "tree" / "meta").mkdir(parents=True)
    (tmp_path / "tree" / "meta" / "snap.yaml").write_text(yaml.safe_dump(about))
    file = tmp_path / "weather.snap"
    command = [program, str(tmp_path / "tree"), str(file), "-all-root", "-no-progress"]
    subprocess.run(command, check=True, capture_output=True)
    return file


def log_in(library: Library, store: ReadySandbox, **changes: str) -> Any:
    secrets = {"password": store.password, "otp": store.account.one_time_password()}
    return library.answer(
        "login",
        permissions=["package_access", "package_push"],
        description="kiln",
        ttl=3600,
        email=store.account.email,
        **{**secrets, **changes},
    )


def test_login_renewal_upload_and_whoami(library: Library, store: ReadySandbox, snap: Path) -> None:
    """It works at the sandbox as at the store, also when the discharge goes stale in between."""
    assert "value" in log_in(library, store)
    assert library.call("whoami")["account"]["username"] == "jo-example"

    store.force_refresh()
    assert library.call("whoami")["account"]["username"] == "jo-example"
    assert sum(request.path == "/api/v2/tokens/refresh" for request in store.requests) == 1

    body = {
        "name": "weather-widget",
        "series": "16",
        "updown_id": library.call("upload_file", filepath=str(snap)),
    }
    url = f"{store.urls.dashboard}/dev/api/snap-push/"
    pushed = library.call("request", method="POST", url=url, json=body)
    states = [
        library.call("request", method="GET", url=pushed["status_details_url"]) for _ in range(2)
    ]
    assert (states[-1]["code"], states[-1]["revision"]) == ("ready_to_release", 1)


def test_errors_of_the_store_are_read(library: Library, store: ReadySandbox) -> None:
    """A wrong one-time password and an unknown snap, in the store's own words."""
    assert "2-factor" in log_in(library, store, otp="none")["error"]
    assert "value" in log_in(library, store)
    url = f"{store.urls.dashboard}/dev/api/snaps/info/no-such"
    answer = library.answer("request", method="GET", url=url)
    assert "resource-not-found" in answer["error"]
