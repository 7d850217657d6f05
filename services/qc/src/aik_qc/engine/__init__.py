"""Meters: one module a tool."""
