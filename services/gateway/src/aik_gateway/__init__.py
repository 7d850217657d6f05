"""The REST API and the only writer of the read models."""
