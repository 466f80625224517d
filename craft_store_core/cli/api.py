"""``craft-store api``: a request of your own with the account's credentials."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.cli.results import CommandResult
from craft_store_core.cli.standard_streams import read_input
from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@dataclass(frozen=True)
class StoreAnswer(CommandResult):
    """The store's answer.

    Attributes:
        status: The HTTP status.
        body: The JSON of the answer; null where it is empty.
    """

    status: int
    body: Any

    def lines(self) -> tuple[str, ...]:
        """Show the body."""
        return (json.dumps(self.body, indent=2, ensure_ascii=False),)


@click.command("api")
@click.argument(
    "method", type=click.Choice(["GET", "POST", "PATCH", "PUT", "DELETE"], case_sensitive=False)
)
@click.argument("path")
@click.option(
    "--data", metavar="JSON", help="Request body as JSON, or '-' to read it from standard input."
)
@click.pass_obj
def command(app: Application, *, method: str, path: str, data: str | None) -> StoreAnswer:
    """Send an authenticated request to the store's API and print the response.

    PATH is a path on the API, such as /v1/charm/acme-web. Credentials are sent only to the store's
    own API.

    Example: craft-store api GET /v1/tokens/whoami
    """
    if not path.startswith("/"):
        raise UsageError(
            f"{path!r} is not a path on the store's API.",
            why="It does not start with '/'.",
            advice="Pass only the path, such as /v1/tokens/whoami. Choose the store with --store.",
        )
    body = _body(data)
    with app.connect() as client:
        response = client.request(method.upper(), path, json=body)
    return StoreAnswer(response.status, response.json() if response.content else None)


def _body(data: str | None) -> Any:
    if data is None:
        return None
    text = read_input() if data == "-" else data
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError("The value of --data is not valid JSON.", why=str(error)) from None
