"""Issuing root macaroons and exchanging them for tokens.

Source: Publisher Gateway reference, sections 3.4 to 3.12 and 4.9.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from craft_store_core.errors import UnsupportedOperationError
from craft_store_core.plugins.answers import Answer
from craft_store_core.plugins.auth_flows import CANDID, UBUNTU_ONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from craft_store_core.http import HTTPClient
    from craft_store_core.plugins.auth_flows import LoginRequest
    from craft_store_core.plugins.stores import Store

LONGEST_DESCRIPTION = 1024
"""Characters of a token's label at most."""


def macaroons_header(root: str, discharges: Sequence[str]) -> str:
    """Return the value of the header ``Macaroons``, in which stores take what Candid discharged.

    Args:
        root: A macaroon in its JSON form, as text.
        discharges: Bound to it, in the same form.
    """
    array = f"[{','.join([root, *discharges])}]"
    return base64.urlsafe_b64encode(array.encode()).decode("ascii")


class GatewayTokens:
    """The :class:`~craft_store_core.plugins.auth_flows.TokenIssuer` of a Publisher Gateway.

    Args:
        store: Whose ``api`` URL issues the tokens.
        http: Sends requests without credentials.
    """

    def __init__(self, store: Store, http: HTTPClient) -> None:
        self._store = store
        self._http = http

    def issue_root(self, flow: str, request: LoginRequest) -> str:
        """Return a fresh root macaroon.

        Returns:
            For Ubuntu One the binary form as base64url, for Candid the JSON form (both as text).

        Raises:
            UnsupportedOperationError: The gateway does not know that flow.
            BadRequestError: The lifetime, a permission or a limit is not allowed.
        """
        body: dict[str, Any] = {"permissions": list(request.permissions), "ttl": request.ttl}
        if request.packages is not None:
            body["packages"] = [{"type": kind, "name": name} for kind, name in request.packages]
        if request.channels is not None:
            body["channels"] = list(request.channels)
        if flow == CANDID:
            body["description"] = request.description[:LONGEST_DESCRIPTION]
        # Roots are not listed anywhere before they are exchanged: one too many does no harm.
        answer = self._post(self._roots(flow), body)
        root = answer.value("macaroon")
        if flow == CANDID and isinstance(root, dict):
            return json.dumps(root, separators=(",", ":"))
        return answer.text("macaroon")

    def exchange(
        self, flow: str, root: str, discharges: Sequence[str], description: str
    ) -> str | None:
        """Swap a root macaroon and its bound discharges for one token.

        Args:
            flow: Where the discharges come from.
            root: What :meth:`issue_root` returned.
            discharges: Bound to the root, in the form of the root.
            description: Label of the token in the account's list.

        Returns:
            The token: opaque, one line of ASCII, up to some kilobytes.

        Raises:
            UnsupportedOperationError: The gateway does not know that flow.
            StoreError: The discharges are not valid, not bound to the root, or too old.
        """
        exchange = self._exchanges().get(flow)
        if exchange is None:
            raise self._unknown(flow)
        answer = exchange(root, discharges, description)
        token = answer.text("macaroon")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise answer.unexpected("The token is not one word of ASCII text.")
        return token

    def _roots(self, flow: str) -> str:
        paths = {UBUNTU_ONE: "/v1/tokens/usso", CANDID: "/v1/tokens"}
        try:
            return paths[flow]
        except KeyError:
            raise self._unknown(flow) from None

    def _exchanges(self) -> Mapping[str, Callable[[str, Sequence[str], str], Answer]]:
        return {UBUNTU_ONE: self._exchange_ubuntu_one, CANDID: self._exchange_candid}

    def _exchange_ubuntu_one(
        self, root: str, discharges: Sequence[str], description: str
    ) -> Answer:
        parts = [f"root={root}", *(f"discharge={discharge}" for discharge in discharges)]
        return self._post(
            "/v1/tokens/usso/exchange",
            {"client-description": description[:LONGEST_DESCRIPTION]},
            {"Authorization": f"Macaroon {', '.join(parts)}"},
        )

    def _exchange_candid(self, root: str, discharges: Sequence[str], description: str) -> Answer:
        # The label was given with the root.
        return self._post(
            "/v1/tokens/exchange", {}, {"Macaroons": macaroons_header(root, discharges)}
        )

    def _post(self, target: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        response = self._http.request(
            "POST",
            f"{self._store.url('api')}{target}",
            json=body,
            headers={"Accept": "application/json", **(headers or {})},
            repeatable=True,
        )
        return Answer(response, f"POST {target}")

    def _unknown(self, flow: str) -> UnsupportedOperationError:
        return UnsupportedOperationError(self._store.name, f"login with {flow}")
