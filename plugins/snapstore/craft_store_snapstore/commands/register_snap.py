"""``craft-store register-snap``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


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
) -> None:
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
            app.result(
                {"name": name, "id": None, "status": "claimed", "status-url": claim.status_url},
                lines=[f"Claimed {name}.", *filter(None, [claim.status_url])],
            )
            return
        snap_id, status = "", "available"
        try:
            if dry_run:
                store.check_name(name, store=brand_store)
            else:
                snap_id = store.register_name(name, private=private, team=brand_store)
                status = "registered"
        except NameAlreadyOwnedError:
            status = "already-owned"
        except InvalidFieldError as error:
            if error.field == "store":
                error.advice = "Run 'craft-store account' to list the stores that you may use."
            raise
    said = {
        "available": f"{name} can be registered.",
        "registered": f"Registered {name} ({snap_id}).",
        "already-owned": f"Your account already owns {name}.",
    }
    app.result({"name": name, "id": snap_id or None, "status": status}, lines=[said[status]])
