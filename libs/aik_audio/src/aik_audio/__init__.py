"""Decode, encode, resample and measure audio."""
