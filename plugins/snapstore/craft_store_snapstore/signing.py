"""Signing with the program ``snap``, which holds the keys; this project never sees a private key.

Source: Snap Store reference, sections 7.4, 11 and 18.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from craft_store_core.errors import UnexpectedResponseError
from craft_store_snapstore.errors import SigningFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATIENCE = 600.0
"""Seconds that signing may take: somebody may have to type a passphrase."""

_STANDARD_ERROR = 2


@dataclass(frozen=True)
class LocalKey:
    """A key on this machine.

    Attributes:
        name: The name that its owner gave it.
        sha3_384: What assertions name it by.
    """

    name: str
    sha3_384: str


class SnapProgram:
    """The program ``snap``.

    Args:
        program: Its path; by default the one that is found in the search path.

    Raises:
        SigningFailedError: From the methods, where it is missing or does not do it.
    """

    def __init__(self, program: str | None = None) -> None:
        self._program = program

    def list_keys(self) -> list[LocalKey]:
        """Return the keys on this machine."""
        text = self._run("keys", "--json")
        try:
            rows = json.loads(text.strip() or "null")
            return [LocalKey(row["name"], row["sha3-384"]) for row in rows or []]
        except (ValueError, KeyError, TypeError):
            raise UnexpectedResponseError(
                "The output of 'snap keys --json' cannot be read.",
                advice="Run 'snap keys --json' in a terminal, and update snapd.",
            ) from None

    def create_key(self, name: str, *, ask: bool = True) -> None:
        """Make a key; the program asks for a passphrase.

        What it says goes to standard error: standard output is for results.

        Args:
            name: The key's name.
            ask: False gives it no terminal to ask at.
        """
        self._run("create-key", name, talks=True, text=None if ask else "")

    def export_key(self, name: str, account_id: str) -> str:
        """Return the request, signed with a key, that registers it."""
        return self._run("export-key", f"--account={account_id}", name)

    def sign(self, content: Mapping[str, Any], key: str | None = None) -> str:
        """Return an assertion, signed.

        Args:
            content: Headers, and ``body`` where there is one; all scalars are texts.
            key: Name of the key; by default the program's default one.
        """
        chosen = () if key is None else ("-k", key)
        return self._run("sign", *chosen, text=json.dumps(content))

    def sign_build(
        self, file: Path, *, account_id: str, snap_id: str, grade: str, key: str | None = None
    ) -> str:
        """Return the statement that this account built a snap.

        Args:
            file: The snap.
            account_id: Who says so.
            snap_id: Which snap it is.
            grade: ``stable`` or ``devel``.
            key: Name of the key; by default the program's default one.
        """
        chosen = () if key is None else ("-k", key)
        return self._run(
            "sign-build",
            f"--developer-id={account_id}",
            f"--snap-id={snap_id}",
            f"--grade={grade}",
            *chosen,
            str(file.absolute()),
        )

    def _run(self, *arguments: str, text: str | None = None, talks: bool = False) -> str:
        program = self._program or shutil.which("snap")
        if program is None:
            raise SigningFailedError(
                "The program 'snap' is not installed.",
                why="It stores the keys to sign assertions with.",
                advice="Install snapd, or sign on a machine that has snapd.",
            )
        try:
            done = subprocess.run(  # noqa: S603  # a fixed program; arguments are passed one by one
                [program, *arguments],
                input=text,
                stdout=_STANDARD_ERROR if talks else subprocess.PIPE,
                stderr=None if talks else subprocess.PIPE,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SigningFailedError(f"'snap {arguments[0]}' failed.", why=f"{error}.") from error
        if done.returncode != 0:
            lines = (done.stderr or "").strip().splitlines()
            why = lines[-1].removeprefix("error: ") if lines else None
            said = (
                "Its messages are above"
                if talks
                else f"The program exited with status {done.returncode}"
            )
            raise SigningFailedError(
                f"'snap {arguments[0]}' failed.",
                why=why or f"{said}.",
                advice=(
                    "List the keys with 'craft-store keys', or create one with 'craft-store "
                    "create-key'."
                ),
            )
        return done.stdout or ""
