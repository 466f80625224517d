"""Fixtures that give a test a store of its own.

`sandbox_store` is a started store with one account; `sandbox_factory` makes more, with options.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from craft_store_sandbox.sandbox import ReadySandbox


@pytest.fixture
def sandbox_factory() -> Iterator[Callable[..., ReadySandbox]]:
    """Make started stores; each takes the options of `craft_store_sandbox.Sandbox`.

    Every store has the account of `sandbox_store`, and is closed after the test.
    """
    from craft_store_sandbox.sandbox import ReadySandbox

    with ExitStack() as stack:

        def make(*args: Any, **options: Any) -> ReadySandbox:
            return stack.enter_context(ReadySandbox(*args, **options))

        yield make


@pytest.fixture
def sandbox_store(sandbox_factory: Callable[..., ReadySandbox]) -> ReadySandbox:
    """A started store with one account: ``sandbox_store.account``, ``sandbox_store.password``.

    The account has a second factor: ``sandbox_store.account.one_time_password()``.
    """
    return sandbox_factory()
