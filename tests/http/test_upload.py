"""The body of an upload: framing, progress, rewinding, and files that misbehave."""

from __future__ import annotations

import email
import email.policy
import io
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.errors import ArtifactError
from craft_store_core.http import HTTPClient
from craft_store_core.http.upload import BLOCK, MultipartBody

if TYPE_CHECKING:
    from email.message import MIMEPart

    from craft_store_core.testing.scripted import ScriptedServer


def everything(body: MultipartBody, size: int = 16384) -> bytes:
    """Read a body as an HTTP library does."""
    return b"".join(iter(lambda: body.read(size), b""))


def part_of(body: MultipartBody, sent: bytes) -> MIMEPart:
    """Parse what was sent with the standard library's parser and return its only part."""
    head = f"Content-Type: {body.content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + sent, policy=email.policy.HTTP)
    (part,) = message.iter_parts()
    return part


@given(st.binary(max_size=5000), st.integers(-1, 100_000))
def test_framing(content: bytes, size: int) -> None:
    """Exactly one part arrives, with the file's bytes, and the length is what was said."""
    body = MultipartBody(io.BytesIO(content), filename="acme.charm")
    sent = everything(body, size)
    assert len(sent) == len(body) == body.len
    assert body.file_size == len(content)
    boundary = body.content_type.partition("boundary=")[2].encode()
    head, _, rest = sent.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"--" + boundary,
        b'Content-Disposition: form-data; name="binary"; filename="acme.charm"',
        b"Content-Type: application/octet-stream",
    ]
    assert rest == content + b"\r\n--" + boundary + b"--\r\n"


def test_parsers_understand_it(tmp_path: Path) -> None:
    """A parser finds field, file name, type and content."""
    file = tmp_path / "acme-web_ubuntu-22.04-amd64.charm"
    file.write_bytes(b"PK\x03\x04 content\r\n--not the boundary")
    with MultipartBody(file, field="package") as body:
        part = part_of(body, everything(body))
    assert part.get_param("name", header="content-disposition") == "package"
    assert part.get_filename() == file.name
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_payload(decode=True) == file.read_bytes()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('a"; name="other', "a%22; name=%22other"),
        ("a\r\nX-Evil: 1\r\n\r\n.charm", "a%0D%0AX-Evil: 1%0D%0A%0D%0A.charm"),
        ("a\\", "a%5C"),
        ("\x00\x7f", "%00%7F"),
        ("prüfung-名前.charm", "prüfung-名前.charm"),
        ("\udcff", "?"),
    ],
)
def test_file_names_cannot_break_the_frame(name: str, shown: str) -> None:
    """Quotes, line ends and the like are escaped; other text arrives as UTF-8."""
    sent = everything(MultipartBody(io.BytesIO(b"x"), filename=name))
    assert f'filename="{shown}"\r\n'.encode() in sent
    assert sent.count(b"\r\n\r\n") == 1


@given(st.text(max_size=50))
def test_any_file_name(name: str) -> None:
    """Whatever the file is called, the header stays one line with two quoted values."""
    sent = everything(MultipartBody(io.BytesIO(b""), filename=name, field=name))
    line = sent.split(b"\r\n")[1]
    assert re.fullmatch(rb'Content-Disposition: form-data; name="[^"]*"; filename="[^"]*"', line)
    assert sent.count(b"\r\n") == 6


def test_blocks_are_large() -> None:
    """A read gives up to 256 KiB, however little was asked for."""
    body = MultipartBody(io.BytesIO(bytes(3 * BLOCK + 5)))
    sizes = [len(block) for block in iter(lambda: body.read(16384), b"")]
    assert sizes[1:-1] == [BLOCK, BLOCK, BLOCK, 5]


def test_progress() -> None:
    """Progress counts bytes of the file that were sent, to the end, and begins again at 0."""
    seen: list[int] = []
    body = MultipartBody(io.BytesIO(bytes(2 * BLOCK + 5)), progress=seen.append)
    everything(body)
    assert seen == [0, BLOCK, 2 * BLOCK, 2 * BLOCK + 5]
    body.seek(0)
    everything(body)
    assert seen[4:] == [0, 0, BLOCK, 2 * BLOCK, 2 * BLOCK + 5]


def test_rewinding(tmp_path: Path) -> None:
    """After a rewind the same bytes come again, also from the middle of the body."""
    file = tmp_path / "a.charm"
    file.write_bytes(os.urandom(2 * BLOCK))
    with MultipartBody(file) as body:
        whole = everything(body)
        assert body.tell() == len(whole)
        body.seek(0)
        assert body.tell() == 0
        body.read()
        body.read()
        body.seek(0)
        body.seek(0)
        assert everything(body) == whole


@pytest.mark.parametrize(("offset", "whence"), [(1, 0), (0, 1), (0, 2)])
def test_only_rewinding(offset: int, whence: int) -> None:
    """Any other place than the beginning cannot be sought."""
    with pytest.raises(io.UnsupportedOperation):
        MultipartBody(io.BytesIO(b"x")).seek(offset, whence)


def test_open_files_are_sent_from_where_they_are(tmp_path: Path) -> None:
    """An open file is sent from its position, by its own name, and stays open."""
    path = tmp_path / "named.bin"
    path.write_bytes(b"skipped content")
    with path.open("rb") as file:
        file.seek(8)
        with MultipartBody(file) as body:
            first = everything(body)
            body.seek(0)
            assert everything(body) == first
        assert not file.closed
    assert b'filename="named.bin"' in first
    assert b"content\r\n" in first
    assert b"skipped" not in first


def test_a_nameless_file_has_a_name() -> None:
    """Where nothing has a name, the server still sees one."""
    assert b'filename="file"' in everything(MultipartBody(io.BytesIO(b"x")))


def test_files_are_closed(tmp_path: Path) -> None:
    """A file that was opened for the body is closed with it; reading then is a clear error."""
    file = tmp_path / "a.charm"
    file.write_bytes(b"x" * BLOCK)
    with MultipartBody(file) as body:
        body.read()
    with pytest.raises(ArtifactError, match=r"a\.charm"):
        body.read()
    with pytest.raises(ArtifactError, match=r"a\.charm"):
        body.seek(0)


class TestUnusableFiles:
    """Nothing is sent of what is no readable file."""

    def test_missing(self, tmp_path: Path) -> None:
        """A missing file is named."""
        with pytest.raises(ArtifactError, match=r"nothing\.charm.*does not exist") as caught:
            MultipartBody(tmp_path / "nothing.charm")
        assert caught.value.advice

    def test_folder(self, tmp_path: Path) -> None:
        """A folder is named as one."""
        with pytest.raises(ArtifactError) as caught:
            MultipartBody(tmp_path)
        assert caught.value.why == "The path is a folder."

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_pipe(self, tmp_path: Path) -> None:
        """A named pipe is refused instead of waiting for somebody to write to it."""
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ArtifactError) as caught:
            MultipartBody(tmp_path / "pipe")
        assert caught.value.why == "The path is not a regular file."

    def test_path_through_a_file(self, tmp_path: Path) -> None:
        """A path that leads through a file says what the system says."""
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(ArtifactError, match="cannot be read"):
            MultipartBody(tmp_path / "file" / "below")

    def test_impossible_name(self) -> None:
        """A name that no file can have is an error like the others."""
        with pytest.raises(ArtifactError, match="cannot be read"):
            MultipartBody(Path("a\x00b"))

    def test_unseekable(self) -> None:
        """A stream that cannot say its length is refused."""
        reading, writing = os.pipe()
        with (
            os.fdopen(reading, "rb") as stream,
            os.fdopen(writing, "wb"),
            pytest.raises(ArtifactError, match="cannot be read"),
        ):
            MultipartBody(stream)

    def test_unreadable(self, tmp_path: Path) -> None:
        """A file that fails while it is read fails as that file, not as the network."""
        file = tmp_path / "a.charm"
        file.write_bytes(b"x")
        with file.open("ab") as write_only:
            write_only.seek(0)
            body = MultipartBody(write_only)
            body.read()
            with pytest.raises(ArtifactError, match=r"a\.charm"):
                body.read()

    def test_write_only_at_its_end(self, tmp_path: Path) -> None:
        """The look behind the end fails as that file, too."""
        with (tmp_path / "a.charm").open("wb") as write_only:
            body = MultipartBody(write_only)
            body.read()
            with pytest.raises(ArtifactError, match=r"a\.charm"):
                body.read()


class TestChangingFiles:
    """A file that another program writes to is never sent as if nothing had happened."""

    def test_shorter(self, tmp_path: Path) -> None:
        """A file that shrinks ends the upload with an error, not with a wait for more."""
        file = tmp_path / "a.charm"
        file.write_bytes(bytes(3 * BLOCK))
        with MultipartBody(file) as body:
            body.read()
            body.read()
            os.truncate(file, BLOCK)
            with pytest.raises(ArtifactError, match="changed while") as caught:
                body.read()
        assert f"shorter than the {3 * BLOCK} bytes" in (caught.value.why or "")

    def test_longer(self, tmp_path: Path) -> None:
        """A file that grows is noticed before the closing boundary is sent."""
        file = tmp_path / "a.charm"
        file.write_bytes(b"x")
        with MultipartBody(file) as body:
            body.read()
            with file.open("ab") as more:
                more.write(b"y")
            assert body.read() == b"x"
            with pytest.raises(ArtifactError, match="changed while"):
                body.read()

    def test_through_http(self, scripted_server: ScriptedServer, tmp_path: Path) -> None:
        """The error reaches the caller of the request as it is, and the client still works."""
        file = tmp_path / "a.charm"
        file.write_bytes(bytes(3 * BLOCK))
        scripted_server.expect("GET", "/after")

        def shrink(sent: int) -> None:
            if sent == BLOCK:
                os.truncate(file, BLOCK)

        with (
            HTTPClient(user_agent="t/1", proxies={}) as client,
            MultipartBody(file, progress=shrink) as body,
        ):
            with pytest.raises(ArtifactError, match="changed while"):
                client.request("POST", f"{scripted_server.url}/up", data=body, repeatable=True)
            assert client.request("GET", f"{scripted_server.url}/after").status == 200


def test_empty_files_are_sent(scripted_server: ScriptedServer, tmp_path: Path) -> None:
    """A file of no bytes is an upload like any other (it is a valid resource)."""
    file = tmp_path / "empty"
    file.touch()
    seen: list[int] = []
    scripted_server.expect("POST", "/unscanned-upload/")
    with (
        HTTPClient(user_agent="t/1", proxies={}) as client,
        MultipartBody(file, progress=seen.append) as body,
    ):
        client.request("POST", f"{scripted_server.url}/unscanned-upload/", data=body)
        (request,) = scripted_server.requests
        assert request.headers["Content-Length"] == str(body.len)
        assert part_of(body, request.body).get_payload(decode=True) == b""
    assert seen == [0]


def test_more_than_two_gib(tmp_path: Path) -> None:
    """A file beyond 2 GiB has its true length."""
    file = tmp_path / "large.charm"
    with file.open("wb") as sparse:
        sparse.truncate(3 * 1024**3)
    with MultipartBody(file) as body:
        assert body.file_size == 3 * 1024**3
        assert body.len == len(body) > 3 * 1024**3
        body.read()
        assert len(body.read()) == BLOCK


def test_parallel_uploads(scripted_server: ScriptedServer, tmp_path: Path) -> None:
    """Several uploads through one client at once arrive whole."""
    contents = {f"{number}.bin": os.urandom(1_000_000) for number in range(4)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        scripted_server.expect("POST", f"/{name}")

    with HTTPClient(user_agent="t/1", proxies={}) as client:

        def send(name: str) -> None:
            with MultipartBody(tmp_path / name) as body:
                client.request("POST", f"{scripted_server.url}/{name}", data=body)

        threads = [threading.Thread(target=send, args=(name,)) for name in contents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for request in scripted_server.requests:
        assert contents[request.path.strip("/")] in request.body
