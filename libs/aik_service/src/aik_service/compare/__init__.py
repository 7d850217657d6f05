"""`compare`: two engines of one step on one stored song."""
