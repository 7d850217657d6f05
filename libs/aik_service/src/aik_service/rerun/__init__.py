"""The command `rerun`: one step again, on what it was given then, compared with what was told of it."""
