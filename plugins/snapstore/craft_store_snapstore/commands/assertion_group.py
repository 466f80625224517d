"""The commands that validation sets and confdb schemas share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from craft_store_snapstore.endpoints import snap_store

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


def assertion_group(family: str, title: str, example: str) -> click.Group:
    """Return the group of commands for one family of assertions.

    Args:
        family: As in :mod:`craft_store_snapstore.assertions`.
        title: What they are, in the plural.
        example: A name for examples.
    """
    group = click.Group(
        family, help=f"List, sign and send {title}.\n\nExample: craft-store {family} list"
    )

    @group.command(
        "list",
        help=f"List the {title} of the account.\n\nExample: craft-store {family} list {example}",
    )
    @click.argument("name", required=False)
    @click.option("--sequence", help="'all', 'latest' or a number, where there are sequences.")
    @click.pass_obj
    def list_them(app: Application, *, name: str | None, sequence: str | None) -> None:
        with app.connect() as client:
            found = snap_store(client, family).list_assertions(family, name=name, sequence=sequence)
        app.result(
            found.to_json(),
            columns=("Account", "Name", "Sequence", "Revision", "When"),
            rows=[
                tuple(
                    item.headers.get(key)
                    for key in ("account-id", "name", "sequence", "revision", "timestamp")
                )
                for item in found
            ],
            empty=f"There are no {title}.",
        )
        app.warn_unreadable(found)

    @group.command(
        "push",
        help=f"Sign {title} written in YAML, and send them.\n\n"
        f"The file says what 'list --format json' shows: name, and the rest.\n\n"
        f"Example: craft-store {family} push {example}.yaml --key build-key",
    )
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--key", metavar="NAME", help="Key to sign with.")
    @click.option(
        "--dry-run", is_flag=True, help="Let the store complete it; sign and send nothing."
    )
    @click.pass_obj
    def push(app: Application, *, file: Path, key: str | None, dry_run: bool) -> None:
        from craft_store_snapstore.signing import SnapProgram

        content = _read(file)
        with app.connect() as client:
            store = snap_store(client, family)
            content.setdefault("account-id", store.account().id)
            built = store.build_assertion(family, content)
            if dry_run:
                app.result(built, lines=[f"{key}: {value}" for key, value in built.items()])
                return
            kept = store.push_assertion(family, SnapProgram().sign(built, key))
        number = kept.headers.get("sequence") or kept.headers.get("revision")
        app.result(
            kept.to_json(), lines=[f"{kept.headers.get('name')} ({number}) is signed and sent."]
        )

    return group


def _read(file: Path) -> dict[str, Any]:
    import yaml

    from craft_store_core.errors import UsageError

    try:
        document = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"The file {file} cannot be read.", why=f"{error}.") from None
    if not isinstance(document, dict):
        raise UsageError(
            f"The file {file} cannot be used.",
            why="It is no mapping.",
            advice="Write it as 'name: ...' and so on, one key per line.",
        )
    return document
