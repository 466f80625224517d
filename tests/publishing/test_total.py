"""One line of progress for all files of a publishing."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import requests
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.publishing import PlanPublication, PublishPlan, PublishRequest
from craft_store_core.publishing.send import TotalProgress
from craft_store_core.stores.reviews import Polling
from craft_store_sandbox import build_charm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from craft_store_sandbox.sandbox import ReadySandbox

QUICK = Polling(timeout=30, first=0.01, longest=0.05)


class Recording:
    """A reporter that remembers tasks, what was done in each, and the order of their ends."""

    def __init__(self) -> None:
        self.totals: dict[str, int | None] = {}
        self.done: dict[str, int] = {}
        self.events: list[str] = []
        self._lock = Lock()

    @contextmanager
    def task(self, title: str, *, total: int | None = None, **_: Any) -> Iterator[Any]:
        recording = self

        class Task:
            def update(self, done: int) -> None:
                recording.done[title] = done

            def message(self, text: str) -> None: ...

        with self._lock:
            self.totals[title] = total
            self.events.append(f"+{title}")
        yield Task()
        with self._lock:
            self.events.append(f"-{title}")

    def close(self) -> None: ...


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**9)), max_size=50))
def test_the_total_is_the_sum_of_what_each_said_last(said: list[tuple[int, int]]) -> None:
    """Also when an upload starts again from nothing."""
    seen: list[int] = []
    total = TotalProgress(seen.append)
    parts = [total.part() for _ in range(4)]
    last = [0] * 4
    for number, done in said:
        parts[number](done)
        last[number] = done
        assert seen[-1] == sum(last)
    assert len(seen) == len(said)


def publish(client_of: Any, sandbox: ReadySandbox, *requests: PublishRequest) -> Recording:
    recording = Recording()
    client = client_of(sandbox, progress=recording)
    with PlanPublication(client, PublishPlan(requests), polling=QUICK) as publication:
        publication.check()
        assert publication.run().name == "done"
    return recording


def test_several_files_have_a_total(
    client_of: Any, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """It has the bytes of all, and ends with the last upload, before the reviews do."""
    sandbox_store.add_package("acme-web", sandbox_store.account)
    model = tmp_path / "model.bin"
    model.write_bytes(bytes(300_000))
    charm = build_charm(tmp_path, resources={"model": "file"})
    recording = publish(client_of, sandbox_store, PublishRequest(charm, (), {"model": model}))
    size = charm.stat().st_size + 300_000
    assert recording.totals["Uploading 2 files"] == size
    assert recording.done["Uploading 2 files"] == size
    events = recording.events
    assert events[0] == "+Uploading 2 files"
    end = events.index("-Uploading 2 files")
    assert events.index("-Uploading model.bin") < end
    assert end < len(events) - 1 - events[::-1].index("-Waiting for the review of acme-web")


def test_a_single_file_has_no_second_line(
    client_of: Any, sandbox_store: ReadySandbox, tmp_path: Path
) -> None:
    """Its own says it all."""
    sandbox_store.add_package("acme-web", sandbox_store.account)
    recording = publish(client_of, sandbox_store, PublishRequest(build_charm(tmp_path)))
    assert [title for title in recording.totals if title.startswith("Uploading")] == [
        f"Uploading {build_charm(tmp_path).name}"
    ]


def test_few_frames_are_between_an_upload_thread_and_requests(
    client_of: Any, sandbox_store: ReadySandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each layer on the way of a file must earn its place."""
    stacks: list[list[str]] = []
    send = requests.adapters.HTTPAdapter.send

    def watched(adapter: Any, request: Any, **options: Any) -> requests.Response:
        if "unscanned-upload" in request.url:
            frames = [
                frame for frame in traceback.extract_stack() if "/craft_store" in frame.filename
            ]
            stacks.append([frame.name for frame in frames])
        return send(adapter, request, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", watched)
    sandbox_store.add_package("acme-web", sandbox_store.account)
    publish(client_of, sandbox_store, PublishRequest(build_charm(tmp_path)))
    (names,) = stacks
    assert len(names) <= 6, names
