"""``info``: what everybody can know of a charm, without a login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_released_is_shown_to_everybody(
    logged_in: Any, charm: Path, sandbox_store: Any
) -> None:
    """The page and the channel map, without credentials."""
    logged_in.ok("register", "acme-web")
    change = ("--title", "Acme Web", "--summary", "Serves pages.")
    logged_in.ok("metadata", "set", "acme-web", *change)
    publish = ("publish", charm, "--resource", f"model={charm}", "--channel")
    logged_in.ok(*publish, "latest/edge")
    logged_in.ok(*publish, "latest/beta")
    logged_in.ok("logout")
    sandbox_store.forget_requests()
    shown = logged_in.ok("info", "acme-web").out
    for text in ("acme-web\ntitle: Acme Web\nsummary: Serves pages.", "latest/edge", "model (r1)"):
        assert text in shown
    only = logged_in.ok("info", "acme-web", "--channel", "beta", "--format", "json").result
    assert [row["channel"]["name"] for row in only["channel-map"]] == ["latest/beta"]
    nothing = logged_in.ok("info", "acme-web", "--channel", "stable")
    assert "The channel has no releases." in nothing.err
    assert not any("Authorization" in request.headers for request in sandbox_store.requests)


def test_what_is_not_public_is_not_found(logged_in: Any) -> None:
    """A name without a release, a private one, and none at all look alike."""
    logged_in.ok("register", "acme-web", "--private")
    for name in ("acme-web", "no-such-charm"):
        done = logged_in.run("info", name)
        assert done.code == 5
        assert done.out == ""


def test_a_channel_that_is_none(at_sandbox: Any, sandbox_store: Any) -> None:
    """It is found before the store is asked."""
    assert at_sandbox.run("info", "acme-web", "--channel", "latest/nonsense").code == 2
    assert sandbox_store.requests == []


def test_snaps_have_another_store(at_sandbox: Any, sandbox_store: Any) -> None:
    """A usage error, before anything is sent."""
    done = at_sandbox.run("info", "acme-web", "--store", "sandbox-snap")
    assert done.code == 2
    assert sandbox_store.requests == []
