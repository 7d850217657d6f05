"""The topics: what is kept, for how long, keyed by what. Partition counts never change."""

from dataclasses import dataclass, field

ASSETS = "aik.assets"
TRACKS = "aik.tracks"
WEBHOOKS = "aik.webhooks"
PROGRESS = "aik.progress"
DEAD_LETTERS = "aik.dead-letters"
KEPT = (ASSETS, WEBHOOKS, TRACKS)
"""Those of which a log is made, kept for ever; in the order in which they are exported and imported: whoever reads
what asks for a delivery should know already what became of it."""

_FOREVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
_HOUR = {"retention.ms": "3600000", "segment.ms": "3600000", "cleanup.policy": "delete"}
_MONTH = {"retention.ms": str(30 * 86_400_000), "cleanup.policy": "delete"}


STEP_SERVICES = ("separator", "asr", "aligner", "qc", "publisher")


@dataclass(frozen=True)
class Topic:
    name: str
    key: str
    partitions: int
    config: dict[str, str] = field(default_factory=dict)
    readers: tuple[str, ...] = ()
    """The services that read it, by their short names; `operator` is a person at a command line."""
    writers: tuple[str, ...] = ()
    """The services that append to it. An operator may, to each: giving up a record is told to the topic that has it."""
    about: str = ""


TOPICS = (
    Topic(
        ASSETS, "asset id", 6, _FOREVER, ("gateway",), ("gateway",), "What happened to uploaded files; kept for ever."
    ),
    Topic(
        TRACKS,
        "track id",
        12,
        _FOREVER,
        ("gateway", *STEP_SERVICES, "notifier"),
        ("gateway", *STEP_SERVICES),
        "What happened to tracks and their jobs, all of one track in one order; kept for ever.",
    ),
    Topic(
        WEBHOOKS,
        "endpoint id",
        6,
        _FOREVER,
        ("gateway", "notifier"),
        ("gateway", "notifier"),
        "What became of deliveries, and which endpoints are called; kept for ever.",
    ),
    Topic(
        PROGRESS,
        "track id",
        3,
        _HOUR,
        ("gateway",),
        STEP_SERVICES,
        "How far running steps are; kept for an hour, never folded.",
    ),
    Topic(
        DEAD_LETTERS,
        "key of the record that did not decode",
        3,
        _MONTH,
        ("operator",),
        ("gateway", *STEP_SERVICES, "notifier"),
        "Copies of records that a consumer could not decode, for people and alerts; kept for 30 days.",
    ),
)
