"""Routes as the dashboard has them: with and without a slash at the end, and named in a header."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, request

_VERSION = secrets.token_hex(20)
_PRIVATE = "max-age=0, no-cache, no-store, must-revalidate, private"
_UNCACHED = ("api-acl", "api-tokens", "api-account")


class DashboardBlueprint(Blueprint):
    """A blueprint of the dashboard (Snap Store reference, sections 2.1 and 2.2).

    Both spellings of a path are served, never by a redirect: many clients turn a redirected POST
    into a GET.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"dashboard-{name}", __name__)
        self.after_request(_describe)

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        """Add a route, tolerant of the slash."""
        options.setdefault("strict_slashes", False)
        super().add_url_rule(rule, *args, **options)


def _describe(response: Response) -> Response:
    view = "api-" + (request.endpoint or "").rpartition(".")[2].replace("_", "-")
    response.headers["x-view-name"] = view
    response.headers["x-vcs-revision"] = _VERSION
    response.headers["vary"] = "Authorization,Accept-Language"
    response.headers["content-language"] = "en"
    if view.startswith(_UNCACHED):
        response.headers["cache-control"] = _PRIVATE
    return response
