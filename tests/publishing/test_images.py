"""Resources that are images: they take another way to the store, and nothing else changes."""

from __future__ import annotations

import random
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ArtifactError, UsageError
from craft_store_core.publishing import (
    PlanPublication,
    PublishOutcome,
    PublishPlan,
    PublishRequest,
    ReviewJournal,
    read_plan,
    resource_source,
)
from craft_store_core.stores.reviews import Polling
from craft_store_sandbox import ReviewPace, build_charm, build_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from craft_store_core.stores.client import StoreClient
    from craft_store_sandbox.sandbox import ReadySandbox

QUICK = Polling(timeout=30, first=0.01, longest=0.05)


@pytest.fixture
def charm(tmp_path: Path) -> Path:
    """A charm that declares an image and a file."""
    model = {"type": "file", "optional": True}
    return build_charm(tmp_path, resources={"web-image": "oci-image", "model": model})


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image of two architectures."""
    return build_image(tmp_path / "image.tar", architectures=["amd64", "arm64"]).path


def publish(client: StoreClient, *requests: PublishRequest, **options: Any) -> PublishOutcome:
    with PlanPublication(client, PublishPlan(requests), polling=QUICK, **options) as publication:
        publication.check()
        return publication.run()


def to_registry(sandbox: ReadySandbox, method: str) -> list[str]:
    """Paths of the requests to the registry."""
    return [
        request.path
        for request in sandbox.requests
        if request.method == method and request.path.startswith("/v2/")
    ]


def test_a_charm_with_an_image_is_published_from_nothing(
    client: StoreClient, charm: Path, image: Path, sandbox_store: ReadySandbox
) -> None:
    """The image is pushed as soon as a revision declares it; the release pins its revision."""
    request = PublishRequest(charm, ("edge",), {"web-image": image})

    outcome = publish(client, request)

    assert outcome.error is None
    (result,) = outcome.artifacts
    (resource,) = result.resources
    content = client.read_resource("oci-image", image)
    assert (resource.revision, resource.status, resource.digest) == (1, "uploaded", content.digest)
    assert (resource.file, resource.size) == (image, content.size)
    (stored,) = client.list_resource_revisions("acme-web", "web-image")
    assert resource.sha3_384 == stored.sha3_384
    assert [base.architectures for base in stored.bases] == [("amd64", "arm64")]
    (row,) = client.list_releases("acme-web").rows
    assert ("web-image", 1) in [(item.name, item.revision) for item in row.resources]
    assert to_registry(sandbox_store, "PUT")[-1].endswith("/manifests/latest")


def test_publishing_again_changes_nothing(
    client: StoreClient, charm: Path, image: Path, sandbox_store: ReadySandbox
) -> None:
    """The registry is not even asked; a dry run knows it, too."""
    request = PublishRequest(charm, ("edge",), {"web-image": image})
    publish(client, request)
    sandbox_store.forget_requests()

    outcome = publish(client, request)

    (result,) = outcome.artifacts
    (resource,) = result.resources
    assert (resource.revision, resource.status) == (1, "already-uploaded")
    assert result.channels == {"latest/edge": "unchanged"}
    methods = {(r.method, r.path) for r in sandbox_store.requests if r.method != "GET"}
    assert methods == {("POST", "/v1/charm/acme-web/resources/web-image/oci-image/blob")}
    with PlanPublication(client, PublishPlan((request,))) as publication:
        publication.check()
        assert publication.preview().artifacts[0].resources[0].revision == 1


def test_a_new_image_for_a_charm_that_is_there(
    client: StoreClient, charm: Path, image: Path, sandbox_store: ReadySandbox
) -> None:
    """Only the image is sent, without its old layers, and released."""
    publish(client, PublishRequest(charm, ("edge",), {"web-image": image}))
    build_image(image, layers=[b"hello\n", b"more"])
    sandbox_store.forget_requests()

    outcome = publish(client, PublishRequest(charm, ("edge",), {"web-image": image}))

    (result,) = outcome.artifacts
    assert result.artifact.status == "already-uploaded"
    assert (result.resources[0].revision, result.channels) == (2, {"latest/edge": "released"})
    assert len(to_registry(sandbox_store, "PATCH")) == 2
    again = publish(client, PublishRequest(charm, ("edge",), {"web-image": 1}))
    assert again.artifacts[0].resources[0].status == "given"


def test_a_dry_run_reads_the_image_and_sends_nothing(
    client: StoreClient, charm: Path, image: Path, sandbox_store: ReadySandbox
) -> None:
    """The plan names it by its digest."""
    request = PublishRequest(charm, ("edge",), {"web-image": image})

    with PlanPublication(client, PublishPlan((request,))) as publication:
        publication.check()
        outcome = publication.preview()

    (resource,) = outcome.artifacts[0].resources
    assert resource.status == "to-upload"
    assert resource.digest is not None
    assert resource.sha3_384 is None
    assert {request.method for request in sandbox_store.requests} == {"GET"}
    assert to_registry(sandbox_store, "GET") == []


def test_a_broken_image_is_found_before_the_first_request(
    client: StoreClient, charm: Path, image: Path, sandbox_store: ReadySandbox
) -> None:
    """Whatever else is to be published."""
    image.write_bytes(image.read_bytes()[:-3000])

    with pytest.raises(ArtifactError):
        publish(client, PublishRequest(charm, (), {"web-image": image}))

    assert sandbox_store.requests == []


def test_a_file_is_no_image_and_an_image_no_file(
    client: StoreClient, charm: Path, image: Path, tmp_path: Path
) -> None:
    """What the charm declares decides how a text is read."""
    with pytest.raises(ArtifactError, match="cannot be read"):
        publish(client, PublishRequest(charm, (), {"model": "oci-archive:image.tar"}))
    with pytest.raises(UsageError, match="does not declare the resource"):
        publish(client, PublishRequest(charm, (), {"db-image": image}))
    odd = tmp_path / "words:odd"
    odd.write_bytes(b"a model")
    outcome = publish(client, PublishRequest(charm, (), {"model": "words:odd"}, folder=tmp_path))
    assert outcome.artifacts[0].resources[0].status == "uploaded"


@pytest.mark.usefixtures("image")
def test_artifacts_share_an_image(
    client: StoreClient, tmp_path: Path, sandbox_store: ReadySandbox
) -> None:
    """In a plan, relative to it, it is read and sent once for all of them."""
    for architecture in ("amd64", "arm64"):
        base = {"name": "ubuntu", "channel": "24.04", "architectures": [architecture]}
        file = tmp_path / f"acme-web_{architecture}.charm"
        build_charm(file, bases=[base], resources={"web-image": "oci-image"})
    plan = tmp_path / "publish.toml"
    plan.write_text(
        """
        channels = ["edge"]
        [[artifact]]
        file = "acme-web_*.charm"
        resources = { web-image = "oci-archive:image.tar:latest" }
        """
    )
    with PlanPublication(client, read_plan(plan), polling=QUICK) as publication:
        publication.check()
        outcome = publication.run()

    assert outcome.error is None
    first, second = outcome.artifacts
    assert first.resources == second.resources
    assert first.resources[0].file == "oci-archive:image.tar:latest"
    assert first.resources[0].file == "oci-archive:image.tar:latest"
    assert len([p for p in to_registry(sandbox_store, "PUT") if p.endswith("latest")]) == 1
    assert {row.base.architecture for row in client.list_releases("acme-web").rows if row.base} == {
        "amd64",
        "arm64",
    }


@pytest.mark.usefixtures("image")
def test_a_plan_in_another_folder(
    client: StoreClient, charm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths begin at the plan, however it is named: files, images, and images with a word."""
    (tmp_path / "model.bin").write_bytes(b"a model")
    monkeypatch.chdir(tmp_path.parent)
    for source in ("image.tar", "oci-archive:image.tar"):
        plan = tmp_path / "publish.toml"
        plan.write_text(
            f'[[artifact]]\nfile = "{charm.name}"\n'
            f'resources = {{ web-image = "{source}", model = "model.bin" }}\n'
        )
        with PlanPublication(
            client, read_plan(Path(tmp_path.name, "publish.toml")), polling=QUICK
        ) as publication:
            publication.check()
            outcome = publication.run()
        assert outcome.error is None
        assert {item.revision for item in outcome.artifacts[0].resources} == {1}


def test_an_image_for_each_architecture(
    client: StoreClient, tmp_path: Path, sandbox_store: ReadySandbox
) -> None:
    """Two images of one resource are sent side by side; each charm gets its own."""
    requests = []
    for architecture in ("amd64", "arm64"):
        base = {"name": "ubuntu", "channel": "24.04", "architectures": [architecture]}
        charm = tmp_path / f"acme-web_{architecture}.charm"
        build_charm(charm, bases=[base], resources={"web-image": "oci-image"})
        file = tmp_path / f"{architecture}.tar"
        image = build_image(file, architectures=[architecture], layers=[architecture.encode()])
        requests.append(PublishRequest(charm, ("edge",), {"web-image": image.path}))

    outcome = publish(client, *requests)

    assert outcome.error is None
    stored = {
        item.revision: item.bases
        for item in client.list_resource_revisions("acme-web", "web-image")
    }
    for row in client.list_releases("acme-web").rows:
        (resource,) = row.resources
        assert row.base is not None
        assert resource.revision is not None
        assert [base.architectures for base in stored[resource.revision]] == [
            (row.base.architecture,)
        ]
    assert len(stored) == 2
    assert len(to_registry(sandbox_store, "PATCH")) == 4


def test_an_image_of_a_charm_that_is_rejected_is_not_sent(
    client: StoreClient, image: Path, tmp_path: Path, sandbox_store: ReadySandbox
) -> None:
    """There would be nothing that declares it."""
    sandbox_store.faults.reject_content[b"broken"] = "It is broken."
    charm = build_charm(
        tmp_path,
        resources={"web-image": "oci-image"},
        files={"broken": "broken"},
        payload=b"broken",
    )

    outcome = publish(client, PublishRequest(charm, ("edge",), {"web-image": image}))

    assert outcome.error is not None
    assert outcome.artifacts[0].resources[0].status == "to-upload"
    assert to_registry(sandbox_store, "GET") == []


def test_without_waiting_an_image_comes_with_a_later_run(
    sandbox_factory: Callable[..., ReadySandbox],
    client_of: Callable[..., StoreClient],
    charm: Path,
    image: Path,
    tmp_path: Path,
) -> None:
    """Each run does what can be done; what is in review is remembered."""
    sandbox = sandbox_factory(review=ReviewPace(polls=1000, seconds=60))
    sandbox.add_package("acme-web", sandbox.account)
    client = client_of(sandbox)
    journal = ReviewJournal(tmp_path / "reviews", client.store.url("api"))
    plan = PublishPlan((PublishRequest(charm, ("edge",), {"web-image": image}),))

    def run() -> Any:
        with PlanPublication(client, plan, polling=QUICK, journal=journal) as publication:
            publication.check()
            outcome = publication.run(wait=False)
        (result,) = outcome.artifacts
        return result.artifact.status, result.resources[0].status, result.channels["latest/edge"]

    assert run() == ("in-review", "to-upload", "to-release")
    sandbox.clock.advance(61)
    assert run() == ("already-uploaded", "in-review", "to-release")
    sandbox.forget_requests()
    assert run() == ("already-uploaded", "in-review", "to-release")
    assert to_registry(sandbox, "GET") == []
    sandbox.clock.advance(61)
    assert run() == ("already-uploaded", "already-uploaded", "released")


class Interrupting:
    """A reporter that stops a publication in the middle of a blob, as Ctrl-C does."""

    def __init__(self) -> None:
        self.publication: PlanPublication | None = None

    @contextmanager
    def task(self, title: str, *, total: int | None = None, **_: Any) -> Iterator[Any]:
        reporter = self

        class Task:
            def update(self, done: int) -> None:
                publication, big = reporter.publication, (total or 0) > 1_000_000
                if publication is not None and "Uploading blob" in title and big and done:
                    reporter.publication = None
                    # It waits for this thread, and so does this thread for its beginning.
                    thread = Thread(target=publication.stop)
                    thread.start()
                    thread.join(0.1)

            def message(self, text: str) -> None: ...

        yield Task()

    def close(self) -> None: ...


def test_a_stop_ends_the_push_and_the_next_run_goes_on(
    sandbox_store: ReadySandbox,
    client_of: Callable[..., StoreClient],
    charm: Path,
    tmp_path: Path,
) -> None:
    """Between two blocks; layers that arrived are not sent again."""
    reporter = Interrupting()
    client = client_of(sandbox_store, progress=reporter)
    sandbox_store.add_package("acme-web", sandbox_store.account)
    publish(client, PublishRequest(charm))
    layers = [b"one", random.Random(1).randbytes(8_000_000)]
    built = build_image(tmp_path / "image.tar", layers=layers)
    request = PublishRequest(charm, ("edge",), {"web-image": built.path})
    with PlanPublication(client, PublishPlan((request,)), polling=QUICK) as publication:
        publication.check()
        reporter.publication = publication
        outcome = publication.run()
    assert outcome.artifacts[0].resources[0].status == "to-upload"
    assert to_registry(sandbox_store, "PUT")[-1].rpartition("/")[2] != "latest"

    sandbox_store.forget_requests()
    again = publish(client, request)

    assert again.error is None
    assert again.artifacts[0].channels == {"latest/edge": "released"}
    assert len(to_registry(sandbox_store, "PATCH")) == 1


def test_what_is_given_as_a_resource(tmp_path: Path) -> None:
    """A path, unless it begins with a word and a colon; drives of Windows are paths."""
    assert resource_source("image.tar", tmp_path) == tmp_path / "image.tar"
    assert resource_source("C:/image.tar", tmp_path) == tmp_path / "C:/image.tar"
    assert resource_source("./docker:x", tmp_path) == tmp_path / "docker:x"
    for text in ("docker://ghcr.io/acme/web:v1", "oci:folder", "oci-archive:x.tar:v1"):
        assert resource_source(text, tmp_path) == text
