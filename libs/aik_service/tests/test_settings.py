"""What goes wrong with settings is said without the secrets among them."""

import pytest
from aik_events.environment import SettingsWrong, from_environment
from aik_service.settings import StepSettings
from pydantic import ValidationError


@pytest.mark.parametrize("jobs", ["0", "33"])
def test_jobs_that_the_connections_to_postgres_are_not_made_for_are_refused(
    jobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIK_S3_ACCESS_KEY", "key")
    monkeypatch.setenv("AIK_S3_SECRET_KEY", "secret")
    monkeypatch.setenv("AIK_JOBS", "32")
    assert from_environment(StepSettings).jobs == 32
    monkeypatch.setenv("AIK_JOBS", jobs)
    with pytest.raises(SettingsWrong, match="AIK_JOBS"):
        from_environment(StepSettings)


@pytest.mark.parametrize(
    "environment",
    [
        {"AIK_KAFKA_PASSWORD": "hunter2"},
        {"AIK_POSTGRES": "postgresql://u:hunter2@h/db", "AIK_LEASE_S": "never"},
        {"AIK_S3_SECRET_KEY": "hunter2", "AIK_S3_ACCESS_KEY": ""},
    ],
)
def test_a_refusal_quotes_no_value(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        StepSettings()  # type: ignore[call-arg]  # the environment has them
    assert "hunter2" not in str(refused.value)
    with pytest.raises(SettingsWrong) as told:
        from_environment(StepSettings)
    assert "hunter2" not in str(told.value)
