"""What a fold says of an event: accepted, or rejected with a reason."""

from aik_events.event import Frozen


class Verdict(Frozen):
    """`detail` says what would have to be different; a repeat is an event that was judged before."""

    reason: str | None = None
    detail: str | None = None
    repeat: bool = False

    @property
    def accepted(self) -> bool:
        return self.reason is None


ACCEPTED = Verdict()


def rejected(reason: str, detail: str | None = None) -> Verdict:
    return Verdict(reason=reason, detail=detail)
