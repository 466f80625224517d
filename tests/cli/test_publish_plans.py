"""``publish`` with several artifacts: plans, exit codes, interruption, GitHub Actions."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import Fault, build_charm

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def two(logged_in: Any, tmp_path: Path) -> Path:
    """A plan with two packages, both registered, and a resource."""
    dist = tmp_path / "dist"
    dist.mkdir()
    for name in ("acme-web", "acme-db"):
        logged_in.ok("register", name)
        # Stored as it is, so that a review can find it.
        payload = f"payload of {name}".encode()
        build_charm(dist / f"{name}.charm", name, resources={"model": "file"}, payload=payload)
    (tmp_path / "model.bin").write_bytes(b"a model")
    plan = tmp_path / "publish.toml"
    plan.write_text(
        """
        channels = ["latest/edge"]

        [[artifact]]
        file = "dist/acme-web.charm"
        resources = { model = "model.bin" }

        [[artifact]]
        file = "dist/acme-d*.charm"
        resources = { model = "model.bin" }
        """
    )
    return plan


@pytest.fixture
def charm(tmp_path: Path) -> Path:
    """A charm without resources."""
    return build_charm(tmp_path)


def channels(result: Any) -> list[str]:
    return [channel["status"] for item in result["artifacts"] for channel in item["channels"]]


def test_a_plan_is_published_and_publishing_it_again_changes_nothing(
    logged_in: Any, two: Path, sandbox_store: Any
) -> None:
    """With --plan or as the only argument; the JSON has every revision, digest and channel."""
    dry = logged_in.ok("publish", "--plan", two, "--dry-run", "--format", "json").result
    assert (dry["outcome"], dry["dry-run"], channels(dry)) == ("planned", True, ["to-release"] * 2)
    result = logged_in.ok("publish", "--plan", two, "--format", "json").result
    assert result["outcome"] == "done"
    for item, name in zip(result["artifacts"], ("acme-web", "acme-db"), strict=True):
        assert (item["name"], item["revision"], item["status"]) == (name, 1, "uploaded")
        assert len(item["sha3-384"]) == 96
        assert item["bases"] == [{"name": "ubuntu", "channel": "22.04", "architecture": "amd64"}]
        assert [part["revision"] for part in item["resources"]] == [1]
    assert channels(result) == ["released"] * 2
    sandbox_store.forget_requests()
    done = logged_in.ok("publish", two)
    assert done.out.count("already released") == 2
    assert {request.method for request in sandbox_store.requests} == {"GET"}


def test_one_rejected_artifact_keeps_all_unreleased(
    logged_in: Any, two: Path, sandbox_store: Any
) -> None:
    """The exit code is the one for partial outcomes, and the JSON has both: error and result."""
    sandbox_store.faults.reject_content[b"payload of acme-db"] = "No databases"
    done = logged_in.run("publish", "--plan", two, "--format", "json")
    assert done.code == 10
    assert done.error["code"] == "publish-incomplete"
    result = done.json["result"]
    assert result["outcome"] == "partial"
    web, db = result["artifacts"]
    assert (web["status"], web["revision"], web["error"]) == ("uploaded", 1, None)
    assert (db["status"], db["error"]["code"]) == ("failed", "review-rejected")
    assert channels(result) == ["to-release"] * 2
    assert logged_in.ok("status", "acme-web", "--format", "json").result["channel-map"] == []
    shown = logged_in.run("publish", "--plan", two)
    assert shown.code == 10
    assert "acme-web revision 1 (already uploaded)" in shown.out
    assert "latest/edge: not released" in shown.out
    assert "No databases" in shown.err


def test_several_files_and_the_newest_wins(logged_in: Any, tmp_path: Path) -> None:
    """Architectures are given side by side; an older build leaves a newer one alone."""
    logged_in.ok("register", "acme-web")
    files = [
        build_charm(
            tmp_path / f"{name}.charm",
            bases=[{"name": "ubuntu", "channel": "22.04", "architectures": [name]}],
            payload=name.encode(),
        )
        for name in ("amd64", "arm64")
    ]
    result = logged_in.ok("publish", *files, "--channel", "edge", "--format", "json").result
    assert channels(result) == ["released"] * 2
    newer = build_charm(tmp_path / "newer.charm", payload=b"newer")
    logged_in.ok("publish", newer, "--channel", "edge")
    old = build_charm(tmp_path / "amd64.charm", payload=b"amd64")
    again = logged_in.ok(
        "publish", *files, "--channel", "edge", "--only-if-newer", "--format", "json"
    )
    assert old == files[0]
    assert channels(again.result) == ["kept-newer", "unchanged"]
    assert "has a newer revision" in logged_in.ok(
        "publish", files[0], "--channel", "edge", "--only-if-newer"
    ).out  # fmt: skip


def test_without_waiting_the_exit_code_says_that_reviews_go_on(
    logged_in: Any, two: Path, sandbox_store: Any
) -> None:
    """Upload ids are printed; repeating the command goes on until it exits with 0."""
    first = logged_in.run("publish", "--plan", two, "--no-wait", "--format", "json")
    assert first.code == 7
    assert first.result["outcome"] == "pending"
    for item in first.result["artifacts"]:
        assert item["status"] == "in-review"
        status = logged_in.ok("upload-status", item["name"], item["upload-id"]).out
        assert "approved, revision 1" in status
    second = logged_in.run("publish", "--plan", two, "--no-wait")
    assert second.code == 7
    assert "in review, upload id" in second.out
    assert "Run the same command again" in second.err
    sandbox_store.clock.advance(60)
    assert logged_in.run("publish", "--plan", two, "--no-wait").code == 0


def test_a_review_by_a_person_has_its_own_exit_code(
    logged_in: Any, two: Path, sandbox_store: Any
) -> None:
    """Nothing has failed: publishing again after the review releases."""
    sandbox_store.faults.manual_review = True
    done = logged_in.run("publish", "--plan", two, "--format", "json")
    assert done.code == 7
    assert done.error["code"] == "review-pending"
    assert done.json["result"]["outcome"] == "pending"
    sandbox_store.faults.manual_review = False
    assert logged_in.ok("publish", "--plan", two, "--format", "json").result["outcome"] == "done"


def test_an_interrupted_run_is_continued_by_the_next(
    logged_in: Any, two: Path, sandbox_store: Any
) -> None:
    """Ctrl-C while a store does not answer: the end comes at once, with what was done."""
    sandbox_store.faults.add(Fault(delay=300), method="POST", path="/acme-db/revisions$")
    with logged_in.start("publish", "--plan", two, "--format", "json") as process:
        wanted = {"acme-web.charm: revision 1", "model=model.bin: revision 1"}
        for line in process.stderr:
            wanted = {text for text in wanted if text not in line}
            if not wanted:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    document = json.loads(out)
    assert document["ok"] is False
    assert document["error"]["code"] == "interrupted"
    assert document["error"]["exit-code"] == process.returncode
    assert "Traceback" not in err
    result = document["result"]
    assert result["outcome"] == "interrupted"
    assert [item["status"] for item in result["artifacts"]] == ["uploaded", "to-upload"]
    assert channels(result) == ["to-release"] * 2
    sandbox_store.faults.clear()
    done = logged_in.ok("publish", "--plan", two, "--format", "json").result
    assert [item["status"] for item in done["artifacts"]] == ["already-uploaded", "uploaded"]
    assert channels(done) == ["released"] * 2
    for name in ("acme-web", "acme-db"):
        assert len(logged_in.ok("revisions", name, "--format", "json").result) == 1


def test_an_interruption_in_the_middle_of_an_upload(
    logged_in: Any, charm: Path, sandbox_store: Any
) -> None:
    """The storage has nothing that counts, and the next run sends the file again, once."""
    logged_in.ok("register", "acme-web")
    sandbox_store.faults.add(Fault(delay=300), method="POST", path="/unscanned-upload")
    output = charm.with_name("output")
    logged_in.environment["GITHUB_OUTPUT"] = str(output)
    with logged_in.start("publish", charm, "--channel", "edge", "--github") as process:
        assert any("Uploading acme-web.charm" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Interrupted" in err
    assert "Run the same command again" in err
    assert "not uploaded" in out
    assert outputs(output)["outcome"] == "interrupted"
    assert logged_in.ok("revisions", "acme-web", "--format", "json").result == []
    sandbox_store.faults.clear()
    logged_in.ok("publish", charm, "--channel", "edge")
    assert len(logged_in.ok("revisions", "acme-web", "--format", "json").result) == 1


def test_a_time_that_is_too_short_for_the_upload(logged_in: Any, charm: Path) -> None:
    """The whole has one limit, and its exit code."""
    logged_in.ok("register", "acme-web")
    done = logged_in.run("publish", charm, "--timeout", "0", "--format", "json")
    assert done.code == 8
    assert done.error["code"] == "publish-timed-out"
    assert done.json["result"]["artifacts"][0]["revision"] is None


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "No artifact"),
        (("--plan", "publish.toml", "other.toml"), "More than one plan"),
        (("publish.toml", "a.charm"), "FILE cannot be combined"),
        (("publish.toml", "--resource", "a=1"), "--resource cannot be combined"),
        (("publish.toml", "--component", "a=b"), "--component cannot be combined"),
        (("publish.toml", "--name", "a"), "--name cannot be combined"),
        (("a.charm", "--component", "a"), "--component 'a' is not NAME=FILE"),
        (("a.charm", "--github"), "only in a GitHub Actions step"),
        (("missing.toml",), "missing.toml cannot be read"),
    ],
)
def test_what_does_not_go_together(craft_store: Any, arguments: tuple[str, ...], text: str) -> None:
    """It is a usage error before any store is asked."""
    done = craft_store.run("publish", *arguments)
    assert done.code == 2, done
    assert text in done.err


def test_components_that_an_artifact_does_not_declare(at_sandbox: Any, charm: Path) -> None:
    """They are refused before anything is sent."""
    done = at_sandbox.run("publish", charm, "--component", f"docs={charm}")
    assert done.code == 2
    assert "does not declare the component 'docs'" in done.err


def test_options_win_over_the_plan(logged_in: Any, two: Path) -> None:
    """Channels on the command line replace those of the plan."""
    result = logged_in.ok(
        "publish", two, "--channel", "beta", "--dry-run", "--format", "json"
    ).result
    assert [item["channels"][0]["channel"] for item in result["artifacts"]] == ["latest/beta"] * 2


def outputs(file: Path) -> dict[str, str]:
    """Read outputs as the runner does."""
    text = file.read_text(encoding="utf-8")
    found = re.findall(r"(\S+)<<(\S+)\n(.*?)\n\2\n", text, re.DOTALL)
    rest = re.sub(r"(\S+)<<(\S+)\n(.*?)\n\2\n", "", text, flags=re.DOTALL)
    assert rest == ""
    return {name: value for name, _, value in found}


def test_outputs_and_summary_of_a_step(logged_in: Any, charm: Path, tmp_path: Path) -> None:
    """Later steps read the outcome; people read a table."""
    logged_in.ok("register", "acme-web")
    output, summary = tmp_path / "output", tmp_path / "summary"
    variables = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    done = logged_in.ok("publish", charm, "--channel", "edge", "--github", **variables)
    assert done.out.startswith("acme-web revision 1")
    read = outputs(output)
    assert (read["outcome"], read["name"], read["revision"]) == ("done", "acme-web", "1")
    assert json.loads(read["revisions"]) == {"acme-web": [1]}
    assert json.loads(read["result"])["artifacts"][0]["revision"] == 1
    assert "| acme-web |" in summary.read_text()
    output.unlink()
    only_output = {"GITHUB_OUTPUT": str(output)}
    logged_in.ok("publish", charm, "--channel", "edge", "--github", **only_output)
    assert outputs(output)["outcome"] == "done"
    refused = logged_in.run(
        "publish", charm, "--github", GITHUB_OUTPUT=str(tmp_path / "no" / "such" / "folder")
    )
    assert refused.code == 2
    assert "cannot be written" in refused.err


def test_texts_of_others_do_not_become_outputs_or_markup(
    logged_in: Any, two: Path, sandbox_store: Any, tmp_path: Path
) -> None:
    """A store's message with line breaks and markup stays inside of its value, and plain text."""
    evil = "x\noutcome=done\nevil<<end\n| <script> | [link](http://example.com)\nend"
    sandbox_store.faults.reject_content[b"payload of acme-db"] = evil
    output, summary = tmp_path / "output", tmp_path / "summary"
    done = logged_in.run(
        "publish", two, "--github", GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary)
    )
    assert done.code == 10
    assert set(outputs(output)) == {"outcome", "result", "revisions"}
    assert outputs(output)["outcome"] == "partial"
    text = summary.read_text()
    assert "<script>" not in text
    assert "[link]" not in text
    assert not any(line.startswith("outcome=") for line in text.splitlines())
