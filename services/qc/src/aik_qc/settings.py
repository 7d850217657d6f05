"""What the quality check judges by."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class QcSettings(BaseSettings):
    """Read from the environment, `AIK_QC_…`; see the README for what each one means."""

    model_config = SettingsConfigDict(env_prefix="AIK_QC_", frozen=True)

    silent_words_warn: float = 0.08
    silent_words_fail: float = 0.4
    short_words_warn: float = 0.05
    short_words_fail: float = 0.3
    long_word_ms: int = 5_000
    coverage_warn: float = 0.9
    coverage_fail: float = 0.5
    confidence_warn: float = 0.2
    confidence_fail: float = 0.03
    weak_lines_warn: float = 0.5
    lengths_differ_ms: int = 500
    quiet_lufs: float = -40.0
    true_peak_dbtp: float = 1.0
