"""The command of a step service: `run`, which it does with no command at all too, `rerun`, `compare` and `dead`."""

import typer
from aik_events.environment import from_environment

from aik_service import logs
from aik_service.compare.command import compare_command
from aik_service.consumer import Consumer
from aik_service.dead.commands import dead_commands
from aik_service.rerun.command import rerun_command
from aik_service.run_step import consumer_of, run_step
from aik_service.service import StepService
from aik_service.settings import ServiceSettings


def step_commands(service: StepService) -> typer.Typer:
    """What a step service's main is."""
    app = typer.Typer(
        help=f"The service of the step {service.step.value}.", add_completion=False, pretty_exceptions_enable=False
    )

    @app.callback(invoke_without_command=True)
    def without_a_command(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            run_step(service)

    @app.command()
    def run() -> None:
        """Work on what the log wants of this step, until SIGTERM; what happens without a command too."""
        run_step(service)

    app.command("rerun")(rerun_command(service))
    app.command("compare")(compare_command(service))
    app.add_typer(dead_commands(lambda: _consumer(service)), name="dead")
    return app


def _consumer(service: StepService) -> Consumer:
    """With what it logs on stderr alone, and nothing but what is wrong."""
    settings = from_environment(ServiceSettings)
    logs.configure(service.name, format=settings.log_format, level="WARNING")
    return consumer_of(service, settings)
