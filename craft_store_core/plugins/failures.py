"""Records of plugins that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Stage(str, Enum):
    """When a plugin failed."""

    IMPORT = "import"
    HOOK_SIGNATURE = "hook signature"
    UNKNOWN_HOOK = "unknown hook"
    HOOK_CALL = "hook call"
    WRONG_TYPE = "wrong type"
    NAME_CLASH = "name clash"
    LOAD = "load"


@dataclass(frozen=True)
class Provider:
    """Who provides something.

    Attributes:
        plugin: Name of the entry point (or of the built-in plugin).
        distribution: Name of the distribution.
        version: Version of the distribution.
        builtin: It is part of the core.
    """

    plugin: str
    distribution: str
    version: str
    builtin: bool = False

    def __str__(self) -> str:
        return f"{self.plugin!r} ({self.distribution} {self.version})"


@dataclass(frozen=True)
class PluginFailure:
    """What is wrong with a plugin.

    Attributes:
        provider: Whose failure it is.
        stage: When it failed.
        reason: One line for people.
        off: What does not work because of it, as in ``"the whole plugin"``.
        error: The exception behind it.
    """

    provider: Provider
    stage: Stage
    reason: str
    off: str
    error: BaseException | None = field(default=None, repr=False, compare=False)

    def traceback(self) -> str:
        """Return the traceback as text; empty when no exception is behind the failure."""
        if self.error is None:
            return ""
        from traceback import format_exception

        return "".join(format_exception(self.error))

    def __str__(self) -> str:
        return f"plugin {self.provider}: {self.off} is unavailable: {self.reason}"
