"""What goes wrong in a command, said in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from aik_events.log import AppendFailed, LogUnavailable, OutcomeUnknown
from pydantic import ValidationError
from sqlalchemy.exc import ProgrammingError

from aik_service.database import OUTAGES
from aik_service.objects import ObjectsUnavailable


@contextmanager
def said(status: int, *own: type[Exception]) -> Iterator[None]:
    """On stderr, and then this exit status. `own` are exceptions whose message is a sentence already."""
    try:
        yield
    except own as error:
        sentence = str(error)
    except ValidationError as error:
        if not error.title.endswith("Settings"):
            raise
        wrong = ", ".join(f"{'.'.join(map(str, each['loc']))} ({each['msg']})" for each in error.errors())
        sentence = f"This command needs the settings of its service, {error.title}: {wrong}."
    except ProgrammingError as error:
        sentence = f"Its service has not run on this database yet: {str(error.orig).splitlines()[0]}."
    except OUTAGES as error:
        sentence = f"Postgres is not available: start it, or set AIK_POSTGRES. ({type(error).__name__})"
    except (LogUnavailable, OutcomeUnknown, AppendFailed) as error:
        sentence = f"Kafka is not available, or refuses: start it, or set AIK_KAFKA. ({error})"
    except ObjectsUnavailable as error:
        sentence = f"The object store is not available, or refuses: start it, or set AIK_S3_ENDPOINT. ({error})"
    else:
        return
    typer.echo(sentence, err=True)
    raise typer.Exit(status)
