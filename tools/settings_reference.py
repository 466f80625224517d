"""Prints the tables of settings for docs/reference/configuration.md.

Run as ``python tools/settings_reference.py`` after changing a setting, and put what it prints
between the marks of the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.config import STORE_SETTINGS, list_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.config import Setting

MARKS = ("<!-- settings: made by tools/settings_reference.py -->", "<!-- end of settings -->")


def page_part() -> str:
    """Return both tables, with the marks around them."""
    return "\n".join(
        [
            MARKS[0],
            "",
            "| key | value | default | variable | meaning |",
            "|---|---|---|---|---|",
            *_rows(list_settings()),
            "",
            "In a table `[stores.NAME]`:",
            "",
            "| key | value | default | meaning |",
            "|---|---|---|---|",
            *_rows(STORE_SETTINGS, variables=False),
            "",
            MARKS[1],
        ]
    )


def _rows(settings: Iterable[Setting], *, variables: bool = True) -> Iterable[str]:
    for setting in settings:
        cells = [f"`{setting.key}`", setting.kind.expected, _default(setting.default)]
        if variables:
            cells.append(f"`{setting.variable}`" if setting.variable else "")
        yield f"| {' | '.join([*cells, setting.description])} |"


def _default(value: object) -> str:
    if value is None or value == ():
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    print(page_part())
