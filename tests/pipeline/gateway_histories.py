"""Random histories of a few tracks: what the properties of folding and replaying are tried on."""

from collections.abc import Callable, Sequence

from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_events.track import Track
from hypothesis import strategies as st

HERE = Partition(TRACKS, 0)
STEPS = ("separate", "transcribe", "align", "check", "publish")

Write = Callable[[Author, int], Sequence[Event]]
WRITES: Sequence[Write] = (
    lambda author, n: [author.imported(lyrics=n % 2 == 0, callback_url="https://hooks.example.org/aik")],
    lambda author, n: author.published(),
    lambda author, n: [author.step_started(STEPS[n % 5], attempt=1 + n % 3)],
    lambda author, n: [author.finished(STEPS[n % 5])],
    lambda author, n: [author.step_failed(STEPS[n % 5], attempt=1 + n % 3)],
    lambda author, n: [author.failed(STEPS[n % 5])],
    lambda author, n: [author.edited()],
    lambda author, n: [author.edited("align")],
    lambda author, n: [author.edited(based_on=n % 4)],
    lambda author, n: [author.reprocess(("transcribe", "align")[n % 2])],
    lambda author, n: [author.canceled(), author.finished(STEPS[n % 5])],
    lambda author, n: [author.retried(accept_qc=n % 2 == 0)],
    lambda author, n: [author.details_changed(title=str(n))],
    lambda author, n: [author.deleted()] if n % 7 == 0 else [],
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Up to three tracks' events, out of place and told twice."""
    authors = [Author(f"trk_{n}") for n in range(draw(st.integers(1, 3)))]
    for author in authors:
        author.state = Track(id=author.track)
    events: list[Event] = [author.imported(lyrics=True) for author in authors if draw(st.booleans())]
    choices = st.tuples(st.integers(0, 2), st.integers(0, len(WRITES) - 1), st.integers(0, 20))
    for which, write, n in draw(st.lists(choices, min_size=3, max_size=25)):
        author = authors[which % len(authors)]
        if author.state.versions or write < 6:
            events += WRITES[write](author, n)
        if events and n % 5 == 0:
            events.append(events[(n * 7) % len(events)])
    return events


def records(events: Sequence[Event]) -> list[Record]:
    """All in one partition."""
    return [Record(HERE, n, e.meta.subject.encode(), value_of(e), headers_of(e)) for n, e in enumerate(events)]
