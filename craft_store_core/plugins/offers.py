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
_OPTION = re.compile(r"--[a-z][a-z0-9-]*")


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
class Question:
    """Something that an auth flow needs to know of the person who logs in.

    ``login`` makes an option of it without loading the flow. The flow gets the answer from
    :meth:`~craft_store_core.plugins.AuthContext.answer`.

    Attributes:
        name: Its name among the answers of a ``LoginRequest``, in the form of an offer's name.
        prompt: What a person is asked, such as ``"Ubuntu One password"``.
        secret: Whether what is typed is hidden.
        option: The option of ``login`` that answers it, such as ``--email``; None for none. That
            of a secret ends in ``-file`` and reads the first line of a file, of ``@FILE``, or of
            standard input (``-``): other programs can read the arguments of a command.
        variable: The environment variable that holds the answer; None for none.
        help: What the help says of the option.

    Raises:
        ValueError: The name or the option has not that form, or the help is missing.
    """

    name: str
    prompt: str
    secret: bool = False
    option: str | None = None
    variable: str | None = None
    help: str = ""

    def __post_init__(self) -> None:
        if not _is_text(self.name) or not _NAME.fullmatch(self.name):
            raise ValueError(
                f"question name {self.name!r} must be lower-case letters, digits and hyphens, "
                "beginning with a letter"
            )
        if self.option is None:
            return
        if not _is_text(self.option) or not _OPTION.fullmatch(self.option):
            raise ValueError(
                f"the option of question {self.name!r} must be two hyphens and lower-case letters, "
                "digits and hyphens"
            )
        if not _is_text(self.help) or not self.help:
            raise ValueError(f"the option {self.option} of question {self.name!r} needs a help")
        if self.secret and not self.reads_file:
            raise ValueError(
                f"the option {self.option} of the secret question {self.name!r} must end in '-file'"
            )

    @property
    def reads_file(self) -> bool:
        """Whether the value of the option is the path of a file."""
        return self.option is not None and self.option.endswith("-file")


@dataclass(frozen=True)
class AuthFlowOffer(Offer["AuthFlowFactory"]):
    """A way to log in; ``load`` returns the factory of the flow.

    Attributes:
        kinds: The credential kinds that the flow can use, such as ``("u1-macaroon",)``.
        questions: What the flow may ask at a login, in the order of the help.
    """

    kinds: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "kinds", _texts(self, "kinds", self.kinds))
        questions: Any = self.questions
        if isinstance(questions, Question) or not all(isinstance(q, Question) for q in questions):
            raise TypeError(f"the questions of offer {self.name!r} must be a tuple of Question")
        object.__setattr__(self, "questions", tuple(questions))


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
