"""Adapters of encoders, one file each."""
