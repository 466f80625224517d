"""Keys, builds, gating, validation sets and confdb schemas, from the command line to the store.

The program ``snap``, which holds the keys, is a substitute: it writes assertions in their true form
and signs them with nothing, which no store but snapd's would notice.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SNAP = """#!{python}
import json, sys
from pathlib import Path

keys = Path(__file__).with_name("keys.json")
command, *options = sys.argv[1:]
known = json.loads(keys.read_text()) if keys.exists() else []


def written(value, indent):
    space = " " * indent
    if isinstance(value, dict):
        return "".join(f"\\n{{space}}{{k}}:{{written(v, indent + 2)}}" for k, v in value.items())
    if isinstance(value, list):
        return "".join(f"\\n{{space}}-{{written(v, indent + 2)}}" for v in value)
    return f" {{value}}"


def assertion(headers):
    body = headers.pop("body", "")
    if body:
        headers["body-length"] = str(len(body))
    text = "".join(f"{{k}}:{{written(v, 2)}}\\n" for k, v in headers.items())
    print(f"{{text}}sign-key-sha3-384: kQ7z\\n\\n{{body}}\\n\\nAcLBUg" if body else
          f"{{text}}sign-key-sha3-384: kQ7z\\n\\nAcLBUg")


if command == "keys":
    print(json.dumps(known))
elif command == "create-key":
    keys.write_text(json.dumps([*known, {{"name": options[0], "sha3-384": "kQ7z" + options[0]}}]))
elif command == "sign":
    assertion(json.load(sys.stdin))
elif command == "export-key":
    assertion({{"type": "account-key-request", "account-id": options[0].partition("=")[2],
               "name": options[1], "public-key-sha3-384": "kQ7z" + options[1],
               "since": "2026-11-01T00:00:00Z"}})
elif command == "sign-build":
    given = dict(item[2:].split("=") for item in options if item.startswith("--"))
    assertion({{"type": "snap-build", "snap-id": given["snap-id"], "grade": given["grade"],
               "snap-sha3-384": "x", "authority-id": given["developer-id"]}})
else:
    sys.exit("error: unknown command")
"""


@pytest.fixture
def signer(logged_in: Any, tmp_path: Path) -> Any:
    """A publisher who is logged in, on a machine that has the program."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "snap"
    program.write_text(SNAP.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    logged_in.environment["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return logged_in


def test_keys_are_made_and_registered(signer: Any) -> None:
    """The usual login does not allow it; one for that alone does."""
    signer.ok("create-key", "build-key")
    refused = signer.run("register-key", "build-key")
    assert refused.code == ExitCode.PERMISSION
    assert "modify_account_key" in refused.error["why"]

    file = signer.folder / "key-login"
    login = ("--permission", "modify_account_key", "--export", file)
    signer.sandbox.clock.advance(31)
    assert signer.log_in(*login).code == ExitCode.DONE
    with_it = {"CRAFT_STORE_CREDENTIALS": file.read_text().strip()}
    signer.ok("register-key", "build-key", **with_it)

    (key,) = [row for row in signer.ok("keys") if row["name"] == "build-key"]
    assert key["registered"] is True
    again = signer.run("register-key", "build-key", **with_it)
    assert (again.code, again.error["code"]) == (ExitCode.FAILED, "invalid-field")


def test_a_build_is_signed(signer: Any, snap: Callable[..., Path]) -> None:
    """The assertion stays beside the file, and is used again."""
    file = snap()
    done = signer.ok("sign-build", file)
    text = file.with_name(f"{file.name}-build").read_text()

    assert done["sent"] is True
    assert "type: snap-build" in text
    assert f"authority-id: {signer.sandbox.account.id}" in text
    signer.sandbox.snaps.snap_builds = False
    off = signer.run("sign-build", file)
    assert (off.code, off.error["code"]) == (ExitCode.UNAVAILABLE, "feature-disabled")


def test_gated_snaps_are_validated(signer: Any) -> None:
    """Also those of other publishers; and what was said can be taken back."""
    sam = signer.sandbox.add_account("sam@example.com", "another password", username="sam-example")
    signer.sandbox.add_snap("lib-snap", sam)
    signer.sandbox.gate_snap("weather-widget", "lib-snap")

    signer.ok("validate", "weather-widget", "lib-snap=3")
    (row,) = signer.ok("gated", "weather-widget")
    assert (row["approved-snap-name"], row["approved-snap-revision"]) == ("lib-snap", "3")
    signer.ok("validate", "weather-widget", "lib-snap=3", "--revoke")
    (row,) = signer.ok("gated", "weather-widget")
    assert row["approved-snap-revision"] == "-"
    missing = signer.run("validate", "weather-widget", "no-such-snap=3")
    assert missing.code == ExitCode.NOT_FOUND


CONTENTS = {
    "validation-sets": """\
name: lab-set
sequence: 3
snaps:
- name: weather-widget
  presence: required
""",
    "confdb-schemas": """\
name: network
views:
  wifi:
    rules:
    - {request: ssid, storage: wifi.ssid}
body: '{"storage": {"schema": {"wifi": {"values": "any"}}}}'
""",
}


@pytest.mark.parametrize("family", CONTENTS)
def test_assertions_are_completed_signed_and_kept(signer: Any, family: str) -> None:
    """What was sent is listed; what the store does not take is told, and nothing is signed."""
    file = signer.folder / "content.yaml"
    file.write_text(CONTENTS[family])
    assert signer.ok(family, "list") == []
    signer.ok(family, "push", file)

    (kept,) = signer.ok(family, "list")
    assert kept["headers"]["name"] in CONTENTS[family]
    file.write_text("name: x\nsequence: -1\n")
    bad = signer.run(family, "push", file)
    assert bad.code == ExitCode.FAILED
    assert bad.error["code"] == "invalid-request"


def test_without_the_program(logged_in: Any, snap: Callable[..., Path]) -> None:
    """Each command that signs says what is missing, and sends nothing that is signed."""
    folder = logged_in.folder / "empty"
    folder.mkdir()
    logged_in.environment["PATH"] = str(folder)
    files = {family: logged_in.folder / f"{family}.yaml" for family in CONTENTS}
    for family, file in files.items():
        file.write_text(CONTENTS[family])
    for command in (
        ("create-key", "x"),
        ("register-key", "x"),
        ("sign-build", snap()),
        ("validate", "weather-widget", "weather-widget=1"),
        ("validation-sets", "push", files["validation-sets"]),
        ("confdb-schemas", "push", files["confdb-schemas"]),
    ):
        done = logged_in.run(*command)
        assert (done.code, done.error["code"]) == (ExitCode.FAILED, "signing-failed"), done
        assert "snapd" in done.error["advice"]
