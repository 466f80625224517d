"""The account: who it is, what its credentials may do, its agreement, its keys.

Source: Snap Store reference, sections 5.6, 5.9 and 7.1 to 7.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.plugins import operation
from craft_store_snapstore.area import DashboardArea, hyphenated, model
from craft_store_snapstore.models import (
    AccountKey,
    Agreement,
    SnapAccount,
    SnapIdentity,
    Verification,
)

if TYPE_CHECKING:
    from craft_store_core.plugins import Answer

_ACCOUNT = "/dev/api/account"
_AGREEMENT = "/dev/api/agreement/"


class DashboardAccounts(DashboardArea):
    """The account, its agreement and its keys."""

    @operation()
    def whoami(self) -> SnapIdentity:
        """Return the account and the limits of the credentials in use."""
        answer = self._ask("GET", "/api/v2/tokens/whoami")
        document = hyphenated(answer.document)
        account = document.get("account")
        if isinstance(account, dict):
            # The dashboard says "name" where the gateway says "display-name".
            named = {"display-name": account.get("name"), **account}
            document["account"] = hyphenated(named)
        document["packages"] = _scopes(document.get("packages"))
        return model(answer, SnapIdentity, document)

    @operation()
    def verify(self, authorization: str) -> Verification:
        """Ask what a credential may do, without using it.

        Args:
            authorization: The value of an ``Authorization`` header. It is a secret.
        """
        answer = self._ask(
            "POST",
            "/dev/api/acl/verify/",
            json={"auth_data": {"authorization": authorization}},
            authenticated=False,
            repeatable=True,
        )
        return model(answer, Verification, answer.document)

    @operation("package_access")
    def account(self) -> SnapAccount:
        """Return the account as the dashboard knows it.

        Raises:
            AccountNotReadyError: It has no user name, or has not accepted the agreement.
        """
        return self._account()[1]

    @operation("edit_account")
    def set_username(self, username: str) -> None:
        """Choose the name of the account in the store. That can be done once.

        Raises:
            BadRequestError: It is taken, or cannot be a user name.
        """
        self._send("PATCH", _ACCOUNT, json={"short_namespace": username}, repeatable=False)

    @operation("package_access")
    def agreement(self) -> Agreement:
        """Return whether the account accepted the developer agreement."""
        return self._read_agreement(self._ask("GET", _AGREEMENT))

    @operation("package_access")
    def accept_agreement(self) -> Agreement:
        """Accept the developer agreement in the name of the account."""
        answer = self._ask("POST", _AGREEMENT, json={"latest_tos_accepted": True}, repeatable=True)
        return self._read_agreement(answer)

    @operation("modify_account_key")
    def register_key(self, request: str) -> AccountKey:
        """Register a key to sign assertions with; needs the permission ``modify_account_key``.

        Args:
            request: The self-signed assertion of type ``account-key-request``.

        Raises:
            InvalidFieldError: It is no such assertion, or its name or key is registered already.
        """
        answer = self._ask(
            "POST",
            "/dev/api/account/account-key",
            json={"account_key_request": request},
            repeatable=False,
        )
        return model(answer, AccountKey, hyphenated(answer.document).get("account-key"))

    def _account(self) -> tuple[Answer, SnapAccount]:
        answer = self._ask("GET", _ACCOUNT)
        document = hyphenated(answer.document)
        for old, new in (("account-id", "id"), ("displayname", "display-name")):
            document.setdefault(new, document.get(old))
        return answer, model(answer, SnapAccount, document)

    def _read_agreement(self, answer: Answer) -> Agreement:
        content = answer.document.get("content")
        return model(answer, Agreement, content if isinstance(content, dict) else answer.document)


def _scopes(packages: Any) -> Any:
    """Return the packages of an identity as objects; the dashboard sends ids alone."""
    if not isinstance(packages, list):
        return packages
    return [
        {"type": "snap", "id": item} if isinstance(item, str) else _scope(item) for item in packages
    ]


def _scope(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    spelled = hyphenated(item)
    return {"type": "snap", "id": spelled.get("snap-id"), **spelled}
