"""What can be done to a running sandbox from another process: ``POST /sandbox/CALL``.

Only a sandbox that ``craft-store sandbox serve`` runs answers it, and only to this machine: the
paths are none of any store.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from craft_store_sandbox.serving.schemas import SOME_TEXT, Schema, first_fault, shape
from craft_store_sandbox.state.settings import switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from craft_store_sandbox.sandbox import Sandbox

PREFIX = "/sandbox/"
"""Begins the paths; the rest is the call."""

HEADER = "Sandbox-Control"
"""Must be sent: pages that a browser shows cannot do that without being asked."""

_LARGEST_BODY = 1 << 16
_LONGEST_SECONDS = 10 * 365 * 86_400
_SWITCHES = {f"{switch.owner}.{switch.name}": switch for switch in switches() if switch.schema}


@dataclass(frozen=True)
class Call:
    """Something that can be done to a running sandbox.

    Attributes:
        python: What does the same in Python.
        do: Does it, with the fields of the request's body as arguments.
        fields: The schema of each field.
        optional: The fields that may be missing.
    """

    python: str
    do: Callable[..., object]
    fields: Mapping[str, Schema]
    optional: tuple[str, ...] = ()


def _revoke_logins(sandbox: Sandbox, email: str) -> None:
    account = sandbox.find_account(email)
    if account is None:
        raise ValueError(f"Unknown account {email[:80]!r}.")
    sandbox.revoke_logins(account)


def _set(sandbox: Sandbox, switch: str, value: Any) -> None:
    declared = _SWITCHES[switch]
    fault = first_fault(value, declared.schema or {})
    if fault is not None:
        raise ValueError(f"{fault.message} for the switch {switch!r}.")
    setattr(getattr(sandbox, declared.owner), declared.name, value)


CALLS = {
    "force-refresh": Call("force_refresh()", lambda sandbox: sandbox.force_refresh(), {}),
    "revoke-logins": Call("revoke_logins(account)", _revoke_logins, {"email": SOME_TEXT}),
    "advance-clock": Call(
        "clock.advance(seconds)",
        lambda sandbox, seconds: sandbox.clock.advance(seconds),
        {"seconds": {"type": "number", "minimum": -_LONGEST_SECONDS, "maximum": _LONGEST_SECONDS}},
    ),
    "review": Call(
        "decide_review(name, revision, approve=True)",
        lambda sandbox, name, revision, **how: sandbox.decide_review(name, revision, **how),
        {
            "name": SOME_TEXT,
            "revision": {"type": "integer", "minimum": 1},
            "approve": {"type": "boolean"},
            "reason": {"type": ["string", "null"]},
        },
        optional=("reason",),
    ),
    "set": Call(
        "snaps.page_size = 10",
        _set,
        {"switch": {"enum": list(_SWITCHES)}, "value": {}},
    ),
}
"""The calls by name."""


class ControlMiddleware:
    """Answer the calls, and leave every other request to the store.

    Args:
        app: The store.
        sandbox: What the calls change.
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
        name = request.path.removeprefix(PREFIX)
        if name not in CALLS or request.method != "POST":
            return _refusal(404, f"Unknown call {name!r}.")
        if HEADER not in request.headers or not _is_local(request.remote_addr):
            return _refusal(403, "Only programs of this machine may control the sandbox.")
        try:
            CALLS[name].do(self._sandbox, **_read(request, CALLS[name]))
        except ValueError as error:
            return _refusal(400, str(error))
        return _json(200, {})


def _is_local(address: str | None) -> bool:
    return address in ("127.0.0.1", "::1") or (address or "").startswith("127.")


def _read(request: Request, call: Call) -> dict[str, Any]:
    """Return the JSON object of the body.

    Raises:
        ValueError: It is not what the call needs.
    """
    if (request.content_length or 0) > _LARGEST_BODY:
        raise ValueError("The request is too large.")
    try:
        body: Any = json.loads(request.get_data())
    except RecursionError as error:
        raise ValueError("The request is nested too deeply.") from error
    needed = tuple(name for name in call.fields if name not in call.optional)
    fault = first_fault(body, shape(call.fields, needed))
    if fault is not None:
        raise ValueError(fault.message)
    return dict(body)


def _refusal(status: int, message: str) -> Response:
    answer = _json(status, {"error": message})
    # The body of the request may not have been read.
    answer.headers["Connection"] = "close"
    return answer


def _json(status: int, document: Mapping[str, Any]) -> Response:
    return Response(json.dumps(document), status, mimetype="application/json")
