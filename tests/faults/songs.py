"""The songs of a run: what their clients do with them, and what the stand-in engines are told by their bytes."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any

STEPS = ("separate", "transcribe", "align", "check", "publish")
CLIENTS = ("anna", "boris", "chloe", "dmitri")
LYRICS = "It always seems like time stands still\nwhen I'm with you"
EDITED = "It always seems like time stands still\nwhen I am with you"
REFUSED = "standin-refused"


@dataclass(frozen=True)
class Song:
    """`refused` is the step that will not have it; `canceled_after_s` counts from the answer to the import."""

    number: int
    client: str
    content: bytes
    lyrics: str | None
    refused: str | None = None
    canceled_after_s: float | None = None
    edited: bool = False

    @property
    def title(self) -> str:
        """By which its tracks are found in the log, however many there are."""
        return f"Song {self.number}"


def written(seed: int, count: int, longest_s: float) -> tuple[Song, ...]:
    """Songs for the stand-ins, with steps of up to `longest_s` seconds.

    Of twenty two are canceled, one is refused, four break the engine, five are edited.
    """
    rng = Random(f"songs {seed}")  # noqa: S311 (not for secrets)
    return tuple(_song(rng, number, longest_s) for number in range(count))


def recorded(content: bytes, count: int) -> tuple[Song, ...]:
    """One real song, so many times; every other one comes with lyrics and is edited."""
    return tuple(
        Song(n, CLIENTS[n % len(CLIENTS)], content, LYRICS if n % 2 else None, edited=n % 2 == 1) for n in range(count)
    )


def _song(rng: Random, number: int, longest_s: float) -> Song:
    client, lyrics = rng.choice(CLIENTS), rng.choice([LYRICS, LYRICS, None])
    steps = [step for step in STEPS if lyrics is None or step != "transcribe"]
    seconds = {step: round(rng.uniform(0.2, longest_s), 2) for step in STEPS}
    script: dict[str, Any] = {"song": number, "seconds": seconds}
    fields: dict[str, Any] = {}
    match number % 20:
        case 3 | 13:
            fields["canceled_after_s"] = round(rng.uniform(0, 3 * longest_s), 2)
        case 7:
            fields["refused"] = script["refuses"] = rng.choice(steps)
        case 1 | 6 | 11 | 16:
            way = rng.choice(["breaks", "dies"])
            script[way] = {rng.choice(steps): rng.choice([1, 2])}
        case 2 | 5 | 9 | 14 | 18:
            fields["edited"] = True
    return Song(number, client, json.dumps(script).encode(), lyrics, **fields)
