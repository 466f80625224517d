"""How people name charm libraries."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_charmhub.library_references import LibraryReference
from craft_store_core.errors import InvalidNameError


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("acme-web.http_client", LibraryReference("acme-web", "http_client")),
        ("acme-web.http_client@0", LibraryReference("acme-web", "http_client", 0)),
        ("acme-web.http_client@1.23", LibraryReference("acme-web", "http_client", 1, 23)),
        ("charms.acme_web.v0.http_client", LibraryReference("acme-web", "http_client", 0)),
        ("charms.acme-web.v12.tea", LibraryReference("acme-web", "tea", 12)),
        ("acme_web.http_client", LibraryReference("acme-web", "http_client")),
        ("charms.tea", LibraryReference("charms", "tea")),
    ],
)
def test_each_form_is_read(text: str, reference: LibraryReference) -> None:
    """Short, with a version, as it is imported; a charm may even be called charms."""
    assert LibraryReference.parse(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tea",
        "teapot.",
        ".tea",
        "teapot.tea@",
        "teapot.tea@v0",
        "teapot.tea@0.",
        "teapot.tea@0.1.2",
        "teapot.tea@-1",
        "teapot.tea@\N{DEVANAGARI DIGIT ONE}",
        f"teapot.tea@{'9' * 5000}",
        "teapot.Tea",
        "teapot.tea-time",
        "Teapot.tea",
        "../teapot.tea",
        "teapot.../tea",
        "teapot.tea/../../x",
        "teapot.tea\n",
        "charms.teapot.0.tea",
        "charms.teapot.v0",
        "charms.teapot.v0.tea@1",
        "charms.teapot.v0.tea.more",
        "charms.a/b.v0.tea",
        "charms..v0.tea",
        "lib/charms/teapot/v0/tea.py",
    ],
)
def test_what_names_no_library_is_refused(text: str) -> None:
    """Also what would lead out of a folder, and numbers that no version has."""
    with pytest.raises(InvalidNameError) as caught:
        LibraryReference.parse(text)
    assert caught.value.advice
    assert len(caught.value.message) < 150


def test_the_file_is_where_python_imports_it_from() -> None:
    """Hyphens become underscores; without a major version there is no file."""
    reference = LibraryReference("acme-web", "http_client", 0, 3)
    assert reference.path == PurePosixPath("lib/charms/acme_web/v0/http_client.py")
    assert reference.title == "acme-web.http_client"
    with pytest.raises(ValueError, match="no major version"):
        str(LibraryReference("acme-web", "http_client").path)


@given(
    st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9_]*", fullmatch=True),
    st.none() | st.integers(0, 999_999_999),
    st.none() | st.integers(0, 999_999_999),
)
def test_what_is_written_is_read_again(
    charm: str, library: str, api: int | None, patch: int | None
) -> None:
    """The short form says everything."""
    reference = LibraryReference(charm, library, api, None if api is None else patch)
    assert LibraryReference.parse(str(reference)) == reference


@given(st.text(st.sampled_from("abz.@-_/\\v01 \n~:Ä"), max_size=25))
def test_no_text_leads_out_of_the_folder(text: str) -> None:
    """Whatever is read as a library has its file four steps below lib/charms' parent."""
    try:
        reference = LibraryReference.parse(text)
    except InvalidNameError:
        return
    path = reference.at_api(0).path
    assert path.parts[:2] == ("lib", "charms")
    assert len(path.parts) == 5
    assert not {".", ".."} & set(path.parts)
