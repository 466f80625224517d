"""What the configuration file says, and what wins over it: through the real program."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.testing.scripted import Fault, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from craft_store_sandbox import TLSFiles

TOKEN = "eyJ0IjoibWFjYXJvb24iLCJ2IjoidG9rZW4tYWJjIn0="


@pytest.fixture
def configure(craft_store: Any, tmp_path: Path) -> Callable[[str], None]:
    """Write the configuration file where the program looks for it."""

    def write(text: str) -> None:
        folder = tmp_path / "config" / "craft-store"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(text)

    for variable in ("CRAFT_STORE_STORE", "CRAFT_STORE_BACKEND", "CRAFT_STORE_SANDBOX_URL"):
        craft_store.environment.pop(variable, None)
    return write


def store_at(url: str, name: str = "mine") -> str:
    """Return the table of a store of one's own at an address."""
    urls = ", ".join(f'{service} = "{url}"' for service in ("api", "storage", "sso"))
    return f'[stores.{name}]\nlike = "sandbox"\nurls = {{ {urls} }}\n'


def test_option_variable_and_file_choose_the_store(craft_store: Any, configure: Any) -> None:
    """In this order; each store is one that nobody answers at."""
    tables = "".join(store_at("http://127.0.0.1:9", name) for name in ("a", "b", "c"))
    configure(f'store = "a"\n{tables}')
    whoami = ("whoami", "--format", "json")
    assert craft_store.run(*whoami).json["store"] == "a"
    assert craft_store.run(*whoami, CRAFT_STORE_STORE="b").json["store"] == "b"
    chosen = craft_store.run(*whoami, "--store", "c", CRAFT_STORE_STORE="b")
    assert chosen.json["store"] == "c"
    missing = craft_store.run(*whoami, "--store", "d")
    assert (missing.code, missing.error["code"]) == (2, "unknown-name")


def test_a_private_store_works_from_the_file_alone(
    craft_store: Any, configure: Any, sandbox_store: Any, tmp_path: Path
) -> None:
    """Its addresses, its login, its publishing; the other stores are not touched."""
    configure(
        f'store = "mine"\n{store_at(sandbox_store.urls.api)}\n[credentials]\nbackends = ["file"]'
    )
    password, code = tmp_path / "password", tmp_path / "otp"
    password.write_text(sandbox_store.password)
    code.write_text(sandbox_store.account.one_time_password())
    craft_store.ok(
        "login", "--email", sandbox_store.account.email,
        "--password-file", password, "--otp-file", code,
    )  # fmt: skip
    shown = craft_store.ok("whoami", "--format", "json").json
    assert (shown["store"], shown["result"]["credential-backend"]) == ("mine", "file")
    craft_store.ok("register", "acme-web")
    stores = {item["name"] for item in craft_store.ok("stores", "--format", "json").result}
    assert {"mine", "charmhub", "charmhub-staging", "sandbox"} <= stores


def test_option_variable_and_file_choose_the_reporter(
    logged_in: Any, configure: Any, charm: Path, sandbox_store: Any
) -> None:
    """The file can silence progress, a variable wake it, -q silence it again."""
    configure('store = "sandbox"\nprogress = "silent"\n[credentials]\nbackends = ["file"]')
    logged_in.environment["CRAFT_STORE_SANDBOX_URL"] = sandbox_store.urls.api
    logged_in.ok("register", "acme-web")
    upload = ("upload", charm, "--no-wait")
    assert "Uploading" not in logged_in.ok(*upload).err
    charm.write_bytes(charm.read_bytes() + b"\0")
    assert "Uploading" in logged_in.ok(*upload, CRAFT_STORE_PROGRESS="plain").err
    charm.write_bytes(charm.read_bytes() + b"\0")
    quiet = logged_in.ok(*upload, "-q", CRAFT_STORE_PROGRESS="plain")
    assert quiet.err == ""
    assert quiet.out


def test_variable_and_file_order_the_backends(
    at_sandbox: Any, configure: Any, sandbox_store: Any
) -> None:
    """The first one that works is used; status says why not the others."""
    configure('store = "sandbox"\n[credentials]\nbackends = ["memory", "file"]')
    url = {"CRAFT_STORE_SANDBOX_URL": sandbox_store.urls.api}
    assert "backend 'memory' does not contain any" in at_sandbox.run("whoami", **url).err
    chosen = at_sandbox.run("whoami", **url, CRAFT_STORE_BACKEND="file")
    assert "backend 'file' does not contain any" in chosen.err


def test_a_store_that_is_too_slow(
    craft_store: Any, configure: Any, scripted_server: ScriptedServer
) -> None:
    """The file says how long is waited; that it was the time is told."""
    scripted_server.expect("GET", "/v1/tokens/whoami", fault=Fault.SILENCE)
    configure(f'store = "mine"\n{store_at(scripted_server.url)}[timeouts]\nread = 0.3\n')
    done = craft_store.run("whoami", "--format", "json", CRAFT_STORE_CREDENTIALS=TOKEN)
    assert (done.code, done.error["code"]) == (9, "store-timeout")


def test_a_certificate_is_trusted_that_the_file_names(
    craft_store: Any,
    configure: Any,
    sandbox_factory: Any,
    loopback_certificate: TLSFiles,
    tmp_path: Path,
) -> None:
    """Without it the connection is refused, and the error names the setting; a variable wins."""
    url = sandbox_factory(tls=loopback_certificate).urls.api
    fetch = ("libraries", "list", "acme-web", "--format", "json")
    configure(f'store = "mine"\n{store_at(url)}')
    refused = craft_store.run(*fetch)
    assert (refused.code, refused.error["code"]) == (9, "certificate")
    assert "ca-bundle" in refused.error["advice"]
    configure(f'store = "mine"\nca-bundle = "{loopback_certificate.certificate}"\n{store_at(url)}')
    # The store answers: it does not know the charm.
    assert craft_store.run(*fetch).code == 5
    missing = str(tmp_path / "missing.pem")
    assert craft_store.run(*fetch, CRAFT_STORE_CA_BUNDLE=missing).code == 2


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """The address of a proxy, and the addresses that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"libraries": []}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def test_requests_go_through_the_proxy_that_is_configured(
    craft_store: Any, configure: Any, proxy: tuple[str, list[str]]
) -> None:
    """That of the file; a variable wins, and hosts can be excepted in both."""
    address, asked = proxy
    table = store_at("http://store.invalid") + "allow-http = true\n"
    fetch = ("libraries", "list", "acme-web")
    configure(f'store = "mine"\n{table}[proxies]\nhttp = "{address}"\n')
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        craft_store.environment.pop(name, None)
        craft_store.environment.pop(name.upper(), None)
    craft_store.ok(*fetch)
    assert asked == ["http://store.invalid/v1/charm/libraries/bulk"]
    assert craft_store.run(*fetch, HTTP_PROXY="http://127.0.0.1:9").code == 9
    assert craft_store.run(*fetch, NO_PROXY="store.invalid").code == 9
    excepted = f'[proxies]\nhttp = "{address}"\nno-proxy = ["store.invalid"]\n'
    configure(f'store = "mine"\n{table}{excepted}')
    assert craft_store.run(*fetch).code == 9
    assert len(asked) == 1
    craft_store.ok(*fetch, NO_PROXY="other.invalid")
    configure(f'store = "mine"\n{table}')
    craft_store.ok(*fetch, http_proxy=address)
    assert len(asked) == 3


def test_the_password_for_a_proxy_is_not_shown(craft_store: Any, configure: Any) -> None:
    """By none of the commands that show settings."""
    secret = "http://jo:pass@word@proxy.example:3128"
    configure("")
    texts = [
        craft_store.ok("config", "set", "proxies.https", secret).out,
        craft_store.ok("config", "set", "proxies.http", "jo:pass@word@proxy.example").out,
        craft_store.ok("config", "set", "proxies.no-proxy", "a.example, 10.0.0.0/8").out,
        craft_store.ok("config", "show").out,
        craft_store.ok("config", "show", "--format", "json").out,
        craft_store.ok("config", "unset", "proxies.http").out,
        craft_store.ok("config", "unset", "proxies", "--format", "json").out,
    ]
    assert "https=http://<hidden>@proxy.example:3128" in texts[3]
    assert "no=a.example,10.0.0.0/8" in texts[3]
    for text in texts:
        assert "pass@" not in text
        assert "word@" not in text


MARKER = """\
import os, pathlib
from keyring.backend import KeyringBackend

class Touched(KeyringBackend):
    priority = 9
    def get_password(self, service, username):
        pathlib.Path(os.environ["TOUCHED"]).touch()
    def set_password(self, service, username, password):
        pathlib.Path(os.environ["TOUCHED"]).touch()
    def delete_password(self, service, username):
        pathlib.Path(os.environ["TOUCHED"]).touch()
"""


def test_credentials_of_the_environment_win_and_no_keyring_is_touched(
    logged_in: Any, sandbox_store: Any, log_in: Any, tmp_path: Path
) -> None:
    """Nor for what needs no credentials at all; only where they are looked for is it asked."""
    sandbox_store.clock.advance(31)
    exported = log_in("--export", "-", "--permission", "account-view-packages").out.strip()
    (tmp_path / "touched_keyring.py").write_text(MARKER)
    touched = tmp_path / "touched"
    keyring = {
        "CRAFT_STORE_BACKEND": "system-keyring",
        "PYTHON_KEYRING_BACKEND": "touched_keyring.Touched",
        "PYTHONPATH": str(tmp_path),
        "TOUCHED": str(touched),
    }
    shown = logged_in.run_process(
        "whoami", "--format", "json", **keyring, CRAFT_STORE_CREDENTIALS=exported
    ).result
    assert shown["credential-backend"] == "environment"
    assert shown["permissions"] == ["account-view-packages"]
    logged_in.ok("register", "acme-web")
    assert logged_in.run_process("libraries", "list", "acme-web", **keyring).code == 0
    assert logged_in.run_process("libraries", "fetch", **keyring).code == 0
    assert not touched.exists()
    assert logged_in.run_process("whoami", **keyring).code == 3
    assert touched.exists()
