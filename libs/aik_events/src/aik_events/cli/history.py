"""A track's records for the commands that tell of one track."""

from collections.abc import Sequence
from typing import Annotated

import typer

from aik_events.cli.running import fail, kafka, run
from aik_events.envelope import Record
from aik_events.log.history import history_of
from aik_events.telling.points import NoSuchMoment, up_to
from aik_events.topics import TRACKS

TrackId = Annotated[str, typer.Argument(metavar="TRACK", help="The track's id, such as trk_…")]


def records_of(track: str, at: str | None = None) -> Sequence[Record]:
    """All, or those up to this moment; a sentence and exit status 1 where there is none."""
    records = run(history_of(kafka(), TRACKS, track))
    if not records:
        fail(f"The log has no event of a track {track}.")
    try:
        return records if at is None else up_to(records, at)
    except NoSuchMoment as error:
        fail(str(error))
