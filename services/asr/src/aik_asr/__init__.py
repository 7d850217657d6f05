"""Transcribes the vocals when no lyrics were given."""
