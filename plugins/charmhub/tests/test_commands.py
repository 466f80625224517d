"""The charm commands, from their arguments to output and exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.cli.main import run
from craft_store_core.credentials import MACAROON, Credential
from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer

LEAVES = "/v1/charm/teapot/resources/leaves/revisions"


@pytest.fixture
def craft_store(scripted_server: ScriptedServer, tmp_path: Path) -> Callable[..., int]:
    """Run ``craft-store`` at the scripted server, with credentials in the environment."""
    environment = {
        "CRAFT_STORE_STORE": "charmhub",
        "CRAFT_STORE_STRICT_PLUGINS": "1",
        "CRAFT_STORE_DATA": str(tmp_path),
        "CRAFT_STORE_CREDENTIALS": Credential(MACAROON, "token-of-jo").encode(),
        **{
            f"CRAFT_STORE_{service}_URL": scripted_server.url
            for service in ("API", "STORAGE", "SSO", "CANDID", "REGISTRY")
        },
    }

    def call(*arguments: str, **variables: str) -> int:
        return run(arguments, {**environment, **variables})

    return call


def row(name: str, api: int, patch: int) -> dict[str, Any]:
    return {
        "api": api,
        "charm-name": "teapot",
        "hash": "f" * 64,
        "library-id": f"{name}-id",
        "library-name": name,
        "patch": patch,
    }


def test_libraries_are_listed_in_order(
    craft_store: Callable[..., int],
    scripted_server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each API of each library has a line; nobody has to be logged in."""
    scripted_server.expect(
        "POST",
        "/v1/charm/libraries/bulk",
        json={"libraries": [row("tea", 1, 4), row("tea", 0, 9), row("cup", 0, 1), {"odd": 1}]},
    )
    assert craft_store("libraries", "teapot", CRAFT_STORE_CREDENTIALS="") == ExitCode.DONE
    out, err = capsys.readouterr()
    assert [line.split()[:3] for line in out.splitlines()[-3:]] == [
        ["cup", "0", "1"],
        ["tea", "0", "9"],
        ["tea", "1", "4"],
    ]
    assert "could not be read" in err
    assert scripted_server.requests[0].json() == [{"charm-name": "teapot"}]


def test_libraries_are_listed_as_json(
    craft_store: Callable[..., int],
    scripted_server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the form of the wire."""
    scripted_server.expect(
        "POST", "/v1/charm/libraries/bulk", json={"libraries": [row("tea", 1, 4)]}
    )
    assert craft_store("libraries", "teapot", "--format", "json") == ExitCode.DONE
    (library,) = json.loads(capsys.readouterr().out)["result"]
    assert (library["library-name"], library["api"]) == ("tea", 1)


def test_a_charm_without_libraries_says_so(
    craft_store: Callable[..., int],
    scripted_server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On standard error; there is no data."""
    scripted_server.expect("POST", "/v1/charm/libraries/bulk", json={"libraries": []})
    assert craft_store("libraries", "teapot") == ExitCode.DONE
    out, err = capsys.readouterr()
    assert out == ""
    assert "teapot has no libraries." in err


def test_an_unknown_charm_has_its_exit_code(
    craft_store: Callable[..., int],
    scripted_server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The store's text about ids is not what the user sees first."""
    entry = {"code": None, "message": "Items need to include 'library_id' or 'package_id'"}
    scripted_server.expect(
        "POST", "/v1/charm/libraries/bulk", status=400, json={"error-list": [entry]}
    )
    assert craft_store("libraries", "nobody") == ExitCode.NOT_FOUND
    assert "does not know one of the charms" in capsys.readouterr().err


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


def test_other_stores_have_no_charm_libraries(
    craft_store: Callable[..., int],
    scripted_server: ScriptedServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A store of the user's that only speaks the gateway is told from Charmhub."""
    settings = tmp_path / "config.toml"
    settings.write_text(
        "[stores.plain]\n"
        'endpoint-set = "publisher-gateway"\n'
        'auth-flows = ["ubuntu-one"]\n'
        f'urls = {{ api = "{scripted_server.url}" }}\n'
    )
    status = craft_store(
        "libraries", "teapot", "--store", "plain", CRAFT_STORE_CONFIG=str(settings)
    )
    assert status == ExitCode.USAGE
    assert "list-libraries" in capsys.readouterr().err
