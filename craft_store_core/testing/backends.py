"""What every credential backend must do, as test classes to derive from.

::

    from craft_store_core.testing.backends import CredentialBackendConformance

    class TestVault(CredentialBackendConformance):
        persistent = True

        @pytest.fixture
        def factory(self):
            return VaultBackend

Derive from :class:`CredentialBackendConformance` for a backend that can be written, from
:class:`LockingBackendConformance` if it keeps other processes out, and from
:class:`ReadOnlyBackendConformance` for one that can only be read. Override the fixture ``settings``
where a backend needs options.
"""

# ruff: noqa: S101  # assertions are what a test suite is made of

from __future__ import annotations

import logging
import os
import re
from threading import Event, Thread
from typing import TYPE_CHECKING, ClassVar

import pytest

from craft_store_core.errors import CredentialsReadOnlyError
from craft_store_core.plugins.credentials import (
    BackendSettings,
    CredentialBackend,
    CredentialKey,
    Probe,
)

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_core.plugins.credentials import CredentialBackendFactory

KEY = CredentialKey("conformance-app", "api.store.example")
"""The key that the suites use most."""
OTHER_KEYS = (
    CredentialKey(KEY.application, "other.store.example"),
    CredentialKey("other-app", KEY.host),
    CredentialKey(KEY.host, KEY.application),
    CredentialKey("ünïcode 🔑", "store.example:8443"),
)
"""Every other key that they use, for those who have to clean up after a test."""
SECRET = "conformance-secret-value"  # noqa: S105  # it is one, for tests
"""The value that must never be shown."""

_PATIENCE = 10.0
"""How long another thread may take to do what it must do, in seconds."""
_MOMENT = 0.3
"""How long to watch that another thread does not do what it must not, in seconds."""


class _BackendConformance:
    """What holds for backends that can be written and for those that cannot."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> BackendSettings:
        """What backends of the suite are made from; the folder does not exist yet."""
        return BackendSettings(environment=dict(os.environ), folder=tmp_path / "data")

    @pytest.fixture
    def backend(
        self, factory: CredentialBackendFactory, settings: BackendSettings
    ) -> CredentialBackend:
        """A fresh backend."""
        return factory(settings)

    def test_it_has_the_members_of_a_backend(self, backend: CredentialBackend) -> None:
        """It can be used wherever a credential backend is expected."""
        assert isinstance(backend, CredentialBackend)
        assert re.fullmatch("[a-z][a-z0-9-]*", backend.name), "the name is no offer's name"

    def test_constructing_it_touches_nothing(
        self, factory: CredentialBackendFactory, settings: BackendSettings, tmp_path: Path
    ) -> None:
        """Making one changes neither files nor the environment."""
        files, variables = set(tmp_path.rglob("*")), dict(os.environ)
        factory(settings)
        assert set(tmp_path.rglob("*")) == files
        assert dict(os.environ) == variables

    def test_it_says_that_it_can_be_used(self, backend: CredentialBackend) -> None:
        """The probe of a backend that works says so, with a reason for people."""
        probe = backend.probe()
        assert isinstance(probe, Probe)
        assert probe.usable, probe.reason
        assert probe.reason
        assert "\n" not in probe.reason


class CredentialBackendConformance(_BackendConformance):
    """For backends that can be written.

    Attributes:
        persistent: A new backend from the same settings finds what another one stored.
    """

    persistent: ClassVar[bool]

    def test_it_can_be_written(self, backend: CredentialBackend) -> None:
        """It says of itself that it can be written."""
        assert backend.writable is True

    def test_an_unknown_key_has_nothing(self, backend: CredentialBackend) -> None:
        """Reading what was never stored gives None, not an error."""
        assert backend.get(KEY) is None

    def test_deleting_an_unknown_key_says_that_there_was_nothing(
        self, backend: CredentialBackend
    ) -> None:
        """Removing what was never stored is no error."""
        assert backend.delete(KEY) is False

    @pytest.mark.parametrize(
        "value",
        [SECRET, "eyJ0IjogIm1hY2Fyb29uIn0=", "x" * 8192, "schlüssel-ключ-鍵-🔑", 'a "b" \\c {d}'],
        ids=["text", "base64", "8 KiB", "unicode", "punctuation"],
    )
    def test_it_returns_what_was_stored(self, backend: CredentialBackend, value: str) -> None:
        """A value comes back as it was stored."""
        backend.set(KEY, value)
        assert backend.get(KEY) == value

    def test_storing_again_replaces(self, backend: CredentialBackend) -> None:
        """The last value stored is the one that is returned."""
        backend.set(KEY, "first, and longer than the second")
        backend.set(KEY, "second")
        assert backend.get(KEY) == "second"

    def test_deleting_removes(self, backend: CredentialBackend) -> None:
        """What was deleted is gone, and deleting says that it was there."""
        backend.set(KEY, SECRET)
        assert backend.delete(KEY) is True
        assert backend.get(KEY) is None
        assert backend.delete(KEY) is False

    @pytest.mark.parametrize("other", OTHER_KEYS, ids=["host", "application", "swapped", "unicode"])
    def test_keys_do_not_touch_each_other(
        self, backend: CredentialBackend, other: CredentialKey
    ) -> None:
        """Storing and deleting under one key leaves another one alone."""
        backend.set(KEY, "mine")
        assert backend.get(other) is None
        backend.set(other, "other")
        assert (backend.get(KEY), backend.get(other)) == ("mine", "other")
        backend.delete(KEY)
        assert backend.get(other) == "other"

    def test_another_backend_finds_it_if_it_is_persistent(
        self, factory: CredentialBackendFactory, settings: BackendSettings
    ) -> None:
        """What was stored outlives the object exactly where the suite says so."""
        factory(settings).set(KEY, SECRET)
        assert factory(settings).get(KEY) == (SECRET if self.persistent else None)

    def test_it_shows_no_secret(
        self,
        backend: CredentialBackend,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """No value appears in reprs, logs or output."""
        with caplog.at_level(logging.DEBUG):
            backend.set(KEY, SECRET)
            backend.get(KEY)
            shown = repr(backend) + str(backend) + repr(backend.probe())
            backend.delete(KEY)
        output = capfd.readouterr()
        assert SECRET not in shown
        assert SECRET not in caplog.text
        assert SECRET not in output.out + output.err


class LockingBackendConformance(CredentialBackendConformance):
    """For backends that can keep other programs out while a credential is renewed."""

    def test_it_can_be_used_under_its_own_lock(self, backend: CredentialBackend) -> None:
        """Who holds the lock can read, write, delete, and take the lock again."""
        with backend.lock(KEY):
            backend.set(KEY, "first")
            with backend.lock(KEY):
                backend.set(KEY, "second")
            assert backend.get(KEY) == "second"
            assert backend.delete(KEY) is True

    def test_the_lock_is_given_back_after_an_error(
        self, factory: CredentialBackendFactory, settings: BackendSettings
    ) -> None:
        """An exception under the lock passes through and does not leave it locked."""
        first, second = factory(settings), factory(settings)
        with pytest.raises(ZeroDivisionError), first.lock(KEY):
            raise ZeroDivisionError
        with second.lock(KEY):
            second.set(KEY, SECRET)

    def test_others_wait_for_the_lock(
        self, factory: CredentialBackendFactory, settings: BackendSettings
    ) -> None:
        """While one holds the lock, another one neither takes it nor writes."""
        mine, other = factory(settings), factory(settings)
        wrote = Event()

        def write() -> None:
            other.set(KEY, "other")
            wrote.set()

        thread = Thread(target=write)
        with mine.lock(KEY):
            mine.set(KEY, "mine")
            thread.start()
            assert not wrote.wait(_MOMENT), "another backend wrote under a lock that is held"
            assert mine.get(KEY) == "mine"
        assert wrote.wait(_PATIENCE), "the lock was not given back"
        thread.join()
        assert mine.get(KEY) == "other"


class ReadOnlyBackendConformance(_BackendConformance):
    """For backends that can only be read."""

    def test_it_cannot_be_written(self, backend: CredentialBackend) -> None:
        """It says so of itself, refuses to store and to delete, and nothing changes."""
        before = backend.get(KEY)
        assert backend.writable is False
        with pytest.raises(CredentialsReadOnlyError) as refusal:
            backend.set(KEY, SECRET)
        assert SECRET not in f"{refusal.value}{refusal.value.why}{refusal.value.advice}"
        with pytest.raises(CredentialsReadOnlyError):
            backend.delete(KEY)
        assert backend.get(KEY) == before

    def test_it_shows_no_secret(
        self,
        backend: CredentialBackend,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """What it holds does not appear in reprs, logs or output."""
        with caplog.at_level(logging.DEBUG):
            value = backend.get(KEY)
            shown = repr(backend) + str(backend) + repr(backend.probe())
        output = capfd.readouterr()
        assert value, "the suite needs a backend that holds something"
        assert value not in shown
        assert value not in caplog.text
        assert value not in output.out + output.err
