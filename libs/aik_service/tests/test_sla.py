"""How long a step may take."""

from aik_events.testing.author import Author
from aik_events.track import Track
from aik_service.settings import StepSettings
from aik_service.sla import Sla
from pydantic import SecretStr


def track(duration_ms: int | None, size_bytes: int = 0) -> Track:
    author = Author()
    author.imported()
    source = author.state.source
    assert source is not None
    sized = source.model_copy(update={"size_bytes": size_bytes})
    return author.state.model_copy(update={"duration_ms": duration_ms, "source": sized})


def test_a_longer_song_may_take_longer() -> None:
    assert Sla(base_s=60, factor=2).limit_s(track(180_000)) == 420


def test_a_song_that_is_not_decoded_yet_is_taken_for_the_longest_that_its_size_allows() -> None:
    assert Sla(base_s=60, factor=1).limit_s(track(None, size_bytes=8_000 * 600)) == 660
    assert Sla(base_s=60, factor=1).limit_s(track(None, size_bytes=1 << 30)) == 3660


def test_a_setting_goes_before_the_steps_own() -> None:
    settings = StepSettings(s3_access_key="a", s3_secret_key=SecretStr("b"), sla_base_s=5.0)
    assert settings.sla(Sla(base_s=60, factor=2)) == Sla(base_s=5, factor=2)
