"""How long ago an ever-growing number came past a mark, as far as it was watched."""

KEPT = 512


class Ages:
    """Never says too old: what was there before the first look, or between two of them, is as old as the later one.

    Of many looks those that lie closest are forgotten, so that what is watched for days takes no more room.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._looks: list[tuple[float, int]] = []

    def saw(self, number: int, at_s: float) -> None:
        """`at_s` is a clock that never goes back."""
        if self._looks and number <= self._looks[-1][1]:
            return
        self._looks.append((at_s, number))
        if len(self._looks) > self._kept:
            inner = range(1, len(self._looks) - 1)
            del self._looks[min(inner, key=lambda i: self._looks[i + 1][0] - self._looks[i - 1][0])]

    def forget(self, mark: int) -> None:
        """Nobody asks of marks below this one any more."""
        self._looks = [look for look in self._looks if look[1] > mark] or self._looks[-1:]

    def of(self, mark: int, now_s: float) -> float:
        """Seconds since the number was first seen above the mark; 0 when it is not."""
        return next((now_s - at_s for at_s, number in self._looks if number > mark), 0.0)
