"""Adapters of separation tools, one file or group of files each."""
