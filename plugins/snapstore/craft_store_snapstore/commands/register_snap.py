"""``craft-store register-snap``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import click

from craft_store_core.plugins import CommandResult
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@dataclass(frozen=True)
class RegisteredSnap(CommandResult):
    """The name, which is registered or available.

    Attributes:
        id: The store's id of the snap; null where it was not registered now.
    """

    name: str
    id: str | None
    status: Literal["registered", "already-owned", "available"]

    def lines(self) -> tuple[str, ...]:
        """Show the state of the name."""
        words = {
            "available": f"{self.name} can be registered.",
            "registered": f"Registered {self.name} ({self.id}).",
            "already-owned": f"Your account already owns {self.name}.",
        }
        return (words[self.status],)


@dataclass(frozen=True)
class ClaimedSnap(CommandResult):
    """The claimed name.

    Attributes:
        status_url: Where the claim can be followed.
    """

    name: str
    id: None
    status: Literal["claimed"]
    status_url: str | None

    def lines(self) -> tuple[str, ...]:
        """Show the name, and where to follow the claim."""
        return (f"Claimed {self.name}.", *filter(None, [self.status_url]))


@click.command("register-snap")
@click.argument("name")
@click.option("--private", is_flag=True, help="Show the snap only to its collaborators.")
@click.option("--brand-store", metavar="ID", help="Register the name in this brand store.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Check whether the name can be registered, without registering it.",
)
@click.option(
    "--dispute",
    metavar="COMMENT",
    help="Claim the name with this comment, which a reviewer of the store reads.",
)
@click.pass_obj
def command(
    app: Application,
    *,
    name: str,
    private: bool,
    brand_store: str | None,
    dry_run: bool,
    dispute: str | None,
) -> RegisteredSnap | ClaimedSnap:
    """Register or claim a snap name. Succeeds if the account already owns the name.

    Example: craft-store register-snap weather-widget --brand-store acme --store snapstore
    """
    from craft_store_snapstore.errors import InvalidFieldError, NameAlreadyOwnedError

    if dispute is not None and (private or brand_store or dry_run):
        raise click.UsageError("--dispute cannot be combined with other options.")
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "register-name")
        if dispute is not None:
            claim = store.dispute_name(name, dispute)
            return ClaimedSnap(name, None, "claimed", claim.status_url)
        try:
            if dry_run:
                store.check_name(name, store=brand_store)
                return RegisteredSnap(name, None, "available")
            snap_id = store.register_name(name, private=private, team=brand_store)
        except NameAlreadyOwnedError:
            return RegisteredSnap(name, None, "already-owned")
        except InvalidFieldError as error:
            if error.field == "store":
                error.advice = "Run 'craft-store account' to list the stores that you may use."
            raise
    return RegisteredSnap(name, snap_id, "registered")
