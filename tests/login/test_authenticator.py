"""The credentials in use: read once, bound once, renewed when the store asks."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    CredentialsExpiredError,
    CredentialsForOtherHostError,
    CredentialsNotFoundError,
    CredentialsReadOnlyError,
    CredentialsUnreadableError,
    StoreUnreachableError,
)
from craft_store_core.login.authenticator import StoredAuthenticator
from craft_store_core.login.backends.environment import EnvironmentBackend
from craft_store_core.plugins.auth_flows import AuthFlow
from craft_store_core.plugins.credentials import (
    BackendSettings,
    Credential,
    CredentialBackend,
    CredentialKey,
    Probe,
    decode_credential,
)
from craft_store_file_keyring.backend import FileBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from craft_store_core.plugins.auth_flows import LoginRequest

KEY = CredentialKey("craft-store", "api.acme.example")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
KIND = "acme"


class RecordingBackend(CredentialBackend):
    """Keeps one value, and every call."""

    name = "recording"
    writable = True

    def __init__(self, credential: Credential | None = None) -> None:
        self.value = None if credential is None else credential.encode()
        self.calls: list[str] = []

    @property
    def held(self) -> Credential | None:
        """What another process would read."""
        return None if self.value is None else decode_credential(self.value)

    def probe(self) -> Probe:
        return Probe(True, "It works.")

    def get(self, key: CredentialKey) -> str | None:
        assert key == KEY
        self.calls.append("get")
        return self.value

    def set(self, key: CredentialKey, value: str) -> None:
        assert key == KEY
        self.calls.append("set")
        self.value = value

    def delete(self, key: CredentialKey) -> bool:
        assert key == KEY
        self.calls.append("delete")
        found, self.value = self.value is not None, None
        return found


class LockedBackend(RecordingBackend):
    """One that keeps other processes out; its lock cannot be taken twice."""

    def __init__(self, credential: Credential | None = None) -> None:
        super().__init__(credential)
        self.locked = False

    @contextmanager
    def lock(self, key: CredentialKey) -> Iterator[None]:
        assert key == KEY
        assert not self.locked
        self.calls.append("lock")
        self.locked = True
        yield
        self.locked = False
        self.calls.append("unlock")


class RecordingFlow(AuthFlow):
    """A flow that cannot renew; the header tells what it was made from."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def login(self, request: LoginRequest) -> Credential:
        raise AssertionError("an authenticator never logs in")

    def prepare(self, credential: Credential) -> Credential:
        self.calls.append("prepare")
        return credential

    def authorization(self, credential: Credential) -> str:
        self.calls.append("authorization")
        return f"Macaroon {credential.token}+{credential.exchanged}"


class RenewingFlow(RecordingFlow):
    """A flow that counts its renewals in the exchanged token."""

    def __init__(self, backend: Any = None) -> None:
        super().__init__()
        self.backend = backend
        self.count = 0

    def refresh(self, credential: Credential) -> Credential:
        self.calls.append("refresh")
        assert not hasattr(self.backend, "locked") or self.backend.locked
        self.count += 1
        return credential.with_exchanged(f"renewed-{self.count}")


class ExchangingFlow(RenewingFlow):
    """A flow that completes what was stored before it was exchanged."""

    def prepare(self, credential: Credential) -> Credential:
        super().prepare(credential)
        return credential if credential.exchanged else credential.with_exchanged("prepared")


def credential(**changes: Any) -> Credential:
    return replace(Credential(KIND, "root", exchanged="ex-1", host=KEY.host), **changes)


def make(
    backend: CredentialBackend, flow: RecordingFlow, now: datetime = NOW
) -> StoredAuthenticator:
    return StoredAuthenticator(KEY, lambda: backend, lambda _: flow, now=lambda: now)


def test_making_one_touches_nothing() -> None:
    """No backend is chosen, and no flow made, before credentials are needed."""

    def never(*_: object) -> Any:
        raise AssertionError("not needed yet")

    StoredAuthenticator(KEY, never, never, now=never)


def test_credentials_are_read_once_and_bound_once() -> None:
    """However many requests there are, the backend is asked and macaroons are bound once."""
    backend, flow = RecordingBackend(credential()), RecordingFlow()
    made: list[object] = []

    def choose() -> RecordingBackend:
        made.append(backend)
        return backend

    authenticator = StoredAuthenticator(KEY, choose, lambda _: flow, now=lambda: NOW)
    headers = {authenticator.authorization() for _ in range(10)}
    authenticator.credential()

    assert headers == {"Macaroon root+ex-1"}
    assert backend.calls == ["get"]
    assert flow.calls == ["prepare", "authorization"]
    assert len(made) == 1


def test_the_flow_is_found_by_the_kind_of_the_credential() -> None:
    """What is stored decides who reads it."""
    kinds: list[str] = []

    def find(kind: str) -> RecordingFlow:
        kinds.append(kind)
        return RecordingFlow()

    backend = RecordingBackend(credential(kind="other-kind"))
    StoredAuthenticator(KEY, lambda: backend, find, now=lambda: NOW).authorization()

    assert kinds == ["other-kind"]


def test_no_credentials_is_an_error_that_says_how_to_get_some() -> None:
    """The host and the backend that was looked into are named."""
    with pytest.raises(CredentialsNotFoundError) as caught:
        make(RecordingBackend(), RecordingFlow()).authorization()

    assert caught.value.message == "No credentials for api.acme.example."
    assert "'recording'" in (caught.value.why or "")
    assert "craft-store login" in (caught.value.advice or "")


def test_unreadable_credentials_are_an_error_and_stay() -> None:
    """Nothing is overwritten that somebody may want to look at."""
    backend = RecordingBackend()
    backend.value = "no base64!"

    with pytest.raises(CredentialsUnreadableError):
        make(backend, RecordingFlow()).authorization()

    assert backend.value == "no base64!"


def test_credentials_of_another_host_are_not_used() -> None:
    """Both hosts are named, and no flow sees the credential."""
    flow = RecordingFlow()

    with pytest.raises(CredentialsForOtherHostError) as caught:
        make(RecordingBackend(credential(host="api.other.example")), flow).authorization()

    assert caught.value.message == (
        "The credentials are for api.other.example, not for api.acme.example."
    )
    assert flow.calls == []


def test_credentials_that_name_no_host_are_used() -> None:
    """Legacy forms do not say for which host they are."""
    backend = RecordingBackend(credential(host=None))

    assert make(backend, RecordingFlow()).authorization() == "Macaroon root+ex-1"


@pytest.mark.parametrize("zone", [timezone.utc, timezone(timedelta(hours=9))])
def test_expired_credentials_are_not_used(zone: timezone) -> None:
    """The error tells in UTC until when they were valid, and to log in again."""
    ended = (NOW - timedelta(minutes=5)).astimezone(zone)
    backend = RecordingBackend(credential(expires_at=ended))
    authenticator = StoredAuthenticator(
        KEY, lambda: backend, lambda _: RecordingFlow(), now=lambda: NOW
    )

    with pytest.raises(CredentialsExpiredError) as caught:
        authenticator.authorization()

    assert caught.value.why == "They were valid until 2026-11-22 11:55 UTC."
    assert caught.value.advice == "Log in again with 'craft-store login'."
    assert backend.value is not None


def environment(value: Credential) -> EnvironmentBackend:
    variables = {"CRAFT_STORE_CREDENTIALS": value.encode()}
    folder: Any = None
    return EnvironmentBackend(BackendSettings(environment=variables, folder=folder))


def test_expired_credentials_of_the_environment_have_another_advice() -> None:
    """A login would not change them: what they came from is named."""
    with pytest.raises(CredentialsExpiredError) as caught:
        make(environment(credential(expires_at=NOW)), RecordingFlow()).authorization()

    assert (caught.value.advice or "").startswith("The variable CRAFT_STORE_CREDENTIALS is set.")


def test_a_renewal_that_the_environment_needs_has_the_same_advice() -> None:
    """So does one that the identity service refuses."""

    class Refused(RenewingFlow):
        def refresh(self, credential: Credential) -> Credential:
            raise CredentialsExpiredError("No more.", advice="Log in again.")

    authenticator = make(environment(credential()), Refused())
    header = authenticator.authorization()
    with pytest.raises(CredentialsExpiredError) as caught:
        authenticator.renew(header)

    assert "CRAFT_STORE_CREDENTIALS" in (caught.value.advice or "")
    assert make(RecordingBackend(credential()), Refused()).advice.startswith("Log in again")


def test_credentials_that_end_while_they_are_used_are_renewed_no_more() -> None:
    """The store refuses them, and the error says why instead of trying on."""
    times = iter([NOW, NOW + timedelta(hours=2)])
    backend = RecordingBackend(credential(expires_at=NOW + timedelta(hours=1)))
    flow = RenewingFlow()
    authenticator = StoredAuthenticator(
        KEY, lambda: backend, lambda _: flow, now=lambda: next(times)
    )
    header = authenticator.authorization()

    with pytest.raises(CredentialsExpiredError):
        authenticator.renew(header)

    assert "refresh" not in flow.calls


def test_what_is_completed_is_stored() -> None:
    """An exchange that another tool left to be done is done once for all processes."""
    backend = LockedBackend(credential(exchanged=None))
    flow = ExchangingFlow()

    assert make(backend, flow).authorization() == "Macaroon root+prepared"
    assert backend.held == credential(exchanged="prepared")
    assert backend.calls == ["get", "lock", "get", "set", "unlock"]


@pytest.mark.parametrize("other", [None, credential(secret="other-root")])
def test_completing_does_not_undo_what_another_process_did(other: Credential | None) -> None:
    """A login or a logout elsewhere, while the exchange ran, stays as it is."""
    backend = RecordingBackend(credential(exchanged=None))

    class Overtaken(ExchangingFlow):
        def prepare(self, credential: Credential) -> Credential:
            backend.value = other.encode() if other else None
            return super().prepare(credential)

    assert make(backend, Overtaken()).authorization() == "Macaroon root+prepared"
    assert backend.held == other


def test_a_renewed_credential_is_stored_under_the_lock() -> None:
    """From reading it again to writing it back, other processes are kept out."""
    backend = LockedBackend(credential())
    flow = RenewingFlow(backend)
    authenticator = make(backend, flow)
    header = authenticator.authorization()
    backend.calls.clear()

    assert authenticator.renew(header) is True
    assert authenticator.authorization() == "Macaroon root+renewed-1"
    assert backend.held == credential(exchanged="renewed-1")
    assert backend.calls[0] == "lock"
    assert backend.calls[-2:] == ["set", "unlock"]
    assert not backend.locked


def test_a_renewed_credential_keeps_what_can_be_renewed() -> None:
    """Renewing works again and again."""
    backend, flow = RecordingBackend(credential()), RenewingFlow()
    authenticator = make(backend, flow)

    for number in range(1, 4):
        assert authenticator.renew(authenticator.authorization())
        assert authenticator.authorization() == f"Macaroon root+renewed-{number}"
    assert backend.held == credential(exchanged="renewed-3")


def test_what_another_process_renewed_is_taken() -> None:
    """The identity service is not asked, and nothing is written."""
    backend, flow = LockedBackend(credential()), RenewingFlow()
    authenticator = make(backend, flow)
    header = authenticator.authorization()
    backend.value = credential(exchanged="theirs").encode()
    backend.calls.clear()

    assert authenticator.renew(header) is True
    assert authenticator.authorization() == "Macaroon root+theirs"
    assert "refresh" not in flow.calls
    assert "set" not in backend.calls


def test_what_another_process_logged_in_is_completed_under_the_lock_once() -> None:
    """A credential found while renewing may need an exchange, too; the lock is not taken twice."""
    backend = LockedBackend(credential())
    flow = ExchangingFlow(backend)
    authenticator = make(backend, flow)
    header = authenticator.authorization()
    backend.value = credential(exchanged=None).encode()

    assert authenticator.renew(header) is True
    assert authenticator.authorization() == "Macaroon root+prepared"
    assert backend.held == credential(exchanged="prepared")


def test_what_another_process_stored_is_renewed_if_it_gives_the_same_header() -> None:
    """A change that does not help is no renewal."""
    backend, flow = RecordingBackend(credential()), RenewingFlow()
    authenticator = make(backend, flow)
    header = authenticator.authorization()
    backend.value = credential(account="jo-example").encode()

    assert authenticator.renew(header) is True
    assert authenticator.authorization() == "Macaroon root+renewed-1"
    assert backend.held == credential(account="jo-example", exchanged="renewed-1")


def test_a_logout_elsewhere_is_not_undone_by_a_renewal() -> None:
    """The running program goes on in memory; the stored credential stays removed."""
    backend, flow = LockedBackend(credential()), RenewingFlow()
    authenticator = make(backend, flow)
    header = authenticator.authorization()
    backend.value = None

    assert authenticator.renew(header) is True
    assert authenticator.authorization() == "Macaroon root+renewed-1"
    assert backend.value is None


def test_the_environment_is_renewed_in_memory_only() -> None:
    """Each renewal goes on from the last one; the stale variable is not fallen back to."""
    backend, flow = environment(credential()), RenewingFlow()
    authenticator = make(backend, flow)

    for number in range(1, 4):
        assert authenticator.renew(authenticator.authorization()) is True
        assert authenticator.authorization() == f"Macaroon root+renewed-{number}"
    assert authenticator.stored() == credential()


def test_what_the_environment_holds_is_completed_in_memory_only() -> None:
    """An exchange that the variable lacks is done once per program."""
    flow = ExchangingFlow()
    authenticator = make(environment(credential(exchanged=None)), flow)

    assert authenticator.authorization() == "Macaroon root+prepared"
    assert authenticator.renew("Macaroon root+prepared") is True
    assert authenticator.authorization() == "Macaroon root+renewed-1"
    assert flow.calls.count("prepare") == 1


def test_a_flow_that_cannot_renew_says_so() -> None:
    """The caller shows the store's refusal."""
    backend = RecordingBackend(credential())
    authenticator = make(backend, RecordingFlow())

    assert authenticator.renew(authenticator.authorization()) is False
    assert "set" not in backend.calls


def test_a_renewal_that_changes_nothing_says_so() -> None:
    """The request is not sent again with what was refused."""

    class Useless(RenewingFlow):
        def refresh(self, credential: Credential) -> Credential:
            return credential

    authenticator = make(RecordingBackend(credential()), Useless())

    assert authenticator.renew(authenticator.authorization()) is False


def test_a_renewal_that_fails_changes_nothing() -> None:
    """When the identity service is down, the credential is as good as before."""

    class Down(RenewingFlow):
        def refresh(self, credential: Credential) -> Credential:
            raise StoreUnreachableError("Nobody is there.")

    backend = LockedBackend(credential())
    authenticator = make(backend, Down())
    header = authenticator.authorization()

    with pytest.raises(StoreUnreachableError):
        authenticator.renew(header)

    assert authenticator.authorization() == header
    assert backend.held == credential()


def test_threads_that_were_refused_together_renew_once() -> None:
    """One of them asks the identity service; all of them get the new header."""
    backend, flow = RecordingBackend(credential()), RenewingFlow()
    authenticator = make(backend, flow)
    together = Barrier(8)
    results: list[tuple[bool, str]] = []

    def use() -> None:
        header = authenticator.authorization()
        together.wait(10)
        renewed = authenticator.renew(header)
        results.append((renewed, authenticator.authorization()))

    threads = [Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert results == [(True, "Macaroon root+renewed-1")] * 8
    assert flow.calls.count("refresh") == 1
    assert backend.calls.count("set") == 1


def test_a_new_login_is_used_at_once() -> None:
    """Without being read back, and a header that was refused before it is not renewed."""
    backend, flow = LockedBackend(credential()), RenewingFlow()
    authenticator = make(backend, flow)
    refused = authenticator.authorization()

    authenticator.store(credential(secret="new-root"))

    assert authenticator.renew(refused) is True
    assert authenticator.authorization() == "Macaroon new-root+ex-1"
    assert "refresh" not in flow.calls
    assert backend.held == credential(secret="new-root")
    assert backend.calls == ["get", "lock", "set", "unlock"]


def test_a_forgotten_credential_is_gone() -> None:
    """From memory and from the backend."""
    backend = RecordingBackend(credential())
    authenticator = make(backend, RecordingFlow())
    authenticator.authorization()

    assert authenticator.forget() is True
    with pytest.raises(CredentialsNotFoundError):
        authenticator.authorization()
    assert authenticator.forget() is False


def test_the_environment_can_neither_be_stored_to_nor_forgotten() -> None:
    """The backend's own refusal is what the caller sees."""
    authenticator = make(environment(credential()), RecordingFlow())
    attempts: list[Callable[[], object]] = [
        authenticator.forget,
        lambda: authenticator.store(credential()),
    ]

    for attempt in attempts:
        with pytest.raises(CredentialsReadOnlyError):
            attempt()
    assert authenticator.authorization() == "Macaroon root+ex-1"


def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Renewals are told with the host alone."""
    caplog.set_level("DEBUG")
    backend, flow = RecordingBackend(credential()), RenewingFlow()
    authenticator = make(backend, flow)
    header = authenticator.authorization()
    backend.value = credential(account="jo-example").encode()
    authenticator.renew(header)

    assert "renewing the credentials of api.acme.example" in caplog.text
    for secret in ("root", "ex-1", "renewed-1"):
        assert secret not in caplog.text


def test_the_lock_of_the_file_backend_is_honoured(tmp_path: Path) -> None:
    """A real file and a real lock between processes go through a whole renewal."""
    backend = FileBackend(BackendSettings(environment={}, folder=tmp_path / "data"))
    backend.set(KEY, credential().encode())
    authenticator = make(backend, RenewingFlow())

    assert authenticator.renew(authenticator.authorization()) is True
    assert decode_credential(backend.get(KEY) or "") == credential(exchanged="renewed-1")
    authenticator.store(credential(secret="new-root"))
    assert authenticator.forget() is True
