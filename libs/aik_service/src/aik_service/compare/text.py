"""Two engines side by side, as a table for a terminal."""

from collections.abc import Iterator, Sequence
from datetime import UTC

from aik_events.cli.printing import echo, one_line
from aik_events.cli.printing import show as say
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aik_service.compare.two_engines import Comparison, Tried
from aik_service.differences import Measure, Measurements, Place, Value
from aik_service.rerun.comparing import Difference, FileCompared
from aik_service.rerun.shown import capped, cut, differing

WIDTH = 120


def show(found: Comparison, *, as_json: bool) -> None:
    if as_json:
        echo(found.model_dump_json(indent=2, by_alias=True))
        return
    console = Console(highlight=False, width=WIDTH)
    for line in _head(found):
        say(console, line)
    console.print(_table(found))
    for line in _below(found):
        say(console, line)


def _head(found: Comparison) -> Iterator[str]:
    yield f"{found.step} of {found.track}, version {found.version}, job {found.job}, run {found.run}"
    yield f"wanted at @{found.wanted_at}, {found.wanted_time.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    yield f"inputs: {', '.join(found.inputs)}"


def _table(found: Comparison) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("", "", found.first.asked, found.second.asked, "between"):
        table.add_column(_cell(name))
    for measure in _measures(found):
        values = (measure.first, measure.second, measure.between)
        table.add_row(_cell(measure.name), _cell(measure.unit), *(_cell(_shown(value)) for value in values))
    return table


def _measures(found: Comparison) -> Iterator[Measure]:
    one, other = found.first, found.second
    yield Measure(name="engine", first=_engine(one), second=_engine(other))
    yield Measure(name="weights", first=_weights(one), second=_weights(other))
    yield Measure(name="until ready", unit="s", first=one.start_s, second=other.start_s)
    yield Measure(name="computing", unit="s", first=one.seconds, second=other.seconds)
    yield Measure(name="speed", unit="× playing", first=one.speed, second=other.speed)
    yield Measure(name="outcome", first=one.side.outcome, second=other.side.outcome)
    yield from found.measured.measures if found.measured else ()


def _engine(tried: Tried) -> str:
    engine = tried.side.engine or {}
    return f"{engine.get('name')}, {engine.get('version')}"


def _weights(tried: Tried) -> str:
    return str((tried.side.engine or {}).get("weightsSha256") or "none")[:12]


def _below(found: Comparison) -> Iterator[str]:
    yield from _differences("outcome and facts", found.outcome)
    for file in found.files:
        yield f"{file.kind}: {_file(file)}"
        if found.measured is None:
            yield from _differences("", file.differences)
    if found.measured is not None:
        yield from _places(found.measured)
    yield "identical" if found.identical else "different"


def _file(file: FileCompared) -> str:
    sizes = [f"{seen.size_bytes} bytes" for seen in (file.then, file.now) if seen]
    words = {"missing": "the first alone", "new": "the second alone"}
    return f"{words.get(file.outcome, file.outcome)}, {' and '.join(dict.fromkeys(sizes))}"


def _differences(of: str, found: Sequence[Difference]) -> Iterator[str]:
    if of and found:
        yield f"{of}:"
    yield from differing(found)


def _places(measured: Measurements) -> Iterator[str]:
    if measured.places:
        yield "where they differ:"
    yield from capped([_place(place) for place in measured.places])


def _place(place: Place) -> str:
    return f"{place.where}: {cut(place.first) or 'nothing'} → {cut(place.second) or 'nothing'}"


def _shown(value: Value | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:g}"


def _cell(text: str) -> Text:
    return Text(one_line(text))
