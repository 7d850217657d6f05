"""Aligners: one module a tool."""
