"""The storage host: what it takes, what it refuses, and what it costs."""

from __future__ import annotations

import hashlib
import http.client
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

_SERVER = """
import sys
from craft_store_sandbox import Sandbox
with Sandbox() as sandbox:
    print(sandbox.urls.storage, flush=True)
    sys.stdin.readline()
"""
_BOUNDARY = "0f3c9b7a"


def _part(name: str = "binary", filename: str | None = "a.charm", content: bytes = b"x") -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + content + b"\r\n"


_END = f"--{_BOUNDARY}--\r\n".encode()


def _post(
    client: Any, body: bytes, kind: str = f"multipart/form-data; boundary={_BOUNDARY}"
) -> Any:
    url = f"{client.sandbox.urls.storage}/unscanned-upload/"
    return client.session.post(url, data=body, headers={"Content-Type": kind}, timeout=30)


def test_an_upload_needs_no_authorization_and_gives_an_id(client: Any) -> None:
    """Underscores in the answer, unlike everywhere else."""
    answer = _post(client, _part() + _END)

    assert answer.status_code == 200
    assert answer.json()["successful"] is True
    assert len(answer.json()["upload_id"]) == 36


def test_zero_bytes_are_accepted(client: Any) -> None:
    """Empty files stand for empty resources."""
    assert _post(client, _part(content=b"") + _END).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (_part("file") + _END, f"multipart/form-data; boundary={_BOUNDARY}"),
        (_part() + _part() + _END, f"multipart/form-data; boundary={_BOUNDARY}"),
        (_part(filename=None) + _END, f"multipart/form-data; boundary={_BOUNDARY}"),
        (_part(), f"multipart/form-data; boundary={_BOUNDARY}"),
        (_END, f"multipart/form-data; boundary={_BOUNDARY}"),
        (b"", f"multipart/form-data; boundary={_BOUNDARY}"),
        (_part() + _END, "multipart/form-data"),
        (b"{}", "application/json"),
        (
            _part("file", content=bytes(3 << 20)) + _END,
            f"multipart/form-data; boundary={_BOUNDARY}",
        ),
    ],
)
def test_malformed_uploads_are_refused(client: Any, body: bytes, kind: str) -> None:
    """The answer keeps both keys and says why; nothing stays on disk."""
    answer = _post(client, body, kind)

    assert answer.status_code == 400
    assert answer.json()["successful"] is False
    assert answer.json()["upload_id"] is None
    assert answer.json()["error-list"][0]["message"]
    assert list((client.sandbox.folder / "blobs").iterdir()) == []


@pytest.mark.parametrize("size", [100, 5 << 20])
def test_a_client_that_goes_away_leaves_nothing(client: Any, size: int) -> None:
    """A body cut short is no upload, and the server goes on."""
    address = urlsplit(client.sandbox.urls.storage)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.putrequest("POST", "/unscanned-upload/")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}")
    connection.putheader("Content-Length", str(size * 10))
    connection.endheaders()
    connection.send(_part(content=bytes(size)))
    connection.sock.shutdown(1)
    answer = connection.getresponse()

    assert answer.status == 400
    connection.close()
    assert list((client.sandbox.folder / "blobs").iterdir()) == []
    assert client.upload(b"still here")


def test_chunked_bodies_are_taken(client: Any) -> None:
    """A client may not know the length."""
    pieces = iter([_part(content=b"abc"), _END])
    answer = _post(client, pieces)  # type: ignore[arg-type]  # requests sends an iterator in chunks

    assert answer.status_code == 200


def _peak_growth(size: int) -> int:
    """Upload so many MiB to a server process; give the growth of its peak memory in KiB."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = urlsplit(process.stdout.readline().strip())
        _send(address, 1)
        before = _peak(process.pid)
        _send(address, size)
        return _peak(process.pid) - before
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _send(address: Any, size: int) -> None:
    head, tail = _part(content=b"").removesuffix(b"\r\n"), b"\r\n" + _END
    chunk = hashlib.sha256(b"seed").digest() * (1 << 15)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=120)
    connection.putrequest("POST", "/unscanned-upload/")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}")
    connection.putheader("Content-Length", str(len(head) + size * len(chunk) + len(tail)))
    connection.endheaders(head)
    for _ in range(size):
        connection.send(chunk)
    connection.send(tail)
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc for peak memory")
def test_uploads_stream_to_disk() -> None:
    """96 MiB take less than 48 MiB of memory in the server."""
    assert _peak_growth(96) < 48 * 1024


@pytest.mark.skipif(
    "CRAFT_STORE_SANDBOX_BIG" not in os.environ,
    reason="writes 2 GiB; set CRAFT_STORE_SANDBOX_BIG=1 to run it",
)
def test_two_gibibytes_stream_to_disk() -> None:
    """2 GiB take less than 64 MiB of memory in the server."""
    assert _peak_growth(2048) < 64 * 1024
