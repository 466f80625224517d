"""What a sandbox is configured with; each of its switches is declared here, once.

A field that is annotated with `About` is a switch. Its option of ``craft-store sandbox serve``, the
control call that sets it while a sandbox runs, and its row in the README come from the same
declaration::

    sandbox.snaps.outcomes["weather-widget"] = SnapOutcome("need_manual_review", ["Uses a plug."])
    sandbox.snaps.register_limit = 2
    sandbox.registry.bearer = True
    sandbox.faults.duplicate_branches = True

Source: Snap Store reference, sections 5.5, 8.5, 15.5 and 18; Publisher Gateway reference, sections
12.2 and 19.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - read while the program runs
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - read while the program runs
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAMES, _LOGINS, _REVIEWS = "Names (Snap Store)", "Logins (Snap Store)", "Reviews"
_ANSWERS = "Answers"
_NOT_NEGATIVE = {"minimum": 0}
_POSITIVE = {"minimum": 1}
_SECONDS = {"exclusiveMinimum": 0, "maximum": 10 * 365 * 86_400}


@dataclass(frozen=True)
class SandboxUrls:
    """Base URLs of the services, without a trailing slash.

    Attributes:
        api: The Publisher Gateway and the public read API.
        storage: The storage host.
        sso: Ubuntu One single sign-on.
        candid: The identity service, with its path ``/identity``.
        dashboard: The Snap Store's dashboard; on premises the same as `api`.
    """

    api: str
    storage: str
    sso: str
    candid: str
    dashboard: str

    @property
    def sso_host(self) -> str:
        """``host:port`` of single sign-on, as root macaroons name it.

        Source: Publisher Gateway reference, section 3.10.
        """
        return urlsplit(self.sso).netloc


@dataclass(frozen=True)
class TLSFiles:
    """A certificate chain and its private key, both PEM files."""

    certificate: Path
    private_key: Path


@dataclass(frozen=True)
class About:
    """What the declaration of a switch says beside its name, type and default.

    Attributes:
        description: What it does, as a sentence.
        group: The heading of its option; empty where it has no option.
        option: How the option is spelled; empty where it is as the name.
        limits: What JSON schema calls the limits of its values, such as ``minimum``.
    """

    description: str
    group: str = ""
    option: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Switch:
    """A switch as its declaration has it.

    Attributes:
        owner: The attribute of `Sandbox` that has it: ``snaps``, ``registry``, ``faults`` or
            ``review``.
        name: The name of the attribute.
        kind: The type of its values, without None.
        default: The value that changes nothing.
        about: The rest.
    """

    owner: str
    name: str
    kind: Any
    default: Any
    about: About

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it takes; none where it takes other values."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    @property
    def option(self) -> str:
        """How its option is spelled; empty where it has none."""
        return self.about.group and (self.about.option or f"--{self.name.replace('_', '-')}")

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON schema of its values; None where JSON has no such values."""
        if self.choices:
            return {"enum": list(self.choices)}
        name = {bool: "boolean", int: "integer", float: "number", str: "string"}.get(self.kind)
        if name is None:
            return None
        return {"type": [name, "null"] if self.default is None else name, **self.about.limits}


@dataclass
class ReviewPace:
    """How long a review takes: ``sandbox.review``; it ends by whichever comes first."""

    polls: Annotated[
        int,
        About(
            "Answer this many polls of a review with an interim state before the last one.",
            group=_REVIEWS,
            option="--review-polls",
            limits=_NOT_NEGATIVE,
        ),
    ] = 1
    seconds: Annotated[
        float,
        About(
            "Finish a review after this many seconds even if it is never polled.",
            group=_REVIEWS,
            option="--review-seconds",
            limits=_NOT_NEGATIVE,
        ),
    ] = 5.0


@dataclass(frozen=True)
class SnapOutcome:
    """How the processing of an upload ends that can be read and is not there already.

    Attributes:
        code: The word of the status answer, such as ``processing_error``.
        errors: Messages, or whole error objects; None leaves the key null, as real stores do.
        creates_revision: Whether the upload becomes a revision; None asks the code.
    """

    code: str
    errors: Sequence[str | dict[str, Any]] | None = ()
    creates_revision: bool | None = None

    @property
    def makes_revision(self) -> bool:
        """Whether the upload becomes a revision."""
        if self.creates_revision is None:
            return self.code in ("ready_to_release", "need_manual_review")
        return self.creates_revision


@dataclass
class SnapSwitches:
    """Switches of the dashboard and of Enterprise Stores: ``sandbox.snaps``."""

    discharge_seconds: Annotated[
        float,
        About(
            "Expire a discharge after this many seconds of the sandbox's clock.",
            group=_LOGINS,
            limits=_SECONDS,
        ),
    ] = 86_400.0
    refresh_before: Annotated[
        datetime | None,
        About("Refuse discharges made up to this moment until they are renewed (force_refresh)."),
    ] = None
    stale_logins: Annotated[
        bool,
        About(
            "Refuse each login until it is renewed. 'craft-store sandbox force-refresh' does it "
            "for the logins that there are.",
            group=_LOGINS,
            option="--force-refresh",
        ),
    ] = False
    refresh_signal: Annotated[
        Literal["all", "header", "code", "text"],
        About("Ask for the renewal of a login in this way alone.", group=_LOGINS),
    ] = "all"
    outcomes: Annotated[
        dict[str, SnapOutcome],
        About(
            "End the reviews of the snap NAME, or of the file at the path NAME, with OUTCOME. In "
            "Python, the key of a file is its hexadecimal SHA3-384 digest.",
            group=_REVIEWS,
            option="--review-outcome",
        ),
    ] = field(default_factory=dict)
    string_revisions: Annotated[
        bool, About("Send the revision in the status of an upload as text.", group=_REVIEWS)
    ] = False
    register_limit: Annotated[
        int | None,
        About(
            "Let an account register this many names within the register window.",
            group=_NAMES,
            limits=_NOT_NEGATIVE,
        ),
    ] = None
    register_window: Annotated[
        float,
        About(
            "Count registrations of this many seconds towards the register limit.",
            group=_NAMES,
            limits=_SECONDS,
        ),
    ] = 180.0
    null_snap_ids: Annotated[bool, About("List the account's snaps without ids.", group=_NAMES)] = (
        False
    )
    empty_not_found: Annotated[
        bool,
        About("Answer a release of an unknown snap with 404 and an empty body.", group=_ANSWERS),
    ] = False
    page_size: Annotated[
        int,
        About(
            "Put this many releases of a snap on a page when the client names no number.",
            group=_ANSWERS,
            limits=_POSITIVE,
        ),
    ] = 500
    full_revisions: Annotated[
        bool,
        About(
            "Send 'apps', 'type' and 'created-by' in revisions of an Enterprise Store: craft-store "
            "needs them and snapcraft refuses them.",
            group=_ANSWERS,
        ),
    ] = False
    plain_yaml: Annotated[
        bool, About("Accept the text of a meta/snap.yaml as a snap.", group=_REVIEWS)
    ] = False
    snap_builds: Annotated[
        bool, About("Accept assertions about builds; else answer 501.", group=_ANSWERS)
    ] = True


@dataclass
class RegistrySwitches:
    """Switches of the image registry: ``sandbox.registry``."""

    bearer: Annotated[
        bool, About("Authenticate with tokens of a token service instead of Basic.")
    ] = False
    realm: Annotated[
        str | None, About("Name this URL as the token service; by default the sandbox's own.")
    ] = None
    upload_location: Annotated[
        str,
        About(
            "Name this place for the upload of a blob, with {path} for the true one. Clients must "
            "not follow it to another origin."
        ),
    ] = "{path}"
    push_seconds: Annotated[
        float,
        About(
            "Expire the password that pushes an image after this many seconds.",
            limits=_NOT_NEGATIVE,
        ),
    ] = 3600.0
    token_seconds: Annotated[
        float, About("Expire a Bearer token after this many seconds.", limits=_NOT_NEGATIVE)
    ] = 300.0
    public: Annotated[bool, About("Let everyone read images.")] = False
    any_digest: Annotated[bool, About("Return the blob of an image that was never pushed.")] = False


@dataclass
class GatewaySwitches:
    """Switches of the Publisher Gateway: ``sandbox.faults``."""

    absolute_status_url: Annotated[
        bool, About("Send the URLs of reviews with scheme and host.")
    ] = False
    short_channel_names: Annotated[
        bool, About("Answer a release to latest/edge with the name 'edge'.")
    ] = False
    zoned_created_at: Annotated[
        bool, About("Spell the creation times of revisions in a channel map with 'Z'.")
    ] = False
    duplicate_branches: Annotated[bool, About("List each branch twice in a channel map.")] = False
    null_base: Annotated[bool, About("Send null for every base in a channel map.")] = False
    release_lag: Annotated[
        float,
        About(
            "Leave the releases of the last so many seconds out of a channel map.",
            limits=_NOT_NEGATIVE,
        ),
    ] = 0.0
    reject_content: Annotated[
        dict[bytes, str],
        About("Reject archives that hold these bytes, with the message beside them."),
    ] = field(default_factory=dict)
    manual_review: Annotated[
        bool, About("Hold reviews at 'needs-manual-review' until this is unset.")
    ] = False
    extra_fields: Annotated[
        bool, About("Add an unknown field to every JSON object of an answer.")
    ] = False


_OWNERS = {
    "snaps": SnapSwitches,
    "review": ReviewPace,
    "registry": RegistrySwitches,
    "faults": GatewaySwitches,
}


def switches() -> Iterator[Switch]:
    """Yield the declaration of every switch."""
    for owner, kind in _OWNERS.items():
        hints, usual = get_type_hints(kind, include_extras=True), kind()
        for name, hint in hints.items():
            value, about = get_args(hint)
            default = getattr(usual, name)
            yield Switch(
                owner, name, get_args(value)[0] if default is None else value, default, about
            )
