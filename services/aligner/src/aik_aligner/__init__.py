"""Finds when every word of the lyrics is sung."""
