"""Keys and passwords of a suite."""

from pathlib import Path

from aik_local.credentials import Credentials, load_or_create


def test_credentials_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    first = load_or_create(file)
    assert load_or_create(file) == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_no_two_suites_share_a_credential() -> None:
    assert Credentials() != Credentials()
