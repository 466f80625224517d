"""Images as resources, through the real program: nothing but it and a sandbox is needed."""

from __future__ import annotations

import base64
import json
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import Fault, build_charm, build_image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def published(logged_in: Any, tmp_path: Path) -> Any:
    """The program, with a revision of ``acme-web`` that declares an image."""
    logged_in.ok("register", "acme-web")
    charm = build_charm(tmp_path, resources={"web-image": "oci-image"})
    logged_in.ok("upload", charm)
    # No tool of containers may be asked for anything.
    logged_in.environment["PATH"] = str(tmp_path / "nothing")
    return logged_in


@pytest.fixture
def image(tmp_path: Path) -> Any:
    """An OCI archive of two architectures, with a big layer."""
    return build_image(
        tmp_path / "image.tar", architectures=["amd64", "arm64"], layers=[b"one", bytes(3_000_000)]
    )


def pushed_blobs(sandbox: Any) -> int:
    """How many blobs were sent to the registry."""
    return sum(request.method == "PATCH" for request in sandbox.requests)


def test_an_image_is_uploaded_and_again_without_its_layers(
    published: Any, image: Any, sandbox_store: Any, documents_of: Callable[..., Any]
) -> None:
    """The same image is the same revision; the JSON keeps to its schema."""
    documents = documents_of(published)
    command = ("upload-resource", "acme-web", "web-image", image.path)

    first = documents.run(*command)["result"]
    assert (first["type"], first["revision"], first["digest"]) == ("oci-image", 1, image.digest)
    assert [base["architectures"] for base in first["bases"]] == [["amd64", "arm64"]]
    sandbox_store.forget_requests()
    shown = published.ok(*command)
    assert shown.out == (
        f"acme-web: resource web-image revision 1 ({image.digest}, amd64, arm64)\n"
    )
    assert pushed_blobs(sandbox_store) == 0
    (row,) = published.ok("resource-revisions", "acme-web", "web-image", "--format", "json").result
    assert row["type"] == "oci-image"


def test_progress_of_an_image(published: Any, image: Any) -> None:
    """Of reading and of each blob, on standard error; nothing with --quiet."""
    command = ("upload-resource", "acme-web", "web-image", image.path)

    done = published.ok(*command)
    assert f"Reading {image.path}" in done.err
    for layer in image.layers:
        assert f"Uploading blob {layer[7:19]}" in done.err
    assert published.ok(*command, "--quiet").err == ""


@pytest.mark.parametrize("form", ["oci", "docker-archive"])
def test_other_forms_of_images(published: Any, tmp_path: Path, form: Any) -> None:
    """Folders and what 'docker save' writes, named by a path or by skopeo's words."""
    built = build_image(tmp_path / "image", form=form, tag="v1")
    first = published.ok("upload-resource", "acme-web", "web-image", "image", "--format", "json")
    source = f"{form}:image:v1"
    again = published.ok("upload-resource", "acme-web", "web-image", source, "--format", "json")

    assert first.result["revision"] == again.result["revision"] == 1
    assert built.digest in {None, first.result["digest"]}


def test_an_image_of_another_registry(
    published: Any, image: Any, sandbox_factory: Callable[..., Any], wire: Callable[..., str]
) -> None:
    """Is copied; without TLS from this machine only."""
    elsewhere = sandbox_factory()
    elsewhere.registry.public = True
    reference = wire(elsewhere, image)

    done = published.ok("upload-resource", "acme-web", "web-image", reference, "--format", "json")

    assert done.result["digest"] == image.digest
    refused = published.run("upload-resource", "acme-web", "web-image", f"{reference}-not")
    assert refused.code == 2
    assert "MANIFEST_UNKNOWN" in refused.err


@pytest.fixture
def wire(craft_store: Any, tmp_path: Path) -> Callable[..., str]:
    """Push an image to another sandbox by the program itself; return where it is."""

    def push(sandbox: Any, built: Any) -> str:
        sandbox.add_package("acme-web", sandbox.account)
        token = base64.b64encode(sandbox.issue_token(sandbox.account).encode()).decode()
        there = {"CRAFT_STORE_SANDBOX_URL": sandbox.urls.api, "CRAFT_STORE_CREDENTIALS": token}
        charm = tmp_path / "acme-web.charm"
        done = craft_store.run(
            "publish", charm, "--resource", f"web-image={built.path}", "--store", "sandbox", **there
        )
        assert done.code == 0, done
        (name,) = {
            request.path.split("/manifests/")[0].removeprefix("/v2/")
            for request in sandbox.requests
            if "/manifests/" in request.path
        }
        return f"docker://{sandbox.urls.api.partition('//')[2]}/{name}:latest"

    return push


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("missing.tar", "The image 'missing.tar' does not exist"),
        ("acme-web.charm", "not an intact tar archive"),
        ("docker-daemon:web:v1", "a container daemon"),
        ("docker://UPPER/Case", "not an image reference"),
        ("oci-archive:image.tar:v9", "contains the images: latest"),
    ],
)
def test_images_that_cannot_be_used(
    published: Any, image: Any, sandbox_store: Any, source: str, message: str
) -> None:
    """Are told before anything is sent, in three parts."""
    sandbox_store.forget_requests()

    done = published.run("upload-resource", "acme-web", "web-image", source)

    assert image.path.exists()
    assert done.code == 2
    assert message in done.err
    assert "what to do:" in done.err
    assert {request.method for request in sandbox_store.requests} == {"GET"}


def test_the_type_of_a_resource(published: Any, image: Any, tmp_path: Path) -> None:
    """The store knows it; --type goes before; what nobody declares is refused."""
    unknown = published.run("upload-resource", "acme-web", "nothing", image.path)
    assert unknown.code == 2
    assert "Its revisions declare: web-image." in unknown.err
    wrong = published.run("upload-resource", "acme-web", "web-image", image.path, "--type", "file")
    assert wrong.code == 1
    assert "declared with type 'oci-image'" in wrong.err
    given = published.ok(
        "upload-resource", "acme-web", "web-image", image.path, "--type", "oci-image"
    )
    assert "revision 1" in given.out
    charm = build_charm(tmp_path / "other.charm", resources={"model": "file"})
    published.ok("upload", charm)
    done = published.ok("upload-resource", "acme-web", "model", charm, "--format", "json")
    assert (done.result["type"], done.result["digest"], done.result["bases"]) == ("file", None, [])


def test_secrets_of_images_are_not_shown(published: Any, image: Any, sandbox_store: Any) -> None:
    """With -vv either: passwords of the registry, and what installers get."""
    sandbox_store.registry.bearer = True

    done = published.ok("upload-resource", "acme-web", "web-image", image.path, "-vv")

    assert "/blobs/uploads/" in done.err
    for request in sandbox_store.requests:
        secret = request.headers.get("Authorization", "").partition(" ")[2]
        if secret:
            assert secret not in done.err
            if request.path == "/registry/token":
                user, password = base64.b64decode(secret).decode().split(":")
                assert user == "docker-registry"
                assert password not in done.err


def test_publishing_a_charm_with_its_image(
    logged_in: Any, image: Any, tmp_path: Path, sandbox_store: Any, documents_of: Callable[..., Any]
) -> None:
    """By options and by a plan; a dry run shows the digest; a rerun changes nothing."""
    logged_in.ok("register", "acme-web")
    charm = build_charm(tmp_path, resources={"web-image": "oci-image"})
    documents = documents_of(logged_in)
    command = ("publish", charm, "--resource", f"web-image={image.path}", "--channel", "edge")

    dry = logged_in.ok(*command, "--dry-run")
    assert f"resource web-image: upload image.tar ({image.digest}, " in dry.out
    result = documents.run(*command)["result"]
    (resource,) = result["artifacts"][0]["resources"]
    assert (resource["revision"], resource["status"]) == (1, "uploaded")
    assert (resource["digest"], resource["file"]) == (image.digest, str(image.path))
    plan = tmp_path / "publish.toml"
    plan.write_text(
        'channels = ["edge"]\n[[artifact]]\nfile = "acme-web.charm"\n'
        'resources = { web-image = "image.tar" }\n'
    )
    sandbox_store.forget_requests()
    again = documents.run("publish", plan)["result"]
    assert again["artifacts"][0]["channels"][0]["status"] == "unchanged"
    assert again["artifacts"][0]["resources"][0]["status"] == "already-uploaded"
    assert not [r for r in sandbox_store.requests if r.path.startswith("/v2/")]
    broken = tmp_path / "broken.tar"
    broken.write_bytes(image.path.read_bytes()[:2_000])
    sandbox_store.forget_requests()
    refused = logged_in.run("publish", charm, "--resource", f"web-image={broken}")
    assert refused.code == 2
    assert sandbox_store.requests == []


def test_a_resource_that_was_left_out(published: Any, image: Any, tmp_path: Path) -> None:
    """Of a release it is not shown, neither as a revision nor as none."""
    model = {"type": "file", "optional": True}
    charm = build_charm(
        tmp_path / "two.charm", resources={"web-image": "oci-image", "model": model}
    )
    published.ok("publish", charm, "--resource", f"web-image={image.path}", "--channel", "edge")

    assert "web-image (r1)" in published.ok("status", "acme-web").out
    assert "None" not in published.ok("status", "acme-web").out
    difference = published.ok("diff", "acme-web", "edge", "stable").out
    assert "None" not in difference


def test_an_interrupted_upload_goes_on(published: Any, image: Any, sandbox_store: Any) -> None:
    """Ctrl-C while a layer is being sent: the next run sends that layer and what follows."""
    command = ("upload-resource", "acme-web", "web-image", image.path)
    sandbox_store.faults.add(Fault(delay=60), method="PUT", path="/manifests/")
    with published.start(*command) as process:
        reached = threading.Event()

        def watch() -> None:
            for line in process.stderr:
                if "Uploading blob" in line and "done" in line:
                    reached.set()

        threading.Thread(target=watch, daemon=True).start()
        assert reached.wait(60)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    sandbox_store.faults.clear()
    before = pushed_blobs(sandbox_store)
    assert 1 <= before <= 4

    done = published.ok(*command, "--format", "json")

    assert done.result["digest"] == image.digest
    assert pushed_blobs(sandbox_store) - before < 4
    assert json.loads(published.ok("names", "--format", "json").out)["ok"]


def test_the_help_says_what_an_image_can_be(craft_store: Any) -> None:
    """Without a manual at hand."""
    shown = craft_store.ok("upload-resource", "--help").out
    for word in ("oci-archive:FILE:TAG", "docker://HOST/NAME:TAG", "No container daemon"):
        assert word in " ".join(shown.split())
