"""The versions of what the read model holds: of the folded state, which names its schemas, and of the rows."""

from aik_events.track import STATE_VERSION

SCHEMA = f"gateway_v{STATE_VERSION}"
"""The name of its first schema, and the beginning of the names of all others."""
PROJECTION_VERSION = 1
"""Raised when the same log gives other rows: `aik-gateway rebuild` makes them, and what is there serves until then."""
