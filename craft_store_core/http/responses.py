"""Answers, and reading them without trusting them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from craft_store_core.errors import UnexpectedResponseError
from craft_store_core.http.error_bodies import REQUEST_ID, describe_text
from craft_store_core.redaction import redact_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from craft_store_core.http.work import Work

_BLOCK = 256 * 1024


@dataclass(frozen=True)
class Download:
    """Where the body of a successful answer goes instead of into memory.

    Attributes:
        file: Open for writing, at any position; emptied before each attempt.
        progress: Called with the number of bytes that came so far, once per block. It may refuse
            the content by raising.
    """

    file: BinaryIO
    progress: Callable[[int], None] | None = None

    def take(self, raw: requests.Response, work: Work) -> None:
        """Write the body of an answer to the file, block by block, while the work goes on."""
        self.file.seek(0)
        self.file.truncate()
        done = 0
        for block in raw.iter_content(_BLOCK):
            work.check()
            done += len(block)
            if self.progress is not None:
                self.progress(done)
            self.file.write(block)


def host_of(url: str) -> str:
    """Return host and port of a URL as they are written in it, without a user name."""
    return urlsplit(url).netloc.rpartition("@")[2]


class Response:
    """An answer, read to its end.

    Attributes:
        status: The status code.
        headers: The headers; looked up by names in any case.
        url: The URL that answered, after redirects.
        content: The body; empty when it was downloaded.
        raw: The answer as ``requests`` has it.
    """

    def __init__(self, raw: requests.Response, work: Work, download: Download | None) -> None:
        self.raw = raw
        self.status: int = raw.status_code
        self.headers: Mapping[str, str] = raw.headers
        self.url: str = raw.url
        self.content = b""
        if download is not None and self.status == 200:
            download.take(raw, work)
        else:
            self.content = raw.content

    def __repr__(self) -> str:
        return f"<Response {self.status} {redact_url(self.url)}>"

    @property
    def request_id(self) -> str | None:
        """The store's name for the request, to quote in a bug report."""
        return self.headers.get(REQUEST_ID)

    @property
    def text(self) -> str:
        """The body as text, in the encoding that it says it has, else UTF-8."""
        match = re.search(
            r'charset\s*=\s*"?([^\s";]+)', self.headers.get("Content-Type", ""), re.IGNORECASE
        )
        try:
            return self.content.decode(match[1] if match else "utf-8", "replace")
        except (LookupError, ValueError):
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body's JSON document.

        Raises:
            UnexpectedResponseError: The body is no JSON.
        """
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            seen = describe_text(self.content, self.headers.get("Content-Type", ""))
            if not seen.startswith("an HTML page"):
                # Of a successful answer, text that was not understood may be a secret.
                seen = f"{len(self.content)} bytes that are not JSON" if self.content else "nothing"
            raise self._unexpected(f"The server sent {seen}.") from None

    def json_object(self) -> dict[str, Any]:
        """Return the body's JSON document, which must be an object.

        Raises:
            UnexpectedResponseError: The body is no JSON, or another kind of it.
        """
        document = self.json()
        if not isinstance(document, dict):
            kind = {list: "a list", str: "a string", type(None): "null"}.get(
                type(document), "a bare value"
            )
            raise self._unexpected(f"The server sent {kind} instead of a JSON object.")
        return document

    def _unexpected(self, why: str) -> UnexpectedResponseError:
        return UnexpectedResponseError(
            f"The response of {host_of(self.url)} cannot be read.",
            why=f"{why} (status {self.status}, {redact_url(self.url)})",
            advice=(
                "Check that the URL belongs to the store, and that no proxy or login page of the "
                "network answers instead."
            ),
            request_id=self.request_id,
        )
