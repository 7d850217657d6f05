"""Checks an aligned track before it is published."""
