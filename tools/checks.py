"""Runs the checkers whose settings follow from the list of distributions.

``python tools/checks.py imports`` checks the import rules, ``python tools/checks.py types`` the
types of all distributions, ``... types plugins/candid`` those of one. The other settings of these
checkers are in ``pyproject.toml``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import tomlkit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from craft_store_core.distributions import list_distributions  # noqa: E402  # needs the line above

DISTRIBUTIONS = list_distributions()
CORE, FACADE = "craft_store_core", "craft_store"
PUBLIC = {
    f"{CORE}",
    f"{CORE}.errors",
    f"{CORE}.models",
    f"{CORE}.plugins",
    f"{CORE}.stores.gateway",
    f"{CORE}.testing",
}
"""What plugins import of the core; everything else carries no promise."""
BESIDE_THE_CORE = ("tests", "benchmarks", "examples", "tools", "toxfile.py")


def check_imports() -> int:
    """Run import-linter with the rules between distributions beside those inside the core."""
    settings = tomlkit.parse((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rules = settings["tool"]["importlinter"].unwrap()
    packages = [each.package for each in DISTRIBUTIONS]
    plugins = [name for name in packages if name not in {CORE, FACADE}]
    rules["root_packages"] = packages
    rules["contracts"] += [
        {
            "name": "The core imports no plugin",
            "type": "forbidden",
            "source_modules": [CORE],
            "forbidden_modules": [FACADE, *plugins],
        },
        {"name": "No plugin imports another", "type": "independence", "modules": plugins},
        {
            "name": "A plugin imports only the public modules of the core",
            "type": "forbidden",
            "source_modules": plugins,
            "forbidden_modules": _private_modules(),
            "allow_indirect_imports": True,
            # The demonstration does what the command line does, by its parts.
            "ignore_imports": [
                f"craft_store_sandbox.cli.demo -> {CORE}.{module}"
                for module in ("cli.publish", "cli.status", "publishing")
            ],
        },
        {
            "name": "Nothing imports the drop-in facade",
            "type": "forbidden",
            "source_modules": [CORE, *plugins],
            "forbidden_modules": [FACADE],
        },
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pyproject.toml")
        file.write_text(tomlkit.dumps({"tool": {"importlinter": rules}}), encoding="utf-8")
        return _run("lint-imports", "--no-cache", cwd=Path(folder), variable="PYTHONPATH")


def _private_modules() -> list[str]:
    """Return the modules of the core that are not public, without those inside testing/."""
    names = set()
    for file in (ROOT / CORE).rglob("*.py"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        names.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    holds_public = {f"{CORE}.stores"}
    return sorted(
        name for name in names - PUBLIC - holds_public if not name.startswith(f"{CORE}.testing.")
    )


def check_types(*folders: str) -> int:
    """Run mypy once for each distribution: their test folders have modules of the same name."""
    chosen = {Path(folder) for folder in folders}
    failed = 0
    for distribution in DISTRIBUTIONS:
        if not chosen or Path(distribution.folder) in chosen:
            own = distribution.folder
            targets = (distribution.package, *BESIDE_THE_CORE) if own == "." else (own,)
            failed |= _run("mypy", *targets, variable="MYPYPATH")
    return failed


def _run(program: str, *arguments: str, variable: str, cwd: Path = ROOT) -> int:
    """Run a checker that finds the packages of all distributions through a variable."""
    path = os.pathsep.join(str(ROOT / each.folder) for each in DISTRIBUTIONS)
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    environment = {**os.environ, variable: path}
    return subprocess.run(command, env=environment, cwd=cwd, check=False).returncode


if __name__ == "__main__":
    checks = {"imports": check_imports, "types": check_types}
    if sys.argv[1:2] not in [[name] for name in checks]:
        sys.exit(__doc__)
    sys.exit(checks[sys.argv[1]](*sys.argv[2:]))
