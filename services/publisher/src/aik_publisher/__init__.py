"""Writes the files of an immutable version."""
