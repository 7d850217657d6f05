"""What others rely on, and what must not become of it: the catalogue against its last release."""
