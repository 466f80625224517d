"""The plan file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.errors import UsageError
from craft_store_core.publishing import read_plan


def plan_of(folder: Path, text: str) -> Path:
    file = folder / "publish.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_everything_that_a_plan_can_say(tmp_path: Path) -> None:
    """Paths are relative to the plan, patterns stand for files, own channels replace the others."""
    (tmp_path / "dist").mkdir()
    for name in ("web_arm64", "web_amd64"):
        (tmp_path / "dist" / f"{name}.charm").touch()
    plan = read_plan(
        plan_of(
            tmp_path,
            """
            channels = ["edge"]
            only-if-newer = true

            [[artifact]]
            file = "dist/web_*.charm"
            resources = { model = "model.bin", image = 4 }

            [[artifact]]
            file = "db.snap"
            name = "acme-db"
            channels = []
            components = { docs = "docs.comp" }
            """,
        )
    )
    assert plan.only_if_newer
    assert [request.artifact.name for request in plan.requests] == [
        "web_amd64.charm",
        "web_arm64.charm",
        "db.snap",
    ]
    first, _, last = plan.requests
    assert first.channels == ("edge",)
    assert first.resources == {"model": tmp_path / "model.bin", "image": 4}
    assert (last.name, last.channels) == ("acme-db", ())
    assert last.components == {"docs": tmp_path / "docs.comp"}


def test_paths_begin_at_a_plan_that_is_named_by_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once: the folder is not added to paths that have it. Other texts stay what they are."""
    plan_of(
        tmp_path,
        """
        [[artifact]]
        file = "db.snap"
        resources = { model = "model.bin", web = "docker://ghcr.io/acme/web:v1" }
        components = { docs = "docs.comp", odd = "word:odd.comp" }
        """,
    )
    monkeypatch.chdir(tmp_path.parent)
    folder = Path(tmp_path.name)

    (request,) = read_plan(folder / "publish.toml").requests

    assert (request.artifact, request.folder) == (folder / "db.snap", folder)
    assert request.resources == {
        "model": folder / "model.bin",
        "web": "docker://ghcr.io/acme/web:v1",
    }
    assert request.components == {"docs": folder / "docs.comp", "odd": folder / "word:odd.comp"}


def test_a_file_with_the_signs_of_a_pattern_is_that_file(tmp_path: Path) -> None:
    """What exists is not taken for a pattern; absolute patterns work too."""
    (tmp_path / "a[1].charm").touch()
    (tmp_path / "a1.charm").touch()
    plan = read_plan(plan_of(tmp_path, '[[artifact]]\nfile = "a[1].charm"'))
    assert [request.artifact.name for request in plan.requests] == ["a[1].charm"]
    plan = read_plan(plan_of(tmp_path, f"[[artifact]]\nfile = '{tmp_path}/a?.charm'"))
    assert [request.artifact.name for request in plan.requests] == ["a1.charm"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'artifact' must be"),
        ("artifact = []", "'artifact' must be"),
        ("artifact = [1]", "'artifact 1' must be a table"),
        ("chanels = []", "unknown key: 'chanels'"),
        ("only-if-newer = 1\n[[artifact]]", "'only-if-newer' must be true or false"),
        ("channels = 'edge'\n[[artifact]]", "'channels' must be a list"),
        ("[[artifact]]", "'artifact 1: file' must be"),
        ("[[artifact]]\nfile = 1", "'artifact 1: file' must be"),
        ("[[artifact]]\nfile = 'x'\nfiel = 1", "unknown key: 'artifact 1: fiel'"),
        ("[[artifact]]\nfile = 'x'\nname = ''", "'artifact 1: name' must be text"),
        ("[[artifact]]\nfile = 'x'\nchannels = [1]", "'artifact 1: channels' must be"),
        ("[[artifact]]\nfile = 'x'\nresources = 1", "'artifact 1: resources' must be"),
        ("[[artifact]]\nfile = 'x'\nresources = {a = 0}", "resources.a' must be"),
        ("[[artifact]]\nfile = 'x'\nresources = {a = true}", "resources.a' must be"),
        ("[[artifact]]\nfile = 'x'\ncomponents = {a = 1}", "components.a' must be"),
        ("[[artifact]]\nfile = 'no-*.charm'", "No files match 'no-"),
        ("[[artifact", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, message: str) -> None:
    """Each error names the place, and the file."""
    file = plan_of(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_plan(file)
    assert message in str(caught.value)
    assert "publish.toml" in f"{caught.value} {caught.value.why}"


def test_a_plan_that_is_not_there(tmp_path: Path) -> None:
    """It is a usage error with the system's reason."""
    with pytest.raises(UsageError, match="cannot be read") as caught:
        read_plan(tmp_path / "none.toml")
    assert caught.value.why == "No such file or directory"


@given(st.binary(max_size=200))
def test_whatever_is_in_the_file_it_is_an_error_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """No content makes the reader fail in another way."""
    file = tmp_path_factory.mktemp("plan") / "publish.toml"
    file.write_bytes(content)
    with pytest.raises(UsageError):
        read_plan(file)
