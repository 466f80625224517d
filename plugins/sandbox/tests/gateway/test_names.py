"""Names, metadata, tracks and collaborators."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_name_is_registered_listed_and_shown(client: Any) -> None:
    """Every key that clients index is there."""
    package_id = client.ok("POST", "/v1/charm", {"name": "acme-web", "type": "charm"})["id"]
    (listed,) = client.ok("GET", "/v1/charm")["results"]
    shown = client.ok("GET", "/v1/charm/acme-web")["metadata"]

    assert len(package_id) == 32
    assert listed["id"] == package_id
    assert listed["publisher"]["display-name"] == "Jo Example"
    assert (listed["status"], listed["private"], listed["store"]) == ("registered", False, "ubuntu")
    assert shown["default-track"] == "latest"
    assert [track["name"] for track in shown["tracks"]] == ["latest"]
    assert shown["track-guardrails"] == []
    assert "+" not in shown["tracks"][0]["created-at"]
    assert {key: shown[key] for key in listed} == listed


@pytest.mark.parametrize(
    "name", ["Acme", "acme_web", "-acme", "acme-", "a--b", "123", "", "libraries", "é", "a" * 300]
)
def test_malformed_names_are_refused(client: Any, name: str) -> None:
    """400 api-error, quickly, whatever the length."""
    assert client.refused("POST", "/v1/charm", {"name": name})[:2] == (400, "api-error")


@pytest.mark.parametrize("package_type", ["charm", "bundle"])
def test_long_names_are_fine(client: Any, package_type: str) -> None:
    """Clients register names of 74 characters."""
    name = "test-" + "a" * 69

    client.ok("POST", "/v1/charm", {"name": name, "type": package_type})


def test_taken_names_say_whose_they_are(client: Any) -> None:
    """Yours, somebody's, or reserved."""
    other = client.sandbox.add_account("al@example.com", "a password")
    client.sandbox.add_package("theirs", other)
    client.sandbox.add_package("mine", client.sandbox.account)
    client.sandbox.reserve_name("juju")

    codes = [
        client.refused("POST", "/v1/charm", {"name": name})[:2]
        for name in ("theirs", "mine", "juju")
    ]
    assert codes == [(409, "already-registered"), (409, "already-owned"), (409, "reserved-name")]


@pytest.mark.parametrize(
    ("options", "word"),
    [({"agreement_signed": False}, "agreement"), ({"has_username": False}, "username")],
)
def test_accounts_must_be_ready_to_register(client: Any, options: Any, word: str) -> None:
    """The message tells the agreement from the user name."""
    account = client.sandbox.add_account("al@example.com", "a password", **options)
    token = client.sandbox.issue_token(account)
    _, code, message = client.refused("POST", "/v1/charm", {"name": "x"}, token=token)

    assert code == "user-not-ready"
    assert word in message


def test_other_peoples_names_are_not_found(client: Any) -> None:
    """What an account may not see answers like what is not there."""
    other = client.sandbox.add_account("al@example.com", "a password")
    client.sandbox.add_package("theirs", other)

    for name in ("theirs", "nobodys"):
        assert client.refused("GET", f"/v1/charm/{name}") == (
            404,
            "resource-not-found",
            f"Name {name} not found in the charm namespace",
        )


def test_metadata_is_changed(acme: Any) -> None:
    """The answer is the whole package object with the new values."""
    change = {"summary": "Web tier", "links": {"source": ["https://example.com"]}, "private": True}
    answer = acme.ok("PATCH", "/v1/charm/acme-web", change)["metadata"]

    assert {key: answer[key] for key in change} == change
    assert acme.ok("GET", "/v1/charm/acme-web")["metadata"] == answer


@pytest.mark.parametrize(
    "change",
    [
        {"links": {"source": ["x"] * 6}},
        {"links": {"blog": []}},
        {"links": {"source": ["x" * 2001]}},
        {"default-track": "2.0"},
        {"name": "other"},
        [],
    ],
)
def test_bad_metadata_is_refused(acme: Any, change: Any) -> None:
    """Limits of the schema, and a default track that exists."""
    assert acme.refused("PATCH", "/v1/charm/acme-web", change)[:2] == (400, "api-error")


def test_a_name_without_revisions_is_given_up(acme: Any) -> None:
    """It can be registered again, libraries or not."""
    library = acme.ok("POST", "/v1/charm/libraries/acme-web", {"library-name": "lib"})
    content = 'LIBAPI = 0\nprint("x")\n'
    answer = acme.ok("DELETE", "/v1/charm/acme-web")

    assert len(answer["package-id"]) == 32
    assert acme.ok("GET", "/v1/charm")["results"] == []
    assert acme.refused("DELETE", "/v1/charm/acme-web")[0] == 404
    acme.ok("POST", "/v1/charm", {"name": "acme-web"})
    path = f"/v1/charm/libraries/acme-web/{library['library-id']}"
    body = {"api": 0, "patch": 1, "content": content, "hash": "x"}
    assert acme.refused("POST", path, body)[0] == 404


def test_a_name_with_revisions_stays(acme: Any) -> None:
    """403 forbidden."""
    acme.push()

    assert acme.refused("DELETE", "/v1/charm/acme-web") == (
        403,
        "forbidden",
        "Cannot unregister a package with existing revisions",
    )


def test_tracks_follow_their_guardrails(acme: Any) -> None:
    """All of a request or none; the count comes with 201."""
    acme.sandbox.add_guardrail("acme-web", r"[0-9]\.[0-9]")
    path = "/v1/charm/acme-web/tracks"
    answer = acme.call(
        "POST", path, [{"name": "1.0", "automatic-phasing-percentage": 0.32}, {"name": "2.0"}]
    )

    assert (answer.status_code, answer.json()) == (201, {"num-tracks-created": 2})
    assert acme.refused("POST", path, [{"name": "3.0"}, {"name": "1.0"}]) == (
        409,
        "conflicting-tracks",
        "Conflicting track exists",
    )
    assert acme.refused("POST", path, [{"name": "jammy"}])[:2] == (400, "invalid-tracks")
    assert acme.refused("POST", path, [{"name": "2.0\n"}])[:2] == (400, "invalid-tracks")
    assert acme.refused("POST", path, [{"name": "latest"}])[2] == (
        "Creation of 'latest' track is not allowed"
    )
    assert acme.refused("POST", path, [{"name": "4.0", "version-pattern": "("}])[0] == 400
    metadata = acme.ok("GET", "/v1/charm/acme-web")["metadata"]
    assert {track["name"] for track in metadata["tracks"]} == {"latest", "1.0", "2.0"}
    assert metadata["track-guardrails"][0]["pattern"] == r"[0-9]\.[0-9]"
    tracks = {channel["track"] for channel in acme.channel_map()["package"]["channels"]}
    assert tracks == {"latest", "1.0", "2.0"}


def test_collaborators_are_invited_and_share(acme: Any) -> None:
    """Invite, accept, see the package, and still not give it up."""
    al = acme.sandbox.add_account("al@example.com", "a password", username="al-other")
    token = acme.sandbox.issue_token(al)
    path = "/v1/charm/acme-web/collaborators"
    invited = acme.call("POST", f"{path}/invites", {"invites": [{"email": "Al@example.com"}]})
    secret = invited.json()["tokens"][0]["token"]
    accepted = acme.call("POST", f"{path}/invites/accept", {"token": secret}, token=token)
    answer = acme.ok("GET", path)
    (invite,) = acme.ok("GET", f"{path}/invites")["invites"]

    assert (invited.status_code, accepted.status_code, accepted.content) == (201, 204, b"")
    assert answer["publisher"]["username"] == "jo-example"
    assert answer["collaborators"][0]["account"]["username"] == "al-other"
    assert invite["accepted-by"]["username"] == "al-other"
    assert invite["revoked-at"] is None
    shared = acme.call("GET", "/v1/charm?include-collaborations=true", token=token).json()
    own = acme.call("GET", "/v1/charm?include-collaborations=false", token=token).json()
    assert [item["name"] for item in shared["results"]] == ["acme-web"]
    assert own["results"] == []
    assert acme.refused("DELETE", "/v1/charm/acme-web", token=token) == (
        401,
        "permission-required",
        "Charms can only be unregistered by their publisher",
    )
    more = {"invites": [{"email": "x@example.com"}]}
    assert acme.refused("POST", f"{path}/invites", more, token=token)[0] == 401
    again = acme.refused("POST", f"{path}/invites/accept", {"token": secret}, token=token)
    assert again[2] == "Invite token has been used"


def test_invites_end(acme: Any) -> None:
    """Revoked, rejected, expired, somebody else's and unknown ones open nothing."""
    al = acme.sandbox.add_account("al@example.com", "a password")
    token = acme.sandbox.issue_token(al)
    path = "/v1/charm/acme-web/collaborators/invites"

    def invite(email: str) -> Any:
        body = {"invites": [{"email": email}]}
        return {"token": acme.ok("POST", path, body)["tokens"][0]["token"]}

    def message(body: Any) -> Any:
        return acme.refused("POST", f"{path}/accept", body, token=token)[2]

    revoked = invite(al.email)
    body = {"invites": [{"email": al.email}]}
    assert acme.call("POST", f"{path}/revoke", body).status_code == 204
    assert acme.refused("POST", f"{path}/revoke", body)[0] == 404
    rejected = invite(al.email)
    assert acme.call("POST", f"{path}/reject", rejected, token=token).status_code == 204
    other, old = invite("x@example.com"), invite(al.email)
    assert message(revoked) == message(rejected) == "Invite token has been revoked"
    assert message(other) == "Invite token is for another account"
    assert message({"token": "unknown"}) == "Invite not found"
    acme.sandbox.clock.advance(31 * 86400)
    token = acme.sandbox.issue_token(al)
    assert message(old) == "Invite token has expired"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/rock", 404),
        ("GET", "/v1/charm/acme-web/unknown", 404),
        ("PUT", "/v1/charm/acme-web", 405),
        ("POST", "/v1/tokens/offline/exchange", 404),
        ("GET", "/v2/charms/categories", 404),
        ("POST", "/v2/charms/refresh", 405),
    ],
)
def test_what_is_not_emulated_answers_an_error_list(
    acme: Any, method: str, path: str, status: int
) -> None:
    """Never HTML; every item has code and message."""
    found, code, message = acme.refused(method, path)

    assert found in {status, 404}
    assert code
    assert message


def test_two_slashes_are_taken_for_one(client: Any) -> None:
    """Some clients glue a base with a slash to a path with one."""
    assert client.call("GET", "//v1/tokens/whoami?x=1").status_code == 200


def test_the_service_describes_itself(client: Any) -> None:
    """The root of the API needs no token."""
    assert client.call("GET", "/", token="").json()["version"] == 42


@pytest.mark.parametrize("body", [b"{", b"\xff"])
def test_a_body_that_is_no_json_is_a_bad_request(client: Any, body: bytes) -> None:
    """With an error list."""
    url = f"{client.sandbox.urls.api}/v1/tokens/usso"
    answer = client.session.post(url, data=body, timeout=30)

    assert answer.status_code == 400
    assert answer.json()["error-list"][0]["code"] == "api-error"
