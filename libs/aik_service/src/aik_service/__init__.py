"""What every running service shares: settings, logs, health, objects, inbox, leases, step runner."""
