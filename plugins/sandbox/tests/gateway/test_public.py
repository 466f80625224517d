"""What anybody may read: info, search, resources, downloads."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from craft_store_sandbox import build_charm


@pytest.fixture
def published(acme: Any) -> Any:
    """The client, with acme-web and its resource released to edge; the bytes of the charm."""
    content = build_charm(acme.folder, resources={"model": "file"}).read_bytes()
    acme.push(content=content)
    acme.push_resource(b"weights")
    resources = [{"name": "model", "revision": 1}]
    acme.release({"channel": "edge", "revision": 1, "resources": resources})
    return acme, content


def test_info_leads_to_the_bytes(published: Any) -> None:
    """The channel map carries size, digest and address of each revision."""
    client, content = published
    answer = client.call("GET", "/v2/charms/info/acme-web", token="")
    (row,) = answer.json()["channel-map"]
    download = row["revision"]["download"]
    got = client.session.get(download["url"], timeout=30).content

    assert answer.headers["snap-store-version"]
    assert row["channel"]["name"] == "latest/edge"
    assert row["resources"] == [{"name": "model", "revision": 1, "type": "file"}]
    assert got == content
    assert download["size"] == len(content)
    assert download["hash-sha-256"] == hashlib.sha256(content).hexdigest()
    assert answer.json()["default-release"]["revision"]["revision"] == 1
    assert answer.json()["result"]["publisher"]["username"] == "jo-example"


def test_info_is_filtered(published: Any) -> None:
    """By channel and by field."""
    client, _ = published

    def info(query: str) -> Any:
        return client.call("GET", f"/v2/charms/info/acme-web?{query}", token="").json()

    assert info("channel=beta&fields=channel-map") == {
        "channel-map": [],
        "id": info("")["id"],
        "name": "acme-web",
        "type": "charm",
    }
    assert len(info("channel=edge&fields=channel-map.revision")["channel-map"]) == 1
    assert info("channel=a/b/c/d")["error-list"][0]["code"] == "invalid-channel"


def test_resources_lead_to_their_bytes(published: Any) -> None:
    """Each revision carries digests and an address."""
    client, _ = published
    path = "/v2/charms/resources/acme-web/model/revisions"
    (row,) = client.call("GET", path, token="").json()["revisions"]

    assert client.session.get(row["download"]["url"], timeout=30).content == b"weights"
    assert row["download"]["hash-sha-256"] == hashlib.sha256(b"weights").hexdigest()
    assert client.refused("GET", path.replace("model", "other"), token="")[0] == 404


def test_search_finds_published_packages(published: Any) -> None:
    """By words of name and summary, type and publisher."""
    client, _ = published
    client.sandbox.add_package("unpublished", client.sandbox.account)

    def found(query: str) -> list[str]:
        answer = client.call("GET", f"/v2/charms/find?{query}", token="").json()
        return [item["name"] for item in answer["results"]]

    assert found("") == found("q=ACME") == found("q=for+tests") == ["acme-web"]
    assert found("publisher=jo-example&type=charm") == ["acme-web"]
    assert found("type=bundle") == found("publisher=x") == found("q=zzz") == []


def test_private_and_unknown_packages_are_not_found(published: Any) -> None:
    """Neither info nor bytes."""
    client, _ = published
    package_id = client.ok("GET", "/v1/charm/acme-web")["metadata"]["id"]
    urls = [
        "/v2/charms/info/acme-web",
        f"/api/v1/charms/download/{package_id}_1.charm",
        f"/api/v1/resources/download/charm_{package_id}.model_1",
    ]
    assert [client.call("GET", url, token="").status_code for url in urls] == [200] * 3
    client.ok("PATCH", "/v1/charm/acme-web", {"private": True})

    for url in (*urls, "/v2/charms/info/nowhere", "/api/v1/charms/download/x_1.charm"):
        assert client.refused("GET", url, token="")[:2] == (404, "resource-not-found")
