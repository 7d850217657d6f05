"""What clients are told, as rows: written by the projector alone, and folded anew from the log at any time."""
