"""Images pushed to the sandbox's registry, and copied to it from another one."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_charmhub import CHARMHUB, CharmhubEndpoints
from craft_store_charmhub.images import registry_place
from craft_store_charmhub.oci.pushing import with_digest
from craft_store_core.errors import (
    ArtifactError,
    HostNotAllowedError,
    NotFoundError,
    PermissionRequiredError,
    StoreError,
    StoreUnreachableError,
    UnexpectedResponseError,
    WorkCancelledError,
)
from craft_store_core.models import ResourceBase
from craft_store_core.plugins import HTTPClient, RetryPolicy, Store, StoreSession, Work
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from craft_store_charmhub.images import ImageContent

NAME, RESOURCE = "teapot", "water"


class Token:
    """One exchanged token of the sandbox."""

    def __init__(self, token: str) -> None:
        self._token = token

    def authorization(self) -> str:
        return f"Macaroon {self._token}"

    def renew(self, rejected: str) -> bool:
        return False


class Tasks:
    """Records what was shown."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.done: dict[str, int] = {}
        self.watch: Callable[[str], None] = lambda title: None

    @contextmanager
    def __call__(self, title: str, total: int | None = None) -> Iterator[Any]:
        self.titles.append(title)
        tasks = self

        class Task:
            def update(self, done: int) -> None:
                assert total is None or done <= total
                tasks.watch(title)
                tasks.done[title] = done

            def message(self, text: str) -> None:
                raise AssertionError(text)

        yield Task()


class Images:
    """The endpoint set of an account that has a charm with an image at a sandbox."""

    def __init__(self, sandbox: Any, http: HTTPClient, store: Store, folder: Path) -> None:
        from craft_store_sandbox import build_charm

        self.sandbox = sandbox
        self.store = store
        token = Token(sandbox.issue_token(sandbox.account))
        endpoints = CharmhubEndpoints(StoreSession(store, http, token))
        assert isinstance(endpoints, CharmhubEndpoints)
        self.charmhub = endpoints
        self.folder = folder
        self.tasks = Tasks()
        endpoints.register_name(NAME, entity_type="charm")
        charm = build_charm(folder / "teapot.charm", NAME, resources={RESOURCE: "oci-image"})
        upload_id = endpoints.upload_file(charm)
        endpoints.push_revision(NAME, upload_id)
        self.reviewed(upload_id)

    def reviewed(self, upload_id: str) -> int:
        for _ in range(10):
            status = self.charmhub.review_status(NAME, upload_id)
            if status.finished:
                assert status.revision is not None, status
                return status.revision
        raise AssertionError(status)

    def build(self, **options: Any) -> Any:
        from craft_store_sandbox import build_image

        return build_image(self.folder / "image.tar", **options)

    def read(self, source: Any) -> ImageContent:
        return self.charmhub.read_resource("oci-image", source, folder=self.folder, task=self.tasks)

    def send(self, content: ImageContent, **options: Any) -> int:
        """Transport an image and make it a revision; return its number."""
        self.sandbox.forget_requests()
        upload_id = self.charmhub.transport_resource(
            NAME, RESOURCE, content, task=self.tasks, **options
        )
        self.charmhub.push_resource(
            NAME, RESOURCE, upload_id, resource_type="oci-image", bases=content.bases
        )
        return self.reviewed(upload_id)

    def sent(self, method: str, part: str) -> list[Any]:
        """The requests to the registry of a kind."""
        return [
            request
            for request in self.sandbox.requests
            if request.method == method and request.path.startswith("/v2/") and part in request.path
        ]

    def stored(self, digest: str) -> dict[str, Any]:
        """The blob that installers get."""
        document: dict[str, Any] = json.loads(self.charmhub.image_blob(NAME, RESOURCE, digest))
        return document

    def reference(self, tag: str = "latest") -> str:
        """The image as anybody would name it."""
        name = self.charmhub.image_credentials(NAME, RESOURCE).image_name
        return f"docker://{name}:{tag}"


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Images]]:
    """Make endpoint sets at sandboxes."""
    clients: list[HTTPClient] = []

    def create(sandbox: Any, **urls: str) -> Images:
        known = {"api": sandbox.urls.api, "storage": sandbox.urls.storage, **urls}
        store = Store("sandbox", "the sandbox", "charmhub", known, ("ubuntu-one",))
        http = HTTPClient(
            user_agent="test",
            origins=store.origins,
            retries=RetryPolicy(attempts=3),
            proxies={},
            work=Work(sleep=lambda seconds: None),
        )
        clients.append(http)
        return Images(sandbox, http, store, tmp_path)

    yield create
    for client in clients:
        client.close()


@pytest.fixture
def images(make: Callable[..., Images], sandbox_store: Any) -> Images:
    """An endpoint set at the sandbox."""
    return make(sandbox_store)


@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
@pytest.mark.parametrize("architectures", [["arm64"], ["amd64", "arm", "386"]], ids=["one", "many"])
@pytest.mark.parametrize("form", ["oci-archive", "oci"])
def test_an_image_becomes_a_revision(
    images: Images, form: str, architectures: list[str], bearer: bool
) -> None:
    """Its digest is what it was, its architectures become the revision's."""
    images.sandbox.registry.bearer = bearer
    built = images.build(form=form, architectures=architectures, layers=[b"one", b"two"])

    content = images.read(built.path.name)
    assert content.digest == built.digest
    assert images.charmhub.resource_digest(NAME, RESOURCE, content) is None
    assert images.send(content) == 1

    blob = images.stored(content.digest)
    assert blob["ImageName"].endswith(f"@{built.digest}")
    (revision,) = images.charmhub.list_resource_revisions(NAME, RESOURCE)
    expected = ["arm64"] if len(architectures) == 1 else ["amd64", "armhf"]
    assert revision.bases == (ResourceBase(tuple(expected)),)
    assert images.charmhub.resource_digest(NAME, RESOURCE, content) == revision.sha3_384
    puts = [request.path.rpartition("/")[2] for request in images.sent("PUT", "/manifests/")]
    assert puts[-1] == "latest"
    assert len(puts) == len(architectures) + (len(architectures) > 1)
    assert all(put.startswith("sha256:") for put in puts[:-1])


def test_the_same_image_again_sends_no_layer(images: Images) -> None:
    """And is the same revision; of another image, only what differs is sent."""
    images.build(layers=[b"one", b"two"])
    first = images.send(images.read("image.tar"))
    assert len(images.sent("PATCH", "/blobs/")) == 3

    assert images.send(images.read("image.tar")) == first
    assert images.sent("PATCH", "/blobs/") == images.sent("POST", "/blobs/") == []

    images.build(layers=[b"one", b"three"])
    assert images.send(images.read("image.tar")) == first + 1
    assert len(images.sent("PATCH", "/blobs/")) == 2


def test_a_docker_archive(images: Images) -> None:
    """Gets the same manifest each time."""
    images.build(form="docker-archive", architectures=["s390x"])

    assert images.send(images.read("image.tar")) == 1
    assert images.send(images.read("image.tar")) == 1
    (revision,) = images.charmhub.list_resource_revisions(NAME, RESOURCE)
    assert revision.bases == (ResourceBase(("s390x",)),)


def test_progress_is_shown(images: Images) -> None:
    """Of each blob by its bytes, and of the whole image to who asks for it."""
    built = images.build(layers=[b"x" * 10, bytes(3_000_000)])
    content = images.read("image.tar")
    seen: list[int] = []
    images.send(content, progress=seen.append)

    assert images.tasks.titles[0] == "Reading image.tar"
    uploads = [title for title in images.tasks.titles if title.startswith("Uploading blob ")]
    assert len(uploads) == 3
    assert {title.rpartition(" ")[2] for title in uploads} >= {
        layer.partition(":")[2][:12] for layer in built.layers
    }
    assert sum(images.tasks.done[title] for title in uploads) == content.size
    assert seen[-1] == content.size
    assert seen == sorted(seen)


def test_a_push_can_be_cancelled(images: Images) -> None:
    """It ends between two blocks; the registry has no image then."""
    work = Work()
    images.charmhub = images.charmhub.within(work)
    images.build(layers=[bytes(3_000_000)])
    with pytest.raises(WorkCancelledError):
        images.send(images.read("image.tar"), progress=lambda _: work.cancel())
    assert images.sent("PUT", "/manifests/") == []


def test_a_big_layer_is_not_kept_in_memory(images: Images) -> None:
    """Reading and sending need a few blocks, however big a layer is."""
    import os
    import tracemalloc

    images.build(layers=[os.urandom(20_000_000)])
    tracemalloc.start()
    try:
        images.send(images.read("image.tar"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 10_000_000


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", r"^/v2/$"),
        ("HEAD", "/blobs/sha256"),
        ("POST", "/blobs/uploads/$"),
        ("PATCH", "/blobs/uploads/"),
        ("PUT", "/blobs/uploads/"),
        ("PUT", "/manifests/"),
        ("POST", "/oci-image/blob"),
        ("GET", "/oci-image/upload-credentials"),
    ],
)
@pytest.mark.parametrize("kind", ["before", "after", "503", "408", "429"])
def test_what_fails_for_a_moment_is_tried_again(
    images: Images, method: str, path: str, kind: Any
) -> None:
    """Each request of the way, whether it was processed or not."""
    from craft_store_sandbox import Fault

    images.build(layers=[b"one", bytes(600_000)])
    content = images.read("image.tar")
    statuses = {"503": Fault.html(), "408": Fault.html(408), "429": Fault.rate_limit(0)}
    fault = statuses.get(kind) or Fault(reset=kind)
    images.sandbox.faults.add(fault, method=method, path=path)

    assert images.send(content) == 1
    assert images.stored(content.digest)


def test_what_goes_on_failing_is_told(images: Images) -> None:
    """After as many attempts as the settings say; the next run sends only what is missing."""
    from craft_store_sandbox import Fault

    images.build(layers=[b"one", b"two"])
    content = images.read("image.tar")
    images.sandbox.faults.add(Fault(reset="before"), method="PATCH", count=9)
    with pytest.raises(StoreUnreachableError):
        images.send(content)
    assert len(images.sent("PATCH", "/blobs/")) == 3
    images.sandbox.faults.clear()

    assert images.send(content) == 1
    assert len(images.sent("PATCH", "/blobs/")) == 3


def test_a_token_that_ends_during_the_push_is_replaced(images: Images) -> None:
    """By a new one, once."""
    images.sandbox.registry.bearer = True
    images.build(layers=[b"one", b"two"])
    content = images.read("image.tar")
    seconds = [301]

    def advance(_: int) -> None:
        if seconds:
            images.sandbox.clock.advance(seconds.pop())

    assert images.send(content, progress=advance) == 1
    assert len([r for r in images.sandbox.requests if r.path == "/registry/token"]) == 2


def test_a_password_that_ended_is_told(images: Images) -> None:
    """It is the store's, not the user's: advice to log in would be wrong."""
    images.sandbox.registry.push_seconds = 0
    images.build()

    with pytest.raises(PermissionRequiredError) as caught:
        images.send(images.read("image.tar"))

    assert "does not allow pull,push" in caught.value.message
    assert "craft-store login" not in str(caught.value.advice)


@pytest.fixture
def token_server() -> Iterator[ScriptedServer]:
    """A token service at a host of its own."""
    with ScriptedServer() as server:
        yield server


def test_the_password_goes_to_no_other_token_service(
    images: Images, token_server: ScriptedServer
) -> None:
    """Whatever the registry says; the error names the host."""
    images.sandbox.registry.bearer = True
    images.sandbox.registry.realm = f"{token_server.url}/token"
    images.build()

    with pytest.raises(HostNotAllowedError) as caught:
        images.send(images.read("image.tar"))

    assert token_server.url.partition("//")[2] in caught.value.message
    assert "'registry-token'" in str(caught.value.advice)
    assert token_server.requests == []


def test_a_token_service_of_the_store_gets_the_password(
    make: Callable[..., Images], sandbox_store: Any, token_server: ScriptedServer
) -> None:
    """It says who asks for what; a token that is not taken is not asked for again."""
    images = make(sandbox_store, sso=token_server.url)
    sandbox_store.registry.bearer = True
    sandbox_store.registry.realm = f"{token_server.url}/token?x=1"
    token_server.expect("GET", "/token", json={"access_token": "of-another-host"})
    images.build()

    with pytest.raises(PermissionRequiredError):
        images.send(images.read("image.tar"))

    (asked,) = token_server.requests
    assert asked.query["x"] == "1"
    assert asked.query["account"] == "docker-registry"
    assert asked.query["scope"].endswith(":pull,push")
    assert asked.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(("status", "json"), [(200, {}), (200, {"token": 7}), (403, {})])
def test_token_services_that_give_no_token(
    make: Callable[..., Images],
    sandbox_store: Any,
    token_server: ScriptedServer,
    status: int,
    json: Any,
) -> None:
    """Are told as such."""
    images = make(sandbox_store, sso=token_server.url)
    sandbox_store.registry.bearer = True
    sandbox_store.registry.realm = f"{token_server.url}/token"
    token_server.expect("GET", "/token", status=status, json=json)
    images.build()

    with pytest.raises(UnexpectedResponseError if status == 200 else PermissionRequiredError):
        images.send(images.read("image.tar"))


@pytest.mark.parametrize(
    ("realm", "reason"),
    [
        ("/token", "not an https URL"),
        ("", "not an https URL"),
        ("ftp://registry.example.test/token", "not an https URL"),
        ("http://user:pass@127.0.0.1/token", "not an https URL"),
    ],
)
def test_realms_that_cannot_be_asked(images: Images, realm: str, reason: str) -> None:
    """What is no URL of a service is none that gets a password."""
    images.sandbox.registry.bearer, images.sandbox.registry.realm = True, realm
    if not realm:
        images.sandbox.registry.realm = "nothing"
    images.build()

    with pytest.raises(UnexpectedResponseError) as caught:
        images.send(images.read("image.tar"))

    assert reason in str(caught.value.why)


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.2:9{path}", "//other.example.test{path}", "https://127.0.0.1{path}", "data:x"],
)
def test_layers_go_to_no_other_host(images: Images, location: str) -> None:
    """Wherever the registry says that they should go."""
    images.sandbox.registry.upload_location = location
    images.build()

    with pytest.raises(HostNotAllowedError, match="leads to another host"):
        images.send(images.read("image.tar"))

    assert images.sent("PATCH", "") == []


def test_absolute_places_of_the_registry_itself(images: Images) -> None:
    """Are used, with their query."""
    images.sandbox.registry.upload_location = images.sandbox.urls.api + "{path}"
    images.build()

    assert images.send(images.read("image.tar")) == 1


def test_a_digest_is_added_to_the_query_that_is_there() -> None:
    """Nothing of it is lost or written otherwise."""
    assert with_digest("/v2/a/b?_state=a%2Bb%3D&x", "sha256:1") == (
        "/v2/a/b?_state=a%2Bb%3D&x&digest=sha256%3A1"
    )
    assert with_digest("https://r.example/u", "sha256:1").endswith("/u?digest=sha256%3A1")


def test_secrets_are_not_logged(images: Images, caplog: pytest.LogCaptureFixture) -> None:
    """Neither passwords of the registry, nor tokens, nor what installers get."""
    images.sandbox.registry.bearer = True
    images.build()
    with caplog.at_level(logging.DEBUG, logger="craft_store_core"):
        content = images.read("image.tar")
        images.send(content)
        blob = images.stored(content.digest)
    shown = caplog.text

    assert "/blobs/uploads/" in shown
    authorizations = {
        request.headers["Authorization"].partition(" ")[2]
        for request in images.sandbox.requests
        if "Authorization" in request.headers
    }
    for secret in (blob["Password"], *authorizations):
        assert secret not in shown
    assert blob["Password"] not in repr(content)


def test_only_the_registry_gets_its_credentials(images: Images) -> None:
    """The account's token goes to the API alone, the registry's password to the registry."""
    images.build()
    images.send(images.read("image.tar"))

    for request in images.sandbox.requests:
        scheme = request.headers.get("Authorization", "none").partition(" ")[0]
        if request.path.startswith("/v1/"):
            assert scheme == "Macaroon"
        elif request.path.startswith("/unscanned-upload"):
            assert scheme == "none"
        else:
            assert scheme in {"Basic", "none"}


def test_an_image_that_changed_after_it_was_read(images: Images) -> None:
    """The registry finds out, and nothing refers to what was sent."""
    built = images.build(layers=[bytes(range(256)) * 100])
    content = images.read("image.tar")
    changed = bytearray(built.path.read_bytes())
    layer = changed.index(b"\x1f\x8b")
    changed[layer + 20] ^= 1
    built.path.write_bytes(changed)

    with pytest.raises(StoreError) as caught:
        images.send(content)

    assert "DIGEST_INVALID" in caught.value.codes
    assert images.sent("PUT", "/manifests/") == []


def test_other_content_is_a_mistake_of_the_program(images: Images) -> None:
    """Only what was read here can be sent."""

    class Other:
        source = digest = ""
        size = 0
        bases = ()

    with pytest.raises(TypeError, match="not an image"):
        images.charmhub.transport_resource(NAME, RESOURCE, Other(), task=images.tasks)


# Images of other registries


@pytest.fixture
def source(
    make: Callable[..., Images], sandbox_factory: Callable[..., Any], tmp_path: Path
) -> Images:
    """Another sandbox, whose images anybody may read."""
    (tmp_path / "other").mkdir()
    sandbox = sandbox_factory()
    sandbox.registry.public = True
    images = make(sandbox)
    images.folder = tmp_path / "other"
    return images


@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
@pytest.mark.parametrize("architectures", [["amd64"], ["amd64", "arm64"]], ids=["one", "two"])
def test_an_image_is_copied_from_registry_to_registry(
    images: Images, source: Images, architectures: list[str], bearer: bool
) -> None:
    """By tag and by digest; layers that the registry has are not even fetched."""
    source.sandbox.registry.bearer = bearer
    built = source.build(architectures=architectures, layers=[b"one", bytes(700_000)])
    source.send(source.read("image.tar"))
    reference = source.reference()

    source.sandbox.forget_requests()
    content = images.read(reference)
    assert (content.digest, content.source) == (built.digest, reference)
    assert not [r for r in source.sent("GET", "/blobs/") if r.path.endswith(built.layers[1])]
    assert images.send(content) == 1
    assert len([r for r in source.sent("GET", "/blobs/") if r.path.endswith(built.layers[1])]) == 1
    assert f"Fetching blob {built.layers[1].partition(':')[2][:12]}" in images.tasks.titles

    source.sandbox.forget_requests()
    by_digest = images.read(f"{reference.rpartition(':')[0]}@{built.digest}")
    assert images.send(by_digest) == 1
    assert not [r for r in source.sent("GET", "/blobs/") if r.path.endswith(built.layers[1])]
    for request in source.sandbox.requests:
        assert "Basic" not in request.headers.get("Authorization", "")


def test_an_image_that_is_not_public_is_told(images: Images, source: Images) -> None:
    """With a way that works."""
    source.build()
    source.send(source.read("image.tar"))
    source.sandbox.registry.public = False

    with pytest.raises(PermissionRequiredError) as caught:
        images.read(source.reference())

    assert "skopeo copy" in str(caught.value.advice)
    source.sandbox.registry.public = True
    with pytest.raises(ArtifactError, match="not a usable image") as missing:
        images.read(source.reference("other"))
    assert "MANIFEST_UNKNOWN" in str(missing.value.why)


def test_a_download_that_breaks_off_is_tried_again(images: Images, source: Images) -> None:
    """From its beginning; what arrives is checked."""
    from craft_store_sandbox import Fault

    built = source.build(layers=[bytes(range(256)) * 4000])
    source.send(source.read("image.tar"))
    content = images.read(source.reference())
    source.sandbox.faults.add(Fault(reset="after"), method="GET", path=built.layers[0])
    assert images.send(content) == 1

    source.build(layers=[b"other"])
    source.send(source.read("image.tar"))
    content = images.read(source.reference())
    source.sandbox.faults.add(Fault(truncate=True), method="GET", path="/blobs/", count=5)
    with pytest.raises(ArtifactError, match="not a usable image") as caught:
        images.send(content)
    assert "The registry sent" in str(caught.value.why)


def test_a_download_can_be_cancelled(images: Images, source: Images) -> None:
    """As a push can."""
    work = Work()
    images.charmhub = images.charmhub.within(work)
    source.build(layers=[bytes(range(256)) * 40_000])
    source.send(source.read("image.tar"))
    content = images.read(source.reference())

    images.tasks.watch = lambda title: work.cancel() if "Fetching blob" in title else None
    with pytest.raises(WorkCancelledError):
        images.send(content)
    assert images.sent("PATCH", "/blobs/") == []


def test_a_registry_that_cannot_be_reached(images: Images, source: Images) -> None:
    """Is named."""
    reference = source.reference()
    source.sandbox.close()

    with pytest.raises(StoreUnreachableError) as caught:
        images.read(reference)

    assert reference.partition("//")[2].partition("/")[0] in caught.value.message


# Where a store's registry is


def test_the_stores_own_registry_wins() -> None:
    """As charmcraft's variable does; otherwise the host that the store names is asked by TLS."""
    name = "registry.example.test/charm/x/water"
    plain = Store("x", "X", "charmhub", {"api": "http://127.0.0.1:8000"}, ())

    assert registry_place(CHARMHUB, name) == ("https://registry.jujucharms.com", "charm/x/water")
    assert registry_place(plain, name) == ("https://registry.example.test", "charm/x/water")
    own = "127.0.0.1:8000/charm/x/water"
    assert registry_place(plain, own) == ("http://127.0.0.1:8000", "charm/x/water")
    other = "127.0.0.1:9000/charm/x/water"
    assert registry_place(plain, other) == ("https://127.0.0.1:9000", "charm/x/water")


@pytest.mark.parametrize(
    "name", ["", "host", "host/", "/path", "user@host/path", "host/a?b", "host/a#b", "host/a b"]
)
def test_names_of_images_that_cannot_be_one(name: str) -> None:
    """Nothing that could lead elsewhere is made a URL."""
    with pytest.raises(UnexpectedResponseError, match="image name"):
        registry_place(CHARMHUB, name)


@pytest.mark.parametrize("status", [400, 404, 502])
def test_a_store_that_does_not_know_an_image(images: Images, status: int) -> None:
    """However it says so: then the image is pushed."""
    from craft_store_sandbox import Fault

    images.build()
    content = images.read("image.tar")
    images.sandbox.faults.add(Fault(status=status), path="/oci-image/blob", count=3)

    assert images.charmhub.resource_digest(NAME, RESOURCE, content) is None
    images.sandbox.faults.clear()
    assert images.send(content) == 1


def test_an_unknown_resource(images: Images) -> None:
    """The store's answer is what the user sees."""
    images.build()
    content = images.read("image.tar")

    with pytest.raises(NotFoundError):
        images.charmhub.transport_resource(NAME, "milk", content, task=images.tasks)
    assert images.charmhub.resource_digest(NAME, "milk", content) is None
