"""Splits a song into vocals and accompaniment."""
