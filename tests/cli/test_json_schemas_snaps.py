"""What commands print with ``--format json`` at a store of snaps keeps to the documented schemas.

The schemas are the same as those for charms, which ``test_json_schemas.py`` is about. Every command
for snaps succeeds and fails here at least once.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import ReviewPace, SnapOutcome, build_component, build_snap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00\x00\x00\x02\x00\x08\x06\x00\x00\x00"
    b"\xf4x\xd4\xfa"
)
VALIDATION_SET = """\
name: lab-set
sequence: 1
snaps:
- name: lib-snap
  presence: required
"""
CONFDB_SCHEMA = """\
name: network
views:
  wifi-setup:
    rules:
    - request: ssids
      storage: wifi.ssids
body: '{"storage": {"schema": {"wifi": {"values": "any"}}}}'
"""
SYSTEM = {"System", "Sandbox"}
"""Sections of the help whose commands are the same whatever the store."""


@pytest.fixture
def store(sandbox_factory: Callable[..., Any]) -> Any:
    """A sandbox with snaps of its account, numbers about one, and a brand store."""
    store = sandbox_factory(review=ReviewPace(polls=1), control=True)
    store.add_snap("lab-gadget", store.account)
    store.add_snap("lib-snap", store.account)
    store.gate_snap("lab-gadget", "lib-snap")
    store.add_brand_store("acme-store", "Acme", {store.account: ["admin", "view"]})
    return store


@pytest.fixture
def documents(craft_store: Any, store: Any, documents_of: Callable[[Any], Any]) -> Any:
    """Runs the program at that store."""
    craft_store.environment["CRAFT_STORE_STORE"] = "sandbox-snap"
    craft_store.environment["CRAFT_STORE_SANDBOX_URL"] = store.urls.api
    return documents_of(craft_store)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Snaps, a component, a picture, and things that are none of these."""
    if shutil.which("mksquashfs") is None:
        pytest.skip("mksquashfs is not installed (Debian: squashfs-tools)")
    texts = {"no.snap": "no snap", "set.yaml": VALIDATION_SET, "schema.yaml": CONFDB_SCHEMA}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "icon.png").write_bytes(PNG)
    (tmp_path / "short.yaml").write_text("name: lab-set\n")
    return {
        "first": build_snap(tmp_path / "1.snap", components={"maps": "standard"}, title="Weather"),
        "arm": build_snap(tmp_path / "2.snap", architectures=["arm64"]),
        "newer": build_snap(tmp_path / "3.snap", version="1.1"),
        "waits": build_snap(tmp_path / "4.snap", version="1.2"),
        "rejected": build_snap(tmp_path / "5.snap", version="1.3"),
        "maps": build_component(tmp_path / "maps.comp"),
        **{name: tmp_path / name for name in (*texts, "icon.png", "short.yaml")},
    }


class Secrets:
    """Passwords and tokens, as files that options name."""

    def __init__(self, store: Any, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def login(self) -> tuple[object, ...]:
        """Return the options of a login that asks for nothing."""
        # A one-time password can be used only once.
        self._store.clock.advance(31)
        account = self._store.account
        password = self.file("password", self._store.password)
        code = self.file("otp", account.one_time_password())
        return "--email", account.email, "--password-file", password, "--otp-file", code

    def file(self, name: str, content: str) -> Path:
        """Write a secret to a file."""
        path = self._folder / name
        path.write_text(f"{content}\n")
        return path


@pytest.fixture
def secrets(store: Any, tmp_path: Path) -> Secrets:
    """The secrets of the store's account."""
    return Secrets(store, tmp_path)


def use_accounts(run: Callable[..., Any], secrets: Secrets, folder: Path) -> None:
    """From no credentials to those that are used from here on, and whose they are."""
    for command in (["whoami"], ["keys"], ["agreement"], ["confdb-schemas", "list"]):
        assert run(*command, code=3)["error"]["code"] == "credentials-not-found"
    run("export-login", folder / "exported", *secrets.login())
    run("auth", "import", folder / "exported")
    run("login", "--force", *secrets.login())
    run("auth", "status")
    run("auth", "status", "--offline")
    run("whoami")
    run("api", "GET", "/api/v2/tokens/whoami")
    run("api", "GET", "/no/such/path", code=5)
    run("account")
    run("account", "--set-username", "somebody-else", code=4)
    run("agreement")
    run("agreement", "--accept")


def use_keys(run: Callable[..., Any], secrets: Secrets, folder: Path) -> None:
    """Keys of the program ``snap``; registering one needs a permission of its own."""
    run("create-key")
    run("create-key", "build-key")
    run("create-key", "build-key", code=1)
    run("register-key", code=4)
    more = ("--permission", "modify_account_key", "--ttl", 86400)
    run("login", "--export", folder / "for-keys", *more, *secrets.login())
    exported = {"CRAFT_STORE_CREDENTIALS": (folder / "for-keys").read_text()}
    assert run("register-key", **exported)["result"]["name"] == "default"
    run("register-key", "no-such-key", code=1, **exported)
    keys = run("keys")["result"]
    assert [(item["name"], item["local"], item["registered"]) for item in keys] == [
        ("default", True, True),
        ("build-key", True, False),
    ]


def use_limited_credentials(run: Callable[..., Any], secrets: Secrets, folder: Path) -> None:
    """Those that are given to a job can do no more than it has to."""
    allowed = ("--permission", "package_access", "--permission", "package_release")
    limits = (*allowed, "--package", "weather-widget", "--channel", "edge", "--ttl", 86400)
    run("export-login", folder / "for-a-job", *limits, *secrets.login())
    exported = {"CRAFT_STORE_CREDENTIALS": (folder / "for-a-job").read_text()}
    who = run("whoami", **exported)["result"]
    assert who["permissions"] == ["package_access", "package_release"]
    assert (len(who["packages"]), who["channels"]) == (1, ["edge"])
    assert run("auth", "status", **exported)["result"]["seconds-left"] <= 86400
    run("release", "weather-widget", 1, "stable", code=4, **exported)
    run("status", "lab-gadget", code=4, **exported)
    run("status", "weather-widget", **exported)


def use_names(run: Callable[..., Any], store: Any) -> None:
    """Registering with the core's command and with the snaps' own; metadata, tracks."""
    sam = store.add_account("sam@example.com", "a password of sam", username="sam-example")
    store.add_snap("taken-snap", sam)
    said = {
        "weather-next": run("register", "weather-next"),
        "weather-widget": run("register-snap", "weather-widget"),
        "acme-snap": run("register-snap", "acme-snap", "--brand-store", "acme-store", "--private"),
    }
    assert {item["result"]["status"] for item in said.values()} == {"registered"}
    assert run("register", "weather-next")["result"]["status"] == "already-owned"
    assert run("register-snap", "weather-next")["result"]["status"] == "already-owned"
    assert run("register-snap", "any-name", "--dry-run")["result"]["status"] == "available"
    run("register-snap", "taken-snap", code=1)
    claimed = run("register-snap", "taken-snap", "--dispute", "It is ours.")["result"]
    assert (claimed["status"], claimed["id"]) == ("claimed", None)
    run("names")
    run("unregister", "weather-next", "--yes")
    run("metadata", "set", "weather-widget", "--contact", "jo@example.com", "--link", "docs=x")
    described = run("metadata", "get", "weather-widget")["result"]
    assert (described["contact"], described["links"]) == ("jo@example.com", {"docs": ["x"]})
    store.add_guardrail("weather-widget", r"\d\.x")
    run("create-track", "weather-widget", "2.x")
    run("create-track", "weather-widget", "other", code=1)
    run("tracks", "weather-widget")
    invite_sam(run, store, sam)


def invite_sam(run: Callable[..., Any], store: Any, sam: Any) -> None:
    """A collaborator, from the invitation to the acceptance."""
    credentials = store.issue_snap_macaroons(sam).exported
    token = store.folder / "token"

    def invited() -> str:
        (row,) = run("collaborators", "invite", "weather-widget", sam.email)["result"]
        token.write_text(row["token"])
        return str(row["token"])

    answer = ("collaborators", "answer", "weather-widget", "--token-file", token)
    run("collaborators", "invite", "weather-widget", "sam-example", code=2)
    invited()
    run("collaborators", "revoke", "weather-widget", sam.email)
    run("collaborators", "revoke", "weather-widget", sam.email, code=5)
    invited()
    run(*answer, "--reject", CRAFT_STORE_CREDENTIALS=credentials)
    assert invited()
    run(*answer, CRAFT_STORE_CREDENTIALS=credentials)
    token.write_text("no token of anybody")
    run(*answer, code=5, CRAFT_STORE_CREDENTIALS=credentials)
    listed = run("collaborators", "list", "weather-widget")["result"]
    assert [item["account"]["username"] for item in listed["collaborators"]] == ["sam-example"]
    run("collaborators", "list", "no-such-snap", code=5)


def publish(run: Callable[..., Any], store: Any, files: dict[str, Path]) -> None:
    """Uploads that pass, that wait for a person, and that are rejected."""
    maps = ("--component", f"maps={files['maps']}")
    run("publish", files["first"], *maps, "--channel", "edge", "--dry-run")
    run("publish", files["first"], "--channel", "edge", code=2)
    run("publish", files["first"], *maps, "--channel", "edge")
    run("upload", files["arm"], "--release", "edge")
    again = run("upload", files["arm"])["result"]
    assert (again["revision"], again["status"]) == (2, "already-uploaded")
    url = run("upload", files["newer"], "--no-wait")["result"]["review-url"]
    assert run("upload-status", "weather-widget", url)["result"]["revision"] == 3
    run("upload-status", "weather-widget", "no-url", code=2)
    store.snaps.outcomes["weather-widget"] = SnapOutcome("need_manual_review", ["Uses a plug."])
    waits = run("upload", files["waits"], code=7)
    assert (waits["error"]["code"], waits["result"]["status"]) == ("review-pending", "in-review")
    asked = ("upload-status", "weather-widget", waits["result"]["review-url"])
    assert run(*asked, code=7)["error"]["entries"][0]["message"] == "Uses a plug."
    assert run(*asked, "--no-wait")["result"]["revision"] == 4
    run("sandbox", "review", "weather-widget", 4, "--approve")
    store.snaps.outcomes["weather-widget"] = SnapOutcome("processing_error", ["It is broken."])
    rejected = run("upload", files["rejected"], code=6)
    assert rejected["error"]["entries"][0]["message"] == "It is broken."
    run("upload", files["no.snap"], code=2)
    revisions = run("revisions", "weather-widget")["result"]
    assert [item["bases"][0]["architecture"] for item in revisions[:2]] == ["amd64", "arm64"]
    assert run("show-revision", "weather-widget", 2)["result"]["revision"] == 2
    run("show-revision", "weather-widget", 99, code=5)


def release(run: Callable[..., Any]) -> None:
    """Channels: progressive, branches, closed ones; both ways to promote."""
    name = "weather-widget"
    run("release", name, 3, "beta", "2.x/stable")
    assert run("release", name, 3, "edge", "--progressive", 20)["result"]["percentage"] == 20
    run("release", name, 1, "edge/fix-17")
    run("release", name, 99, "edge", code=5)
    rows = run("status", name)["result"]["channel-map"]
    assert {row["progressive"]["percentage"] for row in rows} == {None, 20}
    run("status", "no-such-snap", code=5)
    run("diff", name, "edge", "beta")
    run("promote", name, "--from", "beta", "--to", "candidate", "--yes")
    run("promote-snap", name, "--from", "beta", "--to", "stable", code=2)
    call = ("promote-snap", name, "--from", "beta", "--to", "stable", "--incomplete")
    run(*call, code=2)
    assert run(*call, "--yes")["result"]["released"] == [
        {"architecture": "amd64", "channel": "latest/stable", "revision": 3}
    ]
    run("close", name, "beta")
    history = run("release-history", name)["result"]
    assert (history[0]["channel"], history[0]["revision"]) == ("latest/beta", None)
    run("release-history", "no-such-snap", code=5)
    run("set-default-track", name, "2.x")


def describe(run: Callable[..., Any], store: Any, files: dict[str, Path]) -> None:
    """The page of the snap, its pictures and numbers."""
    run("upload-metadata", files["first"])
    store.edit_snap("weather-widget", summary="Edited on the web")
    conflict = run("upload-metadata", files["first"], code=1)
    assert conflict["error"]["code"] == "metadata-conflict"
    run("upload-metadata", files["first"], "--force")
    run("upload-metadata", files["no.snap"], code=2)
    run("icon", "set", "weather-widget", files["icon.png"])
    run("icon", "remove", "weather-widget")
    store.add_metric("weather-widget", "installed_base_by_channel", {"stable": {"2026-11-20": 6}})
    metrics = ("--metric", "installed_base_by_channel", "--start", "2026-11-20")
    (metric,) = run("metrics", "weather-widget", *metrics, "--end", "2026-11-21")["result"]
    assert metric["series"][0]["values"] == [6]
    run("metrics", "no-such-snap", *metrics, code=5)


def sign(run: Callable[..., Any], files: dict[str, Path]) -> None:
    """Assertions of every kind, signed by the program ``snap``."""
    key = ("--key", "build-key")
    assert run("sign-build", files["newer"], *key, "--local")["result"]["sent"] is False
    assert run("sign-build", files["newer"])["result"]["sent"] is True
    run("sign-build", files["no.snap"], code=2)
    run("validate", "lab-gadget", "lib-snap=3")
    run("validate", "lab-gadget", "lib-snap=3", *key, "--revoke")
    run("validate", "lab-gadget", "lib-snpa=3", code=5)
    (said,) = run("gated", "lab-gadget", "--include-revoked")["result"]
    assert (said["approved-snap-revision"], said["revoked"]) == ("3", "true")
    run("gated", "no-such-snap", code=5)
    for family, file in (("validation-sets", "set.yaml"), ("confdb-schemas", "schema.yaml")):
        shown = run(family, "push", files[file], "--dry-run")["result"]
        assert run(family, "list")["result"] == []
        kept = run(family, "push", files[file], *key)["result"]
        assert (shown["sent"], kept["sent"]) == (False, True)
        assert shown["headers"].keys() < kept["headers"].keys()
        assert run(family, "list")["result"][0]["headers"] == kept["headers"]
        run(family, "push", files["short.yaml"], code=1)
    assert run("validation-sets", "list", "lab-set", "--sequence", "latest")["result"]
    run("validation-sets", "list", "--sequence", "no-number", code=2)
    run("confdb-schemas", "push", files["no.snap"], code=2)


def end_logins(run: Callable[..., Any], store: Any) -> None:
    """What only a running sandbox can do, and the end."""
    run("sandbox", "force-refresh")
    run("whoami")
    run("sandbox", "set", "snaps.page_size", 10)
    run("sandbox", "set", "snaps.page_size", 0, code=2)
    run("sandbox", "advance-clock", 60)
    run("sandbox", "revoke-logins", store.account.email)
    run("whoami", code=3)
    run("logout")


@pytest.mark.usefixtures("snap_program")
def test_what_commands_print_keeps_to_their_schemas(
    documents: Any,
    store: Any,
    secrets: Secrets,
    files: dict[str, Path],
    tmp_path: Path,
    works_at: Callable[[str], set[str]],
    command_tree: Iterable[Any],
) -> None:
    """Everything that a publisher of snaps does, through the real program at a real store."""
    run = documents.run
    use_accounts(run, secrets, tmp_path)
    use_keys(run, secrets, tmp_path)
    use_names(run, store)
    publish(run, store, files)
    release(run)
    use_limited_credentials(run, secrets, tmp_path)
    describe(run, store, files)
    sign(run, files)
    end_logins(run, store)

    same_everywhere = {leaf.path for leaf in command_tree if leaf.offer.section in SYSTEM}
    missing = works_at("snapstore") - same_everywhere - documents.commands(ok=True)
    assert missing == set(), "commands without a success"
    for_snaps = {leaf.path for leaf in command_tree if leaf.owner == "craft-store-snapstore"}
    assert len(for_snaps) > 20
    assert for_snaps - documents.commands(ok=False) == set(), "commands without a failure"
