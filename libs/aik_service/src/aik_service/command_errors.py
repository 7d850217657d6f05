"""What goes wrong in a service's command, said in one sentence."""

from contextlib import AbstractContextManager

import psycopg
from aik_events.cli import running
from aik_events.cli.running import LOG_SENTENCES, Sentences
from sqlalchemy.exc import ProgrammingError

from aik_service.database import OUTAGES, NewerServes
from aik_service.objects import ObjectsUnavailable

NO_POSTGRES: Sentences = dict.fromkeys(
    (*OUTAGES, psycopg.OperationalError),
    lambda error: f"Postgres is not available: start it, or set AIK_POSTGRES. ({type(error).__name__})",
)
SENTENCES: Sentences = {
    **LOG_SENTENCES,
    **NO_POSTGRES,
    ProgrammingError: lambda error: f"Its service has not run on this database yet: {str(error.orig).splitlines()[0]}.",
    NewerServes: lambda error: str(error.__doc__),
    ObjectsUnavailable: lambda error: (
        f"The object store is not available, or refuses: start it, or set AIK_S3_ENDPOINT. ({error})"
    ),
}


def said(status: int, *own: type[Exception]) -> AbstractContextManager[None]:
    """On stderr, and then this exit status. `own` are exceptions whose message is a sentence already."""
    return running.said(status, {**SENTENCES, **dict.fromkeys(own, str)})
