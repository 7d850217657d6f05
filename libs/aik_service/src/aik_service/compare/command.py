"""`compare`: one stored song through two engines of a step."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from aik_events.cli.printing import one_line
from aik_events.environment import from_environment
from aik_events.telling.points import NoSuchMoment

from aik_service import logs
from aik_service.command_errors import said
from aik_service.compare.text import show
from aik_service.compare.two_engines import Asked, EngineUnfit, TwoEngines
from aik_service.engine_choice import UnknownEngine, engine_of_option
from aik_service.objects.s3 import S3Objects
from aik_service.rerun.command import TROUBLE, moment_of
from aik_service.rerun.environment import UnknownSetting, engine_environment, setting
from aik_service.service import StepService
from aik_service.settings import ObjectSettings
from aik_service.step import BadInput


def compare_command(service: StepService) -> Callable[..., None]:
    """The command of one step service."""

    def compare(
        track: Annotated[str, typer.Argument(help="The track's id, such as trk_…")],
        engines: Annotated[
            tuple[str, str],
            typer.Option(metavar="A B", help=f"Two of {', '.join(service.engines)}, or MODULE:ATTRIBUTE."),
        ],
        at: Annotated[
            str | None, typer.Option(help="The newest run of the step up to this offset, time, or event's id.")
        ] = None,
        set_: Annotated[
            list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of this service, for both.")
        ] = None,
        out: Annotated[Path | None, typer.Option(help="A folder in which the files of both are left.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every difference.")] = False,
    ) -> None:
        """Run this step with two engines on what it was given then, one after the other, and say how they differ.

        Tells the log nothing and stores nothing. Exit status: 0 identical, 1 different, 2 nothing was compared. What is
        printed may quote lyrics.
        """
        logs.configure(service.name, format="console", level="WARNING")
        with said(TROUBLE, NoSuchMoment, UnknownEngine, UnknownSetting, BadInput, EngineUnfit):
            settings = dict(setting(service, text) for text in set_ or ())
            asked = [Asked(name=name, loader=engine_of_option(service, name, "--engines")) for name in engines]
            two = TwoEngines(service, S3Objects(from_environment(ObjectSettings)), _begins)
            moment = moment_of(service, track, at)
            with engine_environment(service, settings):
                found = asyncio.run(two.run(moment, asked[0], asked[1], out))
        show(found, as_json=as_json)
        raise typer.Exit(0 if found.identical else 1)

    return compare


def _begins(name: str) -> None:
    typer.echo(f"{one_line(name)} …", err=True)
