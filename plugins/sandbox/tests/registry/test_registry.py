"""The image registry: passwords and tokens, blobs, manifests, and what the store makes of them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from craft_store_sandbox import Fault, build_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
RESOURCE = "/v1/charm/acme-web/resources/web-image/oci-image"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Registry:
    """Calls the registry as the credentials of one image allow it."""

    def __init__(self, client: Any, *, resource: str = "web-image") -> None:
        self.client = client
        self.session: requests.Session = client.session
        self.base: str = client.sandbox.urls.api
        path = f"/v1/charm/acme-web/resources/{resource}/oci-image/upload-credentials"
        credentials = client.ok("GET", path)
        self.name = credentials["image-name"]
        self.image = self.name.partition("/")[2]
        self.auth: Any = credentials["username"], credentials["password"]

    def call(self, method: str, path: str, data: Any = None, **headers: str) -> requests.Response:
        """Call a path below the image, or a place that the registry named."""
        url = urljoin(self.base, path if path.startswith("/") else f"/v2/{self.image}/{path}")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.request(
            method, url, data=data, headers=named, auth=self.auth, timeout=30
        )

    def refused(self, method: str, path: str, data: Any = None, **headers: str) -> tuple[int, str]:
        """Call and return status and code of the one error."""
        response = self.call(method, path, data, **headers)
        (item,) = response.json()["errors"]
        assert item["message"]
        return response.status_code, item["code"]

    def begin(self) -> str:
        response = self.call("POST", "blobs/uploads/")
        assert response.status_code == 202
        assert response.headers["Docker-Upload-UUID"] in response.headers["Location"]
        return response.headers["Location"]

    def push_blob(self, content: bytes) -> requests.Response:
        """Send a blob the way skopeo does."""
        sent = self.call("PATCH", self.begin(), content)
        assert sent.status_code == 202
        assert sent.headers["Range"] == f"0-{max(0, len(content) - 1)}"
        place = f"{sent.headers['Location']}&digest={digest_of(content)}"
        return self.call("PUT", place)

    def push_manifest(self, reference: str, content: bytes, media_type: str) -> requests.Response:
        return self.call("PUT", f"manifests/{reference}", content, Content_Type=media_type)

    def push(self, folder: Path) -> str:
        """Push the image of a layout folder; return the digest."""
        for file in (folder / "blobs/sha256").iterdir():
            assert self.push_blob(file.read_bytes()).status_code == 201
        (root,) = json.loads((folder / "index.json").read_text())["manifests"]

        def manifest(item: Any, reference: str) -> None:
            content = (folder / "blobs/sha256" / item["digest"].partition(":")[2]).read_bytes()
            for member in json.loads(content).get("manifests", ()):
                manifest(member, member["digest"])
            answer = self.push_manifest(reference, content, item["mediaType"])
            assert answer.status_code == 201, answer.text
            assert answer.headers["Docker-Content-Digest"] == item["digest"]

        manifest(root, "latest")
        return str(root["digest"])


@pytest.fixture
def charm(acme: Any) -> Any:
    """The client; acme-web declares two images and a file."""
    acme.push(resources={"web-image": "oci-image", "db-image": "oci-image", "model": "file"})
    return acme


@pytest.fixture
def registry(charm: Any) -> Registry:
    """The registry as who may push web-image."""
    return Registry(charm)


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """An image of two layers in a folder."""
    return build_image(tmp_path / "image", form="oci", layers=[b"one", b"two"]).path


def reader(charm: Any, digest: str) -> Any:
    """Return user name and password that read an image, as installers get them."""
    blob = charm.ok("POST", f"{RESOURCE}/blob", {"image-digest": digest})
    return blob["Username"], blob["Password"]


def test_the_image_is_named_after_the_sandbox_itself(registry: Registry) -> None:
    """Host and port of the API, and a path without capitals, which no image name may have."""
    host, _, path = registry.name.partition("/")

    assert host == urlsplit(registry.base).netloc
    assert path.endswith("/web-image")
    assert path == path.lower()


def test_images_have_a_stable_blob_that_is_a_resource(charm: Any, layout: Path) -> None:
    """The text is the same for a digest each time, and uploads as the resource."""
    digest = Registry(charm).push(layout)
    texts = {
        charm.call("POST", f"{RESOURCE}/blob", {"image-digest": digest}).text for _ in range(2)
    }

    (text,) = texts
    assert json.loads(text)["ImageName"].endswith(f"/web-image@{digest}")
    pushed = charm.push_resource(text.encode(), "web-image", type="oci-image")
    assert pushed["revision"] == 1
    assert charm.refused("POST", f"{RESOURCE}/blob", {"image-digest": "md5:x"})[0] == 400
    model = "/v1/charm/acme-web/resources/model/oci-image/upload-credentials"
    assert charm.refused("GET", model)[:2] == (404, "resource-not-found")


def test_an_image_that_was_never_pushed_has_no_blob(charm: Any) -> None:
    """Unless the switch says that no image is needed."""
    body = {"image-digest": f"sha256:{'6' * 64}"}

    assert charm.refused("POST", f"{RESOURCE}/blob", body)[:2] == (404, "resource-not-found")
    charm.sandbox.registry.any_digest = True
    assert charm.ok("POST", f"{RESOURCE}/blob", body)["ImageName"].endswith(body["image-digest"])


def test_a_pushed_image_is_read_back_byte_for_byte(
    charm: Any, registry: Registry, layout: Path
) -> None:
    """By tag and by digest, manifest and blobs, also without their bodies."""
    digest = registry.push(layout)
    registry.auth = reader(charm, digest)

    for reference in ("latest", digest):
        answer = registry.call("GET", f"manifests/{reference}")
        assert digest_of(answer.content) == digest
        assert answer.headers["Content-Type"] == MANIFEST
        head = registry.call("HEAD", f"manifests/{reference}")
        assert (head.content, head.headers["Docker-Content-Digest"]) == (b"", digest)
        assert int(head.headers["Content-Length"]) == len(answer.content)
    document = answer.json()
    for item in (document["config"], *document["layers"]):
        blob = registry.call("GET", f"blobs/{item['digest']}")
        assert digest_of(blob.content) == item["digest"]
        head = registry.call("HEAD", f"blobs/{item['digest']}")
        assert int(head.headers["Content-Length"]) == item["size"]
    assert registry.call("GET", "tags/list").json() == {
        "name": registry.image,
        "tags": ["latest"],
    }


def test_an_index_needs_its_members(registry: Registry, tmp_path: Path) -> None:
    """Members come first, by digest; then the index is taken."""
    built = build_image(tmp_path / "image", form="oci", architectures=["amd64", "arm64"])
    (root,) = json.loads((built.path / "index.json").read_text())["manifests"]
    index = (built.path / "blobs/sha256" / root["digest"].partition(":")[2]).read_bytes()

    early = registry.push_manifest("latest", index, INDEX)
    assert (early.status_code, early.json()["errors"][0]["code"]) == (404, "MANIFEST_BLOB_UNKNOWN")
    assert registry.push(built.path) == built.digest


def test_a_manifest_needs_its_blobs(registry: Registry, layout: Path) -> None:
    """One whose layers were not pushed is refused, and so is a layer of another size."""
    (root,) = json.loads((layout / "index.json").read_text())["manifests"]
    content = (layout / "blobs/sha256" / root["digest"].partition(":")[2]).read_bytes()
    document = json.loads(content)

    missing = registry.push_manifest("latest", content, MANIFEST)
    assert missing.status_code == 404
    (error,) = missing.json()["errors"]
    assert (error["code"], error["detail"]) == (
        "MANIFEST_BLOB_UNKNOWN",
        {"digest": document["config"]["digest"]},
    )
    registry.push(layout)
    document["layers"][0]["size"] += 1
    assert registry.refused(
        "PUT", "manifests/latest", json.dumps(document), Content_Type=MANIFEST
    ) == (400, "MANIFEST_INVALID")


def test_foreign_layers_stay_where_they_are(registry: Registry) -> None:
    """A layer that says where it is need not be pushed."""
    config = b"{}"
    registry.push_blob(config)
    document = {
        "schemaVersion": 2,
        "config": {"digest": digest_of(config), "size": 2},
        "layers": [
            {"digest": digest_of(b"x"), "size": 1, "urls": ["https://images.example.test/x"]}
        ],
    }

    answer = registry.push_manifest("latest", json.dumps(document).encode(), MANIFEST)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"no JSON", MANIFEST),
        (b"[]", MANIFEST),
        (b'{"schemaVersion": 1}', MANIFEST),
        (b'{"schemaVersion": 2}', "application/json"),
        (b'{"schemaVersion": 2}', MANIFEST),
        (b'{"schemaVersion": 2}', INDEX),
        (b'{"schemaVersion": 2, "mediaType": "x/y", "layers": []}', MANIFEST),
        (b'{"schemaVersion": 2, "layers": []}', MANIFEST),
        (b'{"schemaVersion": 2, "manifests": [{"digest": 1}]}', INDEX),
        (b'{"schemaVersion": 2, "manifests": [1]}', INDEX),
    ],
)
def test_what_is_no_manifest_is_refused(
    registry: Registry, content: bytes, media_type: str
) -> None:
    """With the registry's own word for it."""
    assert registry.refused("PUT", "manifests/latest", content, Content_Type=media_type) == (
        400,
        "MANIFEST_INVALID",
    )


def test_manifests_are_named_by_tags_and_their_own_digests(registry: Registry) -> None:
    """Another digest than theirs, and what is neither, is refused; so is one that is too large."""
    content = b'{"schemaVersion": 2, "manifests": []}'
    typed = {"Content_Type": INDEX}

    other = f"manifests/sha256:{'0' * 64}"
    assert registry.refused("PUT", other, content, **typed) == (400, "DIGEST_INVALID")
    assert registry.refused("PUT", "manifests/md5:1", content, **typed) == (400, "DIGEST_INVALID")
    assert registry.refused("PUT", "manifests/-x", content, **typed) == (400, "TAG_INVALID")
    big = content + b" " * (4 << 20)
    assert registry.refused("PUT", "manifests/x", big, **typed) == (413, "SIZE_INVALID")
    assert registry.push_manifest(digest_of(content), content, INDEX).status_code == 201
    sha512 = f"sha512:{hashlib.sha512(content).hexdigest()}"
    assert registry.push_manifest(sha512, content, INDEX).status_code == 201


def test_a_blob_in_many_parts(registry: Registry) -> None:
    """Each part says where it begins; the last one may come with the end."""
    content = b"0123456789" * 1000
    place = registry.begin()
    for start, end in ((0, 4000), (4000, 9000)):
        part = content[start:end]
        answer = registry.call("PATCH", place, part, Content_Range=f"{start}-{end - 1}")
        assert (answer.status_code, answer.headers["Range"]) == (202, f"0-{end - 1}")
        place = answer.headers["Location"]
    assert registry.call("GET", place).headers["Range"] == "0-8999"

    answer = registry.call("PUT", f"{place}&digest={digest_of(content)}", content[9000:])

    assert answer.status_code == 201
    assert registry.call("HEAD", f"blobs/{digest_of(content)}").status_code == 200


def test_a_blob_of_unknown_length(registry: Registry) -> None:
    """A chunked body has no Content-Length."""

    def parts() -> Iterator[bytes]:
        yield b"first "
        yield b"second"

    sent = registry.call("PATCH", registry.begin(), parts())

    assert sent.headers["Range"] == "0-11"
    place = f"{sent.headers['Location']}&digest={digest_of(b'first second')}"
    assert registry.call("PUT", place).status_code == 201


def test_a_blob_at_once(registry: Registry) -> None:
    """In the request that begins the upload, or in the one that ends it; empty ones too."""
    for content in (b"all of it", b""):
        at_once = f"blobs/uploads/?digest={digest_of(content)}"
        assert registry.call("POST", at_once, content).status_code == 201
        place = f"{registry.begin()}&digest={digest_of(content)}"
        assert registry.call("PUT", place, content).status_code == 201
    assert registry.call("HEAD", f"blobs/{digest_of(b'')}").headers["Content-Length"] == "0"


def test_a_part_that_does_not_follow_is_refused(registry: Registry) -> None:
    """The answer says how much is there, and the upload can go on."""
    place = registry.call("PATCH", registry.begin(), b"12345").headers["Location"]

    for text in ("9-12", "odd"):
        refusal = registry.call("PATCH", place, b"9", Content_Range=text)
        assert (refusal.status_code, refusal.headers["Range"]) == (416, "0-4")
    assert registry.refused("PUT", place, b"6") == (400, "DIGEST_INVALID")
    answer = registry.call("PUT", f"{place}&digest={digest_of(b'123456')}", b"6")
    assert answer.status_code == 201


def test_bytes_of_another_digest_are_refused(registry: Registry) -> None:
    """Nothing stays of them."""
    place = registry.call("PATCH", registry.begin(), b"these").headers["Location"]

    wrong = f"{place}&digest={digest_of(b'those')}"
    assert registry.refused("PUT", wrong) == (400, "DIGEST_INVALID")
    assert registry.call("HEAD", f"blobs/{digest_of(b'those')}").status_code == 404
    assert registry.refused("PUT", wrong) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_the_query_of_an_upload_belongs_to_its_place(registry: Registry) -> None:
    """A client that loses it is told so, and so is one that uses a place twice."""
    place = registry.begin()

    bare = place.partition("?")[0]
    assert registry.refused("PATCH", bare, b"x") == (404, "BLOB_UPLOAD_UNKNOWN")
    assert registry.call("PATCH", place, b"x").status_code == 202
    assert registry.refused("PATCH", place, b"x") == (404, "BLOB_UPLOAD_UNKNOWN")


def test_an_upload_can_be_given_up(registry: Registry) -> None:
    """It is gone then."""
    place = registry.begin()

    assert registry.call("DELETE", place).status_code == 204
    assert registry.refused("PATCH", place, b"x") == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_connection_that_breaks_leaves_no_half_part(registry: Registry) -> None:
    """The same part can be sent again."""
    place = registry.begin()
    registry.client.sandbox.faults.add(Fault(reset="before"), method="PATCH")
    with pytest.raises(requests.ConnectionError):
        registry.call("PATCH", place, b"part")

    sent = registry.call("PATCH", place, b"part")

    done = registry.call("PUT", f"{sent.headers['Location']}&digest={digest_of(b'part')}")
    assert done.status_code == 201


def test_passwords_are_good_for_one_image_and_one_thing(
    charm: Any, registry: Registry, layout: Path
) -> None:
    """Pushing reads nothing, reading pushes nothing, and other images are out of reach."""
    digest = registry.push(layout)
    db = Registry(charm, resource="db-image")
    pull = reader(charm, digest)

    assert registry.refused("GET", f"manifests/{digest}") == (403, "DENIED")
    assert registry.refused("GET", "tags/list") == (403, "DENIED")
    db.image, own = registry.image, db.image
    assert db.refused("POST", "blobs/uploads/", b"x" * 200_000) == (403, "DENIED")
    db.image, db.auth = own, pull
    assert db.refused("GET", "manifests/latest") == (403, "DENIED")
    registry.auth = pull
    assert registry.refused("POST", "blobs/uploads/") == (403, "DENIED")
    assert registry.refused("PUT", "manifests/x", b"{}", Content_Type=MANIFEST) == (403, "DENIED")
    assert registry.call("GET", f"manifests/{digest}").status_code == 200


def test_who_is_unknown_is_challenged(charm: Any, registry: Registry, layout: Path) -> None:
    """Nobody, a wrong password, another user, a token of the store; and a push that took long."""
    digest = registry.push(layout)
    pull = reader(charm, digest)
    user, password = registry.auth

    assert registry.call("GET", "/v2/").status_code == 200
    for auth in (None, (user, "wrong"), ("somebody", password)):
        registry.auth = auth
        answer = registry.call("GET", "/v2/")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="sandbox"'
        assert registry.refused("POST", "blobs/uploads/") == (401, "UNAUTHORIZED")
    token = {"Authorization": f"Macaroon {charm.token}"}
    assert registry.refused("GET", "/v2/", **token) == (401, "UNAUTHORIZED")
    charm.sandbox.clock.advance(3600)
    registry.auth = user, password
    assert registry.refused("POST", "blobs/uploads/") == (401, "UNAUTHORIZED")
    charm.sandbox.clock.advance(10 * 365 * 86400)
    registry.auth = pull
    assert registry.call("GET", f"manifests/{digest}").status_code == 200


class Bearer(requests.auth.AuthBase):
    """A token in place of a password."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def test_tokens_in_place_of_passwords(charm: Any, registry: Registry, layout: Path) -> None:
    """The challenge says where to get one; it is as limited as the password and ends soon."""
    charm.sandbox.registry.bearer = True
    password = registry.auth

    def token(scope: str) -> Bearer:
        registry.auth = password
        answer = registry.call("GET", f"/registry/token?service=x&scope={scope}")
        assert answer.json()["expires_in"] == 300
        return Bearer(answer.json()["token"])

    refusal = registry.call("POST", "blobs/uploads/")
    assert refusal.status_code == 401
    assert refusal.headers["WWW-Authenticate"] == (
        f'Bearer realm="{registry.base}/registry/token",service="{urlsplit(registry.base).netloc}"'
        f',scope="repository:{registry.image}:pull,push"'
    )
    registry.auth = token(f"repository:{registry.image}:pull,push")
    digest = registry.push(layout)
    assert registry.refused("GET", f"manifests/{digest}") == (403, "DENIED")
    registry.auth = token("repository:charm/other/image:pull,push")
    assert registry.call("GET", "/v2/").status_code == 200
    assert registry.refused("POST", "blobs/uploads/") == (403, "DENIED")
    registry.auth = good = token(f"repository:{registry.image}:push")
    charm.sandbox.clock.advance(300)
    assert registry.refused("POST", "blobs/uploads/") == (401, "UNAUTHORIZED")
    registry.auth = password[0], good.token
    assert registry.refused("GET", "/registry/token") == (401, "UNAUTHORIZED")
    charm.sandbox.registry.realm = "https://tokens.example.test/"
    registry.auth = None
    challenge = registry.call("GET", "/v2/").headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="https://tokens.example.test/",service=')


@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
def test_public_images(charm: Any, registry: Registry, layout: Path, bearer: bool) -> None:
    """Anybody may read; only who has the password may push."""
    digest = registry.push(layout)
    charm.sandbox.registry.public, charm.sandbox.registry.bearer = True, bearer
    registry.auth = None

    if bearer:
        assert registry.refused("GET", f"manifests/{digest}") == (401, "UNAUTHORIZED")
        scope = f"repository:{registry.image}:pull,push"
        token = registry.call("GET", f"/registry/token?scope={scope}").json()["token"]
        registry.auth = Bearer(token)
    assert registry.call("GET", "/v2/").status_code == 200
    assert registry.call("GET", f"manifests/{digest}").status_code == 200
    refusal = (403, "DENIED") if bearer else (401, "UNAUTHORIZED")
    assert registry.refused("POST", "blobs/uploads/") == refusal


def test_what_the_registry_does_not_have(registry: Registry, charm: Any) -> None:
    """Unknown things and methods are told in the registry's form."""
    digest = registry.push_blob(b"x").headers["Docker-Content-Digest"]
    assert registry.refused("PUT", "blobs/uploads/nothing") == (404, "BLOB_UPLOAD_UNKNOWN")
    assert registry.call("HEAD", "blobs/sha256:1").status_code == 400
    assert registry.call("HEAD", "manifests/none").status_code == 404
    assert registry.call("HEAD", f"manifests/{digest}").status_code == 404
    assert registry.refused("DELETE", f"blobs/{digest}") == (405, "UNSUPPORTED")
    charm.sandbox.registry.any_digest = True
    registry.auth = reader(charm, digest)
    assert registry.refused("GET", "manifests/none") == (404, "MANIFEST_UNKNOWN")
    assert registry.refused("GET", f"blobs/sha256:{'0' * 64}") == (404, "BLOB_UNKNOWN")


def test_the_public_api_is_still_there(charm: Any) -> None:
    """Its paths begin like those of the registry."""
    answer = charm.call("GET", "/v2/charms/info/acme-web", token="")
    assert answer.json()["name"] == "acme-web"
    missing = charm.call("GET", "/v2/charms/info/nothing", token="")
    assert "error-list" in missing.json()


def test_images_survive_a_restart(
    sandbox_factory: Callable[..., Any], wire_client: Callable[[Any], Any], tmp_path: Path
) -> None:
    """Blobs, manifests, passwords and uploads that were under way."""
    folder, layout = tmp_path / "state", tmp_path / "image"
    built = build_image(layout, form="oci")
    sandbox = sandbox_factory(folder)
    charm = wire_client(sandbox)
    charm.ok("POST", "/v1/charm", {"name": "acme-web", "type": "charm"})
    charm.push(resources={"web-image": "oci-image"})
    registry = Registry(charm)
    digest = registry.push(layout)
    sent = registry.call("PATCH", registry.begin(), b"first ")
    pull = reader(charm, digest)
    sandbox.close()

    registry.base = sandbox_factory(folder).urls.api

    place = f"{sent.headers['Location']}&digest={digest_of(b'first second')}"
    assert registry.call("PUT", place, b"second").status_code == 201
    registry.auth = pull
    assert digest_of(registry.call("GET", "manifests/latest").content) == built.digest
    for layer in built.layers:
        assert digest_of(registry.call("GET", f"blobs/{layer}").content) == layer


@pytest.mark.parametrize("form", ["oci-archive", "docker-archive"])
def test_built_images_are_the_same_each_time(tmp_path: Path, form: Any) -> None:
    """And they are archives with what the form asks for."""
    first = build_image(tmp_path / "one.tar", form=form)
    second = build_image(tmp_path / "two.tar", form=form)

    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.layers == second.layers
    assert (first.digest is None) is (form == "docker-archive")
    with tarfile.open(fileobj=io.BytesIO(first.path.read_bytes())) as archive:
        expected = "index.json" if form == "oci-archive" else "manifest.json"
        assert expected in archive.getnames()
