"""Lyrics text and karaoke documents: tokens, lines, invariants, diffs, exporters."""
