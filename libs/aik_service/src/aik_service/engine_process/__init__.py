"""The engine's own process: computing is killed, never asked to stop, and dies with whoever asked for it."""
