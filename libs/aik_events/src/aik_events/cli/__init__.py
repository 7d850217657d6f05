"""The command `aik-events`: topics, schemas, and what the log tells."""

import typer

from aik_events.cli import asyncapi, exchange, find, lag, schemas, state, step, story, tail, topics, verify

app = typer.Typer(help="The event contract of AIK.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(topics.app, name="topics")
app.add_typer(schemas.app, name="schemas")
app.command("story")(story.tell)
app.command("asyncapi")(asyncapi.write)
app.command("state")(state.state)
app.command("step")(step.step)
app.command("tail")(tail.tail)
app.command("find")(find.find)
app.command("export")(exchange.export)
app.command("import")(exchange.import_)
app.command("verify")(verify.verify)
app.command("lag")(lag.lag)
