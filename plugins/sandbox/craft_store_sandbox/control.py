"""What can be done to a running sandbox from another process: ``POST /sandbox/CALL``.

Only a sandbox that ``craft-store sandbox serve`` runs answers it, and only to this machine: the
paths are none of any store.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from craft_store_sandbox.control_paths import HEADER, PREFIX
from craft_store_sandbox.serving.schemas import SOME_TEXT, Schema, first_fault, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from craft_store_sandbox.sandbox import Sandbox

_LARGEST_BODY = 1 << 16
_LONGEST_SECONDS = 10 * 365 * 86_400
_FIELDS: dict[str, dict[str, Schema]] = {
    "force-refresh": {},
    "revoke-logins": {"email": SOME_TEXT},
    "advance-clock": {
        "seconds": {"type": "number", "minimum": -_LONGEST_SECONDS, "maximum": _LONGEST_SECONDS}
    },
    "review": {
        "name": SOME_TEXT,
        "revision": {"type": "integer", "minimum": 1},
        "approve": {"type": "boolean"},
        "reason": {"type": ["string", "null"]},
    },
}
_OPTIONAL = ("reason",)


class ControlMiddleware:
    """Answer the calls, and leave every other request to the store.

    Args:
        app: the store.
        sandbox: what the calls change.
    """

    def __init__(self, app: WSGIApplication, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        if not environ["PATH_INFO"].startswith(PREFIX):
            return self._app(environ, start_response)
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        call = request.path.removeprefix(PREFIX)
        if call not in _FIELDS or request.method != "POST":
            return _refusal(404, f"Unknown call {call!r}.")
        if HEADER not in request.headers or not _is_local(request.remote_addr):
            return _refusal(403, "Only programs of this machine may control the sandbox.")
        try:
            _CALLS[call](self._sandbox, _read(request, _FIELDS[call]))
        except ValueError as error:
            return _refusal(400, str(error))
        return _json(200, {})


def _is_local(address: str | None) -> bool:
    return address in ("127.0.0.1", "::1") or (address or "").startswith("127.")


def _read(request: Request, fields: dict[str, Schema]) -> dict[str, Any]:
    """The JSON object of the body.

    Raises:
        ValueError: it is another one than the call needs.
    """
    if (request.content_length or 0) > _LARGEST_BODY:
        raise ValueError("The request is too large.")
    try:
        body: Any = json.loads(request.get_data())
    except RecursionError as error:
        raise ValueError("The request is nested too deeply.") from error
    needed = tuple(name for name in fields if name not in _OPTIONAL)
    fault = first_fault(body, shape(fields, needed))
    if fault is not None:
        raise ValueError(fault.message)
    return dict(body)


def _force_refresh(sandbox: Sandbox, body: Mapping[str, Any]) -> None:
    del body
    sandbox.force_refresh()


def _revoke_logins(sandbox: Sandbox, body: Mapping[str, Any]) -> None:
    account = sandbox.find_account(body["email"])
    if account is None:
        raise ValueError(f"Unknown account {body['email'][:80]!r}.")
    sandbox.revoke_logins(account)


def _advance_clock(sandbox: Sandbox, body: Mapping[str, Any]) -> None:
    sandbox.clock.advance(body["seconds"])


def _review(sandbox: Sandbox, body: Mapping[str, Any]) -> None:
    sandbox.decide_review(
        body["name"], body["revision"], approve=body["approve"], reason=body.get("reason")
    )


_CALLS: dict[str, Callable[[Sandbox, Mapping[str, Any]], None]] = {
    "force-refresh": _force_refresh,
    "revoke-logins": _revoke_logins,
    "advance-clock": _advance_clock,
    "review": _review,
}


def _refusal(status: int, message: str) -> Response:
    answer = _json(status, {"error": message})
    # The body of the request may not have been read.
    answer.headers["Connection"] = "close"
    return answer


def _json(status: int, document: Mapping[str, Any]) -> Response:
    return Response(json.dumps(document), status, mimetype="application/json")
