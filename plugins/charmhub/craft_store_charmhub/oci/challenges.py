"""Reading ``WWW-Authenticate``: how a registry wants to be told who asks.

Source: RFC 9110, section 11.6.1; the distribution project's token authentication specification.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'\s*({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))\s*(?:,|$)')
_SCHEME = re.compile(rf"[\s,]*({_WORD})(?:\s+|\s*$|\s*,)(?!=)")
_ESCAPE = re.compile(r"\\(.)")
_LONGEST = 8192
_FOR_ANYBODY = re.compile(r"[a-z]{2,3}\.[a-z]{2}")


@dataclass(frozen=True)
class Challenge:
    """One way to authenticate.

    Attributes:
        scheme: ``basic`` or ``bearer``, or another in small letters.
        parameters: Name in small letters to value, such as ``realm``.
    """

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Read a ``WWW-Authenticate`` header; what cannot be read ends the list."""
    found: list[Challenge] = []
    position = 0
    header = header[:_LONGEST]
    while match := _SCHEME.match(header, position):
        position = match.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, position):
            name, quoted, plain = parameter.groups()
            value = plain if quoted is None else _ESCAPE.sub(r"\1", quoted)
            parameters.setdefault(name.lower(), value)
            position = parameter.end()
        found.append(Challenge(match[1].lower(), MappingProxyType(parameters)))
    return tuple(found)


def share_a_domain(one: str, other: str) -> bool:
    """Tell whether two hosts stand side by side in a domain, or one below the other.

    Args:
        one: Host name, such as ``registry.example.com``.
        other: Host name.

    Returns:
        True for ``auth.example.com`` beside it, and for ``example.com``. False for addresses, and
        where what they have in common is a domain below which anybody gets names: ``com``, or of
        the form of ``co.uk``.
    """
    hosts = [host.lower().rstrip(".") for host in (one, other)]
    if any(host.rpartition(".")[2].isdigit() or ":" in host for host in hosts):
        return False
    common = [
        domain
        for host in hosts
        for domain in (host, host.partition(".")[2])
        if all(item == domain or item.endswith(f".{domain}") for item in hosts)
    ]
    return any("." in domain and not _FOR_ANYBODY.fullmatch(domain) for domain in common)
