"""What can go wrong on a person's machine: each class's docstring is the sentence that the person reads."""


class LocalError(Exception):
    """Something is wrong with this machine or this folder."""

    def __str__(self) -> str:
        sentence = " ".join((self.__doc__ or "").split())
        return f"{sentence} ({', '.join(map(str, self.args))})" if self.args else sentence


class AlreadyRunning(LocalError):
    """Another supervisor runs in this folder."""


class JarMismatch(LocalError):
    """A downloaded jar is not the one that jgo.lock.toml names: remove .aik/jars and try again."""


class JarsFailed(LocalError):
    """Kafka's jars could not be fetched; the lines above say why."""


class NoPortFree(LocalError):
    """No port is free between 10240 and 19999 on 127.0.0.1."""


class NotStarted(LocalError):
    """Something did not come up; its last lines are above."""


class NotStopped(LocalError):
    """The supervisor did not end."""


class PostgresUnreachable(LocalError):
    """Postgres refuses to run as root, and the user nobody can't reach this checkout: put it where every user may
    enter (for example below /srv or /opt), or run as another user than root."""


class TopicsFailed(LocalError):
    """Kafka's topics could not be created: see topics.log."""
