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
    AccountNotReadyError,
    AuthenticationRequiredError,
    CredentialFileError,
    CredentialsExistError,
    CredentialsReadOnlyError,
    KeyringLockedError,
    PermissionRequiredError,
    StoreUnreachableError,
    UnknownNameError,
    UnsupportedOperationError,
    WrongCredentialsError,
)
from craft_store_core.http import HTTPClient, Work
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
)
from craft_store_core.plugins.auth_flows import AuthFlow, LoginRequest
from craft_store_core.plugins.credentials import BackendSettings, Credential, CredentialKey, Probe
from craft_store_core.plugins.endpoint_sets import EndpointSet, operation
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


class Endpoints(EndpointSet):
    """Has some operations; records the calls and answers with their names."""

    transported_types = frozenset({"oci-image"})

    def __init__(self) -> None:
        self.store = STORE
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.whoami_error: Exception | None = None
        self.statuses: list[ReviewStatus] = []

    @operation()
    def whoami(self) -> Any:
        self.calls.append(("whoami", (), {}))
        if self.whoami_error:
            raise self.whoami_error
        return "identity"

    @operation()
    def review_status(self, name: str, upload_id: str) -> Any:
        self.calls.append(("review_status", (name, upload_id), {}))
        return self.statuses.pop(0) if self.statuses else "review_status"

    @operation()
    def upload_file(self, file: Path, *, progress: Callable[[int], None] | None = None) -> str:
        self.calls.append(("upload_file", (file,), {}))
        if progress:
            progress(3)
        return "u-1"

    def _record(name: str, permission: str | None = None) -> Any:  # type: ignore[misc]  # makes methods, is none  # noqa: N805
        def method(self: Endpoints, *args: Any, **kwargs: Any) -> Any:
            self.calls.append((name, args, kwargs))
            return name

        return operation(permission)(method)

    read_resource = _record("read_resource")
    resource_digest = _record("resource_digest")
    transport_resource = _record("transport_resource")
    push_revision = _record("push_revision", "may-push")
    push_resource = _record("push_resource", "may-push")
    register_name = _record("register_name")
    release = _record("release", "may-release")
    release_progressively = _record("release_progressively", "may-release")
    audit = _record("audit")


class WithoutWhoami(EndpointSet):
    """Of a store without an operation that shows whether credentials work."""

    def __init__(self) -> None:
        self.store = STORE


class Flow(AuthFlow):
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
    artifact_reader: Any = None,
    work: Work | None = None,
) -> StoreClient:
    backend = backend or MemoryBackend(SETTINGS)
    if stored:
        backend.set(KEY, stored.encode())
    flow = flow or Flow()
    http = HTTPClient(user_agent="tests/1", origins=store.origins, proxies={}, work=work)
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
        artifact_reader=artifact_reader,
    )


def test_a_client_has_the_operations_of_its_endpoint_set() -> None:
    """Also those that only this store has; arguments and results go through."""
    endpoints = Endpoints()
    client: Any = make(endpoints=endpoints)

    assert client.supports("register-name")
    assert client.register_name("acme", private=True) == "register_name"
    assert client.supports("audit")
    assert client.audit("acme") == "audit"
    assert endpoints.calls == [
        ("register_name", ("acme",), {"private": True}),
        ("audit", ("acme",), {}),
    ]


def test_a_release_to_a_percentage_is_an_operation_of_its_own() -> None:
    """Stores that cannot do it refuse it, and do not release to everybody."""
    endpoints = Endpoints()
    client: Any = make(endpoints=endpoints)

    assert client.release("acme", [EDGE]) == "release"
    assert client.release("acme", [EDGE, SLOWLY]) == "release_progressively"
    assert [args for _, args, _ in endpoints.calls] == [
        ("acme", (EDGE,)),
        ("acme", (EDGE, SLOWLY)),
    ]


def test_resources_that_are_no_files_go_the_endpoint_sets_way() -> None:
    """Which types these are it says itself; it shows its work through the client's reporter."""
    endpoints = Endpoints()
    client: Any = make(endpoints=endpoints)

    assert client.read_resource("oci-image", "image.tar") == "read_resource"
    assert client.transport_resource("acme", "image", "content") == "transport_resource"

    (_, read, reading), (_, sent, sending) = endpoints.calls
    assert (read, reading) == (("oci-image", "image.tar"), {"folder": Path(), "task": client.task})
    assert (sent, sending) == (
        ("acme", "image", "content"),
        {"task": client.task, "progress": None},
    )
    assert client.transports("oci-image")
    assert not client.transports("file")
    assert not client.transports(None)


def test_artifacts_are_read_by_the_reader_of_the_store() -> None:
    """A store that takes no artifacts refuses it."""
    client: Any = make(artifact_reader=lambda file: f"read {file}")

    assert client.supports("read-artifact")
    assert client.read_artifact(Path("a.charm")) == "read a.charm"
    with pytest.raises(UnsupportedOperationError, match="read-artifact"):
        make().read_artifact(Path("a.charm"))
    assert not make().supports("read-artifact")


def test_every_operation_is_refused_where_the_store_lacks_it() -> None:
    """By its public name, before anything is sent, and never as a missing attribute."""
    client: Any = make(endpoints=WithoutWhoami())
    methods = vars(EndpointSet).items()
    declared = [name for name, value in methods if hasattr(value, "__permission__")]

    assert {"whoami", "list_releases", "transport_resource"} <= set(declared)
    for name in declared:
        with pytest.raises(UnsupportedOperationError) as caught:
            getattr(client.endpoints, name)()
        assert (caught.value.store, caught.value.operation) == ("acme", name.replace("_", "-"))
        assert not client.supports(name.replace("_", "-"))


def test_names_that_no_store_has_are_missing_as_usual() -> None:
    """A typing error is an AttributeError."""
    with pytest.raises(AttributeError, match="lits_names"):
        _ = make().lits_names  # type: ignore[attr-defined]  # that is the error


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
    work = Work(sleep=slept.append)
    client = make(endpoints=endpoints, progress=reporter if shown else None, work=work)

    revision = client.wait_for_review("acme", "u-1", Polling(first=0.5))

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
    operations = ["whoami", "release", "push-revision", "push-resource"]

    assert client.missing_permissions(identity("may-release"), operations) == ("may-push",)
    assert client.missing_permissions(identity("may-release", "may-push"), operations) == ()


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

    with pytest.raises(CredentialsExistError, match="already logged in to acme"):
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
        stored=OLD, endpoints=refusing(AuthenticationRequiredError("No.", status=401))
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


def asking() -> EndpointSet:
    """Endpoints of a store without an operation that tells whether credentials work."""
    return WithoutWhoami()


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

    with pytest.raises(CredentialsExistError):
        client.login(REQUEST)

    assert client.authenticator.stored() == OLD


@pytest.mark.parametrize(
    "error",
    [PermissionRequiredError("No.", status=403), AccountNotReadyError("Not yet.", status=401)],
)
def test_credentials_that_may_not_do_much_still_work(error: Exception) -> None:
    """The store knows the account: it was not the credentials that it refused."""
    with pytest.raises(CredentialsExistError):
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
    client = make(stored=OLD, endpoints=refusing(StoreUnreachableError("Nobody is there.")))

    with pytest.raises(StoreUnreachableError):
        client.login(REQUEST)

    assert client.authenticator.stored() == OLD


def test_a_failed_login_loses_nothing() -> None:
    """Also with force, the old credentials stay until there are new ones."""
    client = make(flow=Flow(WrongCredentialsError("No.")), stored=OLD)

    with pytest.raises(WrongCredentialsError):
        client.login(REQUEST, force=True)

    assert client.authenticator.stored() == OLD


def environment() -> EnvironmentBackend:
    variables = {"CRAFT_STORE_CREDENTIALS": OLD.encode()}
    return EnvironmentBackend(replace(SETTINGS, environment=variables))


def test_the_environment_is_not_logged_in_to() -> None:
    """The error says that a login would not change what is used."""
    flow = Flow()

    with pytest.raises(
        CredentialsReadOnlyError, match="'environment' is in use, and it is read-only"
    ):
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
    with pytest.raises(CredentialsReadOnlyError):
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
