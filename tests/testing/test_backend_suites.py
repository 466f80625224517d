"""The shipped suites notice what is wrong with a backend or a reporter."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

BACKENDS = """
import logging, os, threading
from contextlib import contextmanager

import pytest
from craft_store_core.login.backends.memory import MemoryBackend
from craft_store_core.plugins.credentials import Probe
from craft_store_core.testing.backends import (
    CredentialBackendConformance, LockingBackendConformance, ReadOnlyBackendConformance,
)


class Base(MemoryBackend):
    pass


class ForgetsTheHost(Base):
    def get(self, key):
        return next((v for k, v in self._values.items() if k.application == key.application), None)


class CutsLongValues(Base):
    def set(self, key, value):
        super().set(key, value[:2500])


class AsciiOnly(Base):
    def set(self, key, value):
        super().set(key, value.encode("ascii", "replace").decode())


class Logs(Base):
    def set(self, key, value):
        logging.getLogger("backend").debug("storing %s", value)
        super().set(key, value)


class Shows(Base):
    def __repr__(self):
        return f"Shows({self._values})"


class MakesFolders(Base):
    def __init__(self, settings):
        super().__init__(settings)
        settings.folder.mkdir()


class SetsVariables(Base):
    def __init__(self, settings):
        super().__init__(settings)
        os.environ["BACKEND_IN_USE"] = f"memory-{id(self)}"


class ClaimsToPersist(Base):
    persistent = True


class RaisesForUnknown(Base):
    def get(self, key):
        return self._values[key]


class DeletesWithoutAWord(Base):
    def delete(self, key):
        super().delete(key)
        return True


class SaysNothing(Base):
    def probe(self):
        return Probe(False, "")


class LocksNothing(Base):
    @contextmanager
    def lock(self, key):
        yield


class AcceptsWrites(Base):
    writable = False

    def get(self, key):
        return super().get(key) or "value"


def suite(backend, base):
    class Suite(base):
        persistent = getattr(backend, "persistent", False)

        @pytest.fixture
        def factory(self):
            values = {}

            def make(settings):
                made = backend(settings)
                if base is LockingBackendConformance:
                    made._values = values
                return made

            return make

    Suite.__name__ = Suite.__qualname__ = f"Test{backend.__name__}"
    return Suite


for backend in Base.__subclasses__():
    base = {"LocksNothing": LockingBackendConformance, "AcceptsWrites": ReadOnlyBackendConformance}
    made = suite(backend, base.get(backend.__name__, CredentialBackendConformance))
    globals()[made.__name__] = made
TestLocksNothing.persistent = True
"""

REPORTERS = """
import sys, threading
from contextlib import contextmanager

import pytest
from craft_store_core.progress.silent import SilentReporter, SilentTask
from craft_store_core.testing.reporters import ProgressReporterConformance


class Base(SilentReporter):
    pass


class Swallows(Base):
    @contextmanager
    def task(self, title, *, total=None, unit="bytes"):
        try:
            yield SilentTask()
        except Exception:
            pass


class Divides(Base):
    @contextmanager
    def task(self, title, *, total=None, unit="bytes"):
        100 // (1 if total is None else total)
        yield SilentTask()


class UsesStandardOutput(Base):
    @contextmanager
    def task(self, title, *, total=None, unit="bytes"):
        print(title)
        yield SilentTask()


class GreetsAtOnce(Base):
    def __init__(self):
        print("hello", file=sys.stderr)


class TakesOneTask(Base):
    def __init__(self):
        self.lock = threading.Lock()

    @contextmanager
    def task(self, title, *, total=None, unit="bytes"):
        if not self.lock.acquire(blocking=False):
            raise RuntimeError("one at a time")
        try:
            yield SilentTask()
        finally:
            self.lock.release()


class ClosesOnce(Base):
    closed = False

    def close(self):
        if self.closed:
            raise RuntimeError("closed")
        self.closed = True


def suite(reporter):
    class Suite(ProgressReporterConformance):
        @pytest.fixture
        def factory(self):
            return reporter

    Suite.__name__ = Suite.__qualname__ = f"Test{reporter.__name__}"
    return Suite


for reporter in Base.__subclasses__():
    made = suite(reporter)
    globals()[made.__name__] = made
"""


@pytest.mark.parametrize(
    ("suites", "expected"),
    [
        (
            BACKENDS,
            {
                "ForgetsTheHost": "test_keys_do_not_touch_each_other",
                "CutsLongValues": "test_it_returns_what_was_stored",
                "AsciiOnly": "test_it_returns_what_was_stored",
                "Logs": "test_it_shows_no_secret",
                "Shows": "test_it_shows_no_secret",
                "MakesFolders": "test_constructing_it_touches_nothing",
                "SetsVariables": "test_constructing_it_touches_nothing",
                "ClaimsToPersist": "test_another_backend_finds_it_if_it_is_persistent",
                "RaisesForUnknown": "test_an_unknown_key_has_nothing",
                "DeletesWithoutAWord": "test_deleting_an_unknown_key_says_that_there_was_nothing",
                "SaysNothing": "test_it_says_that_it_can_be_used",
                "LocksNothing": "test_others_wait_for_the_lock",
                "AcceptsWrites": "test_it_cannot_be_written",
            },
        ),
        (
            REPORTERS,
            {
                "Swallows": "test_an_error_of_the_work_passes_through",
                "Divides": "test_a_task_can_be_followed",
                "UsesStandardOutput": "test_it_leaves_standard_output_alone",
                "GreetsAtOnce": "test_constructing_it_touches_nothing",
                "TakesOneTask": "test_tasks_may_overlap",
                "ClosesOnce": "test_it_can_be_closed_twice",
            },
        ),
    ],
    ids=["backends", "reporters"],
)
def test_each_defect_is_noticed(tmp_path: Path, suites: str, expected: dict[str, str]) -> None:
    """Each kind of broken implementation fails the test that is about it."""
    (tmp_path / "test_suites.py").write_text(suites)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rfE",
            "--tb=no",
            "-p",
            "no:cacheprovider",
            "test_suites.py",
        ],
        cwd=tmp_path,
        # The suites need none of the plugins of pytest that are installed here.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    failed = set(re.findall(r"^(?:FAILED|ERROR) .*?::Test(\w+)::(\w+)", done.stdout, re.MULTILINE))
    for implementation, test in expected.items():
        assert (implementation, test) in failed, done.stdout
