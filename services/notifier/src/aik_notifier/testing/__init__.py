"""What tests of deliveries need: a song told in events, a queue in memory, and a receiver that misbehaves."""
