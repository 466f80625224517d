"""One word for one thing: the glossary's retired words stand in no document and in no help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GLOSSARY = "docs/reference/glossary.md"
TITLE = "## Retired words"
CODE = re.compile(r"^( *)```.*?^\1```|`[^`\n]+`|--[a-z-]+", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="session")
def retired(pages: Any) -> dict[str, str]:
    """Each retired word, to what stands for it."""
    _, _, table = pages[GLOSSARY].path.read_text(encoding="utf-8").partition(TITLE)
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", table, re.MULTILINE)
    words = {word: instead for word, instead in rows[1:] if set(word) != {"-"}}
    assert len(words) > 10
    return words


def faults(text: str, retired: dict[str, str]) -> Iterator[str]:
    """Find retired words in prose; name the line of each, and what to write."""
    # As many lines, so that the numbers stay right.
    prose = CODE.sub(lambda match: "code" + "\n" * match[0].count("\n"), text)
    for number, line in enumerate(prose.splitlines(), start=1):
        for word, instead in retired.items():
            # "There is no ..." and "is no longer" are plain.
            pattern = rf"(?<!there )\b{re.escape(word)}\b(?! longer| more)"
            if re.search(pattern, line, re.IGNORECASE):
                yield f"{number}: {word!r} (write: {instead})"


def test_documents_use_no_retired_word(page: Any, retired: dict[str, str]) -> None:
    """Outside of code, and of the table that retires them."""
    text = page.path.read_text(encoding="utf-8")
    if str(page) == GLOSSARY:
        text = text.partition(TITLE)[0]
    found = [f"{page}:{fault}" for fault in faults(text, retired)]
    assert not found, "\n".join(found)


def test_a_retired_word_is_found(retired: dict[str, str]) -> None:
    """With its line; not in code."""
    text = "One\n```sh\nnobody\n```\n`nobody`\nThat Nobody.\n"
    assert list(faults(text, retired)) == [f"6: 'nobody' (write: {retired['nobody']})"]


def test_help_uses_no_retired_word(command_tree: Iterable[Any], retired: dict[str, str]) -> None:
    """The summary of each command in the list, its own help, and that of its options."""
    found = []
    for leaf in command_tree:
        texts = [leaf.offer.summary, leaf.command.help or ""]
        texts += [option.help or "" for option in leaf.options]
        found += [
            f"craft-store {leaf}: {fault.partition(' ')[2]}"
            for text in texts
            for fault in faults(text, retired)
        ]
    assert not found, "\n".join(found)
