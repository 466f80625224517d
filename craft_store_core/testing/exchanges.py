"""What a test's server keeps of a request, and what it can do instead of answering well.

The scripted server of this package and the sandbox use both.
"""

from __future__ import annotations

import json as json_codec
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message

SHAPES = (
    "underscore-list",
    "hyphen-list",
    "problem-list",
    "single-sign-on",
    "errors-text",
    "form",
    "message",
    "problem",
    "bakery",
    "error-text",
    "empty",
)
"""The shapes of a refusal's body, by the names that `Fault.shaped` takes."""

_PAGE = b"<html><body><h1>503 Service Unavailable</h1></body></html>"


@dataclass(frozen=True)
class RecordedRequest:
    """A request as it arrived.

    Attributes:
        method: The method, in capitals.
        path: The path without the query: as it was sent, percent-encoding included, at a scripted
            server; decoded at a sandbox.
        query: The query, decoded; of names that came several times the last value.
        headers: The headers, credentials included; looked up by names in any case.
        body: The body; a sandbox does not keep it.
        connection: The port of the client's end: equal for requests over one connection.
        service: The sandbox's service that got it: ``api``, ``dashboard``, ``storage``, ``sso`` or
            ``candid``, or ``all`` where one port serves all of them.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(repr=False)
    headers: Message = field(repr=False)
    body: bytes = field(repr=False, default=b"")
    connection: int = 0
    service: str = ""

    @property
    def body_size(self) -> int | None:
        """The bytes of the body as ``Content-Length`` gives them; None for a chunked body."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return None
        size = self.headers.get("Content-Length", "")
        return int(size) if size.isdecimal() else None

    def json(self) -> Any:
        """Return the body's JSON document."""
        return json_codec.loads(self.body)


@dataclass(frozen=True)
class Fault:
    """What a server does to one request instead of answering well; by default nothing.

    Attributes:
        status: Answer with this status and do not process the request; None processes it.
        headers: Headers of that answer.
        body: Body of that answer.
        merge: Keys that are put into the answer's JSON object.
        truncate: Cut the answer's body in the middle, with a length that fits.
        delay: Seconds of real time before the request is processed; infinity waits until the server
            closes.
        pause: Seconds of real time in the middle of the answer's body.
        reset: Reset the connection ``before`` the request's body is read or ``after`` the request
            is processed.
        close: End the connection with the request ``unanswered``, ``answered`` (without announcing
            that), or ``half-answered``, short of the length that was announced.
        early: Answer before the request's body is read, then end the connection.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    reset: Literal["before", "after"] | None = None
    truncate: bool = False
    delay: float = 0.0
    pause: float = 0.0
    merge: Mapping[str, Any] = field(default_factory=dict)
    close: Literal["unanswered", "answered", "half-answered"] | None = None
    early: bool = False

    RESET: ClassVar[Fault]
    """The request is read to its end, then the connection is reset: nobody knows if it worked."""

    RESET_EARLY: ClassVar[Fault]
    """The connection is reset before the body of the request is read."""

    CLOSE: ClassVar[Fault]
    """The request is read, then the connection is closed without an answer."""

    EARLY: ClassVar[Fault]
    """The answer comes before the body of the request is read, then the connection ends."""

    HANG_UP: ClassVar[Fault]
    """The answer comes, then the connection ends, although nothing announced that."""

    TRUNCATE: ClassVar[Fault]
    """The answer breaks off after one half of its body."""

    SILENCE: ClassVar[Fault]
    """No answer comes until the server is closed."""

    @classmethod
    def json(cls, status: int, document: Any, **headers: str) -> Fault:
        """Answer with a JSON document: an older form of errors, or one of an unexpected shape.

        Args:
            status: The HTTP status.
            document: What the body holds.
            headers: Response headers, with underscores for hyphens.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json_codec.dumps(document).encode()
        return cls(status, {"Content-Type": "application/json", **named}, body)

    @classmethod
    def errors(cls, status: int, *items: Mapping[str, Any], **headers: str) -> Fault:
        """Answer with an error list; items may lack a code or a message, or have a null one.

        Args:
            status: The HTTP status.
            items: What ``error-list`` holds.
            headers: Response headers, with underscores for hyphens.
        """
        return cls.json(status, {"error-list": [dict(item) for item in items]}, **headers)

    @classmethod
    def shaped(cls, shape: str, status: int, code: str, message: str) -> Fault:
        """Refuse in one of the shapes that bodies of errors have had.

        Args:
            shape: One of `SHAPES`.
            status: The HTTP status.
            code: What the shapes with a code hold.
            message: What all shapes but ``empty`` hold.

        Raises:
            ValueError: There is no such shape.
        """
        if shape == "empty":
            return cls(status)
        item = {"code": code, "message": message}
        hyphenated = {"code": code.lower().replace("_", "-"), "message": message}
        problem = {"status": status, "title": message, "detail": message, "type": "about:blank"}
        documents: dict[str, Mapping[str, Any]] = {
            "underscore-list": {"error_list": [item]},
            "hyphen-list": {"error-list": [item]},
            "problem-list": {**problem, "code": code, "error_list": [item]},
            "single-sign-on": {**item, "extra": {}, "error_list": [hyphenated]},
            "errors-text": {"errors": message},
            "form": {"success": False, "errors": {"__all__": [message]}, "error_list": [item]},
            "message": {"error_message": message},
            "problem": problem,
            "bakery": {"Code": code, "Message": message, "Info": {}},
            "error-text": {"error": message},
        }
        if shape not in documents:
            raise ValueError(f"There is no shape {shape!r} of errors; shapes: {', '.join(SHAPES)}")
        return cls.json(status, documents[shape])

    @classmethod
    def single_sign_on(cls, status: int, code: str, message: str) -> Fault:
        """Refuse as single sign-on does, such as with ``TOO_MANY_REQUESTS``, in both vocabularies.

        Args:
            status: The HTTP status.
            code: The code, in capitals.
            message: The message.
        """
        return cls.shaped("single-sign-on", status, code, message)

    @classmethod
    def html(cls, status: int = 503) -> Fault:
        """Answer with the page of a proxy.

        Args:
            status: The HTTP status.
        """
        return cls(status, {"Content-Type": "text/html"}, _PAGE)

    @classmethod
    def rate_limit(cls, retry_after: int | None = None) -> Fault:
        """Answer 429.

        Args:
            retry_after: The seconds of ``Retry-After``; None sends no such header.
        """
        headers = {} if retry_after is None else {"Retry_After": str(retry_after)}
        item = {"code": "rate-limit-exceeded", "message": "Too many requests"}
        return cls.errors(429, item, **headers)

    @classmethod
    def needs_refresh(cls) -> Fault:
        """Answer 401 as a store that wants a new discharge does."""
        item = {"code": "macaroon-needs-refresh", "message": "Expired macaroon"}
        return cls.errors(401, item, WWW_Authenticate="Macaroon needs_refresh=1")

    def answers_early(self) -> bool:
        """Return whether the request's body stays unread."""
        return self.early or self.reset == "before"

    def change(self, body: bytes) -> bytes:
        """Return the body of an answer with `merge` and `truncate` applied."""
        if self.merge:
            try:
                document = json_codec.loads(body)
            except ValueError:
                document = None
            if isinstance(document, dict):
                body = json_codec.dumps({**document, **self.merge}).encode() + b"\n"
        return body[: len(body) // 2] if self.truncate else body

    def pieces(self, body: bytes, wait: Callable[[float], object]) -> Iterator[bytes]:
        """Yield the parts of a body that are sent.

        Args:
            body: The whole body, whose length was announced.
            wait: Called with `pause` between the two halves.
        """
        middle = len(body) // 2
        if self.pause or self.close == "half-answered":
            yield body[:middle]
            wait(self.pause)
            body = body[middle:]
        if self.close != "half-answered":
            yield body


Fault.RESET = Fault(reset="after")
Fault.RESET_EARLY = Fault(reset="before")
Fault.CLOSE = Fault(close="unanswered")
Fault.EARLY = Fault(early=True)
Fault.HANG_UP = Fault(close="answered")
Fault.TRUNCATE = Fault(close="half-answered")
Fault.SILENCE = Fault(delay=math.inf)
