"""docs/operations.md lists every metric that the code exports, and no other."""

import re
from importlib.util import find_spec
from pathlib import Path

from tests.contract.exported_metrics import MODULES, exported

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations.md"
ROW = re.compile(r"^\| `(aik_\w+)` \| (\w+) \| ([^|]*)\|", re.MULTILINE)
NAMED = re.compile(r'\b(?:Counter|Gauge|Histogram|GaugeMetricFamily)\(\s*"(\w+)"')


def test_the_table_says_what_is_exported() -> None:
    rows = ROW.findall(OPERATIONS.read_text())
    table = {name: (kind, frozenset(filter(None, labels.replace(" ", "").split(",")))) for name, kind, labels in rows}
    assert len(rows) == len(table)
    assert table == {each.name: (each.type, each.labels) for each in exported().values()}


def test_no_module_declares_a_metric_that_is_not_looked_at() -> None:
    """Else it would be missing in the table, and nobody would know."""
    sources = [path for folder in ("libs", "services") for path in (ROOT / folder).glob("*/src/**/*.py")]
    declared = {name for path in sources for name in NAMED.findall(path.read_text())}
    assert declared == exported().keys()
    assert all(find_spec(module) for module in MODULES)


def test_names_follow_prometheus_conventions() -> None:
    ends = {"counter": ("_total",), "histogram": ("_seconds", "_ratio")}
    for each in exported().values():
        assert re.fullmatch(r"aik_[a-z]+(_[a-z]+)+", each.name)
        assert each.name.endswith(ends.get(each.type, ""))
        assert each.type != "gauge" or not each.name.endswith("_total")
