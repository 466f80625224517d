"""The benchmark programs run and print ratios; what these are is not a matter of tests."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(module: str, *options: str) -> str:
    """Run a benchmark from the root of the repository and return what it printed."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *options]
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_upload() -> None:
    """A short run measures this project over HTTP and TLS and tells what is left out."""
    printed = run("upload", "--size", "1", "--rounds", "1")
    assert "craft-store==3.4.0 is left out" in printed
    for scheme in ("http", "https"):
        _, _, table = printed.partition(f"\n{scheme}, 1 MiB, 1 rounds")
        row = re.search(r"this project +(\d+\.\d\d) +(\d+\.\d+)", table)
        assert row is not None, printed
        assert float(row[1]) > 0
        assert float(row[2]) > 0


def test_startup() -> None:
    """A short run compares the installed command with click and with bare Python."""
    if not (Path(sysconfig.get_path("scripts")) / "craft-store").exists():
        pytest.skip("the craft-store command is not installed beside this Python")
    printed = run("startup", "--rounds", "1")
    assert re.search(r"python -c pass +1\.00", printed)
    assert re.search(r"craft-store --help +\d+\.\d\d", printed)


def test_import() -> None:
    """A short run measures both statements, and tells what is left out."""
    printed = run("import_time", "--rounds", "1")
    assert "craft-store==3.4.0 is left out" in printed
    assert len(re.findall(r"^this project +- +\d+\.\d\d ms$", printed, re.MULTILINE)) == 2


def test_the_sink_takes_only_complete_bodies() -> None:
    """A body without its closing boundary is not taken for an upload, so nobody wins by less."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "benchmarks" / "sink.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as sink:
        assert sink.stdin is not None
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            for body, word in ((b"x" * 100_000, b"false"), (b"x" * 100_000 + b"--\r\n", b"true")):
                head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
                client.sendall(head + body)
                assert b'"successful": ' + word in client.recv(4096)
        sink.stdin.close()
