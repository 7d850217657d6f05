"""What a log tells people: a story, a step at a time, a moment, what is wrong, who is behind; the ledger is on disk."""
