"""The songs of a run: short ones that all succeed, every fourth edited and aligned again."""

import json
from collections.abc import Sequence

from tests.faults.songs import CLIENTS, LYRICS, STEPS, Song

STEP_S = 0.4


def short(count: int) -> Sequence[Song]:
    """Every third comes without lyrics, so that the asr has something to do."""
    return tuple(_song(number) for number in range(count))


def _song(number: int) -> Song:
    script = {"song": number, "seconds": dict.fromkeys(STEPS, STEP_S)}
    lyrics = None if number % 3 == 0 else LYRICS
    return Song(number, CLIENTS[number % len(CLIENTS)], json.dumps(script).encode(), lyrics, edited=number % 4 == 0)
