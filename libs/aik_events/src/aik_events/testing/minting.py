"""Meta parts that can be foretold: one second per event, ids that follow from the count."""

from datetime import UTC, datetime, timedelta

from aik_events.event import Meta
from aik_events.ids import derived

BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Minter:
    """Gives each event of one aggregate its meta part; the n-th one is n seconds after BEGIN."""

    def __init__(self, subject: str, *, client: str, traceparent: str | None) -> None:
        self.subject = subject
        self.client = client
        self.traceparent = traceparent
        self.minted = 0

    def meta(self, event_id: str | None = None, *, source: str = "aik/gateway", cause: str | None = None) -> Meta:
        """With this id, or with one that follows from the aggregate and the number of its event."""
        self.minted += 1
        return Meta(
            id=event_id or derived(self.subject, self.minted),
            subject=self.subject,
            time=BEGIN + timedelta(seconds=self.minted),
            source=source,
            client_id=self.client,
            causation_id=cause,
            traceparent=self.traceparent,
        )
