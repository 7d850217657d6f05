"""The calls of one engine process: which of them run now, beside which others, and which begin again. Decides only."""

from dataclasses import dataclass

MAX_LOST = 3
"""So many times a call may lose what was done of it, since one beside it did not end; then it begins alone."""


@dataclass(eq=False)
class Call:
    """One question to a child that has this engine. Numbers are in the order of asking."""

    number: int
    engine: str
    alone: bool = False
    """Nothing may run beside it: a child that died or lacked memory in company says nothing about who did it.

    And who has lost its work to others often enough is not to lose it again.
    """
    tries: int = 0
    accompanied: bool = False
    """Something has run beside it since it began."""
    withdrawn: bool = False
    overdue: bool = False
    """Withdrawn, and not gone in time."""


@dataclass(frozen=True)
class Start:
    """There is no child, and this call needs one with its engine."""

    call: Call


@dataclass(frozen=True)
class Begin:
    call: Call


@dataclass(frozen=True)
class End:
    """The child must go: nobody wants what it does, a call does not leave it, or another engine's turn has come."""


Act = Start | Begin | End


@dataclass(frozen=True)
class Aftermath:
    """What became of the calls of a child that is gone. `over` are those that failed with it or were withdrawn."""

    over: tuple[Call, ...]
    again: tuple[Call, ...]


class Calls:
    """At most one child, which has one engine; calls for it run together, in the order of asking.

    Whoever waits for another engine, or to be alone, is not overtaken. Who begins again is before those asked later.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._engine: str | None = None
        self._waiting: list[Call] = []
        self._running: dict[int, Call] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting or self._running)

    def ask(self, engine: str) -> Call:
        self._asked += 1
        call = Call(self._asked, engine)
        self._waiting.append(call)
        return call

    def next(self) -> Act | None:
        """What is to be done now; None when something has to happen first. Asked again after each change."""
        running = self._running.values()
        if running and (all(call.withdrawn for call in running) or any(call.overdue for call in running)):
            return End()
        if not self._waiting:
            return None
        first = self._waiting[0]
        if self._engine is None:
            return Start(first)
        if first.engine == self._engine and not (running and (first.alone or any(call.alone for call in running))):
            return Begin(first)
        return None if running else End()

    def started(self, engine: str) -> None:
        self._engine = engine

    def begin(self, call: Call) -> None:
        self._waiting.remove(call)
        self._running[call.number] = call
        call.tries += 1
        call.accompanied = False
        if len(self._running) > 1:
            for one in self._running.values():
                one.accompanied = True

    def withdraw(self, call: Call) -> bool:
        """Whether the child works on it, and so has to be told."""
        self.drop(call)
        call.withdrawn = True
        return call.number in self._running

    def hurry(self, call: Call) -> None:
        """It was withdrawn and has had its time."""
        call.overdue = True

    def answered(self, number: int, *, lacks_memory: bool = False) -> bool:
        """Whether this was the end of the call: one that lacks memory in company is tried again alone.

        What is not among those that run is over: an answer may still come when all have been cleared away.
        """
        call = self._running.pop(number, None)
        if call is None or not lacks_memory or call.withdrawn or not call.accompanied:
            return True
        self._try_alone(call)
        return False

    def drop(self, call: Call) -> None:
        """It waits no more: it can't begin, or nobody wants it."""
        if call in self._waiting:
            self._waiting.remove(call)

    def clear(self) -> None:
        self._waiting.clear()
        self._running.clear()

    def ended(self, *, on_purpose: bool) -> Aftermath:
        """The child is gone: ended by us, for one of its calls or another engine, or else by itself."""
        calls = tuple(self._running.values())
        self._running.clear()
        self._engine = None
        over = tuple(call for call in calls if call.withdrawn or not (on_purpose or call.accompanied))
        again = tuple(call for call in calls if call not in over)
        for call in again:
            if on_purpose and call.tries < MAX_LOST:
                self._wait_again(call)
            else:
                self._try_alone(call)
        return Aftermath(over, again)

    def _try_alone(self, call: Call) -> None:
        call.alone = True
        self._wait_again(call)

    def _wait_again(self, call: Call) -> None:
        self._waiting.append(call)
        self._waiting.sort(key=lambda one: one.number)
