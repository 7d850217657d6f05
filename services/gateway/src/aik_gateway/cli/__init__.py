"""One file a command: what an operator types, and what it prints."""
