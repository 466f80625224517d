"""Reading what a store says when it refuses: every form of error body, and the error to raise.

Sources: Publisher Gateway reference, sections 3.16, 15.1 to 15.3 and 21.2.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from craft_store_core.errors import (
    AccountNotReadyError,
    AuthenticationRequiredError,
    BadRequestError,
    ConflictError,
    ErrorEntry,
    NotFoundError,
    PermissionRequiredError,
    RateLimitedError,
    StoreError,
    StoreUnavailableError,
)
from craft_store_core.redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

E = TypeVar("E", bound=StoreError)

REQUEST_ID = "x-request-id"
"""Header by which a store names a request in its own logs."""

_LONGEST_TEXT = 500
_LISTS = ("error-list", "error_list")
_MESSAGES = ("message", "detail", "title")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_HTML = re.compile(r"\s*(<!doctype\s+html|<html|<head|<body)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_NEEDS_REFRESH = re.compile(r"\bneeds_refresh\s*=\s*\"?1\b", re.IGNORECASE)

_ACCOUNT_CODES = frozenset({"user-not-ready", "user-missing-latest-tos"})
_CONFLICT_CODES = frozenset(
    {
        "already-claimed",
        "already-owned",
        "already-registered",
        "conflict",
        "conflicting-tracks",
        "reserved-name",
        "revision-conflict",
        "revoked-name",
    }
)
_LOGIN_CODES = frozenset(
    {"macaroon-authorization-required", "macaroon-discharge-required", "macaroon-needs-refresh"}
)
_NOT_FOUND_CODES = frozenset({"name-not-found", "not-found", "resource-not-found"})
_PERMISSION_CODES = frozenset({"permission-required"})
_RATE_CODES = frozenset({"rate-limit-exceeded", "register-window", "too-many-requests"})


@dataclass(frozen=True)
class ErrorBody:
    """What an error body says.

    Attributes:
        entries: The error list, in its order; whatever else the body held beside the list is in
            ``extra`` of the first one.
        text: What there is for a person when there are no entries; may be empty.
    """

    entries: tuple[ErrorEntry, ...] = ()
    text: str = ""
    codes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        codes = {normal_code(entry.code) for entry in self.entries if entry.code}
        object.__setattr__(self, "codes", frozenset(codes))

    @property
    def summary(self) -> str:
        """All messages, one per line, each with its code; or the text."""
        lines = [
            f"{entry.message} ({entry.code})"
            if entry.message and entry.code
            else entry.message or entry.code or ""
            for entry in self.entries
        ]
        return "\n".join(line for line in lines if line) or self.text


def normal_code(code: str) -> str:
    """Return an error code in the form in which codes compare: lower case, hyphens."""
    return re.sub(r"[\s_]+", "-", code.strip()).lower()


def describe_text(content: bytes, content_type: str = "") -> str:
    """Return what can be shown of a body that is not JSON: one line, without secrets.

    Of an HTML page that is at most its title; of other text the beginning.
    """
    text = content[:65536].decode("utf-8", "replace")
    if "html" in content_type.lower() or _HTML.match(text):
        title = _TITLE.search(text)
        words = _one_line(html.unescape(title[1])) if title else ""
        return f"an HTML page titled {words[:100]!r}" if words else "an HTML page"
    return _one_line(text[: _LONGEST_TEXT + 1])[:_LONGEST_TEXT]


def parse_error_body(content: bytes, content_type: str = "") -> ErrorBody:
    """Read an error body of any form; never fails.

    Args:
        content: The body.
        content_type: Its media type, which is believed only where the body is no JSON.
    """
    try:
        document = json.loads(content)
        entries = _entries_of(document) if isinstance(document, dict) else []
    except (ValueError, RecursionError):
        return ErrorBody(text=describe_text(content, content_type))
    if entries or document == {}:
        return ErrorBody(entries=tuple(entries))
    return ErrorBody(text=describe_text(content))


def store_error(status: int, headers: Mapping[str, str], content: bytes, *, url: str) -> StoreError:
    """Return the error for a refusal: decided by the body first, by the status second.

    Args:
        status: The status, 400 or more.
        headers: Headers of the answer; looked up by names in any case.
        content: The body of the answer.
        url: What was asked; only its host is shown.
    """
    known = {name.lower(): value for name, value in headers.items()}
    body = parse_error_body(content, known.get("content-type", ""))
    refusal = _Refusal(
        host=urlsplit(url).netloc.rpartition("@")[2],
        status=status,
        body=body,
        request_id=known.get(REQUEST_ID),
        retry_after=known.get("retry-after"),
        needs_refresh=_needs_refresh(status, known.get("www-authenticate", ""), body),
    )
    return refusal.error()


@dataclass(frozen=True)
class _Refusal:
    host: str
    status: int
    body: ErrorBody
    request_id: str | None
    retry_after: str | None
    needs_refresh: bool

    def error(self) -> StoreError:
        if _is_unavailable(self.status):
            return self._unavailable()
        return self._by_code() or self._by_status()

    def _by_code(self) -> StoreError | None:
        if self.needs_refresh:
            return self._login()
        makers: tuple[tuple[frozenset[str], Callable[[], StoreError]], ...] = (
            (_ACCOUNT_CODES, self._account),
            (_PERMISSION_CODES, self._permission),
            (_LOGIN_CODES, self._login),
            (_CONFLICT_CODES, self._conflict),
            (_RATE_CODES, self._rate_limited),
            (_NOT_FOUND_CODES, self._not_found),
        )
        return next((make() for codes, make in makers if codes & self.body.codes), None)

    def _by_status(self) -> StoreError:
        known = {
            401: self._login,
            403: self._permission,
            404: self._not_found,
            407: self._proxy_login,
            410: self._not_found,
            409: self._conflict,
            413: self._too_large,
            429: self._rate_limited,
        }
        return known.get(self.status, self._bad_request)()

    def _make(self, kind: type[E], message: str, advice: str | None = None) -> E:
        return kind(
            message,
            why=self._why(),
            advice=advice,
            status=self.status,
            entries=self.body.entries,
            request_id=self.request_id,
        )

    def _why(self) -> str:
        summary = self.body.summary
        return summary or f"The store answered with status {self.status} and gave no reason."

    def _account(self) -> StoreError:
        return self._make(
            AccountNotReadyError,
            f"The account setup at {self.host} is incomplete.",
            (
                "Log in to the store's web site, choose a user name and accept the developer "
                "agreement. The stored credentials stay valid."
            ),
        )

    def _login(self) -> StoreError:
        error = self._make(
            AuthenticationRequiredError,
            f"{self.host} did not accept the credentials.",
            "Log in again with 'craft-store login'.",
        )
        error.needs_refresh = self.needs_refresh
        return error

    def _permission(self) -> StoreError:
        if "forbidden" in self.body.codes:
            # The credentials are good: what is asked for cannot be done as things are.
            return self._make(
                PermissionRequiredError,
                f"{self.host} does not allow this operation.",
                "Fix the cause that the store gives. Other credentials would not help.",
            )
        missing = ", ".join(self._missing_permissions())
        ask = f"the permission {missing}" if missing else "the permission, package or channel"
        error = self._make(
            PermissionRequiredError,
            f"The credentials do not allow this operation at {self.host}.",
            (
                f"Log in again for credentials with {ask}, or ask the owner of the "
                "package for access. "
                "'craft-store whoami' shows what the current credentials allow."
            ),
        )
        if missing and missing not in (error.why or ""):
            error.why = f"{error.why}\nMissing: {missing}."
        return error

    def _missing_permissions(self) -> list[str]:
        named: list[str] = []
        for entry in self.body.entries:
            for key in ("permission", "permissions"):
                value = entry.extra.get(key)
                values = value if isinstance(value, list) else [value]
                named += [_clean(name) for name in values if isinstance(name, str) and name]
            match = re.search(
                r"permissions?\b[^:]{0,40}:\s*([a-z][a-z_-]*(?:,\s*[a-z][a-z_-]*)*)\s*\.?$",
                entry.message,
                re.IGNORECASE,
            )
            if match:
                named += re.split(r",\s*", match[1])
        return list(dict.fromkeys(named))

    def _conflict(self) -> StoreError:
        advice = "Compare the request with the state of the package at the store."
        if "reserved-name" in self.body.codes:
            advice = "Request the reserved name on the store's web site."
        elif "already-registered" in self.body.codes:
            advice = "Choose another name, or claim this name on the store's web site."
        return self._make(
            ConflictError, f"The request conflicts with existing data at {self.host}.", advice
        )

    def _not_found(self) -> StoreError:
        return self._make(
            NotFoundError,
            f"{self.host} did not find it, or the account has no access to it.",
            "Check the name. Check with 'craft-store whoami' that this account has access.",
        )

    def _rate_limited(self) -> StoreError:
        wait = self.retry_after or ""
        when = f"in {wait} seconds" if wait.isascii() and wait.isdigit() else "in a few minutes"
        return self._make(
            RateLimitedError, f"{self.host} received too many requests.", f"Try again {when}."
        )

    def _proxy_login(self) -> StoreError:
        return self._make(
            BadRequestError,
            f"The proxy for {self.host} requires credentials.",
            "Add the credentials to the proxy URL (HTTP_PROXY), or bypass the proxy (NO_PROXY).",
        )

    def _too_large(self) -> StoreError:
        return self._make(
            BadRequestError,
            f"The request is too large for {self.host}.",
            "Reduce the size of the file, or ask the operators of the store to raise the limit.",
        )

    def _bad_request(self) -> StoreError:
        return self._make(
            BadRequestError,
            f"{self.host} refused the request.",
            "Correct what the store reports. 'craft-store -vv' shows the request.",
        )

    def _unavailable(self) -> StoreError:
        late = self.status == 408
        return self._make(
            StoreUnavailableError,
            f"{self.host} {'stopped waiting for the request' if late else 'failed'} "
            f"(status {self.status}).",
            "Try again later. If the error persists, report it to the operators of the store"
            + (f" with the request id {self.request_id}." if self.request_id else "."),
        )


def _is_unavailable(status: int) -> bool:
    """Tell whether the server failed, or gave up, whatever the body says of the request.

    With 408 it says that the request did not arrive in time, which the next one may do.
    """
    return status == 408 or status >= 500


def _needs_refresh(status: int, authenticate: str, body: ErrorBody) -> bool:
    """Tell whether renewing the discharge may help: by code, by header, or by the known text."""
    if _is_unavailable(status) or body.codes & (_PERMISSION_CODES | _ACCOUNT_CODES):
        return False
    if "macaroon-needs-refresh" in body.codes or _NEEDS_REFRESH.search(authenticate):
        return True
    return status == 401 and any(
        entry.message.lower().startswith("expired macaroon") for entry in body.entries
    )


def _entries_of(document: dict[str, Any]) -> list[ErrorEntry]:
    for key in (*_LISTS, "errors"):
        listed = document.get(key)
        if isinstance(listed, list) and (key in _LISTS or all(map(_has_words, listed))):
            entries = [_entry(item) for item in listed]
            if entries:
                _add_rest(entries[0], document, {key, *_LISTS, "code", *_MESSAGES})
                return entries
    if isinstance(document.get("code"), str) or isinstance(document.get("message"), str):
        return [_entry(document)]
    if isinstance(document.get("Code"), str) or isinstance(document.get("Message"), str):
        return [_bakery_entry(document)]
    return _loose_entries(document)


def _has_words(item: Any) -> bool:
    # Image registries have lists of these; elsewhere "errors" is anything.
    return isinstance(item, dict) and bool(item.keys() & {"code", "message"})


def _entry(item: Any) -> ErrorEntry:
    if not isinstance(item, dict):
        return ErrorEntry(None, "" if item is None else _clean(_plain(item)))
    code = item.get("code")
    message = next((item[key] for key in _MESSAGES if isinstance(item.get(key), str)), "")
    entry = ErrorEntry(_clean(code) or None if isinstance(code, str) else None, _clean(message))
    extra = item.get("extra")
    if isinstance(extra, dict):
        entry.extra.update(extra)
    elif extra is not None:
        entry.extra["extra"] = extra
    _add_rest(entry, item, {"code", "message", "extra", *_LISTS})
    return entry


def _bakery_entry(document: dict[str, Any]) -> ErrorEntry:
    code, message = document.get("Code"), document.get("Message")
    entry = ErrorEntry(
        _clean(code) or None if isinstance(code, str) else None,
        _clean(message) if isinstance(message, str) else "",
    )
    _add_rest(entry, document, {"Code", "Message"})
    return entry


def _loose_entries(document: dict[str, Any]) -> list[ErrorEntry]:
    for key in ("detail", "title", "errors", "error_message", "error"):
        value = document.get(key)
        if key == "error" and isinstance(value, dict) and (value.keys() & {"code", "message"}):
            return [_entry(value)]
        if isinstance(value, (str, list, dict)) and value:
            entry = ErrorEntry(None, _clean(_plain(value)))
            _add_rest(entry, document, {key})
            return [entry]
    return []


def _add_rest(entry: ErrorEntry, source: Mapping[str, Any], known: set[str]) -> None:
    for key, value in source.items():
        if key not in known:
            entry.extra.setdefault(key, value)


def _plain(value: Any) -> str:
    """Flatten what stands in the place of a message: lists, and messages by field."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and all(isinstance(item, (str, list)) for item in value.values()):
        return "; ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value)


def _clean(text: str) -> str:
    # A terminal obeys control characters, and a server may echo what was sent to it.
    return redact_text(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)).strip()


def _one_line(text: str) -> str:
    return " ".join(_clean(text.replace("\r", " ")).split())
