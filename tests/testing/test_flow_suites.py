"""The shipped suite for auth flows passes a right one and notices what is wrong with others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SUITES = '''
import logging, os, secrets
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from craft_store_core.plugins.auth_flows import AuthContext, LoginRequest
from craft_store_core.plugins.credentials import Credential, unreadable
from craft_store_core.errors import CredentialsExpiredError
from craft_store_core.plugins.stores import Store
from craft_store_core.plugins import AuthFlow
from craft_store_core.testing.flows import RefreshableAuthFlowConformance

PASSWORD = "conformance-password"
TOKEN = "conformance-token"


class RightFlow(AuthFlow):
    """Gives a token for a password, and another one for what it kept."""

    def __init__(self, context):
        self.context = context
        self.tokens = 0

    def login(self, request):
        assert request.answers["password"] == PASSWORD
        end = self.context.now() + timedelta(days=1)
        return Credential("acme", {"seed": "acme-seed"}, self.token(), self.context.store.host,
                          "jo-example", end)

    def token(self):
        self.tokens += 1
        return f"{TOKEN}-{self.tokens}"

    def prepare(self, credential):
        if credential.has_expired(self.context.now()):
            raise CredentialsExpiredError("The credentials have expired.", advice="Log in again.")
        return credential

    def authorization(self, credential):
        if credential.kind != "acme":
            raise unreadable("They are of another kind.")
        credential.part("seed")
        return f"Acme {credential.exchanged}"

    def refresh(self, credential):
        return self.prepare(credential).with_exchanged(self.token())


class AsksWhenMade(RightFlow):
    def __init__(self, context):
        super().__init__(context)
        context.issuer.issue_root("acme", None)


class SetsVariablesWhenMade(RightFlow):
    def __init__(self, context):
        super().__init__(context)
        os.environ["ACME_FLOW"] = secrets.token_hex()


class SetsVariablesAtLogin(RightFlow):
    def login(self, request):
        os.environ["ACME_LOGIN"] = secrets.token_hex()
        return super().login(request)


class GivesAnotherKind(RightFlow):
    def login(self, request):
        return replace(super().login(request), kind="other")


class ForgetsTheHost(RightFlow):
    def login(self, request):
        return replace(super().login(request), host=None)


class ForgetsTheZone(RightFlow):
    def login(self, request):
        credential = super().login(request)
        return replace(credential, expires_at=credential.expires_at.replace(tzinfo=None))


class IsOverAtOnce(RightFlow):
    def login(self, request):
        return replace(super().login(request), expires_at=self.context.now())


class PreparesForEver(RightFlow):
    def prepare(self, credential):
        return replace(super().prepare(credential))


class KeepsItToItself(RightFlow):
    kept = None

    def login(self, request):
        self.kept = super().login(request).exchanged
        return super().login(request)

    def authorization(self, credential):
        super().authorization(credential)
        return f"Acme {self.kept}"


class BreaksTheLine(RightFlow):
    def authorization(self, credential):
        return super().authorization(credential) + "\\n"


class LogsThePassword(RightFlow):
    def login(self, request):
        logging.getLogger("acme").debug("logging in with %s", request.answers["password"])
        return super().login(request)


class PrintsTheToken(RightFlow):
    def authorization(self, credential):
        print(credential.exchanged)
        return super().authorization(credential)


class ShowsTheToken(RightFlow):
    def __repr__(self):
        return f"{TOKEN}-{self.tokens}"


class UsesWhatHasEnded(RightFlow):
    def prepare(self, credential):
        return credential


class TakesEverything(RightFlow):
    def authorization(self, credential):
        return f"Acme {credential.exchanged}"


class CannotRenew(RightFlow):
    refresh = None


class RenewsAway(RightFlow):
    def refresh(self, credential):
        return replace(self.prepare(credential), secret=self.token())


class RenewsAnother(RightFlow):
    def refresh(self, credential):
        return replace(super().refresh(credential), account=None)


class RenewsOnce(RightFlow):
    renewed = False

    def refresh(self, credential):
        if self.renewed:
            raise CredentialsExpiredError("Once is enough.", advice="Log in again.")
        self.renewed = True
        return super().refresh(credential)


def suite(flow):
    class Suite(RefreshableAuthFlowConformance):
        kinds = ("acme",)

        @pytest.fixture
        def factory(self):
            return flow

        @pytest.fixture
        def context(self):
            class Issuer:
                def issue_root(self, flow, request):
                    return "root"

            now = datetime(2026, 11, 22, tzinfo=timezone.utc)
            store = Store("acme", "Acme", "acme", {"api": "https://api.acme.test"}, ("acme",))
            return AuthContext(store=store, http=None, issuer=Issuer(), now=lambda: now)

        @pytest.fixture
        def request_for_login(self):
            return LoginRequest(("all",), "label", 60, answers={"password": PASSWORD})

    Suite.__name__ = Suite.__qualname__ = f"Test{flow.__name__}"
    return Suite


for flow in [RightFlow, *RightFlow.__subclasses__()]:
    made = suite(flow)
    globals()[made.__name__] = made
'''

EXPECTED = {
    "AsksWhenMade": "test_making_it_sends_nothing_and_changes_nothing",
    "SetsVariablesWhenMade": "test_making_it_sends_nothing_and_changes_nothing",
    "SetsVariablesAtLogin": "test_a_login_changes_nothing_else_in_the_process",
    "GivesAnotherKind": "test_a_login_gives_a_credential_of_its_kind_for_the_store",
    "ForgetsTheHost": "test_a_login_gives_a_credential_of_its_kind_for_the_store",
    "ForgetsTheZone": "test_the_end_of_a_credential_is_a_time_to_come",
    "IsOverAtOnce": "test_the_end_of_a_credential_is_a_time_to_come",
    "PreparesForEver": "test_a_login_is_ready_for_use",
    "KeepsItToItself": "test_another_flow_can_use_a_stored_credential",
    "BreaksTheLine": "test_the_header_is_one_safe_line",
    "LogsThePassword": "test_nothing_secret_is_shown",
    "PrintsTheToken": "test_nothing_secret_is_shown",
    "ShowsTheToken": "test_nothing_secret_is_shown",
    "UsesWhatHasEnded": "test_an_ended_credential_is_refused",
    "TakesEverything": "test_what_cannot_be_read_is_a_clear_error",
    "CannotRenew": "test_it_can_be_renewed_again",
    "RenewsAway": "test_renewal_keeps_what_the_credential_is",
    "RenewsAnother": "test_renewal_keeps_what_the_credential_is",
    "RenewsOnce": "test_it_can_be_renewed_again",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of the suite over all those flows."""
    folder: Path = tmp_path_factory.mktemp("suites")
    (folder / "test_suites.py").write_text(SUITES, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rA",
            "--tb=no",
            "-p",
            "no:cacheprovider",
            "test_suites.py",
        ],
        cwd=folder,
        # The suites need none of the plugins of pytest that are installed here.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def outcomes(report: str, words: str) -> set[tuple[str, str]]:
    return set(re.findall(rf"^(?:{words}) .*?::Test(\w+)::(\w+)", report, re.MULTILINE))


def test_a_right_flow_passes(report: str) -> None:
    """The suite asks nothing that a right flow does not do."""
    assert not {test for flow, test in outcomes(report, "FAILED|ERROR") if flow == "RightFlow"}
    assert len({test for flow, test in outcomes(report, "PASSED") if flow == "RightFlow"}) == 18


@pytest.mark.parametrize(("flow", "test"), EXPECTED.items(), ids=EXPECTED)
def test_each_defect_is_noticed(report: str, flow: str, test: str) -> None:
    """Each kind of broken flow fails the test that is about it."""
    assert (flow, test) in outcomes(report, "FAILED|ERROR"), report
