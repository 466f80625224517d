"""What a user can name as an image: the grammar, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_charmhub.oci.challenges import Challenge, parse_challenges, share_a_domain
from craft_store_charmhub.oci.sources import (
    FileSource,
    RegistryReference,
    parse_reference,
    parse_source,
)
from craft_store_core.errors import UsageError

DIGEST = f"sha256:{'6' * 64}"
COMPONENTS = st.from_regex(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+){0,3}", fullmatch=True)
HOSTS = st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9}){1,2}(:[1-9][0-9]{0,3})?", fullmatch=True)
TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("source", "form", "path", "tag"),
    [
        ("image.tar", "any", "image.tar", None),
        (Path("image.tar"), "any", "image.tar", None),
        (Path("oci:odd"), "any", "oci:odd", None),
        ("./oci:odd", "any", "oci:odd", None),
        ("C:/image.tar", "any", "C:/image.tar", None),
        ("app_1.0_amd64.rock", "any", "app_1.0_amd64.rock", None),
        ("oci:folder", "oci", "folder", None),
        ("oci-archive:image.tar:v1", "oci-archive", "image.tar", "v1"),
        ("docker-archive:/image.tar:acme/web:v1", "docker-archive", "/image.tar", "acme/web:v1"),
    ],
)
def test_files_and_folders(source: str | Path, form: str, path: str, tag: str | None) -> None:
    """Paths are relative to a folder; words of skopeo say what a file is."""
    found = parse_source(source, Path("/plans"))

    assert isinstance(found, FileSource)
    assert (found.form, found.tag, found.text) == (form, tag, str(source))
    assert found.path == Path("/plans") / path


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("docker-daemon:web:latest", "daemon"),
        ("containers-storage:web", "daemon"),
        ("dir:folder", "'dir' is not one of"),
        ("https://registry.example.test/web", "'https' is not one of"),
        ("oci:", "does not name an image"),
        ("oci-archive:image.tar:", "does not name an image"),
    ],
)
def test_other_words_are_refused(source: str, reason: str) -> None:
    """With a reason, and what to do instead."""
    with pytest.raises(UsageError) as caught:
        parse_source(source)

    assert reason in f"{caught.value.message} {caught.value.why}"
    assert caught.value.advice


@pytest.mark.parametrize(
    ("text", "host", "name", "reference"),
    [
        ("docker://ubuntu", "registry-1.docker.io", "library/ubuntu", "latest"),
        ("docker://ubuntu:24.04", "registry-1.docker.io", "library/ubuntu", "24.04"),
        ("docker://acme/web", "registry-1.docker.io", "acme/web", "latest"),
        ("docker://docker.io/acme/web", "registry-1.docker.io", "acme/web", "latest"),
        ("docker://ghcr.io/acme/web:v1", "ghcr.io", "acme/web", "v1"),
        ("docker://localhost/web", "localhost", "web", "latest"),
        ("docker://localhost:5000/a/b/c:x", "localhost:5000", "a/b/c", "x"),
        (f"docker://127.0.0.1:5000/web@{DIGEST}", "127.0.0.1:5000", "web", DIGEST),
        (f"docker://[::1]:5000/web:v1@{DIGEST}", "[::1]:5000", "web", DIGEST),
        ("docker://[::1]/web", "[::1]", "web", "latest"),
        ("docker://UPPER.example/web", "UPPER.example", "web", "latest"),
    ],
)
def test_references(text: str, host: str, name: str, reference: str) -> None:
    """Docker's own rules: no host is Docker Hub, a digest wins over a tag."""
    assert parse_source(text) == RegistryReference(host, name, reference, text)


@pytest.mark.parametrize(
    "text",
    [
        "docker://",
        "docker:///web",
        "docker://ghcr.io/",
        "docker://ghcr.io/Acme",
        "docker://ghcr.io/a//b",
        "docker://ghcr.io/../b",
        "docker://ghcr.io/a/..",
        "docker://ghcr.io/a:",
        "docker://ghcr.io/a:-x",
        "docker://ghcr.io/a@",
        "docker://ghcr.io/a@sha256:12",
        "docker://ghcr.io/a@md5:" + "0" * 32,
        "docker://ghcr.io/a?x=1",
        "docker://ghcr.io/a#x",
        "docker://user@ghcr.io/a",
        "docker://user:pass@ghcr.io/a",
        "docker://ghcr.io:0/a",
        "docker://ghcr.io:99999/a",
        "docker://-x.example/a",
        "docker://ghcr.io/" + "a" * 256,
        "docker://ghcr.io/a\n",
    ],
)
def test_what_is_no_reference(text: str) -> None:
    """Nothing that could become another URL than it looks like."""
    with pytest.raises(UsageError, match="not an image reference"):
        parse_source(text)


@given(host=HOSTS, parts=st.lists(COMPONENTS, min_size=1, max_size=4), tag=st.none() | TAGS)
def test_a_reference_is_taken_apart_as_it_was_put_together(
    host: str, parts: list[str], tag: str | None
) -> None:
    """Host, name and tag are what was written."""
    name = "/".join(parts)
    text = f"docker://{host}/{name}" + (f":{tag}" if tag else "")

    found = parse_reference(text)

    if host != "docker.io":
        assert (found.host, found.name, found.reference) == (host, name, tag or "latest")


@given(st.text(max_size=60))
def test_any_text_is_a_source_or_refused(text: str) -> None:
    """Never another error, and never a host or a name with something else in it."""
    for candidate in (text, f"docker://{text}", f"oci:{text}"):
        try:
            found = parse_source(candidate)
        except UsageError:
            continue
        if isinstance(found, RegistryReference):
            assert not set(f"{found.host}{found.name}") & set("@?#% \\\n")
            assert ".." not in found.name.split("/")


BEARER = Challenge("bearer", {"realm": "https://auth.example/t", "service": "r.example"})


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        ('Basic realm="x"', (Challenge("basic", {"realm": "x"}),)),
        ('Bearer realm="https://auth.example/t",service="r.example"', (BEARER,)),
        ('BEARER Realm = "https://auth.example/t" , service=r.example', (BEARER,)),
        (
            'Basic realm="a, b=\\"c\\"", Bearer realm="https://auth.example/t",service="r.example"',
            (Challenge("basic", {"realm": 'a, b="c"'}), BEARER),
        ),
        ("Negotiate, Basic realm=x", (Challenge("negotiate"), Challenge("basic", {"realm": "x"}))),
        ('"odd', ()),
    ],
)
def test_challenges(header: str, expected: tuple[Challenge, ...]) -> None:
    """Several in one header, quoted or not."""
    assert parse_challenges(header) == expected


@given(st.text(max_size=300))
def test_any_header_can_be_read(header: str) -> None:
    """What a server sends is at worst no challenge."""
    for challenge in parse_challenges(header):
        assert challenge.scheme == challenge.scheme.lower()


def test_a_long_header_takes_no_time() -> None:
    """The grammar has no way to go wrong in many ways at once."""
    for part in ('a="', 'a="\\', "a, ", "a=b ", " ", 'Basic realm="x",'):
        parse_challenges(part * 100_000)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("registry.example.com", "auth.example.com", True),
        ("registry.example.com", "Registry.Example.com.", True),
        ("registry.example.com", "example.com", True),
        ("registry.example.co.uk", "auth.example.co.uk", True),
        ("registry.example.com", "example.com.evil.net", False),
        ("registry.example.com", "registry-example.com", False),
        ("example.com", "evil.com", False),
        ("example.co.uk", "evil.co.uk", False),
        ("registry", "auth", False),
        ("192.0.2.7", "198.51.2.7", False),
        ("192.0.2.7", "192.0.2.7", False),
        ("::1", "::1", False),
        ("", "", False),
    ],
)
def test_hosts_of_one_domain(one: str, other: str, expected: bool) -> None:
    """A password for a registry may go to what stands beside it, in a domain of somebody."""
    assert share_a_domain(one, other) is expected
    assert share_a_domain(other, one) is expected
