"""Which lines a row of words is, when whole lines may be missing."""

from collections.abc import Mapping, Sequence


def whole_lines(words: Sequence[str], lines: Sequence[Sequence[str]]) -> Mapping[int, tuple[int, int]]:
    """The lines that are there by their numbers, each with its words' half-open range; none if the words are no lines.

    Of two ways to read them, the one with the earlier lines.
    """
    rest = [{len(words)}]  # from where on the words can be those of the lines from the n-th on
    for line in reversed(lines):
        begun = {at - len(line) for at in rest[-1] if list(words[max(0, at - len(line)) : at]) == list(line)}
        rest.append(rest[-1] | begun)
    rest.reverse()
    found: dict[int, tuple[int, int]] = {}
    at = 0
    for n, line in enumerate(lines):
        end = at + len(line)
        if line and end in rest[n + 1] and list(words[at:end]) == list(line):
            found[n] = (at, end)
            at = end
    return found if at == len(words) else {}
