"""What tests set to make the snap side of the store behave otherwise.

Source: Snap Store reference, section 18.

::

    sandbox.snaps.outcomes["weather-widget"] = SnapOutcome("need_manual_review", ["Uses a plug."])
    sandbox.snaps.refresh_signal = "header"
    sandbox.snaps.register_limit = 2
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

RefreshSignal = Literal["all", "header", "code", "text"]


@dataclass(frozen=True)
class SnapOutcome:
    """How the processing of an upload ends that can be read and is not there already.

    Attributes:
        code: the word of the status answer, such as ``processing_error`` (section 8.5).
        errors: messages, or whole error objects; None leaves the key null, as real stores do.
        creates_revision: whether the upload becomes a revision; None asks the code.
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
    """Switches of the dashboard and of on-premises stores; the first values change nothing.

    Attributes:
        discharge_seconds: life of a discharge macaroon, on the sandbox's clock.
        refresh_before: discharges made up to this moment are stale; `Sandbox.force_refresh` sets
            it.
        stale_logins: a discharge that came from a login is stale until it is renewed.
        refresh_signal: how the dashboard says that a discharge is stale: ``all``, by ``header``,
            by ``code`` or by ``text`` alone (section 5.5).
        outcomes: how the processing of an upload ends, by the name of its snap or by the SHA3-384
            digest (hexadecimal) of its file; the digest wins.
        string_revisions: the upload status has its revision as text.
        register_limit: how many names an account registers within `register_window`; None is any
            number.
        register_window: seconds on the sandbox's clock.
        null_snap_ids: the account's snaps have no ids.
        empty_not_found: a release to an unknown name answers 404 with no body at all.
        page_size: releases on a page when the client does not say.
        full_revisions: revisions on premises have ``apps``, ``type`` and ``created-by``, which
            craft-store's model wants and snapcraft's refuses (section 15.5).
        plain_yaml: take the text of a ``meta/snap.yaml`` for a snap, where nothing can pack one.
        snap_builds: False answers 501 ``feature-disabled`` to snap-build assertions.
    """

    discharge_seconds: float = 86_400.0
    refresh_before: datetime | None = None
    stale_logins: bool = False
    refresh_signal: RefreshSignal = "all"
    outcomes: dict[str, SnapOutcome] = field(default_factory=dict)
    string_revisions: bool = False
    register_limit: int | None = None
    register_window: float = 180.0
    null_snap_ids: bool = False
    empty_not_found: bool = False
    page_size: int = 500
    full_revisions: bool = False
    plain_yaml: bool = False
    snap_builds: bool = True
