"""Descriptors that plugins yield from their hooks: a name, one line of text, and how to load."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from craft_store_core.plugins.auth_flows import AuthFlowFactory
    from craft_store_core.plugins.credentials import CredentialBackendFactory
    from craft_store_core.plugins.endpoint_sets import ArtifactReader, EndpointSet
    from craft_store_core.plugins.progress import ProgressReporterFactory
    from craft_store_core.plugins.stores import Store

T = TypeVar("T")

_NAME = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Offer(Generic[T]):
    """One thing that a plugin can provide.

    Attributes:
        name: What users and other plugins choose it by: lower-case letters, digits and hyphens,
            beginning with a letter.
        summary: One line, shown without loading.
        load: Does the heavy import and returns the thing. Called at most when it is needed.

    Raises:
        ValueError: The name or the summary has not that form.
        TypeError: ``load`` cannot be called.
    """

    name: str
    summary: str
    load: Callable[[], T] = field(repr=False)

    def __post_init__(self) -> None:
        # A plugin is not checked for types, and whatever it gives must be refused here, in words:
        # later it would fail in the listings of all plugins.
        if not _is_text(self.name) or not _NAME.fullmatch(self.name):
            raise ValueError(
                f"offer name {self.name!r} must be lower-case letters, digits and hyphens, "
                "beginning with a letter"
            )
        if not _is_text(self.summary) or not self.summary or not self.summary.isprintable():
            raise ValueError(f"the summary of offer {self.name!r} must be one line of text")
        if not callable(self.load):
            raise TypeError(f"'load' of offer {self.name!r} must be callable without arguments")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _texts(offer: Offer[Any], field_name: str, values: Any) -> tuple[str, ...]:
    # A text alone, without its tuple, would match each of its own parts.
    if _is_text(values) or not all(_is_text(value) for value in values):
        raise TypeError(f"the {field_name} of offer {offer.name!r} must be a tuple of texts")
    return tuple(values)


def _check_priority(offer: Offer[Any], priority: object) -> None:
    if not isinstance(priority, int):
        raise TypeError(f"the priority of offer {offer.name!r} must be a whole number")


class StoreOffer(Offer["Store"]):
    """A store by its name; ``load`` returns the :class:`~craft_store_core.plugins.stores.Store`."""


class EndpointSetOffer(Offer["type[EndpointSet]"]):
    """A store's HTTP API; ``load`` returns the subclass of ``EndpointSet``.

    The help of a chosen store loads it for its operations. So its module imports what sends
    requests, and what reads answers, only where it does so.
    """


class ArtifactReaderOffer(Offer["ArtifactReader"]):
    """What reads a kind of files to be published; ``load`` returns the ``ArtifactReader``."""


@dataclass(frozen=True)
class AuthFlowOffer(Offer["AuthFlowFactory"]):
    """A way to log in; ``load`` returns the factory of the flow.

    Attributes:
        kinds: The credential kinds that the flow can use, such as ``("u1-macaroon",)``.
    """

    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "kinds", _texts(self, "kinds", self.kinds))


@dataclass(frozen=True)
class CredentialBackendOffer(Offer["CredentialBackendFactory"]):
    """A place where credentials are kept; ``load`` returns the factory of the backend.

    Attributes:
        priority: The best priority whose ``probe()`` says that it works is used. 0 or less is
            never chosen by itself, only by name.
    """

    priority: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_priority(self, self.priority)


@dataclass(frozen=True)
class ProgressReporterOffer(Offer["ProgressReporterFactory"]):
    """A way to show progress; ``load`` returns the factory of the reporter.

    Attributes:
        priority: The best priority that wants the terminal at hand is used.
        terminal: True for reporters that need a terminal on standard error.
    """

    priority: int = 0
    terminal: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_priority(self, self.priority)


@dataclass(frozen=True)
class CommandOffer(Offer["click.Command"]):
    """A command of ``craft-store``; ``load`` returns the click command (or group).

    Attributes:
        section: The heading of ``craft-store --help`` under which the command is listed.
        needs: The operations that it cannot do without, or the name of the one endpoint set that
            it is for. A store that lacks one of these leaves it out of its help and refuses it.
    """

    section: str = "Other"
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _is_text(self.section) or not self.section.isprintable():
            raise ValueError(f"the section of offer {self.name!r} must be one line of text")
        object.__setattr__(self, "needs", _texts(self, "needs", self.needs))
