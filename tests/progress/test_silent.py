"""The reporter ``silent`` shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from craft_store_core.progress.silent import SilentReporter
from craft_store_core.testing.reporters import ProgressReporterConformance

if TYPE_CHECKING:
    from craft_store_core.plugins.progress import ProgressReporterFactory


class TestSilent(ProgressReporterConformance):
    """The suite for all reporters."""

    @pytest.fixture
    def factory(self) -> ProgressReporterFactory:
        return SilentReporter


def test_it_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither output gets a byte."""
    reporter = SilentReporter()
    with reporter.task("Uploading acme.charm", total=10) as task:
        task.update(10)
        task.message("in review")
    reporter.close()
    output = capfd.readouterr()
    assert (output.out, output.err) == ("", "")
