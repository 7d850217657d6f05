"""One partition folded in memory, by the inbox's own rules: for filling a schema that nobody reads yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from aik_events.envelope import Partition, Record, decode
from aik_events.holding import Decode, Reading, Ready, pass_on, read
from aik_service.folding import Change, Fold, fold_all
from aik_service.holds import Hold


class Replay:
    """Knows every state that it has folded, until it is told to forget, and everything that is held.

    What did not decode is not tried again: that is the inbox's, when it is given the partition.
    """

    def __init__(self, fold: Fold, partition: Partition, held: Sequence[Hold], decode: Decode = decode) -> None:
        self._fold = fold
        self._partition = partition
        self._decode = decode
        self._states: dict[str, Any] = {}
        self._held: dict[bytes, list[Reading]] = {}
        for hold in held:
            self._held.setdefault(hold.record.key, []).append(self._reading(hold))

    def ready(self, records: Sequence[Record]) -> Ready:
        """What can be folded once these are read; the rest is held."""
        ready: Ready = []
        for record in records:
            events, held = pass_on(self._held.get(record.key, []), read(record, self._decode))
            ready += events
            if held:
                self._held[record.key] = held
            else:
                self._held.pop(record.key, None)
        return ready

    @property
    def held(self) -> Sequence[Reading]:
        return [reading for of_key in self._held.values() for reading in of_key]

    def unknown(self, ready: Ready) -> set[str]:
        """The aggregates of these whose state it must be told, if they have one."""
        return {event.meta.subject for _, event in ready} - self._states.keys()

    def learn(self, states: Mapping[str, Any]) -> None:
        self._states.update((key, self._fold.state.model_validate(state)) for key, state in states.items())

    def fold(self, ready: Ready) -> tuple[list[Change], Mapping[str, Any]]:
        """Each change, and the last state of each aggregate that had one."""
        changes, after = fold_all(self._fold, self._states, self._partition, ready)
        self._states.update(after)
        return changes, after

    def forget(self, at_most: int) -> None:
        """Every state, when there are more than so many: they are told again when they are needed."""
        if len(self._states) > at_most:
            self._states.clear()

    def _reading(self, hold: Hold) -> Reading:
        return Reading(hold.record, problem=hold.problem) if hold.problem else read(hold.record, self._decode)
