"""The charm commands, from their arguments to output and exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.testing.scripted import ScriptedServer

LEAVES = "/v1/charm/teapot/resources/leaves/revisions"


def test_architectures_are_set_and_shown_as_they_are_then(
    craft_store: Callable[..., int],
    scripted_server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Several revisions in one request; the others are not shown."""
    scripted_server.expect("PATCH", LEAVES, json={"num-resource-revisions-updated": 2})
    bases = [{"name": "all", "channel": "all", "architectures": ["amd64", "arm64"]}]
    scripted_server.expect(
        "GET",
        LEAVES,
        json={"revisions": [{"revision": number, "bases": bases} for number in (1, 2, 3)]},
    )
    status = craft_store(
        "set-resource-architectures",
        "teapot",
        "leaves",
        "amd64",
        "arm64",
        "amd64",
        "--revision",
        "2",
        "--revision",
        "3",
    )
    assert status == ExitCode.DONE
    patch = scripted_server.requests[0]
    assert patch.headers["Authorization"] == "Macaroon token-of-jo"
    assert patch.json() == {
        "resource-revision-updates": [{"revision": n, "bases": bases} for n in (2, 3)]
    }
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1) for line in lines[-2:]] == [
        ["2", "amd64, arm64"],
        ["3", "amd64, arm64"],
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("teapot", "leaves", "amd64"),
        ("teapot", "leaves", "--revision", "2"),
        ("teapot", "leaves", "z80", "--revision", "2"),
        ("teapot", "leaves", "amd64", "--revision", "0"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_request(
    craft_store: Callable[..., int], arguments: tuple[str, ...]
) -> None:
    """No revision, no architecture, an unknown one, a revision 0."""
    assert craft_store("set-resource-architectures", *arguments) == ExitCode.USAGE
