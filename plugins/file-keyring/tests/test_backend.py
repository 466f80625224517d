"""The credential backend ``file`` keeps credentials private and loses none."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ConfigurationError, CredentialError, CredentialFileError
from craft_store_core.plugins import BackendSettings, CredentialKey
from craft_store_core.testing.backends import LockingBackendConformance
from craft_store_file_keyring import FileBackend, PassphraseMissingError, WrongPassphraseError
from craft_store_file_keyring.encryption import Key, ScryptParameters, seal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.plugins import CredentialBackendFactory

KEY = CredentialKey("charmcraft", "api.charmhub.io")
OTHER = CredentialKey("snapcraft", "dashboard.snapcraft.io")
PASSPHRASE = "correct horse battery staple"
ENVIRONMENT = {"CRAFT_STORE_FILE_KEYRING_PASSPHRASE": PASSPHRASE}

posix_only = pytest.mark.skipif(os.name != "posix", reason="file modes and owners are POSIX's")


class TestFile(LockingBackendConformance):
    """The suite for all backends, on a readable file."""

    persistent = True

    @pytest.fixture
    def factory(self) -> CredentialBackendFactory:
        return FileBackend


class TestEncryptedFile(LockingBackendConformance):
    """The suite for all backends, on an encrypted file."""

    persistent = True

    @pytest.fixture
    def factory(self) -> CredentialBackendFactory:
        return FileBackend

    @pytest.fixture
    def settings(self, cheaply_encrypted: Path) -> BackendSettings:
        return BackendSettings(ENVIRONMENT, cheaply_encrypted.parent, {"encrypt": True})


@pytest.fixture
def cheaply_encrypted(file: Path) -> Path:
    """The credential file, encrypted and empty: a backend goes on with the cost that is in it."""
    key = Key.derive(PASSPHRASE, parameters=ScryptParameters(n=2))
    file.parent.mkdir(mode=0o700)
    file.write_bytes(seal(b"{}", key))
    file.chmod(0o600)
    return file


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_file_of_canonicals_client_can_be_read(make_backend: Any, file: Path) -> None:
    """The form ``{service: {user: base64}}`` is read, and kept for what is not changed."""
    file.parent.mkdir()
    file.write_text('{"charmcraft": {"api.charmhub.io": "eyJ0Ijo="}, "rockcraft": {"h": "eA=="}}')
    backend = make_backend()
    assert backend.get(KEY) == "eyJ0Ijo="
    backend.set(OTHER, "bmV3")
    assert json.loads(file.read_text()) == {
        "charmcraft": {"api.charmhub.io": "eyJ0Ijo="},
        "rockcraft": {"h": "eA=="},
        "snapcraft": {"dashboard.snapcraft.io": "bmV3"},
    }


def test_the_last_credential_of_an_application_takes_its_entry_along(
    make_backend: Any, file: Path
) -> None:
    """Deleting leaves no empty entries behind."""
    backend = make_backend()
    backend.set(KEY, "a")
    backend.set(OTHER, "b")
    backend.delete(KEY)
    assert json.loads(file.read_text()) == {"snapcraft": {"dashboard.snapcraft.io": "b"}}


@posix_only
def test_file_and_folder_are_made_private(make_backend: Any, file: Path) -> None:
    """A new file has mode 0600, and so its lock; a new folder has mode 0700, whatever the umask."""
    before = os.umask(0)
    try:
        make_backend().set(KEY, "a")
    finally:
        os.umask(before)
    assert mode_of(file) == 0o600
    assert mode_of(file.parent) == 0o700
    assert mode_of(file.with_name("credentials.json.lock")) == 0o600
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "credentials.json",
        "credentials.json.lock",
    ]


@posix_only
def test_what_is_too_open_is_tightened_on_reading(make_backend: Any, file: Path) -> None:
    """A file that others could read is closed to them as soon as it is used."""
    make_backend().set(KEY, "a")
    file.chmod(0o644)
    file.parent.chmod(0o755)
    assert make_backend().get(KEY) == "a"
    assert (mode_of(file), mode_of(file.parent)) == (0o600, 0o700)


@posix_only
def test_a_link_in_place_of_the_file_is_refused(make_backend: Any, file: Path) -> None:
    """A symbolic link is neither followed nor replaced."""
    elsewhere = file.parent.parent / "elsewhere.json"
    elsewhere.write_text("{}")
    file.parent.mkdir()
    file.symlink_to(elsewhere)
    backend = make_backend()
    actions: list[Callable[[], object]] = [
        lambda: backend.get(KEY),
        lambda: backend.set(KEY, "a"),
    ]
    for action in actions:
        with pytest.raises(CredentialFileError, match="not safe") as refusal:
            action()
        assert str(file) in f"{refusal.value.why}"
        assert "symbolic link" in f"{refusal.value.why}"
    assert file.is_symlink()
    assert elsewhere.read_text() == "{}"


@posix_only
def test_a_link_in_place_of_the_folder_is_refused(make_backend: Any, folder: Path) -> None:
    """The application's data folder may not lead elsewhere."""
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)
    with pytest.raises(CredentialFileError) as refusal:
        make_backend().set(KEY, "a")
    assert "symbolic link" in f"{refusal.value.why}"
    assert list(elsewhere.iterdir()) == []


@posix_only
def test_a_folder_that_programs_share_is_refused(make_backend: Any, folder: Path) -> None:
    """A folder such as /tmp is not closed to everybody else."""
    folder.mkdir()
    folder.chmod(0o1777)
    with pytest.raises(CredentialFileError) as refusal:
        make_backend().set(KEY, "a")
    assert "share" in f"{refusal.value.why}"
    assert mode_of(folder) == 0o1777


def test_what_is_no_regular_file_is_refused(make_backend: Any, file: Path) -> None:
    """A folder in place of the file is an error that names it."""
    file.mkdir(parents=True)
    with pytest.raises(CredentialFileError) as refusal:
        make_backend().get(KEY)
    assert "regular file" in f"{refusal.value.why}"


@posix_only
def test_a_pipe_in_place_of_the_file_does_not_block(make_backend: Any, file: Path) -> None:
    """A named pipe is refused at once instead of waiting for somebody to write into it."""
    file.parent.mkdir()
    os.mkfifo(file)
    with pytest.raises(CredentialFileError) as refusal:
        make_backend().get(KEY)
    assert "regular file" in f"{refusal.value.why}"


def test_a_file_in_place_of_the_folder_is_an_error(make_backend: Any, folder: Path) -> None:
    """The folder's name being taken is a clear error."""
    folder.write_text("")
    with pytest.raises(CredentialFileError, match="cannot be"):
        make_backend().set(KEY, "a")
    assert folder.read_text() == ""


@posix_only
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_belongs_to_another_user_is_refused(make_backend: Any, file: Path, what: str) -> None:
    """A file or folder of somebody else is neither read nor taken over."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    make_backend().set(KEY, "a")
    os.chown(file if what == "file" else file.parent, 12345, -1)
    with pytest.raises(CredentialFileError) as refusal:
        make_backend().get(KEY)
    assert "12345" in f"{refusal.value.why}"


def test_a_name_that_the_system_refuses_is_an_error(make_backend: Any, tmp_path: Path) -> None:
    """What the system says about a path that cannot be is passed on."""
    backend = make_backend(path=str(tmp_path / ("x" * 300)))
    with pytest.raises(CredentialFileError, match="cannot be read") as refusal:
        backend.get(KEY)
    assert "too long" in f"{refusal.value.why}"


def test_a_file_that_is_too_large_is_refused(make_backend: Any, file: Path) -> None:
    """Memory is not filled with a file that cannot be a credential file."""
    file.parent.mkdir()
    with file.open("wb") as handle:
        handle.truncate(17 * 1024 * 1024)
    with pytest.raises(CredentialFileError) as refusal:
        make_backend().get(KEY)
    assert "larger" in f"{refusal.value.why}"


@posix_only
def test_a_chosen_folder_keeps_its_mode(make_backend: Any, tmp_path: Path) -> None:
    """The folder of the option 'path' may hold other things: only the file is made private."""
    chosen = tmp_path / "chosen"
    chosen.mkdir(mode=0o755)
    chosen.chmod(0o755)
    backend = make_backend(path=str(chosen / "mine.json"))
    backend.set(KEY, "a")
    assert backend.get(KEY) == "a"
    assert mode_of(chosen) == 0o755
    assert mode_of(chosen / "mine.json") == 0o600


@posix_only
def test_a_chosen_folder_that_others_can_write_is_refused(
    make_backend: Any, tmp_path: Path
) -> None:
    """Who can write in the folder could replace the file."""
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    chosen.chmod(0o777)
    with pytest.raises(CredentialFileError) as refusal:
        make_backend(path=str(chosen / "mine.json")).set(KEY, "a")
    assert "chmod go-w" in f"{refusal.value.advice}"
    assert list(chosen.iterdir()) == []


@posix_only
def test_a_chosen_folder_of_another_user_is_refused(make_backend: Any, tmp_path: Path) -> None:
    """Its owner could replace the file."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another user")
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    os.chown(chosen, 12345, -1)
    with pytest.raises(CredentialFileError, match="not safe"):
        make_backend(path=str(chosen / "mine.json")).get(KEY)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"charmcraft": {"api.charmhub.io": "eyJ0',
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"charmcraft": "text"}',
        b'{"charmcraft": {"api.charmhub.io": 1}}',
        b'{"format": "something-else"}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=[
        "empty",
        "cut",
        "truncated",
        "list",
        "string",
        "no text",
        "application",
        "value",
        "unknown format",
        "deep",
        "long number",
    ],
)
def test_a_damaged_file_is_an_error_and_stays_as_it_is(
    make_backend: Any, file: Path, content: bytes
) -> None:
    """Neither reading nor storing nor deleting takes a damaged file for an empty one."""
    file.parent.mkdir()
    file.write_bytes(content)
    backend = make_backend(ENVIRONMENT)
    actions: list[Callable[[], object]] = [
        lambda: backend.get(KEY),
        lambda: backend.set(KEY, "a"),
        lambda: backend.delete(KEY),
    ]
    for action in actions:
        with pytest.raises(CredentialFileError, match="damaged") as refusal:
            action()
        assert str(file) in str(refusal.value)
        assert "was not changed" in f"{refusal.value.advice}"
    assert file.read_bytes() == content
    probe = backend.probe()
    assert probe.usable, "another backend would be used and the damage never be seen"
    assert "damaged" in probe.reason


def test_several_programs_lose_nothing(start_program: Any, folder: Path) -> None:
    """Programs that store at the same time, under different keys, all find theirs afterwards."""
    code = """
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(25):
            backend.set(CredentialKey(sys.argv[2], f"host-{number}"), f"{sys.argv[2]}-{number}")
        """
    programs = [start_program(code, folder, f"program-{number}") for number in range(4)]
    for program in programs:
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        program.stdin.write("go\n")
        program.stdin.flush()
    for program in programs:
        _, errors = program.communicate(timeout=60)
        assert program.returncode == 0, errors
    backend = FileBackend(BackendSettings({}, folder))
    for program in range(4):
        for number in range(25):
            key = CredentialKey(f"program-{program}", f"host-{number}")
            assert backend.get(key) == f"program-{program}-{number}"


def test_a_lock_of_another_program_is_an_error_after_a_while(
    make_backend: Any, start_program: Any, folder: Path
) -> None:
    """Waiting ends with an error that names the file; when the program ends, so does its lock."""
    program = start_program(
        """
        with backend.lock(CredentialKey("a", "b")):
            print("locked", flush=True)
            sys.stdin.readline()
            os._exit(9)
        """,
        folder,
    )
    assert program.stdout.readline() == "locked\n"
    backend = make_backend(lock_timeout=0.2)
    with pytest.raises(CredentialError, match="in use") as refusal:
        backend.set(KEY, "a")
    assert str(folder) in str(refusal.value)
    assert backend.get(KEY) is None, "reading needs no lock"
    program.communicate("go\n", timeout=60)
    assert program.returncode == 9
    backend.set(KEY, "a")
    assert backend.get(KEY) == "a"


@posix_only
def test_a_full_disk_leaves_the_old_content(
    make_backend: Any, start_program: Any, file: Path
) -> None:
    """When the new content does not fit, the error says so, and the old content is still there."""
    make_backend().set(KEY, "old")
    program = start_program(
        """
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            backend.set(CredentialKey("charmcraft", "api.charmhub.io"), "x" * 5000)
        except CraftStoreError as error:
            print(type(error).__name__, error.message, error.why, error.advice)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        """,
        file.parent,
    )
    output, errors = program.communicate(timeout=60)
    assert output.startswith("CredentialFileError"), errors
    assert "cannot be written" in output
    assert "was not changed" in output
    assert make_backend().get(KEY) == "old"
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "credentials.json",
        "credentials.json.lock",
    ]


@posix_only
@pytest.mark.parametrize("locked_before", [True, False])
def test_a_folder_that_cannot_be_written_is_an_error(
    tmp_path_factory: pytest.TempPathFactory, locked_before: bool
) -> None:
    """In a read-only folder credentials can be read; storing is an error that says why."""
    folder = tmp_path_factory.mktemp("read-only")
    file = folder / "credentials.json"
    file.write_text('{"charmcraft": {"api.charmhub.io": "old"}}')
    file.chmod(0o600)
    if locked_before:
        file.with_name("credentials.json.lock").touch(mode=0o600)
    if os.geteuid() == 0:
        # Root may write everywhere: give it away, and become its owner below.
        for path in (folder, *folder.iterdir()):
            os.chown(path, 12345, 12345)
    folder.chmod(0o500)
    code = """
import os, sys
from pathlib import Path
from craft_store_core.plugins import BackendSettings, CredentialKey
from craft_store_core.errors import CraftStoreError
from craft_store_file_keyring import FileBackend
# Loaded before the rights are dropped.
import filelock, cryptography, tempfile
os.chdir(sys.argv[1])
root = os.geteuid() == 0
if root:
    os.setegid(12345)
    os.seteuid(12345)
key = CredentialKey("charmcraft", "api.charmhub.io")
backend = FileBackend(BackendSettings({}, Path()))
print(backend.get(key))
try:
    backend.set(key, "new")
except CraftStoreError as error:
    print(type(error).__name__, error.message, error.why)
if root:
    os.seteuid(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    first, second = done.stdout.splitlines()
    assert first == "old"
    assert second.startswith("CredentialFileError")
    assert "Permission denied" in second
    folder.chmod(0o700)
    assert "old" in file.read_text()


def test_an_encrypted_file_shows_neither_credentials_nor_hosts(
    make_backend: Any, file: Path
) -> None:
    """Nothing of the content can be read without the passphrase."""
    backend = make_backend(ENVIRONMENT, encrypt=True)
    backend.set(KEY, "the-secret")
    content = file.read_text()
    for text in ("the-secret", "charmcraft", "charmhub", PASSPHRASE):
        assert text not in content
    assert make_backend(ENVIRONMENT).get(KEY) == "the-secret"


def test_an_encrypted_file_stays_encrypted(make_backend: Any, cheaply_encrypted: Path) -> None:
    """A program without the option does not write an encrypted file back in the clear."""
    make_backend(ENVIRONMENT, encrypt=True).set(KEY, "the-secret")
    make_backend(ENVIRONMENT).set(OTHER, "another")
    assert "the-secret" not in cheaply_encrypted.read_text()
    assert make_backend(ENVIRONMENT).get(KEY) == "the-secret"


def test_a_readable_file_is_encrypted_at_the_next_change(make_backend: Any, file: Path) -> None:
    """Switching encryption on keeps the credentials that are there."""
    make_backend().set(KEY, "the-secret")
    backend = make_backend(ENVIRONMENT, encrypt=True)
    assert backend.get(KEY) == "the-secret"
    backend.set(OTHER, "another")
    assert "the-secret" not in file.read_text()
    assert (backend.get(KEY), backend.get(OTHER)) == ("the-secret", "another")


def test_the_passphrase_can_come_from_a_file(make_backend: Any, tmp_path: Path) -> None:
    """The first form of a passphrase for machines is a file; its last line break is not part."""
    secret = tmp_path / "passphrase"
    secret.write_text(f"{PASSPHRASE}\n")
    make_backend(encrypt=True, passphrase_file=str(secret)).set(KEY, "the-secret")
    assert make_backend(ENVIRONMENT).get(KEY) == "the-secret"


@pytest.mark.parametrize("given", ["variable", "file"])
def test_a_wrong_passphrase_is_an_error_of_its_own(
    make_backend: Any, cheaply_encrypted: Path, tmp_path: Path, given: str
) -> None:
    """The error says where the wrong passphrase came from, and the file stays as it is."""
    make_backend(ENVIRONMENT, encrypt=True).set(KEY, "the-secret")
    before = cheaply_encrypted.read_bytes()
    if given == "variable":
        backend = make_backend({"CRAFT_STORE_FILE_KEYRING_PASSPHRASE": "wrong-one"})
    else:
        (tmp_path / "passphrase").write_text("wrong-one")
        backend = make_backend(passphrase_file=str(tmp_path / "passphrase"))
    actions: list[Callable[[], object]] = [
        lambda: backend.get(KEY),
        lambda: backend.set(KEY, "a"),
    ]
    for action in actions:
        with pytest.raises(WrongPassphraseError) as refusal:
            action()
        assert str(cheaply_encrypted) in str(refusal.value)
        assert given in f"{refusal.value.why}"
        assert "wrong-one" not in f"{refusal.value}{refusal.value.why}{refusal.value.advice}"
    assert cheaply_encrypted.read_bytes() == before
    assert not backend.probe().usable


@pytest.mark.parametrize("encrypted_before", [True, False])
def test_no_passphrase_is_an_error_that_says_how_to_give_one(
    make_backend: Any, encrypted_before: bool
) -> None:
    """Credentials are not stored in the clear for want of a passphrase."""
    if encrypted_before:
        make_backend(ENVIRONMENT, encrypt=True).set(KEY, "the-secret")
    backend = make_backend(encrypt=True)
    assert not backend.probe().usable
    with pytest.raises(PassphraseMissingError) as refusal:
        backend.set(KEY, "a")
    assert "CRAFT_STORE_FILE_KEYRING_PASSPHRASE" in f"{refusal.value.advice}"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "no text"])
def test_a_passphrase_file_that_cannot_be_read_is_an_error(
    make_backend: Any, tmp_path: Path, content: bytes | None
) -> None:
    """The error names the passphrase file."""
    secret = tmp_path / "passphrase"
    if content is not None:
        secret.write_bytes(content)
    with pytest.raises(PassphraseMissingError, match="passphrase file") as refusal:
        make_backend(encrypt=True, passphrase_file=str(secret)).set(KEY, "a")
    assert str(secret) in str(refusal.value)


@pytest.mark.parametrize(
    "options",
    [
        {"path": 1},
        {"path": ""},
        {"path": "relative/file.json"},
        {"path": "a\0b"},
        {"path": "~no-such-user-here/file.json"},
        {"encrypt": "yes"},
        {"passphrase_file": []},
        {"lock_timeout": "long"},
        {"lock_timeout": True},
        {"lock_timeout": -1},
        {"lock_timeout": float("nan")},
    ],
    ids=repr,
)
def test_an_option_that_cannot_be_used_is_an_error(
    make_backend: Any, options: dict[str, Any]
) -> None:
    """Each option is checked when the backend is made, and the error names it."""
    with pytest.raises(ConfigurationError) as refusal:
        make_backend(**options)
    assert next(iter(options)).replace("_", "-") in str(refusal.value)


def test_deleting_in_an_empty_place_makes_nothing(make_backend: Any, folder: Path) -> None:
    """Logging out where nobody logged in leaves no files behind."""
    assert make_backend().delete(KEY) is False
    assert not folder.exists()


def test_the_probe_says_whether_the_file_is_there(make_backend: Any, file: Path) -> None:
    """The reason names the file, and asking does not make it."""
    backend = make_backend()
    assert backend.probe().usable
    assert str(file) in backend.probe().reason
    assert not file.parent.exists()
    backend.set(KEY, "a")
    assert "exists" in backend.probe().reason


def test_without_a_place_nothing_is_there_and_nothing_can_be_kept(tmp_path: Path) -> None:
    """As where the home folder of a user is not known; naming the file helps."""
    backend = FileBackend(BackendSettings({}, None))

    assert backend.get(KEY) is None
    assert backend.delete(KEY) is False
    probe = backend.probe()
    assert not probe.usable
    assert "HOME" in probe.reason
    with pytest.raises(CredentialFileError, match="unknown") as refusal:
        backend.set(KEY, "a")
    assert "CRAFT_STORE_DATA" in (refusal.value.advice or "")

    named = FileBackend(BackendSettings({}, None, {"path": str(tmp_path / "file.json")}))
    named.set(KEY, "a")
    assert named.get(KEY) == "a"
