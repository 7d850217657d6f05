"""The command `dead`: what a consumer holds since it does not decode, and what to do about it."""
