"""Sending requests: retries, timeouts, redirects, TLS, proxies, and errors that can be understood.

Only this room imports ``requests``, and only when a client is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.lazy import lazy_names

if TYPE_CHECKING:
    from craft_store_core.http.client import HTTPClient
    from craft_store_core.http.responses import Download, Response
    from craft_store_core.http.retries import RetryPolicy, Timeouts
    from craft_store_core.http.work import Work
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = ["Download", "HTTPClient", "Response", "RetryPolicy", "Timeouts", "Work"]
