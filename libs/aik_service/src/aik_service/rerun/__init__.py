"""The commands `rerun` and `compare`: one step again, on what it was given then, held against what was told or made."""
