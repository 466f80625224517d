"""The backend ``system-keyring`` uses the system's keyring without hanging or opening windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ConfigurationError
from craft_store_core.login.backends.system_keyring import SystemKeyringBackend
from craft_store_core.plugins.credentials import BackendSettings

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

STORED = "keyrings_of_tests.Stored"
FAILING = "keyrings_of_tests.Failing"


def test_it_conforms_with_any_keyring(run_conformance: Run) -> None:
    """The suite for all backends, with a keyring of the tests."""
    done = run_conformance(PYTHON_KEYRING_BACKEND=STORED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("KeyringLocked", "KeyringLockedError"),
        ("NoKeyringError", "NoKeyringError"),
        ("InitError", "NoKeyringError"),
        ("PasswordSetError", "CredentialError"),
        ("OSError", "CredentialError"),
    ],
)
@pytest.mark.parametrize("interactive", [False, True])
def test_errors_of_the_keyring_are_told_apart(
    run: Run, raised: str, expected: str, interactive: bool
) -> None:
    """Each failure becomes the error that says what to do, and none shows the secret."""
    done = run(
        f"""
        keyring = backend(interactive={interactive})
        attempt(lambda: keyring.get(KEY))
        # Put together: Python 3.13 shows the lines of this program in tracebacks.
        attempt(lambda: keyring.set(KEY, "-".join(["the", "secret"])))
        attempt(lambda: keyring.delete(KEY))
        """,
        PYTHON_KEYRING_BACKEND=FAILING,
        KEYRING_ERROR=raised,
    )
    lines = done.stdout.splitlines()
    assert [line.split(" | ")[0] for line in lines] == [expected] * 3, done.stderr
    assert all("keyrings of tests Failing: it failed" in line for line in lines)
    assert "Traceback" in done.stderr
    assert "the-secret" not in done.stdout + done.stderr


def test_an_entry_that_cannot_be_deleted_is_an_error(run: Run) -> None:
    """A keyring that refuses to delete is not taken for one that has nothing."""
    done = run(
        "attempt(lambda: keyring.delete(KEY))",
        PYTHON_KEYRING_BACKEND=FAILING,
        KEYRING_ERROR="PasswordDeleteError",
    )
    assert done.stdout.startswith("CredentialError | The system keyring could not be written.")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("keyring.backends.fail.Keyring", "No keyring service was found"),
        ("keyring.backends.null.Keyring", "does not store credentials"),
        ("keyring.backends.chainer.ChainerBackend", "No keyring service was found"),
        ("no_such_module.Keyring", "no_such_module"),
        ("keyrings_of_tests.NoSuchClass", "NoSuchClass"),
    ],
)
def test_a_keyring_that_stores_nothing_is_none(run: Run, name: str, reason: str) -> None:
    """The probe says why, and storing fails instead of losing what was stored."""
    done = run(
        """
        probe = keyring.probe()
        print(probe.usable, probe.reason)
        attempt(lambda: keyring.set(KEY, "the-secret"))
        """,
        PYTHON_KEYRING_BACKEND=name,
    )
    probed, stored = done.stdout.splitlines()
    assert probed.startswith("False ")
    assert reason in probed
    assert stored.startswith("NoKeyringError | No system keyring works on this machine.")
    assert reason in stored


@pytest.mark.parametrize("name", ["Hanging", "HangingAtOnce"])
def test_a_keyring_that_hangs_does_not_hang_the_program(run: Run, name: str) -> None:
    """Where nobody can be asked each call ends with an error in time, and so does the program."""
    done = run(
        """
        keyring = backend(timeout=0.2)
        attempt(lambda: keyring.get(KEY))
        attempt(lambda: keyring.set(KEY, "the-secret"))
        print(keyring.probe().usable)
        """,
        PYTHON_KEYRING_BACKEND=f"keyrings_of_tests.{name}",
    )
    assert done.returncode == 0
    got, stored, probed = done.stdout.splitlines()
    for line in (got, stored):
        assert line.startswith("CredentialError | The system keyring does not answer.")
        assert "0.2 s" in line
    assert probed == str(name == "Hanging")


def test_the_keyring_of_the_process_is_used_and_kept(run: Run) -> None:
    """An application's own choice of keyring is respected and never replaced."""
    done = run(
        """
        import keyring as library
        from keyrings_of_tests import Stored
        mine = Stored()
        library.set_keyring(mine)
        keyring.set(KEY, "value")
        print(keyring.get(KEY), library.get_keyring() is mine)
        """,
        PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
    )
    assert done.stdout == "value True\n"


def test_making_one_does_not_choose_a_keyring(run: Run) -> None:
    """Constructing a backend makes no choice for the process."""
    done = run(
        """
        from keyring import core
        print(core._keyring_backend)
        """,
        PYTHON_KEYRING_BACKEND="no_such_module.Keyring",
    )
    assert done.stdout == "None\n"


@pytest.mark.parametrize("timeout", [0, -1, "5", True, float("nan"), 4000], ids=repr)
def test_a_timeout_that_is_none_is_an_error(tmp_path: Path, timeout: Any) -> None:
    """The option is checked when the backend is made."""
    with pytest.raises(ConfigurationError, match="timeout"):
        SystemKeyringBackend(BackendSettings({}, tmp_path, {"timeout": timeout}))


@pytest.mark.skipif("sys.platform != 'linux'", reason="the Secret Service is Linux's")
def test_without_d_bus_the_reason_says_so(run: Run) -> None:
    """On a server there is no session bus, and the probe names it."""
    done = run(
        """
        probe = keyring.probe()
        print(probe.usable, probe.locked, probe.reason)
        attempt(lambda: keyring.get(KEY))
        """
    )
    probed, got = done.stdout.splitlines()
    assert probed.startswith("False False No keyring service was found")
    assert "SecretService" in probed
    assert got.startswith("NoKeyringError")


def test_without_a_secret_service_the_reason_says_so(run_without_services: Run) -> None:
    """A session bus without a keyring service is told from no session bus."""
    done = run_without_services(
        """
        probe = keyring.probe()
        print(probe.usable, probe.reason)
        """
    )
    assert done.stdout.startswith("False No keyring service was found"), done.stderr
    assert "neither running nor activatable" in done.stdout


def test_a_secret_service_that_cannot_start_is_none(run_without_services: Run, home: Path) -> None:
    """A service that is announced but broken is an error with D-Bus' own words."""
    (home / "services").mkdir()
    (home / "services" / "secrets.service").write_text(
        "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/false\n"
    )
    done = run_without_services(
        """
        probe = keyring.probe()
        print(probe.usable, probe.reason)
        attempt(lambda: keyring.get(KEY))
        """
    )
    probed, got = done.stdout.splitlines()
    assert probed.startswith("False The Secret Service cannot be used: "), done.stderr
    assert got.startswith("NoKeyringError")


def test_it_conforms_with_a_real_secret_service(run_in_session: Run, run_conformance: Run) -> None:
    """The suite for all backends, with an unlocked gnome-keyring."""
    assert run_in_session("print(keyring.probe().usable)", KEYRING="unlocked").stdout == "True\n"
    done = run_conformance("unlocked")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout


def test_what_is_stored_is_in_the_system_keyring(run_in_session: Run) -> None:
    """Other programs find it under the application and the host; it outlives the session."""
    done = run_in_session(
        """
        import subprocess
        keyring.set(KEY, "the-value")
        command = ["secret-tool", "lookup", "service", KEY.application, "username", KEY.host]
        print(subprocess.run(command, capture_output=True, text=True).stdout)
        """,
        KEYRING="unlocked",
    )
    assert done.stdout == "the-value\n", done.stderr
    again = run_in_session("print(keyring.get(KEY))", KEYRING="unlocked")
    assert again.stdout == "the-value\n"


@pytest.mark.parametrize("chained", [True, False])
@pytest.mark.parametrize("used_before", [True, False])
def test_a_locked_keyring_is_not_asked_to_unlock(
    run_in_session: Run, used_before: bool, chained: bool
) -> None:
    """Where nobody can be asked it is an error that says "locked", and no window is opened."""
    if used_before:
        run_in_session('keyring.set(KEY, "the-value")', KEYRING="unlocked")
    done = run_in_session(
        """
        probe = keyring.probe()
        print(probe.usable, probe.locked, probe.reason)
        attempt(lambda: keyring.get(KEY))
        attempt(lambda: keyring.set(KEY, "another"))
        attempt(lambda: keyring.delete(KEY))
        """,
        KEYRING="locked",
        **(
            {"PYTHON_KEYRING_BACKEND": "keyring.backends.chainer.ChainerBackend"} if chained else {}
        ),
    )
    probed, *attempts = done.stdout.splitlines()
    assert probed.startswith("False True "), done.stderr
    assert "locked" in probed
    assert [line.split(" | ")[0] for line in attempts] == ["KeyringLockedError"] * 3
    assert "SystemPrompter" not in done.stderr, "a window would have been opened"


def test_a_person_is_asked_to_unlock(run_in_session: Run) -> None:
    """Where a person can be asked the keyring may ask; refusing is an error that says "locked"."""
    run_in_session('keyring.set(KEY, "the-value")', KEYRING="unlocked")
    done = run_in_session(
        """
        keyring = backend(interactive=True)
        probe = keyring.probe()
        print(probe.usable, probe.locked, probe.reason, file=sys.stdout)
        attempt(lambda: keyring.get(KEY))
        """,
        KEYRING="locked",
    )
    probed, got = done.stdout.splitlines()
    assert probed.startswith("True True "), done.stderr
    assert got.startswith("KeyringLockedError")
    assert "SystemPrompter" in done.stderr, "without a display the window cannot be opened"
