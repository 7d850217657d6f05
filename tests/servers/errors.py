"""Why there are no servers to test on: each class's docstring is the sentence that the person reads."""


class CannotTest(Exception):
    """There are no servers to test on."""

    def __str__(self) -> str:
        return " ".join((self.__doc__ or "").split()).format(*self.args)


class UnknownChoice(CannotTest):
    """AIK_TEST_SERVERS (of make: SERVERS) is {0}, and can be {1}."""


class NotGiven(CannotTest):
    """AIK_TEST_SERVERS=external needs the addresses of servers that are for tests alone, and these are not set: {0}."""


class OnlyOneAtATime(CannotTest):
    """External servers are one set, which one worker uses: run with WORKERS=1, or without -n."""


class NotForTests(CannotTest):
    """{0} is not for tests: it has {1}, and no mark of an earlier run. Tests leave records, drop schemas and roles and
    remove objects: give servers that are empty, and for nothing else. Nothing was changed."""


class NoDocker(CannotTest):
    """AIK_TEST_SERVERS=containers needs Docker, and none answers at {0}: {1}. Start it or set DOCKER_HOST; the embedded
    servers (make test without SERVERS) need no Docker."""
