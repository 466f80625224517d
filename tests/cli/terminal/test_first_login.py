"""The first login on a machine without a keyring, with the file keyring installed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import keyring
import keyring.core
import pytest

from craft_store_sandbox import build_charm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def headless(craft_store: Any) -> Iterator[Any]:
    """A person's first minute on a machine that has no D-Bus: nothing is set or stored."""
    for name in ("CRAFT_STORE_BACKEND", "XDG_RUNTIME_DIR", "DISPLAY"):
        craft_store.environment.pop(name, None)
    craft_store.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    # In this process the library may have found the keyring of whoever runs the tests.
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.core.load_keyring("keyring.backends.fail.Keyring"))
    yield craft_store
    keyring.set_keyring(before)


@pytest.mark.parametrize("start", [("sandbox", "serve", "--port", "0"), ("demo", "--keep")])
def test_the_steps_that_a_sandbox_prints_work_as_they_stand(
    headless: Any, in_shell: Callable[[list[str]], Any], start: tuple[str, ...]
) -> None:
    """Login, register, publish: typed as they are printed, in a home folder that is empty."""
    build_charm(headless.folder / "my-charm.charm", "my-charm")
    with headless.start(*start) as process:
        printed = []
        for line in process.stdout:
            printed.append(line.strip())
            if line.startswith("For snaps"):
                break
        begin = printed.index("Use it from another terminal:") + 1
        (password,) = [line.split()[1] for line in printed if line.startswith("password:")]
        codes = [line.split(": ", 1)[1] for line in printed if line.startswith("one-time pass")]
        terminal = in_shell([*printed[begin:-1], *codes])
        terminal.expect("Ubuntu One password: ")
        terminal.type(password)
        if codes:
            terminal.expect("One-time password: ")
            terminal.type(headless.ok(*codes[0].split()[1:]).out.strip())
        code, shown = terminal.end()

    assert code == 0, shown
    assert re.search(r"my-charm.*revision 1", shown)
    file = headless.folder / "data" / "credentials.json"
    assert f"The file {file} exists. The file is not encrypted." in shown
    assert shown.count(str(file)) == 1


def test_the_installed_file_keyring_is_used_where_no_keyring_works(
    headless: Any, log_in: Callable[..., Any]
) -> None:
    """Without a variable and without an option; ``auth status`` gives every reason."""
    done = log_in()
    assert done.code == 0, done
    assert "The file is not encrypted." in done.out
    shown = headless.ok("auth", "status").out
    assert re.search(r"backend system-keyring: .*", shown)
    assert re.search(r"backend file: .* The file is not encrypted\. \(in use\)", shown)
    assert "encrypted" not in str(headless.ok("whoami"))
    again = log_in("--force", "--format", "json")
    assert again.result["credential-backend"] == "file"
    assert "The file is not encrypted." in again.err


def test_what_is_imported_is_kept_in_the_file_too(
    headless: Any, log_in: Callable[..., Any]
) -> None:
    """And the command says where."""
    exported = headless.folder / "exported"
    assert log_in("--export", exported).code == 0
    done = headless.ok("auth", "import", exported)
    assert str(headless.folder / "data" / "credentials.json") in done.out


def test_a_file_that_is_to_be_encrypted_says_so(headless: Any, log_in: Callable[..., Any]) -> None:
    """The options of the backend hold, also where nobody named it."""
    headless.ok("config", "set", "credentials.file.encrypt", "true")
    missing = log_in()
    assert missing.code == 3
    assert "passphrase" in missing.err
    headless.environment["CRAFT_STORE_FILE_KEYRING_PASSPHRASE"] = "correct horse"
    done = log_in()
    assert done.code == 0, done
    assert "The file is encrypted." in done.out


def test_a_place_that_was_chosen_is_not_told(headless: Any, log_in: Callable[..., Any]) -> None:
    """A variable or the configuration wins, and whoever set it knows."""
    headless.environment["CRAFT_STORE_BACKEND"] = "file"
    assert "encrypted" not in str(log_in())
    headless.environment["CRAFT_STORE_BACKEND"] = "system-keyring"
    refused = log_in()
    assert refused.code == 3
    assert "CRAFT_STORE_BACKEND=file" in refused.err
    assert "install" not in refused.err
