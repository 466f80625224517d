"""``craft-store validate``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_core.plugins import Application


@dataclass(frozen=True)
class ValidatedRevision:
    """A revision of a gated snap."""

    name: str
    revision: int


@dataclass(frozen=True)
class Validations(CommandResult):
    """The validated or revoked revisions.

    Attributes:
        name: The gating snap.
    """

    name: str
    revoked: bool
    validations: Sequence[ValidatedRevision]


@click.command("validate")
@click.argument("name")
@click.argument("validations", metavar="SNAP=REVISION...", nargs=-1, required=True)
@click.option("--key", metavar="NAME", help="Name of the key to sign with (default: default).")
@click.option("--revoke", is_flag=True, help="Revoke earlier validations instead.")
@click.pass_obj
def command(
    app: Application, *, name: str, validations: tuple[str, ...], key: str | None, revoke: bool
) -> Validations:
    """Sign and upload validations: which revisions of gated snaps work with a gating snap.

    Example: craft-store validate lab-gadget lib-snap=3 --key build-key
    """
    from craft_store_snapstore.gating import parse_validation, sign_validation
    from craft_store_snapstore.signing import SnapProgram

    wanted = [parse_validation(text) for text in validations]
    program = SnapProgram()
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "validate")
        for gated, revision in wanted:
            signed = sign_validation(store, program, name, gated, revision, key=key, revoked=revoke)
            store.push_validation(name, signed)
            app.say(f"{name}: {gated} revision {revision} {'revoked' if revoke else 'validated'}.")
    return Validations(name, revoke, [ValidatedRevision(*item) for item in wanted])
