"""YAML that nobody vouches for: it becomes texts, lists and mappings, never another object."""

from __future__ import annotations

from typing import Any

import yaml

LARGEST_YAML = 512 * 1024
"""Bytes of a YAML document at most."""


def load_mapping(data: bytes) -> dict[str, Any]:
    """Read a document that must be a mapping.

    Args:
        data: The document; :data:`LARGEST_YAML` bytes at most.

    Returns:
        Texts, lists and mappings. A scalar stays the text that it was written as: as a number,
        the base ``22.10`` would become 22.1.

    Raises:
        ValueError: It cannot be used; the text goes on after the name of the document.
    """
    if len(data) > LARGEST_YAML:
        raise ValueError(f"is larger than {LARGEST_YAML} bytes")
    try:
        document = yaml.load(data, Loader=yaml.BaseLoader)  # noqa: S506  # the loader that only makes texts, lists and mappings
    except yaml.YAMLError as error:
        lines = str(error).splitlines() or [type(error).__name__]
        raise ValueError(f"is not valid YAML: {lines[0][:200].rstrip('.')}") from error
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("is not a mapping")  # noqa: TRY004  # the document is wrong, not an argument
    return document
