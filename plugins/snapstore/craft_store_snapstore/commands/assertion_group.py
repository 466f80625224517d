"""The commands that validation sets and confdb schemas share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.plugins import FOR_PEOPLE, INLINE, CommandResult, Table
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.models import Listing
    from craft_store_core.plugins import Application
    from craft_store_snapstore.models import Assertion


@dataclass(frozen=True)
class Assertions(CommandResult, document="assertions"):
    """The assertions of the account: the headers of each, all texts, and its body."""

    assertions: Listing[Assertion]
    what: str

    def table(self) -> Table:
        """Show the headers that all have."""
        keys = ("account-id", "name", "sequence", "revision", "timestamp")
        return Table(
            ("Account", "Name", "Sequence", "Revision", "When"),
            [tuple(item.headers.get(key) for key in keys) for item in self.assertions],
            empty=f"The account has no {self.what}.",
        )


@dataclass(frozen=True)
class PushedAssertion(CommandResult):
    """The assertion that was sent, or with --dry-run would be signed.

    Attributes:
        sent: False with --dry-run.
    """

    assertion: Assertion = field(metadata=INLINE)
    sent: bool
    built: Mapping[str, Any] = field(metadata=FOR_PEOPLE)

    def lines(self) -> tuple[str, ...]:
        """Show the name of what was sent; what was not sent is shown as a whole."""
        if not self.sent:
            import yaml

            text = yaml.safe_dump(dict(self.built), sort_keys=False, allow_unicode=True)
            return (text.rstrip("\n"),)
        headers = self.assertion.headers
        number = headers.get("sequence") or headers.get("revision")
        return (f"Signed and uploaded {headers.get('name')} ({number}).",)


def assertion_group(
    family: str, title: str, example: str, *, sequences: bool = False
) -> click.Group:
    """Return the group of commands for one family of assertions.

    Args:
        family: As in :mod:`craft_store_snapstore.assertions`.
        title: What they are, in the plural.
        example: A name for examples.
        sequences: They come in sequences, of which one can be chosen.
    """
    group = click.Group(
        family, help=f"List, sign and upload {title}.\n\nExample: craft-store {family} list"
    )

    @group.command(
        "list",
        help=f"List the {title} of the account.\n\nExample: craft-store {family} list {example}",
    )
    @click.argument("name", required=False)
    @click.pass_obj
    def list_them(app: Application, *, name: str | None, sequence: str | None = None) -> Assertions:
        with app.connect() as client:
            found = client.endpoints_of(SnapStoreEndpoints, family).list_assertions(
                family, name=name, sequence=sequence
            )
        return Assertions(found, title if name is None else f"{title} with the name {name}")

    if sequences:
        list_them.params.append(
            click.Option(
                ["--sequence"],
                metavar="all|latest|NUMBER",
                callback=_take_sequence,
                help="Sequence numbers to list for each name (default: the store's choice).",
            )
        )

    @group.command(
        "push",
        help=(
            f"Sign {title} from a YAML file and upload them.\n\nThe file has the keys that 'list "
            f"--format json' shows as headers, such as name.\n\nExample: craft-store {family} push "
            f"{example}.yaml --key build-key"
        ),
    )
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--key", metavar="NAME", help="Name of the key to sign with (default: default).")
    @click.option(
        "--dry-run",
        is_flag=True,
        help="Show the assertion as the store completes it, without signing or uploading.",
    )
    @click.pass_obj
    def push(app: Application, *, file: Path, key: str | None, dry_run: bool) -> PushedAssertion:
        from craft_store_snapstore.models import Assertion
        from craft_store_snapstore.signing import SnapProgram

        content = _read(file)
        with app.connect() as client:
            store = client.endpoints_of(SnapStoreEndpoints, family)
            content.setdefault("account-id", store.account().id)
            built = store.build_assertion(family, content)
            if dry_run:
                headers = {name: value for name, value in built.items() if name != "body"}
                return PushedAssertion(Assertion(headers, built.get("body")), False, built)
            kept = store.push_assertion(family, SnapProgram().sign(built, key))
        return PushedAssertion(kept, True, built)

    return group


def _take_sequence(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    number = value is not None and value.isascii() and value.isdigit() and int(value) > 0
    if value not in (None, "all", "latest") and not number:
        raise click.BadParameter(
            f"{value!r} is not 'all', 'latest' or a number from 1.", context, parameter
        )
    return value


def _read(file: Path) -> dict[str, Any]:
    import json

    import yaml

    from craft_store_core.errors import UsageError

    try:
        document = yaml.safe_load(file.read_text("utf-8"))
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f"Line {error.problem_mark.line + 1}: "
        raise UsageError(f"The file {file} is not YAML.", why=f"{line}{error.problem}.") from None
    except OSError as error:
        raise UsageError(f"The file {file} cannot be read.", why=error.strerror) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"The file {file} cannot be read.", why=f"{error}.") from None
    if not isinstance(document, dict):
        raise UsageError(
            f"The file {file} cannot be used.",
            why="The file is not a mapping.",
            advice="Write one key per line, such as 'name: ...'.",
        )
    try:
        json.dumps(document)
    except (TypeError, ValueError, RecursionError) as error:
        # YAML has dates, sets and loops, too; what is sent has not.
        raise UsageError(
            f"The file {file} cannot be used.",
            why=f"{error}.",
            advice="Use strings, numbers, lists and mappings. Put dates in quotes.",
        ) from None
    return document
