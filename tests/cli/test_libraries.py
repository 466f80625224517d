"""``libraries``: from a new library of one charm to its copy in the folder of another."""

from __future__ import annotations

import base64
import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import Fault

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def web(logged_in: Any, tmp_path: Path) -> Path:
    """The folder of ``acme-web``, whose name is registered."""
    logged_in.ok("register", "acme-web")
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "charmcraft.yaml").write_text("name: acme-web\n")
    return folder


@pytest.fixture
def client_py(logged_in: Any, web: Path) -> Path:
    """``acme-web.http_client`` 0.1, published."""
    logged_in.ok("libraries", "register", "acme-web.http_client", "--folder", web)
    file = web / "lib" / "charms" / "acme_web" / "v0" / "http_client.py"
    file.write_text(file.read_text() + "\n\ndef get() -> str:\n    return 'é'\n")
    logged_in.ok("libraries", "publish", "--folder", web)
    return file


def publish_next(store: Any, file: Path) -> None:
    """Change a library, and publish it as its next patch."""
    text = file.read_text()
    number = int(text.partition("LIBPATCH = ")[2].split()[0])
    text = text.replace(f"LIBPATCH = {number}", f"LIBPATCH = {number + 1}")
    file.write_text(f"{text}# {number + 1}\n")
    store.ok("libraries", "publish", "--folder", file.parents[4])


def statuses(document: Any) -> dict[str, str]:
    """Return what became of each library."""
    return {row["library-name"]: row["status"] for row in document["result"]["libraries"]}


def test_a_library_goes_from_one_folder_to_another(
    logged_in: Any, client_py: Path, tmp_path: Path
) -> None:
    """Registered, published, listed, fetched, updated: the copy has the same bytes."""
    copy = tmp_path / "db" / "lib" / "charms" / "acme_web" / "v0" / "http_client.py"
    (tmp_path / "db").mkdir()
    publish_next(logged_in, client_py)
    (row,) = logged_in.ok("libraries", "list", "acme-web", "--format", "json").result
    assert (row["library-name"], row["api"], row["patch"]) == ("http_client", 0, 2)
    logged_in.ok("logout")
    fetch = ("libraries", "fetch", "--folder", tmp_path / "db")
    done = logged_in.ok(*fetch, "acme-web.http_client@0.1")
    assert done.out == "lib/charms/acme_web/v0/http_client.py: fetched 0.1\n"
    assert "LIBPATCH = 1" in copy.read_text()
    planned = logged_in.ok(*fetch, "--dry-run")
    assert "would update 0.1 to 0.2" in planned.out
    assert "LIBPATCH = 1" in copy.read_text()
    assert "updated 0.1 to 0.2" in logged_in.ok(*fetch).out
    assert copy.read_bytes() == client_py.read_bytes()
    again = logged_in.ok(*fetch, "charms.acme_web.v0.http_client", "--format", "json").result
    assert [item["status"] for item in again["libraries"]] == ["current"]


def test_a_charm_says_what_it_needs(logged_in: Any, client_py: Path, tmp_path: Path) -> None:
    """charm-libs is followed in the current folder: within an API, or to the patch."""
    publish_next(logged_in, client_py)
    project = tmp_path / "charmcraft.yaml"
    copy = tmp_path / "lib" / "charms" / "acme_web" / "v0" / "http_client.py"
    for version, patch in (('"0.1"', 1), ('"0"', 2), ("0.1", 1)):
        project.write_text(
            f"name: db\ncharm-libs:\n- lib: acme-web.http_client\n  version: {version}\n"
        )
        logged_in.ok("libraries", "fetch")
        assert f"LIBPATCH = {patch}" in copy.read_text()


def test_changes_are_not_lost(logged_in: Any, client_py: Path) -> None:
    """Not when the file is found, not when it is named; only when that is said."""
    fetch = ("libraries", "fetch", "--folder", client_py.parents[4])
    client_py.write_text(client_py.read_text() + "# mine\n")
    found = logged_in.ok(*fetch)
    assert "not replaced" in found.out
    named = logged_in.run(*fetch, "acme-web.http_client")
    assert named.code == 2
    assert "was not replaced" in named.err
    assert client_py.read_text().endswith("# mine\n")
    logged_in.ok(*fetch, "acme-web.http_client", "--force")
    assert "# mine" not in client_py.read_text()


def test_publishing_again_is_done_already(
    logged_in: Any, client_py: Path, sandbox_store: Any
) -> None:
    """A rerun sends nothing and succeeds; a change without a new number is refused."""
    publish = ("libraries", "publish", "--folder", client_py.parents[4])
    sandbox_store.forget_requests()
    assert "the store already has 0.1" in logged_in.ok(*publish).out
    assert [request.path for request in sandbox_store.requests] == ["/v1/charm/libraries/bulk"]
    client_py.write_text(client_py.read_text() + "# mine\n")
    refused = logged_in.run(*publish, "--dry-run")
    assert refused.code == 2
    assert "Set LIBPATCH to 2." in refused.err


def test_an_interrupted_publishing_is_continued(
    logged_in: Any, client_py: Path, sandbox_store: Any
) -> None:
    """What is done is told; the next run sends only the rest."""
    folder = client_py.parents[4]
    last = ""
    for name in ("cup", "lid"):
        done = logged_in.ok(
            "libraries", "register", f"acme-web.{name}", "--folder", folder, "--format", "json"
        )
        last = f"/v1/charm/libraries/acme-web/{done.result['library-id']}"
    sandbox_store.faults.add(Fault(delay=300), method="POST", path=f"{last}$")
    publish = ("libraries", "publish", "--folder", folder, "--format", "json")
    with logged_in.start(*publish, "-vv") as process:
        assert any(f"POST {sandbox_store.urls.api}{last} " in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    document = json.loads(out)
    assert document["error"]["code"] == "interrupted"
    assert "same command again" in document["error"]["advice"]
    assert statuses(document) == {"cup": "published", "http_client": "current", "lid": "to-publish"}
    sandbox_store.faults.clear()
    again = logged_in.ok(*publish).json
    assert statuses(again) == {"cup": "current", "http_client": "current", "lid": "published"}


def test_other_accounts_libraries_cannot_be_published(
    logged_in: Any, client_py: Path, sandbox_store: Any
) -> None:
    """The store does not say more than that it does not know it; the error says what to look at."""
    stranger = sandbox_store.add_account("al@example.com", "password of al", username="al")
    token = sandbox_store.issue_token(stranger)
    client_py.write_text(client_py.read_text().replace("PATCH = 1", "PATCH = 2") + "#\n")
    done = logged_in.run(
        "libraries", "publish", "--folder", client_py.parents[4],
        CRAFT_STORE_CREDENTIALS=base64.b64encode(token.encode()).decode(),
    )  # fmt: skip
    assert done.code == 5, done
    assert "whoami" in done.err
    assert "request id" in done.err
