"""Compare uploading a large file: this project, ``curl -F``, and PyPI's craft-store.

All send the same file to a sink in a process of its own, in turn, over HTTP and over TLS. What
counts are the ratios. See ``README.md``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Contestant, ratio, run_and_watch, run_in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
PEER = "craft-store==3.4.0"


def main() -> None:
    """Measure and print."""
    options = parse_options()
    with tempfile.TemporaryDirectory(prefix="craft-store-benchmark-") as made:
        folder = Path(made)
        cache = options.cache or folder
        file = make_file(cache, options.size)
        peer = None if options.no_peer else find_peer(options.cache)
        if not shutil.which("curl"):
            print("curl is not installed: ratios are given against this project instead.")
        for scheme in options.schemes:
            certificates = make_certificates(folder) if scheme == "https" else None
            with sink(certificates[1] if certificates else None) as port:
                url = f"{scheme}://127.0.0.1:{port}"
                authority = str(certificates[0]) if certificates else ""
                contestants = list(enter(url, file, authority, peer))
                run_in_turn(contestants, options.rounds, measure)
            report(scheme, contestants, options)


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1024, help="size of the file in MiB")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count")
    parser.add_argument(
        "--cache", type=Path, help=f"folder that keeps the file and an environment with {PEER}"
    )
    parser.add_argument("--no-peer", action="store_true", help=f"leave {PEER} out")
    parser.add_argument(
        "--schemes", nargs="+", choices=("http", "https"), default=("http", "https")
    )
    options = parser.parse_args()
    if options.size < 1 or options.rounds < 1:
        parser.error("--size and --rounds must be at least 1")
    return options


def make_file(folder: Path, size: int) -> Path:
    """Return a file of that many MiB that no file system can make smaller."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{size}-mib.charm"
    if not file.is_file() or file.stat().st_size != size * 1024 * 1024:
        with file.open("wb") as output:
            for _ in range(size):
                output.write(os.urandom(1024 * 1024))
    return file


def find_peer(cache: Path | None) -> Path | None:
    """Return the interpreter of the environment with PyPI's craft-store, made when missing."""
    if cache is None:
        print(f"{PEER} is left out: it needs an environment of its own; give --cache FOLDER.")
        return None
    folder = cache / PEER.replace("==", "-")
    interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    check = [str(interpreter), "-c", "import craft_store"]
    if (
        interpreter.exists()
        and subprocess.run(check, check=False, capture_output=True).returncode == 0
    ):
        return interpreter
    print(f"Installing {PEER} into {folder}.")
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "--quiet", PEER], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{PEER} is left out: it could not be installed ({error}).")
        return None
    return interpreter


def make_certificates(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 that is its own authority, and the same with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    public = folder / "authority.pem"
    both = folder / "server.pem"
    public.write_bytes(certificate.public_bytes(pem))
    both.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, both


@contextmanager
def sink(certificate: Path | None) -> Iterator[int]:
    """Run the sink and give its port."""
    command = [sys.executable, str(HERE / "sink.py"), *([str(certificate)] if certificate else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def enter(url: str, file: Path, authority: str, peer: Path | None) -> Iterator[Contestant]:
    """Yield who is measured; the first one is the reference."""
    # What the user's own proxies and bundles are must not matter.
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith(("_proxy", "_ca_bundle"))
    }
    curl = shutil.which("curl")
    if curl:
        command = [curl, "--silent", "--show-error", "--fail", "--output", os.devnull]
        command += ["--write-out", "%{time_total}", "--form", f"binary=@{file}"]
        command += ["--cacert", authority] if authority else []
        yield Contestant("curl -F", [*command, f"{url}/unscanned-upload/"], clean)
    ours = [sys.executable, str(HERE / "upload_ours.py"), url, str(file), authority]
    yield Contestant("this project", ours, clean)
    if peer:
        bundle = {"REQUESTS_CA_BUNDLE": authority} if authority else {}
        command = [str(peer), str(HERE / "upload_peer.py"), url, str(file)]
        yield Contestant(PEER, command, {**clean, **bundle})


def measure(contestant: Contestant) -> tuple[float, float | None]:
    """Upload once; every program prints the seconds itself, without its own start."""
    output, peak = run_and_watch(contestant)
    return float(output), peak


def report(scheme: str, contestants: list[Contestant], options: argparse.Namespace) -> None:
    """Print one table."""
    reference = contestants[0]
    print(
        f"\n{scheme}, {options.size} MiB, {options.rounds} rounds; speed against {reference.name}"
    )
    print(f"{'':24}{'speed':>8}{'seconds':>10}{'MiB/s':>9}{'peak MiB':>10}")
    for contestant in contestants:
        seconds = statistics.median(contestant.seconds)
        peak = f"{max(contestant.peaks):.0f}" if contestant.peaks else "unknown"
        print(
            f"{contestant.name:24}{1 / ratio(contestant, reference):8.2f}{seconds:10.3f}"
            f"{options.size / seconds:9.0f}{peak:>10}"
        )


if __name__ == "__main__":
    main()
