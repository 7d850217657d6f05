"""The topics: what is kept, for how long, keyed by what. Partition counts never change."""

from dataclasses import dataclass, field

ASSETS = "aik.assets"
TRACKS = "aik.tracks"
WEBHOOKS = "aik.webhooks"
PROGRESS = "aik.progress"
DEAD_LETTERS = "aik.dead-letters"

_FOREVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
_HOUR = {"retention.ms": "3600000", "segment.ms": "3600000", "cleanup.policy": "delete"}
_MONTH = {"retention.ms": str(30 * 86_400_000), "cleanup.policy": "delete"}


@dataclass(frozen=True)
class Topic:
    name: str
    key: str
    partitions: int
    config: dict[str, str] = field(default_factory=dict)


TOPICS = (
    Topic(ASSETS, "asset id", 6, _FOREVER),
    Topic(TRACKS, "track id", 12, _FOREVER),
    Topic(WEBHOOKS, "endpoint id", 6, _FOREVER),
    Topic(PROGRESS, "track id", 3, _HOUR),
    Topic(DEAD_LETTERS, "key of the record that did not decode", 3, _MONTH),
)
