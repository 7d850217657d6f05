"""The whole suite on one machine without Docker: embedded servers and a supervisor."""
