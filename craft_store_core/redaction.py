"""Replacing secrets in what is logged or shown: headers, URLs, JSON and form bodies, free text.

What counts as a secret follows the Publisher Gateway reference, section 21.10. Rather too much is
hidden than too little: a field whose name only resembles a secret's is hidden, too.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN = "<hidden>"
"""Stands where a secret was."""

LONGEST = 4096
"""Bodies are shown up to this many characters."""

_SECRET_NAME = re.compile(
    r"authori[sz]ation|macaroon|discharge|passw|passphrase|passcode|secret|token|credential"
    r"|caveat|cookie|signature|api-?key|private-?key"
    r"|(^|-)(otp|totp|pwd|code|did|waitid|sig|auth|nonce)(-|$)"
)
# In an answer `code` is the store's word for an error; in a query it is what a login page hands on.
_SHOWN_FIELDS = frozenset({"code"})
_MACAROON_KEYS = ({"s", "s64", "signature"}, {"i", "i64", "identifier"})
_AUTHORIZATION = re.compile(
    r"\b(macaroon|bearer|basic)\s+"
    r"(root\s*=\s*[^\s,]+(\s*,\s*discharge\s*=\s*[^\s,]+)*|[\w+/=.~-]{20,})",
    re.IGNORECASE,
)
_LONG_TOKEN = re.compile(r"[\w+/=.~-]{129,}")
_USER_INFO = re.compile(r"(?<=://)[^/\s@]+@")
# The answer to "oci-image/blob" is the text of a credential, and has no form that one could read.
_SECRET_PATH = re.compile(r"/oci-image/")


def is_secret_name(name: str) -> bool:
    """Tell whether a header, a query parameter or a field of that name holds a secret."""
    return _SECRET_NAME.search(_hyphenated(name)) is not None


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with the values of secret ones replaced."""
    return {
        name: HIDDEN if is_secret_name(name) else redact_text(value)
        for name, value in headers.items()
    }


def redact_url(url: str) -> str:
    """Return a URL without user name and fragment, and with secret query values replaced."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return HIDDEN
    shown = [
        (redact_text(name), HIDDEN if is_secret_name(name) else redact_text(value))
        for name, value in query
    ]
    location = parts.netloc.rpartition("@")[2]
    return redact_text(
        urlunsplit((parts.scheme, location, parts.path, urlencode(shown, safe="/:<>"), ""))
    )


def redact_json(document: Any) -> Any:
    """Return a JSON document with its secrets replaced: by the names of fields, and macaroons.

    Texts that hold a document of their own, and top-level texts, are hidden, too: nobody can tell
    what they are.
    """
    return HIDDEN if isinstance(document, str) else _redacted(document)


def redact_body(content: bytes, content_type: str, url: str = "") -> str:
    """Return what may be shown of the body of a request or of an answer.

    Args:
        content: The body.
        content_type: Its media type.
        url: Where it was sent to or came from.

    Returns:
        JSON and forms with their secrets replaced; of all else only the size.
    """
    kind = content_type.partition(";")[0].strip().lower()
    unread = f"<{len(content)} bytes of {kind or 'unknown type'}>"
    if not content or _SECRET_PATH.search(url):
        return unread
    if kind == "application/x-www-form-urlencoded":
        pairs = parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True)
        shown = {n: HIDDEN if is_secret_name(n) else redact_text(v) for n, v in pairs}
        return _shortened(json.dumps(shown))
    if kind != "application/json" and not kind.endswith("+json"):
        return unread
    try:
        return _shortened(json.dumps(redact_json(json.loads(content))))
    except (ValueError, RecursionError):
        return unread


def redact_text(text: str) -> str:
    """Return free text, such as an error message, without what looks like a credential."""
    text = _USER_INFO.sub(f"{HIDDEN}@", text)
    text = _AUTHORIZATION.sub(lambda match: f"{match[1]} {HIDDEN}", text)
    return _LONG_TOKEN.sub(HIDDEN, text)


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        if all(names & value.keys() for names in _MACAROON_KEYS):
            return HIDDEN
        return {redact_text(str(name)): _redacted_field(str(name), value[name]) for name in value}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    if isinstance(value, str):
        return HIDDEN if value.lstrip()[:1] in {"{", "["} else redact_text(value)
    return value


def _redacted_field(name: str, value: Any) -> Any:
    if _hyphenated(name) in _SHOWN_FIELDS:
        return _redacted(value)
    return HIDDEN if is_secret_name(name) else _redacted(value)


def _hyphenated(name: str) -> str:
    # "DischargeToken", "discharge_token" and "discharge-token" are one name.
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)
    return re.sub(r"[\s_.]+", "-", parted).lower()


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({len(text)} characters)"
