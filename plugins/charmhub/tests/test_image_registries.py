"""Single exchanges with registries that answer as scripted: redirects, damage, odd answers."""

from __future__ import annotations

import hashlib
import json
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_charmhub.oci.documents import LARGEST_DOCUMENT
from craft_store_charmhub.oci.files import Section
from craft_store_charmhub.oci.images import Blob, Image, Manifest
from craft_store_charmhub.oci.layouts import LocalContent
from craft_store_charmhub.oci.media_types import OCI_CONFIG, OCI_MANIFEST
from craft_store_charmhub.oci.pushing import push_image
from craft_store_charmhub.oci.registries import ImageRegistry, Login
from craft_store_charmhub.oci.remote import open_registry, read_remote
from craft_store_charmhub.oci.sources import RegistryReference, parse_reference
from craft_store_core.errors import (
    ArtifactError,
    CertificateError,
    HostNotAllowedError,
    NotFoundError,
    PermissionRequiredError,
    StoreError,
    UnexpectedResponseError,
)
from craft_store_core.plugins import HTTPClient, RetryPolicy, Work
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYER = "application/vnd.oci.image.layer.v1.tar"
CONFIG = b'{"architecture": "amd64", "os": "linux"}'
BLOB = b"a layer"


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def described(content: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": sha256(content), "size": len(content)}


MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "config": described(CONFIG, OCI_CONFIG),
        "layers": [described(BLOB, LAYER)],
    }
).encode()
TYPED = {"Content-Type": f"{OCI_MANIFEST}; charset=utf-8"}


def no_task(title: str, total: int | None = None) -> Any:
    """Show nothing."""
    del title, total
    return nullcontext()


@pytest.fixture
def registry_server() -> Iterator[ScriptedServer]:
    """A registry."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def storage_server() -> Iterator[ScriptedServer]:
    """Where a registry keeps its blobs."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def http() -> Iterator[HTTPClient]:
    """A client without limits of hosts."""
    with HTTPClient(
        user_agent="test",
        retries=RetryPolicy(attempts=2),
        proxies={},
        work=Work(sleep=lambda seconds: None),
    ) as client:
        yield client.for_origins(None)


def reference(server: ScriptedServer, of: str = ":v1") -> RegistryReference:
    return parse_reference(f"docker://{server.url.partition('//')[2]}/acme/web{of}")


def expect_image(server: ScriptedServer, **changes: Any) -> None:
    """Expect what reading an image asks; nothing without TLS is asked before that failed."""
    server.expect("GET", "/v2/", json={})
    manifest = {"body": MANIFEST, "headers": TYPED, **changes}
    server.expect("GET", "/v2/acme/web/manifests/v1", **manifest)


def test_blobs_are_where_the_registry_redirects_to(
    registry_server: ScriptedServer, storage_server: ScriptedServer, http: HTTPClient
) -> None:
    """Storage elsewhere gets no token; what it sends is checked."""
    server = registry_server
    challenge = f'Bearer realm="{server.url}/token",service="x"'
    server.expect("GET", "/v2/", status=401, headers={"WWW-Authenticate": challenge})
    server.expect("GET", "/token", json={"token": "of-nobody"})
    expect_image(server)
    for content in (CONFIG, BLOB):
        place = f"{storage_server.url}/{sha256(content)[7:]}?signature=x"
        path = f"/v2/acme/web/blobs/{sha256(content)}"
        server.expect("GET", path, status=307, headers={"Location": place})
        storage_server.expect("GET", f"/{sha256(content)[7:]}", body=content)

    image = read_remote(http, reference(server))
    assert image.digest == sha256(MANIFEST)
    assert image.architectures == ("amd64",)
    with image.blobs[1].content.here(no_task) as section:
        assert section.read(100) == BLOB
        fetched = section.path
    assert not fetched.exists()

    assert all("Authorization" not in request.headers for request in storage_server.requests)
    asked = [request for request in server.requests if request.path == "/token"]
    assert asked[0].query == {"service": "x", "scope": "repository:acme/web:pull"}
    assert "Authorization" not in asked[0].headers
    assert server.requests[-1].headers["Authorization"] == "Bearer of-nobody"
    assert server.requests[-1].headers["Accept-Encoding"] == "identity"


def test_a_tag_is_asked_with_every_media_type(
    registry_server: ScriptedServer, http: HTTPClient
) -> None:
    """A registry would convert an image that a client does not accept."""
    expect_image(registry_server)
    registry_server.expect("GET", f"/v2/acme/web/blobs/{sha256(CONFIG)}", body=CONFIG)

    read_remote(http, reference(registry_server))

    accepted = registry_server.requests[-2].headers["Accept"]
    assert accepted.count("application/vnd.") == 4


def test_a_manifest_that_says_itself_what_it_is(
    registry_server: ScriptedServer, http: HTTPClient
) -> None:
    """Where the registry, or a proxy before it, does not."""
    content = json.dumps({**json.loads(MANIFEST), "mediaType": OCI_MANIFEST}).encode()
    expect_image(registry_server, body=content, headers={"Content-Type": "application/json"})
    registry_server.expect("GET", f"/v2/acme/web/blobs/{sha256(CONFIG)}", body=CONFIG)

    image = read_remote(http, reference(registry_server))

    assert image.manifests[0].media_type == OCI_MANIFEST
    assert image.digest == sha256(content)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"headers": {"Content-Type": "application/json"}},
            "unknown media type 'application/json'",
        ),
        ({"body": b"[]"}, "is not a JSON object"),
        ({"headers": {"Content-Type": "text/html"}}, "unknown media type 'text/html'"),
        ({"body": b" " * (LARGEST_DOCUMENT + 1)}, "sent more than"),
        ({"status": 404, "body": b"", "headers": {}}, "does not have acme/web"),
    ],
)
def test_manifests_that_cannot_be_used(
    registry_server: ScriptedServer, http: HTTPClient, changes: Any, reason: str
) -> None:
    """Are refused before anything else is asked."""
    expect_image(registry_server, **changes)

    with pytest.raises(ArtifactError) as caught:
        read_remote(http, reference(registry_server))

    assert reason in str(caught.value.why)


def test_bytes_of_another_digest(registry_server: ScriptedServer, http: HTTPClient) -> None:
    """Of a manifest that is named by its digest, of a configuration, of a layer."""
    other = f"sha256:{'1' * 64}"
    registry_server.expect("GET", "/v2/", json={})
    registry_server.expect("GET", f"/v2/acme/web/manifests/{other}", body=MANIFEST, headers=TYPED)
    with pytest.raises(ArtifactError) as caught:
        read_remote(http, reference(registry_server, f"@{other}"))
    assert sha256(MANIFEST) in str(caught.value.why)

    expect_image(registry_server)
    path = f"/v2/acme/web/blobs/{sha256(CONFIG)}"
    registry_server.expect("GET", path, body=CONFIG.replace(b"amd64", b"arm64"))
    with pytest.raises(ArtifactError) as caught:
        read_remote(http, reference(registry_server))
    assert "sent content with the digest" in str(caught.value.why)

    expect_image(registry_server)
    registry_server.expect("GET", path, body=CONFIG)
    image = read_remote(http, reference(registry_server))
    for body, reason in ((b"a tayer", "with the digest"), (b"longer than it", "sent more than")):
        registry_server.expect("GET", f"/v2/acme/web/blobs/{sha256(BLOB)}", body=body)
        with pytest.raises(ArtifactError) as caught, image.blobs[1].content.here(no_task):
            raise AssertionError("it must not come that far")
        assert reason in str(caught.value.why)


def test_storage_elsewhere_has_nothing_to_ask_for(
    registry_server: ScriptedServer, storage_server: ScriptedServer, http: HTTPClient
) -> None:
    """A challenge from where the registry redirects to is no challenge of the registry."""
    expect_image(registry_server)
    headers = {"Location": f"{storage_server.url}/x"}
    path = f"/v2/acme/web/blobs/{sha256(CONFIG)}"
    registry_server.expect("GET", path, status=307, headers=headers)
    challenge = f'Bearer realm="{storage_server.url}/token"'
    storage_server.expect("GET", "/x", status=401, headers={"WWW-Authenticate": challenge})

    with pytest.raises(PermissionRequiredError):
        read_remote(http, reference(registry_server))


def test_only_this_machine_is_asked_without_tls(http: HTTPClient) -> None:
    """A host elsewhere that speaks no TLS is refused."""

    class NoTLS:
        """Fails as a host does that speaks no TLS."""

        def __init__(self) -> None:
            self.urls: list[str] = []

        def request(self, method: str, url: str, **options: Any) -> Any:
            del method, options
            self.urls.append(url)
            raise CertificateError("does not use TLS")

    for host, schemes in (
        ("registry.example.test", ["https"]),
        ("registry.example.test:5000", ["https"]),
        ("localhost.example.test", ["https"]),
        ("localhost:5000", ["https", "http"]),
        ("localhost", ["https", "http"]),
        ("[::1]:5000", ["https", "http"]),
    ):
        client: Any = NoTLS()
        with pytest.raises(CertificateError):
            open_registry(client, parse_reference(f"docker://{host}/acme/web"))
        assert [url.partition(":")[0] for url in client.urls] == schemes
    registry = ImageRegistry(http, "http://registry.example.test", "acme/web", actions="pull")
    with pytest.raises(HostNotAllowedError, match="was not sent"):
        registry.check()


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """An image of one blob."""
    file = tmp_path / "blob"
    file.write_bytes(BLOB)
    content = LocalContent(Section(file, 0, len(BLOB)))
    blob = Blob(sha256(BLOB), len(BLOB), content)
    manifest = Manifest(OCI_MANIFEST, sha256(MANIFEST), MANIFEST)
    return Image("image.tar", (blob,), (manifest,), ("amd64",))


def push(server: ScriptedServer, http: HTTPClient, image: Image) -> None:
    registry = ImageRegistry(
        http, server.url, "acme/web", actions="pull,push", login=Login("jo-example", "secret")
    )
    push_image(http, registry, image, no_task)


def test_what_is_sent(registry_server: ScriptedServer, http: HTTPClient, image: Image) -> None:
    """In the order and the form in which skopeo does it."""
    server = registry_server
    blobs = "/v2/acme/web/blobs"
    server.expect("GET", "/v2/", status=401, headers={"WWW-Authenticate": "Basic realm=x"})
    server.expect("GET", "/v2/", json={})
    server.expect("HEAD", f"{blobs}/{sha256(BLOB)}", status=404)
    server.expect("POST", f"{blobs}/uploads/", status=202, headers={"Location": "u/1?_state=a"})
    server.expect(
        "PATCH", f"{blobs}/uploads/u/1", status=202, headers={"Location": f"{blobs}/2?_state=b"}
    )
    server.expect("PUT", f"{blobs}/2", status=201)
    server.expect("PUT", "/v2/acme/web/manifests/latest", status=201)

    push(server, http, image)

    sent = {(r.method, r.path): r for r in server.requests}
    part = sent["PATCH", f"{blobs}/uploads/u/1"]
    assert (part.body, part.headers["Content-Length"]) == (BLOB, str(len(BLOB)))
    assert part.headers["Content-Type"] == "application/octet-stream"
    assert part.query == {"_state": "a"}
    end = sent["PUT", f"{blobs}/2"]
    assert (end.body, end.query) == (b"", {"_state": "b", "digest": sha256(BLOB)})
    manifest = sent["PUT", "/v2/acme/web/manifests/latest"]
    assert manifest.body == MANIFEST
    assert manifest.headers["Content-Type"] == OCI_MANIFEST
    assert "Authorization" not in server.requests[0].headers
    assert manifest.headers["Authorization"].startswith("Basic ")


def test_an_empty_layer(
    registry_server: ScriptedServer, http: HTTPClient, image: Image, tmp_path: Path
) -> None:
    """Is sent like any other."""
    (tmp_path / "empty").write_bytes(b"")
    content = LocalContent(Section(tmp_path / "empty", 0, 0))
    empty = replace(image, blobs=(Blob(sha256(b""), 0, content),))
    server, blobs = registry_server, "/v2/acme/web/blobs"
    server.expect("GET", "/v2/", json={})
    server.expect("HEAD", f"{blobs}/{sha256(b'')}", status=404)
    server.expect("POST", f"{blobs}/uploads/", status=202, headers={"Location": "/1"})
    server.expect("PATCH", "/1", status=202, headers={"Location": "/2"})
    server.expect("PUT", "/2", status=201)
    server.expect("PUT", "/v2/acme/web/manifests/latest", status=201)

    push(server, http, empty)

    assert {r.headers["Content-Length"] for r in server.requests if r.method == "PATCH"} == {"0"}


def test_odd_answers_to_a_push(
    registry_server: ScriptedServer, http: HTTPClient, image: Image
) -> None:
    """No place for a blob, and a manifest that differs from the uploaded one."""
    server = registry_server
    for status, method, path, headers, text in (
        (202, "POST", "/v2/acme/web/blobs/uploads/", {}, "an upload URL for the blob"),
        (
            201,
            "PUT",
            "/v2/acme/web/manifests/latest",
            {"Docker-Content-Digest": "sha256:1"},
            "a manifest that differs from the uploaded one",
        ),
    ):
        server.expect("GET", "/v2/", json={})
        there = 404 if method == "POST" else 200
        server.expect("HEAD", f"/v2/acme/web/blobs/{sha256(BLOB)}", status=there)
        server.expect(method, path, status=status, headers=headers)
        with pytest.raises(UnexpectedResponseError, match=text):
            push(server, http, image)


def test_refusals_are_told_in_the_registrys_words(
    registry_server: ScriptedServer, http: HTTPClient, image: Image
) -> None:
    """With its codes; not as if the account's credentials were wrong."""
    error = {"errors": [{"code": "DENIED", "message": "no quota", "detail": {"left": 0}}]}
    for status, kind in ((403, PermissionRequiredError), (400, StoreError), (404, NotFoundError)):
        registry_server.expect("GET", "/v2/", json={})
        path = f"/v2/acme/web/blobs/{sha256(BLOB)}"
        registry_server.expect("HEAD", path, status=200)
        registry_server.expect("PUT", "/v2/acme/web/manifests/latest", status=status, json=error)
        with pytest.raises(kind) as caught:
            push(registry_server, http, image)
        assert caught.value.codes == ("DENIED",)
        assert "no quota" in str(caught.value.why)
        assert caught.value.status == status


def test_a_challenge_that_cannot_be_answered(
    registry_server: ScriptedServer, http: HTTPClient, image: Image
) -> None:
    """Is the end: nothing is sent twice in the same way."""
    for challenge in ("Negotiate", "", "Basic realm=x"):
        headers = {"WWW-Authenticate": challenge}
        times = 2 if challenge.startswith("Basic") else 1
        registry_server.expect("GET", "/v2/", status=401, headers=headers, times=times)
        with pytest.raises(PermissionRequiredError):
            push(registry_server, http, image)


def test_a_login_hides_its_password() -> None:
    """In its repr."""
    assert "secret" not in repr(Login("jo-example", "secret"))
