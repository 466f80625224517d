"""The commands of PyPI's charmcraft on the facade, each by a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import build_charm, build_image

if TYPE_CHECKING:
    from tests.downstream.conftest import Charmcraft

NAME = "acme-web"


def charm(charmcraft: Charmcraft, payload: bytes = b"") -> Path:
    """Pack a charm that declares a resource."""
    return build_charm(charmcraft.folder, NAME, resources={"model": "file"}, payload=payload)


def channels(charmcraft: Charmcraft, track: str = "latest") -> dict[str, Any]:
    """Return revision and resources of what is open in a track, by channel."""
    (rows,) = (
        mapping["releases"]
        for each in charmcraft.json("status", NAME)
        if each["track"] == track
        for mapping in each["mappings"]
    )
    return {
        row["channel"]: (row["revision"], row["resources"])
        for row in rows
        if row["status"] == "open"
    }


@pytest.fixture
def published(authorized: Charmcraft) -> Charmcraft:
    """Charmcraft with a charm and its resource in latest/candidate."""
    (authorized.folder / "model.bin").write_bytes(b"a model")
    authorized.ok("register", NAME)
    authorized.ok("upload", charm(authorized))
    authorized.ok("upload-resource", NAME, "model", "--filepath", "model.bin")
    authorized.ok(
        "release", NAME, "--revision=1", "--channel=latest/candidate", "--resource=model:1"
    )
    return authorized


def test_the_rest_of_what_charmcraft_asks_for_is_there() -> None:
    """One distribution is missing: the library whose place the facade has taken."""
    done = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "check", "--python", sys.executable],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    (line,) = (line for line in done.stderr.splitlines() if line.startswith("The package"))
    assert line.startswith("The package `charmcraft` requires `craft-store~=")
    assert line.endswith("but it's not installed")


def test_login_asks_and_keeps_what_later_commands_use(charmcraft: Charmcraft) -> None:
    """E-mail, password and one-time password on a terminal; then the keyring is enough."""
    account = charmcraft.sandbox.account

    login = charmcraft.on_terminal("login")
    login.answer("Email address:", account.email)
    login.answer("Password:", charmcraft.sandbox.password)
    login.answer("One-time password:", account.one_time_password())
    code, shown = login.finish()

    assert code == 0, shown
    assert f"Logged in as {account.username!r}" in shown
    assert charmcraft.sandbox.password not in shown
    assert charmcraft.json("whoami")["id"] == account.id
    assert charmcraft.json("names") == []
    assert "Charmhub token cleared" in charmcraft.ok("logout")
    assert charmcraft.json("whoami") == {"logged": False}


def test_a_wrong_password_is_told(charmcraft: Charmcraft) -> None:
    """The login ends with an error that says so, and keeps nothing."""
    login = charmcraft.on_terminal("login")
    login.answer("Email address:", charmcraft.sandbox.account.email)
    login.answer("Password:", "not the password")
    code, shown = login.finish()

    assert code == 1, shown
    assert "Traceback" not in shown
    assert "password" in shown.lower()
    assert charmcraft.json("whoami") == {"logged": False}


def test_exported_credentials_are_as_limited_as_they_were_asked_for(
    charmcraft: Charmcraft,
) -> None:
    """What login exports is read from the variable, and allows what was asked for alone."""
    account = charmcraft.sandbox.account
    charmcraft.sandbox.add_package(NAME, account)

    login = charmcraft.on_terminal(
        "login", "--export=secret", "--permission=package-view", f"--charm={NAME}"
    )
    login.answer("Email address:", account.email)
    login.answer("Password:", charmcraft.sandbox.password)
    login.answer("One-time password:", account.one_time_password())
    code, shown = login.finish()
    assert code == 0, shown
    assert charmcraft.json("whoami") == {"logged": False}
    charmcraft.use_credentials((charmcraft.folder / "secret").read_text(encoding="utf-8"))

    shown_account = charmcraft.json("whoami")
    assert shown_account["username"] == account.username
    assert shown_account["permissions"] == ["package-view"]
    assert len(shown_account["charms"]) == 1
    assert charmcraft.json("revisions", NAME) == []
    assert charmcraft.refused("register", "acme-db")


def test_whoami(authorized: Charmcraft) -> None:
    """The account behind the credentials of the variable is shown."""
    account = authorized.sandbox.account

    assert authorized.json("whoami") == {
        "logged": True,
        "name": account.display_name,
        "username": account.username,
        "id": account.id,
    }


def test_register_and_names(authorized: Charmcraft) -> None:
    """A registered name is listed; the store's reason for a refusal is shown."""
    assert NAME in authorized.ok("register", NAME)

    expected = {"name": NAME, "type": "charm", "visibility": "public", "status": "registered"}
    assert authorized.json("names") == [expected]
    (row,) = authorized.json("names", "--include-collaborations")
    assert row == {**expected, "publisher": authorized.sandbox.account.display_name}
    assert "already-owned" in authorized.refused("register", NAME)


def test_a_publication(published: Charmcraft) -> None:
    """Charm and resource are uploaded, released, and shown as what they are."""
    (revision,) = published.json("revisions", NAME)
    assert (revision["revision"], revision["status"]) == (1, "released")
    assert published.json("resources", NAME) == [
        {"charm_revision": 1, "name": "model", "type": "file", "optional": False}
    ]
    (resource,) = published.json("resource-revisions", NAME, "model")
    assert (resource["revision"], resource["size"]) == (1, len(b"a model"))
    assert channels(published) == {"latest/candidate": (1, [{"name": "model", "revision": 1}])}


def test_an_upload_with_release(published: Charmcraft) -> None:
    """One command uploads and releases; the revision is the command's data."""
    arguments = ("--release=latest/edge", "--resource=model:1")

    assert published.json("upload", charm(published, b"second"), *arguments) == {"revision": 2}

    assert channels(published)["latest/edge"] == (2, [{"name": "model", "revision": 1}])


def test_an_upload_that_the_review_rejects(published: Charmcraft) -> None:
    """The reasons are shown, and the command fails."""
    bad = build_charm(published.folder, NAME, files={"dispatch": None, "metadata.yaml": "name: x"})

    done = published.run("upload", bad, f"--name={NAME}")

    assert done.returncode == 1
    assert "Upload failed with status 'rejected'" in done.stdout


def test_storage_gets_the_file_and_no_credentials(published: Charmcraft) -> None:
    """The whole file arrives at the storage host; charmcraft's credentials stay at the API's."""
    published.sandbox.forget_requests()
    path = charm(published, b"x" * 3_000_000)

    published.ok("upload", path)

    (stored,) = (each for each in published.sandbox.requests if each.service == "storage")
    assert stored.body_size > path.stat().st_size
    assert "Authorization" not in stored.headers


def test_create_track(published: Charmcraft) -> None:
    """Tracks that a guardrail allows are created and can be released to; others are refused."""
    published.sandbox.add_guardrail(NAME, r"v[0-9]+")

    shown = published.ok("create-track", f"--name={NAME}", "--track", "v2", "v3")

    assert "v2" in shown
    assert "v3" in shown
    published.ok("release", NAME, "--revision=1", "--channel=v2/edge", "--resource=model:1")
    assert set(channels(published, "v2")) == {"v2/edge"}
    refusal = published.refused("create-track", f"--name={NAME}", "--track", "next")
    assert "Invalid track name" in refusal


def test_promote_asks(published: Charmcraft) -> None:
    """A person who agrees promotes revision and resource; one who does not promotes nothing."""
    command = ("promote", f"--name={NAME}", "--from-channel=candidate", "--to-channel=stable")

    refusing = published.on_terminal(*command)
    refusing.answer("Do you want to promote", "n")
    code, shown = refusing.finish()
    assert (code, "cancelled" in shown) == (1, True), shown
    assert set(channels(published)) == {"latest/candidate"}

    agreeing = published.on_terminal(*command)
    agreeing.answer("Do you want to promote", "y")
    code, shown = agreeing.finish()
    assert (code, "1 revisions promoted" in shown) == (0, True), shown
    released = channels(published)
    assert released["latest/stable"] == released["latest/candidate"]


def test_promote_and_close(published: Charmcraft) -> None:
    """What was promoted stays when the channel that it came from is closed."""
    published.ok(
        "promote",
        f"--name={NAME}",
        "--from-channel=latest/candidate",
        "--to-channel=latest/stable",
        "--yes",
    )

    assert "Closed" in published.ok("close", NAME, "latest/candidate")

    assert channels(published) == {"latest/stable": (1, [{"name": "model", "revision": 1}])}


def test_architectures_of_a_resource(published: Charmcraft) -> None:
    """They are changed and read again."""
    (row,) = published.json(
        "set-resource-architectures", NAME, "model", "--revision=1", "arm64,armhf"
    )

    assert (row["revision"], row["architectures"]) == (1, ["arm64", "armhf"])


@pytest.mark.skipif(
    shutil.which("skopeo") is None,
    reason="skopeo is not installed; '.ci/run' installs it from Debian",
)
@pytest.mark.parametrize("architectures", [["amd64"], ["amd64", "arm64"]], ids=["one", "two"])
def test_an_image_as_a_resource(authorized: Charmcraft, architectures: list[str]) -> None:
    """What charmcraft has skopeo push, and what we push ourselves, is one revision."""
    built = build_image(authorized.folder / "image.tar", architectures=architectures)
    # charmcraft does not tell skopeo that this registry is without TLS.
    host = authorized.sandbox.urls.api.partition("//")[2]
    registries = Path(authorized.environment["HOME"], ".config", "containers", "registries.conf")
    registries.parent.mkdir(parents=True)
    registries.write_text(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n')
    authorized.ok("register", NAME)
    declaring = build_charm(authorized.folder, NAME, resources={"web-image": "oci-image"})
    authorized.ok("upload", declaring)
    command = ("upload-resource", NAME, "web-image", "--image", "image.tar")

    assert authorized.json(*command) == {"revision": 1}
    assert authorized.json(*command) == {"revision": 1}

    (row,) = authorized.json("resource-revisions", NAME, "web-image")
    assert row["revision"] == 1
    authorized.sandbox.forget_requests()
    ours = upload_image(authorized, built.path)
    assert (ours["revision"], ours["digest"]) == (1, built.digest)
    assert ours["bases"][0]["architectures"] == architectures
    assert "PATCH" not in {request.method for request in authorized.sandbox.requests}


def upload_image(charmcraft: Charmcraft, image: Path) -> Any:
    """Upload an image by ``craft-store`` with the credentials of charmcraft."""
    urls = charmcraft.sandbox.urls
    variables = {
        "CRAFT_STORE_STORE": "sandbox",
        "CRAFT_STORE_API_URL": urls.api,
        "CRAFT_STORE_STORAGE_URL": urls.storage,
        "CRAFT_STORE_CREDENTIALS": charmcraft.environment["CHARMCRAFT_AUTH"],
    }
    program = "from craft_store_core.cli import main; main()"
    arguments = ("upload-resource", NAME, "web-image", str(image), "--format", "json")
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**charmcraft.environment, **variables},
        cwd=charmcraft.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["result"]


def test_refusals_are_shown_with_their_codes(authorized: Charmcraft) -> None:
    """The store's own code and message reach the person."""
    authorized.ok("register", NAME)

    shown = authorized.refused("release", NAME, "--revision=9", "--channel=latest/edge")

    assert "resource-not-found: Revision 9 not found" in shown


def test_expired_credentials(authorized: Charmcraft) -> None:
    """The person is told to make new ones."""
    authorized.sandbox.expire_tokens()

    assert "no longer valid for Charmhub" in authorized.refused("names")


def test_a_store_that_is_away(authorized: Charmcraft) -> None:
    """Old commands and new ones say that there is no connection."""
    host = authorized.sandbox.urls.api.removeprefix("http://")
    authorized.sandbox.close()

    for command in ("names", "whoami"):
        assert host in authorized.refused(command)
