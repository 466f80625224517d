"""The commands that publish, and those that show what is published."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def registered(logged_in: Any) -> Any:
    """Logged in, with the name ``acme-web`` registered."""
    logged_in.ok("register", "acme-web")
    return logged_in


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A file for the resource ``model``."""
    file = tmp_path / "model.bin"
    file.write_bytes(b"a model" * 1000)
    return file


@pytest.fixture
def published(registered: Any, charm: Path, model: Path) -> Any:
    """Revision 1 of ``acme-web`` with revision 1 of ``model`` in ``latest/edge``."""
    registered.ok("publish", charm, "--resource", f"model={model}", "--channel", "edge")
    return registered


def test_register_tells_the_id_and_a_repetition_succeeds(logged_in: Any) -> None:
    """A name that is the account's own already is no failure."""
    first = logged_in.ok("register", "acme-web", "--format", "json").result
    assert first["status"] == "registered"
    assert len(first["id"]) == 32
    again = logged_in.ok("register", "acme-web", "--format", "json").result
    assert again["status"] == "already-owned"
    names = logged_in.ok("names", "--format", "json").result
    assert [item["name"] for item in names] == ["acme-web"]
    assert "acme-web" in logged_in.ok("names").out


def test_names_of_an_account_without_any(logged_in: Any) -> None:
    """An empty list says so, on standard error, and how to go on."""
    done = logged_in.ok("names")
    assert done.out == ""
    assert "craft-store register" in done.err


def test_a_name_that_is_taken_or_bad(logged_in: Any, sandbox_store: Any) -> None:
    """Somebody else's name is a conflict; a malformed one is refused in words."""
    other = sandbox_store.add_account("al@example.com", "another password", username="al")
    sandbox_store.add_package("taken", other)
    done = logged_in.run("register", "taken", "--format", "json")
    assert done.code == 1
    assert done.error["entries"][0]["code"] == "already-registered"
    bad = logged_in.run("register", "Not A Name")
    assert bad.code in {1, 2}
    assert "Not A Name" in bad.err


def test_publish_uploads_reviews_and_releases(registered: Any, charm: Path, model: Path) -> None:
    """One command takes a charm and its resource from files to a channel."""
    done = registered.ok(
        "publish", charm, "--resource", f"model={model}", "--channel", "edge", "--format", "json"
    )
    assert done.result["outcome"] == "done"
    (result,) = done.result["artifacts"]
    assert (result["name"], result["revision"], result["status"]) == ("acme-web", 1, "uploaded")
    assert result["sha3-384"] == hashlib.sha3_384(charm.read_bytes()).hexdigest()
    assert [(item["resource"], item["revision"]) for item in result["resources"]] == [("model", 1)]
    assert result["channels"] == [{"channel": "latest/edge", "status": "released"}]
    status = registered.ok("status", "acme-web", "--format", "json").result
    (row,) = status["channel-map"]
    assert (row["channel"], row["revision"]) == ("latest/edge", 1)
    assert row["resources"] == [{"name": "model", "revision": 1, "type": "file"}]


def test_publishing_again_changes_nothing_and_succeeds(
    published: Any, charm: Path, model: Path, sandbox_store: Any
) -> None:
    """A rerun sends no file, makes no revision and releases nothing."""
    sandbox_store.forget_requests()
    done = published.ok(
        "publish", charm, "--resource", f"model={model}", "--channel", "edge", "--format", "json"
    )
    (result,) = done.result["artifacts"]
    assert result["status"] == "already-uploaded"
    assert result["resources"][0]["status"] == "already-uploaded"
    assert result["channels"] == [{"channel": "latest/edge", "status": "unchanged"}]
    assert {request.method for request in sandbox_store.requests} == {"GET"}


def test_publish_goes_on_where_an_earlier_run_stopped(
    registered: Any, charm: Path, model: Path, sandbox_store: Any
) -> None:
    """After an upload without resource and release, publishing sends only what is missing."""
    registered.ok("upload", charm)
    sandbox_store.forget_requests()
    done = registered.ok(
        "publish", charm, "--resource", f"model={model}", "--channel", "edge", "--format", "json"
    )
    (result,) = done.result["artifacts"]
    assert result["status"] == "already-uploaded"
    assert result["resources"][0]["status"] == "uploaded"
    sent = [r for r in sandbox_store.requests if r.path.startswith("/unscanned-upload")]
    assert len(sent) == 1


def test_a_dry_run_sends_nothing(registered: Any, charm: Path, model: Path) -> None:
    """The plan names files and channels; the store is as before."""
    done = registered.ok(
        "publish", charm, "--resource", f"model={model}", "--channel", "beta", "--dry-run"
    )
    assert "upload acme-web.charm" in done.out
    assert "latest/beta: to be released" in done.out
    assert registered.ok("revisions", "acme-web", "--format", "json").result == []


def test_a_resource_by_its_revision(published: Any, charm: Path) -> None:
    """NAME=REVISION releases with a revision that the store has."""
    done = published.ok(
        "publish", charm, "--resource", "model=1", "--channel", "beta", "--format", "json"
    )
    (resource,) = done.result["artifacts"][0]["resources"]
    assert (resource["resource"], resource["revision"], resource["status"]) == ("model", 1, "given")
    assert resource["file"] is resource["sha3-384"] is None
    missing = published.run("publish", charm, "--resource", "model=7", "--dry-run")
    assert missing.code == 2
    assert "has no revision 7" in missing.err


def test_upload_and_release_step_by_step(registered: Any, charm: Path, model: Path) -> None:
    """The steps of publish exist one by one."""
    assert registered.ok("upload", charm, "--format", "json").result["revision"] == 1
    done = registered.ok("upload-resource", "acme-web", "model", model, "--format", "json")
    assert done.result["revision"] == 1
    registered.ok("release", "acme-web", 1, "edge", "beta", "--resource", "model=1")
    shown = registered.ok("status", "acme-web").out
    assert "ubuntu@22.04:amd64" in shown
    assert "model (r1)" in shown
    revisions = registered.ok("revisions", "acme-web")
    assert "released" in revisions.out
    resources = registered.ok("resources", "acme-web", "--format", "json").result
    assert resources[0]["name"] == "model"
    assert resources[0]["resource-revisions"] == [1]
    assert "model" in registered.ok("resources", "acme-web").out


def test_status_marks_what_channels_inherit(published: Any) -> None:
    """A channel that follows a more stable one shows an arrow, a closed one a dash."""
    published.ok("release", "acme-web", 1, "candidate")
    lines = published.ok("status", "acme-web").out.splitlines()
    by_risk = {line.split()[2]: line for line in lines[1:]}
    assert "↑" in by_risk["beta"]
    assert "↑" not in by_risk["stable"]
    assert by_risk["edge"].split()[4] == "1"


def test_upload_without_waiting(registered: Any, charm: Path) -> None:
    """--no-wait gives the upload id at once."""
    done = registered.ok("upload", charm, "--no-wait", "--format", "json")
    assert done.result["status"] == "in-review"
    assert done.result["upload-id"]


def test_plain_progress_goes_to_standard_error(registered: Any, charm: Path) -> None:
    """Off a terminal there are whole lines about the upload; with -q there are none."""
    done = registered.ok("upload", charm)
    assert "Uploading acme-web.charm" in done.err
    assert "\r" not in done.err
    assert "Uploading" not in done.out
    assert registered.ok("upload", charm, "-q").err == ""


def _zip_without_metadata(folder: Path) -> Path:
    import zipfile

    file = folder / "odd.charm"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("nothing.txt", "nothing")
    return file


def _empty(folder: Path) -> Path:
    (folder / "empty.charm").touch()
    return folder / "empty.charm"


def _text(folder: Path) -> Path:
    (folder / "text.charm").write_text("this is no charm")
    return folder / "text.charm"


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: folder / "missing.charm",
        lambda folder: folder,
        _empty,
        _text,
        _zip_without_metadata,
    ],
    ids=["missing", "folder", "empty", "text", "no-metadata"],
)
def test_a_file_that_is_no_charm(
    at_sandbox: Any, sandbox_store: Any, tmp_path: Path, make: Any
) -> None:
    """It is refused before any request, and the error names the file."""
    file = make(tmp_path)
    for command in ("publish", "upload"):
        done = at_sandbox.run(command, file)
        assert done.code == 2, done
        assert file.name in done.err
        assert "Traceback" not in done.err
    assert sandbox_store.requests == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--channel", "nonsense"), "nonsense"),
        (("--channel", "a/b/c/d"), "a/b/c/d"),
        (("--channel", "2.0/edge"), "2.0"),
        (("--resource", "model"), "NAME=FILE"),
        (("--resource", "model=missing-file"), "missing-file"),
        (("--resource", "other=acme-web.charm"), "other"),
        (("--resource", "model=1", "--resource", "model=2"), "twice"),
        (("--timeout", "-1"), "--timeout"),
    ],
)
def test_options_of_publish_that_cannot_be_used(
    registered: Any, charm: Path, options: tuple[str, ...], text: str
) -> None:
    """Each is a usage error that names what is wrong; nothing is uploaded."""
    done = registered.run("publish", charm, *options)
    assert done.code == 2, done
    assert text in done.err
    assert registered.ok("revisions", "acme-web", "--format", "json").result == []


def test_publishing_a_name_that_is_not_registered(logged_in: Any, charm: Path) -> None:
    """It is found before the upload, with the command to register it."""
    done = logged_in.run("publish", charm)
    assert done.code == 5
    assert "craft-store register acme-web" in done.err


def test_credentials_that_do_not_allow_it(
    registered: Any, log_in: Any, charm: Path, sandbox_store: Any
) -> None:
    """The missing permissions are named before the first byte."""
    log_in("--force", "--permission", "package-view")
    sandbox_store.forget_requests()
    done = registered.run("publish", charm, "--channel", "edge")
    assert done.code == 4
    assert "package-manage-revisions" in done.err
    assert not [r for r in sandbox_store.requests if r.method == "POST" and "tokens" not in r.path]


def test_credentials_limited_to_other_channels(registered: Any, log_in: Any, charm: Path) -> None:
    """A release outside of the channels that the credentials are limited to is refused early."""
    log_in("--force", "--channel", "*/edge")
    done = registered.run("publish", charm, "--channel", "stable")
    assert done.code == 4
    assert "latest/stable" in done.err


def test_a_review_that_refuses(registered: Any, tmp_path: Path) -> None:
    """A charm whose metadata names another package is rejected with the store's reasons."""
    from craft_store_sandbox import build_charm

    other = build_charm(tmp_path, "other-name")
    done = registered.run("publish", other, "--name", "acme-web", "--format", "json")
    assert done.code == 6
    assert done.error["code"] == "review-rejected"
    assert done.error["entries"]


def test_a_review_that_takes_too_long(craft_store: Any, sandbox_factory: Any, charm: Path) -> None:
    """The exit code says that the time ran out, the error that the review goes on."""
    from craft_store_sandbox import ReviewPace

    slow = sandbox_factory(review=ReviewPace(polls=10_000, seconds=10_000))
    slow.add_package("acme-web", slow.account)
    craft_store.environment |= {
        "CRAFT_STORE_STORE": "sandbox",
        "CRAFT_STORE_SANDBOX_URL": slow.urls.api,
        "CRAFT_STORE_CREDENTIALS": _credentials(slow.issue_token(slow.account)),
    }
    done = craft_store.run("publish", charm, "--timeout", "0.3", "--format", "json")
    assert done.code == 8
    assert done.error["upload-id"]


def _credentials(token: str) -> str:
    import base64
    import json

    return base64.b64encode(json.dumps({"t": "macaroon", "v": token}).encode()).decode()


def test_releasing_a_revision_that_does_not_exist(published: Any) -> None:
    """The store's refusal is shown, and the request id to quote."""
    done = published.run("release", "acme-web", 99, "edge")
    assert done.code in {1, 5}
    assert "request id" in done.err


def test_unknown_packages(logged_in: Any) -> None:
    """Reading commands say that the store does not have it."""
    for command in ("status", "revisions", "resources"):
        done = logged_in.run(command, "no-such-name")
        assert done.code == 5, done
        assert "what to do" in done.err


def test_an_empty_resource_is_taken(registered: Any, charm: Path, tmp_path: Path) -> None:
    """A zero-byte resource is a resource."""
    registered.ok("upload", charm)
    empty = tmp_path / "empty.bin"
    empty.touch()
    registered.ok("upload-resource", "acme-web", "model", empty)
