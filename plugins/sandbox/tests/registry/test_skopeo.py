"""skopeo, which knows nothing of this project, pushes to the registry and reads from it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import build_image

if TYPE_CHECKING:
    from pathlib import Path

SKOPEO = shutil.which("skopeo")
RESOURCE = "/v1/charm/acme-web/resources/web-image/oci-image"

pytestmark = pytest.mark.skipif(
    SKOPEO is None, reason="skopeo is not installed; '.ci/run' installs it from Debian"
)


def skopeo(*arguments: str) -> bytes:
    """Run skopeo; it must succeed."""
    done = subprocess.run(
        [str(SKOPEO), "--insecure-policy", *arguments],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
@pytest.mark.parametrize("architectures", [["amd64"], ["amd64", "arm64"]], ids=["one", "two"])
def test_an_image_goes_there_and_back(
    acme: Any, tmp_path: Path, architectures: list[str], bearer: bool
) -> None:
    """As charmcraft copies it, and as an installer reads it: the digests stay."""
    acme.sandbox.registry.bearer = bearer
    acme.push(resources={"web-image": "oci-image"})
    built = build_image(tmp_path / "image.tar", architectures=architectures)
    credentials = acme.ok("GET", f"{RESOURCE}/upload-credentials")

    skopeo(
        "copy",
        "--all",
        "--preserve-digests",
        "--dest-tls-verify=false",
        f"--dest-creds={credentials['username']}:{credentials['password']}",
        f"oci-archive:{built.path}",
        f"docker://{credentials['image-name']}",
    )

    blob = acme.ok("POST", f"{RESOURCE}/blob", {"image-digest": built.digest})
    read = ("--tls-verify=false", f"--creds={blob['Username']}:{blob['Password']}")
    raw = skopeo("inspect", "--raw", *read, f"docker://{blob['ImageName']}")
    assert f"sha256:{hashlib.sha256(raw).hexdigest()}" == built.digest
    shown = json.loads(skopeo("inspect", *read, f"docker://{credentials['image-name']}"))
    assert (shown["RepoTags"], shown["Architecture"]) == (["latest"], "amd64")
    skopeo(
        "copy",
        "--all",
        "--src-tls-verify=false",
        f"--src-creds={blob['Username']}:{blob['Password']}",
        f"docker://{blob['ImageName']}",
        f"oci:{tmp_path / 'back'}",
    )
    for layer in built.layers:
        content = (tmp_path / "back/blobs" / layer.replace(":", "/")).read_bytes()
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == layer
