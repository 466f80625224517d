"""``craft-store sandbox serve`` with each of its switches, asked over HTTP as any client would."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import pytest
import requests
from pymacaroons import Macaroon

from craft_store_core.testing import SHAPES
from craft_store_sandbox.cli.commands import command
from craft_store_sandbox.state.settings import switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EMAIL = "jo@example.com"
PASSWORD = "a good password"
PERMISSIONS = [
    "package_access", "package_manage", "package_push", "package_register", "package_release",
]  # fmt: skip
WHOAMI = "/api/v2/tokens/whoami"
HISTORY = "/api/v2/snaps/weather-widget/releases"


class Visitor:
    """Speaks to a sandbox that runs in another process."""

    def __init__(self, facts: Any, program: Any, snap: Callable[..., bytes]) -> None:
        self.facts = facts
        self.program = program
        self.snap = snap
        self.base: str = facts["urls"]["dashboard"]
        self.root = ""
        self.discharge = ""

    def call(self, method: str, path: str, json: Any = None) -> requests.Response:
        """Call the dashboard with what the login gave."""
        url = path if path.startswith("http") else f"{self.base}{path}"
        headers = {}
        if self.root:
            root = Macaroon.deserialize(self.root)
            bound = root.prepare_for_request(Macaroon.deserialize(self.discharge)).serialize()
            headers["Authorization"] = f"Macaroon root={self.root}, discharge={bound}"
        return requests.request(method, url, json=json, headers=headers, timeout=30)

    def ok(self, method: str, path: str, json: Any = None) -> Any:
        """Call, and expect success."""
        answer = self.call(method, path, json)
        assert answer.ok, answer.text
        return answer.json()

    def refused(self, method: str, path: str, json: Any = None) -> tuple[int, Any]:
        """Call, and give status and code of the one error."""
        answer = self.call(method, path, json)
        (item,) = answer.json()["error_list"]
        return answer.status_code, item.get("code")

    def sign_on(self, **more: str) -> requests.Response:
        """Ask single sign-on for a discharge."""
        root = requests.post(
            f"{self.base}/dev/api/acl/", json={"permissions": PERMISSIONS}, timeout=30
        ).json()["macaroon"]
        (caveat,) = Macaroon.deserialize(root).third_party_caveats()
        body = {"email": EMAIL, "password": PASSWORD, "caveat_id": str(caveat.caveat_id), **more}
        sso = self.facts["urls"]["sso"]
        answer = requests.post(f"{sso}/api/v2/tokens/discharge", json=body, timeout=30)
        if answer.ok:
            self.root, self.discharge = root, answer.json()["discharge_macaroon"]
        return answer

    def renew(self) -> requests.Response:
        """Renew the discharge."""
        url = f"{self.facts['urls']['sso']}/api/v2/tokens/refresh"
        answer = requests.post(url, json={"discharge_macaroon": self.discharge}, timeout=30)
        if answer.ok:
            self.discharge = answer.json()["discharge_macaroon"]
        return answer

    def register(self, *names: str) -> None:
        """Register snaps."""
        for name in names:
            body = {"snap_name": name, "series": "16"}
            self.ok("POST", "/dev/api/register-name/", body)

    def upload(self, content: bytes) -> str:
        """Put bytes on the storage host; give the upload id."""
        url = f"{self.facts['urls']['storage']}/unscanned-upload/"
        answer = requests.post(url, files={"binary": ("a.snap", content)}, timeout=30)
        return str(answer.json()["upload_id"])

    def push(self, name: str = "weather-widget", **options: Any) -> list[Any]:
        """Upload a snap and give every answer of its processing."""
        channels = options.pop("channels", [])
        content = options.pop("content", None) or self.snap(name, **options)
        body = {"name": name, "series": "16", "updown_id": self.upload(content)}
        pushed = self.ok("POST", "/dev/api/snap-push/", {**body, "channels": channels})
        answers = [self.ok("GET", pushed["status_details_url"])]
        while not answers[-1]["processed"]:
            assert len(answers) < 50, "the processing did not end"
            answers.append(self.ok("GET", pushed["status_details_url"]))
        return answers

    def change(self, *arguments: object) -> None:
        """Change the running sandbox by the program."""
        self.program.result("sandbox", *arguments, "--url", self.facts["urls"]["api"])


@pytest.fixture
def serve(program: Any, plain_snap: Any, tmp_path: Any) -> Any:
    """Run a sandbox with options; its account is logged in unless that needs more."""
    (tmp_path / "password").write_text(PASSWORD)

    @contextmanager
    def run(*options: object, login: bool = True) -> Iterator[Visitor]:
        usual = ("--port", "0", "--password-file", tmp_path / "password", "--plain-yaml")
        with program.running("sandbox", "serve", *usual, *options) as results:
            visitor = Visitor(next(results), program, plain_snap)
            if login:
                assert visitor.sign_on().status_code == 200
            yield visitor

    return run


def test_options_have_the_defaults_of_their_switches() -> None:
    """Whoever gives no option gets the sandbox that `Sandbox()` is."""
    declared = {f"{switch.owner}_{switch.name}": switch for switch in switches() if switch.option}
    options = [item for item in command.commands["serve"].params if item.name in declared]
    given = click.Command("serve", params=options).make_context("serve", []).params

    assert len(options) == len(declared) == 15
    assert given == {name: switch.default for name, switch in declared.items()}


def test_the_help_has_headings(program: Any) -> None:
    """Options stand together with those that they belong to."""
    text = program.run("sandbox", "serve", "--help").out
    headings = [line[:-1] for line in text.splitlines() if line.endswith(":") and line[0] != " "]

    assert headings == [
        "Server", "Account", "Names (Snap Store)", "Logins (Snap Store)", "Reviews", "Answers",
        "Options",
    ]  # fmt: skip


@pytest.mark.parametrize(("signal", "header"), [("all", True), ("text", False)])
def test_logins_need_renewing(serve: Any, signal: str, header: bool) -> None:
    """--force-refresh: until the first renewal; --refresh-signal: said in one way alone."""
    with serve("--force-refresh", "--refresh-signal", signal) as visitor:
        answer = visitor.call("GET", WHOAMI)
        (item,) = answer.json()["error_list"]

        assert answer.status_code == 401
        assert ("needs_refresh=1" in answer.headers.get("WWW-Authenticate", "")) is header
        assert ("code" in item, "Expired macaroon" in item["message"]) == (header, True)
        assert visitor.renew().ok
        assert visitor.ok("GET", WHOAMI)["account"]["email"] == EMAIL


def test_a_running_sandbox_is_changed(serve: Any) -> None:
    """By commands: logins become stale, cannot be renewed, and time passes."""
    with serve("--discharge-seconds", "60") as visitor:
        visitor.ok("GET", WHOAMI)
        visitor.change("force-refresh")
        assert visitor.refused("GET", WHOAMI) == (401, "macaroon-needs-refresh")
        assert visitor.renew().ok
        visitor.ok("GET", WHOAMI)
        visitor.change("advance-clock", "61")
        assert visitor.refused("GET", WHOAMI) == (401, "macaroon-needs-refresh")
        assert visitor.renew().ok
        visitor.ok("GET", WHOAMI)
        visitor.change("revoke-logins", EMAIL)
        assert visitor.refused("GET", WHOAMI) == (401, "macaroon-needs-refresh")
        assert visitor.renew().json()["code"] == "INVALID_CREDENTIALS"


def test_the_second_factor_is_for_an_account_that_is_there_too(serve: Any, tmp_path: Any) -> None:
    """--two-factor at a later run gives it one, which is asked for and checked."""
    with serve("--folder", tmp_path / "state") as visitor:
        assert visitor.facts["account"]["totp-secret"] is None
    with serve("--folder", tmp_path / "state", "--two-factor", login=False) as visitor:
        secret = visitor.facts["account"]["totp-secret"]
        code = visitor.program.result("sandbox", "otp", secret)["one-time-password"]
        wrong = str((int(code) + 1) % 1_000_000).zfill(6)
        refusals = [visitor.sign_on().json(), visitor.sign_on(otp=wrong).json()]

        assert [item["code"] for item in refusals] == ["TWOFACTOR_REQUIRED", "TWOFACTOR_FAILURE"]
        assert visitor.sign_on(otp=code).status_code == 200


def test_reviews_take_their_time(serve: Any) -> None:
    """--review-polls: as many questions are answered before the end."""
    with serve("--review-polls", "3", "--review-seconds", "86400") as visitor:
        visitor.register("weather-widget")
        codes = [answer["code"] for answer in visitor.push()]

        assert codes == ["being_processed"] * 3 + ["ready_to_release"]


def test_reviews_end_as_is_chosen(serve: Any, tmp_path: Any, plain_snap: Any) -> None:
    """--review-outcome: by the name, with a reason of one's own, or by the content.

    What waits is decided by 'sandbox review': what is approved is released, what is rejected says
    why. Bytes that are there are rejected without a switch.
    """
    held = tmp_path / "held.snap"
    held.write_bytes(plain_snap("snap-ready", version="held"))
    chosen = {
        "snap-ready": "ready",
        "snap-held": "manual-review:Uses a=b: really?",
        "snap-bad": "rejected",
        "snap-silent": "rejected-unexplained",
        "snap-delta": "delta-error",
        "snap-queued": "review-queued",
        "weather-widget": "manual-review",
        str(held): "manual-review",
    }
    options = [item for pair in chosen.items() for item in ("--review-outcome", "=".join(pair))]
    with serve(*options) as visitor:
        names = [name for name in chosen if name.startswith("snap-")]
        visitor.register(*names, "weather-widget")
        ends = {name: visitor.push(name)[-1] for name in names}

        assert {name: end["code"] for name, end in ends.items()} == {
            "snap-ready": "ready_to_release",
            "snap-held": "need_manual_review",
            "snap-bad": "processing_error",
            "snap-silent": "processing_error",
            "snap-delta": "processing_upload_delta_error",
            "snap-queued": "processing_error",
        }
        assert ends["snap-held"]["errors"][0]["message"] == "Uses a=b: really?"
        assert ends["snap-bad"]["errors"][0]["message"] == "The snap was rejected."
        assert ends["snap-silent"]["errors"] is None
        assert ends["snap-queued"]["errors"][0]["code"] == "review-queued"
        by_content = visitor.push("snap-ready", content=held.read_bytes())[-1]
        assert (by_content["code"], by_content["revision"]) == ("need_manual_review", 2)

        visitor.push(channels=["edge"])
        visitor.push(version="2")

        def status(revision: int) -> Any:
            revisions = visitor.ok("GET", HISTORY)["revisions"]
            return next(item["status"] for item in revisions if item["revision"] == revision)

        assert (status(1), status(2)) == ("ManualReviewPending", "ManualReviewPending")
        visitor.change("review", "weather-widget", 1, "--approve")
        visitor.change("review", "weather-widget", 2, "--reject", "--reason", "Not this plug.")
        assert (status(1), status(2)) == ("Published", "Rejected")
        code, error = visitor.program.error(
            "sandbox", "review", "weather-widget", 2, "--approve", "--url", visitor.base
        )
        assert (code, error["why"]) == (2, "Revision 2 is not held for manual review")

        again = visitor.push("snap-ready", content=plain_snap("snap-ready"))[-1]
        assert again["code"] == "processing_error"
        assert again["errors"][0]["message"].startswith("binary_sha3_384: ")


def test_names_are_refused(serve: Any, program: Any, tmp_path: Any) -> None:
    """Reserved, revoked, taken, and too many; also when the folder knows them already.

    One that the account has cannot be another account's.
    """
    options = (
        *("--folder", tmp_path / "state", "--reserved-name", "linux", "--revoked-name", "gone"),
        *("--taken-name", "weather-widget", "--register-limit", "1", "--register-window", "600"),
    )
    for run in range(2):
        with serve(*options) as visitor:

            def refused(name: str, visitor: Visitor = visitor) -> tuple[int, Any]:
                body = {"snap_name": name, "series": "16"}
                return visitor.refused("POST", "/dev/api/register-name/", body)

            assert refused("linux") == (409, "reserved_name")
            assert refused("gone") == (409, "revoked_name")
            assert refused("weather-widget") == (409, "already_registered")
            if run == 0:
                visitor.register("first-snap")
            assert refused("first-snap") == (409, "already_owned")
            assert refused("second-snap") == (429, "register_window")
            if run == 1:
                visitor.change("advance-clock", 601)
                visitor.register("second-snap")
    code, error = program.error(
        *("sandbox", "serve", "--port", 0, "--folder", tmp_path / "state"),
        *("--taken-name", "first-snap"),
    )
    assert (code, error["why"]) == (2, "Name 'first-snap' is already registered.")


def test_the_agreement_is_not_signed(serve: Any, tmp_path: Any) -> None:
    """--agreement: of a new account and of one that is there."""
    folder = ("--folder", tmp_path / "state")
    account = "/dev/api/account"
    with serve(*folder, "--agreement", "unsigned") as visitor:
        assert visitor.refused("GET", account) == (403, "user-not-ready")
    with serve(*folder, "--agreement", "outdated") as visitor:
        assert visitor.refused("GET", account) == (403, "user-missing-latest-tos")
    with serve(*folder, "--agreement", "signed") as visitor:
        visitor.ok("GET", account)


def test_answers_are_faulty(serve: Any) -> None:
    """--fault: refusals of every shape, at the path that they name and at no other.

    And what passes: answers of a proxy, broken connections, slow and cut bodies, no JSON.
    """
    whats = (
        *(f"418:{shape}:some_code" for shape in SHAPES),
        "2x503", "reset", "reset-after", "truncated", "slow:0.3", "pause:0.3", "not-json",
    )  # fmt: skip
    options = [item for what in whats for item in ("--fault", "any", "/whoami$", what)]
    text = "The sandbox refuses this on purpose."
    with serve(*options) as visitor:
        visitor.ok("GET", "/dev/api/account")
        answers = [visitor.call("GET", WHOAMI) for _ in SHAPES]
        bodies: list[Any] = [answer.json() if answer.content else None for answer in answers]

        assert {answer.status_code for answer in answers} == {418}
        assert bodies[0] == {"error_list": [{"code": "some_code", "message": text}]}
        assert bodies[1] == {"error-list": [{"code": "some_code", "message": text}]}
        assert (bodies[2]["code"], bodies[2]["detail"]) == ("some_code", text)
        assert bodies[3]["error_list"][0]["code"] == "some-code"
        assert bodies[4] == {"errors": text}
        assert bodies[5]["errors"] == {"__all__": [text]}
        assert bodies[6] == {"error_message": text}
        assert bodies[7]["title"] == text
        assert bodies[8] == {"Code": "some_code", "Message": text, "Info": {}}
        assert bodies[9:] == [{"error": text}, None]

        for _ in range(2):
            answer = visitor.call("GET", WHOAMI)
            assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html")
        for _ in range(2):
            with pytest.raises(requests.ConnectionError):
                visitor.call("GET", WHOAMI)
        with pytest.raises(requests.JSONDecodeError):
            visitor.ok("GET", WHOAMI)
        for _ in range(2):
            answer = visitor.call("GET", WHOAMI)
            assert answer.json()["account"]["email"] == EMAIL
        answer = visitor.call("GET", WHOAMI)
        assert (answer.status_code, answer.text) == (200, "It is done.")
        visitor.ok("GET", WHOAMI)


def test_answers_are_odd(serve: Any) -> None:
    """Revisions as text, no ids, small pages, an empty 404, no builds."""
    options = ("--string-revisions", "--null-snap-ids", "--page-size", 1, "--empty-not-found")
    with serve(*options, "--no-snap-builds") as visitor:
        visitor.register("weather-widget")
        assert visitor.push(channels=["edge", "beta"])[-1]["revision"] == "1"
        snaps = visitor.ok("GET", "/dev/api/account")["snaps"]["16"]
        assert snaps["weather-widget"]["snap-id"] is None
        assert "next" in visitor.ok("GET", HISTORY)["_links"]
        body = {"name": "no-such", "revision": 1, "channels": ["edge"]}
        answer = visitor.call("POST", "/dev/api/snap-release/", body)
        assert (answer.status_code, answer.content) == (404, b"")
        snap_id = visitor.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]
        builds = f"/dev/api/snaps/{snap_id}/builds"
        assert visitor.refused("POST", builds, {"assertion": "x"}) == (501, "feature-disabled")


def test_an_enterprise_store_is_served(serve: Any) -> None:
    """--on-prem: with its macaroon, and with --full-revisions the keys that craft-store wants."""
    with serve("--on-prem", "--full-revisions", login=False) as visitor:
        exchange = {"macaroon": visitor.facts["admin-macaroon"]}
        token = visitor.ok("POST", "/v1/tokens/offline/exchange", exchange)["macaroon"]

        def ask(method: str, path: str, json: Any = None) -> Any:
            headers = {"Authorization": f"macaroon {token}"}
            url = f"{visitor.base}{path}"
            return requests.request(method, url, json=json, headers=headers, timeout=30).json()

        ask("POST", "/v1/snap", {"name": "weather-widget"})
        upload = visitor.upload(visitor.snap())
        pushed = ask("POST", "/v1/snap/weather-widget/revisions", {"upload-id": upload})
        for _ in range(2):
            ask("GET", pushed["status-url"])
        (revision,) = ask("GET", "/v1/snap/weather-widget/revisions")["revisions"]

        assert {"apps", "created-by", "type"} <= set(revision)
        assert visitor.base.endswith("/publishergw")
        assert visitor.call("GET", "/dev/api/account").status_code == 404
        visitor.change("advance-clock", 1)


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        ("force-refresh", {"more": 1}, 400),
        ("review", {"name": "nothing", "revision": 1, "approve": True}, 400),
        ("review", {"name": "nothing"}, 400),
        ("revoke-logins", {"email": "nobody@example.com"}, 400),
        ("advance-clock", {"seconds": 1e300}, 400),
        ("advance-clock", [], 400),
        ("set", {"switch": "snaps.outcomes", "value": {}}, 400),
        ("set", {"switch": "snaps.no_such", "value": 1}, 400),
        ("set", {"switch": "snaps.page_size", "value": 0}, 400),
        ("set", {"switch": "snaps.refresh_signal", "value": "none"}, 400),
        ("set", {"switch": "faults.null_base", "value": None}, 400),
        ("no-such", {}, 404),
    ],
)
def test_orders_that_cannot_be_followed(
    sandbox_factory: Any, call: str, body: Any, status: int
) -> None:
    """Each is refused in words, and changes nothing."""
    api = sandbox_factory(control=True).urls.api
    answer = requests.post(
        f"{api}/sandbox/{call}", json=body, headers={"Sandbox-Control": "1"}, timeout=30
    )

    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("snaps.page_size", 1),
        ("snaps.register_limit", None),
        ("snaps.refresh_signal", "header"),
        ("registry.realm", "http://127.0.0.1:1/token"),
        ("faults.release_lag", 1.5),
        ("review.polls", 0),
    ],
)
def test_switches_are_set_while_a_sandbox_runs(
    sandbox_factory: Any, program: Any, name: str, value: Any
) -> None:
    """On every side of the store."""
    sandbox = sandbox_factory(control=True)
    text = value if isinstance(value, str) else json.dumps(value)
    set_to = program.result("sandbox", "set", name, text, "--url", sandbox.urls.api)
    owner, _, attribute = name.partition(".")

    assert set_to == {"switch": name, "value": value}
    assert getattr(getattr(sandbox, owner), attribute) == value


def test_orders_are_taken_from_programs_alone(sandbox_factory: Any, sandbox_store: Any) -> None:
    """A page that a browser shows cannot send the header; a sandbox of a test takes none at all."""
    served = sandbox_factory(control=True).urls.api
    headers = {"Sandbox-Control": "1"}

    def post(api: str, **options: Any) -> int:
        url = f"{api}/sandbox/force-refresh"
        return requests.post(url, timeout=30, **options).status_code

    assert post(served, json={}) == 403
    assert post(served, headers=headers, data=b"no JSON") == 400
    assert post(served, headers=headers, data=b"[" * 50_000) == 400
    assert post(served, headers=headers, data=b" " * 70_000) == 400
    assert post(served, headers=headers, json={}) == 200
    assert requests.get(f"{served}/sandbox/force-refresh", timeout=30).status_code == 404
    assert post(sandbox_store.urls.api, headers=headers, json={}) == 404


def test_a_store_that_takes_no_orders_says_so(program: Any, sandbox_store: Any) -> None:
    """The command names the URL; so it does where nothing listens."""
    api = sandbox_store.urls.api
    code, error = program.error("sandbox", "force-refresh", "--url", api)
    assert (code, api in error["message"]) == (2, True)
    sandbox_store.close()
    code, error = program.error("sandbox", "advance-clock", "1", "--url", api)
    assert (code, error["code"]) == (9, "store-unreachable")


def test_reviews_by_content_are_told_by_the_digest(weather: Any, plain_snap: Any) -> None:
    """In Python, too: the digest of a file wins over the name of its snap."""
    from craft_store_sandbox import SnapOutcome

    held, good = plain_snap(version="held"), plain_snap(version="good")
    outcomes = weather.sandbox.snaps.outcomes
    outcomes["weather-widget"] = SnapOutcome("ready_to_release")
    outcomes[hashlib.sha3_384(held).hexdigest()] = SnapOutcome("need_manual_review", ["Look."])

    assert weather.push(good)["code"] == "ready_to_release"
    assert weather.push(held)["code"] == "need_manual_review"
