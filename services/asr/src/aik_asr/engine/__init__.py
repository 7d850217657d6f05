"""Transcribers: one module a tool."""
