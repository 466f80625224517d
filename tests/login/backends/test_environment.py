"""The backend ``environment`` reads one variable and never hides that it is broken."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ConfigurationError, CredentialsUnreadableError
from craft_store_core.login.backends.environment import EnvironmentBackend
from craft_store_core.plugins.credentials import BackendSettings, Credential, CredentialKey
from craft_store_core.testing.backends import ReadOnlyBackendConformance

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_core.plugins.credentials import CredentialBackendFactory

KEY = CredentialKey("craft-store", "api.store.example")
ENCODED = Credential("macaroon", "the-token").encode()


def backend_with(variables: dict[str, str], folder: Path, **options: Any) -> EnvironmentBackend:
    return EnvironmentBackend(BackendSettings(variables, folder, options))


class TestEnvironment(ReadOnlyBackendConformance):
    """The suite for backends that can only be read."""

    @pytest.fixture
    def factory(self) -> CredentialBackendFactory:
        return EnvironmentBackend

    @pytest.fixture
    def settings(self, tmp_path: Path) -> BackendSettings:
        return BackendSettings({"CRAFT_STORE_CREDENTIALS": ENCODED}, tmp_path)


@pytest.mark.parametrize("host", ["api.store.example", "other.store.example"])
def test_the_value_is_returned_for_any_key(tmp_path: Path, host: str) -> None:
    """The variable does not say for which store it is; who uses it checks the host."""
    backend = backend_with({"CRAFT_STORE_CREDENTIALS": ENCODED}, tmp_path)
    assert backend.get(CredentialKey("craft-store", host)) == ENCODED


OLD = ("OLD_AUTH", "OLDER_AUTH")


@pytest.mark.parametrize(
    ("variables", "read"),
    [
        ({"CRAFT_STORE_CREDENTIALS": ENCODED}, "CRAFT_STORE_CREDENTIALS"),
        ({"OLD_AUTH": ENCODED}, "OLD_AUTH"),
        ({"OLDER_AUTH": ENCODED, "OLD_AUTH": ""}, "OLDER_AUTH"),
        ({"OLDER_AUTH": "broken!", "OLD_AUTH": ENCODED}, "OLD_AUTH"),
        ({"OLD_AUTH": "broken!", "CRAFT_STORE_CREDENTIALS": ENCODED}, "CRAFT_STORE_CREDENTIALS"),
    ],
)
def test_variables_of_the_store_come_after_the_usual_one(
    tmp_path: Path, variables: dict[str, str], read: str
) -> None:
    """In the store's order; those that are passed over are named."""
    backend = EnvironmentBackend(BackendSettings(variables, tmp_path, variables=OLD))
    reason = backend.probe().reason
    assert backend.get(KEY) == ENCODED
    assert backend.probe().usable
    assert reason.startswith(f"The variable {read} is set.")
    for name, value in variables.items():
        assert (name in reason) == bool(value)


def test_a_broken_variable_of_the_store_is_named(tmp_path: Path) -> None:
    """Nothing else is used in its place."""
    variables = {"OLD_AUTH": "broken!", "OLDER_AUTH": ENCODED}
    backend = EnvironmentBackend(BackendSettings(variables, tmp_path, variables=OLD))
    with pytest.raises(CredentialsUnreadableError, match="OLD_AUTH cannot be read"):
        backend.get(KEY)


def test_without_any_variable_all_are_named(tmp_path: Path) -> None:
    """So it can be seen what could have been set."""
    backend = EnvironmentBackend(BackendSettings({}, tmp_path, variables=OLD))
    assert backend.get(KEY) is None
    assert backend.probe().reason == (
        "The variables CRAFT_STORE_CREDENTIALS and OLD_AUTH and OLDER_AUTH are not set."
    )


def test_a_variable_that_the_user_names_is_the_only_one(tmp_path: Path) -> None:
    """Those of the store are not looked at."""
    options = {"variable": "MINE"}
    settings = BackendSettings({"OLD_AUTH": ENCODED}, tmp_path, options, variables=OLD)
    assert EnvironmentBackend(settings).get(KEY) is None


def test_another_variable_can_be_named(tmp_path: Path) -> None:
    """The option 'variable' names the one that is read; the usual one then means nothing."""
    variables = {"CHARMCRAFT_AUTH": ENCODED, "CRAFT_STORE_CREDENTIALS": "broken!"}
    backend = backend_with(variables, tmp_path, variable="CHARMCRAFT_AUTH")
    assert backend.get(KEY) == ENCODED
    assert "CHARMCRAFT_AUTH" in backend.probe().reason


@pytest.mark.parametrize(
    ("variables", "reason"), [({}, "not set"), ({"CRAFT_STORE_CREDENTIALS": ""}, "empty")]
)
def test_without_a_value_it_is_not_used(
    tmp_path: Path, variables: dict[str, str], reason: str
) -> None:
    """A variable that is missing or empty, as CI leaves it, is no credential."""
    backend = backend_with(variables, tmp_path)
    assert not backend.probe().usable
    assert reason in backend.probe().reason
    assert backend.get(KEY) is None


@pytest.mark.parametrize(
    "value", ["  ", "not base64!", "=", base64.b64encode(b'{"t": 1}').decode()], ids=repr
)
def test_a_broken_value_is_an_error_and_not_passed_over(tmp_path: Path, value: str) -> None:
    """The backend stays the one in use, and its error names the variable but not the value."""
    backend = backend_with({"CRAFT_STORE_CREDENTIALS": value}, tmp_path)
    assert backend.probe().usable, "the keyring would be used in its place"
    with pytest.raises(CredentialsUnreadableError) as refusal:
        backend.get(KEY)
    error = refusal.value
    assert "CRAFT_STORE_CREDENTIALS" in str(error)
    assert error.why
    assert error.advice
    if len(value) > 2:
        assert value not in f"{error}{error.why}{error.advice}"


@pytest.mark.parametrize("name", ["", 1, None, "A=B"], ids=repr)
def test_a_name_that_is_no_variable_is_an_error(tmp_path: Path, name: object) -> None:
    """The option is checked when the backend is made."""
    with pytest.raises(ConfigurationError, match="variable"):
        backend_with({}, tmp_path, variable=name)
