"""What the quality check judges by."""

from collections.abc import Mapping
from typing import Any

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from aik_qc.codes import CODES, DEFAULT_POLICY, Code, Policy


class QcSettings(BaseSettings):
    """Read from the environment, `AIK_QC_…`; see the README for what each one means."""

    model_config = SettingsConfigDict(env_prefix="AIK_QC_", frozen=True)

    policy: dict[Code, Policy] = {}

    silent_words_warn: float = 0.08
    silent_words_fail: float = 0.4
    short_words_warn: float = 0.22
    short_words_fail: float = 0.5
    fast_lines_warn: float = 0.15
    fast_lines_fail: float = 0.5
    long_word_ms: int = 5_000
    coverage_warn: float = 0.85
    coverage_fail: float = 0.4
    confidence_warn: float = 0.75
    confidence_fail: float = 0.4
    weak_word: float = 0.6
    weak_runs_warn: float = 0.3
    unsung_lines_warn: float = 0.1
    unsung_lines_fail: float = 0.8
    uncovered_warn: float = 0.25
    uncovered_fail: float = 0.7
    fit_warn: float = 0.7
    fit_fail: float = 0.4
    shift_warn_ms: int = 300
    shift_fail_ms: int = 1_000
    no_vocals_warn_db: float = 13.0
    no_vocals_fail_db: float = 16.0
    agreement_warn: float = 0.12
    agreement_fail: float = 0.05
    lengths_differ_ms: int = 500
    quiet_lufs: float = -40.0
    quiet_below_voice_db: float = 25.0
    residual_warn_db: float = -10.0
    residual_fail_db: float = -3.0
    minus_follows_voice_db: float = 25.0
    clipped_warn: float = 0.002
    clipped_fail: float = 0.05
    noise_burst_ms: int = 300
    true_peak_dbtp: float = 1.0

    @field_validator("policy", mode="before")
    @classmethod
    def _known(cls, policy: Any) -> Any:
        """Whoever names a code that does not exist is told which ones do."""
        unknown = set(policy) - set(CODES) if isinstance(policy, Mapping) else set()
        if unknown:
            raise ValueError(f"there is no code {', '.join(sorted(unknown))}; the codes are {', '.join(CODES)}")
        return policy

    def decided(self, code: Code) -> Policy | None:
        """What somebody decided about a code; None leaves it to the limits."""
        return self.policy.get(code, DEFAULT_POLICY.get(code))
