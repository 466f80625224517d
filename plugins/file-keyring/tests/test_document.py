"""The readable form gives back what was written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from craft_store_file_keyring.document import (
    DamagedDocumentError,
    load_json,
    read_entries,
    write_entries,
)

TEXT = st.text(max_size=20)


@given(st.dictionaries(TEXT, st.dictionaries(TEXT, TEXT)))
def test_what_was_written_is_read(entries: dict[str, dict[str, str]]) -> None:
    """Any names and values survive, also those that are no ASCII."""
    assert read_entries(load_json(write_entries(entries))) == entries


@given(st.binary(max_size=200))
def test_any_bytes_are_either_read_or_damaged(data: bytes) -> None:
    """No content of a file leads to another error than the one for damage."""
    try:
        entries = read_entries(load_json(data))
    except DamagedDocumentError:
        return
    assert read_entries(load_json(write_entries(entries))) == entries


@given(st.dictionaries(TEXT, st.dictionaries(TEXT, TEXT), min_size=1), st.data())
def test_a_truncated_document_is_damaged(
    entries: dict[str, dict[str, str]], data: st.DataObject
) -> None:
    """A file that was cut anywhere is never taken for one with fewer credentials."""
    whole = write_entries(entries).rstrip()
    length = data.draw(st.integers(0, len(whole) - 1))
    try:
        load_json(whole[:length])
    except DamagedDocumentError:
        return
    raise AssertionError(f"cut after {length} bytes, it was read")
