"""The read model made anew beside the one that serves: filled, levelled, compared, and switched to."""
