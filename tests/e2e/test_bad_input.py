"""What can't become a karaoke track is refused at the right step, with a code and a sentence; the suite goes on."""

import io
import math
import random
import wave
from hashlib import sha256

import pytest

from tests.e2e.browser import Browser
from tests.e2e.conftest import Published


def wav(samples: bytes) -> bytes:
    """Mono, 8 bits a sample, at 8 kHz."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(samples)
    return content.getvalue()


def silence(seconds: float) -> bytes:
    return bytes([128]) * int(seconds * 8000)


def drums(seconds: float) -> bytes:
    """Two beats a second of noise that dies away: nothing that a model could take for a voice."""
    noise = random.Random(1)  # noqa: S311 (the same beats each time)
    beat = [noise.uniform(-50, 50) * math.exp(-n / 200) for n in range(4000)]
    return bytes(round(128 + sample) for sample in beat) * int(seconds * 2)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("letter.mp3", b"Dear reader, this is not a song. " * 100, "not-audio"),
        ("empty.mp3", b"", "empty-file"),
        ("silence.wav", wav(silence(5)), "silent-audio"),
        ("blip.wav", wav(drums(0.5)), "too-short"),
        ("endless.wav", wav(drums(31 * 60)), "too-long"),
    ],
)
def test_a_file_that_is_no_song_fails_the_separation(browser: Browser, name: str, content: bytes, code: str) -> None:
    _, job_id = browser.import_track(browser.upload(name, content))
    job = browser.finished(job_id)
    assert (job["state"], job["failure"]["step"], job["failure"]["code"]) == ("failed", "separate", code)
    assert job["failure"]["detail"].endswith(".")
    assert job["failure"]["retryable"] is False


def test_a_file_that_has_not_the_hash_that_was_promised_fails_the_separation(browser: Browser, song: bytes) -> None:
    promised = sha256(song).hexdigest()
    _, job_id = browser.import_track(browser.upload("cut.mp3", song[:-1], sha256=promised))
    failure = browser.finished(job_id)["failure"]
    assert (failure["step"], failure["code"], failure["retryable"]) == ("separate", "checksum-mismatch", False)


def test_a_damaged_song_is_said_to_be_damaged(browser: Browser, song: bytes) -> None:
    damaged = bytes(b if n % 3 else b ^ 0x5A for n, b in enumerate(song))
    _, job_id = browser.import_track(browser.upload("damaged.mp3", damaged))
    failure = browser.finished(job_id)["failure"]
    assert failure["step"] == "separate"
    assert failure["code"] in ("corrupt-audio", "not-audio")


def test_music_without_singing_fails_the_transcription(browser: Browser) -> None:
    _, job_id = browser.import_track(browser.upload("drums.wav", wav(drums(8))))
    failure = browser.finished(job_id)["failure"]
    assert (failure["step"], failure["code"]) == ("transcribe", "no-vocals")


def test_lyrics_of_nothing_but_space_are_refused(browser: Browser, song: bytes) -> None:
    asset = browser.upload("song.mp3", song)
    answer = browser.post("/v1/tracks/import", {"assetId": asset, "lyrics": " \r\n\t "})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_another_clients_things_are_not_there(browser: Browser, published: Published, song: bytes) -> None:
    stranger = Browser(browser.url, "stranger")
    asset = browser.upload("song.mp3", song)
    assert stranger.post("/v1/tracks/import", {"assetId": asset}).status_code == 404
    for path in (f"/v1/tracks/{published.track_id}/ready", f"/v1/jobs/{published.job['jobId']}"):
        assert stranger.get(path).status_code == 404


def test_a_request_without_a_client_id_is_refused_with_a_trace_id(browser: Browser) -> None:
    answer = Browser(browser.url, "").get("/v1/tracks/trk_1")
    problem = answer.json()
    assert (answer.status_code, problem["code"], len(problem["traceId"])) == (400, "client-id-required", 32)
