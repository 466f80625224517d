"""The facade at the embedded store: real macaroons, real uploads, from login to release."""

from __future__ import annotations

import base64
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from craft_store import (
    PublisherGateway,
    StoreClient,
    UbuntuOneAuth,
    UbuntuOneStoreClient,
    endpoints,
    errors,
)
from craft_store.auth import Auth
from craft_store.login import UbuntuOneLogin, UbuntuOneOtpRequiredError
from craft_store.models import (
    CharmResourceType,
    ReleaseRequestModel,
    RequestCharmResourceBase,
    ResourceModel,
    RevisionsRequestModel,
)
from craft_store_sandbox import build_charm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PERMISSIONS = [
    "account-register-package",
    "account-view-packages",
    "package-manage",
    "package-view",
]
LOGIN: dict[str, Any] = {"permissions": PERMISSIONS, "description": "a laptop", "ttl": 3600}

_BROWSER = r"""
import sys, urllib.error, urllib.parse, urllib.request
url, forms = sys.argv[-1], {forms!r}
urllib.request.urlopen(url, timeout=30)
for form in forms:
    data = urllib.parse.urlencode(form).encode()
    try:
        urllib.request.urlopen(url, data, timeout=30)
    except urllib.error.HTTPError as asked_again:
        asked_again.close()
"""


@pytest.fixture
def charmhub(sandbox_factory: Any) -> Any:
    """A store with a host for each of its services, as the real one."""
    return sandbox_factory(split_origins=True)


def options(sandbox: Any, **more: Any) -> dict[str, Any]:
    """What clients for the sandbox are made from."""
    return {
        "base_url": sandbox.urls.api,
        "storage_base_url": sandbox.urls.storage,
        "endpoints": endpoints.CHARMHUB,
        "application_name": "compat-tests",
        "user_agent": "compat-tests/1",
        "ephemeral": True,
        **more,
    }


@pytest.fixture
def publishing(charmhub: Any) -> StoreClient:
    """A client with a token of the sandbox."""
    client = StoreClient(**options(charmhub))
    client._auth.set_credentials(charmhub.issue_token(charmhub.account))
    return client


def reviewed(client: StoreClient, status_url: str) -> dict[str, Any]:
    """Ask until the review has ended."""
    for _ in range(100):
        answer = client.request("GET", f"{client._base_url}{status_url}").json()
        (review,) = answer["revisions"]
        if review["status"] in {"approved", "rejected"}:
            return dict(review)
    raise AssertionError("the review did not end")


def test_a_charm_and_its_resource_are_published(
    publishing: StoreClient, charmhub: Any, tmp_path: Path
) -> None:
    """Register, upload, resource, release, and every way to look at the result."""
    client, name = publishing, "acme-web"
    charm = build_charm(tmp_path / "acme-web.charm", name, resources={"model": "file"})
    model = tmp_path / "model.bin"
    model.write_bytes(b"weights")

    assert client.whoami()["account"]["username"] == "jo-example"
    package_id = client.register_name(name, entity_type="charm")
    assert [row.name for row in client.list_registered_names()] == [name]

    uploaded = client.upload_file(filepath=charm)
    pushed = client.notify_revision(
        name=name, revision_request=RevisionsRequestModel(upload_id=uploaded)
    )
    revision = reviewed(client, pushed.status_url)
    assert revision["status"] == "approved"

    resource_upload = client.upload_file(filepath=model)
    resource_url = client.push_resource(
        name, "model", upload_id=resource_upload, resource_type=CharmResourceType.FILE
    )
    resource = reviewed(client, resource_url)
    bases = [RequestCharmResourceBase(architectures=["amd64"])]
    changed = client.update_resource_revision(
        name, "model", revision=resource["revision"], bases=bases
    )
    (listed,) = client.list_resource_revisions(name, "model")
    assert changed == 1
    assert listed.bases[0].architectures == ["amd64"]

    client.release(
        name=name,
        release_request=[
            ReleaseRequestModel(
                channel="edge",
                revision=revision["revision"],
                resources=[ResourceModel(name="model", revision=resource["revision"])],
            )
        ],
    )
    releases: Any = client.get_list_releases(name=name)
    assert {row.channel for row in releases.channel_map} == {"latest/edge"}
    assert client.list_revisions(name)[0].revision == revision["revision"]
    client.release(name=name, release_request=[ReleaseRequestModel(channel="edge", revision=None)])
    closed: Any = client.get_list_releases(name=name)
    assert closed.channel_map == []
    with pytest.raises(errors.StoreServerError, match="forbidden"):
        client.unregister_name(name)
    other = client.register_name("acme-db", entity_type="charm")
    assert client.unregister_name("acme-db") == other != package_id
    uploads = [request for request in charmhub.requests if request.service == "storage"]
    assert len(uploads) == 2
    assert not any("Authorization" in request.headers for request in uploads)


def test_a_login_with_ubuntu_one_reaches_the_gateway(charmhub: Any) -> None:
    """One-time password, exchange, and every operation of the gateway."""
    auth = Auth("compat-tests", charmhub.urls.api.partition("//")[2], ephemeral=True)
    login: dict[str, Any] = {
        "base_url": charmhub.urls.api,
        "login_url": charmhub.urls.sso,
        "store_auth": auth,
        "permissions": PERMISSIONS,
    }
    account = charmhub.account
    with pytest.raises(UbuntuOneOtpRequiredError):
        UbuntuOneLogin.login_with(account.email, charmhub.password, **login)
    with pytest.raises(errors.UbuntuOneCredentialsError):
        UbuntuOneLogin.login_with(account.email, "wrong", **login)
    otp = account.one_time_password()
    UbuntuOneLogin.login_with(account.email, charmhub.password, otp=otp, **login)
    gateway = PublisherGateway.with_ubuntu_one(charmhub.urls.api, "charm", auth=auth)
    gateway.register_name("acme-web", entity_type="charm")
    charmhub.add_guardrail("acme-web", r"[0-9]+\.[0-9]+")

    assert gateway.whoami()["account"]["email"] == account.email
    assert gateway.create_tracks("acme-web", {"name": "2.0"}) == 1
    metadata = gateway.get_package_metadata("acme-web")
    assert {track.name for track in metadata.tracks} == {"latest", "2.0"}
    assert gateway.list_releases("acme-web").channel_map == []
    assert list(gateway.list_revisions("acme-web")) == []
    with pytest.raises(errors.CraftStoreError, match="Error 4"):
        gateway.release("acme-web", [{"channel": "edge", "revision": 1}])
    assert gateway.unregister_name("acme-web") == metadata.id
    token = UbuntuOneAuth(auth=auth, api_base_url=charmhub.urls.api).get_token_from_keyring()
    assert auth.get_credentials() == token


def test_a_client_logs_in_with_ubuntu_one(charmhub: Any) -> None:
    """The two-factor tutorial: the error list says that a one-time password is needed."""
    own = endpoints.Endpoints(
        namespace="charm",
        whoami="/v1/tokens/whoami",
        tokens="/v1/tokens/usso",
        tokens_exchange="/api/v2/tokens/discharge",
        tokens_refresh="/api/v2/tokens/refresh",
        list_releases_model=endpoints.CHARMHUB.list_releases_model,
        valid_package_types=["charm"],
    )
    own.get_token_request = lambda **asked: {  # type: ignore[method-assign]  # as subclasses do
        "permissions": asked["permissions"],
        "ttl": asked["ttl"],
    }
    client = UbuntuOneStoreClient(**options(charmhub, endpoints=own), auth_url=charmhub.urls.sso)
    account: dict[str, Any] = {"email": charmhub.account.email, "password": charmhub.password}
    with pytest.raises(errors.StoreServerError) as caught:
        client.login(**LOGIN, **account)
    assert "twofactor-required" in caught.value.error_list
    exported = client.login(**LOGIN, **account, otp=charmhub.account.one_time_password())
    kept = json.loads(base64.b64decode(exported))
    client._refresh_token()
    renewed = json.loads(client._auth.get_credentials())

    assert kept["t"] == "u1-macaroon"
    assert renewed["v"]["r"] == kept["v"]["r"]
    assert client._get_authorization_header().startswith("Macaroon root=")


@pytest.fixture
def browser(charmhub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Put a program in the place of the browser: it logs in by the forms."""

    def install() -> None:
        first = {"email": charmhub.account.email, "password": charmhub.password}
        forms = [first, {**first, "otp": charmhub.account.one_time_password()}]
        program = tmp_path / "browser.py"
        program.write_text(_BROWSER.replace("{forms!r}", repr(forms)), encoding="utf-8")
        monkeypatch.setenv("BROWSER", f"{sys.executable} {program} %s")
        monkeypatch.setenv("NO_PROXY", "*")

    return install


@pytest.mark.skipif(sys.platform == "win32", reason="BROWSER is not read on Windows")
def test_candid_login_with_a_browser(
    charmhub: Any, browser: Callable[[], None], capfd: pytest.CaptureFixture[str]
) -> None:
    """Root, page, discharge, exchange: the exported token works in a variable."""
    browser()
    client = StoreClient(**options(charmhub))
    exported = client.login(
        **LOGIN, packages=[endpoints.Package("acme-web", "charm")], channels=["latest/edge"]
    )
    output = capfd.readouterr()
    me = client.whoami()

    assert json.loads(base64.b64decode(exported))["t"] == "macaroon"
    assert me["account"]["username"] == "jo-example"
    assert me["channels"] == ["latest/edge"]
    assert output.out == ""
    assert re.search(r"Log in with your browser.*http://127\.0\.0\.1", output.err, re.DOTALL)
    client.logout()
    with pytest.raises(errors.CredentialsUnavailable):
        client.whoami()


def test_credentials_from_a_variable_are_used(
    charmhub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As programs in CI do it."""
    token = charmhub.issue_token(charmhub.account)
    for payload in (token, json.dumps({"t": "macaroon", "v": token})):
        monkeypatch.setenv("OWN_CREDENTIALS", base64.b64encode(payload.encode()).decode())
        client = StoreClient(
            **options(charmhub, ephemeral=False, environment_auth="OWN_CREDENTIALS")
        )
        assert client.whoami()["account"]["username"] == "jo-example"


def test_an_expired_token_is_refused_in_the_documented_way(
    publishing: StoreClient, charmhub: Any
) -> None:
    """With the status that programs look at."""
    charmhub.expire_tokens()
    with pytest.raises(errors.StoreServerError) as caught:
        publishing.whoami()

    assert caught.value.response.status_code == 401
