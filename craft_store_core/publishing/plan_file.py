"""The plan file: which artifacts are published together.

::

    channels = ["latest/edge"]          # of all artifacts that do not say otherwise
    only-if-newer = true

    [[artifact]]
    file = "dist/acme-web_*.charm"      # a pattern stands for all files that it matches
    resources = { model = "model.bin", image = "image.tar", other = 4 }

    [[artifact]]
    file = "dist/acme-db.charm"
    name = "acme-db"
    channels = ["latest/edge", "2.0/beta"]

Paths are relative to the folder of the plan file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from craft_store_core.errors import UsageError
from craft_store_core.publishing.request import PublishPlan, PublishRequest, resource_source

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOP = {"artifact", "channels", "only-if-newer"}
_ARTIFACT = {"channels", "components", "file", "name", "resources"}
_PATTERN = frozenset("*?[")


def read_plan(file: Path) -> PublishPlan:
    """Read a plan file.

    Raises:
        UsageError: It cannot be read, or something in it cannot be used; the error names the
            place.
    """
    return _Reader(file).plan()


class _Reader:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._document = self._read()

    def plan(self) -> PublishPlan:
        document = self._document
        self._refuse_unknown(document, _TOP, "")
        newer = document.get("only-if-newer", False)
        if not isinstance(newer, bool):
            self._wrong("only-if-newer", "true or false")
        channels = self._channels(document, "", ())
        tables = document.get("artifact")
        if not isinstance(tables, list) or not tables:
            self._wrong("artifact", "one or more tables [[artifact]]")
        requests = [
            request
            for number, table in enumerate(tables, start=1)
            for request in self._artifact(table, f"artifact {number}", channels)
        ]
        return PublishPlan(tuple(requests), newer)

    def _read(self) -> dict[str, Any]:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib

        try:
            with self._file.open("rb") as stream:
                document: dict[str, Any] = tomllib.load(stream)
                return document
        except (OSError, ValueError, RecursionError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageError(
                f"The plan {self._file} cannot be read.", why=why, advice="Correct the plan."
            ) from None

    def _artifact(self, table: Any, place: str, channels: tuple[str, ...]) -> list[PublishRequest]:
        if not isinstance(table, dict):
            self._wrong(place, "a table")
        self._refuse_unknown(table, _ARTIFACT, place)
        name = table.get("name")
        if name is not None and (not isinstance(name, str) or not name):
            self._wrong(f"{place}: name", "text")
        resources = self._files(table, "resources", place)
        components = self._files(table, "components", place)
        for key, value in components.items():
            if isinstance(value, int):
                self._wrong(f"{place}: components.{key}", "the path of a file")
        return [
            PublishRequest(
                artifact=file,
                channels=self._channels(table, place, channels),
                resources=resources,
                name=name,
                components={
                    key: value if isinstance(value, Path) else self._file.parent / value
                    for key, value in components.items()
                    if not isinstance(value, int)  # refused above
                },
                folder=self._file.parent,
            )
            for file in self._matches(table.get("file"), f"{place}: file")
        ]

    def _matches(self, text: Any, place: str) -> list[Path]:
        if not isinstance(text, str) or not text:
            self._wrong(place, "the path of a file")
        path = self._file.parent / text
        if path.exists() or not _PATTERN.intersection(text):
            return [path]
        root = Path(path.anchor) if Path(text).is_absolute() else self._file.parent
        pattern = str(path.relative_to(root))
        found = sorted(item for item in root.glob(pattern) if item.is_file())
        if not found:
            raise UsageError(
                f"No files match {text!r}.",
                why=f"It is the value of {place!r} in the plan {self._file}.",
                advice="Build the artifacts first, or correct the path or pattern.",
            )
        return found

    def _files(self, table: Mapping[str, Any], key: str, place: str) -> dict[str, Path | str | int]:
        values = table.get(key, {})
        if not isinstance(values, dict):
            self._wrong(f"{place}: {key}", "a table of names and files")
        files: dict[str, Path | str | int] = {}
        for name, value in values.items():
            if isinstance(value, str) and value:
                files[name] = resource_source(value, self._file.parent)
            elif isinstance(value, int) and not isinstance(value, bool) and value > 0:
                files[name] = value
            else:
                self._wrong(f"{place}: {key}.{name}", "the path of a file, or a revision number")
        return files

    def _channels(
        self, table: Mapping[str, Any], place: str, default: tuple[str, ...]
    ) -> tuple[str, ...]:
        values = table.get("channels")
        if values is None:
            return default
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            self._wrong(f"{place}: channels".removeprefix(": "), "a list of channels")
        return tuple(values)

    def _refuse_unknown(self, table: Mapping[str, Any], known: set[str], place: str) -> None:
        unknown = sorted(table.keys() - known)
        if unknown:
            name = f"{place}: {unknown[0]}".removeprefix(": ")
            raise UsageError(
                f"The plan has an unknown key: {name!r}.",
                why=f"The plan is {self._file}. Known keys are {', '.join(sorted(known))}.",
                advice="Correct or remove the key.",
            )

    def _wrong(self, place: str, expected: str) -> NoReturn:
        raise UsageError(
            f"{place!r} must be {expected}.",
            why=f"The plan {self._file} has another value there.",
            advice="Correct the plan.",
        )
