"""`rerun`: one step again, in this process, on the state and the artefacts that it had then."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from aik_events.envelope import Record
from aik_events.environment import from_environment
from aik_events.log.history import history_of
from aik_events.settings import KafkaSettings
from aik_events.telling.points import NoSuchMoment
from aik_events.topics import TRACKS

from aik_service import logs
from aik_service.command_errors import said
from aik_service.engine_choice import UnknownEngine, engine_to_try
from aik_service.engine_process.messages import UNUSABLE
from aik_service.objects.s3 import S3Objects
from aik_service.rerun.again import Again
from aik_service.rerun.environment import UnknownSetting, setting
from aik_service.rerun.moments import Moment, chosen, moments
from aik_service.rerun.text import show
from aik_service.service import StepService
from aik_service.settings import ObjectSettings
from aik_service.step import BadInput

TROUBLE = 2
"""Exit status when nothing was compared, as of diff: 0 is identical, 1 is different."""


def rerun_command(service: StepService) -> Callable[..., None]:
    """The command of one step service."""

    def rerun(
        track: Annotated[str, typer.Argument(help="The track's id, such as trk_…")],
        at: Annotated[
            str | None, typer.Option(help="The newest run of the step up to this offset, time, or event's id.")
        ] = None,
        set_: Annotated[
            list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of this service.")
        ] = None,
        engine: Annotated[
            str | None,
            typer.Option(
                metavar="NAME",
                help=f"{', '.join(service.engines)}, or MODULE:ATTRIBUTE; else the one that the service would choose.",
            ),
        ] = None,
        out: Annotated[Path | None, typer.Option(help="A folder in which the new files are left.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every difference.")] = False,
    ) -> None:
        """Run this step again on what it was given then, and compare. Tells the log nothing and stores nothing.

        Exit status: 0 identical, 1 different, 2 nothing to compare. Differences of documents may quote lyrics.
        """
        logs.configure(service.name, format="console", level="WARNING")
        with said(TROUBLE, NoSuchMoment, UnknownEngine, UnknownSetting, BadInput, *UNUSABLE):
            settings = dict(setting(service, text) for text in set_ or ())
            objects = S3Objects(from_environment(ObjectSettings))
            moment = moment_of(service, track, at)
            loader = engine_to_try(service, engine, moment.track.quality)
            found = Again(service, objects, loader).run(moment, out, settings)
        show(found, as_json=as_json)
        if found.identical is None:
            raise typer.Exit(TROUBLE)
        raise typer.Exit(0 if found.identical else 1)

    return rerun


def moment_of(service: StepService, track: str, at: str | None) -> Moment:
    """As the log has it. Raises NoSuchMoment, and what reading Kafka raises."""
    records: Sequence[Record] = asyncio.run(history_of(from_environment(KafkaSettings), TRACKS, track))
    if not records:
        raise NoSuchMoment(f"The log has no event of a track {track}.")
    return chosen(moments(track, records, service.step), records, at)
