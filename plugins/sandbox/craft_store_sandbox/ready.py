"""A sandbox with an account in it, as the pytest fixtures give it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .sandbox import Sandbox

if TYPE_CHECKING:
    from typing_extensions import Self

    from .accounts import AccountInfo

EMAIL = "jo@example.com"
PASSWORD = "correct horse battery staple"  # noqa: S105 - test data


class ReadySandbox(Sandbox):
    """A sandbox whose start makes an account with a second factor.

    Attributes:
        password: the password of `account`.
    """

    password = PASSWORD

    def start(self) -> Self:
        """Serve, and make the account unless the state folder has it."""
        super().start()
        _ = self.account
        return self

    @cached_property
    def account(self) -> AccountInfo:
        """The account: ``jo@example.com``, publisher ``jo-example``, with a second factor."""
        return self.find_account(EMAIL) or self.add_account(
            EMAIL, PASSWORD, username="jo-example", display_name="Jo Example", totp=True
        )
