"""Settings that are missing or wrong are named as the variables that a person sets."""

from pathlib import Path

import pytest
from aik_events.environment import SettingsWrong, from_environment, variables
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_TEST_", populate_by_name=True)

    key: str
    port: int = 1
    shared: int = Field(default=1, validation_alias="AIK_SHARED")

    @model_validator(mode="after")
    def _belongs_together(self) -> "Settings":
        if self.port == self.shared == 2:
            raise ValueError("AIK_TEST_PORT and AIK_SHARED can't both be 2")
        return self


def refused(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsWrong) as error:
        from_environment(Settings)
    return str(error.value)


def test_each_variable_that_is_missing_or_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, AIK_TEST_PORT="x", AIK_SHARED="y")
    number = "Input should be a valid integer, unable to parse string as an integer"
    expected = f"AIK_TEST_KEY is not set; AIK_TEST_PORT: {number}; AIK_SHARED: {number}"
    assert said == f"The environment lacks settings, or has wrong ones: {expected}."


def test_what_contradicts_itself_is_said_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, AIK_TEST_KEY="k", AIK_TEST_PORT="2", AIK_SHARED="2")
    assert said.endswith(": AIK_TEST_PORT and AIK_SHARED can't both be 2.")


def test_settings_that_are_right_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_TEST_KEY", "k")
    assert from_environment(Settings).key == "k"
    assert variables(Settings) == {"key": "AIK_TEST_KEY", "port": "AIK_TEST_PORT", "shared": "AIK_SHARED"}


def test_what_no_variable_has_is_read_from_the_file_of_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AIK_SECRETS", str(tmp_path))
    monkeypatch.setenv("AIK_TEST_PORT", "7")
    for name, content in {"AIK_TEST_KEY": "k\n", "AIK_TEST_PORT": "8", "AIK_SHARED": "9"}.items():
        (tmp_path / name).write_text(content)
    found = from_environment(Settings)
    assert (found.key, found.port, found.shared) == ("k", 7, 9)


def test_a_folder_of_secrets_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(monkeypatch, AIK_SECRETS="/nowhere") == "AIK_SECRETS names /nowhere, which is no folder."
