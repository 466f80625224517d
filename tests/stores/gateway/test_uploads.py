"""From a file to a revision: what is sent, what is repeated, and what is looked up first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    ArtifactError,
    BadRequestError,
    HostNotAllowedError,
    NotFoundError,
    PermissionRequiredError,
    StoreUnavailableError,
    StoreUnreachableError,
    UnexpectedResponseError,
)
from craft_store_core.testing.scripted import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_core.stores.gateway import GatewayEndpoints
    from craft_store_core.testing.scripted import ScriptedServer

STORAGE = "/blobs/unscanned-upload/"
REVISIONS = "/proxied/v1/charm/teapot/revisions"
REVIEW = f"{REVISIONS}/review"
RESOURCE = "/proxied/v1/charm/teapot/resources/model/revisions"
ID = "4a3b2c1d-0000-4d8c-b7a6-1234567890ab"
STATUS_URL = f"/v1/charm/teapot/revisions/review?upload-id={ID}"


def review(status: str = "new", **more: Any) -> dict[str, Any]:
    return {
        "revisions": [{"upload-id": ID, "status": status, "revision": None, "errors": None, **more}]
    }


@pytest.fixture
def charm(tmp_path: Path) -> Path:
    file = tmp_path / "teapot.charm"
    file.write_bytes(b"PK" + bytes(5000))
    return file


def test_a_file_is_sent_to_storage_without_credentials(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, charm: Path
) -> None:
    """One part named binary with the file's name and a real length; progress ends at its size."""
    scripted_server.expect("POST", STORAGE, json={"successful": True, "upload_id": ID})
    seen: list[int] = []
    assert gateway.upload_file(charm, progress=seen.append) == ID
    (request,) = scripted_server.requests
    assert "Authorization" not in request.headers
    assert request.headers["Accept"] == "application/json"
    assert int(request.headers["Content-Length"]) == len(request.body)
    assert b'name="binary"' in request.body
    assert b'filename="teapot.charm"' in request.body
    assert charm.read_bytes() in request.body
    assert seen[-1] == 5002


def test_a_number_is_taken_for_an_upload_id(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, charm: Path
) -> None:
    """Some storage hosts count."""
    scripted_server.expect("POST", STORAGE, json={"successful": True, "upload_id": 4711})
    assert gateway.upload_file(charm) == "4711"


def test_an_upload_is_sent_again_from_its_beginning(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, charm: Path
) -> None:
    """Nothing refers to a blob yet, so that a second one is harmless."""
    scripted_server.expect("POST", STORAGE, status=502, body="bad gateway")
    scripted_server.expect("POST", STORAGE, fault=Fault.RESET)
    scripted_server.expect("POST", STORAGE, json={"successful": True, "upload_id": ID})
    assert gateway.upload_file(charm) == ID
    assert all(charm.read_bytes() in request.body for request in scripted_server.requests)


@pytest.mark.parametrize(
    "document", [{"successful": False, "upload_id": None}, {"upload_id": ID}, {}]
)
def test_an_upload_that_was_not_successful_is_a_refusal(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, charm: Path, document: Any
) -> None:
    """Whatever its status was."""
    scripted_server.expect("POST", STORAGE, json=document)
    with pytest.raises(BadRequestError, match=r"rejected teapot\.charm"):
        gateway.upload_file(charm)


@pytest.mark.parametrize("upload_id", [None, "", True, ["x"]])
def test_a_successful_upload_without_an_id_cannot_be_used(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, charm: Path, upload_id: object
) -> None:
    """The error names the storage host's endpoint."""
    scripted_server.expect("POST", STORAGE, json={"successful": True, "upload_id": upload_id})
    with pytest.raises(UnexpectedResponseError, match="unscanned-upload"):
        gateway.upload_file(charm)


def test_a_missing_file_is_not_sent(gateway: GatewayEndpoints, tmp_path: Path) -> None:
    """The mistake is found before a request."""
    with pytest.raises(ArtifactError):
        gateway.upload_file(tmp_path / "gone.charm")


def test_a_storage_host_that_is_down_is_told(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, charm: Path
) -> None:
    """A proxy's plain text is no JSON and no crash."""
    scripted_server.expect("POST", STORAGE, status=504, body="gateway time-out", times=3)
    with pytest.raises(StoreUnavailableError):
        gateway.upload_file(charm)


@pytest.mark.parametrize("absolute", [False, True])
def test_a_revision_is_pushed(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, absolute: bool
) -> None:
    """The status URL is appended to the API with its path; an absolute one is taken as it is."""
    base = f"{scripted_server.url}/proxied"
    scripted_server.expect(
        "POST",
        REVISIONS,
        status=202,
        json={"status-url": base + STATUS_URL if absolute else STATUS_URL},
    )
    assert gateway.push_revision("teapot", ID) == base + STATUS_URL
    assert scripted_server.requests[0].json() == {"upload-id": ID}


def test_a_status_url_on_another_host_is_refused(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Credentials would go there with the next question."""
    scripted_server.expect("POST", REVISIONS, json={"status-url": "https://evil.example/review"})
    with pytest.raises(HostNotAllowedError):
        gateway.push_revision("teapot", ID)


def test_an_answer_without_a_status_url_names_the_endpoint(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """It is not silently taken for success."""
    scripted_server.expect("POST", REVISIONS, json={})
    with pytest.raises(UnexpectedResponseError, match="POST /v1/charm/teapot/revisions"):
        gateway.push_revision("teapot", ID)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CLOSE, Fault.TRUNCATE])
def test_a_revision_that_was_seen_is_not_pushed_twice(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, fault: Fault
) -> None:
    """After a broken connection the review list tells that the store got it."""
    scripted_server.expect("POST", REVISIONS, json={"status-url": STATUS_URL}, fault=fault)
    scripted_server.expect("GET", REVIEW, query={"upload-id": ID}, json=review())
    assert gateway.push_revision("teapot", ID).endswith(STATUS_URL)
    assert [request.method for request in scripted_server.requests] == ["POST", "GET"]


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, {"revisions": []}), (404, {"error-list": [{"code": "resource-not-found"}]})],
)
def test_a_revision_that_was_not_seen_is_pushed_again_once(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, status: int, answer: Any
) -> None:
    """The store does not know the upload, so that sending it again is safe."""
    scripted_server.expect("POST", REVISIONS, fault=Fault.RESET)
    scripted_server.expect("GET", REVIEW, status=status, json=answer)
    scripted_server.expect("POST", REVISIONS, json={"status-url": STATUS_URL})
    assert gateway.push_revision("teapot", ID).endswith(STATUS_URL)
    assert [request.method for request in scripted_server.requests] == ["POST", "GET", "POST"]


@pytest.mark.parametrize("seen", [True, False])
def test_a_push_that_timed_out_at_the_store_is_looked_up(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, seen: bool
) -> None:
    """After a status 408 the push is sent again only where the store does not know the upload."""
    scripted_server.expect("POST", REVISIONS, status=408, body="<html>late</html>")
    scripted_server.expect("GET", REVIEW, json=review() if seen else {"revisions": []})
    if not seen:
        scripted_server.expect("POST", REVISIONS, json={"status-url": STATUS_URL})
    gateway.push_revision("teapot", ID)
    assert len(scripted_server.requests) == (2 if seen else 3)


def test_the_second_failure_is_the_last(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """There is one repetition, no loop."""
    scripted_server.expect("POST", REVISIONS, status=502, body="bad gateway")
    scripted_server.expect("GET", REVIEW, json={"revisions": []})
    scripted_server.expect("POST", REVISIONS, status=504, body="late")
    with pytest.raises(StoreUnavailableError) as caught:
        gateway.push_revision("teapot", ID)
    assert caught.value.status == 504


def test_an_outcome_that_cannot_be_looked_up_stays_unknown(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The first failure is told, and nothing is sent twice."""
    scripted_server.expect("POST", REVISIONS, fault=Fault.RESET)
    scripted_server.expect("GET", REVIEW, status=503, body="busy", times=3)
    with pytest.raises(StoreUnreachableError):
        gateway.push_revision("teapot", ID)


def test_credentials_that_may_not_look_do_not_hide_the_failure(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """A token can allow to upload without allowing to view."""
    scripted_server.expect("POST", REVISIONS, status=504, body="late")
    scripted_server.expect(
        "GET", REVIEW, status=401, json={"error-list": [{"code": "permission-required"}]}
    )
    with pytest.raises(StoreUnavailableError):
        gateway.push_revision("teapot", ID)


def test_a_refused_push_is_not_looked_up(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """A refusal is an answer: there is nothing to find out."""
    scripted_server.expect(
        "POST",
        REVISIONS,
        status=401,
        json={
            "error-list": [
                {
                    "code": "permission-required",
                    "message": "Missing required permission: package-manage-revisions",
                }
            ]
        },
    )
    with pytest.raises(PermissionRequiredError) as caught:
        gateway.push_revision("teapot", ID)
    assert "package-manage-revisions" in f"{caught.value} {caught.value.why}"


def test_a_review_is_asked_for_by_its_upload(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The item of that upload counts, wherever it is in the list."""
    other = {"upload-id": "other", "status": "rejected", "revision": None, "errors": None}
    document = review("approved", revision=7)
    document["revisions"].insert(0, other)
    scripted_server.expect("GET", REVIEW, query={"upload-id": ID}, json=document)
    status = gateway.review_status("teapot", ID)
    assert (status.upload_id, status.revision, status.approved) == (ID, 7, True)


def test_a_rejected_review_has_its_reasons(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Also without a code."""
    errors = [{"code": None, "message": "Missing required file: metadata.yaml"}]
    scripted_server.expect("GET", REVIEW, json=review("rejected", errors=errors))
    status = gateway.review_status("teapot", ID)
    assert status.rejected
    assert [(entry.code, entry.message) for entry in status.errors] == [
        (None, "Missing required file: metadata.yaml")
    ]


def test_a_number_as_upload_id_is_found_again(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """What was a number on the wire is a text in the program."""
    scripted_server.expect(
        "GET", REVIEW, json={"revisions": [{"upload-id": 4711, "status": "new"}]}
    )
    assert gateway.review_status("teapot", "4711").status == "new"


def test_an_upload_that_is_not_listed_is_not_found(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """It may become visible: who polls can tell it from other failures."""
    scripted_server.expect("GET", REVIEW, json={"revisions": []})
    with pytest.raises(NotFoundError, match=ID):
        gateway.review_status("teapot", ID)


def test_a_review_of_an_odd_form_is_told(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """It is not taken for a missing one."""
    scripted_server.expect("GET", REVIEW, json={"revisions": [{"upload-id": ID}]})
    with pytest.raises(UnexpectedResponseError, match="revisions/review") as caught:
        gateway.review_status("teapot", ID)
    assert caught.value.why is not None
    assert "status" in caught.value.why


def test_revisions_come_oldest_first_with_the_rejected_ones(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The store's order is not documented."""
    rows = [
        {"revision": number, "status": "rejected" if number == 2 else "approved", "bases": [None]}
        for number in (3, 1, 2)
    ]
    scripted_server.expect("GET", REVISIONS, json={"revisions": [*rows, {"revision": "odd"}]})
    revisions = gateway.list_revisions("teapot")
    assert [item.revision for item in revisions] == [1, 2, 3]
    assert [item.rejected for item in revisions] == [False, True, False]
    assert len(revisions.unreadable) == 1
