"""What goes wrong for a publisher of snaps: message, exit code, and that nothing is lost."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ExitCode
from craft_store_core.publishing import Publication, PublishRequest
from craft_store_core.stores.reviews import Polling
from craft_store_sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUICK = Polling(timeout=30, first=0.01, longest=0.05)
REFRESH = "/api/v2/tokens/refresh"
STORAGE = "/unscanned-upload/"
RELEASE = "/dev/api/snap-release/"


def refused(done: Any, code: ExitCode, *words: str) -> Any:
    """Check that a run failed as it should, in words for a person; give the error."""
    assert done.code == code, done
    error = done.error
    assert error["exit-code"] == code
    assert error["message"]
    text = " ".join(str(error[key]) for key in ("message", "why", "advice", "entries"))
    for word in words:
        assert word in text, text
    assert "Traceback" not in done.err
    return error


@pytest.fixture
def sam(jo: Any) -> Any:
    """Another account of the same store."""
    return jo.sandbox.add_account("sam@example.com", "another password", username="sam-example")


@pytest.fixture
def released(logged_in: Any, snap: Callable[..., Path]) -> Any:
    """A publisher who released revision 1 to ``latest/edge``."""
    logged_in.ok("upload", snap(), "--release", "edge")
    return logged_in


def test_a_wrong_password(jo: Any) -> None:
    """It is said which of the secrets is wrong; what was kept before is kept."""
    refused(jo.log_in(password="a guess"), ExitCode.AUTHENTICATION, "password")
    assert jo.log_in().code == ExitCode.DONE

    refused(jo.log_in("--force", password="a guess"), ExitCode.AUTHENTICATION, "password")
    assert jo.run("whoami").code == ExitCode.DONE


def test_a_missing_one_time_password(jo: Any) -> None:
    """Where nobody can be asked, it is said what to give."""
    error = refused(jo.log_in(code=""), ExitCode.AUTHENTICATION, "authenticator")
    assert error["code"] == "one-time-password-required"


def test_a_wrong_one_time_password(jo: Any) -> None:
    """Told apart from a wrong password."""
    right = jo.sandbox.account.one_time_password()
    wrong = f"{(int(right) + 500_000) % 1_000_000:06}"
    error = refused(jo.log_in(code=wrong), ExitCode.AUTHENTICATION, "one-time password")
    assert error["code"] == "one-time-password-refused"


@pytest.mark.parametrize(
    "fault", [Fault(reset="after"), Fault(408, {"Retry-After": "0"}), Fault(503)], ids=str
)
def test_a_one_time_password_that_may_have_been_used(jo: Any, fault: Fault) -> None:
    """It is sent once, however often requests are repeated; the next code is asked for."""
    jo.environment["CRAFT_STORE_RETRIES"] = "3"
    jo.sandbox.faults.add(fault, path="/tokens/discharge$", count=2)

    error = refused(jo.log_in(), ExitCode.UNAVAILABLE, "may have been used", "next code")

    assert error["code"] == "one-time-password-unconfirmed"
    sent = [request for request in jo.sandbox.requests if "/discharge" in request.path]
    assert len(sent) == 1


def test_an_expired_root(jo: Any) -> None:
    """Nothing can renew it: the advice is to log in, and that works."""
    assert jo.log_in("--ttl", 3600).code == ExitCode.DONE
    jo.sandbox.clock.advance(7200)

    refused(jo.run("names"), ExitCode.AUTHENTICATION, "craft-store login")
    assert jo.log_in().code == ExitCode.DONE
    assert jo.run("names").code == ExitCode.DONE


def test_a_revoked_discharge(logged_in: Any) -> None:
    """One try to renew it, not more; then the advice is to log in."""
    logged_in.sandbox.revoke_logins(logged_in.sandbox.account)

    refused(logged_in.run("names"), ExitCode.AUTHENTICATION, "craft-store login")
    assert logged_in.sent(REFRESH) == 1
    assert logged_in.log_in().code == ExitCode.DONE
    assert logged_in.run("names").code == ExitCode.DONE


def test_a_revoked_root(logged_in: Any) -> None:
    """As after a revocation on the web."""
    logged_in.sandbox.revoke_dashboard_roots()
    refused(logged_in.run("names"), ExitCode.AUTHENTICATION, "craft-store login")


def test_an_unknown_snap(logged_in: Any, snap: Callable[..., Path]) -> None:
    """Noticed before a byte of the file is sent."""
    done = logged_in.run("upload", snap(name="no-such-snap"))
    refused(done, ExitCode.NOT_FOUND, "no-such-snap", "craft-store register")
    refused(logged_in.run("status", "no-such-snap"), ExitCode.NOT_FOUND, "no-such-snap")
    assert logged_in.sent(STORAGE) == 0


def test_a_foreign_snap(logged_in: Any, sam: Any, snap: Callable[..., Path]) -> None:
    """Somebody else's: no upload and no release."""
    logged_in.sandbox.add_snap("storm-widget", sam)
    for done in (
        logged_in.run("upload", snap(name="storm-widget")),
        logged_in.run("release", "storm-widget", 1, "edge"),
    ):
        refused(done, ExitCode.PERMISSION, "storm-widget")
    assert logged_in.sent(STORAGE) == 0


def test_names_that_cannot_be_registered(logged_in: Any, sam: Any) -> None:
    """Reserved, taken, claimed before: each in its own words; one's own is a success."""
    sandbox = logged_in.sandbox
    sandbox.reserve_name("core-thing")
    sandbox.add_snap("storm-widget", sam)

    reserved = refused(logged_in.run("register", "core-thing"), ExitCode.FAILED, "reserved")
    assert reserved["code"] == "name-reserved"
    taken = refused(logged_in.run("register", "storm-widget"), ExitCode.FAILED, "claim this name")
    assert taken["code"] == "name-taken"

    claim = ("register-snap", "storm-widget", "--dispute", "It is our trademark")
    logged_in.ok(*claim)
    again = refused(logged_in.run(*claim), ExitCode.FAILED, "Wait for the decision of the store")
    assert again["code"] == "name-already-claimed"
    claimed = refused(logged_in.run("register", "storm-widget"), ExitCode.FAILED)
    assert claimed["code"] == "name-already-claimed"
    logged_in.ok("register", "weather-widget")
    nowhere = logged_in.run("register-snap", "rain-widget", "--brand-store", "nowhere")
    refused(nowhere, ExitCode.FAILED, "nowhere", "craft-store account")


def test_a_name_with_revisions_is_not_given_back(released: Any) -> None:
    """Nobody is sent to log in for that; the name stays."""
    done = released.run("unregister", "weather-widget", "--yes")
    refused(done, ExitCode.PERMISSION, "existing revisions", "Other credentials would not help")
    assert [row["name"] for row in released.ok("names")] == ["weather-widget"]


def test_a_duplicate_upload(logged_in: Any, snap: Callable[..., Path]) -> None:
    """A rerun is a success that names the revision; nothing is sent twice."""
    file = snap()
    logged_in.ok("upload", file, "--release", "edge")
    again = logged_in.ok("upload", file, "--release", "beta")
    assert (again["revision"], again["status"]) == (1, "already-uploaded")
    assert logged_in.sent(STORAGE) == 1
    assert len(logged_in.ok("revisions", "weather-widget")) == 1


def test_a_duplicate_that_only_the_store_notices(logged_in: Any, snap: Callable[..., Path]) -> None:
    """Two runs at once: the later one is told of the duplicate, and takes its revision."""
    file, client = snap(), logged_in.connect()
    with Publication(client, PublishRequest(file, ("edge",)), polling=QUICK) as late:
        late.check()
        logged_in.ok("upload", file)
        result = late.run()
    assert (result.artifact.revision, result.artifact.status) == (1, "already-uploaded")
    assert result.channels == {"latest/edge": "released"}
    assert len(client.list_revisions("weather-widget")) == 1


def test_a_rejected_review(logged_in: Any, snap: Callable[..., Path]) -> None:
    """Every reason of the store is shown, and nothing is released."""
    from craft_store_sandbox.state.settings import SnapOutcome

    outcome = SnapOutcome("processing_error", ["Grade is wrong.", "An icon is missing."])
    logged_in.sandbox.snaps.outcomes["weather-widget"] = outcome

    done = logged_in.run("upload", snap(), "--release", "edge")
    refused(done, ExitCode.REJECTED, "Grade is wrong.", "An icon is missing.")
    assert logged_in.sent(RELEASE) == 0


def test_a_rejection_without_reasons(logged_in: Any, snap: Callable[..., Path]) -> None:
    """Still a rejection: ``processing_error`` decides, not the list that is not there."""
    from craft_store_sandbox.state.settings import SnapOutcome

    logged_in.sandbox.snaps.outcomes["weather-widget"] = SnapOutcome("processing_error", None)
    refused(logged_in.run("upload", snap(), "--release", "edge"), ExitCode.REJECTED)
    assert logged_in.sent(RELEASE) == 0


def test_a_manual_review(logged_in: Any, snap: Callable[..., Path]) -> None:
    """Neither success nor failure; once a person has accepted it, a rerun releases it."""
    logged_in.sandbox.faults.manual_review = True
    file = snap()
    refused(logged_in.run("upload", file, "--release", "edge"), ExitCode.PENDING)

    logged_in.sandbox.decide_review("weather-widget", 1)
    assert logged_in.ok("upload", file, "--release", "edge")["revision"] == 1
    rows = logged_in.ok("status", "weather-widget")["channel-map"]
    assert [(row["channel"], row["revision"]) for row in rows] == [("latest/edge", 1)]
    assert logged_in.sent(STORAGE) == 1


def test_what_a_person_approves_is_released_by_the_store(
    logged_in: Any, snap: Callable[..., Path], component: Path
) -> None:
    """The push says where to: nobody has to come back for it. The same without any waiting."""
    logged_in.sandbox.faults.manual_review = True
    file = snap(components={"maps": {"type": "standard"}})
    channels = ("--release", "edge", "--release", "beta/fix-17")
    done = logged_in.run("upload", file, *channels, "--component", f"maps={component}")
    refused(done, ExitCode.PENDING)
    states = json.loads(done.out)["result"]["channels"]
    assert [item["status"] for item in states] == ["when-approved", "when-approved"]

    def released() -> set[tuple[str, int]]:
        rows = logged_in.ok("status", "weather-widget")["channel-map"]
        return {(row["channel"], row["revision"]) for row in rows}

    assert released() == set()
    logged_in.sandbox.decide_review("weather-widget", 1)
    assert released() == {("latest/edge", 1), ("latest/beta/fix-17", 1)}
    logged_in.sandbox.faults.manual_review = False
    other = logged_in.ok("upload", snap("2.snap", version="2"), "--release", "edge", "--no-wait")
    assert other["status"] == "in-review"
    logged_in.sandbox.clock.advance(60)
    assert ("latest/edge", 2) in released()
    third = logged_in.ok("upload", snap("3.snap", version="3"), "--release", "edge")
    assert third["channels"] == [{"channel": "latest/edge", "status": "released"}]
    assert logged_in.sent(RELEASE) == 0


def test_a_file_that_waits_for_a_person_is_sent_once(
    logged_in: Any, snap: Callable[..., Path]
) -> None:
    """Another run, also on a machine that knows nothing of the first, says that it still waits."""
    logged_in.sandbox.faults.manual_review = True
    file = snap()
    refused(logged_in.run("upload", file), ExitCode.PENDING, "revision is 1")
    refused(logged_in.run("upload", file, "--release", "edge"), ExitCode.PENDING)
    shutil.rmtree(logged_in.folder / "data" / "reviews")

    for command in (("upload", file), ("upload", file, "--release", "edge")):
        done = logged_in.run(*command)
        refused(done, ExitCode.PENDING, "revision 1", "same command again")
    assert logged_in.sent(STORAGE) == 1
    assert logged_in.sent(RELEASE) == 0
    assert logged_in.ok("upload", file, "--no-wait")["status"] == "in-review"
    logged_in.sandbox.decide_review("weather-widget", 1, approve=False)
    refused(logged_in.run("upload", file), ExitCode.REJECTED, "already been uploaded")


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("edgy", ("edgy",)),
        ("latest/edge/a/b", ("latest/edge/a/b",)),
        ("9.x/stable", ("9.x", "latest")),
    ],
)
def test_a_channel_that_is_none(
    released: Any, snap: Callable[..., Path], channel: str, words: tuple[str, ...]
) -> None:
    """A typing mistake or an unknown track: nothing is sent, and an upload is not begun."""
    sent = released.sent(RELEASE), released.sent(STORAGE)
    refused(released.run("release", "weather-widget", 1, channel), ExitCode.USAGE, *words)
    done = released.run("upload", snap("next.snap"), "--release", channel)
    refused(done, ExitCode.USAGE, *words)
    assert (released.sent(RELEASE), released.sent(STORAGE)) == sent


@pytest.mark.parametrize("percentage", ["0", "100", "-5", "250", "nan", "some"])
def test_a_percentage_out_of_range(released: Any, percentage: str) -> None:
    """Found before anything is sent."""
    sent = released.sent(RELEASE)
    done = released.run("release", "weather-widget", 1, "beta", f"--progressive={percentage}")
    refused(done, ExitCode.USAGE, percentage)
    assert released.sent(RELEASE) == sent


def test_an_unknown_revision(released: Any) -> None:
    """Not found, and named; also by stores that say nothing at all."""
    shown = released.ok("show-revision", "weather-widget", 1)
    assert (shown["revision"], shown["version"], shown["base"]) == (1, "1.5", "core24")
    refused(released.run("show-revision", "weather-widget", 99), ExitCode.NOT_FOUND, "99")
    refused(released.run("show-revision", "no-such-snap", 1), ExitCode.NOT_FOUND)
    refused(released.run("release", "weather-widget", 99, "beta"), ExitCode.NOT_FOUND, "99")
    released.sandbox.snaps.empty_not_found = True
    refused(released.run("release", "weather-widget", 99, "beta"), ExitCode.NOT_FOUND)


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/api/v2/snaps/weather-widget/channel-map", ("status", "weather-widget")),
        ("/api/v2/snaps/weather-widget/releases", ("revisions", "weather-widget")),
        ("/api/v2/tokens/whoami", ("whoami",)),
        ("/dev/api/account", ("names",)),
        ("/dev/api/snaps/info/weather-widget", ("close", "weather-widget", "edge", "--yes")),
    ],
)
def test_an_answer_without_required_keys(
    released: Any, path: str, command: tuple[str, ...]
) -> None:
    """It is said that the store's answer is at fault; no traceback."""
    from craft_store_sandbox import Fault

    body = b'{"snap": {}, "_links": {}}'
    headers = {"Content-Type": "application/json"}
    released.sandbox.faults.add(Fault(status=200, headers=headers, body=body), path=path)
    error = refused(released.run(*command), ExitCode.UNAVAILABLE)
    assert error["code"] == "unexpected-response"


def test_a_login_answer_without_its_macaroon(jo: Any) -> None:
    """The same for the first request of a login."""
    from craft_store_sandbox import Fault

    headers = {"Content-Type": "application/json"}
    fault = Fault(status=200, headers=headers, body=b"{}")
    jo.sandbox.faults.add(fault, path="/dev/api/acl/")
    refused(jo.log_in(), ExitCode.UNAVAILABLE, "macaroon")
