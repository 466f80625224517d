"""The client of a store: every operation, login and logout, put together by hand."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.channels import Channel
from craft_store_core.errors import (
    AccountNotReady,
    AuthenticationRequired,
    CredentialFileError,
    CredentialsExist,
    CredentialsReadOnly,
    KeyringLockedError,
    PermissionRequired,
    StoreUnreachable,
    UnknownNameError,
    UnsupportedOperation,
    WrongCredentials,
)
from craft_store_core.http import HTTPClient
from craft_store_core.login.authenticator import StoredAuthenticator
from craft_store_core.login.backends.environment import EnvironmentBackend
from craft_store_core.login.backends.memory import MemoryBackend
from craft_store_core.models import (
    Account,
    ErrorEntry,
    Identity,
    ReleaseRequest,
    ResourceBase,
    ReviewStatus,
    TrackRequest,
)
from craft_store_core.plugins.auth_flows import LoginRequest
from craft_store_core.plugins.credentials import BackendSettings, Credential, CredentialKey, Probe
from craft_store_core.plugins.endpoint_sets import Operation
from craft_store_core.plugins.session import StoreSession
from craft_store_core.plugins.stores import Store
from craft_store_core.stores.client import StoreClient
from craft_store_core.stores.reviews import Polling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from craft_store_core.testing.scripted import ScriptedServer

STORE = Store("acme", "Acme", "acme", {"api": "https://acme.example"}, ("sso",))
KEY = CredentialKey("craft-store", "acme.example")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
OLD = Credential("acme", "old", host="acme.example")
NEW = Credential("acme", "new", host="acme.example")
REQUEST = LoginRequest(permissions=("package-view",), description="tests", ttl=60)
BASE = ResourceBase(("amd64",), "ubuntu", "24.04")
EDGE = ReleaseRequest(Channel.parse("edge"), 1)
SLOWLY = replace(EDGE, percentage=10)


class Endpoints:
    """Has every operation; records the calls and answers with what it was called with."""

    def __init__(self, operations: frozenset[Operation] = frozenset(Operation)) -> None:
        self.operations = operations
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.whoami_error: Exception | None = None
        self.statuses: list[ReviewStatus] = []

    def whoami(self) -> Any:
        self.calls.append(("whoami", (), {}))
        if self.whoami_error:
            raise self.whoami_error
        return "identity"

    def review_status(self, name: str, upload_id: str) -> Any:
        self.calls.append(("review_status", (name, upload_id), {}))
        return self.statuses.pop(0) if self.statuses else "review_status"

    def upload_file(self, file: Path, *, progress: Callable[[int], None] | None = None) -> str:
        self.calls.append(("upload_file", (file,), {}))
        if progress:
            progress(3)
        return "u-1"

    def permission_for(self, operation: Operation) -> str | None:
        return None if operation is Operation.WHOAMI else f"may-{operation.value.split('-')[0]}"

    def _record(name: str) -> Any:  # type: ignore[misc]  # makes methods, is none  # noqa: N805
        def method(self: Endpoints, *args: Any, **kwargs: Any) -> Any:
            self.calls.append((name, args, kwargs))
            return name

        return method

    transported_types = frozenset({"oci-image"})

    check_upload = _record("check_upload")
    read_resource = _record("read_resource")
    resource_digest = _record("resource_digest")
    transport_resource = _record("transport_resource")
    push_components = _record("push_components")
    push_to_channels = _record("push_to_channels")
    list_names = _record("list_names")
    register_name = _record("register_name")
    unregister_name = _record("unregister_name")
    get_metadata = _record("get_metadata")
    update_metadata = _record("update_metadata")
    set_icon = _record("set_icon")
    create_tracks = _record("create_tracks")
    read_artifact = _record("read_artifact")
    push_revision = _record("push_revision")
    list_revisions = _record("list_revisions")
    list_releases = _record("list_releases")
    release = _record("release")
    list_resources = _record("list_resources")
    list_resource_revisions = _record("list_resource_revisions")
    push_resource = _record("push_resource")
    update_resource_revisions = _record("update_resource_revisions")


class Flow:
    """Logs in to get :data:`NEW`, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.requests: list[LoginRequest] = []

    def login(self, request: LoginRequest) -> Credential:
        self.requests.append(request)
        if self.error:
            raise self.error
        return NEW

    def prepare(self, credential: Credential) -> Credential:
        return credential

    def authorization(self, credential: Credential) -> str:
        return f"Macaroon {credential.token}"


class Reporter:
    """Records what it is told."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    @contextmanager
    def task(self, title: str, *, total: int | None = None, unit: str = "bytes") -> Iterator[Any]:
        self.calls.append((title, total))
        yield self
        self.calls.append("end")

    def update(self, done: int) -> None:
        self.calls.append(done)

    def message(self, text: str) -> None:
        self.calls.append(text)

    def close(self) -> None:
        self.calls.append("close")


class FailingBackend(MemoryBackend):
    """A backend whose every use fails."""

    def __init__(self, error: Exception) -> None:
        super().__init__(SETTINGS)
        self.error = error

    def probe(self) -> Probe:
        raise self.error

    def get(self, key: CredentialKey) -> str | None:
        raise self.error


SETTINGS = BackendSettings(environment={}, folder=None)


def make(
    *,
    endpoints: Any = None,
    flow: Flow | None = None,
    backend: Any = None,
    stored: Credential | None = None,
    progress: Any = None,
    find_flow: Callable[[str], Any] | None = None,
    store: Store = STORE,
) -> StoreClient:
    backend = backend or MemoryBackend(SETTINGS)
    if stored:
        backend.set(KEY, stored.encode())
    flow = flow or Flow()
    http = HTTPClient(user_agent="tests/1", origins=store.origins, proxies={})
    authenticator = StoredAuthenticator(
        replace(KEY, host=store.host),
        lambda: backend,
        find_flow or (lambda _: flow),
        now=lambda: NOW,
    )
    return StoreClient(
        store=store,
        http=http,
        session=StoreSession(store, http, authenticator),
        endpoints=Endpoints() if endpoints is None else endpoints,
        authenticator=authenticator,
        login_flow=lambda: flow,
        progress=progress,
    )


# Each operation: how it is called, what its endpoint set is called with, and which it is.
OPERATIONS: list[tuple[Operation, str, tuple[Any, ...], dict[str, Any]]] = [
    (Operation.LIST_NAMES, "list_names", (), {"include_collaborations": True}),
    (
        Operation.REGISTER_NAME,
        "register_name",
        ("acme",),
        {"entity_type": "charm", "private": True, "team": "jo-example"},
    ),
    (Operation.UNREGISTER_NAME, "unregister_name", ("acme",), {}),
    (Operation.GET_METADATA, "get_metadata", ("acme",), {}),
    (Operation.UPDATE_METADATA, "update_metadata", ("acme", {"title": "Acme"}), {}),
    (Operation.SET_ICON, "set_icon", ("acme", None), {"force": True}),
    (Operation.CREATE_TRACKS, "create_tracks", ("acme", [TrackRequest("2")]), {}),
    (Operation.READ_ARTIFACT, "read_artifact", ("file",), {}),
    (Operation.PUSH_REVISION, "push_revision", ("acme", "u-1"), {}),
    (Operation.REVIEW_STATUS, "review_status", ("acme", "u-1"), {}),
    (Operation.LIST_REVISIONS, "list_revisions", ("acme",), {}),
    (Operation.LIST_RELEASES, "list_releases", ("acme",), {}),
    (Operation.RELEASE, "release", ("acme", (EDGE,)), {}),
    (Operation.RELEASE_PROGRESSIVELY, "release", ("acme", (EDGE, SLOWLY)), {}),
    (Operation.CHECK_UPLOAD, "check_upload", ("acme",), {}),
    (Operation.PUSH_COMPONENTS, "push_components", ("acme", "u-1", {"debug": "u-2"}), {}),
    (
        Operation.PUSH_TO_CHANNELS,
        "push_to_channels",
        ("acme", "u-1", [EDGE.channel]),
        {"components": {"debug": "u-2"}, "only_if_newer": True},
    ),
    (Operation.LIST_RESOURCES, "list_resources", ("acme",), {"revision": 2}),
    (Operation.LIST_RESOURCE_REVISIONS, "list_resource_revisions", ("acme", "image"), {}),
    (
        Operation.PUSH_RESOURCE,
        "push_resource",
        ("acme", "image", "u-1"),
        {"resource_type": "file", "bases": (BASE,)},
    ),
    (
        Operation.UPDATE_RESOURCE_REVISIONS,
        "update_resource_revisions",
        ("acme", "image", {1: [BASE]}),
        {},
    ),
]


@pytest.mark.parametrize(
    ("operation", "method", "args", "kwargs"), OPERATIONS, ids=[o[0].value for o in OPERATIONS]
)
def test_an_operation_is_the_endpoint_sets(
    operation: Operation, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Arguments go through, and so does what comes back."""
    endpoints = Endpoints()
    client = make(endpoints=endpoints)

    assert client.supports(operation)
    returned = getattr(client, method)(*args, **kwargs)
    assert returned == (None if method == "check_upload" else method)
    assert endpoints.calls == [(method, args, kwargs)]


CONTENT: Any = "content"
TRANSPORT: list[tuple[Operation, str, tuple[Any, ...], dict[str, Any]]] = [
    (Operation.TRANSPORT_RESOURCE, "read_resource", ("oci-image", "image.tar"), {}),
    (Operation.TRANSPORT_RESOURCE, "resource_digest", ("acme", "image", CONTENT), {}),
    (Operation.TRANSPORT_RESOURCE, "transport_resource", ("acme", "image", CONTENT), {}),
]


def test_resources_that_are_no_files_go_the_endpoint_sets_way() -> None:
    """Which types these are it says itself; it shows its work through the client's reporter."""
    endpoints = Endpoints()
    client = make(endpoints=endpoints)

    for _, method, args, _ in TRANSPORT:
        assert getattr(client, method)(*args) == method

    folders = [kwargs.pop("folder", None) for _, _, kwargs in endpoints.calls]
    assert folders == [Path(), None, None]
    tasks = [kwargs.pop("task", None) for _, _, kwargs in endpoints.calls]
    assert tasks == [client.task, None, client.task]
    assert [(name, args) for name, args, _ in endpoints.calls] == [
        (method, args) for _, method, args, _ in TRANSPORT
    ]
    assert client.transports("oci-image")
    assert not client.transports("file")
    assert not client.transports(None)
    assert not make(endpoints=Endpoints(frozenset())).transports("oci-image")


ALL = [
    *OPERATIONS,
    *TRANSPORT,
    (Operation.WHOAMI, "whoami", (), {}),
    (Operation.UPLOAD_FILE, "upload_file", ("file",), {}),
    (Operation.REVIEW_STATUS, "wait_for_review", ("acme", "u-1"), {}),
]


def test_every_operation_is_tested() -> None:
    """A new operation without a test fails here."""
    assert {operation for operation, *_ in ALL} == set(Operation)


@pytest.mark.parametrize(
    ("operation", "method", "args", "kwargs"), ALL, ids=[o[0].value for o in ALL]
)
@pytest.mark.parametrize("capable", [True, False])
def test_an_operation_that_the_store_lacks_is_an_error_of_usage(
    operation: Operation, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], capable: bool
) -> None:
    """Whether it is not declared or not there: never a missing attribute."""

    class Bare:
        operations = frozenset(Operation)

    endpoints = Endpoints(frozenset(Operation) - {operation}) if capable else Bare()
    client = make(endpoints=endpoints)

    with pytest.raises(UnsupportedOperation) as caught:
        getattr(client, method)(*args, **kwargs)

    assert (caught.value.store, caught.value.operation) == ("acme", operation.value)
    assert client.supports(operation) is not capable


def test_an_upload_shows_its_progress(tmp_path: Path) -> None:
    """With the name and the size of the file."""
    file = tmp_path / "a.charm"
    file.write_bytes(b"12345")
    reporter = Reporter()

    assert make(progress=reporter).upload_file(file) == "u-1"
    assert reporter.calls == [("Uploading a.charm", 5), 3, "end"]


def test_a_program_can_follow_an_upload_beside_the_reporter(tmp_path: Path) -> None:
    """Both get the same numbers; what the program raises ends the upload."""
    seen: list[int] = []
    reporter = Reporter()

    make(progress=reporter).upload_file(tmp_path, progress=seen.append)
    make().upload_file(tmp_path, progress=seen.append)

    assert seen == [3, 3]
    assert 3 in reporter.calls

    def stop(_: int) -> None:
        raise InterruptedError("enough")

    with pytest.raises(InterruptedError):
        make(progress=reporter).upload_file(tmp_path, progress=stop)


def test_a_missing_file_is_the_endpoint_sets_to_refuse(tmp_path: Path) -> None:
    """Looking at its size for the progress raises nothing."""
    reporter = Reporter()

    make(progress=reporter).upload_file(tmp_path / "missing.charm")

    assert reporter.calls[0] == ("Uploading missing.charm", None)


def test_an_upload_needs_no_reporter(tmp_path: Path) -> None:
    """A program may want none."""
    assert make().upload_file(tmp_path) == "u-1"


def test_a_reporter_that_raises_does_not_fail_an_upload(tmp_path: Path) -> None:
    """The client guards what it is given."""

    class Broken(Reporter):
        def update(self, done: int) -> None:
            raise RuntimeError("out of order")

    assert make(progress=Broken()).upload_file(tmp_path) == "u-1"


@pytest.mark.parametrize("shown", [True, False])
def test_a_review_is_waited_for_and_its_states_are_shown(shown: bool) -> None:
    """The revision comes back; a polling of one's own is used."""
    endpoints, reporter = Endpoints(), Reporter()
    endpoints.statuses = [ReviewStatus("u-1", "new"), ReviewStatus("u-1", "approved", 7)]
    slept: list[float] = []
    client = make(endpoints=endpoints, progress=reporter if shown else None)

    revision = client.wait_for_review("acme", "u-1", Polling(first=0.5, sleep=slept.append))

    assert revision == 7
    assert slept == [0.5]
    assert endpoints.calls == [("review_status", ("acme", "u-1"), {})] * 2
    assert reporter.calls == (
        [("Waiting for the review of acme", None), "new", "approved", "end"] if shown else []
    )


def identity(*permissions: str) -> Identity:
    return Identity(account=Account("1", "jo-example"), permissions=permissions)


def test_missing_permissions_are_found_before_anything_is_sent() -> None:
    """Each is named once, in the order of the operations."""
    client = make()
    operations = [
        Operation.WHOAMI,
        Operation.RELEASE,
        Operation.PUSH_REVISION,
        Operation.PUSH_RESOURCE,
    ]

    assert client.missing_permissions(identity("may-release"), operations) == ("may-push",)
    assert client.missing_permissions(identity("may-release", "may-push"), operations) == ()


def test_an_endpoint_set_that_knows_no_permissions_lacks_none() -> None:
    """What cannot be known beforehand the store will say."""

    class Bare:
        operations = frozenset({Operation.WHOAMI})

    assert make(endpoints=Bare()).missing_permissions(identity(), [Operation.WHOAMI]) == ()


def test_requests_of_ones_own_are_authenticated(scripted_server: ScriptedServer) -> None:
    """What no operation covers can still be asked, with the same care."""
    scripted_server.expect("POST", "/v1/more", json={"ok": 1})
    store = replace(STORE, urls={"api": scripted_server.url})
    stored = replace(OLD, host=store.host)
    backend = MemoryBackend(SETTINGS)
    backend.set(replace(KEY, host=store.host), stored.encode())

    with make(store=store, backend=backend) as client:
        assert client.request("POST", "/v1/more", json={"x": 1}).json() == {"ok": 1}

    assert scripted_server.requests[0].headers["Authorization"] == "Macaroon old"


def test_a_client_gives_the_terminal_back() -> None:
    """At the end of its block, and without a reporter nothing is to be given back."""
    reporter = Reporter()

    with make(progress=reporter):
        pass
    make().close()

    assert reporter.calls == ["close"]


# Login


def test_a_login_stores_what_it_obtains() -> None:
    """The request goes to the flow as it is; the credential is used at once."""
    flow = Flow()
    client = make(flow=flow)

    assert client.login(REQUEST) == NEW
    assert flow.requests == [REQUEST]
    assert client.authenticator.stored() == NEW
    assert client.authenticator.authorization() == "Macaroon new"


def test_working_credentials_are_not_replaced() -> None:
    """The store is asked whether they work; nobody is asked for a password."""
    flow = Flow()
    client = make(flow=flow, stored=OLD)

    with pytest.raises(CredentialsExist, match="logged in to acme already"):
        client.login(REQUEST)

    assert flow.requests == []
    assert client.authenticator.stored() == OLD


def test_force_replaces_working_credentials() -> None:
    """Without asking the store about them."""
    endpoints = Endpoints()
    client = make(endpoints=endpoints, stored=OLD)

    assert client.login(REQUEST, force=True) == NEW
    assert endpoints.calls == []


def unreadable_backend() -> MemoryBackend:
    backend = MemoryBackend(SETTINGS)
    backend.set(KEY, "no base64!")
    return backend


DEAD: dict[str, Callable[[], StoreClient]] = {
    "refused by the store": lambda: make(
        stored=OLD, endpoints=refusing(AuthenticationRequired("No.", status=401))
    ),
    "expired": lambda: make(
        stored=replace(OLD, expires_at=NOW - timedelta(days=1)), endpoints=asking()
    ),
    "for another host": lambda: make(stored=replace(OLD, host="other.example"), endpoints=asking()),
    "unreadable": lambda: make(backend=unreadable_backend()),
    "of a kind that no flow reads": lambda: make(
        stored=OLD, endpoints=asking(), find_flow=unknown_kind
    ),
}


def refusing(error: Exception) -> Endpoints:
    endpoints = Endpoints()
    endpoints.whoami_error = error
    return endpoints


def asking() -> Endpoints:
    """Endpoints of a store without an operation that tells whether credentials work."""
    return Endpoints(frozenset(Operation) - {Operation.WHOAMI})


def unknown_kind(kind: str) -> Any:
    raise UnknownNameError("auth flow for credentials of kind", kind, ())


@pytest.mark.parametrize("case", DEAD)
def test_dead_credentials_are_replaced(case: str) -> None:
    """Nobody has to log out first, or to know what ``--force`` does."""
    client = DEAD[case]()

    assert client.login(REQUEST) == NEW
    assert client.authenticator.stored() == NEW


def test_credentials_that_the_store_cannot_be_asked_about_are_kept() -> None:
    """Where no operation tells whether they work, what looks usable is not overwritten."""
    client = make(stored=OLD, endpoints=asking())

    with pytest.raises(CredentialsExist):
        client.login(REQUEST)

    assert client.authenticator.stored() == OLD


@pytest.mark.parametrize(
    "error",
    [PermissionRequired("No.", status=403), AccountNotReady("Not yet.", status=401)],
)
def test_credentials_that_may_not_do_much_still_work(error: Exception) -> None:
    """The store knows the account: it was not the credentials that it refused."""
    with pytest.raises(CredentialsExist):
        make(stored=OLD, endpoints=refusing(error)).login(REQUEST)


@pytest.mark.parametrize(
    "error", [KeyringLockedError("Locked."), CredentialFileError("The file is damaged.")]
)
def test_a_backend_that_fails_ends_the_login_before_anybody_is_asked(error: Exception) -> None:
    """A password and a one-time password are not typed in vain, and nothing is overwritten."""
    flow = Flow()

    with pytest.raises(type(error)):
        make(flow=flow, backend=FailingBackend(error)).login(REQUEST)

    assert flow.requests == []


def test_a_store_that_is_down_ends_the_login() -> None:
    """Nobody knows whether the credentials work."""
    client = make(stored=OLD, endpoints=refusing(StoreUnreachable("Nobody is there.")))

    with pytest.raises(StoreUnreachable):
        client.login(REQUEST)

    assert client.authenticator.stored() == OLD


def test_a_failed_login_loses_nothing() -> None:
    """Also with force, the old credentials stay until there are new ones."""
    client = make(flow=Flow(WrongCredentials("No.")), stored=OLD)

    with pytest.raises(WrongCredentials):
        client.login(REQUEST, force=True)

    assert client.authenticator.stored() == OLD


def environment() -> EnvironmentBackend:
    variables = {"CRAFT_STORE_CREDENTIALS": OLD.encode()}
    return EnvironmentBackend(replace(SETTINGS, environment=variables))


def test_the_environment_is_not_logged_in_to() -> None:
    """The error says that a login would not change what is used."""
    flow = Flow()

    with pytest.raises(CredentialsReadOnly, match="'environment', which cannot be written"):
        make(flow=flow, backend=environment()).login(REQUEST, force=True)

    assert flow.requests == []


def test_a_credential_can_be_obtained_for_another_machine() -> None:
    """Nothing is stored, and credentials that are there do not matter."""
    client = make(stored=OLD)

    assert client.obtain_credential(REQUEST) == NEW
    assert client.authenticator.stored() == OLD


def test_a_logout_removes_the_credential() -> None:
    """It says whether there was one; the environment cannot be logged out of."""
    client = make(stored=OLD)

    assert client.logout() is True
    assert client.logout() is False
    with pytest.raises(CredentialsReadOnly):
        make(backend=environment()).logout()


def test_the_answers_of_a_login_are_not_shown() -> None:
    """A password in a request does not get into a log by its repr."""
    request = replace(REQUEST, answers={"password": "hush"})

    assert "hush" not in repr(request)


def test_error_entries_of_models_are_those_of_errors() -> None:
    """What a review says can be compared with what an error holds."""
    assert (
        ErrorEntry("a", "b") in ReviewStatus("u", "rejected", None, (ErrorEntry("a", "b"),)).errors
    )
