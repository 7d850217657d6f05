"""What a rebuild or a replay refuses, and why: the docstring of each is its sentence."""


class Refused(Exception):
    """It can't be done now, and nothing is switched."""

    code: str
