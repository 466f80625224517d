"""Names, metadata, tracks and collaborators."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    BadRequestError,
    ConflictError,
    InvalidNameError,
    NotFoundError,
    PermissionRequiredError,
    StoreUnavailableError,
    StoreUnreachableError,
    UnexpectedResponseError,
)
from craft_store_core.models import TrackRequest
from craft_store_core.testing.scripted import Fault

if TYPE_CHECKING:
    from craft_store_core.stores.gateway import GatewayEndpoints
    from craft_store_core.testing.scripted import ScriptedServer

NAMES = "/proxied/v1/charm"
PACKAGE = {
    "authority": None,
    "contact": None,
    "default-track": "2.0",
    "description": "Brews tea.",
    "id": "pkg-teapot",
    "links": {"docs": ["https://example.com/docs"]},
    "media": [{"type": "icon", "url": "https://example.com/i.svg"}],
    "name": "teapot",
    "private": False,
    "publisher": {
        "display-name": "Jo Example",
        "id": "acct-jo",
        "username": "jo-example",
        "validation": "verified",
    },
    "status": "published",
    "store": "ubuntu",
    "summary": "Tea",
    "title": "Teapot",
    "type": "charm",
    "website": None,
}
TRACKS = {
    "track-guardrails": [{"created-at": "2023-11-10T12:20:12.892031", "pattern": "[0-9]+"}],
    "tracks": [
        {
            "automatic-phasing-percentage": None,
            "created-at": "2023-11-13T09:09:28.717348",
            "name": "2.0",
            "version-pattern": None,
        }
    ],
}


def refusal(code: str | None, message: str = "No") -> dict[str, Any]:
    return {"error-list": [{"code": code, "message": message}]}


def test_names_are_listed_with_what_is_odd_beside_them(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """A list of the account's own names; a row without an id does not lose the others."""
    odd = {"name": "no-id"}
    scripted_server.expect("GET", NAMES, query={}, json={"results": [PACKAGE, odd]})
    names = gateway.list_names()
    (package,) = names
    assert (package.name, package.type, package.status) == ("teapot", "charm", "published")
    assert package.publisher is not None
    assert package.publisher.display_name == "Jo Example"
    assert package.tracks == ()
    assert package.raw == PACKAGE
    assert [unreadable.row for unreadable in names.unreadable] == [odd]


def test_shared_names_are_listed_when_asked_for(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Booleans in queries are lower-case words."""
    scripted_server.expect(
        "GET", NAMES, query={"include-collaborations": "true"}, json={"results": []}
    )
    assert len(gateway.list_names(include_collaborations=True)) == 0


@pytest.mark.parametrize("document", [{}, {"results": {}}, {"results": "x"}])
def test_a_list_that_is_none_is_an_error(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, document: dict[str, Any]
) -> None:
    """The key is named."""
    scripted_server.expect("GET", NAMES, json=document)
    with pytest.raises(UnexpectedResponseError) as caught:
        gateway.list_names()
    assert caught.value.why is not None
    assert "'results'" in caught.value.why


def test_a_null_list_is_an_empty_one(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Null in place of a list is tolerated."""
    scripted_server.expect("GET", NAMES, json={"results": None})
    assert len(gateway.list_names()) == 0


def test_a_name_is_registered_as_the_main_kind_of_the_store(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Without a kind, the namespace says it."""
    scripted_server.expect("POST", NAMES, status=201, json={"id": "pkg-1"})
    assert gateway.register_name("teapot") == "pkg-1"
    assert scripted_server.requests[0].json() == {
        "name": "teapot",
        "type": "charm",
        "private": False,
    }


def test_a_name_is_registered_with_all_that_was_asked_for(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Kind, privacy and team are sent."""
    scripted_server.expect("POST", NAMES, json={"id": "pkg-1"})
    gateway.register_name("teapot", entity_type="bundle", private=True, team="team-1")
    assert scripted_server.requests[0].json() == {
        "name": "teapot",
        "type": "bundle",
        "private": True,
        "team": "team-1",
    }


def test_a_name_that_no_store_takes_is_not_sent(gateway: GatewayEndpoints) -> None:
    """The mistake is found before a request."""
    with pytest.raises(InvalidNameError):
        gateway.register_name("Tea Pot")


@pytest.mark.parametrize("code", ["already-registered", "already-owned", "reserved-name"])
def test_a_taken_name_is_a_conflict_with_its_code(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, code: str
) -> None:
    """Callers decide by the code: one's own name may be no failure to them."""
    scripted_server.expect("POST", NAMES, status=409, json=refusal(code))
    with pytest.raises(ConflictError) as caught:
        gateway.register_name("teapot")
    assert caught.value.codes == (code,)


def test_a_registration_is_not_repeated_blindly(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """A second one would be told that the name is taken."""
    scripted_server.expect("POST", NAMES, fault=Fault.RESET)
    with pytest.raises(StoreUnreachableError):
        gateway.register_name("teapot")
    assert len(scripted_server.requests) == 1


def test_a_name_is_given_back(gateway: GatewayEndpoints, scripted_server: ScriptedServer) -> None:
    """The id of the package is returned."""
    scripted_server.expect("DELETE", f"{NAMES}/teapot", json={"package-id": "pkg-1"})
    assert gateway.unregister_name("teapot") == "pkg-1"
    assert scripted_server.requests[0].body == b""


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "forbidden", PermissionRequiredError),
        (401, "permission-required", PermissionRequiredError),
        (404, "resource-not-found", NotFoundError),
    ],
)
def test_a_name_that_cannot_be_given_back_says_why(
    gateway: GatewayEndpoints,
    scripted_server: ScriptedServer,
    status: int,
    code: str,
    error: type[Exception],
) -> None:
    """Revisions, another owner, or no such name."""
    scripted_server.expect("DELETE", f"{NAMES}/teapot", status=status, json=refusal(code))
    with pytest.raises(error):
        gateway.unregister_name("teapot")


def test_giving_a_name_back_is_not_repeated_when_the_outcome_is_unknown(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The second answer would be that there is no such name."""
    scripted_server.expect("DELETE", f"{NAMES}/teapot", status=502, body="bad gateway")
    with pytest.raises(StoreUnavailableError):
        gateway.unregister_name("teapot")
    assert len(scripted_server.requests) == 1


def test_metadata_holds_tracks_and_guardrails(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Their times have no zone and are UTC."""
    scripted_server.expect("GET", f"{NAMES}/teapot", json={"metadata": {**PACKAGE, **TRACKS}})
    package = gateway.get_metadata("teapot")
    assert package.default_track == "2.0"
    assert package.tracks[0].name == "2.0"
    assert package.tracks[0].created_at == datetime(
        2023, 11, 13, 9, 9, 28, 717348, tzinfo=timezone.utc
    )
    assert package.track_guardrails[0].pattern == "[0-9]+"
    assert package.media[0].type == "icon"
    assert package.links == {"docs": ("https://example.com/docs",)}


def test_names_in_paths_are_encoded(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """What a user typed cannot lead to another endpoint."""
    scripted_server.expect("GET", f"{NAMES}/a%2Fb%3Fc", json={"metadata": PACKAGE})
    gateway.get_metadata("a/b?c")


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_names_that_change_the_path_are_not_sent(gateway: GatewayEndpoints, name: str) -> None:
    """Dots would lead to another endpoint."""
    with pytest.raises(InvalidNameError):
        gateway.get_metadata(name)


def test_an_unknown_name_is_not_found(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The same for names that the account may not see."""
    scripted_server.expect("GET", f"{NAMES}/nobody", status=404, json=refusal("resource-not-found"))
    with pytest.raises(NotFoundError):
        gateway.get_metadata("nobody")


def test_metadata_is_changed_in_part_and_repeated_when_the_store_stumbles(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The same change twice is the same as once."""
    scripted_server.expect("PATCH", f"{NAMES}/teapot", status=503, body="busy")
    scripted_server.expect(
        "PATCH", f"{NAMES}/teapot", json={"metadata": {**PACKAGE, "summary": "More tea"}}
    )
    changes = {"summary": "More tea", "contact": None}
    assert gateway.update_metadata("teapot", changes).summary == "More tea"
    assert [request.json() for request in scripted_server.requests] == [changes, changes]


def test_tracks_are_created(gateway: GatewayEndpoints, scripted_server: ScriptedServer) -> None:
    """A list is sent, a count comes back."""
    scripted_server.expect(
        "POST", f"{NAMES}/teapot/tracks", status=201, json={"num-tracks-created": 2}
    )
    wanted = [TrackRequest("2.0", automatic_phasing_percentage=0.32), TrackRequest("3", "3\\..*")]
    assert gateway.create_tracks("teapot", wanted) == 2
    assert scripted_server.requests[0].json() == [
        {"name": "2.0", "version-pattern": None, "automatic-phasing-percentage": 0.32},
        {"name": "3", "version-pattern": "3\\..*", "automatic-phasing-percentage": None},
    ]


def test_a_track_name_that_no_store_takes_is_not_sent(gateway: GatewayEndpoints) -> None:
    """Nothing is created when one of several is wrong."""
    with pytest.raises(InvalidNameError):
        gateway.create_tracks("teapot", [TrackRequest("2.0"), TrackRequest("2.0\n")])


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(409, "conflicting-tracks", ConflictError), (400, "invalid-tracks", BadRequestError)],
)
def test_refused_tracks_say_why(
    gateway: GatewayEndpoints,
    scripted_server: ScriptedServer,
    status: int,
    code: str,
    error: type[Exception],
) -> None:
    """There already, or matched by no guardrail."""
    scripted_server.expect("POST", f"{NAMES}/teapot/tracks", status=status, json=refusal(code))
    with pytest.raises(error):
        gateway.create_tracks("teapot", [TrackRequest("2.0")])


@pytest.mark.parametrize("count", ["1", None, True, 1.5])
def test_a_count_must_be_a_number(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, count: object
) -> None:
    """Anything else cannot be told to the user."""
    scripted_server.expect("POST", f"{NAMES}/teapot/tracks", json={"num-tracks-created": count})
    with pytest.raises(UnexpectedResponseError, match="POST /v1/charm/teapot/tracks"):
        gateway.create_tracks("teapot", [TrackRequest("2.0")])


def test_collaborators_are_listed(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """With the accounts that work and the one that let them in."""
    al = {"display-name": "Al Other", "email": "al@example.com", "id": "a", "username": "al-other"}
    scripted_server.expect(
        "GET",
        f"{NAMES}/teapot/collaborators",
        json={
            "collaborators": [
                {
                    "account": al,
                    "created-at": "2024-05-02T10:46:41Z",
                    "created-by": {"id": "acct-jo", "username": "jo-example"},
                    "permissions": ["package-collaborator"],
                    "updated-at": None,
                }
            ]
        },
    )
    (collaborator,) = gateway.list_collaborators("teapot")
    assert collaborator.account.username == "al-other"
    assert collaborator.permissions == ("package-collaborator",)
    assert collaborator.created_by is not None
    assert collaborator.created_by.username == "jo-example"


def test_invitations_are_made_listed_and_taken_back(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The tokens come back once; the other answers are empty."""
    invites = f"{NAMES}/teapot/collaborators/invites"
    scripted_server.expect(
        "POST",
        invites,
        status=201,
        json={"tokens": [{"email": "al@example.com", "token": "mD3s-example"}]},
    )
    scripted_server.expect(
        "GET", invites, json={"invites": [{"email": "al@example.com", "accepted-at": None}]}
    )
    for action in ("revoke", "accept", "reject"):
        scripted_server.expect("POST", f"{invites}/{action}", status=204)
    (token,) = gateway.invite("teapot", ["al@example.com"])
    assert token.token == "mD3s-example"
    (invite,) = gateway.list_invites("teapot")
    assert invite.email == "al@example.com"
    gateway.revoke_invites("teapot", ["al@example.com"])
    gateway.accept_invite("teapot", "mD3s-example")
    gateway.reject_invite("teapot", "mD3s-example")
    bodies = [request.json() for request in scripted_server.requests if request.body]
    people = {"invites": [{"email": "al@example.com"}]}
    assert bodies == [people, people, {"token": "mD3s-example"}, {"token": "mD3s-example"}]
