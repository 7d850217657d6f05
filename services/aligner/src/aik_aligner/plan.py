"""Which lines are sung in which regions of the voice, which lines nobody sings, and which singing no line has."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from statistics import median

from aik_audio.clock import VoicedTime
from aik_audio.voice import Region

from aik_aligner.anchors import Anchor

LONGEST_S = 25.0  # of voice in one passage: Whisper hears 30 s at once
_PAUSE_S = 0.25  # between regions, from which a line may end there
_SLACK_S = 0.3  # how far an anchor may lie on the wrong side of a cut: a transcript's times are rough
_NEAR_S = 1.5  # how far a cut may lie from where a line is expected to begin or end
_TIED_SHARE = 0.25  # of a line's letters that must be anchored for its place to be known …
_TIED_LETTERS = 3  # … and at least so many
_RATES = (4.0, 25.0)  # letters sung in a second: what a song's own rate is taken to lie in
_RATE = 12.0  # of a song that has no anchors
_SLOWEST = 2.0  # how many times longer than at the song's rate a line may take, …
_HELD_S = 1.5  # … and its held notes besides
_UNSUNG_SHARE = 0.35  # of the time that lines need: where they have less, nobody sings them …
_UNSUNG_SLACK_S = 0.6  # … give or take what their neighbors' ends are wrong by
_SPARE_S = 2.0  # of singing between two lines, from which it belongs to none of them


@dataclass(frozen=True)
class Passage:
    """Some lines by their numbers, in order, and the regions that they are sung in, as a half-open range of theirs.

    `begins` is when each line is expected to begin, in s on the voiced clock.
    """

    lines: tuple[int, ...]
    regions: range
    begins: tuple[float, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Block:
    """Lines in a row, and from when to when they are sung on the voiced clock.

    `first` and `last` are the outermost times that anchors vouch for; of lines without anchors, start and end.
    """

    lines: range
    start: float
    end: float
    first: float
    last: float
    tied: bool


def plan(sizes: Sequence[int], regions: Sequence[Region], anchors: Sequence[Anchor]) -> list[Passage]:
    """The song in passages, in order, cut wherever it is known which lines end and begin at a pause.

    A line that is in none is not sung, and what is sung in a region that is in none is not in the lyrics. Without
    anchors every line and every region is in one. `sizes` are the lines' letters; the anchors' times are on the voiced
    clock.
    """
    clock = VoicedTime(regions)
    starts = [0, *accumulate(sizes)]
    rate = _rate(starts, anchors)
    tied = _apart(_tied(starts, anchors, rate))
    blocks = [b for b in _with_loose(tied, len(sizes), clock.length) if b.tied or _is_sung(b, sizes, rate)]
    if not tied:
        blocks = [_loose(range(len(sizes)), 0.0, clock.length)]
    expected = _expected(blocks, sizes)
    cut = _cut(blocks, clock, regions)
    return [replace(passage, begins=tuple(expected[line] for line in passage.lines)) for passage in cut]


def has_room(letters: int, voice_s: float, rate: float = _RATE) -> bool:
    """Whether there is singing enough that so many letters may be sung, at a rate in letters a second."""
    return voice_s + _UNSUNG_SLACK_S >= _UNSUNG_SHARE * letters / rate


def _rate(starts: Sequence[int], anchors: Sequence[Anchor]) -> float:
    """Letters in a second of voice, as the anchored parts of the lines are sung."""
    rates = [
        (inside[-1].position - inside[0].position) / (inside[-1].time - inside[0].time)
        for _, inside in _by_line(starts, anchors)
        if inside[-1].time > inside[0].time
    ]
    slowest, fastest = _RATES
    return min(max(median(rates), slowest), fastest) if rates else _RATE


def _by_line(starts: Sequence[int], anchors: Sequence[Anchor]) -> Iterator[tuple[int, Sequence[Anchor]]]:
    """The lines that have anchors, each with them."""
    positions = [anchor.position for anchor in anchors]
    for line, (start, end) in enumerate(pairwise(starts)):
        inside = anchors[bisect_left(positions, start) : bisect_left(positions, end)]
        if inside:
            yield line, inside


def _tied(starts: Sequence[int], anchors: Sequence[Anchor], rate: float) -> list[Block]:
    """The lines whose place is known; how far they reach beyond their anchors follows from the rate."""
    return [
        Block(
            lines=range(line, line + 1),
            start=max(0.0, near[0].time - (near[0].position - starts[line]) / rate),
            end=near[-1].time + (starts[line + 1] - near[-1].position) / rate,
            first=near[0].time,
            last=near[-1].time,
            tied=True,
        )
        for line, inside in _by_line(starts, anchors)
        for near in [_together(inside, _SLOWEST * (starts[line + 1] - starts[line]) / rate + _HELD_S)]
        if len(near) >= max(_TIED_LETTERS, _TIED_SHARE * (starts[line + 1] - starts[line]))
    ]


def _together(anchors: Sequence[Anchor], longest_s: float) -> Sequence[Anchor]:
    """The most anchors that lie so near to each other: a line's first words may have been heard elsewhere, too."""
    times = [anchor.time for anchor in anchors]
    spans = [anchors[n : bisect_right(times, time + longest_s)] for n, time in enumerate(times)]
    return max(spans, key=len)


def _apart(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, none reaching into the next one."""
    apart = list(blocks)
    for n in range(1, len(apart)):
        before, after = apart[n - 1], apart[n]
        if after.start < before.end:
            middle = (before.end + after.start) / 2
            between = min(max(middle, min(before.last, after.first)), max(before.last, after.first))
            apart[n - 1] = replace(before, end=between)
            apart[n] = replace(after, start=between)
    return apart


def _with_loose(tied: Sequence[Block], lines: int, length: float) -> Iterator[Block]:
    """All lines in blocks: those that are tied, and between them those that are not."""
    line, time = 0, 0.0
    for block in tied:
        if block.lines.start > line:
            yield _loose(range(line, block.lines.start), time, block.start)
        yield block
        line, time = block.lines.stop, block.end
    if line < lines:
        yield _loose(range(line, lines), time, length)


def _loose(lines: range, start: float, end: float) -> Block:
    return Block(lines, start, end, first=start, last=end, tied=False)


def _is_sung(block: Block, sizes: Sequence[int], rate: float) -> bool:
    return has_room(sum(sizes[n] for n in block.lines), block.end - block.start, rate)


def _expected(blocks: Sequence[Block], sizes: Sequence[int]) -> dict[int, float]:
    """When each line begins on the voiced clock; the lines of a block share its time by their letters."""
    expected: dict[int, float] = {}
    for block in blocks:
        ends = [0, *accumulate(sizes[n] for n in block.lines)]
        for line, before in zip(block.lines, ends, strict=False):
            expected[line] = block.start + (block.end - block.start) * before / max(1, ends[-1])
    return expected


def _cut(blocks: Sequence[Block], clock: VoicedTime, regions: Sequence[Region]) -> list[Passage]:
    """Blocks between which there is a pause go to passages of their own; regions between two passages are spare."""
    pauses = [n for n in range(1, len(regions)) if regions[n].start - regions[n - 1].end >= _PAUSE_S]
    first = _head(blocks[0], pauses, clock)
    passages: list[Passage] = []
    lines: tuple[int, ...] = ()
    for block, after in pairwise(blocks):
        lines += tuple(block.lines)
        stop, start = _between(block, after, pauses, clock)
        if stop > first:
            passages.append(Passage(lines, range(first, stop)))
            lines, first = (), start
    stop = _tail(blocks[-1], pauses, clock)
    return [*passages, Passage((*lines, *blocks[-1].lines), range(first, stop if stop > first else len(regions)))]


def _head(block: Block, pauses: Sequence[int], clock: VoicedTime) -> int:
    """The region with which the first lines begin."""
    return _begin(block, pauses, clock) or 0 if block.start >= _SPARE_S else 0


def _tail(block: Block, pauses: Sequence[int], clock: VoicedTime) -> int:
    """The region with which the last lines are over; 0 for none."""
    return _over(block, pauses, clock) or 0 if clock.length - block.end >= _SPARE_S else 0


def _between(before: Block, after: Block, pauses: Sequence[int], clock: VoicedTime) -> tuple[int, int]:
    """The regions with which the one is over and the other begins; (0, 0) if no pause lies between them."""
    stop, start = _over(before, pauses, clock), _begin(after, pauses, clock)
    if stop and start and clock.begin(start) - clock.begin(stop) >= _SPARE_S:
        return stop, start
    inside = [n for n in pauses if before.last - _SLACK_S <= clock.begin(n) <= after.first + _SLACK_S]
    only = _near((before.end + after.start) / 2, inside, clock, (after.start - before.end) / 2)
    return (only, only) if only else (0, 0)


def _begin(block: Block, pauses: Sequence[int], clock: VoicedTime) -> int | None:
    return _near(block.start, [n for n in pauses if clock.begin(n) <= block.first + _SLACK_S], clock)


def _over(block: Block, pauses: Sequence[int], clock: VoicedTime) -> int | None:
    return _near(block.end, [n for n in pauses if clock.begin(n) >= block.last - _SLACK_S], clock)


def _near(time: float, pauses: Sequence[int], clock: VoicedTime, more_s: float = 0.0) -> int | None:
    """The region after the pause that is nearest to this time, if it is near."""
    nearest = min(pauses, key=lambda n: abs(clock.begin(n) - time), default=None)
    return nearest if nearest is not None and abs(clock.begin(nearest) - time) <= _NEAR_S + more_s else None


def short(passage: Passage, clock: VoicedTime) -> list[Passage]:
    """The passage, divided where a line is expected to begin nearest to a region's begin, until it has at most about
    25 s of voice."""
    begin, end = clock.begin(passage.regions.start), clock.begin(passage.regions.stop)
    if end - begin <= LONGEST_S or len(passage.regions) == 1:
        return [passage]
    middle = (begin + end) / 2
    region = min(passage.regions[1:], key=lambda n: abs(clock.begin(n) - middle))
    at = clock.begin(region)
    begins = [*passage.begins, end]
    count = min(range(len(begins)), key=lambda n: abs(begins[n] - at))
    left = Passage(passage.lines[:count], range(passage.regions.start, region), passage.begins[:count])
    right = Passage(passage.lines[count:], range(region, passage.regions.stop), passage.begins[count:])
    return short(left, clock) + short(right, clock)
