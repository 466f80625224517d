"""Discharging a root macaroon at Candid: macaroonbakery's client over the project's HTTP client.

``httpbakery.Client`` sends everything of its own through its public method ``request``, so that is
the seam. Retries, time limits, proxies, certificates and redaction are then the project's.

Source: Publisher Gateway reference, sections 4.1 to 4.4.
"""

from __future__ import annotations

from datetime import timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from macaroonbakery import bakery, checkers, httpbakery
from pymacaroons.serializers import JsonSerializer

from craft_store_candid.errors import NoInteractionMethodError
from craft_store_candid.interactors import is_success, refused
from craft_store_core.errors import (
    ConfigurationError,
    CraftStoreError,
    HostNotAllowedError,
    TransportError,
    UnexpectedResponseError,
)
from craft_store_core.plugins import origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from craft_store_core.plugins import HTTPClient, Response

_MOST_DISCHARGES = 20
_SIGNATURE_DIGITS = 64


def host_check(candid_url: str) -> Callable[[str], None]:
    """Return what raises ``HostNotAllowedError`` for URLs that lead away from ``candid_url``."""
    allowed = origin_of(candid_url)

    def check(url: str) -> None:
        try:
            origin = origin_of(url)
        except ConfigurationError:
            origin = ""
        if origin != allowed:
            raise HostNotAllowedError(
                "The login was stopped, because it leads to a host that is not the store's Candid.",
                why=(
                    f"The login leads to {urlsplit(url).netloc or url!r}, but the store's "
                    "Candid is "
                    f"{urlsplit(candid_url).netloc}. Nothing was sent there."
                ),
                advice="Check that the 'api' and 'candid' URLs of the store belong together.",
            )

    return check


def read_root(text: str) -> Any:
    """Read a root macaroon from its JSON text.

    Returns:
        A ``bakery.Macaroon``.

    Raises:
        UnexpectedResponseError: It is none.

    Source: Publisher Gateway reference, sections 3.6 and 4.9.
    """
    try:
        root = bakery.Macaroon.deserialize_json(text)
        _check_form(root)
        locations(root)
        json_text(root.macaroon)
    except Exception:  # the macaroon libraries let exceptions of many kinds escape
        raise UnexpectedResponseError(
            "The store sent a root macaroon that cannot be read.",
            why="The response is not a macaroon in JSON.",
            advice="Check the 'api' URL of the store. Some stores no longer support Candid.",
        ) from None
    return root


def locations(root: Any) -> list[str]:
    """Return where the third-party caveats of a ``bakery.Macaroon`` must be discharged."""
    return [caveat.location for caveat in root.macaroon.caveats if caveat.location]


def json_text(macaroon: Any) -> str:
    """Return a macaroon in its JSON form."""
    return str(macaroon.serialize(JsonSerializer()))


def username_of(discharges: Sequence[Any]) -> str | None:
    """Return the user name that discharges declare; None when they declare none or several."""
    try:
        return checkers.infer_declared(discharges).get("username") or None
    except Exception:  # the name is for people alone; odd caveats must not spoil the login
        return None


def expiry_of(macaroon: Any) -> datetime | None:
    """Return the earliest end among the caveats of a macaroon, zone-aware; None without one."""
    try:
        moment = checkers.macaroons_expiry_time(checkers.Namespace(), [macaroon])
        return None if moment is None else moment.replace(tzinfo=timezone.utc)
    except Exception:  # the store knows the end itself; odd caveats must not spoil the login
        return None


def _check_form(macaroon: Any) -> None:
    inner = macaroon.macaroon
    if len(inner.signature_bytes) != _SIGNATURE_DIGITS or not inner.identifier_bytes:
        raise ValueError("the macaroon is incomplete")


class DischargeClient(httpbakery.Client):  # type: ignore[misc]  # macaroonbakery has no types
    """macaroonbakery's client; its requests go through ours and only to the store's Candid.

    Args:
        http: Sends the requests.
        check_host: See :func:`host_check`.
        interactors: The ways of logging in, the preferred one first.
    """

    def __init__(
        self,
        http: HTTPClient,
        check_host: Callable[[str], None],
        interactors: Sequence[Any],
    ) -> None:
        super().__init__(interaction_methods=list(interactors))
        self._http = http
        self._check_host = check_host
        self._kinds = [interactor.kind() for interactor in interactors]
        self._discharges = 0
        self._offered: list[str] = []

    def discharge_all(self, root: Any) -> list[Any]:
        """Return the root macaroon and its discharges, bound to it.

        Args:
            root: A ``bakery.Macaroon``.

        Raises:
            HostNotAllowedError: A caveat leads to another host; for the root's own caveats this is
                found out before anything is sent.
            AuthenticationError: Candid refused, or there is no way to log in.
            UnexpectedResponseError: An answer cannot be read.
        """
        for location in locations(root):
            self._check_host(location)
        try:
            return list(bakery.discharge_all(root, self.acquire_discharge))
        except CraftStoreError:
            raise
        except httpbakery.InteractionError:
            raise NoInteractionMethodError(
                "Candid does not offer a login method that works here.",
                why=(
                    f"Candid offers: {', '.join(self._offered) or 'none'}. This login can use: "
                    f"{', '.join(self._kinds)}."
                ),
                advice=(
                    "Log in with a browser, or pass --agent-file if the identity service supports "
                    "agents."
                ),
            ) from None
        except Exception as error:  # the macaroon libraries let many kinds escape
            raise UnexpectedResponseError(
                "The response of Candid cannot be read.",
                why=f"The response is not a macaroon in JSON ({type(error).__name__}).",
                advice="Check the 'candid' URL of the store.",
            ) from None  # its message may quote a macaroon

    def acquire_discharge(self, cav: Any, payload: bytes | None) -> Any:
        """Discharge one caveat, see the base class."""
        self._check_host(cav.location)
        self._discharges += 1
        if self._discharges > _MOST_DISCHARGES:
            raise UnexpectedResponseError(
                "Candid requires too many discharges.",
                why=f"It required more than {_MOST_DISCHARGES} discharges.",
                advice="Report this to the operators of the identity service.",
            )
        discharge = super().acquire_discharge(cav, payload)
        _check_form(discharge)
        return discharge

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Send one of the base class's requests; see :class:`_Answer` for what it gets."""
        form = options.get("data")
        has_token = form is not None and "token-kind" in form
        try:
            response = self._http.request(
                method,
                url,
                headers=options.get("headers"),
                form=form,
                repeatable=not has_token,
                once=has_token,
                check=False,
            )
        except TransportError as error:
            if has_token and error.may_have_arrived:
                error.advice = "Log in again. The token of this login may have been used."
            raise
        if has_token and not is_success(response):
            raise refused("Candid refused to identify the account.", response)
        answer = _Answer(response)
        self._offered = answer.offered
        return answer


class _Answer:
    """As much of a ``requests.Response`` as macaroonbakery's client looks at."""

    def __init__(self, response: Response) -> None:
        # The base class takes no other status for a success.
        self.status_code = 200 if is_success(response) else response.status
        self.content = response.content
        self.offered: list[str] = []
        if is_success(response):
            self._document = response.json_object()
            return
        try:
            document = response.json_object()
        except UnexpectedResponseError:
            document = {}
        code = document.get("Code") or document.get("code")
        if code != httpbakery.ERR_INTERACTION_REQUIRED:
            raise refused("Candid refused to identify the account.", response)
        self._document = {
            "Code": code,
            "Message": str(document.get("Message") or document.get("message") or code),
            "Info": self._interactions(document.get("Info") or document.get("info")),
        }

    def _interactions(self, info: object) -> dict[str, Any]:
        # Without "InteractionMethods" the base class would send requests of its own for the old
        # visit-and-wait protocol, around our client.
        offered = info.get("InteractionMethods") if isinstance(info, dict) else None
        if not isinstance(offered, dict):
            return {"InteractionMethods": {}}
        methods = {kind: entry for kind, entry in offered.items() if isinstance(entry, dict)}
        self.offered = sorted(methods)
        return {"InteractionMethods": methods}

    def json(self) -> dict[str, Any]:
        return self._document
