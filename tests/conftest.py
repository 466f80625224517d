"""Fixtures for the tests of the core."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from textwrap import dedent
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from craft_store_core.plugins.discovery import PluginEntry, discover
from craft_store_core.testing.command_line import CommandLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from craft_store_core.testing.command_line import Finished
    from craft_store_core.testing.scripted import ScriptedServer
    from craft_store_sandbox import TLSFiles


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A loopback server whose script is checked when the test is over."""
    from craft_store_core.testing.scripted import ScriptedServer

    with ScriptedServer() as server:
        yield server


class PluginSite:
    """A folder of installed distributions, as pip leaves them, for programs of their own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        folder.mkdir()
        home.mkdir()

    def add(
        self,
        name: str,
        source: str | None = None,
        *,
        version: str = "1.0",
        entry: str | None = None,
        target: str | None = None,
        entry_points: str | None = None,
        suffix: str = ".dist-info",
        folder: Path | None = None,
    ) -> Path:
        """Install a distribution with one plugin.

        Args:
            name: Name of the distribution.
            source: Source of the module; None installs none.
            version: Version of the distribution.
            entry: Name of the entry point; by default the distribution's.
            target: What the entry point names; by default the module.
            entry_points: The whole entry_points.txt instead.
            suffix: ``.dist-info`` or ``.egg-info``.
            folder: Where; by default the site's own folder.

        Returns:
            The folder of its metadata.
        """
        place = folder or self.folder
        module = name.replace("-", "_").replace(".", "_")
        info = place / f"{module}-{version}{suffix}"
        info.mkdir(parents=True)
        metadata = "METADATA" if suffix == ".dist-info" else "PKG-INFO"
        (info / metadata).write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(
            f"[craft_store.plugins]\n{entry or name} = {target or module}\n"
            if entry_points is None
            else entry_points
        )
        if source is not None:
            (place / f"{module}.py").write_text(dedent(source))
        return info

    def run(self, *arguments: str, **environment: str) -> Finished:
        """Run ``craft-store`` where the site's plugins, and no other ones, are installed."""
        variables = self._with_others_disabled(environment)
        before = set(sys.modules)
        sys.path.insert(0, str(self.folder))
        importlib.invalidate_caches()
        try:
            return self._program().run(*arguments, **variables)
        finally:
            sys.path.remove(str(self.folder))
            for name in set(sys.modules) - before:
                if str(self.folder) in str(getattr(sys.modules[name], "__file__", "")):
                    del sys.modules[name]

    def run_process(self, *arguments: str, **environment: str) -> Finished:
        """Do the same in a process, for plugins that none survives."""
        variables = self._with_others_disabled({**self._path, **environment})
        return self._program().run_process(*arguments, **variables)

    def python(self, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a Python program where the site's plugins, and no other ones, are installed."""
        return subprocess.run(
            [sys.executable, "-c", dedent(program)],
            env={
                **self._program().environment,
                **self._with_others_disabled({**self._path, **environment}),
            },
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def _path(self) -> dict[str, str]:
        path = [str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"PYTHONPATH": os.pathsep.join(path)}

    def _program(self) -> CommandLine:
        program = CommandLine(self.home)
        # What is installed here may be broken, on purpose.
        program.environment.pop("CRAFT_STORE_STRICT_PLUGINS", None)
        return program

    @staticmethod
    def _with_others_disabled(environment: dict[str, str]) -> dict[str, str]:
        others = {entry.name for entry in discover()}
        others |= set(filter(None, environment.get("CRAFT_STORE_DISABLE_PLUGINS", "").split(",")))
        return {**environment, "CRAFT_STORE_DISABLE_PLUGINS": ",".join(sorted(others))}


@pytest.fixture
def plugin_site(tmp_path: Path) -> PluginSite:
    """An empty folder to install plugins into, discovered for real by programs of their own."""
    return PluginSite(tmp_path / "site", tmp_path / "home")


@pytest.fixture
def plugin_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., PluginEntry]]:
    """Makes the entry of a plugin: from a module, or from source that is imported when loaded."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    # Later imports look into the folder again; what was imported is forgotten with the test.
    before = set(sys.modules)
    counter = iter(range(1000))

    def make(
        plugin: ModuleType | str,
        name: str = "acme",
        *,
        attribute: str = "",
        distribution: str | None = None,
        version: str = "1.0",
    ) -> PluginEntry:
        module = f"plugin_under_test_{next(counter)}"
        if isinstance(plugin, ModuleType):
            monkeypatch.setitem(sys.modules, module, plugin)
        else:
            (folder / f"{module}.py").write_text(
                "from craft_store_core.plugins import *\n" + dedent(plugin)
            )
        target = f"{module}:{attribute}" if attribute else module
        return PluginEntry(name, target, distribution or f"craft-{name}", version)

    yield make
    for module in set(sys.modules) - before:
        if module.startswith("plugin_under_test_"):
            del sys.modules[module]


@pytest.fixture
def loopback_certificate(tmp_path: Path) -> TLSFiles:
    """A certificate for loopback that no system trusts, signed by itself."""
    import ipaddress
    from datetime import datetime, timedelta, timezone

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from craft_store_sandbox import TLSFiles

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store.example")])
    now = datetime.now(timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = TLSFiles(tmp_path / "certificate.pem", tmp_path / "key.pem")
    files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files.private_key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
