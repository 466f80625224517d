"""The embedded store: start it, fill it, watch it, stop it."""

from __future__ import annotations

import ipaddress
import shutil
import tempfile
import uuid
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp
from sqlalchemy import select

from craft_store_sandbox.application import (
    AREAS,
    ON_PREM_PATH,
    create_application,
)
from craft_store_sandbox.control import ControlMiddleware
from craft_store_sandbox.gateway.names import check_name
from craft_store_sandbox.identity.authorization import Limits, issue_token
from craft_store_sandbox.serving.errors import StoreError
from craft_store_sandbox.serving.faults import FaultMiddleware, Faults
from craft_store_sandbox.serving.recording import RecordingMiddleware, RequestLog
from craft_store_sandbox.serving.server import OriginServer
from craft_store_sandbox.snaps.controls import SnapControls
from craft_store_sandbox.state.accounts import AccountInfo, account_by_email, hash_password
from craft_store_sandbox.state.backend import Backend, open_backend
from craft_store_sandbox.state.clock import Clock
from craft_store_sandbox.state.keys import new_id
from craft_store_sandbox.state.packages import add_package, named_package
from craft_store_sandbox.state.settings import (
    RegistrySwitches,
    ReviewPace,
    SandboxUrls,
    SnapSwitches,
    TLSFiles,
)
from craft_store_sandbox.state.tables import (
    Account,
    Agent,
    Guardrail,
    Package,
    ReservedName,
    Token,
    Track,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from _typeshed.wsgi import WSGIApplication
    from sqlalchemy.orm import Session
    from typing_extensions import Self

    from craft_store_core.testing import RecordedRequest

_YEAR_SECONDS = 31_536_000
_ALL = "all"
_READY_EMAIL = "jo@example.com"


class Sandbox(SnapControls):
    """A store in this process, on sockets of its own.

    Use it as a context manager, or call `start` and `close`. Two sandboxes may run side by side;
    two on the same state folder may not.

    Args:
        folder: Where accounts, names and blobs are kept; a later sandbox on the same folder finds
            them again. None is a temporary folder, removed at `close`.
        host: Address to bind.
        port: Port of the first origin; 0 picks a free one.
        split_origins: Serve the API, storage, single sign-on and identity on a port each, as the
            real hosts are; otherwise one port serves all.
        tls: Serve HTTPS with this certificate.
        allow_remote: Let other machines connect. The passwords and files in here are for tests.
        review: How long a review takes.
        clock: What everything that expires goes by.
        on_prem: Be a store on premises instead: the gateway for snaps below ``/publishergw`` and
            the storage host, and nothing else (Snap Store reference, section 15).
        control: Let other processes of this machine do what `control` lists, as
            ``craft-store sandbox force-refresh`` does.

    Attributes:
        faults: What goes wrong on purpose.
        snaps: Switches of the snap side.
        registry: Switches of the image registry.
        review: How long a review takes.

    Raises:
        ValueError: `host` is not a loopback address and `allow_remote` is false.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        split_origins: bool = False,
        tls: TLSFiles | None = None,
        allow_remote: bool = False,
        review: ReviewPace = ReviewPace(),  # noqa: B008 - copied
        clock: Clock | None = None,
        on_prem: bool = False,
        control: bool = False,
    ) -> None:
        if not allow_remote and not _is_loopback(host):
            raise ValueError(
                f"Host {host!r} is not a loopback address, so other machines could reach this test "
                "store. Pass allow_remote=True to allow this."
            )
        self.clock = clock or Clock()
        self.faults = Faults()
        self.snaps = SnapSwitches()
        self.registry = RegistrySwitches()
        self._on_prem = on_prem
        self._control = control
        self._folder = folder
        self._host, self._port, self._split, self._tls = host, port, split_origins, tls
        self.review = replace(review)
        self._log = RequestLog()
        self._servers: list[OriginServer] = []
        self._temporary: Path | None = None
        self._running: Backend | None = None

    def start(self) -> Self:
        """Bind the sockets and serve.

        Raises:
            OSError: A port is taken, or the folder cannot be written.
            RuntimeError: It is started already.
        """
        if self._running is not None:
            raise RuntimeError("The sandbox is already started")
        if self._folder is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="craft-store-sandbox-"))
        try:
            self._serve(self._folder or self._temporary or Path())
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stop serving, wait for the threads, and remove a temporary folder."""
        if self._running is not None:
            self._running.closing.set()
        for server in self._servers:
            server.stop()
        self._servers = []
        if self._running is not None:
            self._running.close()
            self._running = None
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def urls(self) -> SandboxUrls:
        """Where the services are, once started."""
        return self._backend.urls

    @property
    def folder(self) -> Path:
        """The state folder, once started."""
        return self._folder or self._temporary or self._not_started()

    @property
    def requests(self) -> list[RecordedRequest]:
        """What clients sent so far, in order of arrival."""
        return self._log.snapshot()

    def forget_requests(self) -> None:
        """Begin a new record of requests."""
        self._log.clear()

    def add_account(
        self,
        email: str,
        password: str,
        *,
        username: str | None = None,
        display_name: str | None = None,
        totp: bool | str = False,
        refuse_totp_replay: bool = False,
        suspended: bool = False,
        deactivated: bool = False,
        email_invalidated: bool = False,
        agreement_signed: bool = True,
        latest_terms_accepted: bool = True,
        has_username: bool = True,
    ) -> AccountInfo:
        """Add an account.

        Args:
            email: What it logs in with; unique without regard to case.
            password: Kept as a scrypt hash.
            username: Publisher name; None derives one from the address.
            display_name: Name for people; None is the user name.
            totp: True makes a second factor, a base32 text is its secret.
            refuse_totp_replay: Take each one-time password once.
            suspended: Refuse logins with ``ACCOUNT_SUSPENDED``.
            deactivated: Refuse logins with ``ACCOUNT_DEACTIVATED``.
            email_invalidated: Refuse logins with ``EMAIL_INVALIDATED``.
            agreement_signed: False makes registering names fail with ``user-not-ready``.
            latest_terms_accepted: False makes the dashboard answer ``user-missing-latest-tos``.
            has_username: False leaves the account without a publisher name.

        Raises:
            ValueError: The address or the user name is taken.
        """
        name = username or email.partition("@")[0].lower().replace(".", "-").replace("+", "-")
        secret = pyotp.random_base32() if totp is True else (totp or None)
        account = Account(
            id=new_id(),
            email=email.lower(),
            username=name if has_username else None,
            display_name=display_name or name,
            password_hash=hash_password(password),
            totp_secret=secret,
            refuse_totp_replay=refuse_totp_replay,
            suspended=suspended,
            deactivated=deactivated,
            email_invalidated=email_invalidated,
            agreement_signed=agreement_signed,
            latest_terms_accepted=latest_terms_accepted,
        )
        with self._backend.database.transaction() as db:
            if account_by_email(db, email) or (
                has_username and db.scalar(select(Account).where(Account.username == name))
            ):
                raise ValueError(f"The account {email} or the user name {name} already exists")
            db.add(account)
        return self._info(account)

    def find_account(self, email: str) -> AccountInfo | None:
        """Return the account with an address, or None."""
        with self._backend.database.snapshot() as db:
            account = account_by_email(db, email)
            return None if account is None else self._info(account)

    def find_owner(self, name: str, namespace: str = "charm") -> AccountInfo | None:
        """Return the account that has a name, or None."""
        with self._backend.database.snapshot() as db:
            package = named_package(db, name, namespace)
            return None if package is None else self._info(package.owner)

    def add_agent(self, username: str, public_key: str, account: AccountInfo) -> None:
        """Let a program log in at the identity service for an account.

        Args:
            username: The agent's name.
            public_key: Its Curve25519 public key, standard base64.
            account: Whom its discharges name.
        """
        with self._backend.database.transaction() as db:
            db.add(Agent(username=username, public_key=public_key, account_id=account.id))

    def add_package(
        self,
        name: str,
        owner: AccountInfo,
        *,
        tracks: Iterable[str] = (),
        guardrails: Iterable[str] = (),
        package_type: str = "charm",
        private: bool = False,
    ) -> str:
        """Register a name for an account.

        Args:
            name: The name.
            owner: Its publisher.
            tracks: Tracks besides ``latest``.
            guardrails: Patterns of the tracks that the publisher may create.
            package_type: ``charm`` or ``bundle``.
            private: Hide it from the public API.

        Returns:
            The package id.

        Raises:
            ValueError: The name is taken or malformed.
        """
        now = self.clock.now()
        try:
            check_name(name)
        except StoreError as error:
            raise ValueError(error.message) from error
        with self._backend.database.transaction() as db:
            if named_package(db, name) is not None:
                raise ValueError(f"Name {name!r} is already registered")
            account = db.get_one(Account, owner.id)
            package = add_package(
                db, name, account, now=now, package_type=package_type, private=private
            )
            package.tracks.extend(Track(name=track, created_at=now) for track in tracks)
            package.guardrails.extend(
                Guardrail(pattern=pattern, created_at=now) for pattern in guardrails
            )
            return package.id

    def add_guardrail(self, name: str, pattern: str, *, namespace: str | None = None) -> None:
        """Let the publisher of a package create tracks whose names match a pattern.

        Args:
            name: The package.
            pattern: A regular expression.
            namespace: ``charm`` or ``snap``; None takes the one that has the name.

        Raises:
            ValueError: There is no such package, or one in each namespace.
        """
        with self._backend.database.transaction() as db:
            package = self._package(db, name, namespace)
            package.guardrails.append(Guardrail(pattern=pattern, created_at=self.clock.now()))

    def add_track(
        self,
        name: str,
        track: str,
        *,
        version_pattern: str | None = None,
        namespace: str | None = None,
    ) -> None:
        """Add a track to a package, without a guardrail.

        Args:
            name: The package.
            track: The track.
            version_pattern: Regular expression of the versions that it takes.
            namespace: ``charm`` or ``snap``; None takes the one that has the name.

        Raises:
            ValueError: There is no such package, or one in each namespace.
        """
        with self._backend.database.transaction() as db:
            package = self._package(db, name, namespace)
            package.tracks.append(
                Track(name=track, created_at=self.clock.now(), version_pattern=version_pattern)
            )

    def remove_track(self, name: str, track: str, *, namespace: str | None = None) -> None:
        """Remove a track; what was released to it stays in the channel map.

        Source: Publisher Gateway reference, section 10.1.

        Args:
            name: The package.
            track: The track.
            namespace: ``charm`` or ``snap``; None takes the one that has the name.

        Raises:
            ValueError: There is no such package, or one in each namespace.
        """
        with self._backend.database.transaction() as db:
            package = self._package(db, name, namespace)
            package.tracks = [item for item in package.tracks if item.name != track]

    def reserve_name(self, name: str) -> None:
        """Make registering a name fail with ``reserved-name``."""
        with self._backend.database.transaction() as db:
            db.merge(ReservedName(name=name))

    def issue_token(
        self,
        account: AccountInfo,
        *,
        permissions: Sequence[str] | None = None,
        packages: Sequence[Mapping[str, str]] | None = None,
        channels: Sequence[str] | None = None,
        ttl: float = _YEAR_SECONDS,
        description: str | None = None,
    ) -> str:
        """Issue an exchanged token without the login.

        Args:
            account: Whose token it is.
            permissions: None does not limit; so for the next two.
            packages: Items such as ``{"type": "charm", "name": "acme-web"}``.
            channels: Channel names or shell-style patterns.
            ttl: Lifetime in seconds of the sandbox's clock.
            description: Label in the list of tokens.
        """
        now = self.clock.now()
        limits = Limits(
            None if permissions is None else list(permissions),
            None if packages is None else [dict(item) for item in packages],
            None if channels is None else list(channels),
        )
        with self._backend.database.transaction() as db:
            return issue_token(
                db,
                db.get_one(Account, account.id),
                limits,
                session_id=str(uuid.uuid4()),
                description=description,
                now=now,
                valid_until=now + timedelta(seconds=ttl),
            )

    def expire_tokens(self) -> None:
        """End the lifetime of every exchanged token that was issued so far."""
        now = self.clock.now()
        with self._backend.database.transaction() as db:
            for token in db.scalars(select(Token)):
                token.valid_until = min(token.valid_until, now)

    def revoke_tokens(self) -> None:
        """Revoke every exchanged token that was issued so far."""
        now = self.clock.now()
        with self._backend.database.transaction() as db:
            for token in db.scalars(select(Token).where(Token.revoked_at.is_(None))):
                token.revoked_at, token.revoked_by = now, "sandbox"

    @property
    def _backend(self) -> Backend:
        return self._running or self._not_started()

    def _not_started(self) -> Any:
        raise RuntimeError("The sandbox is not running: call start() or use a with block")

    def _serve(self, folder: Path) -> None:
        services = AREAS if self._split else (_ALL,)
        origins: dict[str, OriginServer] = {}
        for service in services:
            port = self._port if not origins else 0
            origins[service] = OriginServer(self._host, port, self._tls)
            self._servers.append(origins[service])
        base = {area: origins[area if self._split else _ALL].url for area in AREAS}
        api = f"{base['api']}{ON_PREM_PATH}" if self._on_prem else base["api"]
        urls = SandboxUrls(
            api=api,
            storage=base["storage"],
            sso=base["sso"],
            candid=f"{base['candid']}/identity",
            dashboard=api if self._on_prem else base["dashboard"],
        )
        self._running = open_backend(
            folder,
            clock=self.clock,
            faults=self.faults,
            snaps=self.snaps,
            registry=self.registry,
            review=self.review,
            urls=urls,
        )
        for service, server in origins.items():
            areas = (service,) if self._split else AREAS
            app = create_application(self._running, areas, on_prem=self._on_prem)
            faulty = FaultMiddleware(app, self.faults, self._running.closing)
            recorded: WSGIApplication = RecordingMiddleware(faulty, self._log, service)
            controlled = self._control and "api" in areas
            server.start(ControlMiddleware(recorded, self) if controlled else recorded)

    def _info(self, account: Account) -> AccountInfo:
        return AccountInfo(
            account.id,
            account.email,
            account.username,
            account.display_name,
            account.totp_secret,
            self.clock,
        )

    def _package(self, db: Session, name: str, namespace: str | None) -> Package:
        query = select(Package).where(Package.name == name)
        if namespace is not None:
            query = query.where(Package.namespace == namespace)
        packages = list(db.scalars(query))
        if not packages:
            raise ValueError(f"The package {name!r} does not exist")
        if len(packages) > 1:
            raise ValueError(
                f"A charm and a snap have the name {name!r}: pass namespace= to choose one"
            )
        return packages[0]


class ReadySandbox(Sandbox):
    """A sandbox whose start makes an account with a second factor.

    Attributes:
        password: The password of `account`.
    """

    password = "correct horse battery staple"  # noqa: S105 - test data

    def start(self) -> Self:
        """Serve, and make the account unless the state folder has it."""
        super().start()
        _ = self.account
        return self

    @cached_property
    def account(self) -> AccountInfo:
        """The account: ``jo@example.com``, publisher ``jo-example``, with a second factor."""
        return self.find_account(_READY_EMAIL) or self.add_account(
            _READY_EMAIL, self.password, username="jo-example", display_name="Jo Example", totp=True
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
