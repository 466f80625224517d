"""``craft-store sandbox`` and ``craft-store demo``."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from craft_store_sandbox import build_charm

if TYPE_CHECKING:
    from pathlib import Path


def test_demo_publishes_a_small_genuine_charm(program: Any, tmp_path: Path) -> None:
    """Without a file the example is packed (here without its libraries) and published."""
    done = program.run("demo")
    assert done.code == 0, done.err
    assert "without its libraries" in done.err
    assert "Released hello-store revision 1 to latest/edge" in done.err
    assert "Logged out" in done.err
    edge = next(line for line in done.out.splitlines() if " edge " in line)
    assert "greeting (r1)" in edge
    assert not (tmp_path / "data").exists()


def test_demo_publishes_the_users_own_charm(program: Any, tmp_path: Path) -> None:
    """The user's charm shows its revision, its resource revision and its channel map."""
    charm = build_charm(tmp_path, "my-charm", resources={"model": "file"})
    (tmp_path / "model.bin").write_bytes(bytes(10))
    done = program.run(
        *("demo", charm, "--resource", f"model={tmp_path / 'model.bin'}"),
        *("--channel", "latest/beta", "--format", "json"),
    )
    assert done.code == 0, done.err
    (row,) = done.result["channel-map"]
    assert (row["channel"], row["revision"]) == ("latest/beta", 1)
    assert row["resources"] == [{"name": "model", "revision": 1, "type": "file"}]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("demo", "missing.charm"), "missing.charm"),
        (("demo", "--resource", "a=b"), "requires the file"),
        (("demo", "--component", "a=b"), "requires the file"),
        (("demo", "x.charm", "--resource", "a=1"), "must be a file"),
        (("sandbox", "otp", "not base32!"), "base32"),
        (("sandbox", "serve", "--host", "192.0.2.1"), "--allow-remote"),
        (("sandbox", "serve", "--port", "70000"), "--port"),
        (("sandbox", "serve", "--password-file", "missing", "--port", "0"), "cannot be read"),
        (("sandbox", "serve", "--review-outcome", "x=nonsense"), "NAME=OUTCOME"),
        (("sandbox", "serve", "--review-outcome", "./missing.snap=ready"), "cannot be read"),
        (("sandbox", "serve", "--refresh-signal", "smoke"), "--refresh-signal"),
        (("sandbox", "serve", "--fault", "GET", "/x", "nonsense"), "is not a fault"),
        (("sandbox", "serve", "--fault", "GET", "(", "503"), "--fault"),
        (("sandbox", "serve", "--fault", "GET", "/x", "slow:long"), "number of seconds"),
        (("sandbox", "serve", "--fault", "GET", "/x", "pause:-1"), "number of seconds"),
        (("sandbox", "serve", "--fault", "GET", "/x", "400:E5"), "underscore-list, hyphen-list"),
        (("sandbox", "review", "x", "1", "--approve", "--reason", "y"), "--reject"),
        (("sandbox", "review", "x", "1"), "--approve"),
    ],
)
def test_what_cannot_be_run(program: Any, arguments: tuple[str, ...], text: str) -> None:
    """Bad input is a usage error in words."""
    done = program.run(*arguments)
    assert done.code == 2, done.err
    assert text in done.err
    assert "Traceback" not in done.err


def test_a_port_that_is_taken(program: Any, sandbox_store: Any) -> None:
    """The error names the address and the option."""
    port = sandbox_store.urls.api.rpartition(":")[2]
    done = program.run("sandbox", "serve", "--port", port)
    assert done.code == 2, done.err
    assert f"127.0.0.1:{port}" in done.err
    assert "--port" in done.err


def test_demo_keeps_the_store_running_to_go_on_by_hand(program: Any, tmp_path: Path) -> None:
    """With --keep the printed account and address work until Ctrl-C."""
    charm = build_charm(tmp_path, "my-charm")
    with program.running("demo", charm, "--keep") as results:
        next(results)
        kept = next(results)
        (tmp_path / "password").write_text(kept["account"]["password"])
        code = program.ok("sandbox", "otp", kept["account"]["totp-secret"])
        assert code.out.strip() == pyotp.TOTP(kept["account"]["totp-secret"]).now()
        (tmp_path / "otp").write_text(code.out)
        here = program.logged_in(kept, tmp_path, "--otp-file", tmp_path / "otp")
        assert [item["name"] for item in here.result("names")] == ["my-charm"]


def test_serve_keeps_its_state_in_a_folder(program: Any, tmp_path: Path) -> None:
    """A second run on the same folder has the account and the packages of the first."""
    (tmp_path / "password").write_text("a good password\n")
    options = ("sandbox", "serve", "--port", "0", "--folder", tmp_path / "state")
    with program.running(*options, "--password-file", tmp_path / "password") as results:
        first = next(results)
        assert first["account"]["password"] == "a good password"
        _register(program, first, tmp_path)
    with program.running(*options, stop=signal.SIGTERM) as results:
        again = next(results)
        assert again["account"]["password"] is None
        names = _register(program, again, tmp_path)
        assert names == ["acme-web"]


def _register(program: Any, served: Any, folder: Path) -> list[str]:
    here = program.logged_in(served, folder)
    here.ok("register", "acme-web")
    return [item["name"] for item in here.result("names")]


def test_the_snap_side_is_a_store(program: Any, tmp_path: Path) -> None:
    """It is listed, and the account that is shown logs in there."""
    assert "sandbox-snap" in {store["name"] for store in program.result("stores")}
    with program.running("sandbox", "serve", "--port", "0") as results:
        served = next(results)
        (tmp_path / "password").write_text(served["account"]["password"])
        here = program.logged_in(served, tmp_path, store="sandbox-snap")
        me = here.result("whoami")
    assert "package_push" in me["permissions"]


def test_serve_on_several_ports(program: Any) -> None:
    """--split-origins gives each service an address of its own."""
    options = ("sandbox", "serve", "--port", "0", "--split-origins", "--two-factor")
    with program.running(*options) as results:
        served = next(results)
        assert len(set(served["urls"].values())) == 5
        assert served["account"]["totp-secret"]
