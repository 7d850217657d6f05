"""The private schema: what does not follow from the log, and what a rebuild leaves alone."""
