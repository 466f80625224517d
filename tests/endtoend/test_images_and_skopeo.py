"""skopeo as the witness: it reads what the client pushed, and the client reads what it wrote."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core import connect
from craft_store_core.config import load_configuration
from craft_store_core.errors import CertificateError
from craft_store_core.plugins.credentials import MACAROON, Credential
from craft_store_core.publishing import PlanPublication, PublishPlan, PublishRequest
from craft_store_core.stores.reviews import Polling
from craft_store_sandbox import TLSFiles, build_charm, build_image
from craft_store_sandbox.cli.store import store_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from craft_store_core.stores.client import StoreClient

SKOPEO = shutil.which("skopeo")
NAME, RESOURCE = "acme-web", "web-image"
QUICK = Polling(timeout=30, first=0.01, longest=0.05)

needs_skopeo = pytest.mark.skipif(
    SKOPEO is None, reason="skopeo is not installed; '.ci/run' installs it from Debian"
)


def skopeo(*arguments: str | Path) -> bytes:
    """Run skopeo; it must succeed."""
    done = subprocess.run(
        [str(SKOPEO), "--insecure-policy", *map(str, arguments)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Callable[..., StoreClient]]:
    """Make clients of an account that owns a charm with an image."""
    clients: list[StoreClient] = []

    def make(sandbox: Any, *, charm: bool = True, **variables: str) -> StoreClient:
        environment = {
            "CRAFT_STORE_BACKOFF": "0",
            "CRAFT_STORE_RETRIES": "1",
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            **variables,
        }
        client = connect(
            store_at(sandbox.urls),
            backend="memory",
            environment=environment,
            configuration=load_configuration(environment),
        )
        clients.append(client)
        token = sandbox.issue_token(sandbox.account)
        client.authenticator.store(Credential(MACAROON, token))
        if charm:
            sandbox.add_package(NAME, sandbox.account)
            publish(client, build_charm(tmp_path, resources={RESOURCE: "oci-image"}))
        return client

    yield make
    for client in clients:
        client.close()


def publish(client: StoreClient, charm: Path, *sources: Path | str) -> Any:
    """Publish the charm, with an image where one is given; return what became of the image."""
    request = PublishRequest(charm, (), dict.fromkeys([RESOURCE], sources[0]) if sources else {})
    with PlanPublication(client, PublishPlan((request,)), polling=QUICK) as publication:
        publication.check()
        outcome = publication.run()
    assert outcome.error is None
    return outcome.artifacts[0].resources[0] if sources else None


def installers_view(sandbox: Any) -> Any:
    """The latest revision of the image as installers get it: name, user, password."""
    import requests

    package = requests.get(f"{sandbox.urls.api}/v2/charms/info/{NAME}", timeout=30).json()["id"]
    revisions = requests.get(
        f"{sandbox.urls.api}/v2/charms/resources/{NAME}/{RESOURCE}/revisions", timeout=30
    ).json()["revisions"]
    assert package in revisions[-1]["download"]["url"]
    return requests.get(revisions[-1]["download"]["url"], timeout=30).json()


@needs_skopeo
@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
@pytest.mark.parametrize(
    ("form", "architectures"),
    [
        ("oci-archive", ["amd64"]),
        ("oci", ["amd64", "arm64", "386"]),
        ("docker-archive", ["amd64"]),
    ],
)
def test_skopeo_reads_what_was_pushed(
    sandbox_store: Any,
    publisher: Callable[..., StoreClient],
    tmp_path: Path,
    form: Any,
    architectures: list[str],
    bearer: bool,
) -> None:
    """From the resource as installers get it: manifest, configuration and every layer."""
    sandbox_store.registry.bearer = bearer
    client = publisher(sandbox_store)
    built = build_image(tmp_path / "image", form=form, architectures=architectures)

    resource = publish(client, tmp_path / f"{NAME}.charm", built.path)

    blob = installers_view(sandbox_store)
    assert blob["ImageName"].endswith(f"@{resource.digest}")
    creds = f"{blob['Username']}:{blob['Password']}"
    image = f"docker://{blob['ImageName']}"
    raw = skopeo("inspect", "--raw", "--tls-verify=false", f"--creds={creds}", image)
    assert f"sha256:{hashlib.sha256(raw).hexdigest()}" == resource.digest
    shown = json.loads(skopeo("inspect", "--tls-verify=false", f"--creds={creds}", image))
    assert (shown["Architecture"], shown["Os"]) == ("amd64", "linux")
    back = tmp_path / "back"
    skopeo("copy", "--all", "--src-tls-verify=false", f"--src-creds={creds}", image, f"dir:{back}")
    for layer in built.layers:
        content = (back / layer.partition(":")[2]).read_bytes()
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == layer


@needs_skopeo
@pytest.mark.parametrize(
    "target",
    ["oci:layout", "oci-archive:layout.tar", "docker-archive:saved.tar:acme/web:v1"],
)
def test_what_skopeo_writes_is_read(
    sandbox_store: Any, publisher: Callable[..., StoreClient], tmp_path: Path, target: str
) -> None:
    """In each of its forms, by its own words and by the path alone."""
    client = publisher(sandbox_store)
    built = build_image(tmp_path / "image.tar", layers=[b"one", b"two", b"one"])
    word, _, place = target.partition(":")
    path, _, tag = place.partition(":")
    skopeo(
        "copy",
        f"oci-archive:{built.path}",
        f"{word}:{tmp_path / path}" + (f":{tag}" if tag else ""),
    )

    resource = publish(client, tmp_path / f"{NAME}.charm", tmp_path / path)
    again = publish(client, tmp_path / f"{NAME}.charm", f"{word}:{tmp_path / path}")

    assert again.digest == resource.digest
    assert again.status == "already-uploaded"
    if word != "docker-archive":
        assert resource.digest == built.digest


@needs_skopeo
def test_what_skopeo_pushed_is_copied(
    sandbox_factory: Callable[..., Any], publisher: Callable[..., StoreClient], tmp_path: Path
) -> None:
    """From a registry that anybody can read to the store's."""
    source, target = sandbox_factory(), sandbox_factory()
    built = build_image(tmp_path / "image.tar", architectures=["amd64", "s390x"])
    there = publisher(source)
    endpoints: Any = there.endpoints
    credentials = endpoints.image_credentials(NAME, RESOURCE)
    skopeo(
        "copy",
        "--all",
        "--preserve-digests",
        "--dest-tls-verify=false",
        f"--dest-creds={credentials.username}:{credentials.password}",
        f"oci-archive:{built.path}",
        f"docker://{credentials.image_name}:v1",
    )
    source.registry.public = True

    client = publisher(target)
    charm = tmp_path / f"{NAME}.charm"
    resource = publish(client, charm, f"docker://{credentials.image_name}:v1")

    assert resource.digest == built.digest


@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
def test_registries_are_trusted_by_the_users_certificates(
    sandbox_factory: Callable[..., Any],
    publisher: Callable[..., StoreClient],
    tmp_path: Path,
    loopback_certificate: TLSFiles,
    bearer: bool,
) -> None:
    """The store's and others: with the CA bundle of the configuration, and not without it."""
    sandbox, source = (sandbox_factory(tls=loopback_certificate) for _ in range(2))
    sandbox.registry.bearer = source.registry.bearer = bearer
    trusting = {"CRAFT_STORE_CA_BUNDLE": str(loopback_certificate.certificate)}
    built = build_image(tmp_path / "image.tar")
    charm = tmp_path / f"{NAME}.charm"
    there = publisher(source, **trusting)
    publish(there, charm, built.path)
    endpoints: Any = there.endpoints
    reference = f"docker://{endpoints.image_credentials(NAME, RESOURCE).image_name}"
    source.registry.public = True

    resource = publish(publisher(sandbox, **trusting), charm, reference)
    assert resource.digest == built.digest

    distrustful = publisher(sandbox, charm=False)
    with pytest.raises(CertificateError, match="cannot be trusted"):
        distrustful.read_resource("oci-image", reference)
