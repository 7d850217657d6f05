"""The contract told to others: docs/asyncapi.json for machines, docs/events.md for people, both from the catalogue."""
