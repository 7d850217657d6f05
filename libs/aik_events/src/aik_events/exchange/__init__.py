"""Records in a file, and out of it into another log; pure."""
