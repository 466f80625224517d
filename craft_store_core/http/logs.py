"""What is logged of requests and answers: at DEBUG, without secrets."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from craft_store_core.redaction import redact_body, redact_headers, redact_url

if TYPE_CHECKING:
    import requests

    from craft_store_core.http.failures import Failure
    from craft_store_core.http.responses import Response

logger = logging.getLogger("craft_store_core.http")


def log_request(prepared: requests.PreparedRequest, attempt: int) -> None:
    """Log a request before it is sent."""
    if not logger.isEnabledFor(logging.DEBUG):
        return
    url, body = redact_url(prepared.url or ""), prepared.body
    logger.debug("%s %s (attempt %d)", prepared.method, url, attempt)
    logger.debug("request headers: %s", redact_headers(prepared.headers))
    if isinstance(body, bytes):
        kind = prepared.headers.get("Content-Type", "")
        logger.debug("request body: %s", redact_body(body, kind, url))


def log_answer(response: Response, method: str, seconds: float, attempt: int) -> None:
    """Log an answer that came after some seconds."""
    if not logger.isEnabledFor(logging.DEBUG):
        return
    url = redact_url(response.url)
    logger.debug(
        "%s %s: %d after %.0f ms, request id %s, gateway version %s (attempt %d)",
        method,
        url,
        response.status,
        seconds * 1000,
        response.request_id,
        response.headers.get("publishergw-version"),
        attempt,
    )
    kind = response.headers.get("Content-Type", "")
    logger.debug("answer body: %s", redact_body(response.content, kind, url))


def log_failure(prepared: requests.PreparedRequest, failure: Failure, attempt: int) -> None:
    """Log that there was no answer."""
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug(
            "%s %s failed: %s %s (attempt %d)",
            prepared.method,
            redact_url(prepared.url or ""),
            failure.error.message,
            failure.error.why,
            attempt,
        )
